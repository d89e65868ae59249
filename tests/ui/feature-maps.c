#include "ui/feature-maps.h"
#include "ui/map-strip.h"
#include "tests/support/find.h"
#include "tests/support/input.h"

#include <math.h>

enum { FILTERS, LAYER1, LAYER2 };

typedef struct {
  GtkWidget *window;
  InkFeatureMaps *maps;
  InkNetwork *network;
  InkReading reading;
  int layer, channel; /* of the last map activated; −1: none */
} Fixture;

static void take_activation(InkFeatureMaps *maps, int layer, int channel, Fixture *f) {
  f->layer = layer;
  f->channel = channel;
}

static void set_up(Fixture *f, gconstpointer data) {
  InkShape shape = {5, INK_POOL_MAX, 10};
  g_autoptr(InkClassifier) classifier = ink_classifier_new();
  guint8 image[INK_PIXELS] = {0};

  f->network = ink_network_new_random(&shape, 1, NULL, NULL);
  f->layer = f->channel = -1;
  for (int i = 200; i < 500; i += 7)
    image[i] = 200;
  ink_classifier_set_network(classifier, f->network);
  g_assert_true(ink_classifier_read(classifier, image, &f->reading));

  f->window = gtk_window_new();
  f->maps = INK_FEATURE_MAPS(ink_feature_maps_new());
  ink_feature_maps_set_network(f->maps, f->network);
  g_signal_connect(f->maps, "map-activated", G_CALLBACK(take_activation), f);
  gtk_window_set_child(GTK_WINDOW(f->window), GTK_WIDGET(f->maps));
  test_show_window(GTK_WINDOW(f->window));
}

static void tear_down(Fixture *f, gconstpointer data) {
  gtk_window_destroy(GTK_WINDOW(f->window));
  ink_network_unref(f->network);
}

static GtkWidget *get_strip(Fixture *f, int strip) {
  return test_find(GTK_WIDGET(f->maps), INK_TYPE_MAP_STRIP, strip);
}

static int get_chosen(Fixture *f, int strip) {
  return ink_map_strip_get_chosen(INK_MAP_STRIP(get_strip(f, strip)));
}

/* The middle of a tile: 42 pixels large, 48 apart. */
static void point_at(Fixture *f, int strip, int channel, int columns) {
  test_point_at(get_strip(f, strip), 22 + channel % columns * 48, 22 + channel / columns * 48);
}

static float strongest(const float *map, int n) {
  float most = 0;

  for (int i = 0; i < n; i++)
    most = fmaxf(most, map[i]);
  return most;
}

static void assert_says(Fixture *f, const char *format, ...) {
  g_autofree char *text = NULL;
  va_list args;

  va_start(args, format);
  text = g_strdup_vprintf(format, args);
  va_end(args);
  test_wait_until(test_find_text(f->window, text));
}

static void test_pointing(Fixture *f, gconstpointer data) {
  ink_feature_maps_set_reading(f->maps, &f->reading);
  assert_says(f, "Point at a map");
  point_at(f, LAYER1, 5, 16);
  assert_says(f, "Layer 1, channel 5");
  assert_says(f, "strongest %.2f", strongest(&f->reading.pool1[5][0][0], 14 * 14));
  g_assert_cmpint(get_chosen(f, LAYER1), ==, 5);

  point_at(f, LAYER2, 31, 16);
  assert_says(f, "Layer 2, channel 31");
  assert_says(f, "strongest %.2f", strongest(&f->reading.pool2[31][0][0], 7 * 7));
  g_assert_cmpint(get_chosen(f, LAYER1), ==, -1);
  g_assert_cmpint(get_chosen(f, LAYER2), ==, 31);

  point_at(f, FILTERS, 0, 16);
  assert_says(f, "Filter 0");
}

static void test_before_pooling(Fixture *f, gconstpointer data) {
  ink_feature_maps_set_reading(f->maps, &f->reading);
  assert_says(f, "16 maps, 14 × 14");
  assert_says(f, "32 maps, 7 × 7");
  point_at(f, LAYER2, 3, 16);
  /* Before the pointer moves on: of several motions in a frame GTK reports the last. */
  assert_says(f, "Layer 2, channel 3");
  test_click_centre(test_find_text(f->window, "Before pooling"));
  assert_says(f, "16 maps, 28 × 28");
  assert_says(f, "32 maps, 14 × 14");
  assert_says(f, "16 of 5 × 5");
  assert_says(f, "strongest %.2f", strongest(&f->reading.conv2[3][0][0], 14 * 14));
  test_click_centre(test_find_text(f->window, "After pooling"));
  assert_says(f, "32 maps, 7 × 7");
}

static void test_keys(Fixture *f, gconstpointer data) {
  ink_feature_maps_set_reading(f->maps, &f->reading);
  gtk_widget_grab_focus(get_strip(f, LAYER2));
  test_press_key(f->window, "Right");
  assert_says(f, "Layer 2, channel 0");
  test_press_key(f->window, "Right");
  test_press_key(f->window, "KP_Down");
  assert_says(f, "Layer 2, channel 17");
  test_press_key(f->window, "Up");
  test_press_key(f->window, "Left");
  assert_says(f, "Layer 2, channel 0");
  g_assert_cmpint(f->layer, ==, -1);
  test_press_key(f->window, "Return");
  g_assert_cmpint(f->layer, ==, 2);
  g_assert_cmpint(f->channel, ==, 0);
}

static void test_click_activates(Fixture *f, gconstpointer data) {
  ink_feature_maps_set_reading(f->maps, &f->reading);
  test_click(get_strip(f, LAYER1), 22 + 7 * 48, 22);
  g_assert_cmpint(f->layer, ==, 1);
  g_assert_cmpint(f->channel, ==, 7);
}

/* Only the filters are there before anything is drawn. */
static void test_nothing_drawn(Fixture *f, gconstpointer data) {
  g_autoptr(GdkTexture) filter =
      ink_map_strip_enlarge(INK_MAP_STRIP(get_strip(f, FILTERS)), 0, 154);

  g_assert_cmpint(gdk_texture_get_width(filter), ==, 150);
  g_assert_null(ink_map_strip_enlarge(INK_MAP_STRIP(get_strip(f, LAYER1)), 0, 154));
  point_at(f, LAYER1, 2, 16);
  assert_says(f, "Layer 1, channel 2");
  ink_feature_maps_set_reading(f->maps, &f->reading);
  assert_says(f, "strongest %.2f", strongest(&f->reading.pool1[2][0][0], 14 * 14));
  ink_feature_maps_set_reading(f->maps, NULL);
  g_assert_null(ink_map_strip_enlarge(INK_MAP_STRIP(get_strip(f, LAYER1)), 0, 154));
}

static void test_layouts(Fixture *f, gconstpointer data) {
  int minimum;

  ink_feature_maps_set_reading(f->maps, &f->reading);
  ink_feature_maps_set_layout(f->maps, INK_LAYOUT_MEDIUM);
  test_wait_until(gtk_widget_get_height(get_strip(f, LAYER2)) == 4 * 48 - 4);
  point_at(f, LAYER2, 9, 8);
  assert_says(f, "Layer 2, channel 9");

  ink_feature_maps_set_layout(f->maps, INK_LAYOUT_NARROW);
  gtk_widget_measure(GTK_WIDGET(f->maps), GTK_ORIENTATION_HORIZONTAL, -1, &minimum, NULL, NULL,
                     NULL);
  g_assert_cmpint(minimum, <=, 336); /* a phone's 360 less the margins */
}

#define ADD(path, function) g_test_add(path, Fixture, NULL, set_up, function, tear_down)

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  adw_init();
  ADD("/ui/feature-maps/pointing", test_pointing);
  ADD("/ui/feature-maps/before-pooling", test_before_pooling);
  ADD("/ui/feature-maps/keys", test_keys);
  ADD("/ui/feature-maps/click-activates", test_click_activates);
  ADD("/ui/feature-maps/nothing-drawn", test_nothing_drawn);
  ADD("/ui/feature-maps/layouts", test_layouts);
  return g_test_run();
}
