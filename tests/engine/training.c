/* Runs that go wrong, on a device that does what the test wants. */
#include "engine/idx.h"
#include "tests/support/fake-backend.h"
#include "tests/support/idx-files.h"
#include "tests/support/training.h"

#include <glib/gstdio.h>
#include <math.h>
#include <unistd.h>

enum { TRAIN = 200, TEST = 60, CLASSES = 4, STEPS = 20 };

static InkDataset *dataset; /* shared by all tests */

static InkTrainer *make_trainer(guint64 max_steps) {
  InkRecipe recipe = test_recipe();
  InkTrainer *trainer;

  recipe.max_steps = max_steps;
  trainer = test_make_trainer(&recipe, dataset);
  test_backend_reset();
  ink_trainer_set_device(trainer, test_backend_device(), 1);
  return trainer;
}

static void assert_said(InkTrainer *trainer, const char *pattern) {
  g_assert_cmpuint(test_signals(trainer)->failed, ==, 1);
  if (!g_pattern_match_simple(pattern, test_signals(trainer)->sentence))
    g_error("“%s” is not like “%s”", test_signals(trainer)->sentence, pattern);
}

static void assert_failed(InkTrainer *trainer, const char *pattern) {
  g_assert_cmpint(ink_trainer_get_state(trainer), ==, INK_TRAINER_IDLE);
  g_assert_cmpint(ink_trainer_get_outcome(trainer), ==, INK_OUTCOME_FAILED);
  assert_said(trainer, pattern);
}

static void assert_paused(InkTrainer *trainer, const char *pattern) {
  g_assert_cmpint(ink_trainer_get_state(trainer), ==, INK_TRAINER_PAUSED);
  g_assert_cmpint(ink_trainer_get_outcome(trainer), ==, INK_OUTCOME_NONE);
  g_assert_cmpuint(test_signals(trainer)->ended, ==, 0);
  assert_said(trainer, pattern);
}

/* The second epoch's sixth step is no number: back to the test after its first, Adam included. */
static void test_not_finite(void) {
  g_autoptr(InkTrainer) straight = make_trainer(STEPS + 1);
  g_autoptr(InkTrainer) trainer = NULL;
  InkRecipe recipe = test_recipe();
  const InkLossPoint *losses;
  guint n;

  test_run(straight);
  trainer = make_trainer(0);
  test_backend_spoil_from(STEPS + 5);
  test_run(trainer);
  assert_failed(trainer, "The loss is no longer a number after step * of epoch 2.*");
  g_assert_true(
      test_same_weights(ink_trainer_get_network(trainer), ink_trainer_get_network(straight)));
  g_assert_true(ink_trainer_get_test_result(trainer)->complete);
  g_assert_cmpuint(ink_trainer_get_test_result(trainer)->correct, ==,
                   ink_trainer_get_test_result(straight)->correct);
  losses = ink_history_get_losses(ink_trainer_get_history(trainer), &n);
  g_assert_cmpuint(n, ==, STEPS + 5);
  for (guint i = 0; i < n; i++)
    g_assert_true(isfinite(losses[i].loss));

  /* Both train on for one run: the same bits again. */
  test_backend_reset();
  ink_trainer_set_recipe(straight, &recipe);
  test_run(straight);
  test_run(trainer);
  g_assert_cmpint(ink_trainer_get_outcome(trainer), ==, INK_OUTCOME_FINISHED);
  g_assert_true(
      test_same_weights(ink_trainer_get_network(trainer), ink_trainer_get_network(straight)));
}

static void test_not_finite_at_once(void) {
  g_autoptr(InkTrainer) trainer = make_trainer(0);
  g_autoptr(InkNetwork) untrained = ink_network_ref(ink_trainer_get_network(trainer));

  test_backend_spoil_from(0);
  test_run(trainer);
  assert_failed(trainer, "The loss is no longer a number after step 0 of epoch 1.*");
  g_assert_true(test_same_weights(ink_trainer_get_network(trainer), untrained));
}

/* A model file may hold anything. */
static void test_not_finite_weights(void) {
  g_autoptr(InkTrainer) trainer = make_trainer(0);
  const InkShape *shape = ink_network_get_shape(ink_trainer_get_network(trainer));
  gsize n = ink_shape_parameters(shape);
  g_autofree float *parameters = g_new(float, n);
  g_autoptr(InkNetwork) network = NULL;

  for (gsize i = 0; i < n; i++)
    parameters[i] = i % 2 ? NAN : INFINITY;
  network = ink_network_new(shape, parameters, NULL, NULL);
  ink_trainer_set_network(trainer, network);
  test_run(trainer);
  assert_failed(trainer, "The loss is no longer a number after step 0 of epoch 1.*");
  g_assert_true(ink_trainer_get_test_result(trainer)->complete);
}

/* The weights after so many steps of an undisturbed run; 0: all. */
static InkNetwork *weights_after(guint64 max_steps) {
  g_autoptr(InkTrainer) trainer = make_trainer(max_steps);

  test_run(trainer);
  return ink_network_ref(ink_trainer_get_network(trainer));
}

/* The run is paused at the last test, and goes on from there to the same bits. */
static void test_device_lost(void) {
  g_autoptr(InkNetwork) tested = weights_after(1), trained = weights_after(0);
  InkStatus statuses[] = {INK_DEVICE_LOST, INK_NO_MEMORY, INK_BAD_ARGUMENT};

  for (guint i = 0; i < G_N_ELEMENTS(statuses); i++) {
    g_autoptr(InkTrainer) trainer = make_trainer(0);
    gint64 lost_at = i == 0 ? 1 : 3;

    for (gint64 step = 0; step < lost_at; step++)
      ink_trainer_step(trainer);
    test_wait_until(ink_trainer_get_progress(trainer)->updates == lost_at);
    test_backend_set_train_status(statuses[i]);
    ink_trainer_start(trainer);
    test_wait_until(test_signals(trainer)->failed);
    assert_paused(trainer, "*“Fake device”*");
    g_assert_cmpint(ink_trainer_get_progress(trainer)->updates, ==, 1);
    g_assert_cmpint(ink_trainer_get_progress(trainer)->total_updates, ==, lost_at);
    g_assert_true(test_same_weights(ink_trainer_get_network(trainer), tested));

    test_backend_set_train_status(INK_OK);
    test_run(trainer);
    g_assert_cmpint(ink_trainer_get_outcome(trainer), ==, INK_OUTCOME_FINISHED);
    g_assert_cmpint(ink_trainer_get_progress(trainer)->updates, ==, 2 * STEPS);
    g_assert_true(test_same_weights(ink_trainer_get_network(trainer), trained));
  }
}

/* Each attempt on a device that stays lost fails once more, and nothing else changes; a run that is
 * stopped there keeps its network. */
static void test_device_stays_lost(void) {
  g_autoptr(InkNetwork) tested = weights_after(1);
  g_autoptr(InkTrainer) trainer = make_trainer(0);

  ink_trainer_step(trainer);
  test_wait_until(ink_trainer_get_progress(trainer)->updates == 1);
  test_backend_set_train_status(INK_DEVICE_LOST);
  for (guint i = 1; i <= 4; i++) {
    (i % 2 ? ink_trainer_start : ink_trainer_step)(trainer);
    test_wait_until(test_signals(trainer)->failed == i);
    g_assert_cmpint(ink_trainer_get_state(trainer), ==, INK_TRAINER_PAUSED);
    g_assert_cmpint(ink_trainer_get_progress(trainer)->updates, ==, 1);
  }
  ink_trainer_stop(trainer);
  test_wait_until(test_signals(trainer)->ended);
  g_assert_cmpint(ink_trainer_get_outcome(trainer), ==, INK_OUTCOME_STOPPED);
  g_assert_true(test_same_weights(ink_trainer_get_network(trainer), tested));
}

/* There is nothing to go on with. */
static void test_device_lost_at_once(void) {
  g_autoptr(InkTrainer) trainer = make_trainer(0);

  test_backend_set_train_status(INK_DEVICE_LOST);
  test_run(trainer);
  assert_failed(trainer, "*“Fake device”*");
  test_backend_set_train_status(INK_OK);
  test_run(trainer);
  g_assert_cmpint(ink_trainer_get_outcome(trainer), ==, INK_OUTCOME_FINISHED);
}

static void test_cannot_open(void) {
  g_autoptr(InkTrainer) trainer = make_trainer(0);

  test_backend_set_open_status(INK_NO_DEVICE);
  test_run(trainer);
  assert_failed(trainer, "The fake device is out of order.");
  g_assert_cmpint(ink_trainer_get_progress(trainer)->updates, ==, 0);
  test_backend_set_open_status(INK_OK);
  test_run(trainer);
  g_assert_cmpint(ink_trainer_get_outcome(trainer), ==, INK_OUTCOME_FINISHED);
}

/* The run is paused, and goes on where it can. */
static void test_cannot_move(void) {
  g_autoptr(InkNetwork) trained = weights_after(0);
  g_autoptr(InkTrainer) trainer = make_trainer(0);

  ink_trainer_set_device(trainer, test_device(), 1);
  for (int i = 0; i < 3; i++)
    ink_trainer_step(trainer);
  test_wait_until(ink_trainer_get_progress(trainer)->updates == 3);
  test_backend_set_open_status(INK_NO_MEMORY);
  ink_trainer_set_device(trainer, test_backend_device(), 1);
  ink_trainer_start(trainer);
  test_wait_until(test_signals(trainer)->failed);
  assert_paused(trainer, "The fake device is out of order.");

  ink_trainer_set_device(trainer, test_device(), 1);
  g_assert_cmpint(ink_trainer_get_progress(trainer)->total_updates, ==, 3);
  test_run(trainer);
  g_assert_cmpint(ink_trainer_get_outcome(trainer), ==, INK_OUTCOME_FINISHED);
  g_assert_cmpint(ink_trainer_get_progress(trainer)->total_updates, ==, 2 * STEPS);
  g_assert_true(test_same_weights(ink_trainer_get_network(trainer), trained));
}

static void test_other_classes(void) {
  g_autoptr(InkTrainer) trainer = make_trainer(0);
  InkShape shape = {.kernel = 3, .pool = INK_POOL_MAX, .classes = CLASSES + 3};
  g_autoptr(InkNetwork) network = ink_network_new_random(&shape, 1, NULL, NULL);

  ink_trainer_set_network(trainer, network);
  test_run(trainer);
  assert_failed(trainer, "The network tells 7 classes apart, but the data set has 4;*");
}

/* Replaces one split's files by so many black images that theirs is mapped; a sparse file costs no
 * disk. Free its path with g_free(). */
static char *write_mapped(const char *folder, const char *images_name, const char *labels_name) {
  const guint32 shape[] = {INK_IDX_READ_LIMIT / INK_PIXELS + 1, INK_SIDE, INK_SIDE};
  g_autofree guint8 *zeros = g_malloc0(shape[0]);
  g_autoptr(GByteArray) images = test_idx(3, (guint32[]){1, INK_SIDE, INK_SIDE}, zeros);
  g_autoptr(GByteArray) labels = test_idx(1, shape, zeros);
  guint32 count = GUINT32_TO_BE(shape[0]);
  char *path = g_build_filename(folder, images_name, NULL);

  memcpy(images->data + 4, &count, sizeof count);
  test_write(folder, images_name, images->data, images->len);
  test_write(folder, labels_name, labels->data, labels->len);
  g_assert_cmpint(truncate(path, 16 + (off_t)shape[0] * INK_PIXELS), ==, 0);
  return path;
}

/* Images that were cut short on the disk are not looked at, neither to train nor to test on, and
 * the network stays what it was. */
static void check_cut_short(const char *images_name, const char *labels_name, guint runs_before) {
  char *folder = test_make_folder();
  g_autofree char *path = NULL;
  g_autoptr(InkDataset) mapped = NULL;
  g_autoptr(InkNetwork) network = NULL;
  g_autoptr(InkTrainer) trainer = NULL;
  InkRecipe recipe = test_recipe();
  g_autoptr(GError) error = NULL;

  recipe.max_steps = 1;
  test_write_dataset(folder, TRAIN, TEST, CLASSES, 1);
  path = write_mapped(folder, images_name, labels_name);
  mapped = ink_dataset_open(folder, &error);
  g_assert_no_error(error);
  trainer = test_make_trainer(&recipe, mapped);
  for (guint i = 0; i < runs_before; i++)
    test_run(trainer);
  network = ink_network_ref(ink_trainer_get_network(trainer));

  g_assert_cmpint(truncate(path, 16), ==, 0);
  test_run(trainer);
  assert_failed(trainer, "*changed its size on disk*");
  g_assert_true(test_same_weights(ink_trainer_get_network(trainer), network));
  test_remove_folder(folder);
}

static void test_cut_short(void) {
  check_cut_short("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte", 0);
  check_cut_short("train-images-idx3-ubyte", "train-labels-idx1-ubyte", 1);
}

static void test_unwritable_checkpoint(void) {
  g_autoptr(InkTrainer) trainer = make_trainer(0);

  ink_trainer_set_checkpoint(trainer, "/proc/nonexistent/folder/checkpoint.safetensors");
  test_run(trainer);
  g_assert_cmpint(ink_trainer_get_outcome(trainer), ==, INK_OUTCOME_FINISHED);
  g_assert_cmpuint(test_signals(trainer)->failed, ==, 1);
  g_assert_cmpstr(test_signals(trainer)->sentence, ==,
                  "Can’t save “/proc/nonexistent/folder/checkpoint.safetensors”: there is no such "
                  "folder.");
}

/* What is given up would come back: a folder is in its place, which can't be removed as a file is,
 * also by root. */
static void test_unremovable_checkpoint(void) {
  g_autoptr(InkTrainer) trainer = make_trainer(0);
  char *folder = test_make_folder();
  g_autofree char *path = g_build_filename(folder, "checkpoint.safetensors", NULL);

  ink_trainer_set_checkpoint(trainer, path);
  test_run(trainer);
  g_assert_cmpint(g_remove(path), ==, 0);
  g_assert_cmpint(g_mkdir(path, 0700), ==, 0);
  ink_trainer_reset(trainer);
  test_wait_until(test_signals(trainer)->failed);
  assert_said(trainer, "*checkpoint.safetensors” can’t be removed: *the next start brings back*");
  g_assert_true(ink_trainer_is_unkept(trainer));
  g_clear_object(&trainer);
  test_remove_folder(folder);
}

/* That the disk takes checkpoints again is told as well. */
static void test_kept_again(void) {
  g_autoptr(InkTrainer) trainer = make_trainer(0);
  char *folder = test_make_folder();
  g_autofree char *later = g_build_filename(folder, "later", NULL);
  g_autofree char *path = g_build_filename(later, "checkpoint.safetensors", NULL);

  ink_trainer_set_checkpoint(trainer, path);
  ink_trainer_step(trainer);
  test_wait_until(test_signals(trainer)->failed);
  g_assert_true(ink_trainer_is_unkept(trainer));
  g_assert_cmpint(g_mkdir(later, 0700), ==, 0);
  ink_trainer_step(trainer);
  test_wait_until(!ink_trainer_is_unkept(trainer));
  g_assert_true(g_file_test(path, G_FILE_TEST_EXISTS));
  g_assert_cmpuint(test_signals(trainer)->failed, ==, 1);
  g_clear_object(&trainer);
  test_remove_folder(folder);
}

int main(int argc, char **argv) {
  int status;

  g_test_init(&argc, &argv, NULL);
  dataset = test_make_dataset(TRAIN, TEST, CLASSES, 1);
  g_test_add_func("/training/not-finite", test_not_finite);
  g_test_add_func("/training/not-finite-at-once", test_not_finite_at_once);
  g_test_add_func("/training/not-finite-weights", test_not_finite_weights);
  g_test_add_func("/training/device-lost", test_device_lost);
  g_test_add_func("/training/device-stays-lost", test_device_stays_lost);
  g_test_add_func("/training/device-lost-at-once", test_device_lost_at_once);
  g_test_add_func("/training/cannot-open", test_cannot_open);
  g_test_add_func("/training/cannot-move", test_cannot_move);
  g_test_add_func("/training/other-classes", test_other_classes);
  g_test_add_func("/training/cut-short", test_cut_short);
  g_test_add_func("/training/unwritable-checkpoint", test_unwritable_checkpoint);
  g_test_add_func("/training/unremovable-checkpoint", test_unremovable_checkpoint);
  g_test_add_func("/training/kept-again", test_kept_again);
  status = g_test_run();
  ink_dataset_unref(dataset);
  return status;
}
