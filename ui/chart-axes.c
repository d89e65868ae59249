/* The chart's layout, its axes and what they are marked with. */
#include "ui/chart-private.h"
#include "ui/format.h"

#include <glib/gi18n.h>
#include <math.h>

/* A plot lower than this has half of the ticks. */
enum { SHORT_PLOT = 110, SHORT_TICKS = 5 };

/* Raw losses count for the axis only this far from the smoothed ones: one odd batch must not
 * flatten all others. */
static const double RAW_REACH = 4;

typedef struct {
  double min, max;
} Range;

static void widen(Range *range, double value) {
  if (isfinite(value)) {
    range->min = MIN(range->min, value);
    range->max = MAX(range->max, value);
  }
}

/* The first point at or after a step. */
static guint find_point(GArray *points, double step) {
  guint low = 0, high = points->len;

  while (low < high) {
    guint middle = (low + high) / 2;

    if (g_array_index(points, InkChartPoint, middle).step < step)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

/* The points from..to (exclusive) that are seen, with one more on each side for the lines that
 * leave the plot. */
void ink_chart_find_seen(const InkScale *steps, GArray *points, guint *from, guint *to) {
  *from = find_point(points, steps->low);
  *to = find_point(points, steps->high);
  *from -= *from > 0;
  *to = MIN(*to + 1, points->len);
}

static void widen_by_points(Range *range, const InkScale *steps, GArray *points) {
  guint from, to;

  ink_chart_find_seen(steps, points, &from, &to);
  for (guint i = from; i < to; i++)
    widen(range, g_array_index(points, InkChartPoint, i).value);
}

static void widen_by_batches(Range *range, const InkScale *steps, GArray *batches) {
  Range reach = {range->min / RAW_REACH, range->max * RAW_REACH};
  guint from, to;

  ink_chart_find_seen(steps, batches, &from, &to);
  for (guint i = from; i < to; i++) {
    double loss = g_array_index(batches, InkChartPoint, i).value;

    if (loss >= reach.min && loss <= reach.max)
      widen(range, loss);
  }
}

/* While all is shown, the ends stand still as far as they can. */
void ink_chart_set_axes(InkChartPainter *painter) {
  InkChart *self = painter->chart;
  Range loss = {INFINITY, -INFINITY}, accuracy = {INFINITY, -INFINITY};

  painter->steps = (InkScale){.kind = INK_SCALE_LINEAR};
  ink_chart_get_view(self, &painter->steps.low, &painter->steps.high);

  for (guint i = 0; i < self->previous->len; i++) {
    InkChartRun *run = g_ptr_array_index(self->previous, i);

    widen_by_points(&loss, &painter->steps, run->losses);
    widen_by_points(&accuracy, &painter->steps, run->tests);
  }
  if (self->run) {
    widen_by_points(&loss, &painter->steps, self->run->losses);
    widen_by_points(&accuracy, &painter->steps, self->run->tests);
    widen_by_batches(&loss, &painter->steps, self->run->batches);
  }
  if (!self->zoomed || loss.min > loss.max) {
    widen(&loss, 0.05);
    widen(&loss, 2.3);
  }
  if (!self->zoomed || accuracy.min > accuracy.max) {
    widen(&accuracy, 0);
    widen(&accuracy, 0.99);
  }
  painter->loss = ink_scale_for_loss(self->log_scale, loss.min, loss.max);
  painter->accuracy = ink_scale_for_accuracy(self->log_scale, accuracy.min, accuracy.max);
}

gboolean ink_chart_is_seen(const InkChartPainter *painter, double step) {
  return step >= painter->steps.low && step <= painter->steps.high;
}

double ink_chart_place_step(const InkChartPainter *painter, double step) {
  const InkChartLayout *layout = &painter->layout;

  return layout->left + ink_scale_place(&painter->steps, step) * (layout->right - layout->left);
}

double ink_chart_place_value(const InkChartPlot *plot, const InkScale *scale, double value) {
  return plot->bottom - ink_scale_place(scale, value) * (plot->bottom - plot->top);
}

void ink_chart_line(cairo_t *cr, double x1, double y1, double x2, double y2) {
  cairo_move_to(cr, x1, y1);
  cairo_line_to(cr, x2, y2);
}

/* The middle of the pixel that holds the coordinate: a line there is sharp. */
double ink_chart_sharp(double coordinate) {
  return floor(coordinate) + 0.5;
}

static char *name_accuracy(double tick) {
  double percent = 100 * tick;
  int decimals = 0;

  while (decimals < 5 &&
         fabs(percent * pow(10, decimals) - round(percent * pow(10, decimals))) > 1e-4)
    decimals++;
  return ink_format_percent(tick, decimals);
}

static char *name_loss(double tick) {
  return g_strdup_printf("%.6g", tick);
}

static void paint_value_axis(InkChartPainter *painter, const InkChartPlot *plot,
                             const InkScale *scale, char *(*name)(double)) {
  double ticks[INK_SCALE_MAX_TICKS], height = plot->bottom - plot->top;
  guint most = (guint)(height / (0.85 * ink_chart_line_height(painter->small)));
  guint n = ink_scale_ticks(scale, height < SHORT_PLOT ? MIN(most, SHORT_TICKS) : most, ticks);

  cairo_set_line_width(painter->cr, 1);
  for (guint i = 0; i < n; i++) {
    double y = ink_chart_place_value(plot, scale, ticks[i]);
    g_autofree char *text = name(ticks[i]);

    ink_chart_set_color(painter->cr, INK_COLOR_GRID);
    ink_chart_line(painter->cr, painter->layout.left, ink_chart_sharp(y), painter->layout.right,
                   ink_chart_sharp(y));
    cairo_stroke(painter->cr);
    ink_chart_write(painter, painter->small, INK_COLOR_AXIS, text, painter->layout.left - 8, y, 1,
                    0.5);
  }
}

static void paint_base_line(InkChartPainter *painter, const InkChartPlot *plot) {
  GdkRGBA rgba = ink_palette_get(INK_COLOR_AXIS);

  rgba.alpha = 0.45;
  gdk_cairo_set_source_rgba(painter->cr, &rgba);
  ink_chart_line(painter->cr, painter->layout.left, ink_chart_sharp(plot->bottom),
                 painter->layout.right, ink_chart_sharp(plot->bottom));
  cairo_stroke(painter->cr);
}

/* Vertical grid lines through both plots, the numbers under the lower one; a number that the pill
 * of the crosshair covers is left out. */
void ink_chart_paint_step_axis(InkChartPainter *painter, double hidden_from, double hidden_to) {
  const InkChartLayout *layout = &painter->layout;
  g_autofree char *widest = ink_format_count((gint64)painter->steps.high);
  double ticks[INK_SCALE_MAX_TICKS], width = ink_chart_measure_text(painter->small, widest);
  double height = ink_chart_line_height(painter->small),
         y = layout->accuracy.bottom + 4 + height / 2;
  guint n = ink_scale_ticks(
      &painter->steps, (guint)((layout->right - layout->left) / MAX(width + 24, 80)) + 1, ticks);

  for (guint i = 0; i < n; i++) {
    g_autofree char *text = ink_format_count((gint64)ticks[i]);
    double x = ink_chart_place_step(painter, ticks[i]);
    double half = ink_chart_measure_text(painter->small, text) / 2;

    ink_chart_set_color(painter->cr, INK_COLOR_GRID);
    ink_chart_line(painter->cr, ink_chart_sharp(x), layout->loss.top, ink_chart_sharp(x),
                   layout->loss.bottom);
    ink_chart_line(painter->cr, ink_chart_sharp(x), layout->accuracy.top, ink_chart_sharp(x),
                   layout->accuracy.bottom + 4);
    cairo_stroke(painter->cr);
    if (x + half > hidden_from - 4 && x - half < hidden_to + 4)
      continue;
    ink_chart_write(painter, painter->small, INK_COLOR_AXIS, text, MIN(x, layout->width - 4 - half),
                    y, 0.5, 0.5);
  }
  ink_chart_write(painter, painter->small, INK_COLOR_AXIS, _("Step"),
                  (layout->left + layout->right) / 2, y + height + 1, 0.5, 0.5);
}

void ink_chart_paint_epochs(InkChartPainter *painter) {
  static const double dashes[] = {4, 3};
  const InkChartLayout *layout = &painter->layout;
  double free_from = -INFINITY;
  guint n = 0;
  const InkEpochPoint *epochs =
      painter->chart->run ? ink_history_get_epochs(painter->chart->run->history, &n) : NULL;

  for (guint i = 1; i < n; i++) {
    double x = ink_chart_place_step(painter, epochs[i].step);
    g_autofree char *number = NULL, *text = NULL;

    if (x < MAX(layout->left, free_from) || x > layout->right)
      continue;
    cairo_save(painter->cr);
    cairo_set_dash(painter->cr, dashes, G_N_ELEMENTS(dashes), 0);
    ink_chart_set_color(painter->cr, INK_COLOR_PREVIOUS);
    ink_chart_line(painter->cr, ink_chart_sharp(x), layout->loss.top, ink_chart_sharp(x),
                   layout->loss.bottom);
    ink_chart_line(painter->cr, ink_chart_sharp(x), layout->accuracy.top, ink_chart_sharp(x),
                   layout->accuracy.bottom);
    cairo_stroke(painter->cr);
    cairo_restore(painter->cr);

    number = ink_format_count(epochs[i].epoch + 1);
    text = g_strdup_printf(_("Epoch %s"), number);
    if (x + 6 + ink_chart_measure_text(painter->small, text) < layout->right)
      ink_chart_write_on_ground(painter, painter->small, INK_COLOR_AXIS, text, x + 6,
                                layout->loss.top - 2, 0, 0);
    free_from = x + 12 + ink_chart_measure_text(painter->small, text);
  }
}

void ink_chart_paint_value_axes(InkChartPainter *painter) {
  paint_value_axis(painter, &painter->layout.loss, &painter->loss, name_loss);
  paint_value_axis(painter, &painter->layout.accuracy, &painter->accuracy, name_accuracy);
  paint_base_line(painter, &painter->layout.loss);
  paint_base_line(painter, &painter->layout.accuracy);
}
