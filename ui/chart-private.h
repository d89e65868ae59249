/* chart-private: what the parts of the chart share. chart.c is the widget and its state,
 * chart-draw.c paints it, with chart-axes.c, chart-curves.c and chart-legend.c, chart-input.c moves
 * its crosshair and its view, chart-export.c writes it to files. */
#pragma once

#include "ui/chart-scale.h"
#include "ui/chart.h"
#include "ui/palette.h"

G_BEGIN_DECLS

enum {
  INK_CHART_MARGIN = 14,      /* pixels left of titles and numbers */
  INK_CHART_LEAST_STEPS = 10, /* on a shorter axis ticks would fall between steps */
};

typedef struct {
  double step, value;
} InkChartPoint;

/* A run, as the plots want it. */
typedef struct {
  InkHistory *history;
  GArray *batches; /* (InkChartPoint), one for each loss point of the history */
  GArray *losses;  /* (InkChartPoint), the same smoothed */
  GArray *tests;   /* (InkChartPoint), accuracy held below 1; one for each test */
} InkChartRun;

struct _InkChart {
  GtkWidget parent_instance;

  GtkWidget *controls;
  GtkMenuButton *menu_button;
  GMenuModel *menu;
  GtkWidget *context_menu; /* the same at the pointer; NULL: not opened yet */
  InkChartRun *run;        /* the one that is shown; NULL before the first */
  GPtrArray *previous;     /* (InkChartRun), the newest last */
  gboolean stale;          /* the run's points are older than its history */
  guint told_tests;        /* how many tests the accessible description tells of */
  gint64 planned;
  char *note;
  gboolean log_scale;

  gboolean zoomed;
  double from, to;           /* the view, when zoomed */
  gint64 pointed;            /* the step of the crosshair; -1: none */
  double drag_from, drag_to; /* pixels; the part of the axis that a drag marks; equal: none */
};

/* Where things stand, in pixels of the widget. */
typedef struct {
  double top, bottom;
  double title; /* the middle of the row above the plot */
} InkChartPlot;

typedef struct {
  double width, height;
  double left, right; /* of both plots */
  InkChartPlot loss, accuracy;
} InkChartLayout;

/* One painting: where it goes, the axes and what text is written with. */
typedef struct {
  InkChart *chart;
  cairo_t *cr;
  PangoLayout *small, *bold, *heading;
  InkChartLayout layout;
  InkScale steps, loss, accuracy;
} InkChartPainter;

/* chart.c: brings the run's points up to its history; before anything looks at them. */
void ink_chart_refresh(InkChart *self);
gint64 ink_chart_get_span(InkChart *self); /* steps that the whole axis holds, at least 1 */

/* chart-describe.c */
InkChartReading ink_chart_read(InkChart *self, gint64 step);
char *ink_chart_describe(InkChart *self);

/* chart-draw.c: the crosshair and the marked part only when live. */
void ink_chart_paint(InkChart *self, cairo_t *cr, int width, int height, gboolean live);
InkChartLayout ink_chart_layout(InkChart *self, int width, int height);
void ink_chart_measure_height(InkChart *self, int *minimum, int *natural);
void ink_chart_set_color(cairo_t *cr, InkColor color);
/* Writes text so that the share across × down of its box is at x, y; returns its width. */
double ink_chart_write(InkChartPainter *painter, PangoLayout *with, InkColor color,
                       const char *text, double x, double y, double across, double down);
/* The same among lines, on a ground that keeps it readable. */
void ink_chart_write_on_ground(InkChartPainter *painter, PangoLayout *with, InkColor color,
                               const char *text, double x, double y, double across, double down);
double ink_chart_measure_text(PangoLayout *with, const char *text);
double ink_chart_line_height(PangoLayout *with);

/* chart-axes.c */
void ink_chart_set_axes(InkChartPainter *painter);
double ink_chart_place_step(const InkChartPainter *painter, double step);
double ink_chart_place_value(const InkChartPlot *plot, const InkScale *scale, double value);
gboolean ink_chart_is_seen(const InkChartPainter *painter, double step);
/* The points from … to (exclusive) that are seen, with one more on each side for the lines that
 * leave the plot. */
void ink_chart_find_seen(const InkScale *steps, GArray *points, guint *from, guint *to);
void ink_chart_paint_value_axes(InkChartPainter *painter);
/* A number that would stand at hidden_from … hidden_to, in pixels, is left out. */
void ink_chart_paint_step_axis(InkChartPainter *painter, double hidden_from, double hidden_to);
void ink_chart_paint_epochs(InkChartPainter *painter);
/* The middle of the pixel that holds the coordinate: a line there is sharp. */
double ink_chart_sharp(double coordinate);
void ink_chart_line(cairo_t *cr, double x1, double y1, double x2, double y2);

/* chart-curves.c */
void ink_chart_paint_losses(InkChartPainter *painter);
void ink_chart_paint_accuracies(InkChartPainter *painter);
/* A dot with a rim of the card's colour that keeps it clear of the lines under it. */
void ink_chart_paint_dot(InkChartPainter *painter, InkColor color, double x, double y,
                         double radius);

/* chart-legend.c */
void ink_chart_write_legends(InkChartPainter *painter,
                             const InkChartReading *reading /* nullable */);

/* chart-input.c */
void ink_chart_add_input(InkChart *self);
void ink_chart_add_key_bindings(GtkWidgetClass *klass);

G_END_DECLS
