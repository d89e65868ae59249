/* Times training on an NVIDIA GPU, as tests/gpu-check prints it.
 *
 *   gpu CLOCK_MHZ [IMAGES]
 *
 * IMAGES: no more than so many of each split, to try the program itself out.
 * A line a preset: two epochs with their interim tests (median of 11 runs), microseconds a step,
 * the share of the device's float32 peak at CLOCK_MHZ that the multiplications really asked for
 * make, the training time until 99 % of all test images are right, and the latency of one image
 * with its feature maps. */
#include "engine/dataset.h"
#include "engine/network.h"
#include "engine/recipe.h"
#include "kernels/numbers.h"
#include "kernels/registry.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RUNS = 11, EPOCHS = 2, READINGS = 1001, GOAL_EPOCHS = 20 };

typedef struct {
  const InkBackend *backend;
  InkDataset *dataset;
  gsize most; /* images of a split that are used */
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

static gsize count(Bench *bench, InkSplit split) {
  return MIN(bench->most, ink_dataset_get_count(bench->dataset, split));
}

static void reset(Bench *bench) {
  InkShape shape = {bench->recipe.kernel, bench->recipe.pool,
                    ink_dataset_get_classes(bench->dataset)};
  g_autoptr(InkNetwork) network = ink_network_new_random(&shape, bench->recipe.seed, NULL, NULL);

  must(bench->backend->put(bench->net, ink_network_get_parameters(network), NULL, NULL, 0), "put");
}

static gsize test(Bench *bench, gsize count) {
  gsize correct;
  InkEvaluation evaluation = {.split = INK_TEST, .count = count, .correct = &correct};

  must(bench->backend->evaluate(bench->net, &evaluation), "evaluate");
  return correct;
}

/* An epoch, with a test of the first test_count images after steps 0, every, 2·every …; ends early
 * when one has goal right. Returns the seconds; training alone goes to *training. */
static double run_epoch(Bench *bench, guint64 epoch, gsize test_count, gsize goal, double *training,
                        gboolean *reached) {
  gsize batch = (gsize)bench->recipe.batch, every = (gsize)bench->recipe.eval_every;
  double start = seconds();

  ink_permutation(bench->order, (guint32)bench->count, bench->recipe.seed, epoch);
  for (gsize step = 0; step < bench->steps && !*reached;) {
    gsize next = step == 0 ? 1 : MIN(step + every, bench->steps);
    gsize from = step * batch, samples = MIN(next * batch, bench->count) - from;
    InkTrainRun run = {bench->order + from, samples, batch, bench->rates, bench->losses};
    double before = seconds();

    must(bench->backend->train(bench->net, &run), "train");
    *training += seconds() - before;
    *reached = (next - 1) % every == 0 && test(bench, test_count) >= goal;
    step = next;
  }
  return seconds() - start;
}

static void time_runs(Bench *bench, double *whole, double *training) {
  double wholes[RUNS], trainings[RUNS];

  for (int i = 0; i < RUNS; i++) {
    gboolean reached = FALSE;

    reset(bench);
    wholes[i] = trainings[i] = 0;
    for (guint64 epoch = 0; epoch < EPOCHS; epoch++)
      wholes[i] += run_epoch(bench, epoch, MIN(bench->recipe.eval_samples, count(bench, INK_TEST)),
                             SIZE_MAX, &trainings[i], &reached);
  }
  *whole = median(wholes, RUNS);
  *training = median(trainings, RUNS);
}

/* NAN when it takes more than GOAL_EPOCHS. */
static double time_to_goal(Bench *bench) {
  gsize tests = count(bench, INK_TEST);
  gboolean reached = FALSE;
  double training = 0;

  reset(bench);
  for (guint64 epoch = 0; epoch < GOAL_EPOCHS && !reached; epoch++)
    run_epoch(bench, epoch, tests, (tests * 99 + 99) / 100, &training, &reached);
  return reached ? training : NAN;
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

static void run_preset(Bench *bench, InkPreset preset, double peak) {
  InkNetOptions options = {0};
  char message[INK_MESSAGE], goal_text[32] = "not reached";
  double whole, training, goal, steps;

  bench->recipe = ink_recipe_for_preset(preset);
  options.shape =
      (InkShape){bench->recipe.kernel, bench->recipe.pool, ink_dataset_get_classes(bench->dataset)};
  if (bench->backend->open(&options, &bench->net, message) != INK_OK)
    g_error("%s", message);
  for (InkSplit split = 0; split < INK_SPLITS; split++)
    must(bench->backend->load(bench->net, split, ink_dataset_get_images(bench->dataset, split),
                              ink_dataset_get_labels(bench->dataset, split), count(bench, split)),
         "load");
  bench->count = count(bench, INK_TRAIN);
  bench->steps = (bench->count + (gsize)bench->recipe.batch - 1) / (gsize)bench->recipe.batch;
  bench->order = g_new(guint32, bench->count);
  bench->rates = g_new(float, bench->steps);
  bench->losses = g_new(float, bench->steps);
  for (gsize i = 0; i < bench->steps; i++)
    bench->rates[i] = (float)bench->recipe.learning_rate;

  time_runs(bench, &whole, &training);
  goal = time_to_goal(bench);
  steps = (double)(EPOCHS * bench->steps);
  if (isfinite(goal))
    g_snprintf(goal_text, sizeof goal_text, "%.0f ms", goal * 1e3);
  printf("| %s | %.1f ms | %.1f ms | %.2f µs | %.0f %% | %s | %.0f µs |\n",
         ink_preset_get_name(preset), whole * 1e3, training * 1e3, training / steps * 1e6,
         100 * 2 * multiplications(bench->recipe.kernel) * (double)bench->count * EPOCHS /
             training / peak,
         goal_text, time_reading(bench) * 1e6);
  fflush(stdout);
  bench->backend->close(bench->net);
  g_free(bench->order);
  g_free(bench->rates);
  g_free(bench->losses);
}

int main(int argc, char **argv) {
  Bench bench = {.backend = ink_cuda_backend(), .most = SIZE_MAX};
  g_autoptr(GError) error = NULL;
  InkDevice device = {0};

  if (argc != 2 && argc != 3) {
    fprintf(stderr, "Usage: gpu CLOCK_MHZ [IMAGES]\n");
    return 2;
  }
  if (argc == 3)
    bench.most = g_ascii_strtoull(argv[2], NULL, 10);
  bench.backend->devices(&device, 1);
  if (!device.usable) {
    fprintf(stderr, "%s\n", device.reason);
    return 1;
  }
  bench.dataset = ink_dataset_open("mnist", &error);
  if (!bench.dataset) {
    fprintf(stderr, "%s\n", error->message);
    return 1;
  }
  printf("%s, %s, %d multiprocessors at %s MHz\n\n", device.name, device.detail, device.units,
         argv[1]);
  printf(
      "| preset | two epochs with tests | training alone | a step | of float32 peak | until 99 %% "
      "right | one image |\n|---|---|---|---|---|---|---|\n");
  for (InkPreset preset = INK_PRESET_SEED_CPU; preset <= INK_PRESET_SEED_GPU; preset++)
    run_preset(&bench, preset,
               device.units * lanes(&device) * 2 * g_ascii_strtod(argv[1], NULL) * 1e6);
  ink_dataset_unref(bench.dataset);
  return 0;
}
