#include "ui/digit-canvas.h"
#include "ui/palette.h"
#include "ui/pixels.h"

#include <glib/gi18n.h>
#include <math.h>

static const double STROKE_WIDTH = 0.06; /* of the side */
static const double FRAME = 20.0 / 28;   /* of the side */
enum { NATURAL_SIDE = 420, LEAST_SIDE = 200 };
/* A finger or a mouse is never quite still; less than this many pixels is a dot. */
static const double STILL = 3;

struct _InkDigitCanvas {
  GtkWidget parent_instance;

  InkDrawing *drawing;
  GtkGesture *drag;
  gboolean drawing_now; /* the last stroke is still growing */
  gboolean moved;       /* it has left the place where it began */

  cairo_surface_t *finished;  /* the picture and the finished strokes; NULL: to be painted anew */
  guint finished_strokes;     /* how many are on it */
  double guide;               /* opacity of the frame */
  AdwAnimation *guide_fading; /* owned */
};

enum { CHANGED, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE(InkDigitCanvas, ink_digit_canvas, GTK_TYPE_WIDGET)

/* The square in the middle of what the widget was given. */
static graphene_rect_t get_square(InkDigitCanvas *self) {
  int width = gtk_widget_get_width(GTK_WIDGET(self));
  int height = gtk_widget_get_height(GTK_WIDGET(self));
  int side = MIN(width, height);

  return GRAPHENE_RECT_INIT((width - side) / 2, (height - side) / 2, side, side);
}

static void forget_finished(InkDigitCanvas *self) {
  g_clear_pointer(&self->finished, cairo_surface_destroy);
  self->finished_strokes = 0;
  gtk_widget_queue_draw(GTK_WIDGET(self));
}

static void set_guide(double opacity, InkDigitCanvas *self) {
  self->guide = opacity;
  gtk_widget_queue_draw(GTK_WIDGET(self));
}

static void fade_guide(InkDigitCanvas *self) {
  double target = ink_drawing_is_empty(self->drawing) ? 1 : 0;
  AdwTimedAnimation *fading = ADW_TIMED_ANIMATION(self->guide_fading);

  if (adw_timed_animation_get_value_to(fading) == target)
    return;
  adw_timed_animation_set_value_from(fading, self->guide);
  adw_timed_animation_set_value_to(fading, target);
  adw_animation_play(self->guide_fading);
}

static void emit_changed(InkDigitCanvas *self) {
  fade_guide(self);
  gtk_widget_queue_draw(GTK_WIDGET(self));
  g_signal_emit(self, signals[CHANGED], 0);
}

/* Painting. Coordinates are in units of the side. */

static void set_color(cairo_t *cr, InkColor color, double opacity) {
  GdkRGBA rgba = ink_palette_get(color);

  cairo_set_source_rgba(cr, rgba.red, rgba.green, rgba.blue, rgba.alpha * opacity);
}

static void paint_strokes(InkDigitCanvas *self, cairo_t *cr, guint first, guint n, double side) {
  set_color(cr, INK_COLOR_INK, 1);
  cairo_set_line_width(cr, STROKE_WIDTH);
  cairo_set_line_cap(cr, CAIRO_LINE_CAP_ROUND);
  cairo_set_line_join(cr, CAIRO_LINE_JOIN_ROUND);
  ink_drawing_trace(self->drawing, first, n, 1 / side, cr);
  cairo_stroke(cr);
}

static void paint_picture(const guint8 *image, cairo_t *cr) {
  GdkRGBA paper = ink_palette_get(INK_COLOR_PAPER), ink = ink_palette_get(INK_COLOR_INK);
  guint32 colors[INK_PIXELS];

  for (int i = 0; i < INK_PIXELS; i++)
    colors[i] = ink_palette_mix(&paper, &ink, image[i] / 255.0);
  ink_pixels_paint(cr, colors, INK_SIDE, INK_SIDE, 0, 0, 1.0 / INK_SIDE);
}

/* What no longer changes is painted once, so that a frame costs the same after any number of
 * strokes. */
static void update_finished(InkDigitCanvas *self, double side) {
  guint n = ink_drawing_get_n_strokes(self->drawing) - (self->drawing_now ? 1 : 0);
  const guint8 *picture = ink_drawing_get_picture(self->drawing);
  int factor = gtk_widget_get_scale_factor(GTK_WIDGET(self));
  cairo_t *cr;

  if (self->finished && self->finished_strokes == n)
    return;
  if (!self->finished) {
    self->finished = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, side * factor, side * factor);
    cairo_surface_set_device_scale(self->finished, factor, factor);
  }
  cr = cairo_create(self->finished);
  cairo_scale(cr, side, side);
  if (picture && self->finished_strokes == 0)
    paint_picture(picture, cr);
  paint_strokes(self, cr, self->finished_strokes, n - self->finished_strokes, side);
  cairo_destroy(cr);
  self->finished_strokes = n;
}

static gboolean is_high_contrast(void) {
  return adw_style_manager_get_high_contrast(adw_style_manager_get_default());
}

static void paint_guide(InkDigitCanvas *self, cairo_t *cr, double side) {
  double dash = 4 / side, start = (1 - FRAME) / 2, end = (1 + FRAME) / 2, radius = 6 / side;

  set_color(cr, INK_COLOR_AXIS, self->guide * (is_high_contrast() ? 0.7 : 0.3));
  cairo_set_line_width(cr, 1 / side);
  cairo_set_dash(cr, &dash, 1, 0);
  cairo_new_sub_path(cr);
  cairo_arc(cr, end - radius, start + radius, radius, -G_PI_2, 0);
  cairo_arc(cr, end - radius, end - radius, radius, 0, G_PI_2);
  cairo_arc(cr, start + radius, end - radius, radius, G_PI_2, G_PI);
  cairo_arc(cr, start + radius, start + radius, radius, G_PI, 1.5 * G_PI);
  cairo_close_path(cr);
  cairo_move_to(cr, start, 0.5);
  cairo_line_to(cr, end, 0.5);
  cairo_move_to(cr, 0.5, start);
  cairo_line_to(cr, 0.5, end);
  cairo_stroke(cr);
}

static void snapshot(GtkWidget *widget, GtkSnapshot *snapshot) {
  InkDigitCanvas *self = INK_DIGIT_CANVAS(widget);
  graphene_rect_t square = get_square(self);
  double side = square.size.width;
  cairo_t *cr;

  if (side < 1)
    return;
  update_finished(self, side);
  cr = gtk_snapshot_append_cairo(snapshot, &square);
  cairo_translate(cr, square.origin.x, square.origin.y);
  cairo_set_source_surface(cr, self->finished, 0, 0);
  cairo_paint(cr);
  cairo_scale(cr, side, side);
  if (self->drawing_now)
    paint_strokes(self, cr, self->finished_strokes, 1, side);
  if (self->guide > 0)
    paint_guide(self, cr, side);
  cairo_destroy(cr);
}

/* Drawing. */

static void add_point(InkDigitCanvas *self, double x, double y) {
  graphene_rect_t square = get_square(self);
  double start_x, start_y;

  gtk_gesture_drag_get_start_point(GTK_GESTURE_DRAG(self->drag), &start_x, &start_y);
  self->moved = self->moved || hypot(x - start_x, y - start_y) > STILL;
  if (self->moved)
    ink_drawing_add_point(self->drawing, (x - square.origin.x) / square.size.width,
                          (y - square.origin.y) / square.size.height);
}

/* A frame brings one motion event; the places that the pointer passed since the last are its
 * history, in coordinates of the surface. */
static void add_history(InkDigitCanvas *self, GdkEvent *event) {
  GtkNative *native = gtk_widget_get_native(GTK_WIDGET(self));
  g_autofree GdkTimeCoord *history = NULL;
  double offset_x, offset_y, x, y;
  guint n = 0;

  if (!event || gdk_event_get_event_type(event) != GDK_MOTION_NOTIFY)
    return;
  history = gdk_event_get_history(event, &n);
  gtk_native_get_surface_transform(native, &offset_x, &offset_y);
  for (guint i = 0; i < n; i++)
    if (gtk_widget_translate_coordinates(GTK_WIDGET(native), GTK_WIDGET(self),
                                         history[i].axes[GDK_AXIS_X] - offset_x,
                                         history[i].axes[GDK_AXIS_Y] - offset_y, &x, &y))
      add_point(self, x, y);
}

static void begin(GtkGestureDrag *drag, double x, double y, InkDigitCanvas *self) {
  graphene_rect_t square = get_square(self);

  if (!graphene_rect_contains_point(&square, &GRAPHENE_POINT_INIT(x, y))) {
    gtk_gesture_set_state(GTK_GESTURE(drag), GTK_EVENT_SEQUENCE_DENIED);
    return;
  }
  gtk_gesture_set_state(GTK_GESTURE(drag), GTK_EVENT_SEQUENCE_CLAIMED);
  gtk_widget_grab_focus(GTK_WIDGET(self));
  ink_drawing_begin_stroke(self->drawing, (x - square.origin.x) / square.size.width,
                           (y - square.origin.y) / square.size.height);
  self->drawing_now = TRUE;
  self->moved = FALSE;
  emit_changed(self);
}

static void update(GtkGestureDrag *drag, double dx, double dy, InkDigitCanvas *self) {
  GdkEventSequence *sequence =
      gtk_gesture_single_get_current_sequence(GTK_GESTURE_SINGLE(self->drag));
  double x, y;

  if (!self->drawing_now)
    return;
  add_history(self, gtk_gesture_get_last_event(GTK_GESTURE(drag), sequence));
  gtk_gesture_drag_get_start_point(drag, &x, &y);
  add_point(self, x + dx, y + dy);
  emit_changed(self);
}

/* Also when the system takes the pointer away: what was drawn stays. */
static void end(InkDigitCanvas *self) {
  if (!self->drawing_now)
    return;
  self->drawing_now = FALSE;
  emit_changed(self);
}

InkDrawing *ink_digit_canvas_get_drawing(InkDigitCanvas *self) {
  g_return_val_if_fail(INK_IS_DIGIT_CANVAS(self), NULL);
  return self->drawing;
}

/* Any other change than a stroke: it ends the one under way. */
static void change(InkDigitCanvas *self) {
  self->drawing_now = FALSE;
  forget_finished(self);
  emit_changed(self);
}

void ink_digit_canvas_undo(InkDigitCanvas *self) {
  g_return_if_fail(INK_IS_DIGIT_CANVAS(self));
  ink_drawing_undo(self->drawing);
  change(self);
}

void ink_digit_canvas_redo(InkDigitCanvas *self) {
  g_return_if_fail(INK_IS_DIGIT_CANVAS(self));
  ink_drawing_redo(self->drawing);
  change(self);
}

void ink_digit_canvas_clear(InkDigitCanvas *self) {
  g_return_if_fail(INK_IS_DIGIT_CANVAS(self));
  ink_drawing_clear(self->drawing);
  change(self);
}

void ink_digit_canvas_set_picture(InkDigitCanvas *self, const guint8 image[INK_PIXELS]) {
  g_return_if_fail(INK_IS_DIGIT_CANVAS(self) && image != NULL);
  ink_drawing_set_picture(self->drawing, image);
  change(self);
}

/* The widget. */

static void measure(GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                    int *natural, int *minimum_baseline, int *natural_baseline) {
  *minimum = LEAST_SIDE;
  *natural = NATURAL_SIDE;
}

static void size_allocate(GtkWidget *widget, int width, int height, int baseline) {
  forget_finished(INK_DIGIT_CANVAS(widget));
}

static void css_changed(GtkWidget *widget, GtkCssStyleChange *change) {
  GTK_WIDGET_CLASS(ink_digit_canvas_parent_class)->css_changed(widget, change);
  forget_finished(INK_DIGIT_CANVAS(widget));
}

static void dispose(GObject *object) {
  g_clear_object(&INK_DIGIT_CANVAS(object)->guide_fading);
  G_OBJECT_CLASS(ink_digit_canvas_parent_class)->dispose(object);
}

static void finalize(GObject *object) {
  InkDigitCanvas *self = INK_DIGIT_CANVAS(object);

  g_clear_pointer(&self->finished, cairo_surface_destroy);
  ink_drawing_free(self->drawing);
  G_OBJECT_CLASS(ink_digit_canvas_parent_class)->finalize(object);
}

static void ink_digit_canvas_class_init(InkDigitCanvasClass *klass) {
  GObjectClass *object = G_OBJECT_CLASS(klass);
  GtkWidgetClass *widget = GTK_WIDGET_CLASS(klass);

  object->dispose = dispose;
  object->finalize = finalize;
  widget->measure = measure;
  widget->size_allocate = size_allocate;
  widget->css_changed = css_changed;
  widget->snapshot = snapshot;
  signals[CHANGED] = g_signal_new("changed", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                  NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_css_name(widget, "digitcanvas");
  gtk_widget_class_set_accessible_role(widget, GTK_ACCESSIBLE_ROLE_IMG);
}

static void ink_digit_canvas_init(InkDigitCanvas *self) {
  AdwStyleManager *style = adw_style_manager_get_default();
  GtkWidget *widget = GTK_WIDGET(self);

  self->drawing = ink_drawing_new();
  self->guide = 1;
  self->guide_fading = adw_timed_animation_new(
      widget, 1, 1, 300,
      adw_callback_animation_target_new((AdwAnimationTargetFunc)set_guide, self, NULL));

  self->drag = gtk_gesture_drag_new();
  gtk_gesture_single_set_button(GTK_GESTURE_SINGLE(self->drag), GDK_BUTTON_PRIMARY);
  g_signal_connect(self->drag, "drag-begin", G_CALLBACK(begin), self);
  g_signal_connect(self->drag, "drag-update", G_CALLBACK(update), self);
  g_signal_connect_swapped(self->drag, "drag-end", G_CALLBACK(end), self);
  g_signal_connect_swapped(self->drag, "cancel", G_CALLBACK(end), self);
  gtk_widget_add_controller(widget, GTK_EVENT_CONTROLLER(self->drag));

  g_signal_connect_object(style, "notify::dark", G_CALLBACK(forget_finished), self,
                          G_CONNECT_SWAPPED);
  g_signal_connect_object(style, "notify::high-contrast", G_CALLBACK(gtk_widget_queue_draw), self,
                          G_CONNECT_SWAPPED);
  gtk_widget_set_focusable(widget, TRUE);
  gtk_widget_set_cursor_from_name(widget, "crosshair");
  gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Canvas"),
                                 GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                 _("Draw here with the mouse, a finger or a pen."), -1);
}

GtkWidget *ink_digit_canvas_new(void) {
  return g_object_new(INK_TYPE_DIGIT_CANVAS, NULL);
}
