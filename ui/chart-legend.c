/* The rows above the plots: what is what and, with a crosshair, the values under it. No bubble
 * covers the data. */
#include "ui/chart-private.h"
#include "ui/format.h"

#include <glib/gi18n.h>
#include <math.h>

enum { SWATCH = 16, GAP = 6, BETWEEN = 20, AFTER_TITLE = 18 };

typedef enum { SWATCH_LINE, SWATCH_DOTS, SWATCH_THIN } Swatch;

typedef struct {
  Swatch swatch;
  InkColor color;
  const char *name;
  char *value; /* owned; NULL: none */
} Entry;

static void paint_swatch(InkChartPainter *painter, const Entry *entry, double x, double y) {
  ink_chart_set_color(painter->cr, entry->color);
  if (entry->swatch == SWATCH_DOTS) {
    for (int i = 0; i < 3; i++) {
      cairo_new_sub_path(painter->cr);
      cairo_arc(painter->cr, x + 2 + i * 6, y, 1.8, 0, 2 * G_PI);
    }
    cairo_fill(painter->cr);
    return;
  }
  cairo_set_line_width(painter->cr, entry->swatch == SWATCH_THIN ? 1 : 2);
  y = entry->swatch == SWATCH_THIN ? ink_chart_sharp(y) : round(y);
  ink_chart_line(painter->cr, x, y, x + SWATCH, y);
  cairo_stroke(painter->cr);
}

static double measure_entry(InkChartPainter *painter, const Entry *entry, gboolean named) {
  double width = SWATCH;

  if (named)
    width += GAP + ink_chart_measure_text(painter->small, entry->name);
  if (entry->value)
    width += GAP + ink_chart_measure_text(painter->bold, entry->value);
  return width + BETWEEN;
}

static double measure_entries(InkChartPainter *painter, const Entry *entries, guint n,
                              gboolean named) {
  double width = 0;

  for (guint i = 0; i < n; i++)
    width += measure_entry(painter, &entries[i], named);
  return width;
}

static void write_entries(InkChartPainter *painter, const Entry *entries, guint n, gboolean named,
                          double x, double y) {
  for (guint i = 0; i < n; i++) {
    double at = x + SWATCH + GAP;

    paint_swatch(painter, &entries[i], x, y);
    if (named)
      at += GAP + ink_chart_write(painter, painter->small, INK_COLOR_AXIS, entries[i].name, at, y,
                                  0, 0.5);
    if (entries[i].value)
      ink_chart_write(painter, painter->bold, INK_COLOR_TEXT, entries[i].value, at, y, 0, 0.5);
    x += measure_entry(painter, &entries[i], named);
  }
}

/* As many of the entries as there is room for; returns how many. With values, their names go before
 * any value does. Without, the first goes first: it is the plainest to see. */
static guint fit_entries(InkChartPainter *painter, const Entry *entries, guint n, double x,
                         double y, double room) {
  gboolean named = !entries[0].value || measure_entries(painter, entries, n, TRUE) <= room;
  guint first = 0;

  while (first < n && measure_entries(painter, entries + first, n - first, named) > room) {
    if (first == 0 && n > 1 && named)
      first++;
    else
      n--;
  }
  write_entries(painter, entries + first, n - first, named, x, y);
  return n - first;
}

static double write_title(InkChartPainter *painter, const char *title, double y) {
  return INK_CHART_MARGIN + AFTER_TITLE +
         ink_chart_write(painter, painter->heading, INK_COLOR_TEXT, title, INK_CHART_MARGIN, y, 0,
                         0.5);
}

static void add_entry(Entry *entries, guint *n, Swatch swatch, InkColor color, const char *name,
                      char *value) {
  entries[(*n)++] = (Entry){swatch, color, name, value};
}

static void clear_entries(Entry *entries, guint n) {
  for (guint i = 0; i < n; i++)
    g_free(entries[i].value);
}

static char *name_loss(double loss) {
  return isfinite(loss) ? ink_format_loss(loss) : NULL;
}

static char *name_accuracy(double accuracy) {
  return isfinite(accuracy) ? ink_format_percent(accuracy, 1) : NULL;
}

/* Returns whether the previous run found its place. */
static gboolean write_loss_legend(InkChartPainter *painter, const InkChartReading *reading) {
  Entry entries[3];
  guint n = 0, written;
  double controls = gtk_widget_get_width(painter->chart->controls);
  double y = painter->layout.loss.title, x = write_title(painter, _("Loss"), y);

  add_entry(entries, &n, SWATCH_LINE, INK_COLOR_LOSS, _("Smoothed"),
            reading ? name_loss(reading->smoothed) : NULL);
  add_entry(entries, &n, SWATCH_DOTS, INK_COLOR_LOSS_RAW, _("Each batch"),
            reading ? name_loss(reading->loss) : NULL);
  if (painter->chart->previous->len)
    add_entry(entries, &n, SWATCH_THIN, INK_COLOR_PREVIOUS, _("Previous run"),
              reading ? name_loss(reading->previous_loss) : NULL);
  written = fit_entries(painter, entries, n, x, y, painter->layout.width - controls - x);
  clear_entries(entries, n);
  return written == n;
}

static void write_accuracy_legend(InkChartPainter *painter, const InkChartReading *reading,
                                  gboolean previous_told) {
  Entry entries[2];
  guint n = 0;
  double y = painter->layout.accuracy.title, x = write_title(painter, _("Test accuracy"), y);
  g_autofree char *step = NULL, *count = NULL;

  if (reading && isfinite(reading->accuracy)) {
    count = ink_format_count(reading->test_step);
    step = g_strdup_printf(_("Step %s"), count);
    add_entry(entries, &n, SWATCH_LINE, INK_COLOR_ACCURACY, step, name_accuracy(reading->accuracy));
  }
  if (reading ? isfinite(reading->previous_accuracy)
              : painter->chart->previous->len && !previous_told)
    add_entry(entries, &n, SWATCH_THIN, INK_COLOR_PREVIOUS, _("Previous run"),
              reading ? name_accuracy(reading->previous_accuracy) : NULL);
  if (n)
    fit_entries(painter, entries, n, x, y, painter->layout.width - x);
  else if (painter->chart->note &&
           x + ink_chart_measure_text(painter->small, painter->chart->note) < painter->layout.right)
    ink_chart_write(painter, painter->small, INK_COLOR_AXIS, painter->chart->note, x - 6, y, 0,
                    0.5);
  clear_entries(entries, n);
}

void ink_chart_write_legends(InkChartPainter *painter, const InkChartReading *reading) {
  gboolean previous_told = write_loss_legend(painter, reading);

  write_accuracy_legend(painter, reading, previous_told);
}
