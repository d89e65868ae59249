/* Calls that are queued on the CUDA backend: nothing of a call is there before it is waited for,
 * and then all is as if each had been waited for at once. */
#include "kernels/numbers.h"
#include "kernels/registry.h"

#include <glib.h>
#include <string.h>

enum { IMAGES = 3, BATCH = 1, STEPS = 2, TRAINED = STEPS * BATCH, UNTOLD = 0xee };

/* A device with room for a test beside steps. */
#if !defined __SANITIZE_ADDRESS__ && !defined __SANITIZE_THREAD__ /* too many fibers */
#define ROOMY "multiprocessors=100"
#endif

static const InkShape shape = {3, INK_POOL_MAX, 10};
static const InkBackend *cuda;
static uint8_t images[IMAGES][INK_PIXELS], labels[IMAGES];
static float *initial;

static void make_data(void) {
  InkRandom random = ink_random(1, 0);

  for (int i = 0; i < IMAGES; i++) {
    labels[i] = (uint8_t)ink_random_below(&random, 10);
    for (int p = 0; p < INK_PIXELS; p++)
      images[i][p] = (uint8_t)ink_random_below(&random, 256);
  }
  initial = g_new(float, ink_shape_parameters(&shape));
  for (size_t i = 0; i < ink_shape_parameters(&shape); i++)
    initial[i] = 0.05f * ink_random_signed(&random);
}

static InkNet *open_net(bool queued) {
  InkNetOptions options = {.shape = shape, .queued = queued};
  char message[INK_MESSAGE];
  InkNet *net;

  g_assert_cmpint(cuda->open(&options, &net, message), ==, INK_OK);
  g_assert_cmpint(cuda->put(net, initial, NULL, NULL, 0), ==, INK_OK);
  for (InkSplit split = 0; split < INK_SPLITS; split++)
    g_assert_cmpint(cuda->load(net, split, images[0], labels, IMAGES), ==, INK_OK);
  return net;
}

static size_t parameter_bytes(void) {
  return ink_shape_parameters(&shape) * sizeof(float);
}

/* What one of each call, in this order, gives. */
typedef struct {
  float loss[STEPS], sample_loss[BATCH];
  float tested_loss[IMAGES];
  size_t correct;
  double device_seconds; /* of the steps and the test */
  float *parameters;
} Round;

static Round *round_new(void) {
  Round *round = g_new(Round, 1);

  memset(round, UNTOLD, sizeof *round);
  round->device_seconds = 0;
  round->parameters = g_malloc(parameter_bytes());
  memset(round->parameters, UNTOLD, parameter_bytes());
  return round;
}

static void round_free(Round *round) {
  g_free(round->parameters);
  g_free(round);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Round, round_free)

static bool is_told(const void *what, size_t bytes) {
  for (size_t i = 0; i < bytes; i++)
    if (((const uint8_t *)what)[i] != UNTOLD)
      return true;
  return false;
}

static bool steps_are_told(const Round *round) {
  return is_told(round->loss, sizeof round->loss);
}

static bool test_is_told(const Round *round) {
  return is_told(round->tested_loss, sizeof round->tested_loss);
}

static bool state_is_told(const Round *round) {
  return is_told(round->parameters, parameter_bytes());
}

/* What goes in is gone when it returns. */
static InkStatus train(InkNet *net, Round *round) {
  g_autofree uint32_t *order = g_new(uint32_t, TRAINED);
  float rates[STEPS] = {0.001f, 0.002f};
  InkTrainRun run = {.order = order,
                     .samples = TRAINED,
                     .batch = BATCH,
                     .learning_rate = rates,
                     .loss = round->loss,
                     .sample_loss = round->sample_loss,
                     .device_seconds = &round->device_seconds};
  InkStatus status;

  for (uint32_t i = 0; i < TRAINED; i++)
    order[i] = i * 2 % IMAGES;
  status = cuda->train(net, &run);
  memset(order, UNTOLD, TRAINED * sizeof *order);
  memset(rates, UNTOLD, sizeof rates);
  return status;
}

static InkStatus test(InkNet *net, Round *round) {
  uint32_t samples[IMAGES];
  InkEvaluation evaluation = {.split = INK_TEST,
                              .samples = samples,
                              .count = IMAGES,
                              .loss = round->tested_loss,
                              .correct = &round->correct,
                              .device_seconds = &round->device_seconds};
  InkStatus status;

  for (uint32_t i = 0; i < IMAGES; i++)
    samples[i] = IMAGES - 1 - i;
  status = cuda->evaluate(net, &evaluation);
  memset(samples, UNTOLD, sizeof samples);
  return status;
}

static InkStatus get(InkNet *net, Round *round) {
  return cuda->get(net, round->parameters, NULL, NULL, NULL);
}

static void run(InkNet *net, Round *round) {
  g_assert_cmpint(train(net, round), ==, INK_OK);
  g_assert_cmpint(test(net, round), ==, INK_OK);
  g_assert_cmpint(get(net, round), ==, INK_OK);
}

static void assert_same(const Round *a, const Round *b) {
  g_assert_cmpmem(a->loss, sizeof a->loss, b->loss, sizeof b->loss);
  g_assert_cmpmem(a->sample_loss, sizeof a->sample_loss, b->sample_loss, sizeof b->sample_loss);
  g_assert_cmpmem(a->tested_loss, sizeof a->tested_loss, b->tested_loss, sizeof b->tested_loss);
  g_assert_cmpuint(a->correct, ==, b->correct);
  g_assert_cmpmem(a->parameters, parameter_bytes(), b->parameters, parameter_bytes());
}

/* One call after the other becomes known, and no other. */
static void test_told_in_order(void) {
  InkNet *net = open_net(true);
  g_autoptr(Round) round = round_new();

  run(net, round);
  g_assert_false(steps_are_told(round));
  g_assert_cmpint(cuda->wait(net, 2), ==, INK_OK);
  g_assert_true(steps_are_told(round));
  g_assert_false(test_is_told(round));
  g_assert_cmpint(cuda->wait(net, 1), ==, INK_OK);
  g_assert_true(test_is_told(round));
  g_assert_false(state_is_told(round));
  g_assert_cmpint(cuda->wait(net, 0), ==, INK_OK);
  g_assert_true(state_is_told(round));
  cuda->close(net);
}

/* More calls than there are places for, so that some wait on their own. Loading a data set comes
 * after all that was queued before it. Neither do tests see the steps that go on beside them, nor
 * anything too early, whichever the device does first. */
static void test_same_bits(gconstpointer gpu) {
  InkNet *blocking = open_net(false), *queued;
  Round *expected[2] = {round_new(), round_new()}, *got[2] = {round_new(), round_new()};

  for (int i = 0; i < 2; i++)
    run(blocking, expected[i]);
  cuda->close(blocking);
  g_setenv("EMULATED_GPU", gpu, TRUE);
  queued = open_net(true);
  for (int i = 0; i < 2; i++)
    run(queued, got[i]);
  g_assert_cmpint(cuda->load(queued, INK_TRAIN, images[0], labels, IMAGES), ==, INK_OK);
  for (int i = 0; i < 2; i++) {
    assert_same(expected[i], got[i]);
    round_free(expected[i]);
    round_free(got[i]);
  }
  cuda->close(queued);
  g_unsetenv("EMULATED_GPU");
}

/* The device's time is added up as calls become known, and is not more than they took. */
static void test_device_seconds(void) {
  InkNet *net = open_net(true);
  g_autoptr(Round) round = round_new();
  gint64 begun = g_get_monotonic_time();
  double steps;

  run(net, round);
  g_assert_cmpfloat(round->device_seconds, ==, 0);
  g_assert_cmpint(cuda->wait(net, 2), ==, INK_OK);
  steps = round->device_seconds;
  g_assert_cmpfloat(steps, >, 0);
  g_assert_cmpint(cuda->wait(net, 0), ==, INK_OK);
  g_assert_cmpfloat(round->device_seconds, >, steps);
  g_assert_cmpfloat(round->device_seconds, <=, (double)(g_get_monotonic_time() - begun) * 1e-6);
  cuda->close(net);
}

/* A net that is not opened queued has told all when a call returns, and may be waited for. */
static void test_blocking(void) {
  InkNet *net = open_net(false);
  g_autoptr(Round) round = round_new();

  run(net, round);
  g_assert_true(steps_are_told(round));
  g_assert_true(test_is_told(round));
  g_assert_true(state_is_told(round));
  g_assert_cmpint(cuda->wait(net, 0), ==, INK_OK);
  cuda->close(net);
}

/* What is not waited for is never told, and what it would be told to may be gone. */
static void test_close(void) {
  InkNet *net = open_net(true);
  g_autoptr(Round) round = round_new();

  run(net, round);
  cuda->close(net);
  g_assert_false(steps_are_told(round));
  g_assert_false(state_is_told(round));
  cuda->close(open_net(true));
}

/* The device does not survive the second steps: the first are told, and the state between them. */
static void test_lost(void) {
  InkNet *net = open_net(true);
  g_autoptr(Round) first = round_new();
  g_autoptr(Round) second = round_new();

  g_setenv("EMULATED_GPU", "lost_at=3", TRUE);
  run(net, first);
  g_assert_cmpint(train(net, second), ==, INK_OK);
  g_assert_cmpint(cuda->wait(net, 1), ==, INK_OK);
  g_assert_true(state_is_told(first));
  g_assert_cmpint(cuda->wait(net, 0), ==, INK_DEVICE_LOST);
  g_assert_false(steps_are_told(second));
  g_assert_cmpint(train(net, second), ==, INK_DEVICE_LOST);
  g_assert_cmpint(get(net, second), ==, INK_DEVICE_LOST);
  cuda->close(net);
  g_assert_false(steps_are_told(second));
  g_unsetenv("EMULATED_GPU");
  cuda->close(open_net(true));
}

#ifdef ROOMY
/* Steps do not wait for the test before them: until somebody does they are the second launch, and
 * the test is the third, which the device does not survive. */
static void test_beside(void) {
  InkNet *net;
  g_autoptr(Round) first = round_new();
  g_autoptr(Round) second = round_new();

  g_setenv("EMULATED_GPU", ROOMY " eager=1 lost_at=3", TRUE);
  net = open_net(true);
  g_assert_cmpint(train(net, first), ==, INK_OK);
  g_assert_cmpint(test(net, first), ==, INK_OK);
  g_assert_cmpint(train(net, second), ==, INK_OK);
  g_assert_cmpint(cuda->wait(net, 2), ==, INK_OK);
  g_assert_true(steps_are_told(first));
  g_assert_cmpint(cuda->wait(net, 1), ==, INK_DEVICE_LOST);
  cuda->close(net);
  g_unsetenv("EMULATED_GPU");
}
#endif

int main(int argc, char **argv) {
  InkDevice device = {0};
  int status;

  g_test_init(&argc, &argv, NULL);
  cuda = ink_cuda_backend();
  cuda->devices(&device, 1);
  make_data();
  g_test_add_func("/cuda-queue/told-in-order", test_told_in_order);
  g_test_add_data_func("/cuda-queue/same-bits/lazy", "eager=0", test_same_bits);
  g_test_add_data_func("/cuda-queue/same-bits/eager", "eager=1", test_same_bits);
#ifdef ROOMY
  g_test_add_data_func("/cuda-queue/same-bits/beside-lazy", ROOMY, test_same_bits);
  g_test_add_data_func("/cuda-queue/same-bits/beside-eager", ROOMY " eager=1", test_same_bits);
#endif
  g_test_add_func("/cuda-queue/device-seconds", test_device_seconds);
  g_test_add_func("/cuda-queue/blocking", test_blocking);
  g_test_add_func("/cuda-queue/close", test_close);
  /* A real device can't be told to break. */
  if (g_str_has_prefix(device.name, "Emulated")) {
    g_test_add_func("/cuda-queue/lost", test_lost);
#ifdef ROOMY
    g_test_add_func("/cuda-queue/beside", test_beside);
#endif
  }
  status = g_test_run();
  g_free(initial);
  return status;
}
