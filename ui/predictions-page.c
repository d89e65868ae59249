#include "ui/predictions-page.h"
#include "ui/class-names.h"
#include "ui/confusion-matrix.h"
#include "ui/format.h"
#include "ui/image-detail.h"
#include "ui/prediction-filters.h"
#include "ui/prediction-grid.h"
#include "ui/prediction-list.h"

#include <glib/gi18n.h>

enum {
  SIDE_WIDTH = 480,
  MARGIN = 18,
  NARROW_MARGIN = 12,
  NARROW_GRID = 430, /* the height of the grid in the scrolling column */
};

struct _InkPredictionsPage {
  AdwBin parent_instance;

  GtkStack *states, *found;
  AdwStatusPage *empty;
  GtkWidget *start;
  AdwFlap *flap;
  GtkScrolledWindow *column_scroller, *side_scroller;
  GtkWidget *counts, *grid_scroller;
  InkPredictionFilters *filters;
  GtkLabel *count, *hint, *confused;
  InkPredictionGrid *grid;
  GtkBox *below;
  GtkWidget *side;
  InkConfusionMatrix *matrix;
  InkImageDetail *detail;

  InkTrainer *trainer;
  InkPredictionList *list;
  guint sample; /* the image in the detail, whether the grid shows it or not */
  InkLayout layout;
};

G_DEFINE_FINAL_TYPE(InkPredictionsPage, ink_predictions_page, ADW_TYPE_BIN)

/* What the page says */

static const char *describe_order(const InkPredictionFilter *filter) {
  if (filter->order == INK_ORDER_LEAST_SURE)
    return _("the least sure first");
  if (filter->order == INK_ORDER_HIGHEST_LOSS)
    return filter->show == INK_SHOW_WRONG ? _("the most confident mistakes first")
                                          : _("the least expected first");
  if (filter->show == INK_SHOW_ALL && filter->label == INK_ANY_CLASS &&
      filter->predicted == INK_ANY_CLASS)
    return _("every test image, in order");
  return _("in order");
}

static void show_counts(InkPredictionsPage *self) {
  InkTestResult *result = ink_prediction_list_get_result(self->list);
  g_autofree char *share = NULL, *count = NULL, *tested_only = NULL;
  g_autofree char *of_tested = NULL, *of_wrong = NULL, *of_all = NULL;
  guint tested, wrong;

  ink_prediction_list_count(self->list, &tested, &wrong);
  of_tested = ink_format_count(tested);
  of_wrong = ink_format_count(wrong);
  of_all = ink_format_count(result->count);
  share = ink_format_percent(tested ? (double)(tested - wrong) / tested : 0, 2);
  /* Translators: how many of the tested images are wrong, and the share that is right, such as
   * "194 of 10,000 wrong · 98.06 % right". */
  count = g_strdup_printf(_("<b>%s of %s wrong</b>  ·  %s right"), of_wrong, of_tested, share);
  gtk_label_set_markup(self->count, count);

  /* Translators: of the test images, as long as not all have been tested. */
  if (!result->complete)
    tested_only = g_strdup_printf(_("%s tested"), of_all);
  gtk_label_set_label(self->hint, tested_only
                                      ? tested_only
                                      : describe_order(ink_prediction_list_get_filter(self->list)));
}

static void show_empty(InkPredictionsPage *self) {
  gboolean running = ink_trainer_get_state(self->trainer) == INK_TRAINER_RUNNING;

  adw_status_page_set_description(
      self->empty, running ? _("The network is learning. What it makes of the test images appears "
                               "here with its first test.")
                           : _("Start the training, and every test image appears here with what "
                               "the network takes it for."));
  gtk_widget_set_visible(self->start, !running);
}

static void show_detail(InkPredictionsPage *self) {
  ink_image_detail_show(self->detail, ink_prediction_list_get_dataset(self->list),
                        ink_prediction_list_get_result(self->list), self->sample);
}

/* The grid */

/* Selects the image of the detail, or nothing where it is not shown. */
static void select_sample(InkPredictionsPage *self) {
  guint position = GTK_INVALID_LIST_POSITION;

  ink_prediction_list_find(self->list, self->sample, &position);
  ink_prediction_grid_select(self->grid, position);
}

static void show_sample(InkPredictionsPage *self, guint sample) {
  if (sample == self->sample)
    return;
  self->sample = sample;
  show_detail(self);
}

static void on_selected(InkPredictionsPage *self) {
  guint position = ink_prediction_grid_get_selected(self->grid);

  if (position != GTK_INVALID_LIST_POSITION)
    show_sample(self, ink_prediction_list_get_sample(self->list, position));
}

/* The detail is in sight already where there is room for it. */
static void on_activated(InkPredictionsPage *self) {
  if (self->layout == INK_LAYOUT_MEDIUM)
    adw_flap_set_reveal_flap(self->flap, TRUE);
  ink_image_detail_focus(self->detail);
}

/* Filtering */

static void show_filter(InkPredictionsPage *self) {
  const InkPredictionFilter *filter = ink_prediction_list_get_filter(self->list);
  gboolean found = ink_prediction_list_get_length(self->list) > 0;

  ink_confusion_matrix_set_filter(self->matrix, filter->label, filter->predicted);
  gtk_stack_set_visible_child_name(self->found, found ? "grid" : "none");
  if (ink_prediction_list_get_result(self->list))
    show_counts(self);
}

static void apply_filter(InkPredictionsPage *self, const InkPredictionFilter *filter) {
  guint position = 0;

  ink_prediction_list_set_filter(self->list, filter);
  show_filter(self);
  if (ink_prediction_list_get_length(self->list) == 0)
    return;
  if (!ink_prediction_list_find(self->list, self->sample, &position))
    show_sample(self, ink_prediction_list_get_sample(self->list, 0));
  ink_prediction_grid_go_to(self->grid, position);
}

static void on_filters_changed(InkPredictionsPage *self) {
  InkPredictionFilter filter = ink_prediction_filters_get(self->filters);

  apply_filter(self, &filter);
}

/* A cell beside the diagonal holds mistakes alone, one on it none. */
static void on_matrix_chosen(InkPredictionsPage *self) {
  InkPredictionFilter filter = *ink_prediction_list_get_filter(self->list);
  int label, predicted;

  g_object_get(self->matrix, "label", &label, "predicted", &predicted, NULL);
  if (label == filter.label && predicted == filter.predicted)
    return;
  if (label != INK_ANY_CLASS && predicted != INK_ANY_CLASS &&
      filter.show == (label == predicted ? INK_SHOW_WRONG : INK_SHOW_RIGHT))
    filter.show = INK_SHOW_ALL;
  filter.label = label;
  filter.predicted = predicted;
  ink_prediction_filters_set(self->filters, &filter);
  apply_filter(self, &filter);
}

static void show_all(InkPredictionsPage *self) {
  InkPredictionFilter filter = *ink_prediction_list_get_filter(self->list);

  filter.show = INK_SHOW_ALL;
  filter.label = filter.predicted = INK_ANY_CLASS;
  ink_prediction_filters_set(self->filters, &filter);
  apply_filter(self, &filter);
}

static gboolean focus_filters(GtkWidget *widget, GVariant *args, gpointer data) {
  InkPredictionsPage *self = INK_PREDICTIONS_PAGE(widget);

  if (!gtk_widget_get_mapped(GTK_WIDGET(self->filters)))
    return FALSE;
  ink_prediction_filters_focus(self->filters);
  return TRUE;
}

static void add_shortcuts(InkPredictionsPage *self) {
  GtkEventController *controller = gtk_shortcut_controller_new();

  gtk_shortcut_controller_set_scope(GTK_SHORTCUT_CONTROLLER(controller), GTK_SHORTCUT_SCOPE_GLOBAL);
  gtk_shortcut_controller_add_shortcut(
      GTK_SHORTCUT_CONTROLLER(controller),
      gtk_shortcut_new(gtk_keyval_trigger_new(GDK_KEY_f, GDK_CONTROL_MASK),
                       gtk_callback_action_new(focus_filters, NULL, NULL)));
  gtk_widget_add_controller(GTK_WIDGET(self), controller);
}

/* Following the trainer */

static void show_dataset(InkPredictionsPage *self, InkDataset *dataset) {
  self->sample = 0;
  ink_prediction_filters_set_dataset(self->filters, dataset);
  gtk_label_set_label(self->confused,
                      ink_class_names_are_digits(ink_dataset_get_class_names(dataset))
                          ? _("Which digits get confused")
                          : _("Which classes get confused"));
}

/* Takes the newest test. Nobody sees it while another page is shown, so it waits until then. */
static void update(InkPredictionsPage *self) {
  InkDataset *dataset = ink_trainer_get_dataset(self->trainer);
  InkTestResult *result = ink_trainer_get_test_result(self->trainer);
  gboolean other = dataset != ink_prediction_list_get_dataset(self->list);

  if (!gtk_widget_get_mapped(GTK_WIDGET(self)))
    return;
  gtk_stack_set_visible_child_name(self->states, result ? "results" : "empty");
  show_empty(self);
  ink_prediction_list_set_source(self->list, dataset, result);
  ink_confusion_matrix_set_source(self->matrix, dataset, result);
  if (!result)
    return;
  if (other)
    show_dataset(self, dataset);
  show_filter(self);
  show_detail(self);
  select_sample(self);
}

/* The arrow keys move in the grid at once. */
static gboolean grab_focus(GtkWidget *widget) {
  InkPredictionsPage *self = INK_PREDICTIONS_PAGE(widget);
  gboolean tested = ink_prediction_list_get_result(self->list) != NULL;

  return gtk_widget_grab_focus(tested ? GTK_WIDGET(self->grid) : self->start);
}

/* Layout */

static void set_margins(GtkWidget *widget, int start, int end) {
  gtk_widget_set_margin_start(widget, start);
  gtk_widget_set_margin_end(widget, end);
}

/* The widget that has the keys, if it is in the side column; lets go of them. */
static GtkWidget *release_focus(InkPredictionsPage *self) {
  GtkRoot *root = gtk_widget_get_root(self->side);
  GtkWidget *focus = root ? gtk_root_get_focus(root) : NULL;

  if (!focus || !gtk_widget_is_ancestor(focus, self->side))
    return NULL;
  gtk_root_set_focus(root, NULL);
  return focus;
}

/* Matrix and detail stand beside the grid, or below it in one scrolling column. The keys are with
 * the same widget after the move as before. */
static void place_side(InkPredictionsPage *self, gboolean narrow) {
  g_autoptr(GtkWidget) side = g_object_ref(self->side);
  GtkWidget *focus = release_focus(self);

  if (narrow) {
    gtk_scrolled_window_set_child(self->side_scroller, NULL);
    gtk_box_append(self->below, side);
  } else {
    gtk_box_remove(self->below, side);
    gtk_scrolled_window_set_child(self->side_scroller, side);
  }
  if (focus)
    gtk_widget_grab_focus(focus);
}

static void lay_out(InkPredictionsPage *self) {
  gboolean narrow = self->layout == INK_LAYOUT_NARROW;
  int margin = narrow ? NARROW_MARGIN : MARGIN;
  int gap = self->layout == INK_LAYOUT_WIDE ? 0 : margin; /* the side column brings its own */

  if (narrow != (gtk_widget_get_parent(self->side) == GTK_WIDGET(self->below)))
    place_side(self, narrow);
  gtk_widget_set_size_request(self->side, narrow ? -1 : SIDE_WIDTH, -1);
  gtk_widget_set_hexpand(self->side, narrow);
  set_margins(self->side, margin, margin);
  gtk_scrolled_window_set_policy(self->column_scroller, GTK_POLICY_NEVER,
                                 narrow ? GTK_POLICY_AUTOMATIC : GTK_POLICY_NEVER);
  gtk_widget_set_size_request(self->grid_scroller, -1, narrow ? NARROW_GRID : -1);
  gtk_widget_set_vexpand(self->grid_scroller, !narrow);
  set_margins(GTK_WIDGET(self->filters), margin, gap);
  set_margins(self->counts, margin, gap);
  set_margins(GTK_WIDGET(self->grid), margin, gap);
  ink_prediction_filters_set_layout(self->filters, self->layout);
  gtk_orientable_set_orientation(GTK_ORIENTABLE(self->counts),
                                 narrow ? GTK_ORIENTATION_VERTICAL : GTK_ORIENTATION_HORIZONTAL);
  gtk_label_set_xalign(self->hint, narrow ? 0 : 1);
  ink_image_detail_set_orientation(self->detail,
                                   narrow ? GTK_ORIENTATION_VERTICAL : GTK_ORIENTATION_HORIZONTAL);
  ink_layout_fold(self->flap, self->layout);
}

void ink_predictions_page_set_layout(InkPredictionsPage *self, InkLayout layout) {
  g_return_if_fail(INK_IS_PREDICTIONS_PAGE(self));
  if (self->layout == layout)
    return;
  self->layout = layout;
  lay_out(self);
}

AdwFlap *ink_predictions_page_get_flap(InkPredictionsPage *self) {
  g_return_val_if_fail(INK_IS_PREDICTIONS_PAGE(self), NULL);
  return self->flap;
}

/* The object */

static void dispose(GObject *object) {
  InkPredictionsPage *self = INK_PREDICTIONS_PAGE(object);

  g_clear_object(&self->list);
  g_clear_object(&self->trainer);
  G_OBJECT_CLASS(ink_predictions_page_parent_class)->dispose(object);
}

static void bind_template(GtkWidgetClass *widget) {
  gtk_widget_class_set_template_from_resource(widget, "/page/inkling/Inkling/predictions-page.ui");
  gtk_widget_class_bind_template_child(widget, InkPredictionsPage, states);
  gtk_widget_class_bind_template_child(widget, InkPredictionsPage, found);
  gtk_widget_class_bind_template_child(widget, InkPredictionsPage, empty);
  gtk_widget_class_bind_template_child(widget, InkPredictionsPage, start);
  gtk_widget_class_bind_template_child(widget, InkPredictionsPage, flap);
  gtk_widget_class_bind_template_child(widget, InkPredictionsPage, column_scroller);
  gtk_widget_class_bind_template_child(widget, InkPredictionsPage, side_scroller);
  gtk_widget_class_bind_template_child(widget, InkPredictionsPage, counts);
  gtk_widget_class_bind_template_child(widget, InkPredictionsPage, grid_scroller);
  gtk_widget_class_bind_template_child(widget, InkPredictionsPage, filters);
  gtk_widget_class_bind_template_child(widget, InkPredictionsPage, count);
  gtk_widget_class_bind_template_child(widget, InkPredictionsPage, hint);
  gtk_widget_class_bind_template_child(widget, InkPredictionsPage, confused);
  gtk_widget_class_bind_template_child(widget, InkPredictionsPage, grid);
  gtk_widget_class_bind_template_child(widget, InkPredictionsPage, below);
  gtk_widget_class_bind_template_child(widget, InkPredictionsPage, side);
  gtk_widget_class_bind_template_child(widget, InkPredictionsPage, matrix);
  gtk_widget_class_bind_template_child(widget, InkPredictionsPage, detail);
  gtk_widget_class_bind_template_callback(widget, on_activated);
  gtk_widget_class_bind_template_callback(widget, on_selected);
  gtk_widget_class_bind_template_callback(widget, on_filters_changed);
  gtk_widget_class_bind_template_callback(widget, on_matrix_chosen);
  gtk_widget_class_bind_template_callback(widget, show_all);
}

static void ink_predictions_page_class_init(InkPredictionsPageClass *klass) {
  GObjectClass *object = G_OBJECT_CLASS(klass);

  g_type_ensure(INK_TYPE_PREDICTION_FILTERS);
  g_type_ensure(INK_TYPE_PREDICTION_GRID);
  g_type_ensure(INK_TYPE_CONFUSION_MATRIX);
  g_type_ensure(INK_TYPE_IMAGE_DETAIL);
  bind_template(GTK_WIDGET_CLASS(klass));
  object->dispose = dispose;
  GTK_WIDGET_CLASS(klass)->grab_focus = grab_focus;
}

static void ink_predictions_page_init(InkPredictionsPage *self) {
  self->list = ink_prediction_list_new();
  gtk_widget_init_template(GTK_WIDGET(self));
  ink_prediction_grid_set_list(self->grid, self->list);
  add_shortcuts(self);
  lay_out(self);
  g_signal_connect_object(gtk_widget_get_settings(GTK_WIDGET(self)), "notify::gtk-xft-dpi",
                          G_CALLBACK(lay_out), self, G_CONNECT_SWAPPED);
}

GtkWidget *ink_predictions_page_new(InkTrainer *trainer) {
  InkPredictionsPage *self = g_object_new(INK_TYPE_PREDICTIONS_PAGE, NULL);

  self->trainer = g_object_ref(trainer);
  g_signal_connect_object(trainer, "notify::test-result", G_CALLBACK(update), self,
                          G_CONNECT_SWAPPED);
  g_signal_connect_object(trainer, "notify::dataset", G_CALLBACK(update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object(trainer, "notify::state", G_CALLBACK(update), self, G_CONNECT_SWAPPED);
  g_signal_connect(self, "map", G_CALLBACK(update), NULL);
  return GTK_WIDGET(self);
}
