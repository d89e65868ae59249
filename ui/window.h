/* window: the frame around the three pages.
 *
 * Pages reach it through actions alone:
 *   win.start-pause, win.step, win.stop, win.reset
 *   win.toast (string)             shows a sentence for a few seconds
 *   win.page (string)              "train", "draw" or "predictions"
 *   win.open-in-draw (uint32)      a test image, by index
 *   win.open-model, win.save-model
 *   win.export-chart (string)      "png", "svg", "pdf" or "csv"
 *   win.choose-data-folder
 *   win.set-dataset (string)       a catalogue name or a folder
 *   win.download-dataset (string)  a catalogue name
 *   win.toggle-sidebar
 *   win.use-cpu */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define INK_TYPE_WINDOW (ink_window_get_type())
G_DECLARE_FINAL_TYPE(InkWindow, ink_window, INK, WINDOW, AdwApplicationWindow)

GtkWidget *ink_window_new(AdwApplication *application);
void ink_window_show_preferences(InkWindow *self);
/* Closes it without a question: all that is there is kept for the next time. */
void ink_window_leave(InkWindow *self);

G_END_DECLS
