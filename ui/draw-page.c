#include "ui/draw-page.h"
#include "engine/classifier.h"
#include "ui/answer-card.h"
#include "ui/class-names.h"
#include "ui/convolution-view.h"
#include "ui/digit-canvas.h"
#include "ui/draw-layout.h"
#include "ui/feature-maps.h"
#include "ui/picture-transfer.h"
#include "ui/pixels.h"

#include <glib/gi18n.h>

struct _InkDrawPage {
  AdwBin parent_instance;

  InkDrawLayout *layout_box;
  InkDigitCanvas *canvas;
  GtkImage *seen;
  GtkLabel *seen_caption;
  InkAnswerCard *answer;
  GtkStack *inside; /* the maps, or how one of them is made */
  InkFeatureMaps *maps;
  InkConvolutionView *convolution;

  InkLayout layout;
  InkTrainer *trainer;
  InkClassifier *classifier;
  guint tick; /* shows what has changed at the next frame, or 0 */
};

G_DEFINE_FINAL_TYPE(InkDrawPage, ink_draw_page, ADW_TYPE_BIN)

enum { SEEN_FACTOR = 6 };

static void show_seen(InkDrawPage *self, InkNetwork *network, const guint8 image[INK_PIXELS]) {
  gboolean digits = !network || ink_class_names_are_digits(ink_network_get_class_names(network));
  int factor = SEEN_FACTOR * gtk_widget_get_scale_factor(GTK_WIDGET(self));
  g_autoptr(GdkTexture) texture = ink_pixels_new_digit(image, factor);

  gtk_image_set_from_paintable(self->seen, GDK_PAINTABLE(texture));
  gtk_label_set_text(self->seen_caption,
                     digits ? _("Shrunk to 28 × 28 and centred like the training digits.")
                            : _("Shrunk to 28 × 28 and centred like the training images."));
}

/* Reads the drawing with the newest weights. */
static void show(InkDrawPage *self) {
  InkDrawing *drawing = ink_digit_canvas_get_drawing(self->canvas);
  InkNetwork *network = ink_trainer_get_network(self->trainer);
  gboolean read = FALSE;
  guint8 image[INK_PIXELS];
  InkReading reading;

  ink_drawing_rasterise(drawing, image);
  ink_classifier_set_network(self->classifier, network);
  if (!ink_drawing_is_empty(drawing))
    read = ink_classifier_read(self->classifier, image, &reading);

  show_seen(self, network, image);
  ink_answer_card_show(self->answer, network, ink_trainer_is_trained(self->trainer),
                       read ? &reading : NULL);
  ink_feature_maps_set_network(self->maps, network);
  ink_feature_maps_set_reading(self->maps, read ? &reading : NULL);
  ink_convolution_view_set_reading(self->convolution, network, image, read ? &reading : NULL);
}

static gboolean tick(GtkWidget *widget, GdkFrameClock *clock, gpointer data) {
  InkDrawPage *self = INK_DRAW_PAGE(widget);

  self->tick = 0;
  show(self);
  return G_SOURCE_REMOVE;
}

/* However often the drawing and the network change, they are shown once a frame, and only where
 * somebody sees it. */
static void show_soon(InkDrawPage *self) {
  if (self->tick == 0 && gtk_widget_get_mapped(GTK_WIDGET(self)))
    self->tick = gtk_widget_add_tick_callback(GTK_WIDGET(self), tick, NULL, NULL);
}

static void follow_canvas(InkDrawPage *self) {
  InkDrawing *drawing = ink_digit_canvas_get_drawing(self->canvas);
  GtkWidget *widget = GTK_WIDGET(self);

  gtk_widget_action_set_enabled(widget, "draw.undo", ink_drawing_can_undo(drawing));
  gtk_widget_action_set_enabled(widget, "draw.redo", ink_drawing_can_redo(drawing));
  gtk_widget_action_set_enabled(widget, "draw.clear", !ink_drawing_is_empty(drawing));
  show_soon(self);
}

void ink_draw_page_set_picture(InkDrawPage *self, const guint8 *image) {
  g_return_if_fail(INK_IS_DRAW_PAGE(self) && image != NULL);
  ink_digit_canvas_set_picture(self->canvas, image);
}

/* A filter of layer 1 is explained by the map that it makes. */
static void explain(InkDrawPage *self, int layer, int channel) {
  gtk_stack_set_visible_child(self->inside, GTK_WIDGET(self->convolution));
  ink_convolution_view_explain(self->convolution, MAX(layer, 1), channel);
}

static void show_maps(InkDrawPage *self) {
  gtk_stack_set_visible_child(self->inside, GTK_WIDGET(self->maps));
}

static void undo(GtkWidget *widget, const char *action, GVariant *parameter) {
  ink_digit_canvas_undo(INK_DRAW_PAGE(widget)->canvas);
}

static void redo(GtkWidget *widget, const char *action, GVariant *parameter) {
  ink_digit_canvas_redo(INK_DRAW_PAGE(widget)->canvas);
}

static void clear(GtkWidget *widget, const char *action, GVariant *parameter) {
  ink_digit_canvas_clear(INK_DRAW_PAGE(widget)->canvas);
}

/* A picture was pasted or dropped, or could not be had. */
static void take_picture(const guint8 *image, const GError *error, gpointer data) {
  InkDrawPage *self = data;

  if (image)
    ink_draw_page_set_picture(self, image);
  else
    gtk_widget_activate_action(GTK_WIDGET(self), "win.toast", "s", error->message);
}

static void paste(GtkWidget *widget, const char *action, GVariant *parameter) {
  InkDrawPage *self = INK_DRAW_PAGE(widget);

  /* The widget on which pictures are dropped: of both the last counts. */
  ink_picture_paste(GTK_WIDGET(self->canvas), take_picture, self);
}

static gboolean grab_focus(GtkWidget *widget) {
  return gtk_widget_grab_focus(GTK_WIDGET(INK_DRAW_PAGE(widget)->canvas));
}

static void map(GtkWidget *widget) {
  GTK_WIDGET_CLASS(ink_draw_page_parent_class)->map(widget);
  gtk_widget_grab_focus(widget);
  show_soon(INK_DRAW_PAGE(widget));
}

static void unmap(GtkWidget *widget) {
  InkDrawPage *self = INK_DRAW_PAGE(widget);

  if (self->tick != 0)
    gtk_widget_remove_tick_callback(widget, self->tick);
  self->tick = 0;
  GTK_WIDGET_CLASS(ink_draw_page_parent_class)->unmap(widget);
}

static void lay_out(InkDrawPage *self) {
  gboolean large = ink_layout_is_text_large(GTK_WIDGET(self));
  InkLayout layout = self->layout == INK_LAYOUT_WIDE && large ? INK_LAYOUT_MEDIUM : self->layout;

  ink_draw_layout_set_layout(self->layout_box, layout);
  ink_answer_card_set_layout(self->answer, large ? INK_LAYOUT_NARROW : layout);
  ink_feature_maps_set_layout(self->maps, layout);
  ink_convolution_view_set_layout(self->convolution, layout);
  /* Where the canvas takes the height that is left, it must not change with what is inside. */
  gtk_stack_set_vhomogeneous(self->inside, layout == INK_LAYOUT_WIDE);
}

void ink_draw_page_set_layout(InkDrawPage *self, InkLayout layout) {
  g_return_if_fail(INK_IS_DRAW_PAGE(self));

  if (self->layout == layout)
    return;
  self->layout = layout;
  lay_out(self);
}

static void finalize(GObject *object) {
  InkDrawPage *self = INK_DRAW_PAGE(object);

  g_clear_object(&self->trainer);
  ink_classifier_free(self->classifier);
  G_OBJECT_CLASS(ink_draw_page_parent_class)->finalize(object);
}

static void add_actions(GtkWidgetClass *widget) {
  gtk_widget_class_install_action(widget, "draw.undo", NULL, undo);
  gtk_widget_class_install_action(widget, "draw.redo", NULL, redo);
  gtk_widget_class_install_action(widget, "draw.clear", NULL, clear);
  gtk_widget_class_install_action(widget, "draw.paste", NULL, paste);
}

static void ink_draw_page_class_init(InkDrawPageClass *klass) {
  GObjectClass *object = G_OBJECT_CLASS(klass);
  GtkWidgetClass *widget = GTK_WIDGET_CLASS(klass);

  object->finalize = finalize;
  widget->grab_focus = grab_focus;
  widget->map = map;
  widget->unmap = unmap;
  g_type_ensure(INK_TYPE_ANSWER_CARD);
  g_type_ensure(INK_TYPE_CONVOLUTION_VIEW);
  g_type_ensure(INK_TYPE_DIGIT_CANVAS);
  g_type_ensure(INK_TYPE_DRAW_LAYOUT);
  g_type_ensure(INK_TYPE_FEATURE_MAPS);
  gtk_widget_class_set_template_from_resource(widget, "/page/inkling/Inkling/draw-page.ui");
  gtk_widget_class_bind_template_child(widget, InkDrawPage, layout_box);
  gtk_widget_class_bind_template_child(widget, InkDrawPage, canvas);
  gtk_widget_class_bind_template_child(widget, InkDrawPage, seen);
  gtk_widget_class_bind_template_child(widget, InkDrawPage, seen_caption);
  gtk_widget_class_bind_template_child(widget, InkDrawPage, answer);
  gtk_widget_class_bind_template_child(widget, InkDrawPage, inside);
  gtk_widget_class_bind_template_child(widget, InkDrawPage, maps);
  gtk_widget_class_bind_template_child(widget, InkDrawPage, convolution);
  gtk_widget_class_bind_template_callback(widget, ink_draw_layout_follow_view);
  gtk_widget_class_bind_template_callback(widget, follow_canvas);
  gtk_widget_class_bind_template_callback(widget, explain);
  gtk_widget_class_bind_template_callback(widget, show_maps);
  add_actions(widget);
}

static void ink_draw_page_init(InkDrawPage *self) {
  self->classifier = ink_classifier_new();
  gtk_widget_init_template(GTK_WIDGET(self));
  ink_picture_accept_drops(GTK_WIDGET(self->canvas), take_picture, self);
  follow_canvas(self);
  lay_out(self);
  g_signal_connect_object(gtk_widget_get_settings(GTK_WIDGET(self)), "notify::gtk-xft-dpi",
                          G_CALLBACK(lay_out), self, G_CONNECT_SWAPPED);
  g_signal_connect_object(adw_style_manager_get_default(), "notify::dark", G_CALLBACK(show_soon),
                          self, G_CONNECT_SWAPPED);
}

GtkWidget *ink_draw_page_new(InkTrainer *trainer) {
  InkDrawPage *self = g_object_new(INK_TYPE_DRAW_PAGE, NULL);

  g_return_val_if_fail(INK_IS_TRAINER(trainer), NULL);

  self->trainer = g_object_ref(trainer);
  g_signal_connect_object(trainer, "notify::network", G_CALLBACK(show_soon), self,
                          G_CONNECT_SWAPPED);
  g_signal_connect_object(trainer, "notify::trained", G_CALLBACK(show_soon), self,
                          G_CONNECT_SWAPPED);
  return GTK_WIDGET(self);
}
