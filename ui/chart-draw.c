/* Paints the chart: once onto the screen, and in the same way onto a file. */
#include "ui/chart-private.h"
#include "ui/format.h"

#include <math.h>

enum { MARGIN_RIGHT = 18, LEAST_PLOT = 48, NATURAL_PLOT = 150 };

/* Small text is as large as that of the chart's buttons: each size that differs, by however little,
 * is one more font to load before the first frame. */
static PangoLayout *create_text(GtkWidget *sized_as, PangoWeight weight) {
  PangoLayout *text = gtk_widget_create_pango_layout(sized_as, NULL);
  PangoAttrList *attributes = pango_attr_list_new();

  pango_attr_list_insert(attributes, pango_attr_weight_new(weight));
  pango_attr_list_insert(attributes, pango_attr_font_features_new("tnum"));
  pango_layout_set_attributes(text, attributes);
  pango_attr_list_unref(attributes);
  return text;
}

double ink_chart_measure_text(PangoLayout *with, const char *text) {
  int width;

  pango_layout_set_text(with, text, -1);
  pango_layout_get_pixel_size(with, &width, NULL);
  return width;
}

double ink_chart_line_height(PangoLayout *with) {
  int height;

  pango_layout_set_text(with, "0", -1);
  pango_layout_get_pixel_size(with, NULL, &height);
  return height;
}

void ink_chart_set_color(cairo_t *cr, InkColor color) {
  GdkRGBA rgba = ink_palette_get(color);

  gdk_cairo_set_source_rgba(cr, &rgba);
}

double ink_chart_write(InkChartPainter *painter, PangoLayout *with, InkColor color,
                       const char *text, double x, double y, double across, double down) {
  int width, height;

  pango_layout_set_text(with, text, -1);
  pango_layout_get_pixel_size(with, &width, &height);
  ink_chart_set_color(painter->cr, color);
  cairo_move_to(painter->cr, round(x - width * across), round(y - height * down));
  pango_cairo_show_layout(painter->cr, with);
  cairo_new_path(painter->cr);
  return width;
}

void ink_chart_write_on_ground(InkChartPainter *painter, PangoLayout *with, InkColor color,
                               const char *text, double x, double y, double across, double down) {
  double width = ink_chart_measure_text(with, text), height = ink_chart_line_height(with);
  GdkRGBA ground = ink_palette_get(INK_COLOR_CARD);

  ground.alpha = 0.75;
  gdk_cairo_set_source_rgba(painter->cr, &ground);
  cairo_rectangle(painter->cr, x - width * across - 2, y - height * down, width + 4, height);
  cairo_fill(painter->cr);
  ink_chart_write(painter, with, color, text, x, y, across, down);
}

static InkChartLayout place(PangoLayout *small, PangoLayout *heading, double width, double height) {
  double title = ink_chart_line_height(heading), line = ink_chart_line_height(small);
  double head = title + 22, between = title + 25, foot = 2 * line + 10;
  double plot = floor(MAX((height - head - between - foot) / 2, LEAST_PLOT));
  InkChartLayout layout = {.width = width, .height = height};

  /* Room for the widest usual label, so that the plots stay where they are as labels change. */
  layout.left = INK_CHART_MARGIN + ink_chart_measure_text(small, "99.9\u00a0%") + 8;
  layout.right = MAX(width - MARGIN_RIGHT, layout.left + 1);
  layout.loss.title = 9 + title / 2;
  layout.loss.top = round(head);
  layout.loss.bottom = layout.loss.top + plot;
  layout.accuracy.title = layout.loss.bottom + 11 + title / 2;
  layout.accuracy.top = layout.loss.bottom + round(between);
  layout.accuracy.bottom = layout.accuracy.top + plot;
  return layout;
}

InkChartLayout ink_chart_layout(InkChart *self, int width, int height) {
  g_autoptr(PangoLayout) small = create_text(self->controls, PANGO_WEIGHT_NORMAL);
  g_autoptr(PangoLayout) heading = create_text(GTK_WIDGET(self), PANGO_WEIGHT_BOLD);

  return place(small, heading, width, height);
}

void ink_chart_measure_height(InkChart *self, int *minimum, int *natural) {
  InkChartLayout layout = ink_chart_layout(self, 400, 0);
  g_autoptr(PangoLayout) small = create_text(self->controls, PANGO_WEIGHT_NORMAL);

  *minimum = ceil(layout.accuracy.bottom + 2 * ink_chart_line_height(small) + 10);
  *natural = *minimum + 2 * (NATURAL_PLOT - LEAST_PLOT);
}

/* The step under the crosshair in a pill on the axis, which covers pill_from..pill_to. */
static void paint_pill(InkChartPainter *painter, double *pill_from, double *pill_to) {
  const InkChartLayout *layout = &painter->layout;
  g_autofree char *text = ink_format_count(painter->chart->pointed);
  double half = ink_chart_measure_text(painter->bold, text) / 2 + 7;
  double x = ink_chart_place_step(painter, painter->chart->pointed);
  double height = ink_chart_line_height(painter->bold), radius = (height + 1) / 2;
  double y = layout->accuracy.bottom + 4 + height / 2;

  x = CLAMP(x, 4 + half, layout->width - 4 - half);
  cairo_arc(painter->cr, x - half + radius, y, radius, G_PI / 2, 3 * G_PI / 2);
  cairo_arc(painter->cr, x + half - radius, y, radius, -G_PI / 2, G_PI / 2);
  cairo_close_path(painter->cr);
  ink_chart_set_color(painter->cr, INK_COLOR_TEXT);
  cairo_fill(painter->cr);
  ink_chart_write(painter, painter->bold, INK_COLOR_CARD, text, x, y, 0.5, 0.5);
  *pill_from = x - half;
  *pill_to = x + half;
}

static void paint_crosshair(InkChartPainter *painter) {
  const InkChartLayout *layout = &painter->layout;
  double x = ink_chart_sharp(ink_chart_place_step(painter, painter->chart->pointed));

  ink_chart_set_color(painter->cr, INK_COLOR_AXIS);
  ink_chart_line(painter->cr, x, layout->loss.top, x, layout->loss.bottom);
  ink_chart_line(painter->cr, x, layout->accuracy.top, x, layout->accuracy.bottom + 4);
  cairo_stroke(painter->cr);
}

static void mark_curves(InkChartPainter *painter, const InkChartReading *reading) {
  const InkChartPlot *plot = &painter->layout.loss;
  double x = ink_chart_place_step(painter, reading->step);

  if (isfinite(reading->previous_loss))
    ink_chart_paint_dot(painter, INK_COLOR_PREVIOUS, x,
                        ink_chart_place_value(plot, &painter->loss, reading->previous_loss), 4);
  if (isfinite(reading->smoothed))
    ink_chart_paint_dot(painter, INK_COLOR_LOSS, x,
                        ink_chart_place_value(plot, &painter->loss, reading->smoothed), 4);
}

/* The part of the axis that a drag will zoom to. */
static void paint_marked_part(InkChartPainter *painter) {
  const InkChartLayout *layout = &painter->layout;
  double from = MIN(painter->chart->drag_from, painter->chart->drag_to);
  double to = MAX(painter->chart->drag_from, painter->chart->drag_to);
  GdkRGBA rgba = ink_palette_get(INK_COLOR_LOSS);

  rgba.alpha = 0.15;
  gdk_cairo_set_source_rgba(painter->cr, &rgba);
  from = CLAMP(from, layout->left, layout->right);
  to = CLAMP(to, layout->left, layout->right);
  cairo_rectangle(painter->cr, from, layout->loss.top, to - from,
                  layout->loss.bottom - layout->loss.top);
  cairo_rectangle(painter->cr, from, layout->accuracy.top, to - from,
                  layout->accuracy.bottom - layout->accuracy.top);
  cairo_fill(painter->cr);
}

void ink_chart_paint(InkChart *self, cairo_t *cr, int width, int height, gboolean live) {
  g_autoptr(PangoLayout) small = create_text(self->controls, PANGO_WEIGHT_NORMAL);
  g_autoptr(PangoLayout) bold = create_text(self->controls, PANGO_WEIGHT_BOLD);
  g_autoptr(PangoLayout) heading = create_text(GTK_WIDGET(self), PANGO_WEIGHT_BOLD);
  InkChartPainter painter = {.chart = self, .cr = cr, .small = small, .bold = bold};
  gboolean pointed = live && self->pointed >= 0;
  double pill_from = INFINITY, pill_to = -INFINITY;
  InkChartReading reading;

  ink_chart_refresh(self);
  painter.heading = heading;
  painter.layout = place(small, heading, width, height);
  ink_chart_set_axes(&painter);
  pointed = pointed && ink_chart_is_seen(&painter, self->pointed);

  ink_chart_paint_value_axes(&painter);
  if (pointed)
    paint_pill(&painter, &pill_from, &pill_to);
  ink_chart_paint_step_axis(&painter, pill_from, pill_to);
  ink_chart_paint_epochs(&painter);
  if (pointed)
    paint_crosshair(&painter);
  ink_chart_paint_losses(&painter);
  ink_chart_paint_accuracies(&painter);
  if (pointed) {
    reading = ink_chart_read(self, self->pointed);
    mark_curves(&painter, &reading);
  }
  if (live && self->drag_from != self->drag_to)
    paint_marked_part(&painter);
  ink_chart_write_legends(&painter, pointed ? &reading : NULL);
}
