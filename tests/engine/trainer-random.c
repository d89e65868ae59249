/* A thousand things done to trainers in random order, at any moment, destroying them included. */
#include "tests/support/fake-backend.h"
#include "tests/support/idx-files.h"
#include "tests/support/training.h"

enum { OPERATIONS = 1000, DATASETS = 3 };

typedef struct {
  InkDataset *datasets[DATASETS];
  InkNetwork *network;
  char *checkpoint;
  InkTrainer *trainer;
} Fixture;

static void make(Fixture *fixture) {
  InkRecipe recipe = test_recipe();

  fixture->trainer = test_make_trainer(&recipe, fixture->datasets[0]);
  ink_trainer_set_background(fixture->trainer, g_test_rand_bit());
}

static void change_recipe(InkTrainer *trainer) {
  InkRecipe recipe = test_recipe();

  recipe.kernel = g_test_rand_bit() ? 3 : 5;
  recipe.pool = g_test_rand_bit() ? INK_POOL_MAX : INK_POOL_AVERAGE;
  recipe.batch = g_test_rand_int_range(1, 40);
  recipe.epochs = g_test_rand_int_range(1, 4);
  recipe.eval_every = g_test_rand_int_range(1, 10);
  recipe.eval_samples = g_test_rand_int_range(0, 50);
  recipe.max_steps = g_test_rand_int_range(0, 15);
  recipe.learning_rate = g_test_rand_double_range(1e-4, 1);
  recipe.shuffled = g_test_rand_bit();
  ink_trainer_set_recipe(trainer, &recipe);
}

static void change_device(InkTrainer *trainer) {
  const InkDeviceEntry *device = g_test_rand_bit() ? test_backend_device() : test_device();

  ink_trainer_set_device(trainer, device, g_test_rand_int_range(0, 4));
  test_backend_set_train_status(g_test_rand_int_range(0, 4) ? INK_OK : INK_DEVICE_LOST);
  test_backend_set_open_status(g_test_rand_int_range(0, 4) ? INK_OK : INK_NO_MEMORY);
}

static void resume(Fixture *fixture) {
  g_autoptr(InkCheckpoint) checkpoint = ink_checkpoint_load(fixture->checkpoint, NULL);
  InkDataset *dataset = ink_trainer_get_dataset(fixture->trainer);

  if (checkpoint && ink_checkpoint_fits(checkpoint, fixture->checkpoint, dataset, NULL))
    ink_trainer_resume(fixture->trainer, checkpoint);
}

static void operate(Fixture *fixture) {
  InkTrainer *trainer = fixture->trainer;

  switch (g_test_rand_int_range(0, 19)) {
  case 0:
  case 1:
  case 2:
  case 3:
    ink_trainer_start(trainer);
    break;
  case 4:
  case 5:
    ink_trainer_pause(trainer);
    break;
  case 6:
  case 7:
    ink_trainer_step(trainer);
    break;
  case 8:
    ink_trainer_stop(trainer);
    break;
  case 9:
    ink_trainer_interrupt(trainer);
    break;
  case 10:
    ink_trainer_reset(trainer);
    break;
  case 11:
  case 12:
    change_recipe(trainer);
    break;
  case 13:
    change_device(trainer);
    break;
  case 14:
    ink_trainer_set_dataset(trainer, fixture->datasets[g_test_rand_int_range(0, DATASETS)]);
    break;
  case 15:
    ink_trainer_set_network(trainer, fixture->network);
    break;
  case 16:
    ink_trainer_set_checkpoint(trainer, g_test_rand_bit() ? fixture->checkpoint : NULL);
    resume(fixture);
    break;
  case 17:
    ink_trainer_test(trainer);
    break;
  default:
    g_clear_object(&fixture->trainer);
    make(fixture);
  }
}

/* What can be seen is of the images that are set. */
static void check(InkTrainer *trainer) {
  InkDataset *dataset = ink_trainer_get_dataset(trainer);
  const InkBatchView *batch = ink_trainer_get_batch(trainer);
  const InkTestResult *result = ink_trainer_get_test_result(trainer);

  for (guint i = 0; batch && i < batch->count; i++)
    g_assert_cmpuint(batch->samples[i], <, ink_dataset_get_count(dataset, INK_TRAIN));
  if (!result)
    return;
  g_assert_cmpuint(result->count, <=, ink_dataset_get_count(dataset, INK_TEST));
  g_assert_cmpuint(result->classes, ==, ink_dataset_get_classes(dataset));
}

/* Fewer images than a data set has, under its name. */
static InkDataset *make_namesake(InkDataset *dataset, const char *folder) {
  g_autofree char *inner = g_build_filename(folder, ink_dataset_get_name(dataset), NULL);

  return test_make_dataset_in(inner, 30, 10, ink_dataset_get_classes(dataset), 3);
}

static void test_random(void) {
  Fixture fixture = {
      .datasets = {test_make_dataset(100, 60, 4, 1), test_make_dataset(70, 20, 3, 2)}};
  InkShape shape = {.kernel = 3, .pool = INK_POOL_MAX, .classes = 4};
  char *folder = test_make_folder();
  guint threads = test_count_threads();

  fixture.datasets[2] = make_namesake(fixture.datasets[0], folder);
  fixture.network = ink_network_new_random(&shape, 1, NULL, NULL);
  fixture.checkpoint = g_build_filename(folder, "checkpoint.safetensors", NULL);
  test_backend_reset();
  make(&fixture);
  for (int i = 0; i < OPERATIONS; i++) {
    operate(&fixture);
    for (int turns = g_test_rand_int_range(-2, 3); turns > 0; turns--)
      test_turn();
    check(fixture.trainer);
  }

  /* It still works, and nothing is left behind. */
  test_backend_reset();
  g_clear_object(&fixture.trainer);
  make(&fixture);
  test_run(fixture.trainer);
  g_assert_cmpint(ink_trainer_get_outcome(fixture.trainer), ==, INK_OUTCOME_FINISHED);
  g_clear_object(&fixture.trainer);
  test_wait_until(test_count_threads() == threads);

  ink_network_unref(fixture.network);
  for (guint i = 0; i < DATASETS; i++)
    ink_dataset_unref(fixture.datasets[i]);
  g_free(fixture.checkpoint);
  test_remove_folder(folder);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/trainer-random/thousand-operations", test_random);
  return g_test_run();
}
