#include "tests/bench/measure.h"

#include "engine/network.h"
#include "kernels/numbers.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

double measure_now(void) {
  struct timespec time;

  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static int compare(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;

  return (x > y) - (x < y);
}

double measure_median(double *values, size_t n) {
  qsort(values, n, sizeof *values, compare);
  return values[n / 2];
}

InkDataset *measure_open_dataset(const char *folder_or_name) {
  g_autoptr(GError) error = NULL;
  InkDataset *dataset = ink_dataset_open(folder_or_name, &error);

  if (!dataset) {
    fprintf(stderr, "%s\n", error->message);
    exit(1);
  }
  return dataset;
}

static void load(const MeasuredNet *measured, const InkDataset *dataset, InkSplit split) {
  ink_cpu_backend()->load(measured->net, split, ink_dataset_get_images(dataset, split),
                          ink_dataset_get_labels(dataset, split),
                          ink_dataset_get_count(dataset, split));
}

MeasuredNet measure_open_net(const InkDataset *dataset, int kernel, size_t batch, int threads) {
  const InkBackend *backend = ink_cpu_backend();
  MeasuredNet measured = {.shape = {kernel, INK_POOL_MAX, ink_dataset_get_classes(dataset)},
                          .batch = batch,
                          .count = ink_dataset_get_count(dataset, INK_TRAIN)};
  InkNetOptions options = {.shape = measured.shape, .threads = threads};
  g_autoptr(InkNetwork) network = ink_network_new_random(&measured.shape, 1, NULL, NULL);
  char message[INK_MESSAGE];

  measured.order = g_new(uint32_t, measured.count);
  ink_permutation(measured.order, (uint32_t)measured.count, 1, 0);
  if (backend->open(&options, &measured.net, message) != INK_OK)
    g_error("%s", message);
  backend->put(measured.net, ink_network_get_parameters(network), NULL, NULL, 0);
  load(&measured, dataset, INK_TRAIN);
  load(&measured, dataset, INK_TEST);
  return measured;
}

void measure_close_net(MeasuredNet *measured) {
  ink_cpu_backend()->close(measured->net);
  g_free(measured->order);
}

double measure_train(MeasuredNet *measured, size_t first, size_t steps) {
  g_autofree float *rates = g_new(float, steps), *losses = g_new(float, steps);
  InkTrainRun run = {measured->order + first * measured->batch, steps * measured->batch,
                     measured->batch, rates, losses};
  double start;

  g_assert((first + steps) * measured->batch <= measured->count);
  for (size_t i = 0; i < steps; i++)
    rates[i] = 0.001f;
  start = measure_now();
  if (ink_cpu_backend()->train(measured->net, &run) != INK_OK)
    g_error("Training failed.");
  return measure_now() - start;
}
