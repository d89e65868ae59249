#include "ui/prediction-cell.h"
#include "ui/class-names.h"
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
};

struct _InkPredictionCell {
  GtkWidget parent_instance;

  InkPredictionList *list;
  InkPredictionCaptions *captions;
  guint position;
  guint sample; /* as shown, like the next two */
  int label, predicted;
  cairo_surface_t *picture; /* of the image; NULL until it is drawn */
};

G_DEFINE_FINAL_TYPE(InkPredictionCell, ink_prediction_cell, GTK_TYPE_WIDGET)

void ink_prediction_cell_get_size(InkPredictionCaptions *captions, int *width, int *height) {
  *width = ink_prediction_captions_are_names(captions) ? WIDE : NARROW;
  *height = MARGIN + FRAME + MARGIN + ink_prediction_captions_get_height(captions);
}

static void measure(GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                    int *natural, int *minimum_baseline, int *natural_baseline) {
  int width, height;

  ink_prediction_cell_get_size(INK_PREDICTION_CELL(widget)->captions, &width, &height);
  *minimum = *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? width : height;
}

/* Drawing */

static void draw_picture(InkPredictionCell *self) {
  InkDataset *dataset = ink_prediction_list_get_dataset(self->list);
  GdkRGBA line = ink_palette_get(INK_COLOR_GRID);

  self->picture = ink_pixels_new_framed_digit(
      ink_dataset_get_images(dataset, INK_TEST) + (gsize)self->sample * INK_PIXELS, FACTOR,
      gtk_widget_get_scale_factor(GTK_WIDGET(self)), &line);
}

static void snapshot(GtkWidget *widget, GtkSnapshot *snapshot) {
  InkPredictionCell *self = INK_PREDICTION_CELL(widget);
  float width = gtk_widget_get_width(widget);

  if (!self->picture)
    draw_picture(self);
  ink_pixels_append(snapshot, self->picture, floorf((width - FRAME) / 2), MARGIN, FRAME, FRAME);
  ink_prediction_captions_append(self->captions, snapshot, self->label, self->predicted, width / 2,
                                 MARGIN + FRAME + MARGIN);
}

void ink_prediction_cell_forget(InkPredictionCell *self) {
  g_return_if_fail(INK_IS_PREDICTION_CELL(self));
  g_clear_pointer(&self->picture, cairo_surface_destroy);
  gtk_widget_queue_draw(GTK_WIDGET(self));
}

/* Content */

static void update_name(InkPredictionCell *self) {
  InkDataset *dataset = ink_prediction_list_get_dataset(self->list);
  g_autofree char *number = ink_format_count(self->sample);
  gboolean right = self->label == self->predicted;
  /* Translators: the number of a test image, its label, and what the network takes it for. */
  const char *format = right ? _("Image %s, label %s, predicted %s, right")
                             : _("Image %s, label %s, predicted %s, wrong");
  g_autofree char *name = g_strdup_printf(format, number, ink_class_names_get(dataset, self->label),
                                          ink_class_names_get(dataset, self->predicted));

  gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}

void ink_prediction_cell_show(InkPredictionCell *self, guint position) {
  InkDataset *dataset;
  guint sample;
  int label, predicted;

  g_return_if_fail(INK_IS_PREDICTION_CELL(self));
  dataset = ink_prediction_list_get_dataset(self->list);
  sample = ink_prediction_list_get_sample(self->list, position);
  label = ink_dataset_get_labels(dataset, INK_TEST)[sample];
  predicted = ink_prediction_list_get_result(self->list)->predicted[sample];
  self->position = position;
  if (sample == self->sample && label == self->label && predicted == self->predicted)
    return;
  if (sample != self->sample)
    g_clear_pointer(&self->picture, cairo_surface_destroy);
  self->sample = sample;
  self->label = label;
  self->predicted = predicted;
  update_name(self);
  gtk_widget_queue_draw(GTK_WIDGET(self));
}

guint ink_prediction_cell_get_position(InkPredictionCell *self) {
  g_return_val_if_fail(INK_IS_PREDICTION_CELL(self), 0);
  return self->position;
}

void ink_prediction_cell_set_selected(InkPredictionCell *self, gboolean selected) {
  GtkWidget *widget = GTK_WIDGET(self);

  g_return_if_fail(INK_IS_PREDICTION_CELL(self));
  if (selected == !!(gtk_widget_get_state_flags(widget) & GTK_STATE_FLAG_SELECTED))
    return;
  if (selected)
    gtk_widget_set_state_flags(widget, GTK_STATE_FLAG_SELECTED, FALSE);
  else
    gtk_widget_unset_state_flags(widget, GTK_STATE_FLAG_SELECTED);
  gtk_accessible_update_state(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_STATE_SELECTED, selected, -1);
}

static void dispose(GObject *object) {
  g_clear_pointer(&INK_PREDICTION_CELL(object)->picture, cairo_surface_destroy);
  G_OBJECT_CLASS(ink_prediction_cell_parent_class)->dispose(object);
}

static void ink_prediction_cell_class_init(InkPredictionCellClass *klass) {
  GtkWidgetClass *widget = GTK_WIDGET_CLASS(klass);

  G_OBJECT_CLASS(klass)->dispose = dispose;
  widget->measure = measure;
  widget->snapshot = snapshot;
  gtk_widget_class_set_css_name(widget, "prediction");
  gtk_widget_class_set_accessible_role(widget, GTK_ACCESSIBLE_ROLE_GRID_CELL);
}

static void ink_prediction_cell_init(InkPredictionCell *self) {
  self->label = self->predicted = INK_ANY_CLASS;
  gtk_widget_set_focusable(GTK_WIDGET(self), TRUE);
  gtk_accessible_update_state(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_STATE_SELECTED, FALSE, -1);
}

GtkWidget *ink_prediction_cell_new(InkPredictionList *list, InkPredictionCaptions *captions) {
  InkPredictionCell *self = g_object_new(INK_TYPE_PREDICTION_CELL, NULL);

  self->list = list;
  self->captions = captions;
  return GTK_WIDGET(self);
}
