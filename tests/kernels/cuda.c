/* The CUDA backend's own promises, on the emulated GPU: what it says where it can't work, the same
 * bits at any number of multiprocessors and with or without cooperative launch, and the CPU's
 * numbers. */
#include "engine/dataset.h"
#include "kernels/numbers.h"
#include "kernels/registry.h"
#include "tests/support/distance.h"

#include <glib.h>
#include <math.h>
#include <string.h>

enum { IMAGES = 40, TRAINED = 20, BATCH = 8 };
enum { LAST = TRAINED - 2 * BATCH }; /* samples of the last of three steps */

static uint8_t images[IMAGES][INK_PIXELS];
static uint8_t labels[IMAGES];

/* Blots on paper, so that there are empty places as in digits. */
static void make_images(int classes) {
  InkRandom random = ink_random(1, 0);

  memset(images, 0, sizeof images);
  for (int i = 0; i < IMAGES; i++) {
    labels[i] = (uint8_t)ink_random_below(&random, (uint32_t)classes);
    for (int blot = 0; blot < 12; blot++) {
      uint32_t y = 4 + ink_random_below(&random, 20), x = 4 + ink_random_below(&random, 20);

      for (uint32_t j = 0; j < 9; j++)
        images[i][(y + j / 3) * INK_SIDE + x + j % 3] = (uint8_t)ink_random_below(&random, 256);
    }
  }
}

static InkNet *open_net(const InkBackend *backend, const InkShape *shape) {
  InkNetOptions options = {.shape = *shape, .threads = 1};
  size_t count = ink_shape_parameters(shape);
  g_autofree float *parameters = g_new(float, count);
  InkRandom random = ink_random(2, 0);
  char message[INK_MESSAGE];
  InkNet *net;

  for (InkTensor t = 0; t < INK_TENSORS; t++)
    for (size_t i = 0; i < ink_shape_tensor_size(shape, t); i++)
      parameters[ink_shape_tensor_offset(shape, t) + i] =
          ink_random_signed(&random) / sqrtf((float)ink_shape_fan_in(shape, t));
  g_assert_cmpint(backend->open(&options, &net, message), ==, INK_OK);
  g_assert_cmpint(backend->put(net, parameters, NULL, NULL, 0), ==, INK_OK);
  for (InkSplit split = 0; split < INK_SPLITS; split++)
    g_assert_cmpint(backend->load(net, split, images[0], labels, IMAGES), ==, INK_OK);
  return net;
}

/* What three steps, the last one short, leave. */
typedef struct {
  float loss[3], *parameters, *m;
  uint8_t predicted[BATCH];
  float probability[BATCH], sample_loss[BATCH];
} Trained;

static void train(const InkBackend *backend, InkNet *net, const InkShape *shape, Trained *out) {
  uint32_t order[TRAINED];
  float rate[3] = {0.001f, 0.002f, 0.001f};
  InkTrainRun run = {order,          TRAINED,          BATCH,           rate, out->loss,
                     out->predicted, out->probability, out->sample_loss};

  for (uint32_t i = 0; i < TRAINED; i++)
    order[i] = i * 17 % IMAGES;
  out->parameters = g_new(float, ink_shape_parameters(shape));
  out->m = g_new(float, ink_shape_parameters(shape));
  g_assert_cmpint(backend->train(net, &run), ==, INK_OK);
  g_assert_cmpint(backend->get(net, out->parameters, out->m, NULL, NULL), ==, INK_OK);
}

static void trained_clear(Trained *trained) {
  g_free(trained->parameters);
  g_free(trained->m);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Trained, trained_clear)

static void assert_close(const float *a, const float *b, size_t count, double tolerance) {
  for (size_t i = 0; i < count; i++)
    g_assert_cmpfloat_with_epsilon(a[i], b[i], tolerance);
}

static void compare_training(const InkShape *shape, const InkBackend *cpu, InkNet *on_cpu,
                             const InkBackend *cuda, InkNet *on_cuda) {
  g_auto(Trained) expected = {0};
  g_auto(Trained) got = {0};
  size_t count = ink_shape_parameters(shape);

  train(cpu, on_cpu, shape, &expected);
  train(cuda, on_cuda, shape, &got);
  assert_close(got.loss, expected.loss, 3, 1e-5);
  assert_close(got.probability, expected.probability, LAST, 1e-5);
  assert_close(got.sample_loss, expected.sample_loss, LAST, 1e-4);
  g_assert_cmpmem(got.predicted, LAST, expected.predicted, LAST);
  g_assert_cmpfloat(test_relative_distance(got.m, expected.m, count), <, 1e-4);
  g_assert_cmpfloat(test_relative_distance(got.parameters, expected.parameters, count), <, 1e-5);
}

static void compare_evaluation(const InkShape *shape, const InkBackend *cpu, InkNet *on_cpu,
                               const InkBackend *cuda, InkNet *on_cuda) {
  uint32_t list[] = {3, 1, 39};
  const InkBackend *backends[] = {cpu, cuda};
  InkNet *nets[] = {on_cpu, on_cuda};
  float loss[2][3], probabilities[2][3 * INK_MAX_CLASSES];
  uint8_t predicted[2][3];
  size_t correct[2];

  for (int i = 0; i < 2; i++) {
    InkEvaluation evaluation = {.split = INK_TEST,
                                .samples = list,
                                .count = 3,
                                .loss = loss[i],
                                .predicted = predicted[i],
                                .probabilities = probabilities[i],
                                .correct = &correct[i]};

    g_assert_cmpint(backends[i]->evaluate(nets[i], &evaluation), ==, INK_OK);
  }
  assert_close(loss[0], loss[1], 3, 1e-4);
  assert_close(probabilities[0], probabilities[1], 3 * (size_t)shape->classes, 1e-5);
  g_assert_cmpmem(predicted[0], 3, predicted[1], 3);
  g_assert_cmpuint(correct[0], ==, correct[1]);
}

static void compare_taps(const InkBackend *cpu, InkNet *on_cpu, const InkBackend *cuda,
                         InkNet *on_cuda) {
  enum { CONV1 = 16 * 28 * 28, POOL1 = 16 * 14 * 14, CONV2 = 32 * 14 * 14, POOL2 = INK_FEATURES };
  const InkBackend *backends[] = {cpu, cuda};
  InkNet *nets[] = {on_cpu, on_cuda};
  float *maps[2];

  for (int i = 0; i < 2; i++) {
    InkTaps taps = {.conv1 = maps[i] = g_new(float, CONV1 + POOL1 + CONV2 + POOL2)};

    taps.pool1 = taps.conv1 + CONV1;
    taps.conv2 = taps.pool1 + POOL1;
    taps.pool2 = taps.conv2 + CONV2;
    g_assert_cmpint(backends[i]->infer(nets[i], images[7], &taps), ==, INK_OK);
  }
  assert_close(maps[0], maps[1], CONV1 + POOL1 + CONV2 + POOL2, 1e-5);
  g_free(maps[0]);
  g_free(maps[1]);
}

static void test_as_cpu(gconstpointer data) {
  const InkShape *shape = data;
  const InkBackend *cpu = ink_cpu_backend(), *cuda = ink_cuda_backend();
  InkNet *on_cpu, *on_cuda;

  make_images(shape->classes);
  on_cpu = open_net(cpu, shape);
  on_cuda = open_net(cuda, shape);
  compare_evaluation(shape, cpu, on_cpu, cuda, on_cuda);
  compare_taps(cpu, on_cpu, cuda, on_cuda);
  compare_training(shape, cpu, on_cpu, cuda, on_cuda);
  cpu->close(on_cpu);
  cuda->close(on_cuda);
}

static void test_same_bits(void) {
  static const char *const devices[] = {
#if !defined __SANITIZE_THREAD__ /* slow, and they show no other order */
    "multiprocessors=1",
    "multiprocessors=5",
#endif
    "multiprocessors=2",
    "multiprocessors=3 cooperative=0"
  };
  InkShape shape = {3, INK_POOL_MAX, 10};
  const InkBackend *cuda = ink_cuda_backend();
  size_t bytes = ink_shape_parameters(&shape) * sizeof(float);
  g_auto(Trained) first = {0};

  make_images(10);
  for (gsize i = 0; i < G_N_ELEMENTS(devices); i++) {
    g_auto(Trained) trained = {0};
    InkNet *net;

    g_setenv("EMULATED_GPU", devices[i], TRUE);
    net = open_net(cuda, &shape);
    train(cuda, net, &shape, i ? &trained : &first);
    cuda->close(net);
    if (i) {
      g_assert_cmpmem(trained.loss, sizeof trained.loss, first.loss, sizeof first.loss);
      g_assert_cmpmem(trained.parameters, bytes, first.parameters, bytes);
    }
  }
  g_unsetenv("EMULATED_GPU");
}

/* 40 steps on real digits, as on the CPU: the first ten losses within the golden runs' tolerance,
 * and no further off than rounding has them drift apart after. */
G_GNUC_UNUSED static void test_mnist(void) {
  enum { STEPS = 40, EACH = 10 };
  g_autoptr(InkDataset) mnist = ink_dataset_open("mnist", NULL);
  const InkBackend *backends[] = {ink_cpu_backend(), ink_cuda_backend()};
  InkShape shape = {3, INK_POOL_MAX, 10};
  size_t count = ink_shape_parameters(&shape), correct[2];
  uint32_t order[STEPS * EACH];
  float rates[STEPS], losses[2][STEPS], *parameters[2];

  if (!mnist) {
    g_test_skip("MNIST is not on this machine");
    return;
  }
  ink_permutation(order, STEPS * EACH, 1, 0);
  for (int i = 0; i < STEPS; i++)
    rates[i] = 0.001f;
  make_images(10);
  for (int i = 0; i < 2; i++) {
    InkTrainRun run = {order, STEPS * EACH, EACH, rates, losses[i]};
    InkEvaluation evaluation = {.split = INK_TEST, .count = 500, .correct = &correct[i]};
    InkNet *net = open_net(backends[i], &shape);

    parameters[i] = g_new(float, count);
    for (InkSplit split = 0; split < INK_SPLITS; split++)
      backends[i]->load(net, split, ink_dataset_get_images(mnist, split),
                        ink_dataset_get_labels(mnist, split), ink_dataset_get_count(mnist, split));
    g_assert_cmpint(backends[i]->train(net, &run), ==, INK_OK);
    g_assert_cmpint(backends[i]->evaluate(net, &evaluation), ==, INK_OK);
    backends[i]->get(net, parameters[i], NULL, NULL, NULL);
    backends[i]->close(net);
  }
  assert_close(losses[1], losses[0], 10, 1e-5);
  assert_close(losses[1], losses[0], STEPS, 1e-4);
  g_test_message("parameters differ by %.2e, %zu and %zu of 500 are right",
                 test_relative_distance(parameters[1], parameters[0], count), correct[0],
                 correct[1]);
  g_assert_cmpfloat(test_relative_distance(parameters[1], parameters[0], count), <, 1e-4);
  g_assert_cmpuint(correct[0], >, 250);
  g_assert_cmpint(ABS((int)correct[1] - (int)correct[0]), <=, 2);
  g_free(parameters[0]);
  g_free(parameters[1]);
}

typedef struct {
  const char *gpu, *says;
} Trouble;

static void test_unusable(gconstpointer data) {
  const Trouble *trouble = data;
  InkDevice device = {0};

  g_setenv("EMULATED_GPU", trouble->gpu, TRUE);
  g_assert_cmpuint(ink_cuda_backend()->devices(&device, 1), ==, 1);
  g_assert_false(device.usable);
  g_assert_nonnull(strstr(device.reason, trouble->says));
  g_unsetenv("EMULATED_GPU");
}

static void test_cannot_open(gconstpointer data) {
  const Trouble *trouble = data;
  InkNetOptions options = {.shape = {5, INK_POOL_MAX, 10}};
  char message[INK_MESSAGE];
  InkNet *net;

  g_setenv("EMULATED_GPU", trouble->gpu, TRUE);
  g_assert_cmpint(ink_cuda_backend()->open(&options, &net, message), !=, INK_OK);
  g_assert_null(net);
  g_assert_nonnull(strstr(message, trouble->says));
  g_unsetenv("EMULATED_GPU");
}

static void test_lost(void) {
  InkShape shape = {3, INK_POOL_MAX, 10};
  const InkBackend *cuda = ink_cuda_backend();
  uint32_t order[] = {0, 1};
  float rate = 0.001f, loss;
  InkTrainRun run = {order, 2, 2, &rate, &loss};
  InkNet *net;

  make_images(10);
  net = open_net(cuda, &shape);
  g_setenv("EMULATED_GPU", "lost_at=1", TRUE);
  g_assert_cmpint(cuda->train(net, &run), ==, INK_DEVICE_LOST);
  cuda->close(net);
  g_unsetenv("EMULATED_GPU");
}

int main(int argc, char **argv) {
  static const struct {
    const char *path;
    InkShape shape;
  } shapes[] = {
#if !defined __SANITIZE_THREAD__ /* slow, and each of these is in one that follows */
    {"/cuda/as-cpu/k3-max", {3, INK_POOL_MAX, 10}},
    {"/cuda/as-cpu/k5-average", {5, INK_POOL_AVERAGE, 10}},
    {"/cuda/as-cpu/2-classes", {3, INK_POOL_MAX, 2}},
#endif
    {"/cuda/as-cpu/k5-max", {5, INK_POOL_MAX, 10}},
    {"/cuda/as-cpu/k3-average", {3, INK_POOL_AVERAGE, 10}},
    {"/cuda/as-cpu/64-classes", {3, INK_POOL_MAX, 64}},
  };
  static const struct {
    const char *path;
    Trouble trouble;
  } unusable[] = {
      {"/cuda/unusable/no-driver", {"driver=0", "No NVIDIA driver"}},
      {"/cuda/unusable/old-driver", {"driver=12040", "CUDA 12.4"}},
      {"/cuda/unusable/no-device", {"devices=0", "CUDA_VISIBLE_DEVICES"}},
      {"/cuda/unusable/old-device", {"major=7 minor=0", "at least 7.5"}},
      {"/cuda/unusable/prohibited", {"mode=2", "nvidia-smi"}},
      {"/cuda/unusable/exclusive", {"mode=3", "Another program"}},
      {"/cuda/unusable/little-memory", {"free=10000000", "9 MB of free memory"}},
  };
  static const struct {
    const char *path;
    Trouble trouble;
  } cannot_open[] = {
      {"/cuda/cannot-open/little-memory", {"free=10000000", "9 MB of free memory"}},
      {"/cuda/cannot-open/exclusive", {"mode=3", "Another program"}},
  };

  InkDevice device = {0};

  g_test_init(&argc, &argv, NULL);
  ink_cuda_backend()->devices(&device, 1);
  for (gsize i = 0; i < G_N_ELEMENTS(shapes); i++)
    g_test_add_data_func(shapes[i].path, &shapes[i].shape, test_as_cpu);
  g_test_add_func("/cuda/same-bits", test_same_bits);
#if !defined __SANITIZE_ADDRESS__ && !defined __SANITIZE_THREAD__ /* too slow */
  g_test_add_func("/cuda/mnist", test_mnist);
#endif
  /* A real device has its own troubles. */
  if (!g_str_has_prefix(device.name, "Emulated"))
    return g_test_run();
  for (gsize i = 0; i < G_N_ELEMENTS(unusable); i++)
    g_test_add_data_func(unusable[i].path, &unusable[i].trouble, test_unusable);
  for (gsize i = 0; i < G_N_ELEMENTS(cannot_open); i++)
    g_test_add_data_func(cannot_open[i].path, &cannot_open[i].trouble, test_cannot_open);
  g_test_add_func("/cuda/lost", test_lost);
  return g_test_run();
}
