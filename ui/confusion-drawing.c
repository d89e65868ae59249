#include "ui/confusion-drawing.h"
#include "ui/class-names.h"
#include "ui/format.h"
#include "ui/layout.h"
#include "ui/palette.h"

#include <glib/gi18n.h>
#include <math.h>

enum {
  CELL_MIN = 3, /* in a narrow window; 64 classes have 6 in the wide one */
  CELL_MAX = 30,
  CELL_SHARE = 14,   /* below it no shares fit beside a row */
  CELL_NAME = 12,    /* below it no names do, either */
  CELL_NUMBERS = 18, /* below it no counts fit into a cell */
  NAME_WIDTH = 90,   /* longer names are cut off, at the usual size of text */
  GAP = 8,
  BAR_WIDTH = 46,
  BAR_HEIGHT = 8,
};

static GdkRGBA mix(InkStyle style, InkColor from, InkColor to, double share) {
  GdkRGBA a = ink_palette_get_in(from, style), b = ink_palette_get_in(to, style);

  return (GdkRGBA){
      .red = a.red + (b.red - a.red) * share,
      .green = a.green + (b.green - a.green) * share,
      .blue = a.blue + (b.blue - a.blue) * share,
      .alpha = 1,
  };
}

GdkRGBA ink_confusion_get_tint_color(InkStyle style, double tint) {
  return mix(style, INK_COLOR_MATRIX_LOW, INK_COLOR_MATRIX_HIGH, tint);
}

GdkRGBA ink_confusion_get_text_color(const GdkRGBA *background) {
  static const GdkRGBA black = {0, 0, 0, 1}, white = {1, 1, 1, 1};

  return ink_palette_contrast(&black, background) > ink_palette_contrast(&white, background)
             ? black
             : white;
}

/* The card with a little of the text's colour. */
static GdkRGBA get_shade(InkStyle style, double share) {
  return mix(style, INK_COLOR_CARD, INK_COLOR_TEXT, share);
}

GdkRGBA ink_confusion_get_diagonal_color(InkStyle style) {
  return get_shade(style, 0.05);
}

/* Text */

typedef enum { SMALL, SMALL_NAME, NAME, COUNT } TextSize;

static PangoLayout *create_text(const InkConfusionLayout *p, const char *text, TextSize size,
                                gboolean bold) {
  static const double scales[] = {
      [SMALL] = 0.82, [SMALL_NAME] = 0.65, [NAME] = 0.95, [COUNT] = 0.88};
  PangoLayout *layout = gtk_widget_create_pango_layout(p->widget, text);
  PangoContext *context = pango_layout_get_context(layout);
  g_autoptr(PangoFontDescription) font =
      pango_font_description_copy(pango_context_get_font_description(context));
  double points = pango_font_description_get_size(font) * scales[size];

  if (pango_font_description_get_size_is_absolute(font))
    pango_font_description_set_absolute_size(font, points);
  else
    pango_font_description_set_size(font, (int)points);
  if (bold)
    pango_font_description_set_weight(font, PANGO_WEIGHT_BOLD);
  pango_layout_set_font_description(layout, font);
  return layout;
}

static PangoLayout *create_name(const InkConfusionLayout *p, int class) {
  PangoLayout *layout = create_text(p, ink_class_names_get(p->confusion->dataset, class),
                                    p->shares ? NAME : SMALL_NAME, TRUE);
  int width, most = (int)(NAME_WIDTH * ink_layout_get_text_scale(p->widget));

  pango_layout_get_pixel_size(layout, &width, NULL);
  if (width > most) {
    pango_layout_set_width(layout, most * PANGO_SCALE);
    pango_layout_set_ellipsize(layout, PANGO_ELLIPSIZE_END);
  }
  return layout;
}

static void get_name_size(const InkConfusionLayout *p, int *width, int *height) {
  *width = *height = 0;
  for (int i = 0; i < p->confusion->classes; i++) {
    g_autoptr(PangoLayout) layout = create_name(p, i);
    int w, h;

    pango_layout_get_pixel_size(layout, &w, &h);
    *width = MAX(*width, w);
    *height = MAX(*height, h);
  }
}

/* Layout */

/* With as much text as is asked for: the cells are what is left of the width. */
static void lay_out_columns(InkConfusionLayout *p, int width, gboolean names, gboolean shares) {
  g_autoptr(PangoLayout) share = create_text(p, "100.0\u00a0%", SMALL, FALSE);
  int classes = MAX(p->confusion->classes, 1), name_width, name_height, share_width;

  p->names = names;
  p->shares = shares;
  pango_layout_get_pixel_size(share, &share_width, &p->line);
  get_name_size(p, &name_width, &name_height);
  p->left = p->line + (names ? GAP + name_width + GAP : 0);
  p->share = GAP + (names ? GAP / 2 : 0) + BAR_WIDTH + (shares ? share_width : 0);
  p->cell = CLAMP((width - p->left - p->share) / classes, CELL_MIN, CELL_MAX);
  p->turned = names && name_width > p->cell - 2;
  p->top = p->line + (p->turned ? name_width + GAP : names ? name_height + GAP / 2 : GAP / 2);
  p->bar = p->left + p->cell * classes + GAP + (names ? GAP / 2 : 0);
  p->share += p->left + p->cell * classes;
}

InkConfusionLayout ink_confusion_lay_out(GtkWidget *widget, const InkConfusion *confusion,
                                         int width) {
  InkConfusionLayout layout = {.widget = widget, .confusion = confusion};

  lay_out_columns(&layout, width, TRUE, TRUE);
  if (layout.cell < CELL_SHARE)
    lay_out_columns(&layout, width, TRUE, FALSE);
  if (layout.cell < CELL_NAME)
    lay_out_columns(&layout, width, FALSE, FALSE);
  return layout;
}

/* Drawing */

static void show_text(cairo_t *cr, PangoLayout *layout, double x, double y) {
  cairo_move_to(cr, x, y);
  pango_cairo_show_layout(cr, layout);
  cairo_new_path(cr);
}

/* Centred on x, or with its right or left there; centred on y. */
static void show_aligned(cairo_t *cr, PangoLayout *layout, double align, double x, double y) {
  int width, height;

  pango_layout_get_pixel_size(layout, &width, &height);
  show_text(cr, layout, round(x - align * width), round(y - height / 2.0));
}

static void show_upwards(cairo_t *cr, PangoLayout *layout, double align, double x, double y) {
  cairo_save(cr);
  cairo_translate(cr, x, y);
  cairo_rotate(cr, -G_PI_2);
  show_aligned(cr, layout, align, 0, 0);
  cairo_restore(cr);
}

static void add_rounded(cairo_t *cr, double x, double y, double width, double height, double r) {
  r = MIN(r, MIN(width, height) / 2);
  cairo_new_sub_path(cr);
  cairo_arc(cr, x + width - r, y + r, r, -G_PI_2, 0);
  cairo_arc(cr, x + width - r, y + height - r, r, 0, G_PI_2);
  cairo_arc(cr, x + r, y + height - r, r, G_PI_2, G_PI);
  cairo_arc(cr, x + r, y + r, r, G_PI, 3 * G_PI_2);
  cairo_close_path(cr);
}

/* A count, made smaller until it fits. */
static void draw_count(cairo_t *cr, const InkConfusionLayout *p, guint count, gboolean bold,
                       double x, double y) {
  g_autofree char *text = ink_format_count(count);
  g_autoptr(PangoLayout) layout = create_text(p, text, COUNT, bold);
  int width, height;
  double scale;

  pango_layout_get_pixel_size(layout, &width, &height);
  scale = MIN(1, MIN((double)(p->cell - 2) / width, (double)p->cell / height));
  cairo_save(cr);
  cairo_translate(cr, x + p->cell / 2.0, y + p->cell / 2.0);
  cairo_scale(cr, scale, scale);
  show_aligned(cr, layout, 0.5, 0, 0);
  cairo_restore(cr);
}

static void draw_cell(cairo_t *cr, const InkConfusionLayout *p, int row, int column) {
  InkStyle style = ink_palette_get_style();
  guint count = p->confusion->counts[row][column];
  double x = p->left + column * p->cell, y = p->top + row * p->cell;
  double gap = p->names ? 2 : 1;
  GdkRGBA background = get_shade(style, 0.025), text = ink_palette_get(INK_COLOR_AXIS);

  if (row == column) {
    background = ink_confusion_get_diagonal_color(style);
  } else if (count > 0) {
    background =
        ink_confusion_get_tint_color(style, ink_confusion_get_tint(p->confusion, row, column));
    text = ink_confusion_get_text_color(&background);
  }

  gdk_cairo_set_source_rgba(cr, &background);
  if (p->names)
    add_rounded(cr, x + gap / 2, y + gap / 2, p->cell - gap, p->cell - gap, p->cell / 7.0);
  else
    cairo_rectangle(cr, x, y, p->cell - gap, p->cell - gap);
  cairo_fill(cr);

  if (count > 0 && p->cell >= CELL_NUMBERS) {
    gdk_cairo_set_source_rgba(cr, &text);
    draw_count(cr, p, count, row != column, x, y);
  }
}

static void draw_share(cairo_t *cr, const InkConfusionLayout *p, int row, double largest) {
  GdkRGBA track = ink_palette_get(INK_COLOR_TRACK), wrong = ink_palette_get(INK_COLOR_WRONG);
  GdkRGBA axis = ink_palette_get(INK_COLOR_AXIS);
  double share = ink_confusion_get_share_wrong(p->confusion, row);
  double middle = p->top + (row + 0.5) * p->cell, height = MIN(BAR_HEIGHT, p->cell - 1);
  double length = largest > 0 ? share / largest * BAR_WIDTH : 0;

  gdk_cairo_set_source_rgba(cr, &track);
  add_rounded(cr, p->bar, middle - height / 2, BAR_WIDTH, height, height / 2);
  cairo_fill(cr);
  if (share > 0) {
    gdk_cairo_set_source_rgba(cr, &wrong);
    add_rounded(cr, p->bar, middle - height / 2, MAX(length, height), height, height / 2);
    cairo_fill(cr);
  }
  if (p->shares) {
    g_autofree char *percent = ink_format_percent(share, 1);
    g_autoptr(PangoLayout) layout = create_text(p, percent, SMALL, FALSE);

    gdk_cairo_set_source_rgba(cr, &axis);
    show_aligned(cr, layout, 1, p->share, middle);
  }
}

static void draw_names(cairo_t *cr, const InkConfusionLayout *p) {
  GdkRGBA color = ink_palette_get(INK_COLOR_TEXT);

  gdk_cairo_set_source_rgba(cr, &color);
  for (int i = 0; i < p->confusion->classes; i++) {
    g_autoptr(PangoLayout) layout = create_name(p, i);
    double middle = (i + 0.5) * p->cell;
    int height;

    pango_layout_get_pixel_size(layout, NULL, &height);
    show_aligned(cr, layout, 1, p->left - GAP, p->top + middle);
    if (p->turned)
      show_upwards(cr, layout, 0, p->left + middle, p->top - GAP / 2);
    else
      show_aligned(cr, layout, 0.5, p->left + middle, p->top - GAP / 4 - height / 2.0);
  }
}

static void draw_titles(cairo_t *cr, const InkConfusionLayout *p) {
  g_autoptr(PangoLayout) column =
      create_text(p,
                  ink_class_names_are_digits(ink_dataset_get_class_names(p->confusion->dataset))
                      ? _("Predicted digit")
                      : _("Predicted class"),
                  SMALL, FALSE);
  g_autoptr(PangoLayout) row = create_text(p, _("Label"), SMALL, FALSE);
  g_autoptr(PangoLayout) share = create_text(p, _("Share wrong"), SMALL, FALSE);
  double middle = p->confusion->classes * p->cell / 2.0;
  GdkRGBA color = ink_palette_get(INK_COLOR_AXIS);
  int width;

  gdk_cairo_set_source_rgba(cr, &color);
  show_aligned(cr, column, 0.5, p->left + middle, p->line / 2.0);
  show_upwards(cr, row, 0.5, p->line / 2.0, p->top + middle);
  pango_layout_get_pixel_size(share, &width, NULL);
  /* Without room for numbers it is wider than the bars, and stands above the names of columns. */
  show_aligned(cr, share, 0, MIN(p->bar, p->share - width),
               p->shares ? p->top - GAP / 4 - p->line / 2.0 : p->line / 2.0);
}

void ink_confusion_draw(const InkConfusionLayout *p, cairo_t *cr) {
  int classes = p->confusion->classes;
  double largest = 0;

  for (int row = 0; row < classes; row++)
    for (int column = 0; column < classes; column++)
      draw_cell(cr, p, row, column);
  for (int row = 0; row < classes; row++)
    largest = MAX(largest, ink_confusion_get_share_wrong(p->confusion, row));
  for (int row = 0; row < classes; row++)
    draw_share(cr, p, row, largest);
  if (p->names)
    draw_names(cr, p);
  draw_titles(cr, p);
}

void ink_confusion_draw_ring(const InkConfusionLayout *p, cairo_t *cr, int row, int column,
                             InkColor color) {
  GdkRGBA rgba = ink_palette_get(color);
  int size = p->confusion->classes * p->cell;

  gdk_cairo_set_source_rgba(cr, &rgba);
  cairo_set_line_width(cr, 2);
  add_rounded(cr, p->left + MAX(column, 0) * p->cell, p->top + MAX(row, 0) * p->cell,
              column == INK_ANY_CLASS ? size : p->cell, row == INK_ANY_CLASS ? size : p->cell,
              p->cell / 6.0);
  cairo_stroke(cr);
}
