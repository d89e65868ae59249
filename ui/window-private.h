/* window-private: what the files of the window share. window.c builds and lays out, window-data.c
 * finds and opens data sets, window-run.c follows the run, window-files.c opens and saves,
 * window-session.c keeps what the next session begins with, window-toasts.c says what passes. */
#pragma once

#include "engine/trainer.h"
#include "ui/data-page.h"
#include "ui/layout.h"
#include "ui/settings.h"
#include "ui/window.h"

struct _InkWindow {
  AdwApplicationWindow parent_instance;

  InkLayoutBin *layout_bin;
  AdwToastOverlay *toasts;
  GQueue sentences;     /* of toasts to come: char *, owned */
  gboolean shows_toast; /* until it has left the screen */
  AdwViewSwitcherTitle *title;
  AdwViewSwitcherBar *switcher_bar;
  GtkWidget *controls; /* all at the header's left */
  GtkWidget *sidebar_button, *start_button, *run_buttons, *run_menu_button, *device_button;
  AdwButtonContent *start_content, *device_content;
  GtkMenuButton *main_menu_button;
  GMenuModel *main_menu, *run_menu;
  GtkRevealer *run_revealer;
  GtkWidget *run_bar; /* in it */
  GtkProgressBar *run_progress;
  GtkLabel *epoch_label, *epoch_numbers, *step_label, *speed_label;
  GtkInfoBar *info_bar;
  GtkLabel *info_label;
  GtkButton *info_button;
  GtkLabel *info_button_label;
  GtkStack *view; /* "pages" or "data" */
  AdwViewStack *pages;
  InkDataPage *data_page; /* NULL: not built yet */

  GtkWidget *train_page;
  AdwBin *draw_place, *predictions_place;
  GtkWidget *draw_page, *predictions_page; /* NULL: not built yet */
  guint build_source;                      /* builds them; 0: does not */
  GBinding *sidebar_binding;               /* of the page that is shown */

  InkSettings *settings;
  InkTrainer *trainer;
  GCancellable *loading;     /* of the data set being opened; NULL: none is */
  gboolean device_restored;  /* from the settings, once */
  InkNetwork *saved_network; /* the snapshot that a file of the person's holds; nullable */
  guint inhibit_cookie;      /* 0: nothing is inhibited */
  gint64 status_time;        /* when the status line was last written, monotonic µs */
  guint remember_source;     /* writes the settings soon; 0: nothing has changed */
  gboolean closing;          /* there is nothing to ask any more */
};

/* window.c */
void ink_window_follow_layout(InkWindow *self);
/* One sentence in the info bar, with a button that mends it: a label and a detailed action, or NULL
 * and NULL. */
void ink_window_show_trouble(InkWindow *self, const char *sentence, const char *label,
                             const char *action);
void ink_window_hide_trouble(InkWindow *self);

/* window-data.c */
void ink_window_data_init(InkWindow *self);
void ink_window_data_install_actions(GtkWidgetClass *klass);
/* Opens the one of the session before, if none is there or being opened. */
void ink_window_open_last(InkWindow *self);
/* Opens a data set behind the window's back and gives it to the trainer. */
void ink_window_set_dataset(InkWindow *self, const char *folder_or_name);

/* window-run.c */
void ink_window_run_init(InkWindow *self);
void ink_window_run_install_actions(GtkWidgetClass *klass);
void ink_window_follow_run(InkWindow *self);
/* A network that has learned something which no file holds. */
gboolean ink_window_has_unsaved_network(InkWindow *self);
/* Asks whether to lose something; calls, and takes over, on_yes, a closure without arguments. The
 * dialog is borrowed, to be refined. */
AdwMessageDialog *ink_window_ask(InkWindow *self, const char *heading, const char *body,
                                 const char *yes, GClosure *on_yes);

/* window-toasts.c */
void ink_window_toasts_install_actions(GtkWidgetClass *klass);
/* One sentence that passes, after those that were said before. */
void ink_window_toast(InkWindow *self, const char *sentence);

/* window-session.c */
void ink_window_session_init(InkWindow *self);
/* Hides the window and returns when all that is to be kept is on the disk. */
void ink_window_end_session(InkWindow *self);
/* TRUE: closing waits for the person's answer. */
gboolean ink_window_asks_before_closing(InkWindow *self);
/* What the session before left; NULL without an error if that is nothing. Any thread. */
InkCheckpoint *ink_window_load_checkpoint(GError **error);
/* Goes on from it (nullable), now that there is a data set, or says in one sentence why not. */
void ink_window_take_up(InkWindow *self, InkCheckpoint *checkpoint, const GError *error);

/* window-files.c */
void ink_window_files_install_actions(GtkWidgetClass *klass);
typedef void (*InkChosen)(InkWindow *self, const char *path, const char *detail);
/* Shows a chooser; if something is chosen, calls with its path and a copy of detail (nullable). The
 * chooser is borrowed, to be refined. */
GtkFileChooser *ink_window_choose(InkWindow *self, GtkFileChooserAction action, const char *title,
                                  const char *accept, InkChosen chosen, const char *detail);
void ink_window_open_model(InkWindow *self, const char *path, const char *detail);
void ink_window_save_model(InkWindow *self, const char *path, const char *detail);
void ink_window_export_chart(InkWindow *self, const char *path, const char *format);
