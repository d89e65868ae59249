#include "ui/window-private.h"

#include <glib/gi18n.h>

/* What is opened, or offered, when the data set last used cannot be. */
#define FALLBACK "mnist"

static void show_pages(InkWindow *self, gboolean pages) {
  gtk_stack_set_visible_child_name(self->view, pages ? "pages" : "data");
  ink_window_follow_layout(self);
}

static void on_fetched(InkWindow *self) {
  ink_window_set_dataset(self, ink_data_page_get_entry(self->data_page)->name);
}

static void on_fetch_closed(InkWindow *self) {
  show_pages(self, ink_trainer_get_dataset(self->trainer) != NULL);
}

static void build_data_page(InkWindow *self) {
  if (self->data_page)
    return;
  self->data_page = g_object_new(INK_TYPE_DATA_PAGE, NULL);
  gtk_stack_add_named(self->view, GTK_WIDGET(self->data_page), "data");
  g_signal_connect_object(self->data_page, "fetched", G_CALLBACK(on_fetched), self,
                          G_CONNECT_SWAPPED);
  g_signal_connect_object(self->data_page, "closed", G_CALLBACK(on_fetch_closed), self,
                          G_CONNECT_SWAPPED);
}

static void offer(InkWindow *self, const InkCatalogueEntry *entry, const char *sentence) {
  build_data_page(self);
  ink_data_page_set_entry(self->data_page, entry);
  ink_data_page_set_trouble(self->data_page, sentence);
  show_pages(self, FALSE);
  gtk_widget_grab_focus(GTK_WIDGET(self->data_page)); /* Return gets the data, not the menu */
}

/* Of a name in the catalogue that is not on this computer; NULL where the name means a folder or a
 * data set that is here. */
static const InkCatalogueEntry *absent_entry(const char *folder_or_name) {
  const InkCatalogueEntry *entry = ink_catalogue_find(folder_or_name);
  g_autofree char *folder = entry ? ink_catalogue_locate(entry) : NULL;

  return folder ? NULL : entry;
}

static void show_failure(InkWindow *self, const char *name, const GError *error) {
  const InkCatalogueEntry *entry = absent_entry(name);
  g_autofree char *action = g_strdup_printf("win.download-dataset::%s", name);

  if (!ink_trainer_get_dataset(self->trainer) && absent_entry(FALLBACK)) {
    offer(self, entry ? entry : ink_catalogue_find(FALLBACK), entry ? NULL : error->message);
    return;
  }
  if (entry)
    ink_window_show_trouble(self, error->message, _("_Download"), action);
  else
    ink_window_show_trouble(self, error->message, _("_Choose a Folder…"), "win.choose-data-folder");
  if (!ink_trainer_get_dataset(self->trainer) && !g_str_equal(name, FALLBACK))
    ink_window_set_dataset(self, FALLBACK);
}

/* Only here, after the thread has looked for devices: that may load a driver. */
static void restore_device(InkWindow *self) {
  const char *id = ink_settings_get_string(self->settings, "device");
  const InkDeviceEntry *device = ink_device_find(id, NULL);

  if (!self->device_restored)
    ink_trainer_set_device(self->trainer, device ? device : ink_device_find("cpu", NULL),
                           ink_settings_get_int(self->settings, "threads"));
  self->device_restored = TRUE;
}

static void take_dataset(InkWindow *self, InkDataset *dataset, const char *name) {
  gboolean first = !ink_trainer_get_dataset(self->trainer);

  ink_trainer_set_dataset(self->trainer, dataset);
  g_object_set(self->settings, "dataset", name, NULL);
  show_pages(self, TRUE);
  if (first)
    gtk_window_set_focus(GTK_WINDOW(self), self->start_button);
}

/* A data set that is opened, and waits for the person to agree. */
typedef struct {
  InkWindow *window;
  InkDataset *dataset;
  char *name; /* by which it was opened */
} Change;

static void change_free(gpointer data, GClosure *closure) {
  Change *change = data;

  g_object_unref(change->window);
  ink_dataset_unref(change->dataset);
  g_free(change->name);
  g_free(change);
}

static void on_change_agreed(Change *change) {
  take_dataset(change->window, change->dataset, change->name);
}

static void ask_about_change(InkWindow *self, InkDataset *dataset, const char *name) {
  Change *change = g_new(Change, 1);
  g_autofree char *body =
      g_strdup_printf(_("For %s the network starts again from new weights. What it has learned is "
                        "lost, unless you save the model first."),
                      ink_dataset_get_title(dataset));

  *change = (Change){g_object_ref(self), ink_dataset_ref(dataset), g_strdup(name)};
  show_pages(self, TRUE);
  ink_window_ask(self, _("Forget What Was Learned?"), body, _("Change _Data Set"),
                 g_cclosure_new_swap(G_CALLBACK(on_change_agreed), change, change_free));
}

/* What is opened on a thread of its own: a data set, and for a window in which nothing is learned
 * yet what the session before has learned. */
typedef struct {
  char *name;
  gboolean wants_checkpoint;
  InkCheckpoint *checkpoint; /* nullable */
  GError *trouble;           /* with it */
} Load;

static void load_free(gpointer data) {
  Load *load = data;

  g_free(load->name);
  g_clear_pointer(&load->checkpoint, ink_checkpoint_unref);
  g_clear_error(&load->trouble);
  g_free(load);
}

static void on_loaded(GObject *source, GAsyncResult *result, gpointer data) {
  InkWindow *self = INK_WINDOW(source);
  g_autoptr(GError) error = NULL;
  g_autoptr(InkDataset) dataset = g_task_propagate_pointer(G_TASK(result), &error);
  Load *load = g_task_get_task_data(G_TASK(result));

  if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return; /* the window is gone, or another data set was asked for since */
  g_clear_object(&self->loading);
  restore_device(self);
  if (!dataset) {
    show_failure(self, load->name, error);
  } else if (ink_window_has_unsaved_network(self) &&
             ink_trainer_would_reset(self->trainer, dataset)) {
    ask_about_change(self, dataset, load->name);
  } else {
    take_dataset(self, dataset, load->name);
    if (!ink_trainer_is_trained(self->trainer))
      ink_window_take_up(self, load->checkpoint, load->trouble);
  }
}

static void load_in_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancellable) {
  Load *load = data;
  GError *error = NULL;
  InkDataset *dataset;
  guint n;

  ink_devices_get(&n);
  dataset = ink_dataset_open(load->name, &error);
  if (dataset && load->wants_checkpoint)
    load->checkpoint = ink_window_load_checkpoint(&load->trouble);
  if (dataset)
    g_task_return_pointer(task, dataset, (GDestroyNotify)ink_dataset_unref);
  else
    g_task_return_error(task, error);
}

void ink_window_set_dataset(InkWindow *self, const char *folder_or_name) {
  g_autoptr(GTask) task = NULL;
  Load *load = g_new0(Load, 1);

  load->name = g_strdup(folder_or_name);
  load->wants_checkpoint = !ink_trainer_is_trained(self->trainer);
  if (self->loading)
    g_cancellable_cancel(self->loading);
  g_clear_object(&self->loading);
  self->loading = g_cancellable_new();
  task = g_task_new(self, self->loading, on_loaded, NULL);
  g_task_set_task_data(task, load, load_free);
  g_task_run_in_thread(task, load_in_thread);
}

static void set_dataset(GtkWidget *widget, const char *action, GVariant *parameter) {
  ink_window_hide_trouble(INK_WINDOW(widget));
  ink_window_set_dataset(INK_WINDOW(widget), g_variant_get_string(parameter, NULL));
}

static void download_dataset(GtkWidget *widget, const char *action, GVariant *parameter) {
  InkWindow *self = INK_WINDOW(widget);
  const InkCatalogueEntry *entry = ink_catalogue_find(g_variant_get_string(parameter, NULL));

  if (!entry)
    return;
  ink_window_hide_trouble(self);
  offer(self, entry, NULL);
  ink_data_page_download(self->data_page);
}

static void on_folder_chosen(InkWindow *self, const char *path, const char *detail) {
  ink_window_hide_trouble(self);
  ink_window_set_dataset(self, path);
}

static void choose_data_folder(GtkWidget *widget, const char *action, GVariant *parameter) {
  ink_window_choose(INK_WINDOW(widget), GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER,
                    _("Choose a Folder with Four IDX Files"), _("_Choose"), on_folder_chosen, NULL);
}

void ink_window_data_install_actions(GtkWidgetClass *klass) {
  gtk_widget_class_install_action(klass, "win.set-dataset", "s", set_dataset);
  gtk_widget_class_install_action(klass, "win.download-dataset", "s", download_dataset);
  gtk_widget_class_install_action(klass, "win.choose-data-folder", NULL, choose_data_folder);
}

void ink_window_open_last(InkWindow *self) {
  if (!self->loading && !ink_trainer_get_dataset(self->trainer))
    ink_window_set_dataset(self, ink_settings_get_string(self->settings, "dataset"));
}

void ink_window_data_init(InkWindow *self) {
  const char *name = ink_settings_get_string(self->settings, "dataset");
  const InkCatalogueEntry *entry = absent_entry(name);

  /* Known at once without opening anything, so that the first frame is the right one. */
  if (entry)
    offer(self, entry, NULL);
}
