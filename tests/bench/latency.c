/* latency: how long a person waits for a trained network: for one image with all its feature maps,
 * and for all test images with their losses and probabilities.
 *
 * One image is read on one thread, as the window does it; the test images on all, in turn with an
 * epoch of training. */
#include "tests/bench/measure.h"

#include <stdio.h>
#include <stdlib.h>

enum { READINGS = 2001, ROUNDS = 7 };

static void read_images(const InkDataset *dataset, int kernel) {
  const uint8_t *images = ink_dataset_get_images(dataset, INK_TEST);
  size_t available = ink_dataset_get_count(dataset, INK_TEST);
  MeasuredNet measured = measure_open_net(dataset, kernel, 200, 1);
  static float logits[INK_MAX_CLASSES], probabilities[INK_MAX_CLASSES];
  static float conv1[16 * 784], pool1[16 * 196], conv2[32 * 196], pool2[32 * 49];
  InkTaps taps = {logits, probabilities, conv1, pool1, conv2, pool2};
  double seconds[READINGS], median;

  measure_train(&measured, 0, 150);
  for (size_t i = 0; i < READINGS; i++) {
    double start = measure_now();

    ink_cpu_backend()->infer(measured.net, images + i % available * INK_PIXELS, &taps);
    seconds[i] = measure_now() - start;
  }
  median = measure_median(seconds, READINGS);
  printf("| %d | one image and its feature maps | %.1f µs, 99 of 100 within %.1f µs |\n", kernel,
         1e6 * median, 1e6 * seconds[READINGS * 99 / 100]);
  measure_close_net(&measured);
}

static double test_all(const InkDataset *dataset, InkNet *net) {
  size_t count = ink_dataset_get_count(dataset, INK_TEST), correct;
  g_autofree float *loss = g_new0(float, count);
  g_autofree float *probabilities = g_new0(float, count *(size_t)ink_dataset_get_classes(dataset));
  g_autofree uint8_t *predicted = g_new0(uint8_t, count);
  InkEvaluation evaluation = {.split = INK_TEST,
                              .count = count,
                              .loss = loss,
                              .predicted = predicted,
                              .probabilities = probabilities,
                              .correct = &correct};
  double start = measure_now();

  ink_cpu_backend()->evaluate(net, &evaluation);
  return measure_now() - start;
}

static void test_images(const InkDataset *dataset, int kernel) {
  size_t batch = kernel == 5 ? 200 : 100;
  MeasuredNet measured = measure_open_net(dataset, kernel, batch, 0);
  double training[ROUNDS], testing[ROUNDS], epoch, test;

  for (int i = 0; i < ROUNDS; i++) {
    training[i] = measure_train(&measured, 0, measured.count / batch);
    testing[i] = test_all(dataset, measured.net);
  }
  epoch = measure_median(training, ROUNDS);
  test = measure_median(testing, ROUNDS);
  printf("| %d | all test images, with loss and probabilities | %.1f ms, %.1f %% of an epoch's "
         "%.0f ms |\n",
         kernel, 1e3 * test, 100 * test / epoch, 1e3 * epoch);
  measure_close_net(&measured);
}

int main(void) {
  g_autoptr(InkDataset) mnist = measure_open_dataset("mnist");

  printf("| kernel | what | median |\n|---|---|---|\n");
  for (int kernel = 5; kernel >= 3; kernel -= 2) {
    read_images(mnist, kernel);
    test_images(mnist, kernel);
  }
  return 0;
}
