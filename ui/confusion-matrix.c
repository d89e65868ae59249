#include "ui/confusion-matrix.h"
#include "ui/class-names.h"
#include "ui/confusion-drawing.h"
#include "ui/format.h"
#include "ui/keys.h"

#include <glib/gi18n.h>
#include <math.h>

struct _InkConfusionMatrix {
  GtkWidget parent_instance;

  InkDataset *dataset;
  InkConfusion confusion;
  int label, predicted; /* the filter */
  int row, column;      /* the cell that the keys move */
};

enum { PROP_LABEL = 1, PROP_PREDICTED, N_PROPS };
static GParamSpec *props[N_PROPS];

G_DEFINE_FINAL_TYPE(InkConfusionMatrix, ink_confusion_matrix, GTK_TYPE_WIDGET)

enum { NATURAL_WIDTH = 452 };

static GtkSizeRequestMode get_request_mode(GtkWidget *widget) {
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static InkConfusionLayout lay_out(InkConfusionMatrix *self, int width) {
  return ink_confusion_lay_out(GTK_WIDGET(self), &self->confusion, width);
}

static void measure(GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                    int *natural, int *minimum_baseline, int *natural_baseline) {
  InkConfusionMatrix *self = INK_CONFUSION_MATRIX(widget);

  if (orientation == GTK_ORIENTATION_HORIZONTAL) {
    *minimum = lay_out(self, 0).share;
    *natural = MAX(*minimum, NATURAL_WIDTH);
  } else {
    InkConfusionLayout layout = lay_out(self, for_size < 0 ? NATURAL_WIDTH : for_size);
    *minimum = *natural = layout.top + layout.cell * self->confusion.classes;
  }
}

int ink_confusion_matrix_get_cell_size(InkConfusionMatrix *self, int width) {
  g_return_val_if_fail(INK_IS_CONFUSION_MATRIX(self), 0);
  return lay_out(self, width).cell;
}

gboolean ink_confusion_matrix_get_cell(InkConfusionMatrix *self, int label, int predicted,
                                       graphene_rect_t *bounds) {
  InkConfusionLayout layout;

  g_return_val_if_fail(INK_IS_CONFUSION_MATRIX(self), FALSE);
  if (label >= self->confusion.classes || predicted >= self->confusion.classes)
    return FALSE;
  layout = lay_out(self, gtk_widget_get_width(GTK_WIDGET(self)));
  graphene_rect_init(bounds, layout.left + predicted * layout.cell,
                     layout.top + label * layout.cell, layout.cell, layout.cell);
  return TRUE;
}

/* The row and column at a point, INK_ANY_CLASS beside them; FALSE where nothing is. */
static gboolean find_cell(InkConfusionMatrix *self, double x, double y, int *label,
                          int *predicted) {
  InkConfusionLayout layout = lay_out(self, gtk_widget_get_width(GTK_WIDGET(self)));
  int column = (int)floor((x - layout.left) / layout.cell);
  int row = (int)floor((y - layout.top) / layout.cell);

  *predicted = column >= 0 && column < self->confusion.classes ? column : INK_ANY_CLASS;
  *label = row >= 0 && row < self->confusion.classes ? row : INK_ANY_CLASS;
  return *predicted != INK_ANY_CLASS || *label != INK_ANY_CLASS;
}

static void snapshot(GtkWidget *widget, GtkSnapshot *snapshot) {
  InkConfusionMatrix *self = INK_CONFUSION_MATRIX(widget);
  int width = gtk_widget_get_width(widget), height = gtk_widget_get_height(widget);
  InkConfusionLayout layout;
  cairo_t *cr;

  if (self->confusion.classes == 0)
    return;

  layout = lay_out(self, width);
  /* A ring around an outer cell reaches a pixel beyond. */
  cr = gtk_snapshot_append_cairo(snapshot, &GRAPHENE_RECT_INIT(-1, -1, width + 2, height + 2));
  ink_confusion_draw(&layout, cr);
  if (self->label != INK_ANY_CLASS || self->predicted != INK_ANY_CLASS)
    ink_confusion_draw_ring(&layout, cr, self->label, self->predicted, INK_COLOR_TEXT);
  if (gtk_widget_has_visible_focus(widget))
    ink_confusion_draw_ring(&layout, cr, self->row, self->column, INK_COLOR_LOSS);
  cairo_destroy(cr);
}

/* What is read out and shown beside the pointer */

static char *describe_cell(InkConfusionMatrix *self, int row, int column) {
  const char *label = ink_class_names_get(self->dataset, row);
  guint count = self->confusion.counts[row][column];
  g_autofree char *images = ink_format_count(count);

  return g_strdup_printf(
      ngettext("Label %s, predicted %s: %s image", "Label %s, predicted %s: %s images", count),
      label, ink_class_names_get(self->dataset, column), images);
}

static void update_name(InkConfusionMatrix *self) {
  g_autofree char *cell = NULL, *name = NULL;

  if (self->confusion.classes > 0)
    cell = describe_cell(self, self->row, self->column);
  name =
      cell ? g_strconcat(_("Confusion matrix"), ". ", cell, NULL) : g_strdup(_("Confusion matrix"));
  gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}

static gboolean query_tooltip(GtkWidget *widget, int x, int y, gboolean keyboard,
                              GtkTooltip *tooltip) {
  InkConfusionMatrix *self = INK_CONFUSION_MATRIX(widget);
  int row = self->row, column = self->column;
  g_autofree char *text = NULL;
  graphene_rect_t bounds;
  GdkRectangle area;

  if (!keyboard && !find_cell(self, x, y, &row, &column))
    return FALSE;
  if (row == INK_ANY_CLASS || column == INK_ANY_CLASS ||
      !ink_confusion_matrix_get_cell(self, row, column, &bounds))
    return FALSE;
  area = (GdkRectangle){(int)bounds.origin.x, (int)bounds.origin.y, (int)bounds.size.width,
                        (int)bounds.size.height};
  text = describe_cell(self, row, column);
  gtk_tooltip_set_text(tooltip, text);
  gtk_tooltip_set_tip_area(tooltip, &area);
  return TRUE;
}

/* Filtering */

void ink_confusion_matrix_set_filter(InkConfusionMatrix *self, int label, int predicted) {
  g_return_if_fail(INK_IS_CONFUSION_MATRIX(self));
  if (self->label == label && self->predicted == predicted)
    return;
  g_object_freeze_notify(G_OBJECT(self));
  if (self->label != label)
    g_object_notify_by_pspec(G_OBJECT(self), props[PROP_LABEL]);
  if (self->predicted != predicted)
    g_object_notify_by_pspec(G_OBJECT(self), props[PROP_PREDICTED]);
  self->label = label;
  self->predicted = predicted;
  g_object_thaw_notify(G_OBJECT(self));
  gtk_widget_queue_draw(GTK_WIDGET(self));
}

static void toggle(InkConfusionMatrix *self, int label, int predicted) {
  if (self->label == label && self->predicted == predicted)
    ink_confusion_matrix_set_filter(self, INK_ANY_CLASS, INK_ANY_CLASS);
  else
    ink_confusion_matrix_set_filter(self, label, predicted);
}

static void move_to(InkConfusionMatrix *self, int row, int column) {
  self->row = row;
  self->column = column;
  update_name(self);
  gtk_widget_queue_draw(GTK_WIDGET(self));
  gtk_widget_trigger_tooltip_query(GTK_WIDGET(self));
}

static void on_pressed(GtkGestureClick *gesture, int n_press, double x, double y,
                       InkConfusionMatrix *self) {
  int label, predicted;

  if (!find_cell(self, x, y, &label, &predicted))
    return;
  gtk_widget_grab_focus(GTK_WIDGET(self));
  if (label != INK_ANY_CLASS && predicted != INK_ANY_CLASS)
    move_to(self, label, predicted);
  toggle(self, label, predicted);
}

static gboolean on_key_pressed(GtkEventControllerKey *controller, guint keyval, guint keycode,
                               GdkModifierType state, InkConfusionMatrix *self) {
  int row = self->row, column = self->column, last = self->confusion.classes - 1;

  if (last < 0 || state & (GDK_CONTROL_MASK | GDK_ALT_MASK | GDK_SHIFT_MASK))
    return GDK_EVENT_PROPAGATE;
  switch (ink_keys_plain(keyval)) {
  case GDK_KEY_Up:
    row = MAX(row - 1, 0);
    break;
  case GDK_KEY_Down:
    row = MIN(row + 1, last);
    break;
  case GDK_KEY_Left:
    column = MAX(column - 1, 0);
    break;
  case GDK_KEY_Right:
    column = MIN(column + 1, last);
    break;
  case GDK_KEY_Home:
    column = 0;
    break;
  case GDK_KEY_End:
    column = last;
    break;
  case GDK_KEY_Return:
  case GDK_KEY_space:
    toggle(self, row, column);
    return GDK_EVENT_STOP;
  default:
    return GDK_EVENT_PROPAGATE;
  }
  move_to(self, row, column);
  return GDK_EVENT_STOP;
}

void ink_confusion_matrix_set_source(InkConfusionMatrix *self, InkDataset *dataset,
                                     InkTestResult *result) {
  g_autofree char *description = NULL;
  int classes;

  g_return_if_fail(INK_IS_CONFUSION_MATRIX(self));
  if (!dataset || !result)
    dataset = NULL, result = NULL;
  classes = self->confusion.classes;
  if (dataset != self->dataset)
    gtk_widget_queue_resize(GTK_WIDGET(self));
  if (dataset)
    ink_dataset_ref(dataset);
  g_clear_pointer(&self->dataset, ink_dataset_unref);
  self->dataset = dataset;

  ink_confusion_count(&self->confusion, dataset, result);
  if (self->confusion.classes != classes)
    self->row = self->column = 0;
  description = ink_confusion_describe(&self->confusion);
  gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                 description, -1);
  update_name(self);
  gtk_widget_queue_draw(GTK_WIDGET(self));
}

static void get_property(GObject *object, guint id, GValue *value, GParamSpec *pspec) {
  InkConfusionMatrix *self = INK_CONFUSION_MATRIX(object);

  g_value_set_int(value, id == PROP_LABEL ? self->label : self->predicted);
}

static void finalize(GObject *object) {
  g_clear_pointer(&INK_CONFUSION_MATRIX(object)->dataset, ink_dataset_unref);
  G_OBJECT_CLASS(ink_confusion_matrix_parent_class)->finalize(object);
}

static void ink_confusion_matrix_class_init(InkConfusionMatrixClass *klass) {
  GObjectClass *object = G_OBJECT_CLASS(klass);
  GtkWidgetClass *widget = GTK_WIDGET_CLASS(klass);

  object->get_property = get_property;
  object->finalize = finalize;
  widget->get_request_mode = get_request_mode;
  widget->measure = measure;
  widget->snapshot = snapshot;
  widget->query_tooltip = query_tooltip;
  gtk_widget_class_set_css_name(widget, "confusion-matrix");
  gtk_widget_class_set_accessible_role(widget, GTK_ACCESSIBLE_ROLE_IMG);

  props[PROP_LABEL] =
      g_param_spec_int("label", NULL, NULL, INK_ANY_CLASS, INK_MAX_CLASSES - 1, INK_ANY_CLASS,
                       G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  props[PROP_PREDICTED] =
      g_param_spec_int("predicted", NULL, NULL, INK_ANY_CLASS, INK_MAX_CLASSES - 1, INK_ANY_CLASS,
                       G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties(object, N_PROPS, props);
}

static void ink_confusion_matrix_init(InkConfusionMatrix *self) {
  AdwStyleManager *manager = adw_style_manager_get_default();
  GtkEventController *keys = gtk_event_controller_key_new();
  GtkGesture *click = gtk_gesture_click_new();

  self->label = self->predicted = INK_ANY_CLASS;
  gtk_widget_set_focusable(GTK_WIDGET(self), TRUE);
  gtk_widget_set_has_tooltip(GTK_WIDGET(self), TRUE);
  g_signal_connect(click, "pressed", G_CALLBACK(on_pressed), self);
  gtk_widget_add_controller(GTK_WIDGET(self), GTK_EVENT_CONTROLLER(click));
  g_signal_connect(keys, "key-pressed", G_CALLBACK(on_key_pressed), self);
  gtk_widget_add_controller(GTK_WIDGET(self), keys);
  g_signal_connect_object(manager, "notify::dark", G_CALLBACK(gtk_widget_queue_draw), self,
                          G_CONNECT_SWAPPED);
  g_signal_connect_object(manager, "notify::high-contrast", G_CALLBACK(gtk_widget_queue_draw), self,
                          G_CONNECT_SWAPPED);
  update_name(self);
}

GtkWidget *ink_confusion_matrix_new(void) {
  return g_object_new(INK_TYPE_CONFUSION_MATRIX, NULL);
}
