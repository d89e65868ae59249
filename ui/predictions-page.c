#include "ui/predictions-page.h"

struct _InkPredictionsPage {
  AdwBin parent_instance;

  InkLayout layout;
  gboolean show_sidebar;
};

enum { PROP_LAYOUT = 1, PROP_SHOW_SIDEBAR, N_PROPS };
static GParamSpec *props[N_PROPS];

G_DEFINE_FINAL_TYPE(InkPredictionsPage, ink_predictions_page, ADW_TYPE_BIN)

static void get_property(GObject *object, guint id, GValue *value, GParamSpec *pspec) {
  InkPredictionsPage *self = INK_PREDICTIONS_PAGE(object);

  if (id == PROP_SHOW_SIDEBAR)
    g_value_set_boolean(value, self->show_sidebar);
  else
    g_value_set_int(value, self->layout);
}

static void set_property(GObject *object, guint id, const GValue *value, GParamSpec *pspec) {
  InkPredictionsPage *self = INK_PREDICTIONS_PAGE(object);

  if (id == PROP_SHOW_SIDEBAR)
    ink_predictions_page_set_show_sidebar(self, g_value_get_boolean(value));
  else
    ink_predictions_page_set_layout(self, g_value_get_int(value));
}

static void ink_predictions_page_class_init(InkPredictionsPageClass *klass) {
  GObjectClass *object = G_OBJECT_CLASS(klass);

  object->get_property = get_property;
  object->set_property = set_property;
  props[PROP_LAYOUT] =
      g_param_spec_int("layout", NULL, NULL, INK_LAYOUT_WIDE, INK_LAYOUT_NARROW, INK_LAYOUT_WIDE,
                       G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  props[PROP_SHOW_SIDEBAR] =
      g_param_spec_boolean("show-sidebar", NULL, NULL, FALSE,
                           G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties(object, N_PROPS, props);
}

static void ink_predictions_page_init(InkPredictionsPage *self) {
  adw_bin_set_child(ADW_BIN(self), gtk_label_new("Predictions"));
}

GtkWidget *ink_predictions_page_new(InkTrainer *trainer) {
  return g_object_new(INK_TYPE_PREDICTIONS_PAGE, NULL);
}

void ink_predictions_page_set_layout(InkPredictionsPage *self, InkLayout layout) {
  g_return_if_fail(INK_IS_PREDICTIONS_PAGE(self));
  if (self->layout == layout)
    return;
  self->layout = layout;
  g_object_notify_by_pspec(G_OBJECT(self), props[PROP_LAYOUT]);
}

void ink_predictions_page_set_show_sidebar(InkPredictionsPage *self, gboolean show) {
  g_return_if_fail(INK_IS_PREDICTIONS_PAGE(self));
  if (self->show_sidebar == show)
    return;
  self->show_sidebar = show;
  g_object_notify_by_pspec(G_OBJECT(self), props[PROP_SHOW_SIDEBAR]);
}
