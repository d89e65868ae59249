/* The reference that the backends are held against: its gradients against central finite
 * differences in float64, layer by layer. */
#include "tests/support/reference.h"
#include "kernels/numbers.h"

#include <glib.h>
#include <math.h>

enum { PROBES = 40 };
static const double step = 1e-6;

/* A layer whose loss is a random weighting of its outputs. */
typedef struct {
  ReferenceLayer layer;
  size_t inputs, weights, outputs;
  double *input, *weight, *bias, *weighting;
} Problem;

static double *uniform(InkRandom *random, size_t count) {
  double *values = g_new(double, count);

  for (size_t i = 0; i < count; i++)
    values[i] = ink_random_signed(random);
  return values;
}

static double loss(const Problem *p) {
  g_autofree double *pooled = g_new(double, p->outputs);
  double sum = 0;

  reference_layer_forward(&p->layer, p->input, p->weight, p->bias, pooled, NULL, NULL);
  for (size_t i = 0; i < p->outputs; i++)
    sum += pooled[i] * p->weighting[i];
  return sum;
}

/* Probes some of values, of which the loss is a function, against gradient. */
static void probe(const Problem *p, double *values, const double *gradient, size_t count,
                  InkRandom *random) {
  for (int i = 0; i < PROBES; i++) {
    size_t at = ink_random_below(random, (uint32_t)count);
    double kept = values[at], above, below;

    values[at] = kept + step;
    above = loss(p);
    values[at] = kept - step;
    below = loss(p);
    values[at] = kept;
    g_assert_cmpfloat_with_epsilon((above - below) / (2 * step), gradient[at], 1e-6);
  }
}

static void test_layer(gconstpointer data) {
  InkRandom random = ink_random(1, 0);
  Problem p = {.layer = *(const ReferenceLayer *)data};
  size_t side = (size_t)p.layer.side, taps = (size_t)p.layer.kernel * (size_t)p.layer.kernel;

  p.inputs = (size_t)p.layer.in * side * side;
  p.weights = (size_t)p.layer.out * (size_t)p.layer.in * taps;
  p.outputs = (size_t)p.layer.out * side * side / 4;
  p.input = uniform(&random, p.inputs);
  p.weight = uniform(&random, p.weights);
  p.bias = uniform(&random, (size_t)p.layer.out);
  p.weighting = uniform(&random, p.outputs);

  g_autofree double *pooled = g_new(double, p.outputs);
  g_autofree uint8_t *route = g_new(uint8_t, p.outputs);
  g_autofree double *input_gradient = g_new0(double, p.inputs);
  g_autofree double *weight_gradient = g_new0(double, p.weights);
  g_autofree double *bias_gradient = g_new0(double, p.layer.out);

  reference_layer_forward(&p.layer, p.input, p.weight, p.bias, pooled, NULL, route);
  reference_layer_backward(&p.layer, p.input, p.weight, route, p.weighting, weight_gradient,
                           bias_gradient, input_gradient);
  probe(&p, p.input, input_gradient, p.inputs, &random);
  probe(&p, p.weight, weight_gradient, p.weights, &random);
  probe(&p, p.bias, bias_gradient, (size_t)p.layer.out, &random);
  g_free(p.input);
  g_free(p.weight);
  g_free(p.bias);
  g_free(p.weighting);
}

static void test_loss(void) {
  InkRandom random = ink_random(2, 0);
  g_autofree double *logits = uniform(&random, 10);
  double gradient[10];

  reference_loss(logits, 10, 3, gradient);
  for (int c = 0; c < 10; c++) {
    double kept = logits[c], above, below;

    logits[c] = kept + step;
    above = reference_loss(logits, 10, 3, NULL);
    logits[c] = kept - step;
    below = reference_loss(logits, 10, 3, NULL);
    logits[c] = kept;
    g_assert_cmpfloat_with_epsilon((above - below) / (2 * step), gradient[c], 1e-8);
  }
}

/* The whole network's gradient, through both layers and the linear one. The parameters are float32,
 * so the steps are larger; a step that moves a maximum is no test of the gradient. */
static void test_network(gconstpointer data) {
  const InkShape *shape = data;
  size_t count = ink_shape_parameters(shape);
  InkRandom random = ink_random(3, 0);
  g_autofree float *parameters = g_new(float, count);
  g_autofree double *gradient = g_new0(double, count);
  g_autofree ReferenceResult *here = g_new(ReferenceResult, 1);
  g_autofree ReferenceResult *there = g_new(ReferenceResult, 1);
  uint8_t image[INK_PIXELS];
  int compared = 0;

  for (size_t i = 0; i < count; i++)
    parameters[i] = 0.1f * ink_random_signed(&random);
  for (int i = 0; i < INK_PIXELS; i++)
    image[i] = (uint8_t)ink_random_below(&random, 256);
  reference_network(shape, parameters, image, 1, 1, here, gradient);
  for (InkTensor t = 0; t < INK_TENSORS; t++)
    for (int i = 0; i < 4; i++) {
      size_t at = ink_shape_tensor_offset(shape, t) +
                  ink_random_below(&random, (uint32_t)ink_shape_tensor_size(shape, t));
      float kept = parameters[at], up = kept + 0x1p-14f, down = kept - 0x1p-14f;
      double above, below;
      gboolean same;

      parameters[at] = up;
      reference_network(shape, parameters, image, 1, 1, there, NULL);
      above = there->loss;
      same = memcmp(here->route1, there->route1, sizeof here->route1) == 0 &&
             memcmp(here->route2, there->route2, sizeof here->route2) == 0;
      parameters[at] = down;
      reference_network(shape, parameters, image, 1, 1, there, NULL);
      below = there->loss;
      same = same && memcmp(here->route1, there->route1, sizeof here->route1) == 0 &&
             memcmp(here->route2, there->route2, sizeof here->route2) == 0;
      parameters[at] = kept;
      if (!same)
        continue;
      compared++;
      g_assert_cmpfloat_with_epsilon((above - below) / ((double)up - down), gradient[at],
                                     1e-6 + 1e-5 * fabs(gradient[at]));
    }
  g_assert_cmpint(compared, >=, 6);
}

int main(int argc, char **argv) {
  static ReferenceLayer layers[8];
  static InkShape shapes[4];
  int n = 0;

  g_test_init(&argc, &argv, NULL);
  for (int kernel = 3; kernel <= 5; kernel += 2)
    for (InkPool pool = INK_POOL_MAX; pool <= INK_POOL_AVERAGE; pool++, n++) {
      const char *name = pool == INK_POOL_MAX ? "max" : "average";
      g_autofree char *first = g_strdup_printf("/layer1/k%d/%s", kernel, name);
      g_autofree char *second = g_strdup_printf("/layer2/k%d/%s", kernel, name);
      g_autofree char *whole = g_strdup_printf("/network/k%d/%s", kernel, name);

      layers[2 * n] = (ReferenceLayer){12, 1, 4, kernel, pool};
      layers[2 * n + 1] = (ReferenceLayer){8, 4, 6, kernel, pool};
      shapes[n] = (InkShape){kernel, pool, 10};
      g_test_add_data_func(first, &layers[2 * n], test_layer);
      g_test_add_data_func(second, &layers[2 * n + 1], test_layer);
      g_test_add_data_func(whole, &shapes[n], test_network);
    }
  g_test_add_func("/loss", test_loss);
  return g_test_run();
}
