/* The pointer and the keys on the chart: crosshair, zoom and context menu. */
#include "ui/chart-private.h"

#include <math.h>

static const double ZOOM_STEP = 1.25; /* by a notch of the wheel, or a key */
enum { LEAST_DRAG = 6 };              /* pixels; less is a click */

static double step_at(InkChart *self, double x) {
  GtkWidget *widget = GTK_WIDGET(self);
  InkChartLayout layout =
      ink_chart_layout(self, gtk_widget_get_width(widget), gtk_widget_get_height(widget));
  double from, to;

  ink_chart_get_view(self, &from, &to);
  x = CLAMP(x, layout.left, layout.right);
  return from + (x - layout.left) / (layout.right - layout.left) * (to - from);
}

static gboolean is_on_plots(InkChart *self, double x, double y) {
  GtkWidget *widget = GTK_WIDGET(self);
  InkChartLayout layout =
      ink_chart_layout(self, gtk_widget_get_width(widget), gtk_widget_get_height(widget));

  return x >= layout.left - 4 && x <= layout.right + 4 && y >= layout.loss.top &&
         y <= layout.accuracy.bottom;
}

static void point_at(InkChart *self, double x, double y) {
  ink_chart_point_at(self, is_on_plots(self, x, y) ? llround(step_at(self, x)) : -1);
}

static void on_motion(GtkEventControllerMotion *controller, double x, double y, InkChart *self) {
  point_at(self, x, y);
}

static void on_leave(GtkEventControllerMotion *controller, InkChart *self) {
  ink_chart_point_at(self, -1);
}

/* factor < 1 shows less; the step at `around` keeps its place. */
static void zoom_by(InkChart *self, double factor, double around) {
  double from, to;

  ink_chart_get_view(self, &from, &to);
  ink_chart_zoom(self, around - (around - from) * factor, around + (to - around) * factor);
}

static void pan_by(InkChart *self, double share) {
  double from, to, distance;

  ink_chart_get_view(self, &from, &to);
  distance = share * (to - from);
  ink_chart_zoom(self, from + distance, to + distance);
}

/* Where the chart is part of a longer scrolling page, the wheel alone belongs to the page. */
static gboolean is_in_scrolling_page(InkChart *self) {
  GtkWidget *scroller = gtk_widget_get_ancestor(GTK_WIDGET(self), GTK_TYPE_SCROLLED_WINDOW);
  GtkAdjustment *vertical;

  if (!scroller)
    return FALSE;
  vertical = gtk_scrolled_window_get_vadjustment(GTK_SCROLLED_WINDOW(scroller));
  return gtk_adjustment_get_upper(vertical) > gtk_adjustment_get_page_size(vertical);
}

static gboolean on_scroll(GtkEventControllerScroll *controller, double dx, double dy,
                          InkChart *self) {
  GdkModifierType state =
      gtk_event_controller_get_current_event_state(GTK_EVENT_CONTROLLER(controller));

  if (self->pointed < 0 || (is_in_scrolling_page(self) && !(state & GDK_CONTROL_MASK)))
    return GDK_EVENT_PROPAGATE;
  if (dx != 0)
    pan_by(self, dx * 0.1);
  if (dy != 0)
    zoom_by(self, pow(ZOOM_STEP, dy), self->pointed);
  return GDK_EVENT_STOP;
}

static void on_drag_begin(GtkGestureDrag *gesture, double x, double y, InkChart *self) {
  if (!is_on_plots(self, x, y)) {
    gtk_gesture_set_state(GTK_GESTURE(gesture), GTK_EVENT_SEQUENCE_DENIED);
    return;
  }
  self->drag_from = self->drag_to = x;
}

static void on_drag_update(GtkGestureDrag *gesture, double dx, double dy, InkChart *self) {
  if (fabs(dx) < LEAST_DRAG)
    return;
  gtk_gesture_set_state(GTK_GESTURE(gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  self->drag_to = self->drag_from + dx;
  gtk_widget_queue_draw(GTK_WIDGET(self));
}

static void on_drag_end(GtkGestureDrag *gesture, double dx, double dy, InkChart *self) {
  double from = step_at(self, MIN(self->drag_from, self->drag_to));
  double to = step_at(self, MAX(self->drag_from, self->drag_to));

  if (fabs(self->drag_to - self->drag_from) >= LEAST_DRAG)
    ink_chart_zoom(self, from, to);
  self->drag_from = self->drag_to = 0;
  gtk_widget_queue_draw(GTK_WIDGET(self));
}

static void on_drag_cancel(GtkGesture *gesture, GdkEventSequence *sequence, InkChart *self) {
  self->drag_from = self->drag_to = 0;
  gtk_widget_queue_draw(GTK_WIDGET(self));
}

static void open_menu(InkChart *self, double x, double y) {
  if (!self->context_menu) {
    self->context_menu = gtk_popover_menu_new_from_model(self->menu);
    gtk_popover_set_has_arrow(GTK_POPOVER(self->context_menu), FALSE);
    gtk_widget_set_halign(self->context_menu, GTK_ALIGN_START);
    gtk_widget_set_parent(self->context_menu, GTK_WIDGET(self));
  }
  gtk_popover_set_pointing_to(GTK_POPOVER(self->context_menu),
                              &(GdkRectangle){(int)x, (int)y, 1, 1});
  gtk_popover_popup(GTK_POPOVER(self->context_menu));
}

static void on_pressed(GtkGestureClick *gesture, int presses, double x, double y, InkChart *self) {
  GdkEvent *event = gtk_event_controller_get_current_event(GTK_EVENT_CONTROLLER(gesture));

  if (event && gdk_event_triggers_context_menu(event)) {
    gtk_gesture_set_state(GTK_GESTURE(gesture), GTK_EVENT_SEQUENCE_CLAIMED);
    open_menu(self, x, y);
  } else if (presses == 2 && is_on_plots(self, x, y)) {
    ink_chart_fit(self);
  } else {
    point_at(self, x, y); /* a finger, which does not hover */
  }
}

void ink_chart_add_input(InkChart *self) {
  GtkEventController *motion = gtk_event_controller_motion_new();
  GtkEventController *scroll =
      gtk_event_controller_scroll_new(GTK_EVENT_CONTROLLER_SCROLL_BOTH_AXES);
  GtkGesture *drag = gtk_gesture_drag_new(), *click = gtk_gesture_click_new();

  g_signal_connect(motion, "enter", G_CALLBACK(on_motion), self);
  g_signal_connect(motion, "motion", G_CALLBACK(on_motion), self);
  g_signal_connect(motion, "leave", G_CALLBACK(on_leave), self);
  g_signal_connect(scroll, "scroll", G_CALLBACK(on_scroll), self);
  g_signal_connect(drag, "drag-begin", G_CALLBACK(on_drag_begin), self);
  g_signal_connect(drag, "drag-update", G_CALLBACK(on_drag_update), self);
  g_signal_connect(drag, "drag-end", G_CALLBACK(on_drag_end), self);
  g_signal_connect(drag, "cancel", G_CALLBACK(on_drag_cancel), self);
  gtk_gesture_single_set_button(GTK_GESTURE_SINGLE(click), 0);
  g_signal_connect(click, "pressed", G_CALLBACK(on_pressed), self);

  gtk_widget_add_controller(GTK_WIDGET(self), motion);
  gtk_widget_add_controller(GTK_WIDGET(self), scroll);
  gtk_widget_add_controller(GTK_WIDGET(self), GTK_EVENT_CONTROLLER(drag));
  gtk_widget_add_controller(GTK_WIDGET(self), GTK_EVENT_CONTROLLER(click));
}

/* Keys: each does what the pointer would. The parameter says which way, or how far. */

static gboolean on_move(GtkWidget *widget, GVariant *parameter, gpointer data) {
  InkChart *self = INK_CHART(widget);
  double from, to, distance = g_variant_get_double(parameter);
  gint64 least = distance < 0 ? -1 : 1;

  ink_chart_get_view(self, &from, &to);
  if (self->pointed < 0) {
    ink_chart_point_at(self, llround(distance > 0 ? from : to));
    return GDK_EVENT_STOP;
  }
  distance *= to - from;
  ink_chart_point_at(self, CLAMP(self->pointed + (fabs(distance) < 1 ? least : llround(distance)),
                                 (gint64)ceil(from), (gint64)floor(to)));
  return GDK_EVENT_STOP;
}

static gboolean on_zoom(GtkWidget *widget, GVariant *parameter, gpointer data) {
  InkChart *self = INK_CHART(widget);
  double from, to;

  ink_chart_get_view(self, &from, &to);
  zoom_by(self, g_variant_get_double(parameter),
          self->pointed < 0 ? (from + to) / 2 : self->pointed);
  return GDK_EVENT_STOP;
}

static gboolean on_pan(GtkWidget *widget, GVariant *parameter, gpointer data) {
  pan_by(INK_CHART(widget), g_variant_get_double(parameter));
  return GDK_EVENT_STOP;
}

static gboolean on_fit_key(GtkWidget *widget, GVariant *parameter, gpointer data) {
  ink_chart_fit(INK_CHART(widget));
  return GDK_EVENT_STOP;
}

static gboolean on_menu_key(GtkWidget *widget, GVariant *parameter, gpointer data) {
  open_menu(INK_CHART(widget), gtk_widget_get_width(widget) / 2.0, 40);
  return GDK_EVENT_STOP;
}

static void bind(GtkWidgetClass *klass, guint key, guint keypad_key, GdkModifierType modifiers,
                 GtkShortcutFunc function, double parameter) {
  gtk_widget_class_add_binding(klass, key, modifiers, function, "d", parameter);
  if (keypad_key)
    gtk_widget_class_add_binding(klass, keypad_key, modifiers, function, "d", parameter);
}

void ink_chart_add_key_bindings(GtkWidgetClass *klass) {
  bind(klass, GDK_KEY_Left, GDK_KEY_KP_Left, 0, on_move, -0.01);
  bind(klass, GDK_KEY_Right, GDK_KEY_KP_Right, 0, on_move, 0.01);
  bind(klass, GDK_KEY_Page_Up, GDK_KEY_KP_Page_Up, 0, on_move, -0.1);
  bind(klass, GDK_KEY_Page_Down, GDK_KEY_KP_Page_Down, 0, on_move, 0.1);
  bind(klass, GDK_KEY_Left, GDK_KEY_KP_Left, GDK_SHIFT_MASK, on_pan, -0.1);
  bind(klass, GDK_KEY_Right, GDK_KEY_KP_Right, GDK_SHIFT_MASK, on_pan, 0.1);
  bind(klass, GDK_KEY_plus, GDK_KEY_KP_Add, 0, on_zoom, 1 / ZOOM_STEP);
  bind(klass, GDK_KEY_equal, 0, 0, on_zoom, 1 / ZOOM_STEP);
  bind(klass, GDK_KEY_minus, GDK_KEY_KP_Subtract, 0, on_zoom, ZOOM_STEP);
  bind(klass, GDK_KEY_0, GDK_KEY_KP_0, 0, on_fit_key, 0);
  bind(klass, GDK_KEY_Menu, 0, 0, on_menu_key, 0);
  bind(klass, GDK_KEY_F10, 0, GDK_SHIFT_MASK, on_menu_key, 0);
}
