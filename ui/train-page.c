#include "ui/train-page.h"

struct _InkTrainPage {
  AdwBin parent_instance;

  InkLayout layout;
  gboolean show_sidebar;
};

enum { PROP_LAYOUT = 1, PROP_SHOW_SIDEBAR, N_PROPS };
static GParamSpec *props[N_PROPS];

G_DEFINE_FINAL_TYPE(InkTrainPage, ink_train_page, ADW_TYPE_BIN)

static void get_property(GObject *object, guint id, GValue *value, GParamSpec *pspec) {
  InkTrainPage *self = INK_TRAIN_PAGE(object);

  if (id == PROP_SHOW_SIDEBAR)
    g_value_set_boolean(value, self->show_sidebar);
  else
    g_value_set_int(value, self->layout);
}

static void set_property(GObject *object, guint id, const GValue *value, GParamSpec *pspec) {
  InkTrainPage *self = INK_TRAIN_PAGE(object);

  if (id == PROP_SHOW_SIDEBAR)
    ink_train_page_set_show_sidebar(self, g_value_get_boolean(value));
  else
    ink_train_page_set_layout(self, g_value_get_int(value));
}

static void ink_train_page_class_init(InkTrainPageClass *klass) {
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

static void ink_train_page_init(InkTrainPage *self) {
  adw_bin_set_child(ADW_BIN(self), gtk_label_new("Train"));
}

GtkWidget *ink_train_page_new(InkTrainer *trainer) {
  return g_object_new(INK_TYPE_TRAIN_PAGE, NULL);
}

void ink_train_page_set_layout(InkTrainPage *self, InkLayout layout) {
  g_return_if_fail(INK_IS_TRAIN_PAGE(self));
  if (self->layout == layout)
    return;
  self->layout = layout;
  g_object_notify_by_pspec(G_OBJECT(self), props[PROP_LAYOUT]);
}

void ink_train_page_set_show_sidebar(InkTrainPage *self, gboolean show) {
  g_return_if_fail(INK_IS_TRAIN_PAGE(self));
  if (self->show_sidebar == show)
    return;
  self->show_sidebar = show;
  g_object_notify_by_pspec(G_OBJECT(self), props[PROP_SHOW_SIDEBAR]);
}

gboolean ink_train_page_export(InkTrainPage *self, const char *format, const char *path,
                               GError **error) {
  g_return_val_if_fail(INK_IS_TRAIN_PAGE(self), FALSE);
  g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "There is no chart to export to %s yet.",
              path);
  return FALSE;
}
