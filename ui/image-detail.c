#include "ui/image-detail.h"
#include "ui/class-names.h"
#include "ui/format.h"
#include "ui/palette.h"
#include "ui/pixels.h"
#include "ui/probability-bars.h"

#include <glib/gi18n.h>

enum { FACTOR = 6 };

struct _InkImageDetail {
  GtkBox parent_instance;

  GtkLabel *title, *verdict, *loss;
  GtkButton *open;
  GtkBox *titles, *body;
  GtkPicture *picture;
  InkProbabilityBars *bars;

  InkDataset *dataset; /* NULL until something is shown */
  guint sample;
};

G_DEFINE_FINAL_TYPE(InkImageDetail, ink_image_detail, GTK_TYPE_BOX)

static void show_picture(InkImageDetail *self) {
  const guint8 *images;
  g_autoptr(GdkTexture) texture = NULL;

  if (!self->dataset)
    return;
  images = ink_dataset_get_images(self->dataset, INK_TEST);
  texture = ink_pixels_new_digit(images + (gsize)self->sample * INK_PIXELS,
                                 FACTOR * gtk_widget_get_scale_factor(GTK_WIDGET(self)));
  gtk_picture_set_paintable(self->picture, GDK_PAINTABLE(texture));
}

static void show_classes(InkImageDetail *self) {
  int classes = ink_dataset_get_classes(self->dataset);
  g_autofree const char **names = g_new0(const char *, classes + 1);

  for (int i = 0; i < classes; i++)
    names[i] = ink_class_names_get(self->dataset, i);
  ink_probability_bars_set_classes(self->bars, names);
}

static void show_verdict(InkImageDetail *self, int label, int predicted) {
  const char *name = ink_class_names_get(self->dataset, label);
  g_autofree char *verdict = NULL;

  if (predicted < 0)
    verdict = g_strdup_printf(_("Label %s, not tested yet"), name);
  else
    verdict = g_strdup_printf(_("Label %s, predicted %s"), name,
                              ink_class_names_get(self->dataset, predicted));
  gtk_label_set_label(self->verdict, verdict);
  gtk_widget_remove_css_class(GTK_WIDGET(self->verdict), "right");
  gtk_widget_remove_css_class(GTK_WIDGET(self->verdict), "wrong");
  if (predicted >= 0)
    gtk_widget_add_css_class(GTK_WIDGET(self->verdict), label == predicted ? "right" : "wrong");
}

void ink_image_detail_show(InkImageDetail *self, InkDataset *dataset, InkTestResult *result,
                           guint sample) {
  gboolean tested = result && sample < result->count, same;
  g_autofree char *number = NULL, *title = NULL, *loss = NULL, *loss_text = NULL;
  int label;

  g_return_if_fail(INK_IS_IMAGE_DETAIL(self));
  g_return_if_fail(sample < ink_dataset_get_count(dataset, INK_TEST));

  same = dataset == self->dataset && sample == self->sample;
  if (dataset != self->dataset) {
    g_clear_pointer(&self->dataset, ink_dataset_unref);
    self->dataset = ink_dataset_ref(dataset);
    show_classes(self);
  }
  self->sample = sample;
  label = ink_dataset_get_labels(dataset, INK_TEST)[sample];
  if (!same)
    show_picture(self);

  number = ink_format_count(sample);
  title = g_strdup_printf(_("Image %s"), number);
  gtk_label_set_label(self->title, title);
  show_verdict(self, label, tested ? result->predicted[sample] : -1);
  loss = tested ? ink_format_loss(result->loss[sample]) : NULL;
  loss_text = loss ? g_strdup_printf(_("Loss %s"), loss) : NULL;
  gtk_label_set_label(self->loss, loss_text);
  ink_probability_bars_set_probabilities(
      self->bars, tested ? result->probabilities + (gsize)sample * result->classes : NULL);
  gtk_actionable_set_action_target(GTK_ACTIONABLE(self->open), "u", sample);
  gtk_accessible_update_property(GTK_ACCESSIBLE(self->picture), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 title, -1);
}

void ink_image_detail_set_orientation(InkImageDetail *self, GtkOrientation orientation) {
  g_return_if_fail(INK_IS_IMAGE_DETAIL(self));
  gtk_orientable_set_orientation(GTK_ORIENTABLE(self->titles), orientation);
  gtk_box_set_spacing(self->titles, orientation == GTK_ORIENTATION_VERTICAL ? 0 : 8);
  gtk_orientable_set_orientation(GTK_ORIENTABLE(self->body), orientation);
}

void ink_image_detail_focus(InkImageDetail *self) {
  g_return_if_fail(INK_IS_IMAGE_DETAIL(self));
  gtk_widget_grab_focus(GTK_WIDGET(self->open));
}

static void dispose(GObject *object) {
  g_clear_pointer(&INK_IMAGE_DETAIL(object)->dataset, ink_dataset_unref);
  G_OBJECT_CLASS(ink_image_detail_parent_class)->dispose(object);
}

static void ink_image_detail_class_init(InkImageDetailClass *klass) {
  GtkWidgetClass *widget = GTK_WIDGET_CLASS(klass);

  G_OBJECT_CLASS(klass)->dispose = dispose;
  g_type_ensure(INK_TYPE_PROBABILITY_BARS);
  gtk_widget_class_set_css_name(widget, "imagedetail");
  gtk_widget_class_set_template_from_resource(widget, "/page/inkling/Inkling/image-detail.ui");
  gtk_widget_class_bind_template_child(widget, InkImageDetail, title);
  gtk_widget_class_bind_template_child(widget, InkImageDetail, verdict);
  gtk_widget_class_bind_template_child(widget, InkImageDetail, loss);
  gtk_widget_class_bind_template_child(widget, InkImageDetail, open);
  gtk_widget_class_bind_template_child(widget, InkImageDetail, titles);
  gtk_widget_class_bind_template_child(widget, InkImageDetail, body);
  gtk_widget_class_bind_template_child(widget, InkImageDetail, picture);
  gtk_widget_class_bind_template_child(widget, InkImageDetail, bars);
}

static void ink_image_detail_init(InkImageDetail *self) {
  AdwStyleManager *manager = adw_style_manager_get_default();

  gtk_widget_init_template(GTK_WIDGET(self));
  g_signal_connect(self, "notify::scale-factor", G_CALLBACK(show_picture), NULL);
  g_signal_connect_object(manager, "notify::dark", G_CALLBACK(show_picture), self,
                          G_CONNECT_SWAPPED);
  g_signal_connect_object(manager, "notify::high-contrast", G_CALLBACK(show_picture), self,
                          G_CONNECT_SWAPPED);
}
