/* Times training on an NVIDIA GPU, as tests/gpu-check prints it.
 *
 *   gpu CLOCK_MHZ
 *
 * A line a preset: two epochs with their interim tests as the program takes them (median of 11
 * runs, and the first), and in kernels alone, by the device's own clock, one call after the other
 * (median of 11); of these, microseconds a step, the share of the device's float32 peak at
 * CLOCK_MHZ that the multiplications really asked for make, and what training takes until 99 % of
 * all test images are right; and the latency of one image with its feature maps. */
#include "engine/network.h"
#include "engine/trainer.h"
#include "kernels/numbers.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RUNS = 11, READINGS = 101, GOAL_EPOCHS = 20 };

typedef struct {
  const InkDeviceEntry *device;
  const InkBackend *backend; /* of the device */
  InkDataset *dataset;
  InkRecipe recipe;
  InkNet *net;
  gsize count, steps; /* of an epoch */
  guint32 *order;     /* (count) */
  float *rates, *losses;
} Bench;

static double seconds(void) {
  return (double)g_get_monotonic_time() * 1e-6;
}

static int compare(gconstpointer a, gconstpointer b) {
  double x = *(const double *)a, y = *(const double *)b;

  return (x > y) - (x < y);
}

static double median(double *values, gsize n) {
  qsort(values, n, sizeof *values, compare);
  return values[n / 2];
}

static void must(InkStatus status, const char *what) {
  if (status != INK_OK)
    g_error("%s failed on the GPU (status %d)", what, status);
}

static void on_failed(InkTrainer *trainer, const char *sentence) {
  g_error("%s", sentence);
}

/* Runs of the program's own trainer: what it queues, and the host's share. */
static void time_program(Bench *bench, double *whole, double *first, double *accuracy) {
  g_autoptr(GMainLoop) loop = g_main_loop_new(NULL, FALSE);
  g_autoptr(InkTrainer) trainer = ink_trainer_new();
  double wholes[RUNS];
  const InkTestResult *result;

  ink_trainer_set_device(trainer, bench->device, 0);
  ink_trainer_set_dataset(trainer, bench->dataset);
  ink_trainer_set_recipe(trainer, &bench->recipe);
  g_signal_connect(trainer, "failed", G_CALLBACK(on_failed), NULL);
  g_signal_connect_swapped(trainer, "ended", G_CALLBACK(g_main_loop_quit), loop);
  for (int i = 0; i < RUNS; i++) {
    ink_trainer_reset(trainer);
    ink_trainer_start(trainer);
    g_main_loop_run(loop);
    wholes[i] = ink_trainer_get_progress(trainer)->seconds;
  }
  result = ink_trainer_get_test_result(trainer);
  *accuracy = (double)result->correct / result->count;
  *first = wholes[0];
  *whole = median(wholes, RUNS);
}

static void reset(Bench *bench) {
  InkShape shape = {bench->recipe.kernel, bench->recipe.pool,
                    ink_dataset_get_classes(bench->dataset)};
  g_autoptr(InkNetwork) network = ink_network_new_random(&shape, bench->recipe.seed, NULL, NULL);

  must(bench->backend->put(bench->net, ink_network_get_parameters(network), NULL, NULL, 0), "put");
}

/* How many of the first count images are right; what it takes is added to *kernels. */
static gsize test(Bench *bench, gsize count, double *kernels) {
  gsize correct;
  InkEvaluation evaluation = {
      .split = INK_TEST, .count = count, .correct = &correct, .device_seconds = kernels};

  must(bench->backend->evaluate(bench->net, &evaluation), "evaluate");
  return correct;
}

/* An epoch, with a test of the first test_count images after steps 0, every, 2·every …; TRUE, and
 * ends early, when one has goal right. What the kernels take is added to *steps and *tests. */
static gboolean run_epoch(Bench *bench, guint64 epoch, gsize test_count, gsize goal, double *steps,
                          double *tests) {
  gsize batch = (gsize)bench->recipe.batch, every = (gsize)bench->recipe.eval_every;

  ink_permutation(bench->order, (guint32)bench->count, bench->recipe.seed, epoch);
  for (gsize step = 0; step < bench->steps;) {
    gsize next = step == 0 ? 1 : MIN(step + every, bench->steps);
    gsize from = step * batch, samples = MIN(next * batch, bench->count) - from;
    InkTrainRun run = {.order = bench->order + from,
                       .samples = samples,
                       .batch = batch,
                       .learning_rate = bench->rates,
                       .loss = bench->losses,
                       .device_seconds = steps};

    must(bench->backend->train(bench->net, &run), "train");
    if ((next - 1) % every == 0 && test(bench, test_count, tests) >= goal)
      return TRUE;
    step = next;
  }
  return FALSE;
}

static void time_kernels(Bench *bench, double *whole, double *steps) {
  gsize tests = MIN(bench->recipe.eval_samples, ink_dataset_get_count(bench->dataset, INK_TEST));
  double wholes[RUNS], of_steps[RUNS];

  for (int i = 0; i < RUNS; i++) {
    double of_tests = of_steps[i] = 0;

    reset(bench);
    for (int epoch = 0; epoch < bench->recipe.epochs; epoch++)
      run_epoch(bench, epoch, tests, SIZE_MAX, &of_steps[i], &of_tests);
    wholes[i] = of_steps[i] + of_tests;
  }
  *whole = median(wholes, RUNS);
  *steps = median(of_steps, RUNS);
}

/* NAN when it takes more than GOAL_EPOCHS. */
static double time_to_goal(Bench *bench) {
  gsize count = ink_dataset_get_count(bench->dataset, INK_TEST);
  double steps = 0, tests = 0;

  reset(bench);
  for (guint64 epoch = 0; epoch < GOAL_EPOCHS; epoch++)
    if (run_epoch(bench, epoch, count, (count * 99 + 99) / 100, &steps, &tests))
      return steps;
  return NAN;
}

static double time_reading(Bench *bench) {
  static float probabilities[INK_MAX_CLASSES], conv1[16 * 784], pool1[16 * 196], conv2[32 * 196],
      pool2[INK_FEATURES];
  InkTaps taps = {NULL, probabilities, conv1, pool1, conv2, pool2};
  double times[READINGS];

  for (int i = 0; i < READINGS; i++) {
    double start = seconds();

    must(bench->backend->infer(bench->net, ink_dataset_get_images(bench->dataset, INK_TEST), &taps),
         "infer");
    times[i] = seconds() - start;
  }
  return median(times, READINGS);
}

/* Multiplications of a sample's step: forward all, backward the one position in four that
 * max-pooling's gradients reach. */
static double multiplications(int kernel) {
  double taps = kernel * kernel, conv1 = 784 * 16 * taps, conv2 = 196 * 32 * 16 * taps;

  return conv1 + conv2 + 15680 + 2 * 15680 + conv2 / 2 + conv1 / 4;
}

/* Multiply-adds of a multiprocessor in a clock. */
static double lanes(const InkDevice *device) {
  return strstr(device->detail, " 7.5") || strstr(device->detail, " 8.0") ? 64 : 128;
}

/* A network of the recipe, with the data set's two splits. */
static void open_net(Bench *bench) {
  InkNetOptions options = {
      .shape = {bench->recipe.kernel, bench->recipe.pool, ink_dataset_get_classes(bench->dataset)},
      .device = bench->device->info.index};
  char message[INK_MESSAGE];

  if (bench->backend->open(&options, &bench->net, message) != INK_OK)
    g_error("%s", message);
  for (InkSplit split = 0; split < INK_SPLITS; split++)
    must(bench->backend->load(bench->net, split, ink_dataset_get_images(bench->dataset, split),
                              ink_dataset_get_labels(bench->dataset, split),
                              ink_dataset_get_count(bench->dataset, split)),
         "load");
  bench->count = ink_dataset_get_count(bench->dataset, INK_TRAIN);
  bench->steps = (bench->count + (gsize)bench->recipe.batch - 1) / (gsize)bench->recipe.batch;
  bench->order = g_new(guint32, bench->count);
  bench->rates = g_new(float, bench->steps);
  bench->losses = g_new(float, bench->steps);
  for (gsize i = 0; i < bench->steps; i++)
    bench->rates[i] = (float)bench->recipe.learning_rate;
}

static void close_net(Bench *bench) {
  bench->backend->close(bench->net);
  g_free(bench->order);
  g_free(bench->rates);
  g_free(bench->losses);
}

/* peak: operations a second, of which a multiplication and its addition are two; NAN: unknown. */
static void run_preset(Bench *bench, InkPreset preset, double peak) {
  double whole, first, accuracy, kernels, steps, goal, asked;
  g_autofree char *share = g_strdup("unknown"), *until = g_strdup("not reached");

  bench->recipe = ink_recipe_for_preset(preset);
  time_program(bench, &whole, &first, &accuracy);
  open_net(bench);
  time_kernels(bench, &kernels, &steps);
  goal = time_to_goal(bench);
  asked = 2 * multiplications(bench->recipe.kernel) * (double)bench->count * bench->recipe.epochs;
  if (isfinite(peak)) {
    g_free(share);
    share = g_strdup_printf("%.0f %%", 100 * asked / steps / peak);
  }
  if (isfinite(goal)) {
    g_free(until);
    until = g_strdup_printf("%.0f ms", goal * 1e3);
  }
  printf("| Inkling | %s | %.1f ms (first %.1f) | %.2f %% | %.1f ms | %.2f µs | %s | %s | %.0f µs "
         "|\n",
         ink_preset_get_name(preset), whole * 1e3, first * 1e3, accuracy * 100, kernels * 1e3,
         steps / (double)((gsize)bench->recipe.epochs * bench->steps) * 1e6, share, until,
         time_reading(bench) * 1e6);
  fflush(stdout);
  close_net(bench);
}

int main(int argc, char **argv) {
  g_autoptr(GError) error = NULL;
  Bench bench = {0};
  double clock;

  if (argc != 2) {
    fprintf(stderr, "Usage: gpu CLOCK_MHZ\n");
    return 2;
  }
  clock = g_ascii_strtod(argv[1], NULL);
  bench.device = ink_device_find("cuda", &error);
  bench.dataset = bench.device ? ink_dataset_open("mnist", &error) : NULL;
  if (error) {
    fprintf(stderr, "%s\n", error->message);
    return 1;
  }
  bench.backend = bench.device->backend;
  printf("%s, %s, %d multiprocessors at %s MHz\n\n", bench.device->title, bench.device->info.detail,
         bench.device->info.units, argv[1]);
  printf("| program | preset | two epochs with tests | test accuracy | in kernels alone | a step | "
         "of float32 peak | training until 99 %% right | one image |\n"
         "|---|---|---|---|---|---|---|---|---|\n");
  for (InkPreset preset = INK_PRESET_SEED_CPU; preset <= INK_PRESET_SEED_GPU; preset++)
    run_preset(&bench, preset,
               bench.device->info.units * lanes(&bench.device->info) * 2 * clock * 1e6);
  ink_dataset_unref(bench.dataset);
  return 0;
}
