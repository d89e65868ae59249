#include "ui/palette.h"

#include <math.h>

typedef struct {
  const char *name, *light, *dark, *contrast_light, *contrast_dark; /* NULL: as light, as dark */
} Entry;

static const Entry entries[INK_COLORS] = {
    [INK_COLOR_LOSS] = {"loss", "#1c71d8", "#78aeed", NULL, NULL},
    [INK_COLOR_LOSS_RAW] = {"loss_raw", "#8fb9ec", "#5b7799", "#000000", "#ffffff"},
    [INK_COLOR_ACCURACY] = {"accuracy", "#813d9c", "#dc8add", NULL, NULL},
    [INK_COLOR_PREVIOUS] = {"previous", "#949494", "#8c8c8c", "#000000", "#ffffff"},
    [INK_COLOR_RIGHT] = {"right", "#187a4b", "#8ff0a4", NULL, NULL},
    [INK_COLOR_WRONG] = {"wrong", "#c01c28", "#ff7b63", NULL, NULL},
    [INK_COLOR_AXIS] = {"axis", "#6e6e70", "#b8b8b8", "#000000", "#ffffff"},
    [INK_COLOR_GRID] = {"grid", "#ececec", "#454545", "#949494", "#8c8c8c"},
    [INK_COLOR_BAR] = {"bar", "#5b86be", "#7398cb", NULL, NULL},
    [INK_COLOR_TRACK] = {"track", "#e8e8e8", "#484848", NULL, NULL},
    [INK_COLOR_PAPER] = {"paper", "#ffffff", "#1e1e1e", NULL, NULL},
    [INK_COLOR_INK] = {"ink", "#241f31", "#ffffff", NULL, NULL},
    [INK_COLOR_MATRIX_LOW] = {"matrix_low", "#fdeeee", "#4a3a38", NULL, NULL},
    [INK_COLOR_MATRIX_HIGH] = {"matrix_high", "#c01c28", "#ff7b63", NULL, NULL},
    [INK_COLOR_CARD] = {"card", "#ffffff", "#363636", NULL, NULL},
    [INK_COLOR_TEXT] = {"text", "#2e2e2e", "#ffffff", "#000000", "#ffffff"},
    [INK_COLOR_FOCUS] = {"focus", "#1a5fb4", "#b8d6f8", NULL, NULL},
    [INK_COLOR_FILTER_PLUS] = {"filter_plus", "#1c71d8", "#78aeed", NULL, NULL},
    [INK_COLOR_FILTER_MINUS] = {"filter_minus", "#e66100", "#ff7800", NULL, NULL},
};

InkStyle ink_palette_get_style(void) {
  AdwStyleManager *manager = adw_style_manager_get_default();
  gboolean dark = adw_style_manager_get_dark(manager);

  if (adw_style_manager_get_high_contrast(manager))
    return dark ? INK_STYLE_CONTRAST_DARK : INK_STYLE_CONTRAST_LIGHT;
  return dark ? INK_STYLE_DARK : INK_STYLE_LIGHT;
}

static const char *lookup(InkColor color, InkStyle style) {
  const Entry *entry = &entries[color];

  if (style == INK_STYLE_CONTRAST_LIGHT && entry->contrast_light)
    return entry->contrast_light;
  if (style == INK_STYLE_CONTRAST_DARK && entry->contrast_dark)
    return entry->contrast_dark;
  return style == INK_STYLE_LIGHT || style == INK_STYLE_CONTRAST_LIGHT ? entry->light : entry->dark;
}

GdkRGBA ink_palette_get_in(InkColor color, InkStyle style) {
  GdkRGBA rgba = {0};

  g_return_val_if_fail(color < INK_COLORS, rgba);
  gdk_rgba_parse(&rgba, lookup(color, style));
  return rgba;
}

GdkRGBA ink_palette_get(InkColor color) {
  return ink_palette_get_in(color, ink_palette_get_style());
}

guint32 ink_palette_mix(const GdkRGBA *a, const GdkRGBA *b, double share) {
  guint32 red = (guint32)(255 * (a->red + (b->red - a->red) * share) + 0.5);
  guint32 green = (guint32)(255 * (a->green + (b->green - a->green) * share) + 0.5);
  guint32 blue = (guint32)(255 * (a->blue + (b->blue - a->blue) * share) + 0.5);

  return 0xff000000u | red << 16 | green << 8 | blue;
}

static double linear(double channel) {
  return channel <= 0.04045 ? channel / 12.92 : pow((channel + 0.055) / 1.055, 2.4);
}

static double luminance(const GdkRGBA *color) {
  return 0.2126 * linear(color->red) + 0.7152 * linear(color->green) + 0.0722 * linear(color->blue);
}

double ink_palette_contrast(const GdkRGBA *a, const GdkRGBA *b) {
  double first = luminance(a), second = luminance(b);

  return (fmax(first, second) + 0.05) / (fmin(first, second) + 0.05);
}

static void define_colors(GtkCssProvider *provider) {
  g_autoptr(GString) css = g_string_new(NULL);
  InkStyle style = ink_palette_get_style();

  for (InkColor color = 0; color < INK_COLORS; color++)
    g_string_append_printf(css, "@define-color ink_%s %s;\n", entries[color].name,
                           lookup(color, style));
  gtk_css_provider_load_from_data(provider, css->str, -1);
}

void ink_palette_install(GdkDisplay *display) {
  g_autoptr(GtkCssProvider) provider = gtk_css_provider_new();
  AdwStyleManager *manager = adw_style_manager_get_default();

  define_colors(provider);
  gtk_style_context_add_provider_for_display(display, GTK_STYLE_PROVIDER(provider),
                                             GTK_STYLE_PROVIDER_PRIORITY_APPLICATION);
  g_signal_connect_object(manager, "notify::dark", G_CALLBACK(define_colors), provider,
                          G_CONNECT_SWAPPED);
  g_signal_connect_object(manager, "notify::high-contrast", G_CALLBACK(define_colors), provider,
                          G_CONNECT_SWAPPED);
}
