/* The chart's numbers: at a step for the legends, and all of them as text for those who hear it. */
#include "ui/chart-private.h"
#include "ui/format.h"

#include <glib/gi18n.h>
#include <math.h>

/* NULL where the run has no step `step`. */
static const InkLossPoint *find_loss(const InkChartRun *run, gint64 step, guint *index) {
  guint n, low = 0, high;
  const InkLossPoint *points = ink_history_get_losses(run->history, &n);

  high = n;
  while (low < high) {
    guint middle = (low + high) / 2;

    if (points[middle].step + points[middle].steps <= step)
      low = middle + 1;
    else
      high = middle;
  }
  *index = low;
  return low < n && points[low].step <= step ? &points[low] : NULL;
}

static const InkTestPoint *find_nearest_test(const InkChartRun *run, gint64 step) {
  guint n;
  const InkTestPoint *tests = ink_history_get_tests(run->history, &n), *nearest = NULL;

  for (guint i = 0; i < n; i++)
    if (!nearest || ABS(tests[i].step - step) < ABS(nearest->step - step))
      nearest = &tests[i];
  return nearest;
}

static double get_accuracy(const InkTestPoint *test) {
  return (double)test->correct / test->total;
}

static void read_run(const InkChartRun *run, InkChartReading *reading) {
  guint i;
  const InkLossPoint *point = find_loss(run, reading->step, &i);
  const InkTestPoint *test = point ? find_nearest_test(run, reading->step) : NULL;

  if (point) {
    reading->loss = point->loss;
    reading->smoothed = g_array_index(run->losses, InkChartPoint, i).value;
  }
  if (test) {
    reading->test_step = test->step;
    reading->accuracy = get_accuracy(test);
  }
}

static const InkChartReading nothing = {
    .loss = NAN, .smoothed = NAN, .previous_loss = NAN, .accuracy = NAN, .previous_accuracy = NAN};

InkChartReading ink_chart_read(InkChart *self, gint64 step) {
  InkChartReading reading = nothing, previous = nothing;

  ink_chart_refresh(self);
  reading.step = previous.step = step;
  if (self->run)
    read_run(self->run, &reading);
  if (self->previous->len)
    read_run(g_ptr_array_index(self->previous, self->previous->len - 1), &previous);
  reading.previous_loss = previous.smoothed;
  reading.previous_accuracy = previous.accuracy;
  return reading;
}

static void tell_reading(GString *text, const InkChartReading *reading) {
  g_autofree char *step = ink_format_count(reading->step);
  g_autofree char *loss = ink_format_loss(reading->loss);
  g_autofree char *smoothed = ink_format_loss(reading->smoothed);

  /* Translators: read aloud, such as "At step 180: loss 0.142, smoothed 0.163." */
  g_string_append_printf(text, _("At step %s: loss %s, smoothed %s."), step, loss, smoothed);
  g_string_append_c(text, ' ');
}

static void tell_tests(GString *text, const InkTestPoint *tests, guint n) {
  enum { MOST = 20 };
  guint best = 0, stride = 1 + (n - 1) / MOST;
  g_autofree char *best_value = NULL, *best_step = NULL;
  g_autoptr(GStrvBuilder) list = g_strv_builder_new();

  for (guint i = 1; i < n; i++)
    if (get_accuracy(&tests[i]) > get_accuracy(&tests[best]))
      best = i;
  best_value = ink_format_percent(get_accuracy(&tests[best]), 1);
  best_step = ink_format_count(tests[best].step);
  g_string_append_printf(text, _("Best test accuracy %s at step %s."), best_value, best_step);
  for (guint i = (n - 1) % stride; i < n; i += stride) {
    g_autofree char *value = ink_format_percent(get_accuracy(&tests[i]), 1);
    g_autofree char *step = ink_format_count(tests[i].step);

    /* Translators: step and test accuracy, one of a list: "50: 84.5 %" */
    g_autofree char *item = g_strdup_printf(_("%s: %s"), step, value);
    g_strv_builder_add(list, item);
  }
  g_auto(GStrv) items = g_strv_builder_end(list);
  g_autofree char *joined = g_strjoinv(_("; "), items);
  g_string_append_printf(text, _(" Test accuracy by step: %s."), joined);
}

static void tell_run(GString *text, InkChart *self) {
  guint n, n_tests;
  const InkLossPoint *losses = ink_history_get_losses(self->run->history, &n);
  const InkTestPoint *tests = ink_history_get_tests(self->run->history, &n_tests);
  g_autofree char *loss = NULL, *first = NULL, *done = NULL, *span = NULL;

  if (!n) {
    g_string_append(text, _("No step has been trained yet."));
    return;
  }
  first = ink_format_loss(losses[0].loss);
  loss = ink_format_loss(g_array_index(self->run->losses, InkChartPoint, n - 1).value);
  done = ink_format_count(losses[n - 1].step + losses[n - 1].steps);
  span = ink_format_count(ink_chart_get_span(self));
  g_string_append_printf(text, _("%s of %s steps. Loss %s, smoothed; %s at the start."), done, span,
                         loss, first);
  if (n_tests) {
    g_string_append_c(text, ' ');
    tell_tests(text, tests, n_tests);
  }
}

char *ink_chart_describe(InkChart *self) {
  GString *text = g_string_new(NULL);
  InkChartReading reading;

  ink_chart_refresh(self);
  if (ink_chart_get_reading(self, &reading))
    tell_reading(text, &reading);
  if (self->run)
    tell_run(text, self);
  else
    g_string_append(text, _("No step has been trained yet."));
  if (self->previous->len) {
    g_string_append_c(text, ' ');
    g_string_append_printf(text,
                           ngettext("%u previous run.", "%u previous runs.", self->previous->len),
                           self->previous->len);
  }
  return g_string_free(text, FALSE);
}
