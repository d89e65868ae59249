#include "ui/prediction-grid-private.h"
#include "ui/prediction-cell.h"

#include <adwaita.h>

enum { FEWEST = 3, USUAL = 10 }; /* columns */

enum { PROP_SELECTED = 1, N_PROPS, PROP_HADJUSTMENT, PROP_VADJUSTMENT, PROP_HPOLICY, PROP_VPOLICY };
static GParamSpec *props[N_PROPS];

G_DEFINE_FINAL_TYPE_WITH_CODE(InkPredictionGrid, ink_prediction_grid, GTK_TYPE_WIDGET,
                              G_IMPLEMENT_INTERFACE(GTK_TYPE_SCROLLABLE, NULL))

static guint count(InkPredictionGrid *self) {
  return self->list ? ink_prediction_list_get_length(self->list) : 0;
}

/* What is in view, and the focus */

static InkPredictionCell *get_cell(InkPredictionGrid *self, guint i) {
  return g_ptr_array_index(self->cells, i);
}

/* NULL where a place is not in view. */
static GtkWidget *find_cell(InkPredictionGrid *self, guint position) {
  if (position < self->first || position >= count(self) ||
      position - self->first >= self->cells->len)
    return NULL;
  return GTK_WIDGET(get_cell(self, position - self->first));
}

static gboolean has_focus(InkPredictionGrid *self) {
  GtkRoot *root = gtk_widget_get_root(GTK_WIDGET(self));
  GtkWidget *focus = root ? gtk_root_get_focus(root) : NULL;

  return focus && (focus == GTK_WIDGET(self) || gtk_widget_is_ancestor(focus, GTK_WIDGET(self)));
}

/* The cell at the cursor has the keys; while that is out of view, the grid. */
static gboolean focus_cursor(InkPredictionGrid *self) {
  GtkWidget *cell = find_cell(self, self->cursor);

  if (cell)
    return gtk_widget_is_focus(cell) || gtk_widget_grab_focus(cell);
  return GTK_WIDGET_CLASS(ink_prediction_grid_parent_class)->grab_focus(GTK_WIDGET(self));
}

static double get_scroll(InkPredictionGrid *self) {
  GtkAdjustment *adjustment = self->adjustments[GTK_ORIENTATION_VERTICAL];

  return adjustment ? gtk_adjustment_get_value(adjustment) : 0;
}

static void set_cell_count(InkPredictionGrid *self, guint n) {
  while (self->cells->len > n)
    gtk_widget_unparent(g_ptr_array_steal_index(self->cells, self->cells->len - 1));
  while (self->cells->len < n) {
    GtkWidget *cell = ink_prediction_cell_new(self->list, self->captions);

    gtk_widget_set_parent(cell, GTK_WIDGET(self));
    g_ptr_array_add(self->cells, cell);
  }
}

/* Cells that stay in view keep their images, so that what has the focus stays the same widget. */
static void turn_cells(InkPredictionGrid *self, guint first) {
  guint moved = ABS((int)first - (int)self->first);

  if (moved <= self->cells->len / 2)
    for (guint i = 0; i < moved; i++) {
      gboolean down = first > self->first;
      gpointer cell = g_ptr_array_steal_index(self->cells, down ? 0 : self->cells->len - 1);

      gtk_widget_insert_before(cell, GTK_WIDGET(self),
                               down ? NULL : gtk_widget_get_first_child(GTK_WIDGET(self)));
      g_ptr_array_insert(self->cells, down ? -1 : 0, cell);
    }
  self->first = first;
}

static void show_cell(InkPredictionGrid *self, guint i) {
  InkPredictionCell *cell = get_cell(self, i);
  guint position = self->first + i;

  gtk_widget_set_visible(GTK_WIDGET(cell), position < count(self));
  if (position >= count(self))
    return;
  ink_prediction_cell_show(cell, position);
  ink_prediction_cell_set_selected(cell, position == self->selected);
}

/* Fills the cells with what is in view now. */
static void show_rows(InkPredictionGrid *self) {
  gboolean focused = has_focus(self);
  guint rows;

  if (self->columns == 0)
    return;
  rows = gtk_widget_get_height(GTK_WIDGET(self)) / self->row_height + 2;
  set_cell_count(self, MIN(rows * self->columns, count(self)));
  turn_cells(self, (guint)(get_scroll(self) / self->row_height) * self->columns);
  for (guint i = 0; i < self->cells->len; i++)
    show_cell(self, i);
  if (focused)
    focus_cursor(self);
}

/* Scrolling */

static void on_scrolled(InkPredictionGrid *self) {
  show_rows(self);
  gtk_widget_queue_allocate(GTK_WIDGET(self));
}

static void configure(InkPredictionGrid *self, GtkOrientation orientation, double value,
                      double size, double page) {
  if (self->adjustments[orientation])
    gtk_adjustment_configure(self->adjustments[orientation], value, 0, MAX(size, page), 0.1 * page,
                             0.9 * page, page);
}

static void set_extent(InkPredictionGrid *self, double scroll) {
  int width = gtk_widget_get_width(GTK_WIDGET(self));
  double rows = (count(self) + self->columns - 1) / self->columns;

  configure(self, GTK_ORIENTATION_HORIZONTAL, 0, width, width);
  configure(self, GTK_ORIENTATION_VERTICAL, scroll, rows * self->row_height,
            gtk_widget_get_height(GTK_WIDGET(self)));
}

static void scroll_to(InkPredictionGrid *self, guint position) {
  if (self->columns > 0 && self->adjustments[GTK_ORIENTATION_VERTICAL]) {
    double top = (double)(position / self->columns) * self->row_height;

    gtk_adjustment_clamp_page(self->adjustments[GTK_ORIENTATION_VERTICAL], top,
                              top + self->row_height);
  }
}

static void set_adjustment(InkPredictionGrid *self, GtkOrientation orientation,
                           GtkAdjustment *adjustment) {
  GtkAdjustment **place = &self->adjustments[orientation];

  if (*place)
    g_signal_handlers_disconnect_by_data(*place, self);
  g_set_object(place, adjustment);
  if (adjustment)
    g_signal_connect_swapped(adjustment, "value-changed", G_CALLBACK(on_scrolled), self);
  gtk_widget_queue_allocate(GTK_WIDGET(self));
}

/* Layout */

static void measure(GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                    int *natural, int *minimum_baseline, int *natural_baseline) {
  int width, height;

  ink_prediction_cell_get_size(INK_PREDICTION_GRID(widget)->captions, &width, &height);
  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? FEWEST * width : height;
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? USUAL * width : height;
}

static void place_cell(InkPredictionGrid *self, guint i) {
  GtkWidget *cell = GTK_WIDGET(get_cell(self, i));
  int width = gtk_widget_get_width(GTK_WIDGET(self));
  int columns = self->columns, column = (int)i % columns;
  int top = (int)((self->first + i) / self->columns) * self->row_height - (int)get_scroll(self);
  int left;

  if (!gtk_widget_get_visible(cell))
    return;
  if (gtk_widget_get_direction(cell) == GTK_TEXT_DIR_RTL)
    column = columns - 1 - column;
  left = width * column / columns;
  gtk_widget_measure(cell, GTK_ORIENTATION_HORIZONTAL, -1, NULL, NULL, NULL, NULL);
  gtk_widget_size_allocate(
      cell, &(GtkAllocation){left, top, width * (column + 1) / columns - left, self->row_height},
      -1);
}

static void size_allocate(GtkWidget *widget, int width, int height, int baseline) {
  InkPredictionGrid *self = INK_PREDICTION_GRID(widget);
  double scroll = get_scroll(self);
  guint top = self->columns > 0 ? (guint)(scroll / self->row_height) * self->columns : 0;
  guint columns;
  int cell_width, row_height;

  ink_prediction_cell_get_size(self->captions, &cell_width, &row_height);
  columns = MAX(FEWEST, width / cell_width);
  /* The row in view stays in view. */
  if (columns != self->columns || row_height != self->row_height)
    scroll = top / columns * row_height;
  self->columns = columns;
  self->row_height = row_height;
  ink_prediction_captions_set_width(self->captions, width / columns - 6);
  set_extent(self, scroll);
  show_rows(self);
  for (guint i = 0; i < self->cells->len; i++)
    place_cell(self, i);
}

/* Content */

static void forget_pictures(InkPredictionGrid *self) {
  for (guint i = 0; i < self->cells->len; i++)
    ink_prediction_cell_forget(get_cell(self, i));
}

static void on_updated(InkPredictionGrid *self) {
  InkDataset *dataset = ink_prediction_list_get_dataset(self->list);

  if (dataset != self->dataset) {
    self->dataset = dataset;
    ink_prediction_captions_set_dataset(self->captions, dataset);
    set_cell_count(self, 0);
    gtk_widget_queue_resize(GTK_WIDGET(self));
  }
  if (self->selected >= count(self))
    self->selected = GTK_INVALID_LIST_POSITION;
  self->cursor = MIN(self->cursor, MAX(count(self), 1) - 1);
  if (self->columns > 0)
    set_extent(self, get_scroll(self));
  show_rows(self);
  gtk_widget_queue_allocate(GTK_WIDGET(self));
}

void ink_prediction_grid_set_list(InkPredictionGrid *self, InkPredictionList *list) {
  g_return_if_fail(INK_IS_PREDICTION_GRID(self) && !self->list);
  self->list = g_object_ref(list);
  g_signal_connect_object(list, "updated", G_CALLBACK(on_updated), self, G_CONNECT_SWAPPED);
  on_updated(self);
}

InkPredictionList *ink_prediction_grid_get_list(InkPredictionGrid *self) {
  g_return_val_if_fail(INK_IS_PREDICTION_GRID(self), NULL);
  return self->list;
}

/* Choosing */

void ink_prediction_grid_select(InkPredictionGrid *self, guint position) {
  guint before;

  g_return_if_fail(INK_IS_PREDICTION_GRID(self));
  before = self->selected;
  if (position == before)
    return;
  self->selected = position;
  if (find_cell(self, before))
    show_cell(self, before - self->first);
  if (find_cell(self, position))
    show_cell(self, position - self->first);
  g_object_notify_by_pspec(G_OBJECT(self), props[PROP_SELECTED]);
}

guint ink_prediction_grid_get_selected(InkPredictionGrid *self) {
  g_return_val_if_fail(INK_IS_PREDICTION_GRID(self), GTK_INVALID_LIST_POSITION);
  return self->selected;
}

guint ink_prediction_grid_get_columns(InkPredictionGrid *self) {
  g_return_val_if_fail(INK_IS_PREDICTION_GRID(self), 0);
  return self->columns;
}

void ink_prediction_grid_go_to(InkPredictionGrid *self, guint position) {
  g_return_if_fail(INK_IS_PREDICTION_GRID(self) && position < count(self));
  self->cursor = position;
  ink_prediction_grid_select(self, position);
  scroll_to(self, position);
}

void ink_prediction_grid_move(InkPredictionGrid *self, guint position, gboolean select) {
  self->cursor = position;
  if (select)
    ink_prediction_grid_select(self, position);
  scroll_to(self, position);
  focus_cursor(self);
}

/* The focus */

static gboolean grab_focus(GtkWidget *widget) {
  InkPredictionGrid *self = INK_PREDICTION_GRID(widget);

  if (count(self) > 0)
    scroll_to(self, self->cursor);
  return focus_cursor(self);
}

/* Tab leads into the grid and out of it. */
static gboolean focus(GtkWidget *widget, GtkDirectionType direction) {
  return !has_focus(INK_PREDICTION_GRID(widget)) && gtk_widget_grab_focus(widget);
}

/* The keys go on from the cell that a screen reader focuses. */
static void set_focus_child(GtkWidget *widget, GtkWidget *child) {
  if (child)
    INK_PREDICTION_GRID(widget)->cursor =
        ink_prediction_cell_get_position(INK_PREDICTION_CELL(child));
  GTK_WIDGET_CLASS(ink_prediction_grid_parent_class)->set_focus_child(widget, child);
}

/* The object */

static void get_property(GObject *object, guint id, GValue *value, GParamSpec *pspec) {
  InkPredictionGrid *self = INK_PREDICTION_GRID(object);

  if (id == PROP_SELECTED)
    g_value_set_uint(value, self->selected);
  else if (id == PROP_HADJUSTMENT || id == PROP_VADJUSTMENT)
    g_value_set_object(value, self->adjustments[id == PROP_VADJUSTMENT]);
  else
    g_value_set_enum(value, self->policies[id == PROP_VPOLICY]);
}

static void set_property(GObject *object, guint id, const GValue *value, GParamSpec *pspec) {
  InkPredictionGrid *self = INK_PREDICTION_GRID(object);

  if (id == PROP_HADJUSTMENT || id == PROP_VADJUSTMENT)
    set_adjustment(self, id == PROP_VADJUSTMENT, g_value_get_object(value));
  else
    self->policies[id == PROP_VPOLICY] = g_value_get_enum(value);
}

static void dispose(GObject *object) {
  InkPredictionGrid *self = INK_PREDICTION_GRID(object);

  set_cell_count(self, 0);
  for (int i = 0; i < 2; i++)
    set_adjustment(self, i, NULL);
  g_clear_object(&self->list);
  G_OBJECT_CLASS(ink_prediction_grid_parent_class)->dispose(object);
}

static void finalize(GObject *object) {
  InkPredictionGrid *self = INK_PREDICTION_GRID(object);

  g_ptr_array_unref(self->cells);
  ink_prediction_captions_free(self->captions);
  G_OBJECT_CLASS(ink_prediction_grid_parent_class)->finalize(object);
}

static void ink_prediction_grid_class_init(InkPredictionGridClass *klass) {
  GObjectClass *object = G_OBJECT_CLASS(klass);
  GtkWidgetClass *widget = GTK_WIDGET_CLASS(klass);

  object->get_property = get_property;
  object->set_property = set_property;
  object->dispose = dispose;
  object->finalize = finalize;
  widget->measure = measure;
  widget->size_allocate = size_allocate;
  widget->grab_focus = grab_focus;
  widget->focus = focus;
  widget->set_focus_child = set_focus_child;
  gtk_widget_class_set_css_name(widget, "predictiongrid");
  gtk_widget_class_set_accessible_role(widget, GTK_ACCESSIBLE_ROLE_GRID);

  props[PROP_SELECTED] =
      g_param_spec_uint("selected", NULL, NULL, 0, G_MAXUINT, GTK_INVALID_LIST_POSITION,
                        G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties(object, N_PROPS, props);
  g_object_class_override_property(object, PROP_HADJUSTMENT, "hadjustment");
  g_object_class_override_property(object, PROP_VADJUSTMENT, "vadjustment");
  g_object_class_override_property(object, PROP_HPOLICY, "hscroll-policy");
  g_object_class_override_property(object, PROP_VPOLICY, "vscroll-policy");
  g_signal_new("activate", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
               G_TYPE_NONE, 0);
}

static void ink_prediction_grid_init(InkPredictionGrid *self) {
  AdwStyleManager *manager = adw_style_manager_get_default();

  self->cells = g_ptr_array_new();
  self->captions = ink_prediction_captions_new(GTK_WIDGET(self));
  self->selected = GTK_INVALID_LIST_POSITION;
  gtk_widget_set_focusable(GTK_WIDGET(self), TRUE);
  gtk_widget_set_overflow(GTK_WIDGET(self), GTK_OVERFLOW_HIDDEN);
  ink_prediction_grid_add_input(self);
  g_signal_connect(self, "notify::scale-factor", G_CALLBACK(forget_pictures), NULL);
  g_signal_connect_object(manager, "notify::dark", G_CALLBACK(forget_pictures), self,
                          G_CONNECT_SWAPPED);
  g_signal_connect_object(manager, "notify::high-contrast", G_CALLBACK(forget_pictures), self,
                          G_CONNECT_SWAPPED);
}
