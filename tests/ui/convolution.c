#include "ui/convolution.h"

#include <math.h>

/* Every pixel of every map, before and after pooling, is what the explanation says it is. */
static void check(const InkConvolution *c) {
  for (int row = 0; row < c->side; row++)
    for (int column = 0; column < c->side; column++) {
      float expected = fmaxf(ink_convolution_get_sum(c, row, column) + c->bias, 0);

      g_assert_cmpfloat_with_epsilon(c->map[row * c->side + column], expected, 1e-4);
    }
  for (int i = 0; i < c->side * c->side / 4; i++) {
    int row = i / (c->side / 2) * 2, column = i % (c->side / 2) * 2;
    const float *top = c->map + row * c->side + column, *bottom = top + c->side;
    float expected = c->pool == INK_POOL_MAX
                         ? fmaxf(fmaxf(top[0], top[1]), fmaxf(bottom[0], bottom[1]))
                         : (top[0] + top[1] + bottom[0] + bottom[1]) / 4;

    g_assert_cmpfloat_with_epsilon(c->pooled[i], expected, 1e-5);
  }
}

static void test_explains_the_network(gconstpointer data) {
  const InkShape *shape = data;
  g_autoptr(InkNetwork) network = ink_network_new_random(shape, 3, NULL, NULL);
  g_autoptr(InkClassifier) classifier = ink_classifier_new();
  g_autoptr(GRand) random = g_rand_new_with_seed(5);
  guint8 image[INK_PIXELS];
  float scaled[INK_PIXELS];
  InkReading reading;
  InkConvolution c;

  for (int i = 0; i < INK_PIXELS; i++) {
    image[i] = g_rand_int_range(random, 0, 256);
    scaled[i] = image[i] / 255.0f;
  }
  ink_classifier_set_network(classifier, network);
  g_assert_true(ink_classifier_read(classifier, image, &reading));
  for (int channel = 0; channel < INK_CHANNELS1; channel++) {
    ink_convolution_init(&c, network, scaled, &reading, 1, channel);
    check(&c);
  }
  for (int channel = 0; channel < INK_CHANNELS2; channel++) {
    ink_convolution_init(&c, network, scaled, &reading, 2, channel);
    check(&c);
  }
}

static void test_edge(void) {
  InkShape shape = {3, INK_POOL_MAX, 10};
  g_autoptr(InkNetwork) network = ink_network_new_random(&shape, 3, NULL, NULL);
  float image[INK_PIXELS], patch[INK_MOST_WEIGHTS];
  static const InkReading reading;
  InkConvolution c;

  for (int i = 0; i < INK_PIXELS; i++)
    image[i] = 1;
  ink_convolution_init(&c, network, image, &reading, 1, 0);
  ink_convolution_get_patch(&c, 0, 0, INK_SIDE - 1, patch);
  for (int i = 0; i < 9; i++)
    g_assert_cmpfloat(patch[i], ==, i / 3 >= 1 && i % 3 <= 1);
}

int main(int argc, char **argv) {
  static const InkShape shapes[] = {
      {3, INK_POOL_MAX, 10}, {5, INK_POOL_MAX, 10}, {3, INK_POOL_AVERAGE, 2}};

  g_test_init(&argc, &argv, NULL);
  g_test_add_data_func("/ui/convolution/kernel-3", &shapes[0], test_explains_the_network);
  g_test_add_data_func("/ui/convolution/kernel-5", &shapes[1], test_explains_the_network);
  g_test_add_data_func("/ui/convolution/average", &shapes[2], test_explains_the_network);
  g_test_add_func("/ui/convolution/edge", test_edge);
  return g_test_run();
}
