/* A backend against the float64 reference, for every kernel size, pooling and several numbers of
 * classes, the CPU's with every instruction set; and what it promises of ties, NaN, sizes and bad
 * arguments. INKLING_TEST_BACKEND names another than the CPU's. */
#include "kernels/cpu/kernels.h"
#include "kernels/numbers.h"
#include "kernels/registry.h"
#include "tests/support/distance.h"
#include "tests/support/reference.h"
#include "tests/support/workbench.h"

#include <glib.h>
#include <math.h>
#include <string.h>

typedef struct {
  InkIsa isa;
  InkShape shape;
} Case;

enum { DRAWN = 9, IMAGES = 20 };

static const InkBackend *backend;

static void draw_rectangle(uint8_t image[INK_PIXELS], InkRandom *random) {
  uint32_t top = ink_random_below(random, 28), left = ink_random_below(random, 28);
  uint32_t bottom = top + ink_random_below(random, 8), right = left + ink_random_below(random, 8);

  for (uint32_t y = top; y <= bottom && y < 28; y++)
    for (uint32_t x = left; x <= right && x < 28; x++)
      image[28 * y + x] = (uint8_t)(1 + ink_random_below(random, 255));
}

/* Digits' background and a blob of ink; all ink; blank; white; stripes along x and along y: these
 * four have equal maxima in exact arithmetic. Specks in the corners and between them; a frame; a
 * diagonal. The others have one to three rectangles anywhere, so that windows with ink make all
 * kinds of patterns. */
static void draw(uint8_t images[IMAGES][INK_PIXELS]) {
  InkRandom random = ink_random(7, 0);

  memset(images, 0, IMAGES * INK_PIXELS);
  for (int i = 0; i < INK_PIXELS; i++) {
    int y = i / 28, x = i % 28;

    if (y >= 9 && y < 17 && x >= 12 && x < 21)
      images[0][i] = (uint8_t)ink_random_below(&random, 256);
    images[1][i] = (uint8_t)(1 + ink_random_below(&random, 255));
    images[3][i] = 255;
    images[4][i] = (uint8_t)(y * 37);
    images[5][i] = (uint8_t)(x * 53);
    if (y % 9 == 0 && x % 27 == 0)
      images[6][i] = (uint8_t)(100 + 2 * x + y);
    if (x == 2 || x == 24 || y == 2 || y == 24)
      images[7][i] = (uint8_t)(1 + ink_random_below(&random, 255));
    if (x == y)
      images[8][i] = (uint8_t)(1 + ink_random_below(&random, 255));
  }
  for (int image = DRAWN; image < IMAGES; image++)
    for (int n = 0; n <= image % 3; n++)
      draw_rectangle(images[image], &random);
}

static float *random_parameters(const InkShape *shape) {
  InkRandom random = ink_random(11, 0);
  float *flat = g_new(float, ink_shape_parameters(shape));

  for (InkTensor t = 0; t < INK_TENSORS; t++)
    for (size_t i = 0; i < ink_shape_tensor_size(shape, t); i++)
      flat[ink_shape_tensor_offset(shape, t) + i] =
          ink_random_signed(&random) / sqrtf((float)ink_shape_fan_in(shape, t));
  return flat;
}

static InkNet *open_net(const Case *c, int threads) {
  InkNetOptions options = {.shape = c->shape, .threads = threads};
  char message[INK_MESSAGE];
  InkNet *net;

  g_setenv("INKLING_ISA", ink_isa_option(c->isa), TRUE);
  g_assert_cmpint(backend->open(&options, &net, message), ==, INK_OK);
  return net;
}

static double relative_distance(const float *a, const double *b, size_t count) {
  double distance = 0, norm = 0;

  for (size_t i = 0; i < count; i++) {
    distance += pow(a[i] - b[i], 2);
    norm += pow(b[i], 2);
  }
  return norm > 0 ? sqrt(distance / norm) : sqrt(distance);
}

/* Logits, losses, predictions and every tap of each image. */
static void test_forward(gconstpointer data) {
  const Case *c = data;
  g_autofree float *parameters = random_parameters(&c->shape);
  g_autofree ReferenceResult *expected = g_new(ReferenceResult, 1);
  static float conv1[16 * 784], pool1[16 * 196], conv2[32 * 196], pool2[INK_FEATURES];
  float logits[INK_MAX_CLASSES], probabilities[INK_MAX_CLASSES];
  InkTaps taps = {logits, probabilities, conv1, pool1, conv2, pool2};
  uint8_t images[IMAGES][INK_PIXELS];
  InkNet *net = open_net(c, 1);

  draw(images);
  backend->put(net, parameters, NULL, NULL, 0);
  for (int i = 0; i < IMAGES; i++) {
    double sum = 0;

    g_assert_cmpint(backend->infer(net, images[i], &taps), ==, INK_OK);
    reference_network(&c->shape, parameters, images[i], 0, 1, expected, NULL);
    g_assert_cmpfloat(relative_distance(conv1, expected->conv1, G_N_ELEMENTS(conv1)), <, 1e-6);
    g_assert_cmpfloat(relative_distance(pool1, expected->pool1, G_N_ELEMENTS(pool1)), <, 1e-6);
    g_assert_cmpfloat(relative_distance(conv2, expected->conv2, G_N_ELEMENTS(conv2)), <, 2e-6);
    g_assert_cmpfloat(relative_distance(pool2, expected->pool2, G_N_ELEMENTS(pool2)), <, 2e-6);
    for (int class = 0; class < c->shape.classes; class ++) {
      g_assert_cmpfloat_with_epsilon(logits[class], expected->logits[class], 2e-6);
      sum += probabilities[class];
    }
    g_assert_cmpfloat_with_epsilon(sum, 1, 1e-5);
  }
  backend->close(net);
}

/* The gradient of a batch of all images, ties among them, from Adam's first moment. */
static void test_gradients(gconstpointer data) {
  const Case *c = data;
  size_t count = ink_shape_parameters(&c->shape);
  g_autofree float *parameters = random_parameters(&c->shape);
  g_autofree float *m = g_new(float, count);
  g_autofree double *gradient = g_new0(double, count);
  g_autofree ReferenceResult *result = g_new(ReferenceResult, 1);
  uint8_t images[IMAGES][INK_PIXELS], labels[IMAGES];
  uint32_t order[IMAGES];
  float rate = 0.001f, loss;
  double mean = 0;
  InkNet *net = open_net(c, 2);

  draw(images);
  for (uint32_t i = 0; i < IMAGES; i++) {
    order[i] = IMAGES - 1 - i;
    labels[i] = (uint8_t)(i % 3 % (uint32_t)c->shape.classes);
    reference_network(&c->shape, parameters, images[i], labels[i], 1.0 / IMAGES, result, gradient);
    mean += result->loss / IMAGES;
  }
  backend->put(net, parameters, NULL, NULL, 0);
  backend->load(net, INK_TRAIN, images[0], labels, IMAGES);
  InkTrainRun run = {order, IMAGES, IMAGES, &rate, &loss};
  g_assert_cmpint(backend->train(net, &run), ==, INK_OK);
  backend->get(net, NULL, m, NULL, NULL);
  for (size_t i = 0; i < count; i++)
    m[i] /= 0.1f;
  g_assert_cmpfloat_with_epsilon(loss, mean, 1e-6);
  for (InkTensor t = 0; t < INK_TENSORS; t++) {
    size_t offset = ink_shape_tensor_offset(&c->shape, t);
    double distance =
        relative_distance(m + offset, gradient + offset, ink_shape_tensor_size(&c->shape, t));

    g_test_message("%s: %.2e", ink_tensor_name(t), distance);
    g_assert_cmpfloat(distance, <, 3e-6);
  }
  backend->close(net);
}

/* A channel of conv1 that is below zero wherever an image has ink, which it has everywhere, gets no
 * gradient, not even by rounding: Adam would make steps of it. */
static void test_dead_channel(gconstpointer data) {
  const Case *c = data;
  size_t count = ink_shape_parameters(&c->shape), taps = (size_t)c->shape.kernel * c->shape.kernel;
  size_t bias = ink_shape_tensor_offset(&c->shape, INK_CONV1_BIAS);
  size_t weight2 = ink_shape_tensor_offset(&c->shape, INK_CONV2_WEIGHT);
  g_autofree float *parameters = random_parameters(&c->shape);
  g_autofree float *m = g_new(float, count);
  uint8_t images[IMAGES][INK_PIXELS], labels[1] = {1};
  uint32_t order[1] = {0};
  float rate = 0.001f, loss;
  InkNet *net = open_net(c, 1);

  draw(images);
  for (size_t i = 0; i < taps; i++)
    parameters[i] = -1;
  parameters[bias] = 1e-3f;
  backend->put(net, parameters, NULL, NULL, 0);
  backend->load(net, INK_TRAIN, images[1], labels, 1);
  InkTrainRun run = {order, 1, 1, &rate, &loss};
  g_assert_cmpint(backend->train(net, &run), ==, INK_OK);
  backend->get(net, NULL, m, NULL, NULL);
  for (size_t i = 0; i < taps; i++)
    g_assert_cmpfloat(m[i], ==, 0);
  g_assert_cmpfloat(m[bias], ==, 0);
  for (size_t out = 0; out < 32; out++)
    for (size_t i = 0; i < taps; i++)
      g_assert_cmpfloat(m[weight2 + out * 16 * taps + i], ==, 0);
  backend->close(net);
}

/* Where outputs are equal in exact arithmetic the route is that of the first; and answering for
 * positions without ink gives the same routes as computing them, the same bits in the first layer,
 * and in the second the same values but for Winograd's rounding. */
static void test_routes(gconstpointer data) {
  const Case *c = data;
  const InkKernels *kernels = ink_kernels(c->isa, c->shape.kernel, c->shape.pool);
  g_autofree float *parameters = random_parameters(&c->shape);
  g_autofree ReferenceResult *expected = g_new(ReferenceResult, 1);
  uint8_t images[IMAGES][INK_PIXELS];
  Workbench *bench = workbench_new(&c->shape, kernels, parameters);

  draw(images);
  for (int i = 0; i < IMAGES; i++) {
    InkSample *sample = &bench->work->samples[0], *whole = &bench->work->samples[1];
    int different = 0;

    for (int s = 0; s < 2; s++) {
      kernels->load_image(&bench->work->samples[s], images[i]);
      if (s == 1) {
        memset(whole->pixels, 0xff, sizeof whole->pixels);
        for (int y = 0; y < 14; y++)
          whole->ink[y] = (1 << 14) - 1;
      }
      kernels->conv1_forward(bench->work, &bench->work->samples[s], &bench->parameters);
      kernels->conv2_forward(bench->work, &bench->work->samples[s], &bench->parameters,
                             bench->prepared);
    }
    g_assert_cmpmem(sample->pool1, sizeof sample->pool1, whole->pool1, sizeof whole->pool1);
    g_assert_cmpfloat(test_relative_distance(sample->pool2, whole->pool2, INK_FEATURES), <, 2e-6);
    g_assert_cmpmem(sample->route1, sizeof sample->route1, whole->route1, sizeof whole->route1);
    g_assert_cmpmem(sample->route2, sizeof sample->route2, whole->route2, sizeof whole->route2);

    reference_network(&c->shape, parameters, images[i], 0, 1, expected, NULL);
    for (int o = 0; o < 32; o++)
      for (int w = 0; w < 49; w++)
        different += sample->route2[w * 32 + o] != expected->route2[o * 49 + w];
    for (int o = 0; o < 16; o++)
      for (int w = 0; w < 196; w++)
        different += sample->route1[w * 16 + o] != expected->route1[o * 196 + w];
    g_assert_cmpint(different, ==, 0);
  }
  workbench_free(bench);
}

/* Where a sum is so near zero that only rounding tells whether ReLU is open, the value goes with
 * the route: what is closed is zero, not a rounding of which the linear layer would learn. */
static void test_edge(gconstpointer data) {
  const Case *c = data;
  const InkKernels *kernels = ink_kernels(c->isa, c->shape.kernel, c->shape.pool);
  g_autofree float *parameters = random_parameters(&c->shape);
  uint8_t images[IMAGES][INK_PIXELS];
  Workbench *bench = workbench_new(&c->shape, kernels, parameters);
  InkSample *sample = &bench->work->samples[0];
  float *bias = bench->parameters.conv2_bias;
  int open = 0, closed = 0;

  draw(images);
  for (int i = 0; i < IMAGES * INK_WINDOWS2; i++) {
    int window = i % INK_WINDOWS2;

    kernels->load_image(sample, images[i / INK_WINDOWS2]);
    kernels->conv1_forward(bench->work, sample, &bench->parameters);
    for (int out = 0; out < 32; out++)
      bias[out] = 1;
    kernels->blank(bench->work, &bench->parameters);
    kernels->conv2_forward(bench->work, sample, &bench->parameters, bench->prepared);
    for (int out = 0; out < 32; out++)
      bias[out] -= sample->pool2[window * 32 + out];
    kernels->blank(bench->work, &bench->parameters);
    kernels->conv2_forward(bench->work, sample, &bench->parameters, bench->prepared);
    for (int feature = 0; feature < INK_FEATURES; feature++)
      g_assert_cmpint(sample->route2[feature] == 0, ==, sample->pool2[feature] == 0);
    for (int out = 0; out < 32; out++) {
      float value = sample->pool2[window * 32 + out];

      open += value > 0 && value < 1e-6f;
      closed += value == 0;
    }
  }
  g_test_message("%d open, %d closed", open, closed);
  g_assert_cmpint(MIN(open, closed), >, IMAGES * INK_WINDOWS2 * 32 / 10);
  workbench_free(bench);
}

static void test_nan(gconstpointer data) {
  const Case *c = data;
  g_autofree float *parameters = random_parameters(&c->shape);
  g_autofree float *after = g_new(float, ink_shape_parameters(&c->shape));
  uint8_t images[IMAGES][INK_PIXELS], labels[IMAGES] = {0};
  float logits[INK_MAX_CLASSES], rate = 0.001f, loss;
  uint32_t order[IMAGES];
  InkTaps taps = {.logits = logits};
  InkNet *net = open_net(c, 2);

  draw(images);
  for (uint32_t i = 0; i < IMAGES; i++)
    order[i] = i;
  backend->load(net, INK_TRAIN, images[0], labels, IMAGES);
  for (InkTensor t = 0; t < INK_TENSORS; t++) {
    size_t at = ink_shape_tensor_offset(&c->shape, t);
    float kept = parameters[at];
    InkTrainRun run = {order, IMAGES, IMAGES, &rate, &loss};

    parameters[at] = NAN;
    backend->put(net, parameters, NULL, NULL, 0);
    for (int i = 0; i < IMAGES; i++) {
      backend->infer(net, images[i], &taps);
      g_assert_true(isnan(logits[0]));
    }
    g_assert_cmpint(backend->train(net, &run), ==, INK_OK);
    g_assert_true(isnan(loss));
    backend->get(net, after, NULL, NULL, NULL);
    g_assert_true(isnan(after[at]));
    parameters[at] = kept;
  }
  backend->close(net);
}

static void test_bad_arguments(void) {
  const Case c = {INK_ISA_GENERIC, {3, INK_POOL_MAX, 10}};
  static const InkNetOptions bad[] = {
      {.shape = {4, INK_POOL_MAX, 10}},
      {.shape = {3, (InkPool)2, 10}},
      {.shape = {3, INK_POOL_MAX, 1}},
      {.shape = {3, INK_POOL_MAX, 65}},
      {.shape = {3, INK_POOL_MAX, 10}, .threads = -1},
      {.shape = {3, INK_POOL_MAX, 10}, .device = 1},
  };
  g_autofree float *parameters = random_parameters(&c.shape);
  uint8_t images[2][INK_PIXELS] = {0}, labels[2] = {0, 9}, wrong[2] = {0, 10};
  uint32_t order[2] = {0, 2};
  float rate = 0.001f, loss;
  InkTrainRun run = {order, 2, 2, &rate, &loss};
  InkEvaluation list = {.split = INK_TRAIN, .samples = order, .count = 2};
  InkEvaluation range = {.split = INK_TRAIN, .first = 1, .count = 2};
  InkEvaluation far_range = {.split = INK_TRAIN, .first = SIZE_MAX, .count = 2};
  InkEvaluation nothing = {.split = INK_TEST, .count = 1};
  InkNet *net;

  /* The last two are the CPU's alone. */
  for (size_t i = 0; i < G_N_ELEMENTS(bad) - (backend == ink_cpu_backend() ? 0 : 2); i++) {
    char message[INK_MESSAGE] = "";

    g_assert_cmpint(backend->open(&bad[i], &net, message), ==, INK_BAD_ARGUMENT);
    g_assert_null(net);
    g_assert_cmpstr(message, !=, "");
  }
  net = open_net(&c, 1);
  g_assert_cmpint(backend->load(net, INK_TRAIN, images[0], wrong, 2), ==, INK_BAD_ARGUMENT);
  g_assert_cmpint(backend->load(net, INK_TRAIN, images[0], labels, 2), ==, INK_OK);
  g_assert_cmpint(backend->put(net, parameters, parameters, NULL, 0), ==, INK_BAD_ARGUMENT);
  g_assert_cmpint(backend->put(net, parameters, NULL, NULL, 0), ==, INK_OK);
  g_assert_cmpint(backend->train(net, &run), ==, INK_BAD_ARGUMENT);
  run.batch = 0;
  g_assert_cmpint(backend->train(net, &run), ==, INK_BAD_ARGUMENT);
  run.samples = 0;
  run.batch = 1;
  g_assert_cmpint(backend->train(net, &run), ==, INK_BAD_ARGUMENT);
  g_assert_cmpint(backend->evaluate(net, &list), ==, INK_BAD_ARGUMENT);
  g_assert_cmpint(backend->evaluate(net, &range), ==, INK_BAD_ARGUMENT);
  g_assert_cmpint(backend->evaluate(net, &far_range), ==, INK_BAD_ARGUMENT);
  g_assert_cmpint(backend->evaluate(net, &nothing), ==, INK_BAD_ARGUMENT);
  backend->close(net);
  backend->close(NULL);
}

static void add(const char *name, const Case *c, GTestDataFunc test) {
  g_autofree char *path = g_strdup_printf(
      "/%s/%s/k%d/%s/%d-classes", name,
      backend == ink_cpu_backend() ? ink_isa_option(c->isa) : backend->name, c->shape.kernel,
      c->shape.pool == INK_POOL_MAX ? "max" : "average", c->shape.classes);

  g_test_add_data_func(path, c, test);
}

int main(int argc, char **argv) {
  static const int classes[] = {2, 10, 64};
  static Case cases[INK_ISAS * 2 * 2 * G_N_ELEMENTS(classes)];
  const char *name = g_getenv("INKLING_TEST_BACKEND");
  gboolean on_cpu;
  Case *c = cases;

  g_test_init(&argc, &argv, NULL);
  backend = ink_backend_by_name(name ? name : "cpu");
  g_assert_nonnull(backend);
  on_cpu = backend == ink_cpu_backend();
  for (InkIsa isa = 0; isa < (on_cpu ? INK_ISAS : 1) && ink_isa_is_usable(isa); isa++)
    for (int kernel = 3; kernel <= 5; kernel += 2)
      for (InkPool pool = INK_POOL_MAX; pool <= INK_POOL_AVERAGE; pool++)
        for (size_t i = 0; i < G_N_ELEMENTS(classes); i++, c++) {
          *c = (Case){isa, {kernel, pool, classes[i]}};
          add("forward", c, test_forward);
          add("gradients", c, test_gradients);
          if (classes[i] == 10) {
            add("nan", c, test_nan);
            add("dead-channel", c, test_dead_channel);
          }
          if (classes[i] == 10 && on_cpu) {
            add("routes", c, test_routes);
            if (pool == INK_POOL_MAX)
              add("edge", c, test_edge);
          }
        }
  g_test_add_func("/bad-arguments", test_bad_arguments);
  return g_test_run();
}
