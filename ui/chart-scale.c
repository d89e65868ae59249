#include "ui/chart-scale.h"

#include <math.h>

/* Beyond this many decades only the powers of ten are worth a tick. */
static const double DENSE_DECADES = 3.2;

/* Rounding must not cost the ticks at either end. */
static const double SLACK = 1e-9;

static double to_line(const InkScale *scale, double value) {
  switch (scale->kind) {
  case INK_SCALE_LOG:
    return log10(MAX(value, INK_LOSS_FLOOR));
  case INK_SCALE_ERROR_LOG:
    return -log10(MAX(1 - value, INK_LOSS_FLOOR));
  case INK_SCALE_LINEAR:
  default:
    return value;
  }
}

static double from_line(const InkScale *scale, double line) {
  switch (scale->kind) {
  case INK_SCALE_LOG:
    return pow(10, line);
  case INK_SCALE_ERROR_LOG:
    return 1 - pow(10, -line);
  case INK_SCALE_LINEAR:
  default:
    return line;
  }
}

double ink_scale_place(const InkScale *scale, double value) {
  double low = to_line(scale, scale->low), high = to_line(scale, scale->high);

  return (to_line(scale, value) - low) / (high - low);
}

double ink_scale_value(const InkScale *scale, double place) {
  double low = to_line(scale, scale->low), high = to_line(scale, scale->high);

  return from_line(scale, low + place * (high - low));
}

/* 1, 2 or 5 times a power of ten: the i-th of them, where 0 is 1, 1 is 2, 2 is 5, 3 is 10 … */
static double round_number(int i) {
  static const double mantissa[] = {1, 2, 5};
  int decade = (int)floor(i / 3.0);

  return mantissa[i - 3 * decade] * pow(10, decade);
}

static int round_index_below(double value) {
  int i = 3 * (int)floor(log10(value)) + 3;

  while (round_number(i) > value * (1 + SLACK))
    i--;
  return i;
}

static guint linear_ticks(double low, double high, guint most, double *ticks) {
  int i = round_index_below((high - low) / most);
  double step, first, last;
  guint n = 0;

  do {
    step = round_number(i++);
    first = ceil(low / step - SLACK) + 0.0; /* never −0 */
    last = floor(high / step + SLACK);
  } while (last - first + 1 > most);

  for (double at = first; at <= last; at++)
    ticks[n++] = at * step;
  return n;
}

/* Round numbers from low to high, the largest first. */
static guint log_ticks(double low, double high, double *ticks) {
  int stride = log10(high / low) > DENSE_DECADES ? 3 : 1;
  int i = round_index_below(high);
  guint n = 0;

  while (i % stride != 0)
    i--;
  for (; n < INK_SCALE_MAX_TICKS && round_number(i) >= low * (1 - SLACK); i -= stride)
    ticks[n++] = round_number(i);
  return n;
}

/* Keeps every second tick, the one at the top of the axis in any case. */
static guint halve(double *ticks, guint n) {
  for (guint i = 0; i < n; i += 2)
    ticks[i / 2] = ticks[i];
  return (n + 1) / 2;
}

static void reverse(double *ticks, guint n) {
  for (guint i = 0; i < n / 2; i++) {
    double other = ticks[n - 1 - i];

    ticks[n - 1 - i] = ticks[i];
    ticks[i] = other;
  }
}

guint ink_scale_ticks(const InkScale *scale, guint most, double ticks[INK_SCALE_MAX_TICKS]) {
  guint n;

  g_return_val_if_fail(scale->low < scale->high, 0);
  most = CLAMP(most, 2, INK_SCALE_MAX_TICKS);

  if (scale->kind == INK_SCALE_LINEAR)
    return linear_ticks(scale->low, scale->high, most, ticks);
  if (scale->kind == INK_SCALE_LOG)
    n = log_ticks(MAX(scale->low, INK_LOSS_FLOOR), scale->high, ticks);
  else { /* the top of the axis is the smallest error */
    n = log_ticks(MAX(1 - scale->high, INK_LOSS_FLOOR), 1 - scale->low, ticks);
    reverse(ticks, n);
  }
  while (n > most)
    n = halve(ticks, n);
  if (scale->kind == INK_SCALE_ERROR_LOG)
    for (guint i = 0; i < n; i++)
      ticks[i] = 1 - ticks[i];
  reverse(ticks, n);
  return n;
}

static double round_up(double value) {
  int i = round_index_below(value);

  return round_number(i) >= value * (1 - SLACK) ? round_number(i) : round_number(i + 1);
}

InkScale ink_scale_for_loss(gboolean log, double min, double max) {
  InkScale scale = {log ? INK_SCALE_LOG : INK_SCALE_LINEAR};

  max = MAX(max, 10 * INK_LOSS_FLOOR);
  if (!log) {
    scale.high = max * 1.08;
    return scale;
  }
  min = CLAMP(min, INK_LOSS_FLOOR, max / 2);
  scale.low = round_number(round_index_below(min)) * 0.87;
  scale.high = max * 1.25;
  return scale;
}

InkScale ink_scale_for_accuracy(gboolean log, double min, double max) {
  InkScale scale = {log ? INK_SCALE_ERROR_LOG : INK_SCALE_LINEAR};
  double least_error = MAX(1 - max, INK_LOSS_FLOOR), most_error = MIN(1, 1 - min);

  if (!log) {
    double step = round_up(MAX(max - min, 0.01) / 4);

    scale.low = MAX(0, floor(min / step + SLACK) * step);
    scale.high = MIN(1, ceil(max / step - SLACK) * step) + step * 0.1;
    return scale;
  }
  most_error = round_up(MAX(most_error, 2 * least_error));
  scale.low = 1 - MIN(most_error, 1);
  scale.high = 1 - least_error * 0.83;
  return scale;
}

double ink_accuracy_held(guint correct, guint total) {
  g_return_val_if_fail(total > 0, 0);
  return MIN((double)correct, total - 0.5) / total;
}

void ink_smooth_losses(const InkLossPoint *points, guint n, double *smoothed) {
  double sum = 0;
  gint64 weight = 0;
  guint oldest = 0;

  for (guint i = 0; i < n; i++) {
    const InkLossPoint *point = &points[i];
    gint64 end = point->step + point->steps;
    gint64 window = MIN(14, 1 + point->step / 8);

    if (isfinite(point->loss)) {
      sum += point->steps * log(MAX(point->loss, INK_LOSS_FLOOR));
      weight += point->steps;
    }
    for (; oldest < i && points[oldest].step < end - window; oldest++)
      if (isfinite(points[oldest].loss)) {
        sum -= points[oldest].steps * log(MAX(points[oldest].loss, INK_LOSS_FLOOR));
        weight -= points[oldest].steps;
      }
    smoothed[i] = weight ? exp(sum / weight) : NAN;
  }
}
