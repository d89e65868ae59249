#include "ui/prediction-captions.h"
#include "ui/class-names.h"
#include "ui/palette.h"
#include "ui/pixels.h"

#include <math.h>

enum {
  DIGITS = 2,  /* the most characters that are no name */
  LINE = 20,   /* the least height of a line of text */
  MOST = 1024, /* captions kept */
};

/* One that is drawn. Sizes are in units. */
typedef struct {
  cairo_surface_t *surface;
  int width, height;
} Caption;

struct InkPredictionCaptions {
  GtkWidget *widget;
  InkDataset *dataset;
  int width;
  gboolean names;
  GHashTable *drawn; /* label × INK_MAX_CLASSES + predicted → Caption */

  /* In what they are drawn. */
  guint font;
  int scale;
  InkStyle style;
};

static void free_caption(gpointer data) {
  cairo_surface_destroy(((Caption *)data)->surface);
  g_free(data);
}

InkPredictionCaptions *ink_prediction_captions_new(GtkWidget *widget) {
  InkPredictionCaptions *captions = g_new0(InkPredictionCaptions, 1);

  captions->widget = widget;
  captions->drawn = g_hash_table_new_full(NULL, NULL, NULL, free_caption);
  return captions;
}

void ink_prediction_captions_free(InkPredictionCaptions *captions) {
  g_clear_pointer(&captions->dataset, ink_dataset_unref);
  g_hash_table_unref(captions->drawn);
  g_free(captions);
}

static gboolean has_names(InkDataset *dataset) {
  for (int i = 0; dataset && i < ink_dataset_get_classes(dataset); i++)
    if (g_utf8_strlen(ink_class_names_get(dataset, i), -1) > DIGITS)
      return TRUE;
  return FALSE;
}

void ink_prediction_captions_set_dataset(InkPredictionCaptions *captions, InkDataset *dataset) {
  if (captions->dataset == dataset)
    return;
  g_clear_pointer(&captions->dataset, ink_dataset_unref);
  captions->dataset = dataset ? ink_dataset_ref(dataset) : NULL;
  captions->names = has_names(dataset);
  g_hash_table_remove_all(captions->drawn);
}

void ink_prediction_captions_set_width(InkPredictionCaptions *captions, int width) {
  if (captions->width == width)
    return;
  captions->width = width;
  g_hash_table_remove_all(captions->drawn);
}

gboolean ink_prediction_captions_are_names(InkPredictionCaptions *captions) {
  return captions->names;
}

int ink_prediction_captions_get_height(InkPredictionCaptions *captions) {
  PangoContext *context = gtk_widget_get_pango_context(captions->widget);
  PangoFontMetrics *metrics = pango_context_get_metrics(context, NULL, NULL);
  int height = PANGO_PIXELS_CEIL(pango_font_metrics_get_height(metrics));

  pango_font_metrics_unref(metrics);
  return MAX(height, LINE) * (captions->names ? 2 : 1);
}

/* Drawing */

static char *write_caption(InkPredictionCaptions *captions, int label, int predicted) {
  const char *name = ink_class_names_get(captions->dataset, label);

  if (label == predicted)
    return g_markup_escape_text(name, -1);
  return g_markup_printf_escaped(captions->names ? "<b>✗</b> %s\n→ <b>%s</b>"
                                                 : "<b>✗</b> %s → <b>%s</b>",
                                 name, ink_class_names_get(captions->dataset, predicted));
}

static Caption *draw_caption(InkPredictionCaptions *captions, int label, int predicted) {
  g_autoptr(PangoLayout) layout = gtk_widget_create_pango_layout(captions->widget, NULL);
  g_autofree char *text = write_caption(captions, label, predicted);
  GdkRGBA color = ink_palette_get(label == predicted ? INK_COLOR_RIGHT : INK_COLOR_WRONG);
  Caption *caption = g_new(Caption, 1);
  double shrink;
  cairo_t *cr;

  pango_layout_set_alignment(layout, PANGO_ALIGN_CENTER);
  pango_layout_set_markup(layout, text, -1);
  pango_layout_get_pixel_size(layout, &caption->width, &caption->height);
  /* Large text is made to fit, for the grid's columns are fixed. */
  shrink = MIN(1, (double)captions->width / caption->width);
  caption->width = (int)ceil(caption->width * shrink);
  caption->surface = cairo_image_surface_create(
      CAIRO_FORMAT_ARGB32, caption->width * captions->scale, caption->height * captions->scale);
  cairo_surface_set_device_scale(caption->surface, captions->scale, captions->scale);
  cr = cairo_create(caption->surface);
  cairo_scale(cr, shrink, shrink);
  gdk_cairo_set_source_rgba(cr, &color);
  pango_cairo_show_layout(cr, layout);
  cairo_destroy(cr);
  return caption;
}

/* Those drawn before are of no use in another font, style or scale. */
static void keep_current(InkPredictionCaptions *captions) {
  guint font = pango_context_get_serial(gtk_widget_get_pango_context(captions->widget));
  int scale = gtk_widget_get_scale_factor(captions->widget);
  InkStyle style = ink_palette_get_style();

  if (font == captions->font && scale == captions->scale && style == captions->style &&
      g_hash_table_size(captions->drawn) < MOST)
    return;
  g_hash_table_remove_all(captions->drawn);
  captions->font = font;
  captions->scale = scale;
  captions->style = style;
}

void ink_prediction_captions_append(InkPredictionCaptions *captions, GtkSnapshot *snapshot,
                                    int label, int predicted, float middle, float top) {
  gpointer key = GINT_TO_POINTER(label * INK_MAX_CLASSES + predicted);
  const Caption *caption;

  keep_current(captions);
  caption = g_hash_table_lookup(captions->drawn, key);
  if (!caption) {
    caption = draw_caption(captions, label, predicted);
    g_hash_table_insert(captions->drawn, key, (gpointer)caption);
  }
  ink_pixels_append(snapshot, caption->surface, roundf(middle - caption->width / 2.0f), top,
                    caption->width, caption->height);
}
