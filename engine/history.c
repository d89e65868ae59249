#include "engine/history.h"

/* Every point but the last stands for `stride` additions. When a series is full its points are
 * merged in pairs and the stride doubles, so that the resolution is the same over the whole run
 * and an addition costs O(1) on average. */
struct _InkHistory {
  gint refs;
  GArray *losses; /* InkLossPoint */
  GArray *tests;  /* InkTestPoint */
  GArray *epochs; /* InkEpochPoint */
  gint64 loss_stride;
  gint64 test_stride;
  gint64 last_test; /* how many tests the last test point stands for */
  gint64 planned;
};

G_DEFINE_BOXED_TYPE(InkHistory, ink_history, ink_history_ref, ink_history_unref)

InkHistory *ink_history_new(void) {
  InkHistory *history = g_new0(InkHistory, 1);

  history->refs = 1;
  history->losses = g_array_new(FALSE, FALSE, sizeof(InkLossPoint));
  history->tests = g_array_new(FALSE, FALSE, sizeof(InkTestPoint));
  history->epochs = g_array_new(FALSE, FALSE, sizeof(InkEpochPoint));
  history->loss_stride = history->test_stride = 1;
  return history;
}

InkHistory *ink_history_copy(InkHistory *history) {
  InkHistory *copy;

  g_return_val_if_fail(history, NULL);

  copy = g_memdup2(history, sizeof *history);
  copy->refs = 1;
  copy->losses = g_array_copy(history->losses);
  copy->tests = g_array_copy(history->tests);
  copy->epochs = g_array_copy(history->epochs);
  return copy;
}

InkHistory *ink_history_ref(InkHistory *history) {
  g_return_val_if_fail(history, NULL);
  g_atomic_int_inc(&history->refs);
  return history;
}

void ink_history_unref(InkHistory *history) {
  g_return_if_fail(history);

  if (!g_atomic_int_dec_and_test(&history->refs))
    return;
  g_array_unref(history->losses);
  g_array_unref(history->tests);
  g_array_unref(history->epochs);
  g_free(history);
}

static void merge_loss(InkLossPoint *into, const InkLossPoint *point) {
  gint64 steps = into->steps + point->steps;

  into->loss += (float)(((double)point->loss - into->loss) * point->steps / steps);
  into->steps = steps;
}

static void thin_losses(InkHistory *history) {
  InkLossPoint *points = (InkLossPoint *)history->losses->data;
  guint n = history->losses->len;

  for (guint i = 0; i < n; i++) {
    if (i % 2 == 0)
      points[i / 2] = points[i];
    else
      merge_loss(&points[i / 2], &points[i]);
  }
  g_array_set_size(history->losses, (n + 1) / 2);
  history->loss_stride *= 2;
}

void ink_history_add_loss_point(InkHistory *history, const InkLossPoint *point) {
  GArray *losses;
  InkLossPoint *last;

  g_return_if_fail(history && point && point->steps >= 1);

  losses = history->losses;
  history->loss_stride = MAX(history->loss_stride, point->steps);
  last = losses->len ? &g_array_index(losses, InkLossPoint, losses->len - 1) : NULL;
  if (last && last->steps + point->steps <= history->loss_stride) {
    merge_loss(last, point);
    return;
  }
  if (losses->len == INK_HISTORY_CAPACITY)
    thin_losses(history);
  g_array_append_val(losses, *point);
}

void ink_history_add_loss(InkHistory *history, gint64 step, float loss) {
  ink_history_add_loss_point(history, &(InkLossPoint){.step = step, .steps = 1, .loss = loss});
}

static double accuracy(const InkTestPoint *test) {
  return test->total ? (double)test->correct / test->total : 0;
}

static double best_accuracy(GArray *tests) {
  double best = -1;

  for (guint i = 0; i < tests->len; i++)
    best = MAX(best, accuracy(&g_array_index(tests, InkTestPoint, i)));
  return best;
}

/* Of a pair the later test stays, unless the earlier is the best of all: charts ring that one. */
static void thin_tests(InkHistory *history) {
  InkTestPoint *points = (InkTestPoint *)history->tests->data;
  double best = best_accuracy(history->tests);
  guint n = history->tests->len;

  for (guint i = 0; i < n; i++) {
    if (i % 2 == 0 || accuracy(&points[i / 2]) < best)
      points[i / 2] = points[i];
  }
  g_array_set_size(history->tests, (n + 1) / 2);
  history->last_test = history->test_stride * (2 - n % 2);
  history->test_stride *= 2;
}

void ink_history_add_test(InkHistory *history, const InkTestPoint *test) {
  GArray *tests;

  g_return_if_fail(history && test);

  tests = history->tests;
  if (tests->len && history->last_test < history->test_stride) {
    InkTestPoint *last = &g_array_index(tests, InkTestPoint, tests->len - 1);

    if (accuracy(last) < best_accuracy(tests) || accuracy(test) >= accuracy(last))
      *last = *test;
    history->last_test++;
    return;
  }
  if (tests->len == INK_HISTORY_CAPACITY)
    thin_tests(history);
  g_array_append_val(tests, *test);
  history->last_test = 1;
}

void ink_history_add_epoch(InkHistory *history, const InkEpochPoint *epoch) {
  g_return_if_fail(history && epoch);
  g_array_append_val(history->epochs, *epoch);
}

void ink_history_set_planned(InkHistory *history, gint64 steps) {
  g_return_if_fail(history);
  history->planned = steps;
}

const InkLossPoint *ink_history_get_losses(InkHistory *history, guint *n) {
  g_return_val_if_fail(history && n, NULL);
  *n = history->losses->len;
  return (const InkLossPoint *)history->losses->data;
}

const InkTestPoint *ink_history_get_tests(InkHistory *history, guint *n) {
  g_return_val_if_fail(history && n, NULL);
  *n = history->tests->len;
  return (const InkTestPoint *)history->tests->data;
}

const InkEpochPoint *ink_history_get_epochs(InkHistory *history, guint *n) {
  g_return_val_if_fail(history && n, NULL);
  *n = history->epochs->len;
  return (const InkEpochPoint *)history->epochs->data;
}

gint64 ink_history_get_planned(InkHistory *history) {
  g_return_val_if_fail(history, 0);
  return history->planned;
}
