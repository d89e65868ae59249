#include "ui/prediction-cell.h"
#include "ui/format.h"
#include "ui/palette.h"
#include "ui/pixels.h"

#include <glib/gi18n.h>
#include <math.h>

enum {
  FACTOR = 2,
  FRAME = INK_SIDE * FACTOR + 2, /* the image and a line around it */
  MARGIN = 3,
  NARROW = 64, /* the width for digits */
  WIDE = 104,  /* the width for names */
  DIGITS = 2,  /* the most characters that are no name */
  LINE = 20,   /* the least height of a line of text */
};

struct _InkPredictionCell {
  GtkWidget parent_instance;

  InkPredictionList *list;
  gboolean bound;
  guint position;
  guint sample; /* as shown, like the next two */
  int label, predicted;
  cairo_surface_t *picture; /* of the image; NULL until it is drawn */
  PangoLayout *layout;
};

G_DEFINE_FINAL_TYPE(InkPredictionCell, ink_prediction_cell, GTK_TYPE_WIDGET)

static gboolean has_names(InkDataset *dataset) {
  for (int i = 0; dataset && i < ink_dataset_get_classes(dataset); i++)
    if (g_utf8_strlen(ink_dataset_get_class_name(dataset, i), -1) > DIGITS)
      return TRUE;
  return FALSE;
}

static int get_line_height(InkPredictionCell *self) {
  PangoContext *context = gtk_widget_get_pango_context(GTK_WIDGET(self));
  PangoFontMetrics *metrics = pango_context_get_metrics(context, NULL, NULL);
  int height = PANGO_PIXELS_CEIL(pango_font_metrics_get_height(metrics));

  pango_font_metrics_unref(metrics);
  return MAX(height, LINE);
}

static void measure(GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                    int *natural, int *minimum_baseline, int *natural_baseline) {
  InkPredictionCell *self = INK_PREDICTION_CELL(widget);
  gboolean names = has_names(ink_prediction_list_get_dataset(self->list));

  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    *minimum = names ? WIDE : NARROW;
  else
    *minimum = MARGIN + FRAME + MARGIN + get_line_height(self) * (names ? 2 : 1);
  *natural = *minimum;
}

/* Drawing */

static void set_text(InkPredictionCell *self) {
  InkDataset *dataset = ink_prediction_list_get_dataset(self->list);
  const char *label = ink_dataset_get_class_name(dataset, self->label);
  const char *predicted = ink_dataset_get_class_name(dataset, self->predicted);
  g_autofree char *text = NULL;

  if (self->label == self->predicted)
    text = g_markup_escape_text(label, -1);
  else
    text = g_markup_printf_escaped(has_names(dataset) ? "<b>✗</b> %s\n→ <b>%s</b>"
                                                      : "<b>✗</b> %s → <b>%s</b>",
                                   label, predicted);
  pango_layout_set_markup(self->layout, text, -1);
}

static void append_text(InkPredictionCell *self, GtkSnapshot *snapshot, float width) {
  GdkRGBA color =
      ink_palette_get(self->label == self->predicted ? INK_COLOR_RIGHT : INK_COLOR_WRONG);
  int text_width, text_height;
  float scale;

  pango_layout_get_pixel_size(self->layout, &text_width, &text_height);
  /* Large text is made to fit, for the grid's columns are fixed. */
  scale = MIN(1, (width - 2 * MARGIN) / text_width);
  gtk_snapshot_save(snapshot);
  gtk_snapshot_translate(snapshot, &GRAPHENE_POINT_INIT(roundf((width - text_width * scale) / 2),
                                                        MARGIN + FRAME + MARGIN));
  gtk_snapshot_scale(snapshot, scale, scale);
  gtk_snapshot_append_layout(snapshot, self->layout, &color);
  gtk_snapshot_restore(snapshot);
}

static void append_image(InkPredictionCell *self, GtkSnapshot *snapshot, float left) {
  if (!self->picture) {
    InkDataset *dataset = ink_prediction_list_get_dataset(self->list);
    GdkRGBA line = ink_palette_get(INK_COLOR_GRID);

    self->picture = ink_pixels_new_framed_digit(
        ink_dataset_get_images(dataset, INK_TEST) + (gsize)self->sample * INK_PIXELS, FACTOR,
        gtk_widget_get_scale_factor(GTK_WIDGET(self)), &line);
  }
  ink_pixels_append(snapshot, self->picture, left, MARGIN, FRAME);
}

static void snapshot(GtkWidget *widget, GtkSnapshot *snapshot) {
  InkPredictionCell *self = INK_PREDICTION_CELL(widget);
  float width = gtk_widget_get_width(widget);

  if (!self->bound)
    return;
  append_image(self, snapshot, floorf((width - FRAME) / 2));
  append_text(self, snapshot, width);
}

/* Binding */

char *ink_prediction_describe(InkPredictionList *list, guint sample) {
  InkDataset *dataset = ink_prediction_list_get_dataset(list);
  InkTestResult *result = ink_prediction_list_get_result(list);
  int label = ink_dataset_get_labels(dataset, INK_TEST)[sample];
  int predicted = result->predicted[sample];
  g_autofree char *number = ink_format_count(sample);

  /* Translators: the number of a test image, its label, and what the network takes it for. */
  return g_strdup_printf(label == predicted ? _("Image %s, label %s, predicted %s, right")
                                            : _("Image %s, label %s, predicted %s, wrong"),
                         number, ink_dataset_get_class_name(dataset, label),
                         ink_dataset_get_class_name(dataset, predicted));
}

/* The list's row takes the focus, so it is the row that has the name. */
static void update_name(InkPredictionCell *self) {
  GtkWidget *row = gtk_widget_get_parent(GTK_WIDGET(self));
  g_autofree char *name = ink_prediction_describe(self->list, self->sample);

  if (row)
    gtk_accessible_update_property(GTK_ACCESSIBLE(row), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}

static void forget_picture(InkPredictionCell *self) {
  g_clear_pointer(&self->picture, cairo_surface_destroy);
  gtk_widget_queue_draw(GTK_WIDGET(self));
}

/* Takes what the list knows about the image at the cell's place; cheap where that is what is shown.
 */
static void update(InkPredictionCell *self) {
  InkDataset *dataset = ink_prediction_list_get_dataset(self->list);
  InkTestResult *result = ink_prediction_list_get_result(self->list);
  guint sample;
  int label, predicted;

  if (!self->bound)
    return;
  sample = ink_prediction_list_get_sample(self->list, self->position);
  label = ink_dataset_get_labels(dataset, INK_TEST)[sample];
  predicted = result->predicted[sample];
  if (sample == self->sample && label == self->label && predicted == self->predicted)
    return;
  if (sample != self->sample)
    g_clear_pointer(&self->picture, cairo_surface_destroy);
  self->sample = sample;
  self->label = label;
  self->predicted = predicted;
  set_text(self);
  update_name(self);
  gtk_widget_queue_draw(GTK_WIDGET(self));
}

void ink_prediction_cell_bind(InkPredictionCell *self, guint position) {
  g_return_if_fail(INK_IS_PREDICTION_CELL(self));
  self->bound = TRUE;
  self->position = position;
  self->label = self->predicted = INK_ANY_CLASS;
  forget_picture(self);
  update(self);
}

void ink_prediction_cell_unbind(InkPredictionCell *self) {
  g_return_if_fail(INK_IS_PREDICTION_CELL(self));
  self->bound = FALSE;
  g_clear_pointer(&self->picture, cairo_surface_destroy);
}

static void css_changed(GtkWidget *widget, GtkCssStyleChange *change) {
  InkPredictionCell *self = INK_PREDICTION_CELL(widget);

  GTK_WIDGET_CLASS(ink_prediction_cell_parent_class)->css_changed(widget, change);
  pango_layout_context_changed(self->layout);
}

static void dispose(GObject *object) {
  InkPredictionCell *self = INK_PREDICTION_CELL(object);

  g_clear_object(&self->list);
  g_clear_pointer(&self->picture, cairo_surface_destroy);
  g_clear_object(&self->layout);
  G_OBJECT_CLASS(ink_prediction_cell_parent_class)->dispose(object);
}

static void ink_prediction_cell_class_init(InkPredictionCellClass *klass) {
  GtkWidgetClass *widget = GTK_WIDGET_CLASS(klass);

  G_OBJECT_CLASS(klass)->dispose = dispose;
  widget->measure = measure;
  widget->snapshot = snapshot;
  widget->css_changed = css_changed;
  gtk_widget_class_set_css_name(widget, "prediction");
  gtk_widget_class_set_accessible_role(widget, GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void ink_prediction_cell_init(InkPredictionCell *self) {
  AdwStyleManager *manager = adw_style_manager_get_default();

  self->layout = gtk_widget_create_pango_layout(GTK_WIDGET(self), NULL);
  pango_layout_set_alignment(self->layout, PANGO_ALIGN_CENTER);
  g_signal_connect(self, "notify::scale-factor", G_CALLBACK(forget_picture), NULL);
  g_signal_connect_object(manager, "notify::dark", G_CALLBACK(forget_picture), self,
                          G_CONNECT_SWAPPED);
  g_signal_connect_object(manager, "notify::high-contrast", G_CALLBACK(forget_picture), self,
                          G_CONNECT_SWAPPED);
}

GtkWidget *ink_prediction_cell_new(InkPredictionList *list) {
  InkPredictionCell *self = g_object_new(INK_TYPE_PREDICTION_CELL, NULL);

  self->list = g_object_ref(list);
  g_signal_connect_object(list, "updated", G_CALLBACK(update), self, G_CONNECT_SWAPPED);
  return GTK_WIDGET(self);
}
