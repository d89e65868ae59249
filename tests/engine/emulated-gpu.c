/* A run on an emulated GPU that is lost in its middle: it is paused with one sentence, keeps the
 * last state that came back, and goes on on the CPU. */
#include "tests/support/training.h"

enum { TRAIN = 200, TEST = 60, CLASSES = 4, STEPS = 20 };

static InkDataset *dataset; /* shared by all tests */

/* The network after these updates, all on the GPU. */
static InkNetwork *weights_after(gint64 updates) {
  InkRecipe recipe = test_recipe();
  g_autoptr(InkTrainer) trainer = NULL;

  recipe.max_steps = (guint64)updates;
  trainer = test_make_trainer(&recipe, dataset);
  test_run(trainer);
  return ink_network_ref(ink_trainer_get_network(trainer));
}

static void assert_goes_on(InkTrainer *trainer) {
  g_unsetenv("EMULATED_GPU");
  ink_trainer_set_device(trainer, ink_device_find("cpu", NULL), 1);
  test_run(trainer);
  g_assert_cmpint(ink_trainer_get_outcome(trainer), ==, INK_OUTCOME_FINISHED);
  g_assert_cmpint(ink_trainer_get_progress(trainer)->updates, ==, 2 * STEPS);
  g_assert_true(ink_trainer_get_test_result(trainer)->complete);
  g_assert_cmpuint(ink_trainer_get_test_result(trainer)->correct, >, TEST / 2);
}

typedef struct {
  const char *path, *gpu;
  gint64 updates;   /* of the state that is kept; 0: which one is the pace's to say */
  guint64 tests_of; /* images */
} Loss;

/* At any of the launches of a run: steps, tests, with and without cooperative launch. Tests follow
 * steps 0, 7 and 14 of an epoch. The first is one launch; later ones, of one image, at any pace. */
static void test_lost(gconstpointer data) {
  const Loss *loss = data;
  InkRecipe recipe = test_recipe();
  g_autoptr(InkTrainer) trainer = NULL;
  g_autoptr(InkNetwork) tested = NULL;
  gint64 updates;

  recipe.eval_samples = loss->tests_of;
  g_setenv("EMULATED_GPU", loss->gpu, TRUE);
  trainer = test_make_trainer(&recipe, dataset);
  ink_trainer_start(trainer);
  test_wait_until(test_signals(trainer)->failed);
  updates = ink_trainer_get_progress(trainer)->updates;
  g_assert_cmpint(ink_trainer_get_state(trainer), ==, INK_TRAINER_PAUSED);
  g_assert_cmpuint(test_signals(trainer)->ended, ==, 0);
  g_assert_cmpstr(test_signals(trainer)->sentence, ==,
                  "The device “Emulated GPU 0” stopped working; choose another, or start again.");
  g_assert_cmpint(updates % STEPS % 7, ==, 1);
  g_assert_true(loss->updates == 0 || updates == loss->updates);

  /* The GPU does not come back: one sentence more, and nothing has changed. */
  ink_trainer_start(trainer);
  test_wait_until(test_signals(trainer)->failed == 2);
  g_assert_cmpint(ink_trainer_get_state(trainer), ==, INK_TRAINER_PAUSED);
  g_assert_cmpint(ink_trainer_get_progress(trainer)->updates, ==, updates);
  g_assert_true(g_str_has_suffix(test_signals(trainer)->sentence, "train on the CPU."));

  g_unsetenv("EMULATED_GPU");
  tested = weights_after(updates);
  g_assert_true(test_same_weights(ink_trainer_get_network(trainer), tested));
  assert_goes_on(trainer);
}

/* Before anything came back. */
static void test_lost_at_once(void) {
  InkRecipe recipe = test_recipe();
  g_autoptr(InkTrainer) trainer = NULL;

  g_setenv("EMULATED_GPU", "lost_at=1", TRUE);
  trainer = test_make_trainer(&recipe, dataset);
  test_run(trainer);
  g_assert_cmpint(ink_trainer_get_state(trainer), ==, INK_TRAINER_IDLE);
  g_assert_cmpint(ink_trainer_get_outcome(trainer), ==, INK_OUTCOME_FAILED);
  g_assert_cmpuint(test_signals(trainer)->failed, ==, 1);
  assert_goes_on(trainer);
}

int main(int argc, char **argv) {
  /* The state after step 0 is on its way when the third launch, or the fourth, is queued. */
  static const Loss losses[] = {
      {"/emulated-gpu/lost/behind-a-state", "lost_at=3 error=700", 1, TEST},
      {"/emulated-gpu/lost/behind-a-state-chain", "cooperative=0 lost_at=4 error=700", 1, TEST},
      {"/emulated-gpu/lost/illegal-address", "lost_at=9 error=700", 0, 1},
      {"/emulated-gpu/lost/unavailable", "lost_at=14 error=46", 0, 1},
      {"/emulated-gpu/lost/launch-failure", "lost_at=20 error=719", 0, 1},
      {"/emulated-gpu/lost/chain", "cooperative=0 lost_at=25 error=700", 0, 1},
  };
  int status;

  g_test_init(&argc, &argv, NULL);
  dataset = test_make_dataset(TRAIN, TEST, CLASSES, 1);
  for (guint i = 0; i < G_N_ELEMENTS(losses); i++)
    g_test_add_data_func(losses[i].path, &losses[i], test_lost);
  g_test_add_func("/emulated-gpu/lost-at-once", test_lost_at_once);
  status = g_test_run();
  ink_dataset_unref(dataset);
  return status;
}
