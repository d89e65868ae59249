#include "engine/history.h"

#include "engine/history-json.h"

#include <math.h>

static void test_each_step(void) {
  g_autoptr(InkHistory) history = ink_history_new();
  const InkLossPoint *losses;
  guint n;

  for (int i = 0; i < INK_HISTORY_CAPACITY; i++)
    ink_history_add_loss(history, i, i);
  losses = ink_history_get_losses(history, &n);
  g_assert_cmpuint(n, ==, INK_HISTORY_CAPACITY);
  for (guint i = 0; i < n; i++) {
    g_assert_cmpint(losses[i].step, ==, i);
    g_assert_cmpint(losses[i].steps, ==, 1);
    g_assert_cmpfloat(losses[i].loss, ==, i);
  }
}

/* A million points: memory stays flat, no step is lost, means are right, resolution is even. */
static void test_million_losses(void) {
  enum { MILLION = 1000000 };
  g_autoptr(InkHistory) history = ink_history_new();
  const InkLossPoint *losses;
  gint64 next = 0;
  guint n;

  for (int i = 0; i < MILLION; i++) {
    ink_history_add_loss(history, i, i);
    if (i % 1000 == 0) {
      ink_history_get_losses(history, &n);
      g_assert_cmpuint(n, <=, INK_HISTORY_CAPACITY);
    }
  }
  losses = ink_history_get_losses(history, &n);
  g_assert_cmpuint(n, >, INK_HISTORY_CAPACITY / 4);
  for (guint i = 0; i < n; i++) {
    double mean = losses[i].step + (losses[i].steps - 1) / 2.0;

    g_assert_cmpint(losses[i].step, ==, next);
    g_assert_cmpint(losses[i].steps, <=, losses[0].steps);
    if (i + 1 < n)
      g_assert_cmpint(losses[i].steps, ==, losses[0].steps);
    g_assert_cmpfloat_with_epsilon(losses[i].loss, mean, 1 + mean * 1e-6);
    next += losses[i].steps;
  }
  g_assert_cmpint(next, ==, MILLION);
}

/* The last test is always there, and the best is never thinned away. */
static void test_many_tests(void) {
  enum { TESTS = 5 * INK_HISTORY_CAPACITY, BEST = 12345 };
  g_autoptr(InkHistory) history = ink_history_new();
  const InkTestPoint *tests;
  gboolean best = FALSE;
  guint n;

  for (int i = 0; i < TESTS; i++) {
    ink_history_add_test(history,
                         &(InkTestPoint){.step = i, .correct = i == BEST ? 99 : 50, .total = 100});
    tests = ink_history_get_tests(history, &n);
    g_assert_cmpuint(n, <=, INK_HISTORY_CAPACITY);
    g_assert_cmpint(tests[n - 1].step, ==, i);
  }
  for (guint i = 0; i < n; i++) {
    best |= tests[i].step == BEST;
    if (i > 0)
      g_assert_cmpint(tests[i].step, >, tests[i - 1].step);
  }
  g_assert_true(best);
}

static void test_copy(void) {
  g_autoptr(InkHistory) history = ink_history_new();
  g_autoptr(InkHistory) copy = NULL;
  guint n;

  ink_history_add_loss(history, 0, 1);
  copy = ink_history_copy(history);
  ink_history_add_loss(history, 1, 1);
  ink_history_get_losses(copy, &n);
  g_assert_cmpuint(n, ==, 1);
}

/* A history of merged points goes through JSON and on merging as if it had not. */
static void test_json(void) {
  g_autoptr(InkHistory) history = ink_history_new();
  g_autoptr(InkHistory) read = NULL;
  g_autofree char *json = NULL;
  const InkLossPoint *a, *b;
  guint n, m;
  int step = 0;

  for (; step < 3 * INK_HISTORY_CAPACITY; step++)
    ink_history_add_loss(history, step, 1.0f / (1 + step));
  ink_history_add_test(history, &(InkTestPoint){1, 2, 3, NAN, 4, 5});
  ink_history_add_epoch(history, &(InkEpochPoint){.step = 0, .epoch = 0});
  ink_history_add_epoch(history, &(InkEpochPoint){.step = 7, .epoch = 1});
  ink_history_set_planned(history, 9);
  json = ink_history_to_json(history);
  read = ink_history_from_json(json);
  g_assert_nonnull(read);
  g_assert_true(isnan(ink_history_get_tests(read, &n)->loss));
  g_assert_cmpint(ink_history_get_epochs(read, &n)[1].step, ==, 7);
  g_assert_cmpint(ink_history_get_epochs(read, &n)[1].epoch, ==, 1);
  g_assert_cmpint(ink_history_get_planned(read), ==, 9);

  for (; step < 6 * INK_HISTORY_CAPACITY; step++) {
    ink_history_add_loss(history, step, 0);
    ink_history_add_loss(read, step, 0);
  }
  a = ink_history_get_losses(history, &n);
  b = ink_history_get_losses(read, &m);
  g_assert_cmpuint(n, ==, m);
  for (guint i = 0; i < n; i++) {
    g_assert_cmpint(a[i].step, ==, b[i].step);
    g_assert_cmpint(a[i].steps, ==, b[i].steps);
    g_assert_cmpfloat(a[i].loss, ==, b[i].loss);
  }
}

/* A checkpoint from when epochs were steps alone. */
static void test_older_json(void) {
  g_autoptr(InkHistory) history =
      ink_history_from_json("{\"losses\":[],\"tests\":[],\"epochs\":[0,7],\"planned\":9}");
  const InkEpochPoint *epochs;
  guint n;

  g_assert_nonnull(history);
  epochs = ink_history_get_epochs(history, &n);
  g_assert_cmpuint(n, ==, 2);
  g_assert_cmpint(epochs[1].step, ==, 7);
  g_assert_cmpint(epochs[1].epoch, ==, 1);
}

static void test_wrong_json(void) {
  static const char *const texts[] = {
      "",
      "nonsense",
      "[]",
      "{}",
      "{\"losses\":[],\"tests\":[],\"epochs\":[]}",
      "{\"losses\":[],\"tests\":[],\"epochs\":[],\"planned\":-1}",
      "{\"losses\":[],\"tests\":[],\"epochs\":[],\"planned\":1e3}",
      "{\"losses\":{},\"tests\":[],\"epochs\":[],\"planned\":1}",
      "{\"losses\":[1],\"tests\":[],\"epochs\":[],\"planned\":1}",
      "{\"losses\":[[0,1]],\"tests\":[],\"epochs\":[],\"planned\":1}",
      "{\"losses\":[[0,0,1]],\"tests\":[],\"epochs\":[],\"planned\":1}",
      "{\"losses\":[[-1,1,1]],\"tests\":[],\"epochs\":[],\"planned\":1}",
      "{\"losses\":[[0,1,\"1\"]],\"tests\":[],\"epochs\":[],\"planned\":1}",
      "{\"losses\":[[0,1,1e300]],\"tests\":[],\"epochs\":[],\"planned\":1}",
      "{\"losses\":[[0,2,1],[1,1,1]],\"tests\":[],\"epochs\":[],\"planned\":1}",
      "{\"losses\":[[0,9223372036854775807,1]],\"tests\":[],\"epochs\":[],\"planned\":1}",
      "{\"losses\":[],\"tests\":[[0,0,0,1,2,1]],\"epochs\":[],\"planned\":1}",
      "{\"losses\":[],\"tests\":[[0,0,0,1,0,0]],\"epochs\":[],\"planned\":1}",
      "{\"losses\":[],\"tests\":[[0,0,0,1]],\"epochs\":[],\"planned\":1}",
      "{\"losses\":[],\"tests\":[],\"epochs\":[[3,0],[2,1]],\"planned\":1}",
      "{\"losses\":[],\"tests\":[],\"epochs\":[[3,-1]],\"planned\":1}",
      "{\"losses\":[],\"tests\":[],\"epochs\":[3,2],\"planned\":1}",
      "{\"losses\":[[[[[[0]]]]]],\"tests\":[],\"epochs\":[],\"planned\":1}",
  };

  for (guint i = 0; i < G_N_ELEMENTS(texts); i++)
    if (ink_history_from_json(texts[i]))
      g_error("believed: %s", texts[i]);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/history/each-step", test_each_step);
  g_test_add_func("/history/million-losses", test_million_losses);
  g_test_add_func("/history/many-tests", test_many_tests);
  g_test_add_func("/history/copy", test_copy);
  g_test_add_func("/history/json", test_json);
  g_test_add_func("/history/older-json", test_older_json);
  g_test_add_func("/history/wrong-json", test_wrong_json);
  return g_test_run();
}
