/* The curves of the chart, their marks and the values written beside them. */
#include "ui/chart-private.h"
#include "ui/format.h"

#include <glib/gi18n.h>
#include <math.h>

enum { LABEL_DISTANCE = 8 }; /* of a label above or below its point */

/* Radii of a test's dot; and how far one is from the next, in radii, before they shrink. */
static const double DOT = 3, LEAST_DOT = 1.5, DOT_PITCH = 5;

static void clip_to(InkChartPainter *painter, const InkChartPlot *plot) {
  /* A little more than the plot, so that marks on its edge stay whole. */
  cairo_rectangle(painter->cr, painter->layout.left - 4, plot->top - 8,
                  painter->layout.right - painter->layout.left + 8, plot->bottom - plot->top + 9);
  cairo_clip(painter->cr);
}

/* The points that share a column of pixels: what is drawn in their stead, so that a long run costs
 * no more to paint than a short one. */
typedef struct {
  double step, value; /* their mean */
  double low, high;
} Column;

/* Reads the column that begins with point i; returns where the next one begins. Points without a
 * value are passed over: a column may have none, and then no value either. */
static guint read_column(const InkChartPainter *painter, GArray *points, guint i, guint to,
                         Column *column) {
  const InkChartLayout *layout = &painter->layout;
  double pitch = (painter->steps.high - painter->steps.low) / (layout->right - layout->left);
  double end =
      painter->steps.low +
      (floor((g_array_index(points, InkChartPoint, i).step - painter->steps.low) / pitch) + 1) *
          pitch;
  double steps = 0, values = 0;
  guint n = 0;

  *column = (Column){NAN, NAN, INFINITY, -INFINITY};
  do {
    const InkChartPoint *point = &g_array_index(points, InkChartPoint, i);

    if (!isfinite(point->value))
      continue;
    steps += point->step;
    values += point->value;
    column->low = MIN(column->low, point->value);
    column->high = MAX(column->high, point->value);
    n++;
  } while (++i < to && g_array_index(points, InkChartPoint, i).step < end);
  column->step = steps / n;
  column->value = values / n;
  return i;
}

static void stroke_curve(InkChartPainter *painter, const InkChartPlot *plot, const InkScale *scale,
                         GArray *points, InkColor color, double width) {
  guint from, to;
  Column column;

  ink_chart_find_seen(&painter->steps, points, &from, &to);
  for (guint i = from; i < to;) {
    i = read_column(painter, points, i, to, &column);
    if (isfinite(column.value))
      cairo_line_to(painter->cr, ink_chart_place_step(painter, column.step),
                    ink_chart_place_value(plot, scale, column.value));
  }
  ink_chart_set_color(painter->cr, color);
  cairo_set_line_width(painter->cr, width);
  cairo_set_line_join(painter->cr, CAIRO_LINE_JOIN_BEVEL);
  cairo_stroke(painter->cr);
}

/* A dot each; or, where dots would run into each other, a bar for each column. */
static void paint_raw_losses(InkChartPainter *painter) {
  GArray *points = painter->chart->run->batches;
  const InkChartPlot *plot = &painter->layout.loss;
  gboolean dots;
  guint from, to;
  Column column;

  ink_chart_find_seen(&painter->steps, points, &from, &to);
  dots = to - from <= 2 * (painter->layout.right - painter->layout.left);
  /* A thousand dots cost a third so, and look the same. */
  cairo_save(painter->cr);
  cairo_set_tolerance(painter->cr, 0.4);
  cairo_set_antialias(painter->cr, CAIRO_ANTIALIAS_FAST);
  for (guint i = from; i < to;) {
    double x, y;

    i = dots ? i + 1 : read_column(painter, points, i, to, &column);
    if (dots) {
      const InkChartPoint *point = &g_array_index(points, InkChartPoint, i - 1);

      column = (Column){point->step, point->value, point->value, point->value};
    }
    if (!isfinite(column.value))
      continue;
    x = ink_chart_place_step(painter, column.step);
    y = ink_chart_place_value(plot, &painter->loss, column.high);
    cairo_new_sub_path(painter->cr);
    if (dots)
      cairo_arc(painter->cr, x, y, 1.5, 0, 2 * G_PI);
    else
      cairo_rectangle(painter->cr, floor(x), y, 1,
                      ink_chart_place_value(plot, &painter->loss, column.low) - y + 1);
  }
  ink_chart_set_color(painter->cr, INK_COLOR_LOSS_RAW);
  cairo_fill(painter->cr);
  cairo_restore(painter->cr);
}

/* A dot with a rim of the card's colour that keeps it clear of the lines under it. */
void ink_chart_paint_dot(InkChartPainter *painter, InkColor color, double x, double y,
                         double radius) {
  cairo_arc(painter->cr, x, y, radius + 1.5, 0, 2 * G_PI);
  ink_chart_set_color(painter->cr, INK_COLOR_CARD);
  cairo_fill(painter->cr);
  cairo_arc(painter->cr, x, y, radius, 0, 2 * G_PI);
  ink_chart_set_color(painter->cr, color);
  cairo_fill(painter->cr);
}

static void paint_ring(InkChartPainter *painter, InkColor color, double x, double y) {
  ink_chart_paint_dot(painter, color, x, y, 5);
  cairo_arc(painter->cr, x, y, 3.5, 0, 2 * G_PI);
  ink_chart_set_color(painter->cr, INK_COLOR_CARD);
  cairo_fill(painter->cr);
}

/* Whether a label above a point stays clear of the plot's heading. */
static gboolean has_room_above(InkChartPainter *painter, const InkChartPlot *plot, double y) {
  double heading_end = plot->title + ink_chart_line_height(painter->heading) / 2;

  return y - LABEL_DISTANCE - ink_chart_line_height(painter->bold) >= heading_end;
}

/* Whether a label below a point stays clear of the axis and its numbers. */
static gboolean has_room_below(InkChartPainter *painter, const InkChartPlot *plot, double y) {
  return y + LABEL_DISTANCE + ink_chart_line_height(painter->bold) <= plot->bottom;
}

typedef enum { SIDE_ABOVE, SIDE_BELOW } Side;

/* Right of a point; or, where the plot ends, above or below it. */
static void label_point(InkChartPainter *painter, const InkChartPlot *plot, InkColor color,
                        const char *text, double x, double y, Side side) {
  double width = ink_chart_measure_text(painter->bold, text);

  if (x + 9 + width <= painter->layout.width - 4)
    ink_chart_write_on_ground(painter, painter->bold, color, text, x + 9, y, 0, 0.5);
  else if (side == SIDE_ABOVE ? has_room_above(painter, plot, y)
                              : !has_room_below(painter, plot, y))
    ink_chart_write_on_ground(painter, painter->bold, color, text, painter->layout.right,
                              y - LABEL_DISTANCE, 1, 1);
  else
    ink_chart_write_on_ground(painter, painter->bold, color, text, painter->layout.right,
                              y + LABEL_DISTANCE, 1, 0);
}

void ink_chart_paint_losses(InkChartPainter *painter) {
  InkChart *self = painter->chart;
  const InkChartPlot *plot = &painter->layout.loss;

  cairo_save(painter->cr);
  clip_to(painter, plot);
  for (guint i = 0; i < self->previous->len; i++) {
    InkChartRun *run = g_ptr_array_index(self->previous, i);

    stroke_curve(painter, plot, &painter->loss, run->losses, INK_COLOR_PREVIOUS, 1);
  }
  if (self->run) {
    paint_raw_losses(painter);
    /* There the dots are as dark as the line: a rim keeps it clear of them. */
    if (ink_palette_get_style() >= INK_STYLE_CONTRAST_LIGHT)
      stroke_curve(painter, plot, &painter->loss, self->run->losses, INK_COLOR_CARD, 6);
    stroke_curve(painter, plot, &painter->loss, self->run->losses, INK_COLOR_LOSS, 2);
  }
  cairo_restore(painter->cr);

  if (self->run && self->run->losses->len) {
    GArray *losses = self->run->losses;
    const InkChartPoint *last = &g_array_index(losses, InkChartPoint, losses->len - 1);
    double x = ink_chart_place_step(painter, last->step);
    double y = ink_chart_place_value(plot, &painter->loss, last->value);
    g_autofree char *text = ink_format_loss(last->value);

    if (isfinite(last->value) && ink_chart_is_seen(painter, last->step)) {
      ink_chart_paint_dot(painter, INK_COLOR_LOSS, x, y, 4);
      label_point(painter, plot, INK_COLOR_LOSS, text, x, y, SIDE_ABOVE);
    }
  }
}

static guint find_best(GArray *tests) {
  guint best = 0;

  for (guint i = 1; i < tests->len; i++)
    if (g_array_index(tests, InkChartPoint, i).value >
        g_array_index(tests, InkChartPoint, best).value)
      best = i;
  return best;
}

/* The closer they are, the smaller, so that the line between them is seen. */
static double find_dot_radius(InkChartPainter *painter, GArray *tests, guint from, guint to) {
  const InkChartPoint *points = &g_array_index(tests, InkChartPoint, 0);
  double first, last;

  if (to - from < 2)
    return DOT;
  first = ink_chart_place_step(painter, points[from].step);
  last = ink_chart_place_step(painter, points[to - 1].step);
  return MIN(DOT, (last - first) / (to - from - 1) / DOT_PITCH);
}

static void paint_test_dots(InkChartPainter *painter, GArray *tests) {
  double radius;
  guint from, to;

  ink_chart_find_seen(&painter->steps, tests, &from, &to);
  radius = find_dot_radius(painter, tests, from, to);
  if (radius < LEAST_DOT)
    return;
  for (guint i = from; i < to; i++) {
    const InkChartPoint *test = &g_array_index(tests, InkChartPoint, i);

    if (ink_chart_is_seen(painter, test->step))
      ink_chart_paint_dot(
          painter, INK_COLOR_ACCURACY, ink_chart_place_step(painter, test->step),
          ink_chart_place_value(&painter->layout.accuracy, &painter->accuracy, test->value),
          radius);
  }
}

static char *name_test(InkChartRun *run, guint i) {
  guint n;
  const InkTestPoint *test = &ink_history_get_tests(run->history, &n)[i];

  return ink_format_percent((double)test->correct / test->total, 1);
}

/* Above it; left of it under the heading, as what follows is to its right. */
static void label_best(InkChartPainter *painter, const char *text, double x, double y) {
  const InkChartLayout *layout = &painter->layout;
  double width = ink_chart_measure_text(painter->bold, text);
  double middle = CLAMP(x, layout->left + width / 2, layout->width - 4 - width / 2);

  if (has_room_above(painter, &layout->accuracy, y))
    ink_chart_write_on_ground(painter, painter->bold, INK_COLOR_ACCURACY, text, middle,
                              y - LABEL_DISTANCE, 0.5, 1);
  else if (x - 9 - width >= layout->left)
    ink_chart_write_on_ground(painter, painter->bold, INK_COLOR_ACCURACY, text, x - 9, y, 1, 0.5);
  else
    ink_chart_write_on_ground(painter, painter->bold, INK_COLOR_ACCURACY, text, middle,
                              y + LABEL_DISTANCE, 0.5, 0);
}

static void mark_best(InkChartPainter *painter, InkChartRun *run, guint best) {
  const InkChartPoint *test = &g_array_index(run->tests, InkChartPoint, best);
  double x = ink_chart_place_step(painter, test->step);
  double y = ink_chart_place_value(&painter->layout.accuracy, &painter->accuracy, test->value);
  g_autofree char *value = name_test(run, best), *text = g_strdup_printf(_("Best %s"), value);

  paint_ring(painter, INK_COLOR_ACCURACY, x, y);
  if (best == run->tests->len - 1)
    label_point(painter, &painter->layout.accuracy, INK_COLOR_ACCURACY, text, x, y, SIDE_ABOVE);
  else
    label_best(painter, text, x, y);
}

/* Below, as above it may be the label of the best one. */
static void label_last(InkChartPainter *painter, InkChartRun *run) {
  guint last = run->tests->len - 1;
  const InkChartPoint *test = &g_array_index(run->tests, InkChartPoint, last);
  g_autofree char *value = name_test(run, last);

  label_point(painter, &painter->layout.accuracy, INK_COLOR_ACCURACY, value,
              ink_chart_place_step(painter, test->step),
              ink_chart_place_value(&painter->layout.accuracy, &painter->accuracy, test->value),
              SIDE_BELOW);
}

static void label_tests(InkChartPainter *painter, InkChartRun *run) {
  guint last = run->tests->len - 1, best = find_best(run->tests);

  if (best != last &&
      ink_chart_is_seen(painter, g_array_index(run->tests, InkChartPoint, last).step))
    label_last(painter, run);
  if (ink_chart_is_seen(painter, g_array_index(run->tests, InkChartPoint, best).step))
    mark_best(painter, run, best);
}

void ink_chart_paint_accuracies(InkChartPainter *painter) {
  InkChart *self = painter->chart;
  const InkChartPlot *plot = &painter->layout.accuracy;

  cairo_save(painter->cr);
  clip_to(painter, plot);
  for (guint i = 0; i < self->previous->len; i++) {
    InkChartRun *run = g_ptr_array_index(self->previous, i);

    stroke_curve(painter, plot, &painter->accuracy, run->tests, INK_COLOR_PREVIOUS, 1);
  }
  if (self->run)
    stroke_curve(painter, plot, &painter->accuracy, self->run->tests, INK_COLOR_ACCURACY, 2);
  cairo_restore(painter->cr);

  if (self->run && self->run->tests->len) {
    paint_test_dots(painter, self->run->tests);
    label_tests(painter, self->run);
  }
}
