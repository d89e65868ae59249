/* Whole runs on MNIST: what the presets promise, on the device that INKLING_TEST_BACKEND names. */
#include "tests/support/training.h"

/* Of 10,000 test images. */
enum { PROMISED = 9750 };

static void run(InkPreset preset) {
  g_autoptr(GError) error = NULL;
  g_autoptr(InkDataset) dataset = ink_dataset_open("mnist", &error);
  g_autoptr(InkTrainer) trainer = NULL;
  InkRecipe recipe = ink_recipe_for_preset(preset);
  const InkProgress *progress;
  InkTestResult *result;

  if (!dataset) {
    g_test_skip(error->message);
    return;
  }
  trainer = test_make_trainer(&recipe, dataset);
  test_run(trainer);
  progress = ink_trainer_get_progress(trainer);
  result = ink_trainer_get_test_result(trainer);
  g_test_message("%s: %u of %u right after %.2f s, %.0f images a second",
                 ink_preset_get_name(preset), result->correct, result->count, progress->seconds,
                 progress->images_per_second);
  g_assert_cmpint(ink_trainer_get_outcome(trainer), ==, INK_OUTCOME_FINISHED);
  g_assert_true(result->complete);
  g_assert_cmpuint(result->count, ==, 10000);
  g_assert_cmpuint(result->correct, >=, PROMISED);
}

static void test_seed_cpu(void) {
  run(INK_PRESET_SEED_CPU);
}

static void test_seed_gpu(void) {
  run(INK_PRESET_SEED_GPU);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/accuracy/seed-cpu", test_seed_cpu);
  g_test_add_func("/accuracy/seed-gpu", test_seed_gpu);
  return g_test_run();
}
