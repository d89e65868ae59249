#include "tests/support/fake-backend.h"
#include "tests/support/idx-files.h"
#include "tests/support/training.h"

#include <math.h>
#include <sys/resource.h>

/* Small, because ThreadSanitizer makes training forty times slower. */
enum { TRAIN = 200, TEST = 60, CLASSES = 4, BATCH = 10, STEPS = TRAIN / BATCH, INTERIM = 20 };

static InkDataset *dataset; /* shared by all tests */

static InkTrainer *make_trainer(void) {
  InkRecipe recipe = test_recipe();

  return test_make_trainer(&recipe, dataset);
}

/* On the device whose train() the test holds. */
static InkTrainer *make_held_trainer(void) {
  InkTrainer *trainer = make_trainer();

  test_backend_reset();
  ink_trainer_set_device(trainer, test_backend_device(), 1);
  return trainer;
}

static gint64 updates(InkTrainer *trainer) {
  return ink_trainer_get_progress(trainer)->updates;
}

/* The weights after a whole run of the quick recipe, by the straight way. */
static InkNetwork *expected_weights(void) {
  static InkNetwork *network;

  if (!network) {
    g_autoptr(InkTrainer) trainer = make_trainer();

    test_run(trainer);
    network = ink_network_ref(ink_trainer_get_network(trainer));
  }
  return network;
}

static void assert_expected_end(InkTrainer *trainer) {
  g_assert_cmpint(ink_trainer_get_outcome(trainer), ==, INK_OUTCOME_FINISHED);
  g_assert_cmpint(updates(trainer), ==, 2 * STEPS);
  g_assert_true(test_same_weights(ink_trainer_get_network(trainer), expected_weights()));
}

static void test_new(void) {
  g_autoptr(InkTrainer) trainer = ink_trainer_new();
  guint threads = test_count_threads();

  /* Without a data set nothing can begin, and nothing breaks. */
  ink_trainer_start(trainer);
  ink_trainer_step(trainer);
  ink_trainer_pause(trainer);
  ink_trainer_stop(trainer);
  ink_trainer_reset(trainer);
  g_assert_cmpint(ink_trainer_get_state(trainer), ==, INK_TRAINER_IDLE);
  g_assert_cmpint(ink_trainer_get_outcome(trainer), ==, INK_OUTCOME_NONE);
  g_assert_null(ink_trainer_get_network(trainer));
  g_assert_null(ink_trainer_get_batch(trainer));
  g_assert_null(ink_trainer_get_test_result(trainer));
  g_assert_nonnull(ink_trainer_get_history(trainer));
  g_assert_true(isnan(ink_trainer_get_progress(trainer)->loss));
  g_assert_cmpint(ink_trainer_get_threads(trainer), >=, 1);
  g_assert_false(ink_trainer_has_pending(trainer));
  ink_trainer_set_dataset(trainer, dataset);
  g_assert_nonnull(ink_trainer_get_network(trainer));
  g_assert_cmpint(ink_trainer_get_progress(trainer)->planned, ==, 2 * (TRAIN / 200));
  g_assert_cmpuint(test_count_threads(), ==, threads);
}

/* The same bits however the run is cut up. */
static void test_paused(void) {
  g_autoptr(InkTrainer) trainer = make_trainer();

  for (int i = 1; ink_trainer_get_outcome(trainer) == INK_OUTCOME_NONE; i++) {
    gint64 before = updates(trainer);

    ink_trainer_start(trainer);
    test_wait_until(updates(trainer) > before || test_signals(trainer)->ended);
    ink_trainer_pause(trainer);
    if (i % 2)
      test_wait_until(
          test_signals(trainer)->ended ||
          (ink_trainer_get_test_result(trainer) && ink_trainer_get_test_result(trainer)->complete));
  }
  test_wait_until(test_signals(trainer)->ended);
  assert_expected_end(trainer);
}

static void test_steps(void) {
  g_autoptr(InkTrainer) trainer = make_trainer();

  for (int i = 0; i < 2 * STEPS - 1; i++) {
    ink_trainer_step(trainer);
    g_assert_cmpint(ink_trainer_get_state(trainer), ==, INK_TRAINER_PAUSED);
    test_wait_until(updates(trainer) == i + 1);
    g_assert_cmpint(ink_trainer_get_state(trainer), ==, INK_TRAINER_PAUSED);
  }
  g_assert_cmpuint(test_signals(trainer)->ended, ==, 0);
  ink_trainer_step(trainer);
  test_wait_until(test_signals(trainer)->ended);
  g_assert_cmpint(ink_trainer_get_state(trainer), ==, INK_TRAINER_IDLE);
  assert_expected_end(trainer);
}

static void test_threads(void) {
  int counts[] = {1, 3, 7};

  for (guint i = 0; i < G_N_ELEMENTS(counts); i++) {
    g_autoptr(InkTrainer) trainer = make_trainer();

    ink_trainer_set_device(trainer, ink_trainer_get_device(trainer), counts[i]);
    g_assert_cmpint(ink_trainer_get_threads(trainer), ==, counts[i]);
    test_run(trainer);
    assert_expected_end(trainer);
  }
}

/* Device and threads change in the middle of the run. */
static void test_device_change(void) {
  g_autoptr(InkTrainer) trainer = make_held_trainer();

  ink_trainer_start(trainer);
  test_wait_until(updates(trainer) > 0);
  ink_trainer_set_device(trainer, test_device(), 2);
  test_wait_until(test_signals(trainer)->ended);
  assert_expected_end(trainer);
}

static void test_file_order(void) {
  InkRecipe recipe = test_recipe();
  g_autoptr(InkTrainer) trainer = NULL;

  recipe.shuffled = FALSE;
  trainer = test_make_trainer(&recipe, dataset);
  for (guint step = 0; step < 2; step++) {
    guint first = step * BATCH;

    ink_trainer_step(trainer);
    /* Its loss may come sooner: a batch comes at display rate, or when the trainer rests. */
    test_wait_until(ink_trainer_get_batch(trainer) &&
                    ink_trainer_get_batch(trainer)->samples[0] == first);
    for (guint i = 0; i < BATCH; i++)
      g_assert_cmpuint(ink_trainer_get_batch(trainer)->samples[i], ==, first + i);
  }
}

static void test_step_tests_quickly(void) {
  g_autoptr(InkTrainer) trainer = make_trainer();

  for (int i = 0; i < 2; i++) { /* step 0 has an interim test, step 1 has not */
    InkTestResult *old = ink_trainer_get_test_result(trainer);

    ink_trainer_step(trainer);
    test_wait_until(ink_trainer_get_test_result(trainer) != old);
    g_assert_cmpuint(ink_trainer_get_test_result(trainer)->count, ==, INTERIM);
    g_assert_false(ink_trainer_get_test_result(trainer)->complete);
  }
}

/* Whose number is raised before the images of a step are looked at: no more of them are read than
 * there are, which AddressSanitizer sees. */
static void test_step_tests_more_later(void) {
  g_autoptr(InkTrainer) trainer = make_held_trainer();
  g_autoptr(InkTestResult) first = NULL;
  InkRecipe recipe = *ink_trainer_get_recipe(trainer);

  ink_trainer_step(trainer);
  test_wait_until(ink_trainer_get_test_result(trainer));
  first = ink_test_result_ref(ink_trainer_get_test_result(trainer));
  test_backend_hold(TRUE);
  ink_trainer_step(trainer);
  test_backend_wait_held();
  recipe.eval_samples = 0;
  ink_trainer_set_recipe(trainer, &recipe);
  test_backend_hold(FALSE);
  test_wait_until(ink_trainer_get_test_result(trainer) != first);
  g_assert_cmpuint(ink_trainer_get_test_result(trainer)->count, ==, INTERIM);
}

static void test_reset(void) {
  g_autoptr(InkTrainer) trainer = make_trainer();
  g_autoptr(InkNetwork) untrained = ink_network_ref(ink_trainer_get_network(trainer));
  gboolean trained, locked;
  guint n;

  ink_trainer_start(trainer);
  g_object_get(trainer, "locked", &locked, NULL);
  g_assert_true(locked);
  test_wait_until(updates(trainer) > 0);
  ink_trainer_reset(trainer);
  g_assert_cmpint(ink_trainer_get_state(trainer), ==, INK_TRAINER_IDLE);
  g_object_get(trainer, "trained", &trained, "locked", &locked, NULL);
  g_assert_false(trained);
  g_assert_false(locked);
  g_assert_true(test_same_weights(untrained, ink_trainer_get_network(trainer)));
  ink_history_get_losses(ink_trainer_get_history(trainer), &n);
  g_assert_cmpuint(n, ==, 0);
  g_assert_null(ink_trainer_get_batch(trainer));
  g_assert_null(ink_trainer_get_test_result(trainer));

  test_run(trainer);
  assert_expected_end(trainer);
  g_assert_cmpuint(test_signals(trainer)->ended, ==, 1);
}

static void test_live_settings(void) {
  InkRecipe recipe = test_recipe();
  g_autoptr(InkTrainer) trainer = make_held_trainer();
  const InkTestPoint *tests;
  guint n;

  test_backend_hold(TRUE);
  ink_trainer_start(trainer);
  test_backend_wait_held();
  recipe.epochs = 3;
  recipe.eval_every = 10;
  recipe.eval_samples = 0;
  recipe.learning_rate = 1e-6;
  recipe.batch = 100; /* of the next run */
  recipe.kernel = 5;  /* after a reset */
  ink_trainer_set_recipe(trainer, &recipe);
  g_assert_true(ink_trainer_has_pending(trainer));
  test_backend_hold(FALSE);
  test_wait_until(test_signals(trainer)->ended);

  g_assert_cmpint(updates(trainer), ==, 3 * STEPS);
  tests = ink_history_get_tests(ink_trainer_get_history(trainer), &n);
  g_assert_cmpuint(n, ==, 7);
  g_assert_cmpint(tests[6].epoch_step, ==, STEPS - 1); /* the last */
  for (guint i = 0; i < 6; i++) {
    g_assert_cmpint(tests[i].epoch_step, ==, i % 2 * 10);
    g_assert_cmpuint(tests[i].total, ==, i == 0 ? INTERIM : TEST); /* the first was under way */
  }
  /* So small a rate can't have learnt anything. */
  g_assert_cmpfloat(ink_trainer_get_progress(trainer)->loss, >, 1);
  g_assert_cmpint(ink_network_get_shape(ink_trainer_get_network(trainer))->kernel, ==, 3);

  ink_trainer_reset(trainer);
  g_assert_false(ink_trainer_has_pending(trainer));
  g_assert_cmpint(ink_network_get_shape(ink_trainer_get_network(trainer))->kernel, ==, 5);
  recipe.kernel = 3; /* nothing is trained: now */
  ink_trainer_set_recipe(trainer, &recipe);
  g_assert_false(ink_trainer_has_pending(trainer));
  g_assert_cmpint(ink_network_get_shape(ink_trainer_get_network(trainer))->kernel, ==, 3);
  test_run(trainer);
  g_assert_cmpint(updates(trainer), ==, 3 * TRAIN / 100);
}

static void test_max_steps(void) {
  InkRecipe recipe = test_recipe();
  g_autoptr(InkTrainer) trainer = NULL;

  recipe.max_steps = STEPS + 3;
  trainer = test_make_trainer(&recipe, dataset);
  test_run(trainer);
  g_assert_cmpint(updates(trainer), ==, STEPS + 3);
  g_assert_cmpint(ink_trainer_get_progress(trainer)->planned, ==, STEPS + 3);
  g_assert_cmpint(ink_trainer_get_outcome(trainer), ==, INK_OUTCOME_FINISHED);
}

static void test_set_dataset(void) {
  g_autoptr(InkDataset) other = test_make_dataset(100, 30, CLASSES + 1, 2);
  g_autoptr(InkTrainer) trainer = make_held_trainer();

  test_backend_hold(TRUE);
  ink_trainer_start(trainer);
  test_backend_wait_held();
  ink_trainer_set_dataset(trainer, other);
  g_assert_true(ink_trainer_get_dataset(trainer) == other);
  g_assert_true(ink_trainer_has_pending(trainer));
  test_backend_hold(FALSE);
  test_wait_until(test_signals(trainer)->ended);
  assert_expected_end(trainer);

  ink_trainer_reset(trainer);
  g_assert_false(ink_trainer_has_pending(trainer));
  g_assert_cmpint(ink_network_get_shape(ink_trainer_get_network(trainer))->classes, ==,
                  CLASSES + 1);
  test_run(trainer);
  g_assert_cmpint(updates(trainer), ==, 2 * 100 / BATCH);
  g_assert_cmpuint(ink_trainer_get_test_result(trainer)->count, ==, 30);
}

static InkDataset *make_namesake(const char *folder, const char *place, guint train, guint test) {
  g_autofree char *inner = g_build_filename(folder, place, "images", NULL);

  return test_make_dataset_in(inner, train, test, CLASSES, 1);
}

/* Of the same name and class count, so that the network stays; but what was seen of the images of
 * one is not said of another's, of which there may be fewer. */
static void test_other_images(void) {
  char *folder = test_make_folder();
  g_autoptr(InkDataset) many = make_namesake(folder, "many", TRAIN, TEST);
  g_autoptr(InkDataset) same = make_namesake(folder, "same", TRAIN, TEST);
  g_autoptr(InkDataset) few = make_namesake(folder, "few", BATCH, CLASSES);
  g_autoptr(InkTrainer) trainer = make_held_trainer();

  ink_trainer_set_dataset(trainer, many);
  test_run(trainer);
  ink_trainer_set_dataset(trainer, same);
  g_assert_nonnull(ink_trainer_get_batch(trainer));
  g_assert_cmpuint(ink_trainer_get_test_result(trainer)->count, ==, TEST);
  ink_trainer_set_dataset(trainer, few);
  g_assert_null(ink_trainer_get_batch(trainer));
  g_assert_null(ink_trainer_get_test_result(trainer));
  g_assert_cmpint(ink_trainer_get_progress(trainer)->total_updates, ==, 2 * STEPS);
  test_run(trainer);
  g_assert_cmpint(updates(trainer), ==, 2);
  g_assert_cmpuint(ink_trainer_get_test_result(trainer)->count, ==, CLASSES);

  /* A run goes on with the images that it began with. */
  ink_trainer_set_dataset(trainer, many);
  test_backend_hold(TRUE);
  ink_trainer_start(trainer);
  test_backend_wait_held();
  ink_trainer_set_dataset(trainer, few);
  test_backend_hold(FALSE);
  test_wait_until(test_signals(trainer)->ended == 3);
  g_assert_cmpint(updates(trainer), ==, 2 * STEPS);
  g_assert_null(ink_trainer_get_batch(trainer));
  g_assert_null(ink_trainer_get_test_result(trainer));
  test_remove_folder(folder);
}

static void test_set_network(void) {
  g_autoptr(InkTrainer) trainer = make_trainer();
  InkShape shape = {.kernel = 5, .pool = INK_POOL_AVERAGE, .classes = CLASSES};
  g_autoptr(InkNetwork) network = ink_network_new_random(&shape, 7, NULL, NULL);
  InkRecipe recipe;
  gboolean trained;

  ink_trainer_start(trainer);
  ink_trainer_set_network(trainer, network);
  g_assert_cmpint(ink_trainer_get_state(trainer), ==, INK_TRAINER_IDLE);
  g_assert_true(ink_trainer_get_network(trainer) == network);
  g_assert_cmpint(ink_trainer_get_recipe(trainer)->kernel, ==, 5);
  g_assert_cmpint(ink_trainer_get_recipe(trainer)->pool, ==, INK_POOL_AVERAGE);
  g_object_get(trainer, "trained", &trained, NULL);
  g_assert_true(trained);
  recipe = *ink_trainer_get_recipe(trainer);
  recipe.max_steps = 3;
  ink_trainer_set_recipe(trainer, &recipe);
  test_run(trainer);
  g_assert_cmpint(ink_trainer_get_outcome(trainer), ==, INK_OUTCOME_FINISHED);
  g_assert_cmpint(ink_network_get_shape(ink_trainer_get_network(trainer))->kernel, ==, 5);
}

/* Whatever the training thread is at, the main thread is not made to wait: here it stands still. */
static void test_never_blocks(void) {
  g_autoptr(InkTrainer) trainer = make_held_trainer();
  InkRecipe recipe = test_recipe();

  test_backend_hold(TRUE);
  ink_trainer_start(trainer);
  test_backend_wait_held();
  for (int i = 0; i < 100; i++) {
    ink_trainer_pause(trainer);
    ink_trainer_start(trainer);
    ink_trainer_step(trainer);
    ink_trainer_stop(trainer);
    ink_trainer_reset(trainer);
    ink_trainer_set_recipe(trainer, &recipe);
    ink_trainer_set_device(trainer, ink_trainer_get_device(trainer), 1 + i % 2);
    ink_trainer_start(trainer);
  }
  test_backend_hold(FALSE);
  test_wait_until(test_signals(trainer)->ended);
  assert_expected_end(trainer);
}

/* A run that ends and the test after it give way to the next run at once. */
static void test_full_test_gives_way(void) {
  g_autoptr(InkTrainer) trainer = make_held_trainer();

  ink_trainer_step(trainer);
  test_wait_until(ink_trainer_get_test_result(trainer));
  test_backend_hold(TRUE); /* before it starts: it may be over sooner than the next frame */
  ink_trainer_start(trainer);
  test_backend_wait_held();
  ink_trainer_stop(trainer);  /* it is to be tested now … */
  ink_trainer_start(trainer); /* … but there is no time for it */
  test_backend_hold(FALSE);
  test_wait_until(test_signals(trainer)->ended);
  g_assert_cmpint(updates(trainer), ==, 2 * STEPS);
  g_assert_cmpuint(test_signals(trainer)->ended, ==, 1);
}

static void start_again(InkTrainer *trainer, gpointer data) {
  g_signal_handlers_disconnect_by_func(trainer, start_again, data);
  ink_trainer_reset(trainer);
  ink_trainer_start(trainer);
}

static void test_start_from_handler(void) {
  g_autoptr(InkTrainer) trainer = make_trainer();

  g_signal_connect(trainer, "ended", G_CALLBACK(start_again), NULL);
  test_run(trainer);
  test_wait_until(test_signals(trainer)->ended == 2);
  assert_expected_end(trainer);
}

static void drop(InkTrainer **owner) {
  g_clear_object(owner);
}

static void test_dispose_from_handler(void) {
  const char *const signals[] = {"progress", "notify::network", "notify::test-result", "ended"};

  for (guint i = 0; i < G_N_ELEMENTS(signals); i++) {
    InkTrainer *trainer = make_trainer();

    ink_trainer_start(trainer);
    g_signal_connect_swapped(trainer, signals[i], G_CALLBACK(drop), &trainer);
    test_wait_until(trainer == NULL);
  }
}

/* Threads of this process with a lower priority than the main thread. */
static guint count_lower_threads(void) {
  g_autoptr(GDir) tasks = g_dir_open("/proc/self/task", 0, NULL);
  int own = getpriority(PRIO_PROCESS, 0);
  const char *task;
  guint n = 0;

  g_assert_nonnull(tasks);
  while ((task = g_dir_read_name(tasks)))
    n += getpriority(PRIO_PROCESS, (id_t)g_ascii_strtoull(task, NULL, 10)) > own;
  return n;
}

static void test_background(void) {
  enum { THREADS = 3 };
  g_autoptr(InkTrainer) trainer = make_trainer();
  InkRecipe recipe = *ink_trainer_get_recipe(trainer);

  recipe.epochs = 1000;
  ink_trainer_set_recipe(trainer, &recipe);
  ink_trainer_set_device(trainer, ink_device_find("cpu", NULL), THREADS);
  ink_trainer_set_background(trainer, TRUE);
  ink_trainer_start(trainer);
  test_wait_until(ink_trainer_get_progress(trainer)->updates > 0);
  g_assert_cmpuint(count_lower_threads(), ==, THREADS);
}

int main(int argc, char **argv) {
  int status;

  g_test_init(&argc, &argv, NULL);
  dataset = test_make_dataset(TRAIN, TEST, CLASSES, 1);
  g_test_add_func("/trainer/new", test_new);
  g_test_add_func("/trainer/paused", test_paused);
  g_test_add_func("/trainer/steps", test_steps);
  g_test_add_func("/trainer/threads", test_threads);
  g_test_add_func("/trainer/device-change", test_device_change);
  g_test_add_func("/trainer/file-order", test_file_order);
  g_test_add_func("/trainer/step-tests-quickly", test_step_tests_quickly);
  g_test_add_func("/trainer/step-tests-more-later", test_step_tests_more_later);
  g_test_add_func("/trainer/reset", test_reset);
  g_test_add_func("/trainer/live-settings", test_live_settings);
  g_test_add_func("/trainer/max-steps", test_max_steps);
  g_test_add_func("/trainer/set-dataset", test_set_dataset);
  g_test_add_func("/trainer/other-images", test_other_images);
  g_test_add_func("/trainer/set-network", test_set_network);
  g_test_add_func("/trainer/never-blocks", test_never_blocks);
  g_test_add_func("/trainer/full-test-gives-way", test_full_test_gives_way);
  g_test_add_func("/trainer/start-from-handler", test_start_from_handler);
  g_test_add_func("/trainer/dispose-from-handler", test_dispose_from_handler);
  g_test_add_func("/trainer/background", test_background);
  status = g_test_run();
  ink_network_unref(expected_weights());
  ink_dataset_unref(dataset);
  return status;
}
