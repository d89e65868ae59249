/* The chart as a file: an image or a drawing of what is shown, or all points as a table. */
#include "ui/chart-private.h"

#include <cairo-pdf.h>
#include <cairo-svg.h>
#include <gio/gio.h>
#include <glib/gi18n.h>
#include <math.h>

enum { PNG_SCALE = 2 };

static cairo_status_t append(void *bytes, const unsigned char *data, unsigned int length) {
  g_byte_array_append(bytes, data, length);
  return CAIRO_STATUS_SUCCESS;
}

static cairo_surface_t *create_surface(const char *format, GByteArray *bytes, int width,
                                       int height) {
  cairo_surface_t *surface;

  if (g_str_equal(format, "svg"))
    return cairo_svg_surface_create_for_stream(append, bytes, width, height);
  if (g_str_equal(format, "pdf"))
    return cairo_pdf_surface_create_for_stream(append, bytes, width, height);
  surface = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, PNG_SCALE * width, PNG_SCALE * height);
  cairo_surface_set_device_scale(surface, PNG_SCALE, PNG_SCALE);
  return surface;
}

static cairo_status_t draw(InkChart *self, const char *format, GByteArray *bytes) {
  int width = gtk_widget_get_width(GTK_WIDGET(self));
  int height = gtk_widget_get_height(GTK_WIDGET(self));
  cairo_surface_t *surface = create_surface(format, bytes, width, height);
  cairo_t *cr = cairo_create(surface);
  cairo_status_t status;

  ink_chart_set_color(cr, INK_COLOR_CARD);
  cairo_paint(cr);
  ink_chart_paint(self, cr, width, height, FALSE);
  status = cairo_status(cr);
  cairo_destroy(cr);
  if (status == CAIRO_STATUS_SUCCESS && g_str_equal(format, "png"))
    status = cairo_surface_write_to_png_stream(surface, append, bytes);
  cairo_surface_finish(surface);
  if (status == CAIRO_STATUS_SUCCESS)
    status = cairo_surface_status(surface);
  cairo_surface_destroy(surface);
  return status;
}

/* A number as tables are read by programs: with a point in every locale; empty when not finite. */
static void append_number(GString *csv, double value) {
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  if (isfinite(value))
    g_string_append(csv, g_ascii_formatd(number, sizeof number, "%.6g", value));
}

static void append_run(GString *csv, guint number, InkChartRun *run) {
  guint n, n_tests, test = 0;
  const InkLossPoint *losses = ink_history_get_losses(run->history, &n);
  const InkTestPoint *tests = ink_history_get_tests(run->history, &n_tests);

  for (guint i = 0; i < n; i++) {
    gint64 end = losses[i].step + losses[i].steps;

    g_string_append_printf(csv, "%u,%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT ",", number,
                           losses[i].step, losses[i].steps);
    append_number(csv, losses[i].loss);
    g_string_append_c(csv, ',');
    append_number(csv, g_array_index(run->losses, InkChartPoint, i).value);
    /* Of several tests within merged steps the last. */
    while (test + 1 < n_tests && tests[test + 1].step < end)
      test++;
    if (test < n_tests && tests[test].step < end) {
      g_string_append_printf(csv, ",%u,%u\n", tests[test].correct, tests[test].total);
      test++;
    } else {
      g_string_append(csv, ",,\n");
    }
  }
}

static void tabulate(InkChart *self, GByteArray *bytes) {
  g_autoptr(GString) csv =
      g_string_new("run,step,steps,loss,smoothed_loss,test_correct,test_total\n");
  guint i;

  for (i = 0; i < self->previous->len; i++)
    append_run(csv, i + 1, g_ptr_array_index(self->previous, i));
  if (self->run)
    append_run(csv, i + 1, self->run);
  g_byte_array_append(bytes, (const guint8 *)csv->str, csv->len);
}

static gboolean is_format(const char *format) {
  static const char *const formats[] = {"png", "svg", "pdf", "csv", NULL};

  return g_strv_contains(formats, format);
}

gboolean ink_chart_export(InkChart *self, const char *format, const char *path, GError **error) {
  g_autoptr(GByteArray) bytes = g_byte_array_new();
  g_autoptr(GFile) file = NULL;
  g_autoptr(GError) reason = NULL;
  cairo_status_t status = CAIRO_STATUS_SUCCESS;

  g_return_val_if_fail(INK_IS_CHART(self), FALSE);
  g_return_val_if_fail(is_format(format), FALSE);
  g_return_val_if_fail(path, FALSE);

  ink_chart_refresh(self);
  if (g_str_equal(format, "csv"))
    tabulate(self, bytes);
  else
    status = draw(self, format, bytes);
  if (status != CAIRO_STATUS_SUCCESS) {
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED,
                _("The chart could not be drawn into “%s”: %s."), path,
                cairo_status_to_string(status));
    return FALSE;
  }
  file = g_file_new_for_path(path);
  if (g_file_replace_contents(file, (const char *)bytes->data, bytes->len, NULL, FALSE,
                              G_FILE_CREATE_NONE, NULL, NULL, &reason))
    return TRUE;
  g_set_error(error, reason->domain, reason->code, _("The chart could not be written to “%s”: %s."),
              path, reason->message);
  return FALSE;
}
