#include "engine/checkpoint.h"

#include "engine/model-file.h"
#include "tests/support/idx-files.h"
#include "tests/support/training.h"

#include <signal.h>
#include <sys/resource.h>

/* The last batch of an epoch is short. */
enum { TRAIN = 115, TEST = 60, CLASSES = 4, STEPS = 12 };

typedef struct {
  char *folder;
  char *path;
  InkDataset *dataset;
} Fixture;

static void set_up(Fixture *fixture, gconstpointer data) {
  fixture->folder = test_make_folder();
  fixture->path = g_build_filename(fixture->folder, "run.safetensors", NULL);
  fixture->dataset = test_make_dataset(TRAIN, TEST, CLASSES, 1);
}

static void tear_down(Fixture *fixture, gconstpointer data) {
  test_remove_folder(fixture->folder);
  g_free(fixture->path);
  ink_dataset_unref(fixture->dataset);
}

static InkTrainer *make_trainer(Fixture *fixture) {
  InkRecipe recipe = test_recipe();

  return test_make_trainer(&recipe, fixture->dataset);
}

static void train_steps(InkTrainer *trainer, int steps) {
  for (int i = 0; i < steps; i++)
    ink_trainer_step(trainer);
  test_wait_until(ink_trainer_get_progress(trainer)->updates == steps);
}

/* Trains so many steps, and leaves a checkpoint that stands there. */
static void train_and_interrupt(Fixture *fixture, int steps) {
  g_autoptr(InkTrainer) trainer = make_trainer(fixture);

  ink_trainer_set_checkpoint(trainer, fixture->path);
  train_steps(trainer, steps);
  ink_trainer_interrupt(trainer);
  test_wait_until(test_signals(trainer)->ended);
}

/* FALSE with a sentence if the checkpoint can't be had, or does not fit. */
static gboolean resume(Fixture *fixture, InkTrainer *trainer, GError **error) {
  g_autoptr(InkCheckpoint) checkpoint = ink_checkpoint_load(fixture->path, error);

  if (!checkpoint || !ink_checkpoint_fits(checkpoint, fixture->path, fixture->dataset, error))
    return FALSE;
  ink_trainer_resume(trainer, checkpoint);
  return TRUE;
}

static InkCheckpoint *make_checkpoint(Fixture *fixture) {
  InkShape shape = {.kernel = 3, .pool = INK_POOL_AVERAGE, .classes = CLASSES};
  gsize n = ink_shape_parameters(&shape);
  g_autoptr(InkNetwork) network = ink_network_new_random(
      &shape, 5, ink_dataset_get_class_names(fixture->dataset), "some images");
  InkRecipe recipe = test_recipe();
  InkCheckpoint *checkpoint;

  recipe.kernel = 3;
  recipe.pool = INK_POOL_AVERAGE;
  recipe.learning_rate = 0.1 / 3;
  recipe.seed = G_MAXUINT64;
  recipe.max_steps = 12345678901;
  recipe.shuffled = FALSE;
  checkpoint = ink_checkpoint_new(network, &recipe);
  checkpoint->m = g_new(float, n);
  checkpoint->v = g_new(float, n);
  for (gsize i = 0; i < n; i++) {
    checkpoint->m[i] = -1.5f * i;
    checkpoint->v[i] = 0.25f * i;
  }
  checkpoint->adam_updates = 1234;
  checkpoint->total_updates = 1240;
  checkpoint->run = (InkRunPosition){FALSE, 3, 1, 11, 23, 1.0 / 3};
  checkpoint->dataset_identity = g_strdup(ink_dataset_get_identity(fixture->dataset));
  checkpoint->history = ink_history_new();
  for (int i = 0; i < 41; i++)
    ink_history_add_loss(checkpoint->history, i, 1.0f / (i + 1));
  ink_history_add_test(checkpoint->history, &(InkTestPoint){40, 1, 20, 0.1f, 55, 60});
  ink_history_add_epoch(checkpoint->history, &(InkEpochPoint){0});
  ink_history_set_planned(checkpoint->history, 42);
  return checkpoint;
}

static void assert_same_history(InkHistory *a, InkHistory *b) {
  guint n, m;
  const InkLossPoint *losses_a = ink_history_get_losses(a, &n);
  const InkLossPoint *losses_b = ink_history_get_losses(b, &m);
  const InkTestPoint *tests_a, *tests_b;
  const InkEpochPoint *epochs_a, *epochs_b;

  g_assert_cmpuint(n, ==, m);
  for (guint i = 0; i < n; i++) {
    g_assert_cmpint(losses_a[i].step, ==, losses_b[i].step);
    g_assert_cmpint(losses_a[i].steps, ==, losses_b[i].steps);
    g_assert_cmpfloat(losses_a[i].loss, ==, losses_b[i].loss);
  }
  tests_a = ink_history_get_tests(a, &n);
  tests_b = ink_history_get_tests(b, &m);
  g_assert_cmpuint(n, ==, m);
  for (guint i = 0; i < n; i++) {
    g_assert_cmpint(tests_a[i].step, ==, tests_b[i].step);
    g_assert_cmpint(tests_a[i].epoch, ==, tests_b[i].epoch);
    g_assert_cmpint(tests_a[i].epoch_step, ==, tests_b[i].epoch_step);
    g_assert_cmpfloat(tests_a[i].loss, ==, tests_b[i].loss);
    g_assert_cmpuint(tests_a[i].correct, ==, tests_b[i].correct);
    g_assert_cmpuint(tests_a[i].total, ==, tests_b[i].total);
  }
  epochs_a = ink_history_get_epochs(a, &n);
  epochs_b = ink_history_get_epochs(b, &m);
  g_assert_cmpuint(n, ==, m);
  for (guint i = 0; i < n; i++) {
    g_assert_cmpint(epochs_a[i].step, ==, epochs_b[i].step);
    g_assert_cmpint(epochs_a[i].epoch, ==, epochs_b[i].epoch);
  }
  g_assert_cmpint(ink_history_get_planned(a), ==, ink_history_get_planned(b));
}

static void test_round_trip(Fixture *fixture, gconstpointer data) {
  g_autoptr(InkCheckpoint) saved = make_checkpoint(fixture);
  g_autoptr(InkCheckpoint) loaded = NULL;
  gsize n = ink_shape_parameters(ink_network_get_shape(saved->network)) * sizeof(float);
  g_autoptr(GError) error = NULL;

  g_assert_true(ink_checkpoint_save(saved, fixture->path, &error));
  g_assert_no_error(error);
  loaded = ink_checkpoint_load(fixture->path, &error);
  g_assert_no_error(error);

  g_assert_true(test_same_weights(loaded->network, saved->network));
  g_assert_cmpmem(loaded->m, n, saved->m, n);
  g_assert_cmpmem(loaded->v, n, saved->v, n);
  g_assert_cmpint(loaded->adam_updates, ==, saved->adam_updates);
  g_assert_cmpint(loaded->total_updates, ==, saved->total_updates);
  g_assert_cmpint(loaded->recipe.kernel, ==, saved->recipe.kernel);
  g_assert_cmpint(loaded->recipe.pool, ==, saved->recipe.pool);
  g_assert_cmpint(loaded->recipe.epochs, ==, saved->recipe.epochs);
  g_assert_cmpint(loaded->recipe.batch, ==, saved->recipe.batch);
  g_assert_cmpfloat(loaded->recipe.learning_rate, ==, saved->recipe.learning_rate);
  g_assert_cmpuint(loaded->recipe.seed, ==, saved->recipe.seed);
  g_assert_cmpint(loaded->recipe.eval_every, ==, saved->recipe.eval_every);
  g_assert_cmpuint(loaded->recipe.eval_samples, ==, saved->recipe.eval_samples);
  g_assert_cmpuint(loaded->recipe.max_steps, ==, saved->recipe.max_steps);
  g_assert_cmpint(loaded->recipe.shuffled, ==, saved->recipe.shuffled);
  g_assert_cmpint(loaded->run.finished, ==, saved->run.finished);
  g_assert_cmpint(loaded->run.epochs_before, ==, saved->run.epochs_before);
  g_assert_cmpint(loaded->run.epoch, ==, saved->run.epoch);
  g_assert_cmpint(loaded->run.epoch_step, ==, saved->run.epoch_step);
  g_assert_cmpint(loaded->run.updates, ==, saved->run.updates);
  g_assert_cmpfloat(loaded->run.seconds, ==, saved->run.seconds);
  g_assert_cmpstr(loaded->dataset_identity, ==, saved->dataset_identity);
  assert_same_history(loaded->history, saved->history);
}

/* Some steps, a checkpoint and the rest end at the same bits as all at once, history included. */
static void test_resume(Fixture *fixture, gconstpointer data) {
  g_autoptr(InkTrainer) straight = make_trainer(fixture);
  const int stops[] = {1, 8, STEPS - 1, STEPS, STEPS + 1, 2 * STEPS - 1};

  test_run(straight);
  for (guint i = 0; i < G_N_ELEMENTS(stops); i++) {
    g_autoptr(InkTrainer) trainer = ink_trainer_new();
    TestSignals *signals = test_watch(trainer);
    g_autoptr(GError) error = NULL;

    train_and_interrupt(fixture, stops[i]);
    ink_trainer_set_dataset(trainer, fixture->dataset);
    ink_trainer_set_device(trainer, test_device(), 0);
    g_assert_true(resume(fixture, trainer, &error));
    g_assert_no_error(error);
    g_assert_cmpint(ink_trainer_get_state(trainer), ==, INK_TRAINER_PAUSED);
    g_assert_cmpint(ink_trainer_get_progress(trainer)->updates, ==, stops[i]);
    g_assert_cmpint(ink_trainer_get_progress(trainer)->planned, ==, 2 * STEPS);
    g_assert_cmpint(ink_trainer_get_recipe(trainer)->batch, ==, 10);
    ink_trainer_start(trainer);
    test_wait_until(signals->ended);
    g_assert_cmpint(ink_trainer_get_outcome(trainer), ==, INK_OUTCOME_FINISHED);
    g_assert_cmpint(ink_trainer_get_progress(trainer)->updates, ==, 2 * STEPS);
    g_assert_true(
        test_same_weights(ink_trainer_get_network(trainer), ink_trainer_get_network(straight)));
    assert_same_history(ink_trainer_get_history(trainer), ink_trainer_get_history(straight));
  }
}

/* What was finished is not trained again, but on. */
static void test_resume_finished(Fixture *fixture, gconstpointer data) {
  g_autoptr(InkTrainer) first = make_trainer(fixture);
  g_autoptr(InkTrainer) second = make_trainer(fixture);

  ink_trainer_set_checkpoint(first, fixture->path);
  test_run(first);
  g_assert_true(resume(fixture, second, NULL));
  g_assert_cmpint(ink_trainer_get_state(second), ==, INK_TRAINER_IDLE);
  test_run(first);
  test_run(second);
  g_assert_cmpint(ink_trainer_get_progress(second)->total_updates, ==, 4 * STEPS);
  g_assert_true(test_same_weights(ink_trainer_get_network(first), ink_trainer_get_network(second)));
}

/* Stopping what was resumed and never started ends that run. */
static void test_resume_and_stop(Fixture *fixture, gconstpointer data) {
  g_autoptr(InkTrainer) trainer = make_trainer(fixture);

  train_and_interrupt(fixture, 5);
  g_assert_true(resume(fixture, trainer, NULL));
  ink_trainer_stop(trainer);
  test_wait_until(test_signals(trainer)->ended);
  g_assert_cmpint(ink_trainer_get_outcome(trainer), ==, INK_OUTCOME_STOPPED);
  test_run(trainer);
  g_assert_cmpint(ink_trainer_get_progress(trainer)->updates, ==, 2 * STEPS);
  g_assert_cmpint(ink_trainer_get_progress(trainer)->total_updates, ==, 5 + 2 * STEPS);
}

/* What the person has stopped does not go on: the next run is a new one, to the same bits as
 * without the checkpoint between. */
static void test_resume_stopped(Fixture *fixture, gconstpointer data) {
  g_autoptr(InkTrainer) first = make_trainer(fixture);
  g_autoptr(InkTrainer) second = make_trainer(fixture);

  ink_trainer_set_checkpoint(first, fixture->path);
  train_steps(first, 5);
  ink_trainer_stop(first);
  test_wait_until(test_signals(first)->ended);
  g_assert_true(resume(fixture, second, NULL));
  g_assert_cmpint(ink_trainer_get_state(second), ==, INK_TRAINER_IDLE);
  test_run(first);
  test_run(second);
  g_assert_cmpint(ink_trainer_get_progress(second)->total_updates, ==, 5 + 2 * STEPS);
  g_assert_true(test_same_weights(ink_trainer_get_network(first), ink_trainer_get_network(second)));
}

/* A trainer that goes away in the middle of a run leaves the last steps, too, which no interim test
 * has seen. */
static void test_leave(Fixture *fixture, gconstpointer data) {
  g_autoptr(InkTrainer) straight = make_trainer(fixture);
  g_autoptr(InkTrainer) second = make_trainer(fixture);
  InkTrainer *first = make_trainer(fixture);
  gint64 updates;

  test_run(straight);
  ink_trainer_set_checkpoint(first, fixture->path);
  ink_trainer_start(first);
  test_wait_until(ink_trainer_get_progress(first)->updates > 0);
  updates = ink_trainer_get_progress(first)->updates;
  g_object_unref(first);
  g_assert_true(resume(fixture, second, NULL));
  g_assert_cmpint(ink_trainer_get_progress(second)->updates, >=, updates);
  if (ink_trainer_get_progress(second)->updates < 2 * STEPS) /* else it was over sooner than seen */
    test_run(second);
  g_assert_true(
      test_same_weights(ink_trainer_get_network(straight), ink_trainer_get_network(second)));
}

/* A trainer that goes away right after its run leaves the last test of it, too. */
static void test_leave_at_the_end(Fixture *fixture, gconstpointer data) {
  g_autoptr(InkDataset) large = test_make_dataset(TRAIN, 20000, CLASSES, 1);
  InkRecipe recipe = test_recipe();
  InkTrainer *trainer = test_make_trainer(&recipe, large);
  g_autoptr(InkCheckpoint) checkpoint = NULL;
  const InkTestPoint *tests;
  guint n;

  ink_trainer_set_checkpoint(trainer, fixture->path);
  ink_trainer_start(trainer);
  test_wait_until(ink_trainer_get_state(trainer) == INK_TRAINER_IDLE);
  g_object_unref(trainer);
  checkpoint = ink_checkpoint_load(fixture->path, NULL);
  g_assert_nonnull(checkpoint);
  g_assert_true(checkpoint->run.finished);
  tests = ink_history_get_tests(checkpoint->history, &n);
  g_assert_cmpint(tests[n - 1].step, ==, checkpoint->total_updates - 1);
  g_assert_cmpuint(tests[n - 1].total, ==, recipe.eval_samples);
}

/* A checkpoint of what is given up would bring it back. */
static void test_forget(Fixture *fixture, gconstpointer data) {
  g_autoptr(InkTrainer) trainer = make_trainer(fixture);

  ink_trainer_set_checkpoint(trainer, fixture->path);
  test_run(trainer);
  g_assert_true(g_file_test(fixture->path, G_FILE_TEST_EXISTS));
  ink_trainer_reset(trainer);
  test_wait_until(!g_file_test(fixture->path, G_FILE_TEST_EXISTS));
}

/* What is resumed is not given up, though it takes the place of a network, nor what another has
 * left. */
static void test_keep(Fixture *fixture, gconstpointer data) {
  g_autoptr(InkTrainer) trainer = make_trainer(fixture);

  train_and_interrupt(fixture, 5);
  ink_trainer_set_checkpoint(trainer, fixture->path);
  ink_trainer_reset(trainer);
  g_assert_true(resume(fixture, trainer, NULL));
  ink_trainer_test(trainer);
  test_wait_until(ink_trainer_get_test_result(trainer));
  g_clear_object(&trainer);
  g_assert_true(g_file_test(fixture->path, G_FILE_TEST_EXISTS));
}

/* The predictions of what was resumed are those of the end of its run, and do not change it. */
static void test_resumed_is_tested(Fixture *fixture, gconstpointer data) {
  g_autoptr(InkTrainer) first = make_trainer(fixture);
  g_autoptr(InkTrainer) second = make_trainer(fixture);
  InkTestResult *result;

  ink_trainer_set_checkpoint(first, fixture->path);
  test_run(first);
  g_assert_true(resume(fixture, second, NULL));
  ink_trainer_test(second);
  test_wait_until(result = ink_trainer_get_test_result(second));
  g_assert_true(result->complete);
  g_assert_cmpint(ink_trainer_get_state(second), ==, INK_TRAINER_IDLE);
  g_assert_cmpmem(result->loss, result->count * sizeof(float),
                  ink_trainer_get_test_result(first)->loss, TEST * sizeof(float));
  test_run(first);
  test_run(second);
  g_assert_true(test_same_weights(ink_trainer_get_network(first), ink_trainer_get_network(second)));
}

static void test_opens_as_model(Fixture *fixture, gconstpointer data) {
  g_autoptr(InkCheckpoint) checkpoint = make_checkpoint(fixture);
  g_autoptr(InkNetwork) network = NULL;

  g_assert_true(ink_checkpoint_save(checkpoint, fixture->path, NULL));
  network = ink_network_load(fixture->path, NULL, NULL);
  g_assert_true(test_same_weights(network, checkpoint->network));
  g_assert_cmpstr(ink_network_get_dataset(network), ==, "some images");
  g_assert_cmpint(ink_network_get_shape(network)->pool, ==, INK_POOL_AVERAGE);
}

static void assert_refused(Fixture *fixture, const char *pattern) {
  g_autoptr(InkTrainer) trainer = make_trainer(fixture);
  g_autoptr(InkNetwork) before = ink_network_ref(ink_trainer_get_network(trainer));
  g_autoptr(GError) error = NULL;

  g_assert_false(resume(fixture, trainer, &error));
  g_assert_nonnull(error);
  if (!g_pattern_match_simple(pattern, error->message))
    g_error("“%s” is not like “%s”", error->message, pattern);
  g_assert_true(ink_trainer_get_network(trainer) == before);
}

static void test_other_dataset(Fixture *fixture, gconstpointer data) {
  train_and_interrupt(fixture, 1);
  ink_dataset_unref(fixture->dataset);
  fixture->dataset = test_make_dataset(TRAIN, TEST, CLASSES, 2);
  assert_refused(fixture, "“*run.safetensors” can’t be resumed: it was trained on other images*");
}

static void test_only_model(Fixture *fixture, gconstpointer data) {
  g_autoptr(InkTrainer) trainer = make_trainer(fixture);

  g_assert_true(ink_network_save(ink_trainer_get_network(trainer), fixture->path, NULL));
  assert_refused(fixture, "“*run.safetensors” can’t be resumed: * a model, not a checkpoint.");
}

static void test_missing(Fixture *fixture, gconstpointer data) {
  assert_refused(fixture, "Can’t open “*run.safetensors”: *");
}

/* Each of the metadata's numbers, given a value it can't have. */
static void test_wrong_metadata(Fixture *fixture, gconstpointer data) {
  static const struct {
    const char *key, *value;
  } wrong[] = {
      {"epochs", "0"},
      {"epochs", "99999999999"},
      {"batch", "-1"},
      {"batch", "1e3"},
      {"learning_rate", "nan"},
      {"learning_rate", "0"},
      {"learning_rate", "0.1x"},
      {"eval_every", "0"},
      {"seed", "-1"},
      {"shuffled", "2"},
      {"adam_updates", "-5"},
      {"total_updates", "9223372036854775807"},
      {"total_updates", "0"},
      {"run_epoch", "-1"},
      {"run_epoch", ""},
      {"run_epoch", "2147483647"},
      {"run_epoch_step", "12"},
      {"run_updates", "24"},
      {"run_seconds", "-1"},
      {"run_seconds", "inf"},
      {"run_seconds", "1e17"},
      {"history", "{"},
      {"history", "[]"},
      {"history", "{\"losses\":[[0,0,1]],\"tests\":[],\"epochs\":[],"
                  "\"planned\":0}"},
      {"history", "{\"losses\":[[1000000,1,1]],\"tests\":[],\"epochs\":[],\"planned\":0}"},
      {"history", "{\"losses\":[],\"tests\":[[1000000,0,0,1,1,1]],\"epochs\":[],\"planned\":0}"},
      {"pool", "median"},
      {"class_names", "[]"},
      {"class_names", "[1,2,3,4]"},
      {"class_names", "[\"a\\nb\",\"c\",\"d\",\"e\"]"},
      {"dataset_identity", ""},
  };

  for (guint i = 0; i < G_N_ELEMENTS(wrong); i++) {
    g_autoptr(InkCheckpoint) checkpoint = make_checkpoint(fixture);
    g_autoptr(InkSafetensors) file = NULL;

    g_assert_true(ink_checkpoint_save(checkpoint, fixture->path, NULL));
    file = ink_safetensors_load(fixture->path, NULL);
    ink_safetensors_set_metadata(file, wrong[i].key, wrong[i].value);
    g_assert_true(ink_safetensors_save(file, fixture->path, NULL));
    assert_refused(fixture, "*“*run.safetensors”*");
  }
}

/* A disk that takes no more than so many bytes: the old file stays whole. */
static void test_disk_full(Fixture *fixture, gconstpointer data) {
  g_autoptr(InkCheckpoint) checkpoint = make_checkpoint(fixture);
  g_autoptr(InkCheckpoint) old = NULL;
  g_autoptr(GError) error = NULL;
  struct rlimit limit, small;
  g_autoptr(GDir) folder = NULL;

  g_assert_true(ink_checkpoint_save(checkpoint, fixture->path, NULL));
  signal(SIGXFSZ, SIG_IGN);
  g_assert_cmpint(getrlimit(RLIMIT_FSIZE, &limit), ==, 0);
  small = limit;
  small.rlim_cur = 10000;
  g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &small), ==, 0);
  g_assert_false(ink_checkpoint_save(checkpoint, fixture->path, &error));
  g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &limit), ==, 0);
  g_assert_true(g_pattern_match_simple("Can’t save “*run.safetensors”: *.", error->message));

  old = ink_checkpoint_load(fixture->path, NULL);
  g_assert_nonnull(old);
  folder = g_dir_open(fixture->folder, 0, NULL);
  g_assert_cmpstr(g_dir_read_name(folder), ==, "run.safetensors");
  g_assert_null(g_dir_read_name(folder));
}

#define ADD(name, function)                                                                        \
  g_test_add("/checkpoint/" name, Fixture, NULL, set_up, function, tear_down)

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  ADD("round-trip", test_round_trip);
  ADD("resume", test_resume);
  ADD("resume-finished", test_resume_finished);
  ADD("resume-and-stop", test_resume_and_stop);
  ADD("resume-stopped", test_resume_stopped);
  ADD("leave", test_leave);
  ADD("leave-at-the-end", test_leave_at_the_end);
  ADD("forget", test_forget);
  ADD("keep", test_keep);
  ADD("resumed-is-tested", test_resumed_is_tested);
  ADD("opens-as-model", test_opens_as_model);
  ADD("other-dataset", test_other_dataset);
  ADD("only-model", test_only_model);
  ADD("missing", test_missing);
  ADD("wrong-metadata", test_wrong_metadata);
  ADD("disk-full", test_disk_full);
  return g_test_run();
}
