#include "ui/layout.h"

enum { MIN_WIDTH = 360, MIN_HEIGHT = 360, WIDE_FROM = 1150, MEDIUM_FROM = 720 };

#define LARGE_TEXT 1.2

InkLayout ink_layout_for_width(int width) {
  return width >= WIDE_FROM     ? INK_LAYOUT_WIDE
         : width >= MEDIUM_FROM ? INK_LAYOUT_MEDIUM
                                : INK_LAYOUT_NARROW;
}

void ink_layout_fold(AdwFlap *flap, InkLayout layout) {
  gboolean wide = layout == INK_LAYOUT_WIDE;

  g_return_if_fail(ADW_IS_FLAP(flap));

  adw_flap_set_fold_policy(flap, wide ? ADW_FLAP_FOLD_POLICY_NEVER : ADW_FLAP_FOLD_POLICY_ALWAYS);
  adw_flap_set_reveal_flap(flap, wide);
}

double ink_layout_get_text_scale(GtkWidget *widget) {
  int dpi;

  g_object_get(gtk_widget_get_settings(widget), "gtk-xft-dpi", &dpi, NULL);
  return dpi > 0 ? dpi / (96.0 * PANGO_SCALE) : 1;
}

gboolean ink_layout_is_text_large(GtkWidget *widget) {
  return ink_layout_get_text_scale(widget) > LARGE_TEXT;
}

struct _InkLayoutBin {
  GtkWidget parent_instance;

  GtkWidget *child;
  InkLayout layout;
  guint notify_source;
};

enum { PROP_LAYOUT = 1, PROP_CHILD, N_PROPS };
static GParamSpec *props[N_PROPS];

static void buildable_init(GtkBuildableIface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE(InkLayoutBin, ink_layout_bin, GTK_TYPE_WIDGET,
                              G_IMPLEMENT_INTERFACE(GTK_TYPE_BUILDABLE, buildable_init))

static GtkBuildableIface *parent_buildable;

static void add_child(GtkBuildable *buildable, GtkBuilder *builder, GObject *child,
                      const char *type) {
  if (GTK_IS_WIDGET(child))
    ink_layout_bin_set_child(INK_LAYOUT_BIN(buildable), GTK_WIDGET(child));
  else
    parent_buildable->add_child(buildable, builder, child, type);
}

static void buildable_init(GtkBuildableIface *iface) {
  parent_buildable = g_type_interface_peek_parent(iface);
  iface->add_child = add_child;
}

static GtkSizeRequestMode get_request_mode(GtkWidget *widget) {
  return GTK_SIZE_REQUEST_CONSTANT_SIZE;
}

static void measure(GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                    int *natural, int *minimum_baseline, int *natural_baseline) {
  InkLayoutBin *self = INK_LAYOUT_BIN(widget);
  int child_natural = 0;

  if (self->child)
    gtk_widget_measure(self->child, orientation, -1, NULL, &child_natural, NULL, NULL);
  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? MIN_WIDTH : MIN_HEIGHT;
  *natural = MAX(*minimum, child_natural);
}

static gboolean notify_layout(gpointer data) {
  InkLayoutBin *self = data;
  InkLayout layout = ink_layout_for_width(gtk_widget_get_width(GTK_WIDGET(self)));

  self->notify_source = 0;
  if (layout != self->layout) {
    self->layout = layout;
    g_object_notify_by_pspec(G_OBJECT(self), props[PROP_LAYOUT]);
  }
  return G_SOURCE_REMOVE;
}

static void size_allocate(GtkWidget *widget, int width, int height, int baseline) {
  InkLayoutBin *self = INK_LAYOUT_BIN(widget);
  int min_width, min_height;

  if (!self->child)
    return;
  /* For the one frame until the layout follows, the child may be larger than the window. */
  gtk_widget_measure(self->child, GTK_ORIENTATION_HORIZONTAL, -1, &min_width, NULL, NULL, NULL);
  width = MAX(width, min_width);
  gtk_widget_measure(self->child, GTK_ORIENTATION_VERTICAL, width, &min_height, NULL, NULL, NULL);
  gtk_widget_allocate(self->child, width, MAX(height, min_height), baseline, NULL);

  /* What follows the layout resizes widgets, which must not happen during allocation. */
  if (ink_layout_for_width(gtk_widget_get_width(widget)) != self->layout && !self->notify_source)
    self->notify_source = g_idle_add_full(G_PRIORITY_HIGH, notify_layout, self, NULL);
}

static void get_property(GObject *object, guint id, GValue *value, GParamSpec *pspec) {
  InkLayoutBin *self = INK_LAYOUT_BIN(object);

  if (id == PROP_LAYOUT)
    g_value_set_int(value, self->layout);
  else
    g_value_set_object(value, self->child);
}

static void set_property(GObject *object, guint id, const GValue *value, GParamSpec *pspec) {
  ink_layout_bin_set_child(INK_LAYOUT_BIN(object), g_value_get_object(value));
}

static void dispose(GObject *object) {
  InkLayoutBin *self = INK_LAYOUT_BIN(object);

  g_clear_handle_id(&self->notify_source, g_source_remove);
  g_clear_pointer(&self->child, gtk_widget_unparent);
  G_OBJECT_CLASS(ink_layout_bin_parent_class)->dispose(object);
}

static void ink_layout_bin_class_init(InkLayoutBinClass *klass) {
  GObjectClass *object = G_OBJECT_CLASS(klass);
  GtkWidgetClass *widget = GTK_WIDGET_CLASS(klass);

  object->get_property = get_property;
  object->set_property = set_property;
  object->dispose = dispose;
  widget->get_request_mode = get_request_mode;
  widget->measure = measure;
  widget->size_allocate = size_allocate;

  props[PROP_LAYOUT] = g_param_spec_int("layout", NULL, NULL, INK_LAYOUT_WIDE, INK_LAYOUT_NARROW,
                                        INK_LAYOUT_WIDE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  props[PROP_CHILD] = g_param_spec_object("child", NULL, NULL, GTK_TYPE_WIDGET,
                                          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties(object, N_PROPS, props);
}

static void ink_layout_bin_init(InkLayoutBin *self) {
  gtk_widget_set_overflow(GTK_WIDGET(self), GTK_OVERFLOW_HIDDEN);
}

void ink_layout_bin_set_child(InkLayoutBin *self, GtkWidget *child) {
  g_return_if_fail(INK_IS_LAYOUT_BIN(self));
  g_clear_pointer(&self->child, gtk_widget_unparent);
  self->child = child;
  if (child)
    gtk_widget_set_parent(child, GTK_WIDGET(self));
}

InkLayout ink_layout_bin_get_layout(InkLayoutBin *self) {
  g_return_val_if_fail(INK_IS_LAYOUT_BIN(self), INK_LAYOUT_WIDE);
  return self->layout;
}
