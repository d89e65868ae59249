/* Nothing is allocated per step: not in the backend, on any of its threads, and around it only as
 * often as the main thread is told of progress. */
#include "tests/support/allocations.h"

#include "kernels/cpu/kernels.h"
#include "kernels/numbers.h"
#include "tests/support/training.h"

#include <pthread.h>
#include <stdlib.h>

enum { IMAGES = 5000, STEPS = 100, BATCH = 20 };

typedef enum { MALLOC, CALLOC, REALLOC, ALIGNED, POSIX, GLIB, WAYS } Way;

typedef struct {
  Way way;
  size_t seen;
} Request;

static void *ask(Way way) {
  void *memory = NULL;

  switch (way) {
  case MALLOC:
    return malloc(40);
  case CALLOC:
    return calloc(1, 40);
  case REALLOC:
    return realloc(NULL, 40);
  case ALIGNED:
    return aligned_alloc(64, 64);
  case POSIX:
    return posix_memalign(&memory, 64, 64) == 0 ? memory : NULL;
  default:
    return g_malloc(40);
  }
}

static void *make_request(void *data) {
  Request *request = data;
  size_t before = allocations_count();
  void *volatile memory = ask(request->way);

  request->seen = allocations_count() - before;
  free(memory);
  return NULL;
}

/* The counter sees each way to ask for memory, on any thread that is not left out. */
static void test_counter(void) {
  for (Way way = 0; way < WAYS; way++) {
    Request here = {way}, there = {way}, left_out = {way};
    pthread_t thread;

    make_request(&here);
    g_assert_cmpuint(here.seen, ==, 1);
    allocations_leave_out(true);
    make_request(&left_out);
    g_assert_cmpuint(left_out.seen, ==, 0);
    g_assert_cmpint(pthread_create(&thread, NULL, make_request, &there), ==, 0);
    pthread_join(thread, NULL);
    allocations_leave_out(false);
    g_assert_cmpuint(there.seen, ==, 1);
  }
}

typedef struct {
  const char *isa;
  InkShape shape;
  int threads;
} Case;

static InkNet *open_net(const Case *test, const InkDataset *dataset) {
  const InkBackend *backend = ink_cpu_backend();
  InkNetOptions options = {.shape = test->shape, .threads = test->threads};
  g_autoptr(InkNetwork) network = ink_network_new_random(&test->shape, 1, NULL, NULL);
  char message[INK_MESSAGE];
  InkNet *net;

  g_assert_cmpint(backend->open(&options, &net, message), ==, INK_OK);
  backend->put(net, ink_network_get_parameters(network), NULL, NULL, 0);
  for (InkSplit split = 0; split < INK_SPLITS; split++)
    backend->load(net, split, ink_dataset_get_images(dataset, split),
                  ink_dataset_get_labels(dataset, split), ink_dataset_get_count(dataset, split));
  return net;
}

/* A hundred steps, a test and a reading, from the very first on. */
static void test_backend(gconstpointer data) {
  const Case *test = data;
  const InkBackend *backend = ink_cpu_backend();
  g_autoptr(InkDataset) dataset = test_make_dataset(STEPS * BATCH, 100, test->shape.classes, 1);
  g_autofree uint32_t *order = g_new(uint32_t, STEPS * BATCH);
  static float rates[STEPS], losses[STEPS], conv1[16 * INK_PIXELS];
  InkTrainRun run = {order, STEPS * BATCH, BATCH, rates, losses};
  InkEvaluation evaluation = {.split = INK_TEST, .count = 100, .loss = losses};
  InkTaps taps = {.conv1 = conv1};
  size_t before;
  InkNet *net;

  g_setenv("INKLING_ISA", test->isa, TRUE);
  net = open_net(test, dataset);
  ink_permutation(order, STEPS * BATCH, 1, 0);
  before = allocations_count();
  g_assert_cmpint(backend->train(net, &run), ==, INK_OK);
  g_assert_cmpint(backend->evaluate(net, &evaluation), ==, INK_OK);
  g_assert_cmpint(backend->infer(net, ink_dataset_get_images(dataset, INK_TEST), &taps), ==,
                  INK_OK);
  g_assert_cmpuint(allocations_count() - before, ==, 0);
  backend->close(net);
  g_unsetenv("INKLING_ISA");
}

/* The training thread, through an epoch of single images: some twenty thousand steps a second. Its
 * progress, losses and weights go to the main thread at display rate, which takes less than a
 * thousand allocations a second. One each step would be too many on any machine. */
static void test_trainer(void) {
  g_autoptr(InkDataset) dataset = test_make_dataset(IMAGES, 20, 10, 1);
  InkRecipe recipe = test_recipe();
  g_autoptr(InkTrainer) trainer = NULL;
  size_t before;

  recipe.batch = 1;
  recipe.epochs = 1;
  recipe.eval_every = IMAGES;
  trainer = test_make_trainer(&recipe, dataset);
  ink_trainer_set_device(trainer, test_device(), 1);
  allocations_leave_out(true);
  before = allocations_count();
  test_run(trainer);
  allocations_leave_out(false);
  g_assert_cmpint(ink_trainer_get_progress(trainer)->updates, ==, IMAGES);
  g_assert_cmpuint(allocations_count() - before, <, IMAGES / 2);
}

static void add_backend(InkIsa isa, const Case *test) {
  g_autofree char *path = g_strdup_printf(
      "/backend/%s/k%d-c%d-%s/%d-threads", test->isa, test->shape.kernel, test->shape.classes,
      test->shape.pool == INK_POOL_MAX ? "max" : "average", test->threads);

  if (ink_isa_is_usable(isa))
    g_test_add_data_func_full(path, g_memdup2(test, sizeof *test), test_backend, g_free);
}

int main(int argc, char **argv) {
  static const InkShape shapes[] = {
      {3, INK_POOL_MAX, 10}, {5, INK_POOL_MAX, 10}, {5, INK_POOL_AVERAGE, 64}};

  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/counter", test_counter);
  for (InkIsa isa = 0; isa < INK_ISAS; isa++)
    for (size_t i = 0; i < G_N_ELEMENTS(shapes); i++)
      for (int threads = 1; threads <= 4; threads += 3)
        add_backend(isa, &(Case){ink_isa_option(isa), shapes[i], threads});
  g_test_add_func("/trainer", test_trainer);
  return g_test_run();
}
