/* What a session leaves to the next: the settings, and a checkpoint of what was learned. Nothing
 * here waits for the disk while the window can be seen. */
#include "ui/window-private.h"

#include <glib/gi18n.h>

/* Changes come in bursts, as of a window being resized or a slider being dragged. */
enum { REMEMBER_AFTER = 500 /* ms */ };

static char *get_path(void) {
  return g_build_filename(g_get_user_state_dir(), "inkling", "window.safetensors", NULL);
}

/* Settings */

static void restore_settings(InkWindow *self) {
  InkRecipe recipe = ink_settings_get_recipe(self->settings);
  int width = ink_settings_get_int(self->settings, "width");
  int height = ink_settings_get_int(self->settings, "height");

  ink_trainer_set_recipe(self->trainer, &recipe);
  if (width > 0 && height > 0)
    gtk_window_set_default_size(GTK_WINDOW(self), width, height);
  if (ink_settings_get_boolean(self->settings, "maximized"))
    gtk_window_maximize(GTK_WINDOW(self));
}

static void remember(InkWindow *self) {
  int width, height;

  g_clear_handle_id(&self->remember_source, g_source_remove);
  gtk_window_get_default_size(GTK_WINDOW(self), &width, &height);
  g_object_set(self->settings, "width", width, "height", height, "maximized",
               gtk_window_is_maximized(GTK_WINDOW(self)), NULL);
  ink_settings_set_recipe(self->settings, ink_trainer_get_recipe(self->trainer));
}

static gboolean remember_now(gpointer data) {
  InkWindow *self = data;

  self->remember_source = 0;
  remember(self);
  return G_SOURCE_REMOVE;
}

static void remember_soon(InkWindow *self) {
  if (!self->remember_source)
    self->remember_source = g_timeout_add(REMEMBER_AFTER, remember_now, self);
}

/* The checkpoint */

InkCheckpoint *ink_window_load_checkpoint(GError **error) {
  g_autofree char *path = get_path();
  g_autofree char *folder = g_path_get_dirname(path);

  /* Where it can't be made, the first checkpoint says so. */
  g_mkdir_with_parents(folder, 0700);
  return g_file_test(path, G_FILE_TEST_EXISTS) ? ink_checkpoint_load(path, error) : NULL;
}

/* What the person has set since is newer than the checkpoint. */
static void resume(InkWindow *self, InkCheckpoint *checkpoint) {
  InkRecipe recipe = *ink_trainer_get_recipe(self->trainer);

  ink_trainer_resume(self->trainer, checkpoint);
  if (ink_settings_has_recipe(self->settings))
    ink_trainer_set_recipe(self->trainer, &recipe);
  ink_trainer_test(self->trainer);
}

/* Its images are not these: only the network can be taken up, and that only where as many classes
 * are told apart. */
static void take_up_network(InkWindow *self, InkNetwork *network) {
  InkDataset *dataset = ink_trainer_get_dataset(self->trainer);
  const char *title = ink_dataset_get_title(dataset);
  int classes = ink_network_get_shape(network)->classes;
  g_autofree char *sentence = NULL;

  if (classes == ink_dataset_get_classes(dataset)) {
    ink_trainer_set_network(self->trainer, network);
    ink_trainer_test(self->trainer);
    sentence = g_strdup_printf(_("The network of the last session learned from other images than "
                                 "%s has now: it can read, but its run can’t go on."),
                               title);
  } else {
    sentence = g_strdup_printf(_("The network of the last session tells %d classes apart, but %s "
                                 "has %d; choose the data set that it learned from, before another "
                                 "run takes its place."),
                               classes, title, ink_dataset_get_classes(dataset));
  }
  ink_window_show_trouble(self, sentence, _("_Choose a Folder…"), "win.choose-data-folder");
}

void ink_window_take_up(InkWindow *self, InkCheckpoint *checkpoint, const GError *error) {
  g_autofree char *path = get_path();

  if (error) {
    g_autofree char *name = g_filename_display_name(path);
    g_autofree char *sentence = g_strdup_printf(
        _("The network of the last session can’t be restored: “%s” is damaged, or can’t be read."),
        name);

    ink_window_show_trouble(self, sentence, NULL, NULL);
  } else if (checkpoint &&
             ink_checkpoint_fits(checkpoint, path, ink_trainer_get_dataset(self->trainer), NULL)) {
    resume(self, checkpoint);
  } else if (checkpoint) {
    take_up_network(self, checkpoint->network);
  }
}

/* Beginning and end */

static void connect(InkWindow *self, gpointer source, const char *signal) {
  g_signal_connect_object(source, signal, G_CALLBACK(remember_soon), self, G_CONNECT_SWAPPED);
}

void ink_window_session_init(InkWindow *self) {
  g_autofree char *path = get_path();

  restore_settings(self);
  ink_trainer_set_checkpoint(self->trainer, path);
  connect(self, self->trainer, "recipe-changed");
  connect(self, self, "notify::default-width");
  connect(self, self, "notify::default-height");
  connect(self, self, "notify::maximized");
}

void ink_window_end_session(InkWindow *self) {
  remember(self);
  gtk_widget_set_visible(GTK_WIDGET(self), FALSE);
  gdk_display_flush(gtk_widget_get_display(GTK_WIDGET(self)));
  /* Whoever still holds it: the last checkpoint is on the disk when this returns. */
  g_object_run_dispose(G_OBJECT(self->trainer));
}

static gboolean close_window(gpointer window) {
  gtk_window_close(window);
  return G_SOURCE_REMOVE;
}

/* The window takes the dialog with it, which still has to return from its answer. */
static void on_close_answered(InkWindow *self) {
  self->closing = TRUE;
  g_idle_add_full(G_PRIORITY_DEFAULT_IDLE, close_window, g_object_ref(self), g_object_unref);
}

/* Nothing is lost by closing, so that there is little to ask: only of a run, which does not go on
 * by itself, and where no checkpoint could be written. */
gboolean ink_window_asks_before_closing(InkWindow *self) {
  gboolean loses = ink_trainer_is_unkept(self->trainer) && ink_window_has_unsaved_network(self);
  gboolean runs = ink_trainer_get_state(self->trainer) == INK_TRAINER_RUNNING;
  GClosure *close;

  if (self->closing || !(loses || runs))
    return FALSE;
  close = g_cclosure_new_object_swap(G_CALLBACK(on_close_answered), G_OBJECT(self));
  if (loses)
    ink_window_ask(self, _("Forget What Was Learned?"),
                   _("What the network has learned could not be kept for the next time. It is lost "
                     "with the window, unless you save the model first."),
                   _("_Close Anyway"), close);
  else
    adw_message_dialog_set_response_appearance(
        ink_window_ask(
            self, _("Pause Training?"),
            _("Closing the window pauses the run. The next time, Start goes on with it."),
            _("_Pause and Close"), close),
        "yes", ADW_RESPONSE_SUGGESTED);
  return TRUE;
}

void ink_window_leave(InkWindow *self) {
  g_return_if_fail(INK_IS_WINDOW(self));
  self->closing = TRUE;
  gtk_window_close(GTK_WINDOW(self));
}
