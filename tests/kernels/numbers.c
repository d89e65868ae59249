/* Random numbers, the order of samples, and the arithmetic of shapes. */
#include "kernels/numbers.h"
#include "kernels/shape.h"

#include <glib.h>
#include <string.h>

enum { COUNT = 60000 };

static void test_permutation(void) {
  g_autofree uint32_t *order = g_new(uint32_t, COUNT), *again = g_new(uint32_t, COUNT);
  g_autofree uint8_t *seen = g_new0(uint8_t, COUNT);

  for (uint64_t epoch = 0; epoch < 3; epoch++) {
    size_t unmoved = 0;

    ink_permutation(order, COUNT, 1, epoch);
    ink_permutation(again, COUNT, 1, epoch);
    g_assert_cmpmem(order, COUNT * sizeof *order, again, COUNT * sizeof *again);
    memset(seen, 0, COUNT);
    for (size_t i = 0; i < COUNT; i++) {
      g_assert_cmpuint(order[i], <, COUNT);
      g_assert_cmpuint(seen[order[i]]++, ==, 0);
      unmoved += order[i] == i;
    }
    /* About one element of a random permutation stays where it is. */
    g_assert_cmpuint(unmoved, <, 20);
    ink_permutation(again, COUNT, 1, epoch + 1);
    g_assert_true(memcmp(order, again, COUNT * sizeof *order) != 0);
    ink_permutation(again, COUNT, 2, epoch);
    g_assert_true(memcmp(order, again, COUNT * sizeof *order) != 0);
  }
  ink_permutation(order, 1, 1, 0);
  g_assert_cmpuint(order[0], ==, 0);
}

/* Every one of six permutations of three comes as often as another. */
static void test_fair(void) {
  int times[27] = {0}, kinds = 0;

  for (uint64_t seed = 0; seed < 6000; seed++) {
    uint32_t order[3];

    ink_permutation(order, 3, seed, 0);
    times[order[0] * 9 + order[1] * 3 + order[2]]++;
  }
  for (int i = 0; i < 27; i++)
    if (times[i] > 0) {
      kinds++;
      g_assert_cmpint(times[i], >, 880); /* 1000 ± 4 standard deviations */
      g_assert_cmpint(times[i], <, 1120);
    }
  g_assert_cmpint(kinds, ==, 6);
}

static void test_ranges(void) {
  InkRandom random = ink_random(3, 1);
  double sum = 0;

  for (int i = 0; i < 100000; i++) {
    float value = ink_random_signed(&random);

    g_assert_cmpfloat(value, >=, -1);
    g_assert_cmpfloat(value, <, 1);
    sum += value;
    g_assert_cmpuint(ink_random_below(&random, 7), <, 7);
    g_assert_cmpuint(ink_random_below(&random, 1), ==, 0);
    g_assert_cmpuint(ink_random_below(&random, UINT32_MAX), <, UINT32_MAX);
  }
  g_assert_cmpfloat(ABS(sum / 100000), <, 0.01);
}

static void test_shape(void) {
  InkShape five = {5, INK_POOL_MAX, 10}, three = {3, INK_POOL_AVERAGE, 10};

  g_assert_cmpuint(ink_shape_parameters(&five), ==, 28938);
  g_assert_cmpuint(ink_shape_parameters(&three), ==, 20490);
  g_assert_cmpuint(ink_shape_fan_in(&five, INK_CONV1_WEIGHT), ==, 25);
  g_assert_cmpuint(ink_shape_fan_in(&five, INK_CONV2_BIAS), ==, 400);
  g_assert_cmpuint(ink_shape_fan_in(&five, INK_LINEAR_WEIGHT), ==, 1568);
  g_assert_cmpstr(ink_tensor_name(INK_CONV2_WEIGHT), ==, "layer2.0.weight");
  g_assert_null(ink_tensor_name(INK_TENSORS));
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/permutation", test_permutation);
  g_test_add_func("/fair", test_fair);
  g_test_add_func("/ranges", test_ranges);
  g_test_add_func("/shape", test_shape);
  return g_test_run();
}
