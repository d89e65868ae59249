#include "ui/chart-scale.h"

#include <math.h>

static void assert_ticks(const InkScale *scale, guint most, const double *expected, guint n) {
  double ticks[INK_SCALE_MAX_TICKS];

  g_assert_cmpuint(ink_scale_ticks(scale, most, ticks), ==, n);
  for (guint i = 0; i < n; i++)
    g_assert_cmpfloat_with_epsilon(ticks[i], expected[i], 1e-9);
}

#define ASSERT_TICKS(scale, most, ...)                                                             \
  G_STMT_START {                                                                                   \
    static const double expected_[] = {__VA_ARGS__};                                               \
    assert_ticks((scale), (most), expected_, G_N_ELEMENTS(expected_));                             \
  }                                                                                                \
  G_STMT_END

static void test_places(void) {
  InkScale linear = {INK_SCALE_LINEAR, 0, 600}, loss = {INK_SCALE_LOG, 0.01, 1},
           accuracy = {INK_SCALE_ERROR_LOG, 0, 0.99};

  g_assert_cmpfloat_with_epsilon(ink_scale_place(&linear, 150), 0.25, 1e-12);
  g_assert_cmpfloat_with_epsilon(ink_scale_place(&linear, 900), 1.5, 1e-12);
  g_assert_cmpfloat_with_epsilon(ink_scale_place(&loss, 0.1), 0.5, 1e-12);
  g_assert_cmpfloat_with_epsilon(ink_scale_place(&accuracy, 0.9), 0.5, 1e-12);
  g_assert_cmpfloat_with_epsilon(ink_scale_place(&accuracy, 0), 0, 1e-12);
}

static void test_values_invert_places(void) {
  InkScale scales[] = {
      {INK_SCALE_LINEAR, -3, 600}, {INK_SCALE_LOG, 0.002, 2.3}, {INK_SCALE_ERROR_LOG, 0.1, 0.9995}};

  for (guint s = 0; s < G_N_ELEMENTS(scales); s++)
    for (double place = 0; place <= 1; place += 0.1)
      g_assert_cmpfloat_with_epsilon(
          ink_scale_place(&scales[s], ink_scale_value(&scales[s], place)), place, 1e-9);
}

static void test_nothing_is_infinite(void) {
  InkScale loss = {INK_SCALE_LOG, 0.01, 1}, accuracy = {INK_SCALE_ERROR_LOG, 0, 0.99};

  g_assert_true(isfinite(ink_scale_place(&loss, 0)));
  g_assert_true(isfinite(ink_scale_place(&accuracy, 1)));
}

static void test_linear_ticks(void) {
  InkScale run = {INK_SCALE_LINEAR, 0, 600}, part = {INK_SCALE_LINEAR, 118, 131};

  ASSERT_TICKS(&run, 8, 0, 100, 200, 300, 400, 500, 600);
  ASSERT_TICKS(&run, 4, 0, 200, 400, 600);
  ASSERT_TICKS(&part, 7, 118, 120, 122, 124, 126, 128, 130);
}

static void test_loss_ticks(void) {
  InkScale scale = ink_scale_for_loss(TRUE, 0.02, 2.3);
  InkScale wide = {INK_SCALE_LOG, 1e-5, 1};

  ASSERT_TICKS(&scale, 8, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2);
  ASSERT_TICKS(&scale, 4, 0.02, 0.1, 0.5, 2);
  ASSERT_TICKS(&wide, 8, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1);
}

static void test_accuracy_ticks(void) {
  InkScale scale = ink_scale_for_accuracy(TRUE, 0.09, 0.99);
  InkScale late = ink_scale_for_accuracy(TRUE, 0.96, 0.991);

  ASSERT_TICKS(&scale, 8, 0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99);
  ASSERT_TICKS(&scale, 4, 0, 0.8, 0.95, 0.99);
  ASSERT_TICKS(&late, 8, 0.95, 0.98, 0.99);
}

static void test_ticks_are_few_and_inside(void) {
  for (double low = 1e-6; low < 0.5; low *= 3)
    for (guint most = 2; most < 12; most++)
      for (int kind = INK_SCALE_LINEAR; kind <= INK_SCALE_ERROR_LOG; kind++) {
        InkScale scale = {kind, low, low * 1.7 + 0.2};
        double ticks[INK_SCALE_MAX_TICKS];
        guint n = ink_scale_ticks(&scale, most, ticks);

        g_assert_cmpuint(n, <=, most);
        for (guint i = 0; i < n; i++) {
          g_assert_cmpfloat(ink_scale_place(&scale, ticks[i]), >=, -1e-6);
          g_assert_cmpfloat(ink_scale_place(&scale, ticks[i]), <=, 1 + 1e-6);
          g_assert_true(i == 0 || ticks[i] > ticks[i - 1]);
        }
      }
}

static void test_axes_hold_their_data(void) {
  const double mins[] = {0, 0.1, 0.5, 0.979}, maxs[] = {0.1, 0.98, 0.9999, 1};

  for (guint i = 0; i < G_N_ELEMENTS(mins); i++)
    for (int log = FALSE; log <= TRUE; log++) {
      InkScale accuracy = ink_scale_for_accuracy(log, mins[i], maxs[i]);
      InkScale loss = ink_scale_for_loss(log, mins[i], maxs[i]);

      g_assert_cmpfloat(ink_scale_place(&accuracy, mins[i]), >=, -1e-9);
      g_assert_cmpfloat(ink_scale_place(&accuracy, maxs[i]), <=, 1);
      g_assert_cmpfloat(ink_scale_place(&loss, mins[i]), >=, -1e-9);
      g_assert_cmpfloat(ink_scale_place(&loss, maxs[i]), <=, 1);
    }
}

static void test_whole_accuracy_has_a_place(void) {
  InkScale scale = ink_scale_for_accuracy(TRUE, 0, ink_accuracy_held(2000, 2000));

  g_assert_cmpfloat_with_epsilon(ink_accuracy_held(2000, 2000), 1 - 0.5 / 2000, 1e-12);
  g_assert_cmpfloat_with_epsilon(ink_accuracy_held(1900, 2000), 0.95, 1e-12);
  g_assert_cmpfloat(ink_scale_place(&scale, ink_accuracy_held(2000, 2000)), <, 1);
  g_assert_cmpfloat(ink_scale_place(&scale, ink_accuracy_held(1999, 2000)), <,
                    ink_scale_place(&scale, ink_accuracy_held(2000, 2000)));
}

/* The definition, point by point. */
static double smoothed_plainly(const InkLossPoint *points, guint i) {
  gint64 window = MIN(14, 1 + points[i].step / 8);
  double sum = 0;

  for (gint64 back = 0; back < window; back++)
    sum += log(points[i - back].loss);
  return exp(sum / window);
}

static void test_smoothing(void) {
  enum { N = 300 };
  InkLossPoint points[N];
  double smoothed[N];
  g_autoptr(GRand) rand = g_rand_new_with_seed(7);

  for (int i = 0; i < N; i++)
    points[i] = (InkLossPoint){i, 1, g_rand_double_range(rand, 0.01, 2.5)};
  ink_smooth_losses(points, N, smoothed);

  g_assert_cmpfloat_with_epsilon(smoothed[0], points[0].loss, 1e-6);
  for (int i = 0; i < N; i++)
    g_assert_cmpfloat_with_epsilon(smoothed[i], smoothed_plainly(points, i), 1e-9);
}

static void test_smoothing_leaves_out_what_is_not_finite(void) {
  InkLossPoint points[] = {{0, 1, NAN}, {1, 1, 0.5f}, {8, 1, 2}, {9, 1, INFINITY}, {10, 1, 0}};
  double smoothed[G_N_ELEMENTS(points)];

  ink_smooth_losses(points, G_N_ELEMENTS(points), smoothed);
  g_assert_true(isnan(smoothed[0]));
  g_assert_cmpfloat_with_epsilon(smoothed[1], 0.5, 1e-6);
  g_assert_cmpfloat_with_epsilon(smoothed[3], 2, 1e-6);
  g_assert_true(isfinite(smoothed[4]));
}

static void test_smoothing_of_merged_points(void) {
  InkLossPoint points[] = {{0, 64, 1}, {64, 64, 0.5f}, {128, 64, 0.25f}};
  double smoothed[G_N_ELEMENTS(points)];

  ink_smooth_losses(points, G_N_ELEMENTS(points), smoothed);
  for (guint i = 0; i < G_N_ELEMENTS(points); i++)
    g_assert_cmpfloat_with_epsilon(smoothed[i], points[i].loss, 1e-6);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/ui/chart-scale/places", test_places);
  g_test_add_func("/ui/chart-scale/values-invert-places", test_values_invert_places);
  g_test_add_func("/ui/chart-scale/nothing-is-infinite", test_nothing_is_infinite);
  g_test_add_func("/ui/chart-scale/linear-ticks", test_linear_ticks);
  g_test_add_func("/ui/chart-scale/loss-ticks", test_loss_ticks);
  g_test_add_func("/ui/chart-scale/accuracy-ticks", test_accuracy_ticks);
  g_test_add_func("/ui/chart-scale/ticks-are-few-and-inside", test_ticks_are_few_and_inside);
  g_test_add_func("/ui/chart-scale/axes-hold-their-data", test_axes_hold_their_data);
  g_test_add_func("/ui/chart-scale/whole-accuracy-has-a-place", test_whole_accuracy_has_a_place);
  g_test_add_func("/ui/chart-scale/smoothing", test_smoothing);
  g_test_add_func("/ui/chart-scale/smoothing-not-finite",
                  test_smoothing_leaves_out_what_is_not_finite);
  g_test_add_func("/ui/chart-scale/smoothing-merged", test_smoothing_of_merged_points);
  return g_test_run();
}
