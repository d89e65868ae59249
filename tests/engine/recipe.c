#include "engine/recipe.h"

#include <math.h>

static void test_presets(void) {
  InkRecipe cpu = ink_recipe_for_preset(INK_PRESET_SEED_CPU);
  InkRecipe gpu = ink_recipe_for_preset(INK_PRESET_SEED_GPU);

  g_assert_cmpint(cpu.kernel, ==, 5);
  g_assert_cmpint(cpu.batch, ==, 200);
  g_assert_cmpint(gpu.kernel, ==, 3);
  g_assert_cmpint(gpu.batch, ==, 100);
  for (InkPreset preset = 0; preset < INK_PRESET_CUSTOM; preset++) {
    InkRecipe recipe = ink_recipe_for_preset(preset);
    InkPreset back;

    g_assert_true(ink_recipe_validate(&recipe, NULL));
    g_assert_cmpint(recipe.pool, ==, INK_POOL_MAX);
    g_assert_cmpint(recipe.epochs, ==, 2);
    g_assert_cmpfloat(recipe.learning_rate, ==, 0.001);
    g_assert_cmpint(recipe.eval_every, ==, 50);
    g_assert_cmpuint(recipe.eval_samples, ==, 2000);
    g_assert_true(recipe.shuffled);
    g_assert_cmpint(ink_recipe_get_preset(&recipe), ==, preset);
    g_assert_true(ink_preset_from_name(ink_preset_get_name(preset), &back));
    g_assert_cmpint(back, ==, preset);
    recipe.epochs++; /* no part of it */
    g_assert_cmpint(ink_recipe_get_preset(&recipe), ==, preset);
    recipe.batch++;
    g_assert_cmpint(ink_recipe_get_preset(&recipe), ==, INK_PRESET_CUSTOM);
  }
}

static void test_names(void) {
  InkPreset preset;
  InkPool pool;

  g_assert_false(ink_preset_from_name("seed", &preset));
  g_assert_true(ink_pool_from_name("average", &pool));
  g_assert_cmpint(pool, ==, INK_POOL_AVERAGE);
  g_assert_cmpstr(ink_pool_get_name(INK_POOL_MAX), ==, "max");
  g_assert_false(ink_pool_from_name("median", &pool));
}

static void assert_invalid(const InkRecipe *recipe, const char *pattern) {
  g_autoptr(GError) error = NULL;

  g_assert_false(ink_recipe_validate(recipe, &error));
  g_assert_nonnull(error);
  if (!g_pattern_match_simple(pattern, error->message))
    g_error("“%s” is not like “%s”", error->message, pattern);
}

static void test_invalid(void) {
  const InkRecipe good = ink_recipe_for_preset(INK_PRESET_SEED_CPU);
  const double rates[] = {0, -1, NAN, INFINITY, 1.5};
  InkRecipe bad = good;

  bad.kernel = 4;
  assert_invalid(&bad, "*kernel*3 or 5*4*");
  bad = good;
  bad.pool = 7;
  assert_invalid(&bad, "Pooling *");
  bad = good;
  bad.epochs = 0;
  assert_invalid(&bad, "The number of epochs *");
  bad.epochs = 1001;
  assert_invalid(&bad, "The number of epochs *");
  bad = good;
  bad.batch = 0;
  assert_invalid(&bad, "The batch size *");
  bad.batch = 10001;
  assert_invalid(&bad, "The batch size *");
  bad = good;
  bad.eval_every = 0;
  assert_invalid(&bad, "The test interval *");
  for (guint i = 0; i < G_N_ELEMENTS(rates); i++) {
    bad = good;
    bad.learning_rate = rates[i];
    assert_invalid(&bad, "The learning rate *");
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/recipe/presets", test_presets);
  g_test_add_func("/recipe/names", test_names);
  g_test_add_func("/recipe/invalid", test_invalid);
  return g_test_run();
}
