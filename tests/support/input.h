/* input: a person's pointer and keys, for tests of widgets: the X server sends the events, so that
 * they take the way that real ones take. Needs xdotool. Every failure ends the test. */
#pragma once

#include "tests/support/wait.h"

#include <gtk/gtk.h>

/* Shows a window, gives it the keys, and waits until it is laid out. */
void test_show_window(GtkWindow *window);

/* Moves to a point of the widget, in its coordinates; presses and releases the first button. */
void test_point_at(GtkWidget *widget, double x, double y);
void test_click(GtkWidget *widget, double x, double y);
void test_click_centre(GtkWidget *widget);

/* Presses and releases a key as xdotool names it: "Return", "ctrl+f". */
void test_press_key(GtkWidget *widget, const char *key);

/* Sends all of an xdotool command line's events to the window of the widget. */
void test_send(GtkWidget *widget, const char *format, ...) G_GNUC_PRINTF(2, 3);
