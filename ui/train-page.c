#include "ui/train-page.h"
#include "engine/schedule.h"
#include "engine/trainer.h"
#include "ui/chart.h"
#include "ui/format.h"
#include "ui/sample-grid.h"
#include "ui/train-settings.h"

#include <glib/gi18n.h>

enum { SIDE_WIDTH = 300 };                 /* of the settings, at the usual size of text */
enum { LOW_WINDOW = 700 };                 /* below, the sample grid keeps one row */
enum { NARROW_CHART = 400 };               /* height, where the page scrolls as a whole */
enum { CHART_PACE = 33, GRID_PACE = 125 }; /* milliseconds from one picture to the next */

struct _InkTrainPage {
  AdwBin parent_instance;

  InkTrainer *trainer;
  InkLayout layout;
  gint64 chart_drawn, grid_drawn; /* when; µs */
  GdkSurface *surface;            /* whose height is followed */
  guint height_source;

  AdwFlap *flap;
  AdwBin *side;
  GtkBox *content;
  InkTrainSettings *settings;
  InkChart *chart;
  InkSampleGrid *grid;
};

G_DEFINE_FINAL_TYPE(InkTrainPage, ink_train_page, ADW_TYPE_BIN)

/* Following the trainer */

static void follow_recipe(InkTrainPage *self) {
  InkDataset *dataset = ink_trainer_get_dataset(self->trainer);
  const InkRecipe *recipe = ink_trainer_get_recipe(self->trainer);
  g_autofree char *count = NULL, *note = NULL;
  gsize test;

  if (!dataset)
    return;
  test = ink_dataset_get_count(dataset, INK_TEST);
  count = ink_format_count(recipe->eval_samples ? MIN(test, recipe->eval_samples) : test);
  note = g_strdup_printf(recipe->eval_samples && recipe->eval_samples < test
                             ? _("on the first %s test images")
                             : _("on all %s test images"),
                         count);
  ink_chart_set_note(self->chart, note);
  ink_chart_set_planned(self->chart,
                        ink_schedule_planned(recipe, &(InkRunPosition){0},
                                             ink_dataset_get_count(dataset, INK_TRAIN)));
}

static void show_samples(InkTrainPage *self) {
  InkDataset *dataset = ink_trainer_get_dataset(self->trainer);
  const InkBatchView *batch = ink_trainer_get_batch(self->trainer);

  if (batch)
    ink_sample_grid_show_batch(self->grid, dataset, batch);
  else
    ink_sample_grid_show_first(self->grid, dataset);
}

/* While a run goes on, not every step is worth a picture: no eye could follow, and drawing takes
 * time from training. */
static gboolean is_due(InkTrainPage *self, gint64 *drawn, int pace) {
  gint64 now = g_get_monotonic_time();

  if (ink_trainer_get_state(self->trainer) == INK_TRAINER_RUNNING && now < *drawn + pace * 1000)
    return FALSE;
  *drawn = now;
  return TRUE;
}

static void follow_progress(InkTrainPage *self) {
  ink_chart_set_history(self->chart, ink_trainer_get_history(self->trainer));
  if (!gtk_widget_get_mapped(GTK_WIDGET(self)))
    return;
  if (is_due(self, &self->chart_drawn, CHART_PACE))
    ink_chart_update(self->chart);
  if (is_due(self, &self->grid_drawn, GRID_PACE))
    show_samples(self);
}

static void follow_all(InkTrainPage *self) {
  self->chart_drawn = self->grid_drawn = 0;
  follow_recipe(self);
  follow_progress(self);
}

/* Layout */

static void move_settings(InkTrainPage *self, gboolean into_content) {
  GtkWidget *settings = GTK_WIDGET(self->settings);
  gboolean is_in_content = gtk_widget_get_parent(settings) == GTK_WIDGET(self->content);

  if (is_in_content == into_content)
    return;
  g_object_ref(settings);
  if (into_content) {
    adw_bin_set_child(self->side, NULL);
    gtk_box_append(self->content, settings);
  } else {
    gtk_box_remove(self->content, settings);
    adw_bin_set_child(self->side, settings);
  }
  g_object_unref(settings);
}

/* In the narrow layout the column is empty, and must not widen the page. */
static void follow_text_scale(InkTrainPage *self) {
  double scale = ink_layout_get_text_scale(GTK_WIDGET(self));
  int width = (int)(SIDE_WIDTH * MAX(scale, 1));

  gtk_widget_set_size_request(GTK_WIDGET(self->side),
                              self->layout == INK_LAYOUT_NARROW ? -1 : width, -1);
}

static void set_margins(InkTrainPage *self) {
  GtkWidget *content = GTK_WIDGET(self->content), *side = GTK_WIDGET(self->side);
  gboolean is_wide = self->layout == INK_LAYOUT_WIDE;

  gtk_widget_set_margin_start(content, is_wide ? 18 : 12);
  gtk_widget_set_margin_end(content, is_wide ? 18 : 12);
  gtk_widget_set_margin_bottom(content, is_wide ? 18 : 12);
  gtk_widget_set_margin_start(side, 18);
  gtk_widget_set_margin_end(side, 14);
  gtk_widget_set_margin_top(side, 14);
  gtk_widget_set_margin_bottom(side, 14);
}

static void follow_layout(InkTrainPage *self) {
  gboolean is_narrow = self->layout == INK_LAYOUT_NARROW;

  move_settings(self, is_narrow);
  set_margins(self);
  follow_text_scale(self);
  gtk_widget_set_size_request(GTK_WIDGET(self->chart), -1, is_narrow ? NARROW_CHART : -1);
  ink_layout_fold(self->flap, self->layout);
}

static gboolean follow_height(gpointer data) {
  InkTrainPage *self = data;
  int height = gtk_widget_get_height(GTK_WIDGET(gtk_widget_get_root(GTK_WIDGET(self))));

  self->height_source = 0;
  ink_sample_grid_set_rows(self->grid, height < LOW_WINDOW ? 1 : 2);
  return G_SOURCE_REMOVE;
}

/* The window's new height is known once it has laid itself out. */
static void on_surface_layout(InkTrainPage *self) {
  if (!self->height_source)
    self->height_source = g_idle_add(follow_height, self);
}

static void realize(GtkWidget *widget) {
  InkTrainPage *self = INK_TRAIN_PAGE(widget);

  GTK_WIDGET_CLASS(ink_train_page_parent_class)->realize(widget);
  self->surface = gtk_native_get_surface(gtk_widget_get_native(widget));
  g_signal_connect_swapped(self->surface, "layout", G_CALLBACK(on_surface_layout), self);
}

static void unrealize(GtkWidget *widget) {
  InkTrainPage *self = INK_TRAIN_PAGE(widget);

  g_clear_handle_id(&self->height_source, g_source_remove);
  g_signal_handlers_disconnect_by_data(self->surface, self);
  self->surface = NULL;
  GTK_WIDGET_CLASS(ink_train_page_parent_class)->unrealize(widget);
}

static gboolean grab_focus(GtkWidget *widget) {
  return gtk_widget_grab_focus(GTK_WIDGET(INK_TRAIN_PAGE(widget)->chart));
}

static void map(GtkWidget *widget) {
  GTK_WIDGET_CLASS(ink_train_page_parent_class)->map(widget);
  follow_all(INK_TRAIN_PAGE(widget));
}

/* The object */

static void dispose(GObject *object) {
  g_clear_object(&INK_TRAIN_PAGE(object)->trainer);
  G_OBJECT_CLASS(ink_train_page_parent_class)->dispose(object);
}

static void ink_train_page_class_init(InkTrainPageClass *klass) {
  GObjectClass *object = G_OBJECT_CLASS(klass);
  GtkWidgetClass *widget = GTK_WIDGET_CLASS(klass);

  object->dispose = dispose;
  widget->realize = realize;
  widget->unrealize = unrealize;
  widget->grab_focus = grab_focus;
  widget->map = map;
  g_type_ensure(INK_TYPE_CHART);
  g_type_ensure(INK_TYPE_SAMPLE_GRID);
  g_type_ensure(INK_TYPE_TRAIN_SETTINGS);
  gtk_widget_class_set_template_from_resource(widget, "/page/inkling/Inkling/train-page.ui");
  gtk_widget_class_bind_template_child(widget, InkTrainPage, flap);
  gtk_widget_class_bind_template_child(widget, InkTrainPage, side);
  gtk_widget_class_bind_template_child(widget, InkTrainPage, content);
  gtk_widget_class_bind_template_child(widget, InkTrainPage, settings);
  gtk_widget_class_bind_template_child(widget, InkTrainPage, chart);
  gtk_widget_class_bind_template_child(widget, InkTrainPage, grid);
}

static void ink_train_page_init(InkTrainPage *self) {
  gtk_widget_init_template(GTK_WIDGET(self));
  follow_layout(self);
  g_signal_connect_object(gtk_widget_get_settings(GTK_WIDGET(self)), "notify::gtk-xft-dpi",
                          G_CALLBACK(follow_text_scale), self, G_CONNECT_SWAPPED);
}

GtkWidget *ink_train_page_new(InkTrainer *trainer) {
  InkTrainPage *self;

  g_return_val_if_fail(INK_IS_TRAINER(trainer), NULL);
  self = g_object_new(INK_TYPE_TRAIN_PAGE, NULL);
  self->trainer = g_object_ref(trainer);
  ink_train_settings_set_trainer(self->settings, trainer);
  g_signal_connect_object(trainer, "recipe-changed", G_CALLBACK(follow_recipe), self,
                          G_CONNECT_SWAPPED);
  g_signal_connect_object(trainer, "progress", G_CALLBACK(follow_progress), self,
                          G_CONNECT_SWAPPED);
  g_signal_connect_object(trainer, "notify::dataset", G_CALLBACK(follow_all), self,
                          G_CONNECT_SWAPPED);
  g_signal_connect_object(trainer, "notify::state", G_CALLBACK(follow_all), self,
                          G_CONNECT_SWAPPED);
  follow_all(self);
  return GTK_WIDGET(self);
}

void ink_train_page_set_layout(InkTrainPage *self, InkLayout layout) {
  g_return_if_fail(INK_IS_TRAIN_PAGE(self));
  if (self->layout == layout)
    return;
  self->layout = layout;
  follow_layout(self);
}

AdwFlap *ink_train_page_get_flap(InkTrainPage *self) {
  g_return_val_if_fail(INK_IS_TRAIN_PAGE(self), NULL);
  return self->flap;
}

gboolean ink_train_page_export(InkTrainPage *self, const char *format, const char *path,
                               GError **error) {
  g_return_val_if_fail(INK_IS_TRAIN_PAGE(self), FALSE);
  return ink_chart_export(self->chart, format, path, error);
}
