/* chart: the loss and the test accuracy of a run, above each other on one step axis.
 *
 * The axis spans the planned run until the person zooms (scroll, drag, + and −; a double click or 0
 * fits again); the pointer or the arrow keys move a crosshair whose values stand in the legends.
 * The runs before stay as grey lines until cleared. What the chart shows is in its accessible
 * description. Main thread.
 *
 * Property: "log-scale" (boolean, default TRUE), for both plots.
 * Actions:  chart.fit, chart.clear-previous, chart.log-scale. The menu also offers the window's
 *           win.export-chart. */
#pragma once

#include "engine/history.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define INK_TYPE_CHART (ink_chart_get_type())
G_DECLARE_FINAL_TYPE(InkChart, ink_chart, INK, CHART, GtkWidget)

GtkWidget *ink_chart_new(void);

/* Shows a run and keeps a reference; the one shown before, unless empty, becomes a previous run. */
void ink_chart_set_history(InkChart *self, InkHistory *history);
/* The history that is shown has changed. */
void ink_chart_update(InkChart *self);
/* The axis of a run that has not begun: how many steps it would take. */
void ink_chart_set_planned(InkChart *self, gint64 steps);
/* On what accuracy is measured: "on the first 2,000 test images". */
void ink_chart_set_note(InkChart *self, const char *note);

void ink_chart_clear_previous(InkChart *self);
guint ink_chart_get_n_previous(InkChart *self);

/* The steps at the left and the right end of the axis. */
void ink_chart_get_view(InkChart *self, double *from, double *to);
void ink_chart_zoom(InkChart *self, double from, double to);
void ink_chart_fit(InkChart *self);

/* What the legends say at a step; NAN where there is nothing. */
typedef struct {
  gint64 step;
  double loss, smoothed, previous_loss;
  gint64 test_step; /* the test nearest to the step */
  double accuracy, previous_accuracy;
} InkChartReading;
/* FALSE while there is no crosshair. */
gboolean ink_chart_get_reading(InkChart *self, InkChartReading *reading);
/* Where the crosshair stands, or nowhere for a negative step. */
void ink_chart_point_at(InkChart *self, gint64 step);

/* Writes what is shown: "png" (at twice the size), "svg" or "pdf"; or "csv", every point of every
 * run. FALSE with one sentence that names the file (GFileError or G_IO_ERROR). */
gboolean ink_chart_export(InkChart *self, const char *format, const char *path, GError **error);

G_END_DECLS
