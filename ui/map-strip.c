#include "ui/map-strip.h"
#include "ui/keys.h"
#include "ui/palette.h"
#include "ui/pixels.h"

#include <adwaita.h>

enum { GAP = 6, RADIUS = 6 };

struct _InkMapStrip {
  GtkWidget parent_instance;

  InkShadesKind kind;
  int channels, columns, tile;

  float *maps; /* (channels, side, side); NULL: none */
  int side;
  float scale;
  cairo_surface_t *picture; /* of all tiles; NULL: to be painted anew */

  int chosen;                  /* −1: none */
  double pointer_x, pointer_y; /* where it was last */
};

enum { CHOSEN, ACTIVATED, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE(InkMapStrip, ink_map_strip, GTK_TYPE_WIDGET)

static void forget_picture(InkMapStrip *self) {
  g_clear_pointer(&self->picture, cairo_surface_destroy);
  gtk_widget_queue_draw(GTK_WIDGET(self));
}

static void fill_colors(InkMapStrip *self, int channel, const InkShades *shades, guint32 *colors) {
  gsize n = (gsize)self->side * self->side;

  ink_shades_paint(shades, self->maps + channel * n, n, self->scale, colors);
}

GdkTexture *ink_map_strip_enlarge(InkMapStrip *self, int channel, int size) {
  guint32 colors[INK_PIXELS];
  InkShades shades;

  g_return_val_if_fail(INK_IS_MAP_STRIP(self), NULL);
  g_return_val_if_fail(channel >= 0 && channel < self->channels, NULL);

  if (!self->maps)
    return NULL;
  ink_shades_init(&shades, self->kind);
  fill_colors(self, channel, &shades, colors);
  return ink_pixels_new(colors, self->side, self->side,
                        size / self->side * gtk_widget_get_scale_factor(GTK_WIDGET(self)));
}

static graphene_rect_t get_tile(InkMapStrip *self, int channel) {
  int pitch = self->tile + GAP;

  return GRAPHENE_RECT_INIT(1 + channel % self->columns * pitch,
                            1 + channel / self->columns * pitch, self->tile, self->tile);
}

static void set_color(cairo_t *cr, InkColor color) {
  GdkRGBA rgba = ink_palette_get(color);

  gdk_cairo_set_source_rgba(cr, &rgba);
}

/* A rounded rectangle around a tile, `inset` pixels inside of its edge. */
static void trace_frame(cairo_t *cr, const graphene_rect_t *tile, double inset) {
  double left = tile->origin.x + inset, top = tile->origin.y + inset;
  double right = left + tile->size.width - 2 * inset, bottom = top + tile->size.height - 2 * inset;
  double radius = RADIUS - inset;

  cairo_new_sub_path(cr);
  cairo_arc(cr, right - radius, top + radius, radius, -G_PI_2, 0);
  cairo_arc(cr, right - radius, bottom - radius, radius, 0, G_PI_2);
  cairo_arc(cr, left + radius, bottom - radius, radius, G_PI_2, G_PI);
  cairo_arc(cr, left + radius, top + radius, radius, G_PI, 1.5 * G_PI);
  cairo_close_path(cr);
}

/* What lies over every tile: the card where the corners are rounded off, and the edge. Painted
 * once, since clipping each of 64 tiles would take most of a frame. */
static cairo_surface_t *paint_frame(int side, int factor) {
  cairo_surface_t *frame =
      cairo_image_surface_create(CAIRO_FORMAT_ARGB32, side * factor, side * factor);
  graphene_rect_t bounds = GRAPHENE_RECT_INIT(0, 0, side, side);
  cairo_t *cr;

  cairo_surface_set_device_scale(frame, factor, factor);
  cr = cairo_create(frame);
  set_color(cr, INK_COLOR_CARD);
  cairo_paint(cr);
  cairo_set_operator(cr, CAIRO_OPERATOR_CLEAR);
  trace_frame(cr, &bounds, 0);
  cairo_fill(cr);
  cairo_set_operator(cr, CAIRO_OPERATOR_OVER);
  set_color(cr, INK_COLOR_GRID);
  cairo_set_line_width(cr, 1);
  trace_frame(cr, &bounds, 0.5);
  cairo_stroke(cr);
  cairo_destroy(cr);
  return frame;
}

static void paint_tile(InkMapStrip *self, cairo_t *cr, int channel, const InkShades *shades) {
  graphene_rect_t tile = get_tile(self, channel);

  set_color(cr, INK_COLOR_PAPER);
  gdk_cairo_rectangle(cr, &(GdkRectangle){tile.origin.x, tile.origin.y, self->tile, self->tile});
  cairo_fill(cr);
  if (self->maps) {
    int size = MAX(self->tile / self->side, 1), margin = (self->tile - size * self->side) / 2;
    guint32 colors[INK_PIXELS];

    fill_colors(self, channel, shades, colors);
    ink_pixels_paint(cr, colors, self->side, self->side, tile.origin.x + margin,
                     tile.origin.y + margin, size);
  }
}

static void paint_picture(InkMapStrip *self) {
  int factor = gtk_widget_get_scale_factor(GTK_WIDGET(self));
  cairo_surface_t *frame = paint_frame(self->tile + 2, factor);
  InkShades shades;
  cairo_t *cr;

  self->picture = cairo_image_surface_create(CAIRO_FORMAT_ARGB32,
                                             gtk_widget_get_width(GTK_WIDGET(self)) * factor,
                                             gtk_widget_get_height(GTK_WIDGET(self)) * factor);
  cairo_surface_set_device_scale(self->picture, factor, factor);
  cr = cairo_create(self->picture);
  ink_shades_init(&shades, self->kind);
  for (int i = 0; i < self->channels; i++) {
    graphene_rect_t tile = get_tile(self, i);

    paint_tile(self, cr, i, &shades);
    cairo_set_source_surface(cr, frame, tile.origin.x - 1, tile.origin.y - 1);
    cairo_paint(cr);
  }
  cairo_destroy(cr);
  cairo_surface_destroy(frame);
}

static void snapshot(GtkWidget *widget, GtkSnapshot *snapshot) {
  InkMapStrip *self = INK_MAP_STRIP(widget);
  cairo_t *cr =
      gtk_snapshot_append_cairo(snapshot, &GRAPHENE_RECT_INIT(0, 0, gtk_widget_get_width(widget),
                                                              gtk_widget_get_height(widget)));

  if (!self->picture)
    paint_picture(self);
  cairo_set_source_surface(cr, self->picture, 0, 0);
  cairo_paint(cr);
  if (self->chosen >= 0) {
    graphene_rect_t tile = get_tile(self, self->chosen);

    set_color(cr, INK_COLOR_LOSS);
    cairo_set_line_width(cr, 2);
    trace_frame(cr, &tile, 0);
    cairo_stroke(cr);
  }
  cairo_destroy(cr);
}

static void size_allocate(GtkWidget *widget, int width, int height, int baseline) {
  forget_picture(INK_MAP_STRIP(widget));
}

static int find_tile(InkMapStrip *self, double x, double y) {
  for (int i = 0; i < self->channels; i++) {
    graphene_rect_t tile = get_tile(self, i);

    graphene_rect_inset(&tile, -GAP / 2, -GAP / 2);
    if (graphene_rect_contains_point(&tile, &GRAPHENE_POINT_INIT(x, y)))
      return i;
  }
  return -1;
}

static void choose(InkMapStrip *self, int channel) {
  if (channel < 0 || channel >= self->channels || channel == self->chosen)
    return;
  ink_map_strip_set_chosen(self, channel);
  g_signal_emit(self, signals[CHOSEN], 0);
}

static void point(InkMapStrip *self, double x, double y) {
  /* GTK tells where a resting pointer is whenever something moves below it. */
  if (x == self->pointer_x && y == self->pointer_y)
    return;
  self->pointer_x = x;
  self->pointer_y = y;
  choose(self, find_tile(self, x, y));
}

static void click(InkMapStrip *self, int presses, double x, double y) {
  if (find_tile(self, x, y) < 0)
    return;
  gtk_widget_grab_focus(GTK_WIDGET(self));
  choose(self, find_tile(self, x, y));
  g_signal_emit(self, signals[ACTIVATED], 0);
}

static gboolean press_key(InkMapStrip *self, guint key) {
  int step = 0;

  switch (ink_keys_plain(key)) {
  case GDK_KEY_Left:
    step = -1;
    break;
  case GDK_KEY_Right:
    step = 1;
    break;
  case GDK_KEY_Up:
    step = -self->columns;
    break;
  case GDK_KEY_Down:
    step = self->columns;
    break;
  case GDK_KEY_Return:
  case GDK_KEY_space:
    if (self->chosen >= 0)
      g_signal_emit(self, signals[ACTIVATED], 0);
    return self->chosen >= 0;
  default:
    return FALSE;
  }
  if (self->chosen < 0) {
    choose(self, 0);
    return TRUE;
  }
  /* Over the edge the focus moves on to the next row of widgets. */
  if (self->chosen + step < 0 || self->chosen + step >= self->channels)
    return FALSE;
  choose(self, self->chosen + step);
  return TRUE;
}

void ink_map_strip_set_tiles(InkMapStrip *self, int columns, int tile) {
  g_return_if_fail(INK_IS_MAP_STRIP(self) && columns > 0 && tile > 0);

  if (self->columns == columns && self->tile == tile)
    return;
  self->columns = columns;
  self->tile = tile;
  forget_picture(self);
  gtk_widget_queue_resize(GTK_WIDGET(self));
}

void ink_map_strip_set_maps(InkMapStrip *self, const float *maps, int side, float scale) {
  gsize n = (gsize)self->channels * side * side;

  g_return_if_fail(INK_IS_MAP_STRIP(self) && side > 0 && scale > 0);

  if (!maps && !self->maps)
    return;
  if (!maps || side != self->side)
    g_clear_pointer(&self->maps, g_free);
  if (maps) {
    if (!self->maps)
      self->maps = g_new(float, n);
    memcpy(self->maps, maps, n * sizeof *maps);
  }
  self->side = side;
  self->scale = scale;
  forget_picture(self);
}

void ink_map_strip_set_chosen(InkMapStrip *self, int channel) {
  g_return_if_fail(INK_IS_MAP_STRIP(self) && channel >= -1 && channel < self->channels);

  if (self->chosen == channel)
    return;
  self->chosen = channel;
  gtk_widget_queue_draw(GTK_WIDGET(self));
}

int ink_map_strip_get_chosen(InkMapStrip *self) {
  g_return_val_if_fail(INK_IS_MAP_STRIP(self), -1);
  return self->chosen;
}

static void measure(GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                    int *natural, int *minimum_baseline, int *natural_baseline) {
  InkMapStrip *self = INK_MAP_STRIP(widget);
  int rows = (self->channels + self->columns - 1) / self->columns;
  int tiles = orientation == GTK_ORIENTATION_HORIZONTAL ? self->columns : rows;

  *minimum = *natural = tiles * (self->tile + GAP) - GAP + 2;
}

static void css_changed(GtkWidget *widget, GtkCssStyleChange *change) {
  GTK_WIDGET_CLASS(ink_map_strip_parent_class)->css_changed(widget, change);
  forget_picture(INK_MAP_STRIP(widget));
}

static void finalize(GObject *object) {
  InkMapStrip *self = INK_MAP_STRIP(object);

  g_clear_pointer(&self->picture, cairo_surface_destroy);
  g_free(self->maps);
  G_OBJECT_CLASS(ink_map_strip_parent_class)->finalize(object);
}

static void ink_map_strip_class_init(InkMapStripClass *klass) {
  GtkWidgetClass *widget = GTK_WIDGET_CLASS(klass);

  G_OBJECT_CLASS(klass)->finalize = finalize;
  widget->measure = measure;
  widget->size_allocate = size_allocate;
  widget->css_changed = css_changed;
  widget->snapshot = snapshot;
  signals[CHOSEN] = g_signal_new("chosen", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                 NULL, NULL, G_TYPE_NONE, 0);
  signals[ACTIVATED] = g_signal_new("activated", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0,
                                    NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_css_name(widget, "mapstrip");
  gtk_widget_class_set_accessible_role(widget, GTK_ACCESSIBLE_ROLE_IMG);
}

static void ink_map_strip_init(InkMapStrip *self) {
  AdwStyleManager *manager = adw_style_manager_get_default();
  GtkWidget *widget = GTK_WIDGET(self);
  GtkEventController *motion = gtk_event_controller_motion_new();
  GtkGesture *press = gtk_gesture_click_new();
  GtkEventController *keys = gtk_event_controller_key_new();

  self->chosen = -1;
  g_signal_connect_swapped(motion, "enter", G_CALLBACK(point), self);
  g_signal_connect_swapped(motion, "motion", G_CALLBACK(point), self);
  g_signal_connect_swapped(press, "released", G_CALLBACK(click), self);
  g_signal_connect_swapped(keys, "key-pressed", G_CALLBACK(press_key), self);
  gtk_widget_add_controller(widget, motion);
  gtk_widget_add_controller(widget, GTK_EVENT_CONTROLLER(press));
  gtk_widget_add_controller(widget, keys);
  g_signal_connect_object(manager, "notify::dark", G_CALLBACK(forget_picture), self,
                          G_CONNECT_SWAPPED);
  g_signal_connect_object(manager, "notify::high-contrast", G_CALLBACK(forget_picture), self,
                          G_CONNECT_SWAPPED);
  gtk_widget_set_focusable(widget, TRUE);
  gtk_widget_set_halign(widget, GTK_ALIGN_START);
  gtk_widget_set_valign(widget, GTK_ALIGN_START);
}

GtkWidget *ink_map_strip_new(InkShadesKind kind, int channels) {
  InkMapStrip *self = g_object_new(INK_TYPE_MAP_STRIP, NULL);

  self->kind = kind;
  self->channels = channels;
  self->columns = 16;
  self->tile = 42;
  return GTK_WIDGET(self);
}
