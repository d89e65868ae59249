/* What a run leaves: its numbers, and the losses, tests and epochs of its history. */
#include "tests/support/training.h"

/* Small, because ThreadSanitizer makes training forty times slower. */
enum { TRAIN = 200, TEST = 60, CLASSES = 4, BATCH = 10, STEPS = TRAIN / BATCH, INTERIM = 20 };

static InkDataset *dataset; /* shared by all tests */

static gint64 updates(InkTrainer *trainer) {
  return ink_trainer_get_progress(trainer)->updates;
}

static void test_whole_run(void) {
  InkRecipe recipe = test_recipe();
  g_autoptr(InkTrainer) trainer = NULL;
  const InkProgress *progress;
  InkTestResult *result;
  const InkLossPoint *losses;
  const InkTestPoint *tests;
  const InkEpochPoint *epochs;
  guint n;

  recipe.epochs = 4;
  trainer = test_make_trainer(&recipe, dataset);
  test_run(trainer);

  g_assert_cmpint(ink_trainer_get_state(trainer), ==, INK_TRAINER_IDLE);
  g_assert_cmpint(ink_trainer_get_outcome(trainer), ==, INK_OUTCOME_FINISHED);
  g_assert_cmpuint(test_signals(trainer)->failed, ==, 0);
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

  /* After steps 0, 7 and 14 of each epoch, and after the last. */
  tests = ink_history_get_tests(ink_trainer_get_history(trainer), &n);
  g_assert_cmpuint(n, ==, 13);
  for (guint i = 0; i < 12; i++) {
    g_assert_cmpint(tests[i].epoch, ==, i / 3);
    g_assert_cmpint(tests[i].epoch_step, ==, i % 3 * 7);
    g_assert_cmpint(tests[i].step, ==, i / 3 * STEPS + i % 3 * 7);
    g_assert_cmpuint(tests[i].total, ==, INTERIM);
    g_assert_cmpfloat(tests[i].loss, ==, losses[tests[i].step].loss);
  }
  epochs = ink_history_get_epochs(ink_trainer_get_history(trainer), &n);
  g_assert_cmpuint(n, ==, 4);
  for (guint i = 0; i < n; i++) {
    g_assert_cmpint(epochs[i].step, ==, i * STEPS);
    g_assert_cmpint(epochs[i].epoch, ==, i);
  }
  g_assert_cmpint(ink_history_get_planned(ink_trainer_get_history(trainer)), ==, 4 * STEPS);

  result = ink_trainer_get_test_result(trainer);
  g_assert_true(result->complete);
  g_assert_cmpuint(result->count, ==, TEST);
  g_assert_cmpuint(result->classes, ==, CLASSES);
  g_assert_cmpuint(result->correct, >, TEST * 9 / 10);
  for (guint i = 0; i < TEST; i++) {
    float sum = 0;

    for (guint c = 0; c < CLASSES; c++)
      sum += result->probabilities[i * CLASSES + c];
    g_assert_cmpfloat_with_epsilon(sum, 1, 1e-5);
  }
  g_assert_cmpuint(ink_trainer_get_batch(trainer)->count, ==, BATCH);
}

static const InkTestPoint *get_last_test(InkTrainer *trainer, guint *n) {
  return &ink_history_get_tests(ink_trainer_get_history(trainer), n)[*n - 1];
}

/* What the network has come to is in the history, also where no interim test tells it. */
static void test_last_test(void) {
  InkRecipe recipe = test_recipe();
  g_autoptr(InkTrainer) trainer = NULL;
  const guint8 *labels = ink_dataset_get_labels(dataset, INK_TEST);
  InkTestResult *result;
  InkTestPoint last;
  guint n, right = 0;

  recipe.eval_every = 1000;
  recipe.epochs = 1;
  trainer = test_make_trainer(&recipe, dataset);
  test_run(trainer);
  result = ink_trainer_get_test_result(trainer);
  for (guint i = 0; i < INTERIM; i++)
    right += result->predicted[i] == labels[i];
  last = *get_last_test(trainer, &n);
  g_assert_cmpuint(n, ==, 2); /* after step 0 and after the last */
  g_assert_cmpint(last.step, ==, STEPS - 1);
  g_assert_cmpint(last.epoch, ==, 0);
  g_assert_cmpint(last.epoch_step, ==, STEPS - 1);
  g_assert_cmpfloat(last.loss, ==, ink_trainer_get_progress(trainer)->loss);
  g_assert_cmpuint(last.correct, ==, right);
  g_assert_cmpuint(last.total, ==, INTERIM);
}

/* Not at a pause, after which the run goes on; but at its end there. */
static void test_last_test_of_a_pause(void) {
  InkRecipe recipe = test_recipe();
  g_autoptr(InkTrainer) trainer = NULL;
  guint n;

  recipe.eval_samples = 0;
  trainer = test_make_trainer(&recipe, dataset);
  for (int i = 0; i < 2; i++) { /* the second is tested at rest alone */
    InkTestResult *old = ink_trainer_get_test_result(trainer);

    ink_trainer_step(trainer);
    test_wait_until(ink_trainer_get_test_result(trainer) != old);
  }
  g_assert_true(ink_trainer_get_test_result(trainer)->complete);
  g_assert_cmpint(get_last_test(trainer, &n)->step, ==, 0);
  ink_trainer_stop(trainer);
  test_wait_until(test_signals(trainer)->ended);
  g_assert_cmpint(get_last_test(trainer, &n)->step, ==, 1);
  g_assert_cmpuint(n, ==, 2);
}

static void test_stop_and_train_on(void) {
  InkRecipe recipe = test_recipe();
  g_autoptr(InkTrainer) trainer = test_make_trainer(&recipe, dataset);
  g_autoptr(InkNetwork) stopped = NULL;
  const InkEpochPoint *epochs;
  gint64 before;
  guint n;

  ink_trainer_start(trainer);
  test_wait_until(updates(trainer) > 0);
  ink_trainer_stop(trainer);
  g_assert_cmpint(ink_trainer_get_state(trainer), ==, INK_TRAINER_IDLE);
  test_wait_until(test_signals(trainer)->ended);
  if (ink_trainer_get_outcome(trainer) == INK_OUTCOME_FINISHED) {
    g_test_skip("the run was over before it could be stopped");
    return;
  }
  g_assert_cmpint(ink_trainer_get_outcome(trainer), ==, INK_OUTCOME_STOPPED);
  g_assert_true(ink_trainer_get_test_result(trainer)->complete);
  stopped = ink_network_ref(ink_trainer_get_network(trainer));
  before = ink_trainer_get_progress(trainer)->total_updates;

  test_run(trainer);
  g_assert_cmpint(updates(trainer), ==, 2 * STEPS);
  g_assert_cmpint(ink_trainer_get_progress(trainer)->total_updates, ==, before + 2 * STEPS);
  g_assert_false(test_same_weights(stopped, ink_trainer_get_network(trainer)));

  /* A run counts its epochs anew, in its progress as in the history. */
  epochs = ink_history_get_epochs(ink_trainer_get_history(trainer), &n);
  g_assert_cmpuint(n, >=, 3);
  for (int i = 0; i < 2; i++) {
    g_assert_cmpint(epochs[n - 2 + i].step, ==, before + i * STEPS);
    g_assert_cmpint(epochs[n - 2 + i].epoch, ==, i);
  }
  g_assert_cmpint(ink_trainer_get_progress(trainer)->epoch, ==, epochs[n - 1].epoch);
}

int main(int argc, char **argv) {
  int status;

  g_test_init(&argc, &argv, NULL);
  dataset = test_make_dataset(TRAIN, TEST, CLASSES, 1);
  g_test_add_func("/trainer-history/whole-run", test_whole_run);
  g_test_add_func("/trainer-history/last-test", test_last_test);
  g_test_add_func("/trainer-history/last-test-of-a-pause", test_last_test_of_a_pause);
  g_test_add_func("/trainer-history/stop-and-train-on", test_stop_and_train_on);
  status = g_test_run();
  ink_dataset_unref(dataset);
  return status;
}
