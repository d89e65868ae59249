#include "tests/support/training.h"

#include "tests/support/idx-files.h"

InkDataset *test_make_dataset_in(const char *folder, guint train, guint test, guint classes,
                                 guint32 seed) {
  g_autoptr(GError) error = NULL;
  InkDataset *dataset;

  g_assert_cmpint(g_mkdir_with_parents(folder, 0700), ==, 0);
  test_write_dataset(folder, train, test, classes, seed);
  dataset = ink_dataset_open(folder, &error);
  g_assert_no_error(error);
  return dataset;
}

InkDataset *test_make_dataset(guint train, guint test, guint classes, guint32 seed) {
  char *folder = test_make_folder();
  InkDataset *dataset = test_make_dataset_in(folder, train, test, classes, seed);

  test_remove_folder(folder);
  return dataset;
}

const InkDeviceEntry *test_device(void) {
  const char *name = g_getenv("INKLING_TEST_BACKEND");
  g_autoptr(GError) error = NULL;
  const InkDeviceEntry *device = ink_device_find(name ? name : "cpu", &error);

  g_assert_no_error(error);
  return device;
}

InkRecipe test_recipe(void) {
  InkRecipe recipe = ink_recipe_for_preset(INK_PRESET_SEED_GPU);

  recipe.batch = 10;
  recipe.epochs = 2;
  recipe.eval_every = 7;
  recipe.eval_samples = 20;
  return recipe;
}

InkTrainer *test_make_trainer(const InkRecipe *recipe, InkDataset *dataset) {
  InkTrainer *trainer = ink_trainer_new();

  ink_trainer_set_recipe(trainer, recipe);
  ink_trainer_set_dataset(trainer, dataset);
  ink_trainer_set_device(trainer, test_device(), 0);
  test_watch(trainer);
  return trainer;
}

void test_run(InkTrainer *trainer) {
  guint ended = test_signals(trainer)->ended;

  ink_trainer_start(trainer);
  test_wait_until(test_signals(trainer)->ended > ended);
}

gboolean test_same_weights(InkNetwork *a, InkNetwork *b) {
  gsize n = ink_shape_parameters(ink_network_get_shape(a));

  g_assert_cmpuint(ink_shape_parameters(ink_network_get_shape(b)), ==, n);
  return memcmp(ink_network_get_parameters(a), ink_network_get_parameters(b), n * sizeof(float)) ==
         0;
}

#ifdef __SANITIZE_THREAD__
static void *end_at_once(void *data) {
  return data;
}

/* ThreadSanitizer starts a thread of its own with the program's first, and keeps it: so that
 * threads are counted with it throughout, the first is started, and gone, before any test. */
__attribute__((constructor)) static void start_sanitizer_thread(void) {
  pthread_t thread;

  if (pthread_create(&thread, NULL, end_at_once, NULL) == 0)
    pthread_join(thread, NULL);
}
#endif

guint test_count_threads(void) {
  g_autoptr(GDir) tasks = g_dir_open("/proc/self/task", 0, NULL);
  guint n = 0;

  g_assert_nonnull(tasks);
  while (g_dir_read_name(tasks))
    n++;
  return n;
}

static void on_progress(InkTrainer *trainer, TestSignals *signals) {
  signals->progress++;
}

static void on_failed(InkTrainer *trainer, const char *sentence, TestSignals *signals) {
  signals->failed++;
  g_free(signals->sentence);
  signals->sentence = g_strdup(sentence);
}

static void on_ended(InkTrainer *trainer, TestSignals *signals) {
  signals->ended++;
}

static void signals_free(gpointer data) {
  TestSignals *signals = data;

  g_free(signals->sentence);
  g_free(signals);
}

TestSignals *test_watch(InkTrainer *trainer) {
  TestSignals *signals = g_new0(TestSignals, 1);

  g_object_set_data_full(G_OBJECT(trainer), "test-signals", signals, signals_free);
  g_signal_connect(trainer, "progress", G_CALLBACK(on_progress), signals);
  g_signal_connect(trainer, "failed", G_CALLBACK(on_failed), signals);
  g_signal_connect(trainer, "ended", G_CALLBACK(on_ended), signals);
  return signals;
}

TestSignals *test_signals(InkTrainer *trainer) {
  return g_object_get_data(G_OBJECT(trainer), "test-signals");
}
