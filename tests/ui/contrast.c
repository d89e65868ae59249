/* What the window really paints can be seen: all of its text, where the focus is, and which image
 * is chosen. Taken from the render nodes and pixels of each page, in the style that the environment
 * asks for (meson.build). */
#include "tests/support/find.h"
#include "tests/support/idx-files.h"
#include "tests/support/input.h"
#include "ui/palette.h"
#include "ui/prediction-grid.h"
#include "ui/window-private.h"

#include <math.h>

#define TEXT_RATIO 4.5    /* https://www.w3.org/TR/WCAG22/#contrast-minimum */
#define GRAPHIC_RATIO 3.0 /* https://www.w3.org/TR/WCAG22/#non-text-contrast */

/* In pixels. */
enum {
  KNOB = 60, /* of half a ring around a slider's */
  RIM = 2,   /* the width of what is looked at around a text */
};

static const char *const pages[] = {"train", "draw", "predictions"};

static AdwApplication *application;
static InkWindow *window;

/* Pixels */

typedef struct {
  cairo_surface_t *surface;
  int width, height;
} Picture;

/* In the window's own coordinates, without the frame around it. */
static GskRenderNode *snapshot_window(void) {
  g_autoptr(GdkPaintable) paintable = gtk_widget_paintable_new(GTK_WIDGET(window));
  int width = gdk_paintable_get_intrinsic_width(paintable);
  int height = gdk_paintable_get_intrinsic_height(paintable);
  GtkSnapshot *snapshot = gtk_snapshot_new();

  gtk_snapshot_translate(
      snapshot, &GRAPHENE_POINT_INIT((gtk_widget_get_width(GTK_WIDGET(window)) - width) / 2.0f,
                                     (gtk_widget_get_height(GTK_WIDGET(window)) - height) / 2.0f));
  gdk_paintable_snapshot(paintable, GDK_SNAPSHOT(snapshot), width, height);
  return gtk_snapshot_free_to_node(snapshot);
}

static Picture paint(GskRenderNode *node) {
  Picture picture = {.width = gtk_widget_get_width(GTK_WIDGET(window)),
                     .height = gtk_widget_get_height(GTK_WIDGET(window))};
  cairo_t *cr;

  picture.surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, picture.width, picture.height);
  cr = cairo_create(picture.surface);
  gsk_render_node_draw(node, cr);
  cairo_destroy(cr);
  cairo_surface_flush(picture.surface);
  return picture;
}

static guint32 get_pixel(const Picture *picture, int x, int y) {
  const guint8 *row = cairo_image_surface_get_data(picture->surface) +
                      (gsize)y * cairo_image_surface_get_stride(picture->surface);

  return ((const guint32 *)row)[x] & 0xffffff;
}

static GdkRGBA get_color(guint32 pixel) {
  return (GdkRGBA){(pixel >> 16) / 255.0f, (pixel >> 8 & 255) / 255.0f, (pixel & 255) / 255.0f, 1};
}

/* What most of the rim around a rectangle has: within it large letters may have more than their
 * ground. FALSE if it lies outside. */
static gboolean find_ground(const Picture *picture, const graphene_rect_t *rect, GdkRGBA *ground) {
  g_autoptr(GHashTable) counts = g_hash_table_new(NULL, NULL);
  int left = (int)floorf(rect->origin.x), top = (int)floorf(rect->origin.y);
  int right = (int)ceilf(rect->origin.x + rect->size.width);
  int bottom = (int)ceilf(rect->origin.y + rect->size.height);
  int most = 0;

  for (int y = MAX(top - RIM, 0); y < MIN(bottom + RIM, picture->height); y++)
    for (int x = MAX(left - RIM, 0); x < MIN(right + RIM, picture->width); x++) {
      gpointer key = GUINT_TO_POINTER(get_pixel(picture, x, y));
      int count = GPOINTER_TO_INT(g_hash_table_lookup(counts, key)) + 1;

      if (x >= left && x < right && y >= top && y < bottom)
        continue;
      g_hash_table_insert(counts, key, GINT_TO_POINTER(count));
      if (count > most) {
        most = count;
        *ground = get_color(GPOINTER_TO_UINT(key));
      }
    }
  return most > 0;
}

/* Text */

typedef struct {
  const Picture *picture;
  const char *when;
  GPtrArray *insensitive; /* graphene_rect_t */
  int count;
} Reading;

static gboolean is_insensitive(const Reading *reading, const graphene_rect_t *bounds) {
  graphene_point_t centre;

  graphene_rect_get_center(bounds, &centre);
  for (guint i = 0; i < reading->insensitive->len; i++)
    if (graphene_rect_contains_point(reading->insensitive->pdata[i], &centre))
      return TRUE;
  return FALSE;
}

static void find_insensitive(GtkWidget *widget, GPtrArray *found) {
  graphene_rect_t bounds;

  if (!gtk_widget_is_sensitive(widget)) {
    if (gtk_widget_compute_bounds(widget, GTK_WIDGET(window), &bounds))
      g_ptr_array_add(found, g_memdup2(&bounds, sizeof bounds));
    return;
  }
  for (GtkWidget *child = gtk_widget_get_first_child(widget); child;
       child = gtk_widget_get_next_sibling(child))
    if (gtk_widget_get_mapped(child))
      find_insensitive(child, found);
}

static void read_text(Reading *reading, GskRenderNode *node, float opacity, double x, double y) {
  const GdkRGBA *color = gsk_text_node_get_color(node);
  float share = color->alpha * opacity;
  graphene_rect_t bounds;
  GdkRGBA ground, seen;
  double ratio;

  gsk_render_node_get_bounds(node, &bounds);
  graphene_rect_offset(&bounds, (float)x, (float)y);
  if (share == 0 || is_insensitive(reading, &bounds) ||
      !find_ground(reading->picture, &bounds, &ground))
    return;
  seen = (GdkRGBA){ground.red + share * (color->red - ground.red),
                   ground.green + share * (color->green - ground.green),
                   ground.blue + share * (color->blue - ground.blue), 1};
  ratio = ink_palette_contrast(&seen, &ground);
  reading->count++;
  if (ratio < TEXT_RATIO) {
    g_autofree char *on = gdk_rgba_to_string(&ground), *of = gdk_rgba_to_string(&seen);

    g_test_message("%s: text at %.0f, %.0f (%.0f × %.0f): %s on %s has a contrast of %.2f",
                   reading->when, bounds.origin.x, bounds.origin.y, bounds.size.width,
                   bounds.size.height, of, on, ratio);
    g_test_fail();
  }
}

static void read_node(Reading *reading, GskRenderNode *node, float opacity, double x, double y) {
  switch (gsk_render_node_get_node_type(node)) {
  case GSK_TEXT_NODE:
    read_text(reading, node, opacity, x, y);
    break;
  case GSK_CONTAINER_NODE:
    for (guint i = 0; i < gsk_container_node_get_n_children(node); i++)
      read_node(reading, gsk_container_node_get_child(node, i), opacity, x, y);
    break;
  case GSK_TRANSFORM_NODE: {
    float dx, dy;

    gsk_transform_to_translate(gsk_transform_node_get_transform(node), &dx, &dy);
    read_node(reading, gsk_transform_node_get_child(node), opacity, x + dx, y + dy);
    break;
  }
  case GSK_OPACITY_NODE:
    read_node(reading, gsk_opacity_node_get_child(node),
              opacity * gsk_opacity_node_get_opacity(node), x, y);
    break;
  case GSK_CLIP_NODE:
    read_node(reading, gsk_clip_node_get_child(node), opacity, x, y);
    break;
  case GSK_ROUNDED_CLIP_NODE:
    read_node(reading, gsk_rounded_clip_node_get_child(node), opacity, x, y);
    break;
  case GSK_SHADOW_NODE:
    read_node(reading, gsk_shadow_node_get_child(node), opacity, x, y);
    break;
  case GSK_DEBUG_NODE:
    read_node(reading, gsk_debug_node_get_child(node), opacity, x, y);
    break;
  default:
    break;
  }
}

static void check_text(const char *when) {
  g_autoptr(GskRenderNode) node = snapshot_window();
  g_autoptr(GPtrArray) insensitive = g_ptr_array_new_with_free_func(g_free);
  Picture picture = paint(node);
  Reading reading = {&picture, when, insensitive, 0};

  find_insensitive(GTK_WIDGET(window), insensitive);
  read_node(&reading, node, 1, 0, 0);
  g_assert_cmpint(reading.count, >, 5);
  cairo_surface_destroy(picture.surface);
}

/* Focus and choice */

/* How many pixels tell two pictures of the window apart. */
static int count_changes(const Picture *before, const Picture *after) {
  int count = 0;

  for (int y = 0; y < before->height; y++)
    for (int x = 0; x < before->width; x++) {
      guint32 a = get_pixel(before, x, y), b = get_pixel(after, x, y);
      GdkRGBA first = get_color(a), second = get_color(b);

      count += a != b && ink_palette_contrast(&first, &second) >= GRAPHIC_RATIO;
    }
  return count;
}

static void on_painted(GdkFrameClock *clock, int *frames) {
  ++*frames;
}

/* Once nothing waits to be laid out. */
static Picture paint_soon(void) {
  GdkFrameClock *clock = gtk_widget_get_frame_clock(GTK_WIDGET(window));
  g_autoptr(GskRenderNode) node = NULL;
  int frames = 0;
  gulong handler = g_signal_connect(clock, "after-paint", G_CALLBACK(on_painted), &frames);

  while (frames < 2) {
    gtk_widget_queue_draw(GTK_WIDGET(window));
    test_turn();
  }
  g_signal_handler_disconnect(clock, handler);
  node = snapshot_window();
  return paint(node);
}

/* A ring may lie around the widget, what it is in, or its knob: half of the shortest of these. */
static void check_change(GtkWidget *widget, const Picture *before, const Picture *after,
                         const char *what) {
  int least = MIN(gtk_widget_get_width(widget) + gtk_widget_get_height(widget), KNOB);
  int count = count_changes(before, after);

  if (count < least) {
    g_test_message("%s: %s, %d × %d, changes only %d pixels", what, G_OBJECT_TYPE_NAME(widget),
                   gtk_widget_get_width(widget), gtk_widget_get_height(widget), count);
    g_test_fail();
  }
}

static GtkWidget *focus_next(void) {
  gtk_widget_child_focus(GTK_WIDGET(window), GTK_DIR_TAB_FORWARD);
  return gtk_window_get_focus(GTK_WINDOW(window));
}

static void check_focus_on(GtkWidget *widget, const char *when) {
  Picture before, after;

  gtk_window_set_focus(GTK_WINDOW(window), NULL);
  before = paint_soon();
  gtk_window_set_focus(GTK_WINDOW(window), widget);
  gtk_window_set_focus_visible(GTK_WINDOW(window), TRUE);
  after = paint_soon();
  check_change(widget, &before, &after, when);
  cairo_surface_destroy(before.surface);
  cairo_surface_destroy(after.surface);
}

/* Of everything that Tab leads to, but for what was checked before, such as the header. */
static void check_focus(const char *when, GHashTable *checked) {
  g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);

  for (GtkWidget *widget = focus_next(); g_hash_table_add(seen, widget); widget = focus_next())
    if (g_hash_table_add(checked, widget))
      check_focus_on(widget, when);
  g_assert_cmpint(g_hash_table_size(seen), >, 5);
}

/* The window */

static void show_page(const char *page) {
  gtk_widget_activate_action(GTK_WIDGET(window), "win.page", "s", page);
  cairo_surface_destroy(paint_soon().surface);
}

static void test_chosen_image(void) {
  InkPredictionGrid *grid = test_find(GTK_WIDGET(window), INK_TYPE_PREDICTION_GRID, 0);
  Picture before, after;

  show_page("predictions");
  gtk_window_set_focus(GTK_WINDOW(window), NULL);
  ink_prediction_grid_select(grid, 3);
  before = paint_soon();
  ink_prediction_grid_select(grid, 5);
  after = paint_soon();
  check_change(gtk_widget_get_first_child(GTK_WIDGET(grid)), &before, &after, "chosen image");
  cairo_surface_destroy(before.surface);
  cairo_surface_destroy(after.surface);
}

static void test_text(void) {
  for (guint i = 0; i < G_N_ELEMENTS(pages); i++) {
    show_page(pages[i]);
    check_text(pages[i]);
  }
}

static void test_focus(void) {
  g_autoptr(GHashTable) checked = g_hash_table_new(NULL, NULL);

  for (guint i = 0; i < G_N_ELEMENTS(pages); i++) {
    show_page(pages[i]);
    check_focus(pages[i], checked);
  }
}

static void test_during_run(void) {
  gtk_widget_activate_action(GTK_WIDGET(window), "win.start-pause", NULL);
  test_wait_until(ink_trainer_get_test_result(window->trainer));
  gtk_widget_activate_action(GTK_WIDGET(window), "win.start-pause", NULL);
  test_wait_until(ink_trainer_get_state(window->trainer) == INK_TRAINER_PAUSED);
  gtk_widget_activate_action(GTK_WIDGET(window), "win.open-in-draw", "u", 3);
  test_text();
}

static void test_trouble(void) {
  ink_window_show_trouble(window, "The folder cannot be read.", "_Choose a Folder…",
                          "win.choose-data-folder");
  show_page("train");
  check_text("trouble");
  ink_window_hide_trouble(window);
}

static void open_window(void) {
  InkRecipe recipe;

  window = INK_WINDOW(ink_window_new(application));
  test_show_window(GTK_WINDOW(window));
  test_wait_until(!window->loading);
  recipe = *ink_trainer_get_recipe(window->trainer);
  recipe.epochs = 1000; /* it ends when it is stopped */
  ink_trainer_set_recipe(window->trainer, &recipe);
}

static void close_window(void) {
  g_object_add_weak_pointer(G_OBJECT(window), (gpointer *)&window);
  window->closing = TRUE;
  gtk_window_close(GTK_WINDOW(window));
  test_wait_until(!window);
}

int main(int argc, char **argv) {
  char *home = test_make_folder();
  g_autofree char *folder = g_build_filename(home, "inkling/datasets/mnist", NULL);
  int status;

  g_setenv("XDG_DATA_HOME", home, TRUE);
  g_assert_cmpint(g_mkdir_with_parents(folder, 0700), ==, 0);
  test_write_dataset(folder, 2000, 400, 10, 1);
  gtk_test_init(&argc, &argv, NULL);
  g_object_set(gtk_settings_get_default(), "gtk-enable-animations", FALSE, "gtk-decoration-layout",
               ":close", NULL);
  application = adw_application_new(NULL, G_APPLICATION_NON_UNIQUE);
  g_application_set_resource_base_path(G_APPLICATION(application), "/page/inkling/Inkling");
  g_assert_true(g_application_register(G_APPLICATION(application), NULL, NULL));
  ink_palette_install(gdk_display_get_default());
  open_window();

  g_test_add_func("/ui/contrast/text", test_text);
  g_test_add_func("/ui/contrast/text-during-run", test_during_run);
  g_test_add_func("/ui/contrast/focus", test_focus);
  g_test_add_func("/ui/contrast/chosen-image", test_chosen_image);
  g_test_add_func("/ui/contrast/trouble", test_trouble);
  status = g_test_run();
  close_window();
  g_object_unref(application);
  test_remove_folder(home);
  return status;
}
