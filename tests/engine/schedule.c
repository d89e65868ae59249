#include "engine/schedule.h"

enum { COUNT = 95 }; /* ten batches an epoch, the last of five */

static InkRecipe make_recipe(void) {
  InkRecipe recipe = ink_recipe_for_preset(INK_PRESET_SEED_CPU);

  recipe.batch = 10;
  recipe.epochs = 3;
  recipe.eval_every = 4;
  return recipe;
}

/* Walks through a whole run in goes of at most `limit`. */
static void walk(const InkRecipe *recipe, guint limit, gint64 updates) {
  InkRunPosition at = {0};

  while (!ink_schedule_is_complete(recipe, &at, COUNT)) {
    guint n = ink_schedule_next_steps(recipe, &at, COUNT, limit);

    g_assert_cmpuint(n, >=, 1);
    g_assert_cmpuint(n, <=, limit);
    for (guint i = 0; i + 1 < n; i++) /* a test can only follow the last of them */
      g_assert_false(ink_schedule_test_follows(recipe, at.epoch_step + i));
    at.updates += n;
    at.epoch_step += n;
    g_assert_cmpint(at.epoch_step, <=, 10);
    if (at.epoch_step == 10) {
      at.epoch_step = 0;
      at.epoch++;
    }
  }
  g_assert_cmpint(at.updates, ==, updates);
}

static void test_walk(void) {
  InkRecipe recipe = make_recipe();
  const guint limits[] = {1, 2, 3, 7, 1000};

  for (guint i = 0; i < G_N_ELEMENTS(limits); i++) {
    recipe.max_steps = 0;
    walk(&recipe, limits[i], 30);
    recipe.max_steps = 17;
    walk(&recipe, limits[i], 17);
    recipe.max_steps = 1000;
    walk(&recipe, limits[i], 30);
  }
}

static void test_tests(void) {
  InkRecipe recipe = make_recipe();

  g_assert_true(ink_schedule_test_follows(&recipe, 0));
  g_assert_false(ink_schedule_test_follows(&recipe, 3));
  g_assert_true(ink_schedule_test_follows(&recipe, 8));
}

/* Fewer epochs than have begun: the one under way is finished. */
static void test_fewer_epochs(void) {
  InkRecipe recipe = make_recipe();

  recipe.epochs = 1;
  g_assert_cmpint(
      ink_schedule_planned(&recipe, &(InkRunPosition){.epoch = 1, .epoch_step = 3}, COUNT), ==, 20);
  g_assert_true(
      ink_schedule_is_complete(&recipe, &(InkRunPosition){.epoch = 2, .updates = 20}, COUNT));
}

static void test_samples(void) {
  InkRecipe recipe = make_recipe();

  g_assert_cmpint(ink_schedule_steps_per_epoch(&recipe, COUNT), ==, 10);
  g_assert_cmpint(
      ink_schedule_samples_done(&recipe, &(InkRunPosition){.epoch = 2, .epoch_step = 3}, COUNT), ==,
      2 * COUNT + 30);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/schedule/walk", test_walk);
  g_test_add_func("/schedule/tests", test_tests);
  g_test_add_func("/schedule/fewer-epochs", test_fewer_epochs);
  g_test_add_func("/schedule/samples", test_samples);
  return g_test_run();
}
