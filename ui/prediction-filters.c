#include "ui/prediction-filters.h"
#include "ui/class-names.h"

#include <glib/gi18n.h>

struct _InkPredictionFilters {
  GtkBox parent_instance;

  GtkBox *show, *classes;
  GtkToggleButton *all, *wrong, *right;
  GtkDropDown *label, *predicted, *order; /* the first of a class stands for any */

  InkDataset *dataset; /* whose classes are offered */
  gboolean setting;    /* so that what the program sets is not taken for a choice */
};

enum { CHANGED, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE(InkPredictionFilters, ink_prediction_filters, GTK_TYPE_BOX)

static void on_selected(InkPredictionFilters *self) {
  if (!self->setting)
    g_signal_emit(self, signals[CHANGED], 0);
}

/* Of the two that change, the one that goes up speaks for both. */
static void on_toggled(InkPredictionFilters *self, GtkToggleButton *button) {
  if (gtk_toggle_button_get_active(button))
    on_selected(self);
}

/* The button within takes the focus, and GTK 4.8 leaves it without a name. */
static void name_choice(GtkDropDown *drop_down) {
  GtkWidget *button = gtk_widget_get_first_child(GTK_WIDGET(drop_down));
  GtkStringObject *choice = gtk_drop_down_get_selected_item(drop_down);

  if (choice)
    gtk_accessible_update_property(GTK_ACCESSIBLE(button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   gtk_string_object_get_string(choice), -1);
}

/* The button cuts off what is too long for it; the list that it opens does not. */
static void set_up(GtkDropDown *drop_down) {
  g_autoptr(GtkListItemFactory) factory = gtk_builder_list_item_factory_new_from_resource(
      NULL, "/page/inkling/Inkling/ellipsized-item.ui");

  gtk_drop_down_set_list_factory(drop_down, gtk_drop_down_get_factory(drop_down));
  gtk_drop_down_set_factory(drop_down, factory);
  g_signal_connect(drop_down, "notify::selected-item", G_CALLBACK(name_choice), NULL);
  name_choice(drop_down);
}

static int count_classes(InkDataset *dataset) {
  return dataset ? ink_dataset_get_classes(dataset) : 0;
}

void ink_prediction_filters_set_dataset(InkPredictionFilters *self, InkDataset *dataset) {
  g_autoptr(GtkStringList) labels = NULL, predictions = NULL;

  g_return_if_fail(INK_IS_PREDICTION_FILTERS(self));
  if (dataset == self->dataset)
    return;
  g_clear_pointer(&self->dataset, ink_dataset_unref);
  if (dataset)
    self->dataset = ink_dataset_ref(dataset);

  labels = gtk_string_list_new((const char *[]){_("Any label"), NULL});
  predictions = gtk_string_list_new((const char *[]){_("Any prediction"), NULL});
  for (int i = 0; i < count_classes(dataset); i++) {
    const char *name = ink_class_names_get(dataset, i);
    /* Translators: a choice of a class, such as "Label 7" or "Label Sandal". */
    gtk_string_list_take(labels, g_strdup_printf(_("Label %s"), name));
    gtk_string_list_take(predictions, g_strdup_printf(_("Predicted %s"), name));
  }
  self->setting = TRUE;
  gtk_drop_down_set_model(self->label, G_LIST_MODEL(labels));
  gtk_drop_down_set_model(self->predicted, G_LIST_MODEL(predictions));
  self->setting = FALSE;
  on_selected(self);
}

void ink_prediction_filters_set(InkPredictionFilters *self, const InkPredictionFilter *filter) {
  GtkToggleButton *const buttons[] = {self->all, self->wrong, self->right};

  g_return_if_fail(INK_IS_PREDICTION_FILTERS(self));
  self->setting = TRUE;
  gtk_toggle_button_set_active(buttons[filter->show], TRUE);
  gtk_drop_down_set_selected(self->label, filter->label - INK_ANY_CLASS);
  gtk_drop_down_set_selected(self->predicted, filter->predicted - INK_ANY_CLASS);
  gtk_drop_down_set_selected(self->order, filter->order);
  self->setting = FALSE;
}

static InkShow get_show(InkPredictionFilters *self) {
  if (gtk_toggle_button_get_active(self->wrong))
    return INK_SHOW_WRONG;
  return gtk_toggle_button_get_active(self->right) ? INK_SHOW_RIGHT : INK_SHOW_ALL;
}

InkPredictionFilter ink_prediction_filters_get(InkPredictionFilters *self) {
  InkPredictionFilter filter = {.label = INK_ANY_CLASS, .predicted = INK_ANY_CLASS};

  g_return_val_if_fail(INK_IS_PREDICTION_FILTERS(self), filter);
  filter.show = get_show(self);
  filter.label = (int)gtk_drop_down_get_selected(self->label) + INK_ANY_CLASS;
  filter.predicted = (int)gtk_drop_down_get_selected(self->predicted) + INK_ANY_CLASS;
  filter.order = gtk_drop_down_get_selected(self->order);
  return filter;
}

void ink_prediction_filters_set_layout(InkPredictionFilters *self, InkLayout layout) {
  gboolean large = ink_layout_is_text_large(GTK_WIDGET(self));
  gboolean narrow = layout == INK_LAYOUT_NARROW || large;

  g_return_if_fail(INK_IS_PREDICTION_FILTERS(self));
  gtk_orientable_set_orientation(GTK_ORIENTABLE(self),
                                 narrow ? GTK_ORIENTATION_VERTICAL : GTK_ORIENTATION_HORIZONTAL);
  gtk_box_set_spacing(GTK_BOX(self), narrow ? 12 : 6);
  gtk_box_set_homogeneous(self->show, narrow);
  gtk_box_set_homogeneous(self->classes, narrow);
  gtk_orientable_set_orientation(GTK_ORIENTABLE(self->classes), layout == INK_LAYOUT_NARROW && large
                                                                    ? GTK_ORIENTATION_VERTICAL
                                                                    : GTK_ORIENTATION_HORIZONTAL);
  gtk_widget_set_halign(GTK_WIDGET(self->order), narrow ? GTK_ALIGN_FILL : GTK_ALIGN_END);
}

void ink_prediction_filters_focus(InkPredictionFilters *self) {
  GtkToggleButton *const buttons[] = {self->all, self->wrong, self->right};

  g_return_if_fail(INK_IS_PREDICTION_FILTERS(self));
  gtk_widget_grab_focus(GTK_WIDGET(buttons[get_show(self)]));
}

static void dispose(GObject *object) {
  g_clear_pointer(&INK_PREDICTION_FILTERS(object)->dataset, ink_dataset_unref);
  G_OBJECT_CLASS(ink_prediction_filters_parent_class)->dispose(object);
}

static void ink_prediction_filters_class_init(InkPredictionFiltersClass *klass) {
  GtkWidgetClass *widget = GTK_WIDGET_CLASS(klass);

  G_OBJECT_CLASS(klass)->dispose = dispose;
  signals[CHANGED] = g_signal_new("changed", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                  NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_template_from_resource(widget,
                                              "/page/inkling/Inkling/prediction-filters.ui");
  gtk_widget_class_bind_template_child(widget, InkPredictionFilters, show);
  gtk_widget_class_bind_template_child(widget, InkPredictionFilters, classes);
  gtk_widget_class_bind_template_child(widget, InkPredictionFilters, all);
  gtk_widget_class_bind_template_child(widget, InkPredictionFilters, wrong);
  gtk_widget_class_bind_template_child(widget, InkPredictionFilters, right);
  gtk_widget_class_bind_template_child(widget, InkPredictionFilters, label);
  gtk_widget_class_bind_template_child(widget, InkPredictionFilters, predicted);
  gtk_widget_class_bind_template_child(widget, InkPredictionFilters, order);
  gtk_widget_class_bind_template_callback(widget, on_selected);
  gtk_widget_class_bind_template_callback(widget, on_toggled);
}

static void ink_prediction_filters_init(InkPredictionFilters *self) {
  gtk_widget_init_template(GTK_WIDGET(self));
  set_up(self->label);
  set_up(self->predicted);
  set_up(self->order);
}
