/* The keys and the pointer on the grid of predictions. */
#include "ui/keys.h"
#include "ui/prediction-cell.h"
#include "ui/prediction-grid-private.h"

/* The rows that are whole in view but one, which stays in view. */
static gint64 get_page(InkPredictionGrid *self) {
  int rows = gtk_widget_get_height(GTK_WIDGET(self)) / self->row_height;

  return (gint64)MAX(rows - 1, 1) * self->columns;
}

/* Where a key leads from the cursor; FALSE: nowhere. */
static gboolean find_target(InkPredictionGrid *self, guint keyval, gint64 *position) {
  gint64 last = (gint64)ink_prediction_list_get_length(self->list) - 1, here = self->cursor;
  int forward = gtk_widget_get_direction(GTK_WIDGET(self)) == GTK_TEXT_DIR_RTL ? -1 : 1;

  switch (ink_keys_plain(keyval)) {
  case GDK_KEY_Left:
    here -= forward;
    break;
  case GDK_KEY_Right:
    here += forward;
    break;
  case GDK_KEY_Up:
    here -= here >= self->columns ? self->columns : 0;
    break;
  case GDK_KEY_Down:
    here += here + self->columns <= last ? self->columns : 0;
    break;
  case GDK_KEY_Page_Up:
    here = MAX(here - get_page(self), here % self->columns);
    break;
  case GDK_KEY_Page_Down:
    here += get_page(self);
    break;
  case GDK_KEY_Home:
    here = 0;
    break;
  case GDK_KEY_End:
    here = last;
    break;
  default:
    return FALSE;
  }
  *position = CLAMP(here, 0, last);
  return TRUE;
}

static gboolean on_key_pressed(GtkEventControllerKey *controller, guint keyval, guint keycode,
                               GdkModifierType state, InkPredictionGrid *self) {
  gint64 position = self->cursor;

  if (self->cells->len == 0 || state & GDK_ALT_MASK)
    return GDK_EVENT_PROPAGATE;
  switch (ink_keys_plain(keyval)) {
  case GDK_KEY_Return:
    g_signal_emit_by_name(self, "activate");
    return GDK_EVENT_STOP;
  case GDK_KEY_space:
    state &= ~GDK_CONTROL_MASK;
    break;
  default:
    if (!find_target(self, keyval, &position))
      return GDK_EVENT_PROPAGATE;
  }
  ink_prediction_grid_move(self, position, !(state & GDK_CONTROL_MASK));
  return GDK_EVENT_STOP;
}

static InkPredictionCell *pick_cell(InkPredictionGrid *self, double x, double y) {
  GtkWidget *widget = gtk_widget_pick(GTK_WIDGET(self), x, y, GTK_PICK_DEFAULT);

  return INK_IS_PREDICTION_CELL(widget) ? INK_PREDICTION_CELL(widget) : NULL;
}

static void on_pressed(GtkGestureClick *gesture, int n_press, double x, double y,
                       InkPredictionGrid *self) {
  if (n_press == 2 && pick_cell(self, x, y))
    g_signal_emit_by_name(self, "activate");
}

/* Not before, for a touch may yet scroll. */
static void on_released(GtkGestureClick *gesture, int n_press, double x, double y,
                        InkPredictionGrid *self) {
  InkPredictionCell *cell = pick_cell(self, x, y);

  if (!cell || n_press > 1)
    return;
  ink_prediction_grid_move(self, ink_prediction_cell_get_position(cell), TRUE);
}

void ink_prediction_grid_add_input(InkPredictionGrid *self) {
  GtkEventController *keys = gtk_event_controller_key_new();
  GtkGesture *click = gtk_gesture_click_new();

  g_signal_connect(click, "pressed", G_CALLBACK(on_pressed), self);
  g_signal_connect(click, "released", G_CALLBACK(on_released), self);
  gtk_widget_add_controller(GTK_WIDGET(self), GTK_EVENT_CONTROLLER(click));
  g_signal_connect(keys, "key-pressed", G_CALLBACK(on_key_pressed), self);
  gtk_widget_add_controller(GTK_WIDGET(self), keys);
}
