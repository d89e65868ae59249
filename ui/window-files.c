#include "ui/window-private.h"

#include "ui/train-page.h"

#include <glib/gi18n.h>

/* Choosers */

typedef struct {
  InkWindow *window;
  InkChosen chosen;
  char *detail;
} Choice;

static void choice_free(gpointer data, GClosure *closure) {
  Choice *choice = data;

  g_object_unref(choice->window);
  g_free(choice->detail);
  g_free(choice);
}

/* A chooser that a submenu opened leaves the keys, in GTK 4.8, with an item of the menu that is
 * gone, where no shortcut hears them. */
static void take_keys_back(GtkWindow *window) {
  GtkWidget *focus = gtk_window_get_focus(window);

  if (focus && !gtk_widget_get_mapped(focus))
    gtk_window_set_focus(window, NULL);
}

static void on_response(GtkNativeDialog *chooser, int response, Choice *choice) {
  g_autoptr(GFile) file = gtk_file_chooser_get_file(GTK_FILE_CHOOSER(chooser));
  g_autofree char *path = file ? g_file_get_path(file) : NULL;

  take_keys_back(GTK_WINDOW(choice->window));
  if (response == GTK_RESPONSE_ACCEPT && path)
    choice->chosen(choice->window, path, choice->detail);
  g_object_unref(chooser);
}

GtkFileChooser *ink_window_choose(InkWindow *self, GtkFileChooserAction action, const char *title,
                                  const char *accept, InkChosen chosen, const char *detail) {
  GtkFileChooserNative *chooser =
      gtk_file_chooser_native_new(title, GTK_WINDOW(self), action, accept, NULL);
  Choice *choice = g_new(Choice, 1);

  *choice = (Choice){g_object_ref(self), chosen, g_strdup(detail)};
  gtk_native_dialog_set_modal(GTK_NATIVE_DIALOG(chooser), TRUE);
  g_signal_connect_data(chooser, "response", G_CALLBACK(on_response), choice, choice_free, 0);
  gtk_native_dialog_show(GTK_NATIVE_DIALOG(chooser));
  return GTK_FILE_CHOOSER(chooser);
}

static void add_filter(GtkFileChooser *chooser, const char *name, const char *pattern) {
  g_autoptr(GtkFileFilter) filter = gtk_file_filter_new();

  gtk_file_filter_set_name(filter, name);
  gtk_file_filter_add_pattern(filter, pattern);
  gtk_file_chooser_add_filter(chooser, filter);
}

/* A model may have been saved under any name. */
static void add_model_filters(GtkFileChooser *chooser) {
  add_filter(chooser, _("Models"), "*.safetensors");
  add_filter(chooser, _("All Files"), "*");
}

/* Models */

static void report_saved(InkWindow *self, const char *path) {
  g_autofree char *name = g_filename_display_basename(path);
  g_autofree char *sentence = g_strdup_printf(_("Saved “%s”"), name);

  ink_window_toast(self, sentence);
}

static void set_network(InkNetwork **place, InkNetwork *network) {
  g_clear_pointer(place, ink_network_unref);
  *place = ink_network_ref(network);
}

/* NULL with one sentence, also for a model that does not fit the data set. */
static InkNetwork *load_model(InkWindow *self, const char *path, GError **error) {
  g_autoptr(InkNetwork) network = ink_network_load(path, NULL, error);
  InkDataset *dataset = ink_trainer_get_dataset(self->trainer);
  g_autofree char *name = g_filename_display_basename(path);

  if (!network || ink_network_get_shape(network)->classes == ink_dataset_get_classes(dataset))
    return g_steal_pointer(&network);
  g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
              _("“%s” tells %d classes apart, but %s has %d; first choose the data set that it was "
                "trained on."),
              name, ink_network_get_shape(network)->classes, ink_dataset_get_title(dataset),
              ink_dataset_get_classes(dataset));
  return NULL;
}

/* A model that is loaded, and waits for the person to agree. */
typedef struct {
  InkWindow *window;
  InkNetwork *network;
  char *name; /* of the file */
} Opening;

static void opening_free(gpointer data, GClosure *closure) {
  Opening *opening = data;

  g_object_unref(opening->window);
  ink_network_unref(opening->network);
  g_free(opening->name);
  g_free(opening);
}

static void take_model(InkWindow *self, InkNetwork *network, const char *name) {
  g_autofree char *sentence = g_strdup_printf(_("Opened “%s”"), name);

  set_network(&self->saved_network, network);
  ink_trainer_set_network(self->trainer, network);
  ink_trainer_test(self->trainer);
  ink_window_toast(self, sentence);
}

static void on_opening_agreed(Opening *opening) {
  take_model(opening->window, opening->network, opening->name);
}

static void ask_about_opening(InkWindow *self, InkNetwork *network, const char *name) {
  Opening *opening = g_new(Opening, 1);
  g_autofree char *body = g_strdup_printf(
      _("“%s” takes the place of the network that is here. What that has learned is "
        "lost, unless you save the model first."),
      name);

  *opening = (Opening){g_object_ref(self), ink_network_ref(network), g_strdup(name)};
  ink_window_ask(self, _("Forget What Was Learned?"), body, _("_Open"),
                 g_cclosure_new_swap(G_CALLBACK(on_opening_agreed), opening, opening_free));
}

void ink_window_open_model(InkWindow *self, const char *path, const char *detail) {
  g_autoptr(GError) error = NULL;
  g_autoptr(InkNetwork) network = load_model(self, path, &error);
  g_autofree char *name = g_filename_display_basename(path);

  if (!network) {
    ink_window_show_trouble(self, error->message, _("_Open Another…"), "win.open-model");
    return;
  }
  ink_window_hide_trouble(self);
  if (ink_window_has_unsaved_network(self))
    ask_about_opening(self, network, name);
  else
    take_model(self, network, name);
}

void ink_window_save_model(InkWindow *self, const char *path, const char *detail) {
  InkNetwork *network = ink_trainer_get_network(self->trainer);
  g_autoptr(GError) error = NULL;

  if (!ink_network_save(network, path, &error)) {
    ink_window_show_trouble(self, error->message, _("_Save Elsewhere…"), "win.save-model");
    return;
  }
  set_network(&self->saved_network, network);
  report_saved(self, path);
}

static void open_model_action(GtkWidget *widget, const char *action, GVariant *parameter) {
  add_model_filters(ink_window_choose(INK_WINDOW(widget), GTK_FILE_CHOOSER_ACTION_OPEN,
                                      _("Open Model"), _("_Open"), ink_window_open_model, NULL));
}

static void save_model_action(GtkWidget *widget, const char *action, GVariant *parameter) {
  InkWindow *self = INK_WINDOW(widget);
  g_autofree char *name = g_strdup_printf(
      "%s.safetensors", ink_dataset_get_name(ink_trainer_get_dataset(self->trainer)));
  GtkFileChooser *chooser = ink_window_choose(self, GTK_FILE_CHOOSER_ACTION_SAVE, _("Save Model"),
                                              _("_Save"), ink_window_save_model, NULL);

  add_model_filters(chooser);
  gtk_file_chooser_set_current_name(chooser, name);
}

/* Charts */

void ink_window_export_chart(InkWindow *self, const char *path, const char *format) {
  g_autoptr(GError) error = NULL;
  g_autofree char *again = g_strdup_printf("win.export-chart::%s", format);

  if (ink_train_page_export(INK_TRAIN_PAGE(self->train_page), format, path, &error))
    report_saved(self, path);
  else
    ink_window_show_trouble(self, error->message, _("_Export Elsewhere…"), again);
}

static void export_chart_action(GtkWidget *widget, const char *action, GVariant *parameter) {
  const char *format = g_variant_get_string(parameter, NULL);
  /* Translators: the suggested name of a file with the charts. */
  g_autofree char *name = g_strdup_printf("%s.%s", _("training"), format);

  gtk_file_chooser_set_current_name(
      ink_window_choose(INK_WINDOW(widget), GTK_FILE_CHOOSER_ACTION_SAVE, _("Export Charts"),
                        _("_Export"), ink_window_export_chart, format),
      name);
}

void ink_window_files_install_actions(GtkWidgetClass *klass) {
  gtk_widget_class_install_action(klass, "win.open-model", NULL, open_model_action);
  gtk_widget_class_install_action(klass, "win.save-model", NULL, save_model_action);
  gtk_widget_class_install_action(klass, "win.export-chart", "s", export_chart_action);
}
