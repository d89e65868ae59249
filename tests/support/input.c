#include "tests/support/input.h"

#include <gdk/x11/gdkx.h>

static gulong get_xid(GtkWidget *widget) {
  return gdk_x11_surface_get_xid(gtk_native_get_surface(gtk_widget_get_native(widget)));
}

static void end_send(GObject *source, GAsyncResult *result, gpointer done) {
  g_autoptr(GError) error = NULL;

  g_subprocess_wait_check_finish(G_SUBPROCESS(source), result, &error);
  g_assert_no_error(error);
  *(gboolean *)done = TRUE;
}

/* The events are with the X server when xdotool has ended; what comes after it in the same queue
 * says that they have come. */
static void take_events(GtkWidget *widget) {
  GdkDisplay *display = gtk_widget_get_display(widget);

  gdk_display_sync(display);
  while (g_main_context_iteration(NULL, FALSE))
    ;
}

void test_send(GtkWidget *widget, const char *format, ...) {
  g_autofree char *events = NULL, *command = NULL;
  g_auto(GStrv) arguments = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(GSubprocess) xdotool = NULL;
  gboolean done = FALSE;
  va_list args;

  va_start(args, format);
  events = g_strdup_vprintf(format, args);
  va_end(args);
  command = g_strdup_printf("xdotool %s", events);
  arguments = g_strsplit(command, " ", -1);
  xdotool = g_subprocess_newv((const char *const *)arguments, G_SUBPROCESS_FLAGS_NONE, &error);
  g_assert_no_error(error);
  g_subprocess_wait_check_async(xdotool, NULL, end_send, &done);
  test_wait_until(done);
  take_events(widget);
}

void test_show_window(GtkWindow *window) {
  GtkWidget *widget = GTK_WIDGET(window);

  gtk_window_present(window);
  test_wait_until(gtk_widget_get_mapped(widget) && gtk_widget_get_width(widget) > 0);
  test_send(widget, "windowfocus --sync %lu", get_xid(widget));
  test_wait_until(gtk_window_is_active(window));
}

static void find_point(GtkWidget *widget, double x, double y, int *surface_x, int *surface_y) {
  GtkNative *native = gtk_widget_get_native(widget);
  double left, top, in_native_x, in_native_y;

  g_assert_true(gtk_widget_translate_coordinates(widget, GTK_WIDGET(native), x, y, &in_native_x,
                                                 &in_native_y));
  gtk_native_get_surface_transform(native, &left, &top);
  *surface_x = (int)(in_native_x + left);
  *surface_y = (int)(in_native_y + top);
}

void test_point_at(GtkWidget *widget, double x, double y) {
  int surface_x, surface_y;

  find_point(widget, x, y, &surface_x, &surface_y);
  test_send(widget, "mousemove --window %lu %d %d", get_xid(widget), surface_x, surface_y);
}

void test_click(GtkWidget *widget, double x, double y) {
  int surface_x, surface_y;

  find_point(widget, x, y, &surface_x, &surface_y);
  test_send(widget, "mousemove --window %lu %d %d click 1", get_xid(widget), surface_x, surface_y);
}

void test_click_centre(GtkWidget *widget) {
  test_click(widget, gtk_widget_get_width(widget) / 2.0, gtk_widget_get_height(widget) / 2.0);
}

void test_press_key(GtkWidget *widget, const char *key) {
  test_send(widget, "key %s", key);
}
