#include "engine/classifier.h"
#include "tests/support/training.h"

#include <math.h>
#include <string.h>

static void fill_image(guint8 image[INK_PIXELS], guint32 seed) {
  g_autoptr(GRand) random = g_rand_new_with_seed(seed);

  for (int i = 0; i < INK_PIXELS; i++)
    image[i] = g_rand_int_range(random, 0, 256);
}

/* What the backend says of the same image as part of a split. */
static void evaluate(InkNetwork *network, const guint8 *image, float *probabilities) {
  const InkBackend *backend = test_device()->backend;
  InkNetOptions options = {.shape = *ink_network_get_shape(network), .threads = 1};
  InkEvaluation evaluation = {.split = INK_TEST, .count = 1, .probabilities = probabilities};
  char message[INK_MESSAGE];
  guint8 label = 0;
  InkNet *net;

  g_assert_cmpint(backend->open(&options, &net, message), ==, INK_OK);
  backend->put(net, ink_network_get_parameters(network), NULL, NULL, 0);
  backend->load(net, INK_TEST, image, &label, 1);
  g_assert_cmpint(backend->evaluate(net, &evaluation), ==, INK_OK);
  backend->close(net);
}

static void assert_reads_like_backend(InkClassifier *classifier, InkNetwork *network) {
  int classes = ink_network_get_shape(network)->classes;
  float expected[INK_MAX_CLASSES];
  guint8 image[INK_PIXELS];
  InkReading reading;

  for (guint32 seed = 0; seed < 3; seed++) {
    fill_image(image, seed);
    evaluate(network, image, expected);
    g_assert_true(ink_classifier_read(classifier, image, &reading));
    g_assert_cmpint(reading.classes, ==, classes);
    for (int i = 0; i < classes; i++) {
      g_assert_cmpfloat_with_epsilon(reading.probabilities[i], expected[i], 1e-5);
      g_assert_cmpfloat(reading.probabilities[i], <=, reading.probabilities[reading.best]);
      if (i != reading.best)
        g_assert_cmpfloat(reading.probabilities[i], <=, reading.probabilities[reading.second]);
    }
    g_assert_cmpint(reading.best, !=, reading.second);
  }
}

/* The classifier follows from network to network, of the same shape or another. */
static void test_networks(void) {
  static const InkShape shapes[] = {
      {5, INK_POOL_MAX, 10},    {5, INK_POOL_MAX, 10}, {3, INK_POOL_MAX, 10},
      {3, INK_POOL_AVERAGE, 2}, {5, INK_POOL_MAX, 64},
  };
  g_autoptr(InkClassifier) classifier = ink_classifier_new();

  for (guint i = 0; i < G_N_ELEMENTS(shapes); i++) {
    g_autoptr(InkNetwork) network = ink_network_new_random(&shapes[i], i, NULL, NULL);

    ink_classifier_set_network(classifier, network);
    ink_classifier_set_network(classifier, network);
    assert_reads_like_backend(classifier, network);
  }
}

/* The maps are the convolution's: checked by hand at one pixel of each. */
static void test_maps(void) {
  InkShape shape = {3, INK_POOL_MAX, 10};
  g_autoptr(InkNetwork) network = ink_network_new_random(&shape, 1, NULL, NULL);
  g_autoptr(InkClassifier) classifier = ink_classifier_new();
  const float *weight = ink_network_get_tensor(network, INK_CONV1_WEIGHT);
  const float *bias = ink_network_get_tensor(network, INK_CONV1_BIAS);
  guint8 image[INK_PIXELS];
  InkReading reading;

  fill_image(image, 4);
  ink_classifier_set_network(classifier, network);
  g_assert_true(ink_classifier_read(classifier, image, &reading));
  for (int channel = 0; channel < INK_CHANNELS1; channel++) {
    double sum = bias[channel];

    for (int i = 0; i < 9; i++)
      sum += weight[channel * 9 + i] * image[(9 + i / 3) * INK_SIDE + 19 + i % 3] / 255.0;
    g_assert_cmpfloat_with_epsilon(reading.conv1[channel][10][20], fmax(sum, 0), 1e-5);
    g_assert_cmpfloat(reading.pool1[channel][5][10], ==,
                      fmaxf(fmaxf(reading.conv1[channel][10][20], reading.conv1[channel][10][21]),
                            fmaxf(reading.conv1[channel][11][20], reading.conv1[channel][11][21])));
  }
}

static void test_no_network(void) {
  g_autoptr(InkClassifier) classifier = ink_classifier_new();
  InkShape shape = {3, INK_POOL_MAX, 10};
  g_autoptr(InkNetwork) network = ink_network_new_random(&shape, 1, NULL, NULL);
  guint8 image[INK_PIXELS] = {0};
  InkReading reading;

  g_assert_false(ink_classifier_read(classifier, image, &reading));
  ink_classifier_set_network(classifier, network);
  g_assert_true(ink_classifier_read(classifier, image, &reading));
  ink_classifier_set_network(classifier, NULL);
  g_assert_false(ink_classifier_read(classifier, image, &reading));
}

static void test_weights_that_are_no_numbers(void) {
  g_autoptr(InkClassifier) classifier = ink_classifier_new();
  InkShape shape = {3, INK_POOL_MAX, 10};
  gsize n = ink_shape_parameters(&shape);
  g_autofree float *parameters = g_new0(float, n);
  g_autoptr(InkNetwork) network = NULL;
  guint8 image[INK_PIXELS] = {0};
  InkReading reading;

  parameters[n - 1] = NAN;
  network = ink_network_new(&shape, parameters, NULL, NULL);
  ink_classifier_set_network(classifier, network);
  g_assert_false(ink_classifier_read(classifier, image, &reading));
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/classifier/networks", test_networks);
  g_test_add_func("/classifier/maps", test_maps);
  g_test_add_func("/classifier/no-network", test_no_network);
  g_test_add_func("/classifier/weights-that-are-no-numbers", test_weights_that_are_no_numbers);
  return g_test_run();
}
