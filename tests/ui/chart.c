#define _GNU_SOURCE /* memmem */
#include "ui/chart-private.h"
#include "tests/support/idx-files.h"
#include "tests/support/input.h"

#include <glib/gstdio.h>
#include <math.h>

enum { STEPS = 420, PLANNED = 600, EPOCH = 300, EVERY = 50 };

/* A chart in a window with a run of 420 of 600 steps and one before it. */
typedef struct {
  GtkWidget *window;
  InkChart *chart;
} Fixture;

static float get_loss(gint64 step, double factor) {
  return (float)(factor * 2.3 / (1 + step / 10.0) * (step % 2 ? 0.9 : 1.1));
}

static guint get_correct(gint64 step) {
  return step == 350 ? 1944 : 1000 + 2 * step; /* the best is not the last */
}

static InkHistory *make_history(gint64 steps, double factor) {
  InkHistory *history = ink_history_new();

  ink_history_set_planned(history, PLANNED);
  for (gint64 step = 0; step < steps; step++) {
    if (step % EPOCH == 0)
      ink_history_add_epoch(history, &(InkEpochPoint){step, step / EPOCH});
    ink_history_add_loss(history, step, get_loss(step, factor));
    if (step % EVERY == 0)
      ink_history_add_test(history, &(InkTestPoint){.step = step,
                                                    .epoch = step / EPOCH,
                                                    .epoch_step = step % EPOCH,
                                                    .loss = get_loss(step, factor),
                                                    .correct = get_correct(step),
                                                    .total = 2000});
  }
  return history;
}

static void show_run(InkChart *chart, gint64 steps, double factor) {
  g_autoptr(InkHistory) history = make_history(steps, factor);

  ink_chart_set_history(chart, history);
}

static void set_up(Fixture *f, gconstpointer data) {
  f->window = gtk_window_new();
  f->chart = INK_CHART(ink_chart_new());
  show_run(f->chart, PLANNED, 2);
  show_run(f->chart, STEPS, 1);
  gtk_window_set_child(GTK_WINDOW(f->window), GTK_WIDGET(f->chart));
  gtk_window_set_default_size(GTK_WINDOW(f->window), 811, 431);
  test_show_window(GTK_WINDOW(f->window));
  test_point_at(GTK_WIDGET(f->chart), 5, 5); /* off the plots, wherever the last test left it */
  ink_chart_point_at(f->chart, -1);
}

static void tear_down(Fixture *f, gconstpointer data) {
  gtk_window_destroy(GTK_WINDOW(f->window));
}

static InkChartLayout get_layout(Fixture *f) {
  GtkWidget *widget = GTK_WIDGET(f->chart);

  return ink_chart_layout(f->chart, gtk_widget_get_width(widget), gtk_widget_get_height(widget));
}

static double place(Fixture *f, double step) {
  InkChartLayout layout = get_layout(f);
  double from, to;

  ink_chart_get_view(f->chart, &from, &to);
  return layout.left + (step - from) / (to - from) * (layout.right - layout.left);
}

static void point_at_step(Fixture *f, double step) {
  test_point_at(GTK_WIDGET(f->chart), place(f, step), get_layout(f).loss.top + 30);
}

static void assert_view(Fixture *f, double from, double to) {
  double is_from, is_to;

  ink_chart_get_view(f->chart, &is_from, &is_to);
  g_assert_cmpfloat_with_epsilon(is_from, from, 1.5);
  g_assert_cmpfloat_with_epsilon(is_to, to, 1.5);
}

static void test_axis_spans_the_planned_run(Fixture *f, gconstpointer data) {
  g_autoptr(InkHistory) empty = ink_history_new();

  assert_view(f, 0, PLANNED);
  ink_chart_set_history(f->chart, empty);
  ink_chart_set_planned(f->chart, 1200);
  assert_view(f, 0, 1200);
  for (gint64 step = 0; step < 1300; step++)
    ink_history_add_loss(empty, step, 1);
  ink_chart_update(f->chart);
  assert_view(f, 0, 1300);
}

static void test_hover_tells_values(Fixture *f, gconstpointer data) {
  InkChartReading reading;

  g_assert_false(ink_chart_get_reading(f->chart, &reading));
  point_at_step(f, 180);
  test_wait_until(ink_chart_get_reading(f->chart, &reading));
  g_assert_cmpint(ABS(reading.step - 180), <=, 1);
  g_assert_cmpfloat_with_epsilon(reading.loss, get_loss(reading.step, 1), 1e-6);
  g_assert_cmpint(reading.test_step, ==, 200);
  g_assert_cmpfloat_with_epsilon(reading.accuracy, get_correct(200) / 2000.0, 1e-9);
  g_assert_cmpfloat_with_epsilon(reading.smoothed / reading.previous_loss, 0.5, 1e-3);
  g_assert_cmpfloat_with_epsilon(reading.previous_accuracy, reading.accuracy, 1e-9);

  test_point_at(GTK_WIDGET(f->chart), place(f, 180), 8);
  test_wait_until(!ink_chart_get_reading(f->chart, &reading));
}

static GtkGesture *find_click(Fixture *f) {
  g_autoptr(GListModel) controllers = gtk_widget_observe_controllers(GTK_WIDGET(f->chart));

  for (guint i = 0; i < g_list_model_get_n_items(controllers); i++) {
    g_autoptr(GtkEventController) controller = g_list_model_get_item(controllers, i);

    if (GTK_IS_GESTURE_CLICK(controller))
      return GTK_GESTURE(controller);
  }
  return NULL;
}

/* It does not hover before: only the touch itself tells where it is. */
static void test_finger_tells_values(Fixture *f, gconstpointer data) {
  InkChartReading reading;

  g_signal_emit_by_name(find_click(f), "pressed", 1, place(f, 180), get_layout(f).loss.top + 30);
  g_assert_true(ink_chart_get_reading(f->chart, &reading));
  g_assert_cmpint(ABS(reading.step - 180), <=, 1);
  g_signal_emit_by_name(find_click(f), "pressed", 1, place(f, 180), 8.0);
  g_assert_false(ink_chart_get_reading(f->chart, &reading));
}

static void test_hover_beyond_the_run(Fixture *f, gconstpointer data) {
  InkChartReading reading;

  point_at_step(f, 500);
  test_wait_until(ink_chart_get_reading(f->chart, &reading));
  g_assert_true(isnan(reading.loss) && isnan(reading.smoothed) && isnan(reading.accuracy));
  g_assert_true(isfinite(reading.previous_loss));
}

static void test_wheel_zooms_around_the_pointer(Fixture *f, gconstpointer data) {
  double from, to;
  InkChartReading reading;

  point_at_step(f, 150);
  test_wait_until(ink_chart_get_reading(f->chart, &reading));
  test_send(GTK_WIDGET(f->chart), "click 4");
  test_wait_until((ink_chart_get_view(f->chart, &from, &to), to - from < PLANNED));
  g_assert_cmpfloat_with_epsilon((150 - from) / (to - from), 0.25, 0.01);

  test_send(GTK_WIDGET(f->chart), "click 5");
  test_wait_until((ink_chart_get_view(f->chart, &from, &to), to - from >= PLANNED));
}

static void test_drag_zooms_and_double_click_fits(Fixture *f, gconstpointer data) {
  double from, to;

  point_at_step(f, 100);
  test_send(GTK_WIDGET(f->chart), "mousedown 1");
  point_at_step(f, 150);
  point_at_step(f, 200);
  test_send(GTK_WIDGET(f->chart), "mouseup 1");
  test_wait_until((ink_chart_get_view(f->chart, &from, &to), to < PLANNED));
  assert_view(f, 100, 200);

  test_send(GTK_WIDGET(f->chart), "click --repeat 2 --delay 20 1");
  test_wait_until((ink_chart_get_view(f->chart, &from, &to), to >= PLANNED));
  assert_view(f, 0, PLANNED);
}

static void test_keys(Fixture *f, gconstpointer data) {
  double from, to;
  InkChartReading reading;

  gtk_widget_grab_focus(GTK_WIDGET(f->chart));
  test_press_key(f->window, "Right");
  test_wait_until(ink_chart_get_reading(f->chart, &reading));
  g_assert_cmpint(reading.step, ==, 0);
  test_press_key(f->window, "Right");
  test_wait_until(ink_chart_get_reading(f->chart, &reading) && reading.step == 6);

  test_press_key(f->window, "plus");
  test_wait_until((ink_chart_get_view(f->chart, &from, &to), to < PLANNED));
  test_press_key(f->window, "0");
  test_wait_until((ink_chart_get_view(f->chart, &from, &to), to >= PLANNED));
}

static void test_zoom_stays_within_the_run(Fixture *f, gconstpointer data) {
  ink_chart_zoom(f->chart, -50, 50);
  assert_view(f, 0, 100);
  ink_chart_zoom(f->chart, 580, 680);
  assert_view(f, 500, 600);
  ink_chart_zoom(f->chart, 300, 300);
  assert_view(f, 295, 305);
  ink_chart_zoom(f->chart, -10, 2000);
  assert_view(f, 0, PLANNED);
}

/* Fewer steps than the axis has: the pointer still finds them where they are drawn. */
static void test_short_run(Fixture *f, gconstpointer data) {
  g_autoptr(InkHistory) history = ink_history_new();
  InkChartReading reading;

  ink_history_set_planned(history, 3);
  for (gint64 step = 0; step < 3; step++)
    ink_history_add_loss(history, step, get_loss(step, 1));
  ink_chart_set_history(f->chart, history);
  assert_view(f, 0, 10);
  point_at_step(f, 2);
  test_wait_until(ink_chart_get_reading(f->chart, &reading) && reading.step == 2);
  g_assert_cmpfloat_with_epsilon(reading.loss, get_loss(2, 1), 1e-6);
}

static void test_previous_runs(Fixture *f, gconstpointer data) {
  g_autoptr(InkHistory) empty = ink_history_new();

  g_assert_cmpuint(ink_chart_get_n_previous(f->chart), ==, 1);
  show_run(f->chart, 100, 1);
  g_assert_cmpuint(ink_chart_get_n_previous(f->chart), ==, 2);
  ink_chart_set_history(f->chart, empty);
  g_assert_cmpuint(ink_chart_get_n_previous(f->chart), ==, 3);
  show_run(f->chart, 100, 1); /* the empty one leaves no trace */
  g_assert_cmpuint(ink_chart_get_n_previous(f->chart), ==, 3);

  gtk_widget_activate_action(GTK_WIDGET(f->chart), "chart.clear-previous", NULL);
  g_assert_cmpuint(ink_chart_get_n_previous(f->chart), ==, 0);
}

static void test_log_scale_toggle(Fixture *f, gconstpointer data) {
  gboolean log_scale = FALSE;

  g_object_get(f->chart, "log-scale", &log_scale, NULL);
  g_assert_true(log_scale);
  test_click_centre(gtk_widget_get_first_child(f->chart->controls));
  test_wait_until((g_object_get(f->chart, "log-scale", &log_scale, NULL), !log_scale));
}

static void test_context_menu(Fixture *f, gconstpointer data) {
  point_at_step(f, 300);
  test_send(GTK_WIDGET(f->chart), "click 3");
  test_wait_until(f->chart->context_menu && gtk_widget_get_mapped(f->chart->context_menu));
  gtk_popover_popdown(GTK_POPOVER(f->chart->context_menu));
  test_wait_until(!gtk_widget_get_mapped(f->chart->context_menu));

  gtk_widget_grab_focus(GTK_WIDGET(f->chart));
  test_press_key(f->window, "shift+F10");
  test_wait_until(gtk_widget_get_mapped(f->chart->context_menu));
}

static void assert_described(Fixture *f, const char *text) {
  g_autofree char *description = ink_chart_describe(f->chart);
  g_autofree char *difference = gtk_test_accessible_check_property(
      GTK_ACCESSIBLE(f->chart), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, description);

  g_assert_null(difference);
  if (!strstr(description, text))
    g_error("“%s” does not tell “%s”", description, text);
}

static void test_description(Fixture *f, gconstpointer data) {
  assert_described(f, "420 of 600 steps");
  assert_described(f, "97.2\u00a0% at step 350");
  assert_described(f, "400: 90.0\u00a0%");
  assert_described(f, "1 previous run");
  ink_chart_point_at(f->chart, 180);
  assert_described(f, "At step 180");
}

/* Of pixels about as a colour is, in the chart's picture from a line on. */
static guint count_pixels(Fixture *f, InkColor color, int from) {
  int width = gtk_widget_get_width(GTK_WIDGET(f->chart));
  int height = gtk_widget_get_height(GTK_WIDGET(f->chart));
  cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height);
  GdkRGBA rgba = ink_palette_get(color);
  guint32 wanted = ink_palette_mix(&rgba, &rgba, 0) & 0xffffff;
  cairo_t *cr = cairo_create(surface);
  guint n = 0;

  cairo_set_source_rgb(cr, 1, 1, 1);
  cairo_paint(cr);
  ink_chart_paint(f->chart, cr, width, height, FALSE);
  cairo_destroy(cr);
  cairo_surface_flush(surface);
  for (int y = from; y < height; y++) {
    const guint32 *row = (const guint32 *)(cairo_image_surface_get_data(surface) +
                                           y * cairo_image_surface_get_stride(surface));

    for (int x = 0; x < width; x++)
      n += (row[x] & 0xffffff) == wanted;
  }
  cairo_surface_destroy(surface);
  return n;
}

/* A run that learned nothing ends on the axis. */
static void test_labels_keep_off_the_axis(Fixture *f, gconstpointer data) {
  g_autoptr(InkHistory) history = ink_history_new();
  int axis = (int)get_layout(f).accuracy.bottom;

  ink_history_set_planned(history, PLANNED);
  for (gint64 step = 0; step <= PLANNED; step += EVERY)
    ink_history_add_test(history,
                         &(InkTestPoint){.step = step, .correct = step ? 0 : 200, .total = 2000});
  ink_chart_set_history(f->chart, history);
  g_assert_cmpuint(count_pixels(f, INK_COLOR_ACCURACY, 0), >, 100);
  g_assert_cmpuint(count_pixels(f, INK_COLOR_ACCURACY, axis + 6), ==, 0);
}

static GBytes *export(Fixture *f, const char *folder, const char *format) {
  g_autofree char *path = g_build_filename(folder, "chart", NULL);
  g_autoptr(GError) error = NULL;
  char *content;
  gsize length;

  g_assert_true(ink_chart_export(f->chart, format, path, &error));
  g_assert_no_error(error);
  g_assert_true(g_file_get_contents(path, &content, &length, &error));
  g_assert_no_error(error);
  return g_bytes_new_take(content, length);
}

static gboolean holds(GBytes *bytes, const char *text) {
  gsize length;
  const char *content = g_bytes_get_data(bytes, &length);

  return memmem(content, length, text, strlen(text)) != NULL;
}

static void test_exports(Fixture *f, gconstpointer data) {
  char *folder = test_make_folder();
  g_autoptr(GBytes) png = export(f, folder, "png"), svg = export(f, folder, "svg");
  g_autoptr(GBytes) pdf = export(f, folder, "pdf");
  g_autoptr(GError) error = NULL;
  g_autoptr(GdkTexture) image = gdk_texture_new_from_bytes(png, &error);

  g_assert_no_error(error);
  g_assert_cmpint(gdk_texture_get_width(image), ==, 2 * gtk_widget_get_width(GTK_WIDGET(f->chart)));
  g_assert_true(g_str_has_prefix(g_bytes_get_data(svg, NULL), "<?xml"));
  g_assert_true(holds(svg, "<svg") && holds(svg, "</svg>"));
  g_assert_true(g_str_has_prefix(g_bytes_get_data(pdf, NULL), "%PDF-"));
  g_assert_true(holds(pdf, "%%EOF"));
  test_remove_folder(folder);
}

static void test_table(Fixture *f, gconstpointer data) {
  char *folder = test_make_folder();
  g_autoptr(GBytes) csv = export(f, folder, "csv");
  g_autofree char *text = g_strndup(g_bytes_get_data(csv, NULL), g_bytes_get_size(csv));
  g_auto(GStrv) rows = g_strsplit(text, "\n", -1);
  g_auto(GStrv) row = g_strsplit(rows[1 + PLANNED + 350], ",", -1);

  g_assert_cmpuint(g_strv_length(rows), ==, 1 + PLANNED + STEPS + 1);
  g_assert_cmpstr(rows[0], ==, "run,step,steps,loss,smoothed_loss,test_correct,test_total");
  g_assert_cmpstr(row[0], ==, "2");
  g_assert_cmpstr(row[1], ==, "350");
  g_assert_cmpstr(row[2], ==, "1");
  g_assert_cmpfloat_with_epsilon(g_ascii_strtod(row[3], NULL), get_loss(350, 1), 1e-6);
  g_assert_cmpstr(row[5], ==, "1944");
  g_assert_cmpstr(row[6], ==, "2000");
  g_assert_true(g_str_has_suffix(rows[1 + PLANNED + 351], ",,"));
  test_remove_folder(folder);
}

static void test_export_that_fails(Fixture *f, gconstpointer data) {
  g_autoptr(GError) error = NULL;

  g_assert_false(ink_chart_export(f->chart, "png", "/nowhere/at/all/chart.png", &error));
  g_assert_nonnull(error);
  g_assert_nonnull(strstr(error->message, "/nowhere/at/all/chart.png"));
}

/* A long run's points are merged: every step still has a value, and the axis its whole length. */
static void test_a_million_steps(Fixture *f, gconstpointer data) {
  enum { MILLION = 1000000 };
  g_autoptr(InkHistory) history = ink_history_new();
  InkChartReading reading;

  ink_history_set_planned(history, MILLION);
  for (gint64 step = 0; step < MILLION; step++)
    ink_history_add_loss(history, step, (float)exp(-step / 2e5));
  ink_chart_set_history(f->chart, history);
  assert_view(f, 0, MILLION);
  for (gint64 step = 0; step < MILLION; step += 99999) {
    ink_chart_point_at(f->chart, step);
    g_assert_true(ink_chart_get_reading(f->chart, &reading));
    g_assert_cmpfloat_with_epsilon(reading.smoothed, exp(-step / 2e5), 1e-3);
  }
}

#define ADD(path, function) g_test_add(path, Fixture, NULL, set_up, function, tear_down)

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  adw_init();
  ADD("/ui/chart/axis-spans-the-planned-run", test_axis_spans_the_planned_run);
  ADD("/ui/chart/hover-tells-values", test_hover_tells_values);
  ADD("/ui/chart/finger-tells-values", test_finger_tells_values);
  ADD("/ui/chart/hover-beyond-the-run", test_hover_beyond_the_run);
  ADD("/ui/chart/wheel-zooms", test_wheel_zooms_around_the_pointer);
  ADD("/ui/chart/drag-zooms-double-click-fits", test_drag_zooms_and_double_click_fits);
  ADD("/ui/chart/keys", test_keys);
  ADD("/ui/chart/zoom-stays-within-the-run", test_zoom_stays_within_the_run);
  ADD("/ui/chart/short-run", test_short_run);
  ADD("/ui/chart/previous-runs", test_previous_runs);
  ADD("/ui/chart/log-scale-toggle", test_log_scale_toggle);
  ADD("/ui/chart/context-menu", test_context_menu);
  ADD("/ui/chart/description", test_description);
  ADD("/ui/chart/labels-keep-off-the-axis", test_labels_keep_off_the_axis);
  ADD("/ui/chart/exports", test_exports);
  ADD("/ui/chart/table", test_table);
  ADD("/ui/chart/export-that-fails", test_export_that_fails);
  ADD("/ui/chart/a-million-steps", test_a_million_steps);
  return g_test_run();
}
