#include "ui/map-strip.h"
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
  GdkTexture **textures; /* (channels) made when first shown; NULL: to be made */

  int chosen;                  /* −1: none */
  double pointer_x, pointer_y; /* where it was last */
};

enum { CHOSEN, ACTIVATED, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE(InkMapStrip, ink_map_strip, GTK_TYPE_WIDGET)

static void forget_textures(InkMapStrip *self) {
  for (int i = 0; i < self->channels; i++)
    g_clear_object(&self->textures[i]);
  gtk_widget_queue_draw(GTK_WIDGET(self));
}

static GdkTexture *paint(InkMapStrip *self, int channel, const InkShades *shades, int factor) {
  gsize n = (gsize)self->side * self->side;
  g_autofree guint32 *colors = g_new(guint32, n);

  ink_shades_paint(shades, self->maps + channel * n, n, self->scale, colors);
  return ink_pixels_new(colors, self->side, self->side, factor);
}

static void make_textures(InkMapStrip *self) {
  InkShades shades;
  int factor;

  if (!self->maps || self->textures[0])
    return;
  factor = MAX(self->tile / self->side, 1) * gtk_widget_get_scale_factor(GTK_WIDGET(self));
  ink_shades_init(&shades, self->kind);
  for (int i = 0; i < self->channels; i++)
    self->textures[i] = paint(self, i, &shades, factor);
}

GdkTexture *ink_map_strip_enlarge(InkMapStrip *self, int channel, int size) {
  InkShades shades;

  g_return_val_if_fail(INK_IS_MAP_STRIP(self), NULL);
  g_return_val_if_fail(channel >= 0 && channel < self->channels, NULL);

  if (!self->maps)
    return NULL;
  ink_shades_init(&shades, self->kind);
  return paint(self, channel, &shades,
               size / self->side * gtk_widget_get_scale_factor(GTK_WIDGET(self)));
}

static graphene_rect_t get_tile(InkMapStrip *self, int channel) {
  int pitch = self->tile + GAP;

  return GRAPHENE_RECT_INIT(1 + channel % self->columns * pitch,
                            1 + channel / self->columns * pitch, self->tile, self->tile);
}

static void paint_tile(InkMapStrip *self, int channel, GtkSnapshot *snapshot) {
  graphene_rect_t tile = get_tile(self, channel), image = tile;
  gboolean chosen = channel == self->chosen;
  GdkRGBA paper = ink_palette_get(INK_COLOR_PAPER),
          line = ink_palette_get(chosen ? INK_COLOR_LOSS : INK_COLOR_TRACK);
  float width = chosen ? 2 : 1;
  GskRoundedRect clip, border;

  gsk_rounded_rect_init_from_rect(&clip, &tile, RADIUS);
  gtk_snapshot_push_rounded_clip(snapshot, &clip);
  gtk_snapshot_append_color(snapshot, &paper, &tile);
  if (self->textures[channel]) {
    float margin = (self->tile - MAX(self->tile / self->side, 1) * self->side) / 2;

    graphene_rect_inset(&image, margin, margin);
    gtk_snapshot_append_texture(snapshot, self->textures[channel], &image);
  }
  gtk_snapshot_pop(snapshot);

  graphene_rect_inset(&tile, -1, -1);
  gsk_rounded_rect_init_from_rect(&border, &tile, RADIUS + 1);
  gtk_snapshot_append_border(snapshot, &border, (float[4]){width, width, width, width},
                             (GdkRGBA[4]){line, line, line, line});
}

static void snapshot(GtkWidget *widget, GtkSnapshot *snapshot) {
  InkMapStrip *self = INK_MAP_STRIP(widget);

  make_textures(self);
  for (int i = 0; i < self->channels; i++)
    paint_tile(self, i, snapshot);
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

  switch (key) {
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
  case GDK_KEY_KP_Enter:
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
  forget_textures(self);
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
  forget_textures(self);
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
  forget_textures(INK_MAP_STRIP(widget));
}

static void finalize(GObject *object) {
  InkMapStrip *self = INK_MAP_STRIP(object);

  for (int i = 0; i < self->channels; i++)
    g_clear_object(&self->textures[i]);
  g_free(self->textures);
  g_free(self->maps);
  G_OBJECT_CLASS(ink_map_strip_parent_class)->finalize(object);
}

static void ink_map_strip_class_init(InkMapStripClass *klass) {
  GtkWidgetClass *widget = GTK_WIDGET_CLASS(klass);

  G_OBJECT_CLASS(klass)->finalize = finalize;
  widget->measure = measure;
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
  g_signal_connect_object(adw_style_manager_get_default(), "notify::dark",
                          G_CALLBACK(forget_textures), self, G_CONNECT_SWAPPED);
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
  self->textures = g_new0(GdkTexture *, channels);
  return GTK_WIDGET(self);
}
