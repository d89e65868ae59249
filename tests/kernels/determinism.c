/* The same bits from a backend: at any number of threads, however a run is cut into calls,
 * whichever entry is asked, and at every batch size. INKLING_TEST_BACKEND names another than the
 * CPU's, and INKLING_TEST_SAMPLES is how many images there are, fewer where it is emulated. */
#include "kernels/numbers.h"
#include "kernels/registry.h"
#include "tests/support/distance.h"

#include <glib.h>
#include <math.h>
#include <string.h>

enum { SAMPLES = 300 };

static const InkBackend *backend;
static const InkShape shape = {3, INK_POOL_MAX, 10};
static uint32_t big = 10000;
static uint8_t *images, *labels; /* (big, …): a bar whose place is its label, and noise */
static float *initial;
static float rates[SAMPLES];

static void make_data(void) {
  InkRandom random = ink_random(5, 0);

  images = g_new0(uint8_t, big * INK_PIXELS);
  labels = g_new(uint8_t, big);
  for (uint32_t i = 0; i < big; i++) {
    labels[i] = (uint8_t)ink_random_below(&random, 10);
    for (int p = 0; p < 60; p++)
      images[i * INK_PIXELS + (4 + p / 3) * 28 + 2 * labels[i] + p % 3] =
          (uint8_t)ink_random_below(&random, 256);
  }
  initial = g_new(float, ink_shape_parameters(&shape));
  for (size_t i = 0; i < ink_shape_parameters(&shape); i++)
    initial[i] = 0.05f * ink_random_signed(&random);
  for (int i = 0; i < SAMPLES; i++)
    rates[i] = 0.001f;
}

static InkNet *open_net(int threads) {
  InkNetOptions options = {.shape = shape, .threads = threads};
  char message[INK_MESSAGE];
  InkNet *net;

  g_assert_cmpint(backend->open(&options, &net, message), ==, INK_OK);
  backend->put(net, initial, NULL, NULL, 0);
  backend->load(net, INK_TRAIN, images, labels, big);
  backend->load(net, INK_TEST, images, labels, big);
  return net;
}

/* The state after training SAMPLES samples in steps of batch, per_call steps a call. */
typedef struct {
  float *parameters, *m, *v, loss[SAMPLES];
  int64_t updates;
  uint8_t predicted[SAMPLES];
  float probability[SAMPLES], sample_loss[SAMPLES];
} State;

static void train(InkNet *net, size_t batch, size_t per_call, State *state) {
  size_t count = ink_shape_parameters(&shape), steps = (SAMPLES + batch - 1) / batch;
  g_autofree uint32_t *order = g_new(uint32_t, SAMPLES);

  ink_permutation(order, SAMPLES, 1, 0);
  memset(state, 0, sizeof *state);
  for (size_t step = 0; step < steps; step += per_call) {
    size_t first = step * batch, samples = MIN(per_call * batch, SAMPLES - first);
    InkTrainRun run = {order + first,
                       samples,
                       batch,
                       rates + step,
                       state->loss + step,
                       state->predicted,
                       state->probability,
                       state->sample_loss};

    /* Of the last step alone. */
    memset(state->predicted, 0, sizeof state->predicted);
    memset(state->probability, 0, sizeof state->probability);
    memset(state->sample_loss, 0, sizeof state->sample_loss);
    g_assert_cmpint(backend->train(net, &run), ==, INK_OK);
  }
  state->parameters = g_new(float, count);
  state->m = g_new(float, count);
  state->v = g_new(float, count);
  backend->get(net, state->parameters, state->m, state->v, &state->updates);
  g_assert_cmpint(state->updates, ==, (int64_t)steps);
}

static void assert_same(State *a, State *b) {
  size_t bytes = ink_shape_parameters(&shape) * sizeof(float);

  g_assert_cmpmem(a->parameters, bytes, b->parameters, bytes);
  g_assert_cmpmem(a->m, bytes, b->m, bytes);
  g_assert_cmpmem(a->v, bytes, b->v, bytes);
  g_assert_cmpmem(a->loss, sizeof a->loss, b->loss, sizeof b->loss);
  g_assert_cmpmem(a->predicted, sizeof a->predicted, b->predicted, sizeof b->predicted);
  g_assert_cmpmem(a->probability, sizeof a->probability, b->probability, sizeof b->probability);
  g_assert_cmpmem(a->sample_loss, sizeof a->sample_loss, b->sample_loss, sizeof b->sample_loss);
}

static void clear(State *state) {
  g_free(state->parameters);
  g_free(state->m);
  g_free(state->v);
}

static void test_threads(void) {
  static const int threads[] = {2, 3, 7, 17}; /* 11 chunks */
  State one, other;
  InkNet *net = open_net(1);

  train(net, 64, SAMPLES, &one);
  backend->close(net);
  for (size_t i = 0; i < G_N_ELEMENTS(threads); i++) {
    net = open_net(threads[i]);
    train(net, 64, SAMPLES, &other);
    backend->close(net);
    assert_same(&one, &other);
    clear(&other);
  }
  clear(&one);
}

static void test_calls(void) {
  State whole, cut;
  InkNet *net = open_net(2);

  train(net, 64, SAMPLES, &whole);
  backend->put(net, initial, NULL, NULL, 0);
  train(net, 64, 1, &cut);
  backend->close(net);
  assert_same(&whole, &cut);
  clear(&whole);
  clear(&cut);
}

/* Stopped, taken out, put into another network, and gone on with. */
static void test_state(void) {
  size_t count = ink_shape_parameters(&shape);
  g_autofree float *p = g_new(float, count), *m = g_new(float, count), *v = g_new(float, count);
  g_autofree float *there = g_new(float, count), *here = g_new(float, count);
  g_autofree uint32_t *order = g_new(uint32_t, SAMPLES);
  float loss[SAMPLES];
  int64_t updates;
  InkNet *first = open_net(1), *second = open_net(2);
  InkTrainRun run = {order, SAMPLES, 50, rates, loss};

  ink_permutation(order, SAMPLES, 2, 0);
  backend->train(first, &run);
  backend->get(first, p, m, v, &updates);
  backend->put(second, p, m, v, updates);
  backend->train(first, &run);
  backend->train(second, &run);
  backend->get(first, here, NULL, NULL, NULL);
  backend->get(second, there, NULL, NULL, NULL);
  g_assert_cmpmem(here, count * sizeof(float), there, count * sizeof(float));
  backend->close(first);
  backend->close(second);
}

/* An evaluation is of the weights as they are, not as they were when it last looked. */
static void test_newest(void) {
  enum { COUNT = 50 };
  g_autofree float *parameters = g_new(float, ink_shape_parameters(&shape));
  g_autofree uint32_t *order = g_new(uint32_t, SAMPLES);
  float loss[SAMPLES], logits[COUNT * 10], expected[COUNT * 10];
  InkNet *net = open_net(2), *fresh = open_net(2);
  InkTrainRun run = {order, SAMPLES, 50, rates, loss};
  InkEvaluation evaluation = {.split = INK_TEST, .count = COUNT, .logits = logits};

  ink_permutation(order, SAMPLES, 2, 0);
  backend->evaluate(net, &evaluation);
  backend->train(net, &run);
  backend->evaluate(net, &evaluation);
  backend->get(net, parameters, NULL, NULL, NULL);
  backend->put(fresh, parameters, NULL, NULL, 0);
  evaluation.logits = expected;
  backend->evaluate(fresh, &evaluation);
  g_assert_cmpmem(logits, sizeof logits, expected, sizeof expected);
  backend->close(net);
  backend->close(fresh);
}

/* Losses of a step are those of an evaluation before it, at every size of batch; on the CPU, whose
 * evaluations have kernels of their own, but for rounding. */
static void test_batches(void) {
  const size_t batches[] = {1, 7, SAMPLES - 1, SAMPLES, big};
  g_autofree float *loss = g_new(float, big), *each = g_new(float, big),
                   *before = g_new(float, big);
  g_autofree uint8_t *predicted = g_new(uint8_t, big), *expected = g_new(uint8_t, big);
  g_autofree uint32_t *order = g_new(uint32_t, big);
  InkNet *net = open_net(2);

  ink_permutation(order, big, 3, 0);
  for (size_t i = 0; i < G_N_ELEMENTS(batches); i++) {
    size_t batch = batches[i];
    InkTrainRun run = {order, batch, batch, rates, loss, predicted, NULL, each};
    InkEvaluation evaluation = {INK_TRAIN, order, 0, batch, before, expected};
    double mean = 0;

    backend->put(net, initial, NULL, NULL, 0);
    g_assert_cmpint(backend->evaluate(net, &evaluation), ==, INK_OK);
    g_assert_cmpint(backend->train(net, &run), ==, INK_OK);
    if (backend == ink_cpu_backend())
      g_assert_cmpfloat(test_relative_distance(each, before, batch), <, 1e-6);
    else
      g_assert_cmpmem(each, batch * sizeof(float), before, batch * sizeof(float));
    g_assert_cmpmem(predicted, batch, expected, batch);
    for (size_t s = 0; s < batch; s++)
      mean += before[s] / (double)batch;
    g_assert_cmpfloat_with_epsilon(loss[0], mean, 1e-6);
  }
  /* A batch larger than what there is to train is one short step. */
  InkTrainRun run = {order, 10, big, rates, loss, predicted};
  g_assert_cmpint(backend->train(net, &run), ==, INK_OK);
  backend->close(net);
}

/* The same image gives the same bits in a range, in a list, among others or alone, and inferred. */
static void test_entries(void) {
  enum { COUNT = 50 };
  g_autofree uint32_t *list = g_new(uint32_t, COUNT);
  float range_logits[COUNT * 10], list_logits[COUNT * 10], range_loss[COUNT], list_loss[COUNT];
  float range_probabilities[COUNT * 10], probabilities[10], logits[10], loss;
  uint8_t predicted[COUNT];
  size_t correct, right = 0;
  InkNet *net = open_net(2);
  InkEvaluation range = {.split = INK_TEST,
                         .first = 100,
                         .count = COUNT,
                         .loss = range_loss,
                         .predicted = predicted,
                         .probabilities = range_probabilities,
                         .logits = range_logits,
                         .correct = &correct};
  InkEvaluation listed = {INK_TEST, list, 0, COUNT, list_loss, NULL, NULL, list_logits};
  InkEvaluation alone = {INK_TEST, NULL, 0, 1, &loss, NULL, NULL, logits};
  InkTaps taps = {.logits = logits, .probabilities = probabilities};

  for (uint32_t i = 0; i < COUNT; i++)
    list[i] = 100 + COUNT - 1 - i;
  backend->evaluate(net, &range);
  backend->evaluate(net, &listed);
  for (size_t i = 0; i < COUNT; i++) {
    const float *expected = range_logits + 10 * i;
    size_t bytes = sizeof logits, best = 0;

    g_assert_cmpmem(expected, bytes, list_logits + 10 * (COUNT - 1 - i), bytes);
    g_assert_cmpmem(&range_loss[i], sizeof(float), &list_loss[COUNT - 1 - i], sizeof(float));
    alone.first = 100 + i;
    backend->evaluate(net, &alone);
    g_assert_cmpmem(expected, bytes, logits, bytes);
    g_assert_cmpmem(&range_loss[i], sizeof(float), &loss, sizeof(float));
    backend->infer(net, images + (100 + i) * INK_PIXELS, &taps);
    g_assert_cmpmem(expected, bytes, logits, bytes);
    g_assert_cmpmem(range_probabilities + 10 * i, bytes, probabilities, bytes);
    for (size_t c = 1; c < 10; c++)
      best = expected[c] > expected[best] ? c : best;
    g_assert_cmpuint(predicted[i], ==, best);
    right += best == labels[100 + i];
  }
  g_assert_cmpuint(correct, ==, right);
  backend->close(net);
}

static void test_learns(void) {
  g_autofree uint32_t *order = g_new(uint32_t, big);
  g_autofree float *loss = g_new(float, big);
  g_autofree float *rate = g_new(float, big);
  size_t correct;
  InkNet *net = open_net(0);
  InkTrainRun run = {order, 2000, 50, rate, loss};
  InkEvaluation evaluation = {.split = INK_TEST, .count = 1000, .correct = &correct};

  for (uint32_t i = 0; i < big; i++)
    rate[i] = 0.001f;
  ink_permutation(order, big, 4, 0);
  backend->train(net, &run);
  backend->evaluate(net, &evaluation);
  g_assert_cmpuint(correct, >, 990);
  backend->close(net);
}

int main(int argc, char **argv) {
  const char *name = g_getenv("INKLING_TEST_BACKEND"), *samples = g_getenv("INKLING_TEST_SAMPLES");
  int status;

  g_test_init(&argc, &argv, NULL);
  backend = ink_backend_by_name(name ? name : "cpu");
  g_assert_nonnull(backend);
  if (samples)
    big = (uint32_t)g_ascii_strtoull(samples, NULL, 10);
  make_data();
  g_test_add_func("/threads", test_threads);
  g_test_add_func("/calls", test_calls);
  g_test_add_func("/state", test_state);
  g_test_add_func("/newest", test_newest);
  g_test_add_func("/batches", test_batches);
  g_test_add_func("/entries", test_entries);
  g_test_add_func("/learns", test_learns);
  status = g_test_run();
  g_free(images);
  g_free(labels);
  g_free(initial);
  return status;
}
