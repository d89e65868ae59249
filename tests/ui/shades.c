#include "ui/shades.h"
#include "ui/palette.h"

#include <math.h>
#include <string.h>

/* 0.3 % of the values are above the scale. */
static void test_scale(void) {
  g_autofree float *values = g_new(float, 10000);
  guint above = 0;
  float scale;

  for (int i = 0; i < 10000; i++)
    values[i] = i / 1000.0f;
  scale = ink_shades_scale(values, 10000);
  for (int i = 0; i < 10000; i++)
    above += values[i] > scale;
  g_assert_cmpuint(above, >=, 20);
  g_assert_cmpuint(above, <=, 40);

  memset(values, 0, 10000 * sizeof *values);
  g_assert_cmpfloat(ink_shades_scale(values, 10000), ==, 1);
  values[3] = NAN;
  values[4] = INFINITY;
  values[5] = -1;
  g_assert_cmpfloat(ink_shades_scale(values, 10000), ==, 1);
}

static void test_weight_scale(void) {
  static const float values[] = {0.5f, -2, NAN, 1, INFINITY}, none[] = {0, 0};

  g_assert_cmpfloat(ink_shades_weight_scale(values, G_N_ELEMENTS(values)), ==, 2);
  g_assert_cmpfloat(ink_shades_weight_scale(none, G_N_ELEMENTS(none)), ==, 1);
}

static guint32 color_of(InkColor color) {
  GdkRGBA rgba = ink_palette_get(color);

  return ink_palette_mix(&rgba, &rgba, 0);
}

static void test_colors(void) {
  static const float values[] = {0, 2, 5, -2, NAN};
  guint32 colors[G_N_ELEMENTS(values)];
  InkShades shades;

  ink_shades_init(&shades, INK_SHADES_WEIGHTS);
  ink_shades_paint(&shades, values, G_N_ELEMENTS(values), 2, colors);
  g_assert_cmphex(colors[0], ==, color_of(INK_COLOR_PAPER));
  g_assert_cmphex(colors[1], ==, color_of(INK_COLOR_FILTER_PLUS));
  g_assert_cmphex(colors[2], ==, color_of(INK_COLOR_FILTER_PLUS));
  g_assert_cmphex(colors[3], ==, color_of(INK_COLOR_FILTER_MINUS));
  g_assert_cmphex(colors[4], ==, color_of(INK_COLOR_PAPER));

  ink_shades_init(&shades, INK_SHADES_ACTIVATIONS);
  ink_shades_paint(&shades, values, G_N_ELEMENTS(values), 2, colors);
  g_assert_cmphex(colors[0], ==, color_of(INK_COLOR_PAPER));
  g_assert_cmphex(colors[1], ==, color_of(INK_COLOR_INK));
  g_assert_cmphex(colors[3], ==, color_of(INK_COLOR_PAPER));
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  adw_init();
  g_test_add_func("/ui/shades/scale", test_scale);
  g_test_add_func("/ui/shades/weight-scale", test_weight_scale);
  g_test_add_func("/ui/shades/colors", test_colors);
  return g_test_run();
}
