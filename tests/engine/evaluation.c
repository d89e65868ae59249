/* Evaluation: counts what one image at a time would give. */
#include "engine/evaluation.h"

#include "engine/classifier.h"

enum { COUNT = 300 };

static void test_counts(void) {
  const InkShape shape = {.kernel = 3, .pool = INK_POOL_AVERAGE, .classes = 5};
  g_autoptr(InkNetwork) network = ink_network_new_random(&shape, 1, NULL, NULL);
  g_autoptr(InkClassifier) classifier = ink_classifier_new();
  g_autoptr(GRand) random = g_rand_new_with_seed(1);
  g_autofree guint8 *images = g_malloc(COUNT * INK_PIXELS), *labels = g_malloc(COUNT);
  g_autofree InkReading *reading = g_new(InkReading, 1);
  gsize expected = 0, correct;
  ink_classifier_set_network(classifier, network);
  for (gsize i = 0; i < COUNT; i++) {
    for (gsize pixel = 0; pixel < INK_PIXELS; pixel++)
      images[i * INK_PIXELS + pixel] = g_rand_int_range(random, 0, 256);
    labels[i] = g_rand_int_range(random, 0, shape.classes);
    g_assert_true(ink_classifier_read(classifier, images + i * INK_PIXELS, reading));
    expected += reading->best == labels[i];
  }
  g_autoptr(GError) error = NULL;
  g_assert_true(ink_evaluate(network, images, labels, COUNT, &correct, &error));
  g_assert_no_error(error);
  g_assert_cmpuint(correct, ==, expected);
  g_assert_cmpuint(correct, >, 0);
  g_assert_cmpuint(correct, <, COUNT);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/evaluation/counts", test_counts);
  return g_test_run();
}
