#include "tests/support/training.h"

#include <math.h>

/* 1,000 images in batches of 50: 20 steps an epoch. */
enum { TRAIN = 1000, TEST = 300, CLASSES = 4, STEPS = 20 };

static InkDataset *dataset; /* shared by all tests */

static InkRecipe small_recipe(void) {
  InkRecipe recipe = ink_recipe_for_preset(INK_PRESET_SEED_GPU);

  recipe.batch = 50;
  recipe.epochs = 2;
  recipe.eval_every = 7;
  recipe.eval_samples = 100;
  return recipe;
}

static InkTrainer *make_trainer(const InkRecipe *recipe) {
  InkTrainer *trainer = ink_trainer_new();

  ink_trainer_set_recipe(trainer, recipe);
  ink_trainer_set_dataset(trainer, dataset);
  test_watch(trainer);
  return trainer;
}

static TestSignals *signals_of(InkTrainer *trainer) {
  return g_object_get_data(G_OBJECT(trainer), "test-signals");
}

static void run_to_end(InkTrainer *trainer) {
  guint ended = signals_of(trainer)->ended;

  ink_trainer_start(trainer);
  test_wait_until(signals_of(trainer)->ended > ended);
}

static void test_whole_run(void) {
  InkRecipe recipe = small_recipe();
  g_autoptr(InkTrainer) trainer = make_trainer(&recipe);
  const InkProgress *progress;
  InkTestResult *result;
  const InkLossPoint *losses;
  const InkTestPoint *tests;
  guint n;

  recipe.epochs = 4;
  ink_trainer_set_recipe(trainer, &recipe);
  g_assert_cmpint(ink_trainer_get_state(trainer), ==, INK_TRAINER_IDLE);
  run_to_end(trainer);

  g_assert_cmpint(ink_trainer_get_state(trainer), ==, INK_TRAINER_IDLE);
  g_assert_cmpint(ink_trainer_get_outcome(trainer), ==, INK_OUTCOME_FINISHED);
  g_assert_cmpuint(signals_of(trainer)->failed, ==, 0);
  progress = ink_trainer_get_progress(trainer);
  g_assert_cmpint(progress->updates, ==, 4 * STEPS);
  g_assert_cmpint(progress->planned, ==, 4 * STEPS);
  g_assert_cmpint(progress->total_updates, ==, 4 * STEPS);
  g_assert_cmpint(progress->epoch, ==, 3);
  g_assert_cmpint(progress->epoch_step, ==, STEPS - 1);
  g_assert_cmpfloat(progress->seconds, >, 0);
  g_assert_cmpfloat(progress->images_per_second, >, 0);
  g_assert_cmpfloat(progress->seconds_left, ==, 0);

  losses = ink_history_get_losses(ink_trainer_get_history(trainer), &n);
  g_assert_cmpuint(n, ==, 4 * STEPS);
  for (guint i = 0; i < n; i++)
    g_assert_cmpint(losses[i].step, ==, i);
  g_assert_cmpfloat(losses[n - 1].loss, <, losses[0].loss / 2);
  g_assert_cmpfloat(losses[n - 1].loss, ==, progress->loss);

  /* After steps 0, 7 and 14 of each epoch. */
  tests = ink_history_get_tests(ink_trainer_get_history(trainer), &n);
  g_assert_cmpuint(n, ==, 12);
  for (guint i = 0; i < n; i++) {
    g_assert_cmpint(tests[i].epoch, ==, i / 3);
    g_assert_cmpint(tests[i].epoch_step, ==, i % 3 * 7);
    g_assert_cmpint(tests[i].step, ==, i / 3 * STEPS + i % 3 * 7);
    g_assert_cmpuint(tests[i].total, ==, 100);
    g_assert_cmpfloat(tests[i].loss, ==, losses[tests[i].step].loss);
  }

  result = ink_trainer_get_test_result(trainer);
  g_assert_true(result->complete);
  g_assert_cmpuint(result->count, ==, TEST);
  g_assert_cmpuint(result->classes, ==, CLASSES);
  g_assert_cmpuint(result->correct, >, TEST * 9 / 10);
  g_assert_cmpuint(ink_trainer_get_batch(trainer)->count, ==, 50);
}

int main(int argc, char **argv) {
  int status;

  g_test_init(&argc, &argv, NULL);
  dataset = test_make_dataset(TRAIN, TEST, CLASSES, 1);
  g_test_add_func("/trainer/whole-run", test_whole_run);
  status = g_test_run();
  ink_dataset_unref(dataset);
  return status;
}
