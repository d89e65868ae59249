#include "ui/draw-page.h"

struct _InkDrawPage {
  AdwBin parent_instance;

  InkLayout layout;
};

enum { PROP_LAYOUT = 1, N_PROPS };
static GParamSpec *props[N_PROPS];

G_DEFINE_FINAL_TYPE(InkDrawPage, ink_draw_page, ADW_TYPE_BIN)

static void get_property(GObject *object, guint id, GValue *value, GParamSpec *pspec) {
  InkDrawPage *self = INK_DRAW_PAGE(object);

  g_value_set_int(value, self->layout);
}

static void set_property(GObject *object, guint id, const GValue *value, GParamSpec *pspec) {
  InkDrawPage *self = INK_DRAW_PAGE(object);

  ink_draw_page_set_layout(self, g_value_get_int(value));
}

static void ink_draw_page_class_init(InkDrawPageClass *klass) {
  GObjectClass *object = G_OBJECT_CLASS(klass);

  object->get_property = get_property;
  object->set_property = set_property;
  props[PROP_LAYOUT] =
      g_param_spec_int("layout", NULL, NULL, INK_LAYOUT_WIDE, INK_LAYOUT_NARROW, INK_LAYOUT_WIDE,
                       G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties(object, N_PROPS, props);
}

static void ink_draw_page_init(InkDrawPage *self) {
  adw_bin_set_child(ADW_BIN(self), gtk_label_new("Draw"));
}

GtkWidget *ink_draw_page_new(InkTrainer *trainer) {
  return g_object_new(INK_TYPE_DRAW_PAGE, NULL);
}

void ink_draw_page_set_layout(InkDrawPage *self, InkLayout layout) {
  g_return_if_fail(INK_IS_DRAW_PAGE(self));
  if (self->layout == layout)
    return;
  self->layout = layout;
  g_object_notify_by_pspec(G_OBJECT(self), props[PROP_LAYOUT]);
}

void ink_draw_page_set_picture(InkDrawPage *self, const guint8 *image) {
  g_return_if_fail(INK_IS_DRAW_PAGE(self));
}
