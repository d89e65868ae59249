#include "ui/window-private.h"
#include "tests/support/idx-files.h"
#include "tests/support/input.h"
#include "ui/chart.h"
#include "ui/digit-canvas.h"
#include "ui/train-page.h"

#include <glib/gstdio.h>

static AdwApplication *application;
static char *data_home; /* with or without MNIST, as the test wants */

typedef struct {
  char *folder; /* of MNIST, in data_home */
  InkWindow *window;
} Fixture;

static void open_window(Fixture *f) {
  f->window = INK_WINDOW(ink_window_new(application));
  g_object_add_weak_pointer(G_OBJECT(f->window), (gpointer *)&f->window);
  test_show_window(GTK_WINDOW(f->window));
}

static void set_up(Fixture *f, gconstpointer with_data) {
  g_autoptr(GSettings) settings = g_settings_new("page.inkling.Inkling");

  g_autoptr(GSettingsSchema) schema = NULL;
  g_auto(GStrv) keys = NULL;

  g_object_get(settings, "settings-schema", &schema, NULL);
  keys = g_settings_schema_list_keys(schema);
  for (char **key = keys; *key; key++)
    g_settings_reset(settings, *key);
  f->folder = g_build_filename(data_home, "inkling", "datasets", "mnist", NULL);
  if (with_data) {
    g_assert_cmpint(g_mkdir_with_parents(f->folder, 0700), ==, 0);
    test_write_dataset(f->folder, 2000, 400, 10, 1);
  }
  open_window(f);
  if (with_data)
    test_wait_until(ink_trainer_get_dataset(f->window->trainer));
}

static void tear_down(Fixture *f, gconstpointer with_data) {
  if (f->window) {
    f->window->closing = TRUE;
    gtk_window_close(GTK_WINDOW(f->window));
  }
  test_wait_until(!f->window);
  if (with_data)
    test_remove_folder(g_steal_pointer(&f->folder));
  g_free(f->folder);
}

static void set_epochs(Fixture *f, int epochs) {
  InkRecipe recipe = *ink_trainer_get_recipe(f->window->trainer);

  recipe.epochs = epochs;
  ink_trainer_set_recipe(f->window->trainer, &recipe);
}

static void activate(Fixture *f, const char *action) {
  g_assert_true(gtk_widget_activate_action(GTK_WIDGET(f->window), action, NULL));
}

static InkTrainerState state(Fixture *f) {
  return ink_trainer_get_state(f->window->trainer);
}

static const char *start_label(Fixture *f) {
  return adw_button_content_get_label(f->window->start_content);
}

/* The first button of the header that has this action. */
static GtkWidget *find_button(GtkWidget *root, const char *action) {
  if (GTK_IS_BUTTON(root) &&
      g_strcmp0(gtk_actionable_get_action_name(GTK_ACTIONABLE(root)), action) == 0)
    return root;
  for (GtkWidget *child = gtk_widget_get_first_child(root); child;
       child = gtk_widget_get_next_sibling(child)) {
    GtkWidget *found = find_button(child, action);
    if (found)
      return found;
  }
  return NULL;
}

static gboolean takes_clicks(Fixture *f, const char *action) {
  return gtk_widget_is_sensitive(find_button(f->window->controls, action));
}

/* Another window of this type that is open, such as a dialog. */
static gpointer find_toplevel(GType type) {
  GListModel *toplevels = gtk_window_get_toplevels();

  for (guint i = 0; i < g_list_model_get_n_items(toplevels); i++) {
    g_autoptr(GtkWindow) window = g_list_model_get_item(toplevels, i);
    if (G_TYPE_CHECK_INSTANCE_TYPE(window, type) && gtk_widget_get_visible(GTK_WIDGET(window)))
      return window;
  }
  return NULL;
}

static GtkWidget *find_labelled(GtkWidget *root, const char *label) {
  if (GTK_IS_BUTTON(root) && g_strcmp0(gtk_button_get_label(GTK_BUTTON(root)), label) == 0)
    return root;
  for (GtkWidget *child = gtk_widget_get_first_child(root); child;
       child = gtk_widget_get_next_sibling(child)) {
    GtkWidget *found = find_labelled(child, label);
    if (found)
      return found;
  }
  return NULL;
}

static void answer(const char *label) {
  GtkWidget *dialog = find_toplevel(ADW_TYPE_MESSAGE_DIALOG);

  g_assert_nonnull(dialog);
  g_signal_emit_by_name(find_labelled(dialog, label), "clicked");
  test_wait_until(!find_toplevel(ADW_TYPE_MESSAGE_DIALOG));
}

static void train_to_the_end(Fixture *f) {
  test_click_centre(f->window->start_button);
  test_wait_until(ink_trainer_get_outcome(f->window->trainer) == INK_OUTCOME_FINISHED);
}

static void test_trains(Fixture *f, gconstpointer data) {
  g_assert_cmpstr(start_label(f), ==, "Start");
  g_assert_false(gtk_revealer_get_reveal_child(f->window->run_revealer));
  train_to_the_end(f);
  g_assert_cmpstr(start_label(f), ==, "Start");
  g_assert_false(gtk_revealer_get_reveal_child(f->window->run_revealer));
  g_assert_true(ink_trainer_get_test_result(f->window->trainer)->complete);
}

static void test_pauses(Fixture *f, gconstpointer data) {
  set_epochs(f, 1000);
  test_click_centre(f->window->start_button);
  test_wait_until(ink_trainer_get_progress(f->window->trainer)->updates > 0);
  g_assert_cmpstr(start_label(f), ==, "Pause");
  g_assert_false(takes_clicks(f, "win.step"));
  g_assert_true(takes_clicks(f, "win.stop"));
  g_assert_true(gtk_revealer_get_reveal_child(f->window->run_revealer));
  g_assert_true(g_str_has_prefix(gtk_label_get_label(f->window->epoch_label), "Epoch "));
  test_wait_until(gtk_progress_bar_get_fraction(f->window->run_progress) > 0);

  test_click_centre(f->window->start_button);
  test_wait_until(state(f) == INK_TRAINER_PAUSED);
  g_assert_cmpstr(start_label(f), ==, "Start");
  g_assert_cmpstr(gtk_label_get_label(f->window->speed_label), ==, "Paused");
  g_assert_true(takes_clicks(f, "win.step"));

  test_click_centre(find_button(f->window->controls, "win.stop"));
  test_wait_until(state(f) == INK_TRAINER_IDLE);
  g_assert_false(takes_clicks(f, "win.stop"));
}

static void test_steps(Fixture *f, gconstpointer data) {
  test_click_centre(find_button(f->window->controls, "win.step"));
  test_wait_until(state(f) == INK_TRAINER_PAUSED);
  test_wait_until(ink_trainer_get_progress(f->window->trainer)->updates == 1);
  g_assert_cmpstr(gtk_label_get_label(f->window->step_label), ==, "step 1 of 10");
}

static void test_close_asks(Fixture *f, gconstpointer data) {
  set_epochs(f, 1000);
  test_click_centre(f->window->start_button);
  test_wait_until(state(f) == INK_TRAINER_RUNNING);
  gtk_window_close(GTK_WINDOW(f->window));
  answer("_Cancel");
  g_assert_cmpint(state(f), ==, INK_TRAINER_RUNNING);
  gtk_window_close(GTK_WINDOW(f->window));
  answer("_Stop and Close");
  test_wait_until(!f->window);
}

static void test_reset_asks(Fixture *f, gconstpointer data) {
  g_autofree char *path = g_build_filename(data_home, "model.safetensors", NULL);

  activate(f, "win.reset");
  g_assert_null(find_toplevel(ADW_TYPE_MESSAGE_DIALOG));

  train_to_the_end(f);
  activate(f, "win.reset");
  answer("_Cancel");
  g_assert_cmpint(ink_trainer_get_progress(f->window->trainer)->total_updates, >, 0);

  ink_window_save_model(f->window, path, NULL);
  activate(f, "win.reset");
  g_assert_null(find_toplevel(ADW_TYPE_MESSAGE_DIALOG));
  test_wait_until(ink_trainer_get_progress(f->window->trainer)->total_updates == 0);

  ink_window_open_model(f->window, path, NULL);
  g_assert_cmpstr(gtk_label_get_label(f->window->info_label), ==, "");
  g_assert_true(f->window->replaced_network);
  g_remove(path);
}

static const char *get_dataset_name(Fixture *f) {
  return ink_dataset_get_name(ink_trainer_get_dataset(f->window->trainer));
}

static void set_dataset(Fixture *f, const char *folder) {
  g_assert_true(gtk_widget_activate_action(GTK_WIDGET(f->window), "win.set-dataset", "s", folder));
}

/* Another data set needs other weights. */
static void test_data_set_asks(Fixture *f, gconstpointer data) {
  char *folder = test_make_folder();
  g_autofree char *name = g_path_get_basename(folder);
  InkTrainer *trainer = f->window->trainer;
  g_autoptr(InkNetwork) learned = NULL;

  test_write_dataset(folder, 100, 100, 3, 1);
  train_to_the_end(f);
  learned = ink_network_ref(ink_trainer_get_network(trainer));

  /* The same pictures need none. */
  set_dataset(f, f->folder);
  test_wait_until(!f->window->loading);
  g_assert_null(find_toplevel(ADW_TYPE_MESSAGE_DIALOG));

  set_dataset(f, folder);
  test_wait_until(find_toplevel(ADW_TYPE_MESSAGE_DIALOG));
  answer("_Cancel");
  g_assert_cmpstr(get_dataset_name(f), ==, "mnist");
  g_assert_true(ink_trainer_get_network(trainer) == learned);

  set_dataset(f, folder);
  test_wait_until(find_toplevel(ADW_TYPE_MESSAGE_DIALOG));
  answer("Change _Data Set");
  g_assert_cmpstr(get_dataset_name(f), ==, name);
  g_assert_true(ink_trainer_get_network(trainer) != learned);

  /* Nothing has been learned of it. */
  set_dataset(f, f->folder);
  test_wait_until(g_str_equal(get_dataset_name(f), "mnist"));
  test_remove_folder(folder);
}

static void test_open_nonsense(Fixture *f, gconstpointer data) {
  g_autofree char *path = g_build_filename(data_home, "nonsense.safetensors", NULL);

  g_assert_true(g_file_set_contents(path, "nonsense", -1, NULL));
  ink_window_open_model(f->window, path, NULL);
  g_assert_true(gtk_info_bar_get_revealed(f->window->info_bar));
  g_assert_nonnull(strstr(gtk_label_get_label(f->window->info_label), "nonsense.safetensors"));
  g_remove(path);
}

static void assert_trouble(Fixture *f, const char *file, const char *button) {
  g_assert_true(gtk_info_bar_get_revealed(f->window->info_bar));
  g_assert_nonnull(strstr(gtk_label_get_label(f->window->info_label), file));
  g_assert_cmpstr(gtk_label_get_label(f->window->info_button_label), ==, button);
}

/* A model in the place of what was learned can be undone. */
static void test_open_is_undone(Fixture *f, gconstpointer data) {
  g_autofree char *path = g_build_filename(data_home, "model.safetensors", NULL);
  InkTrainer *trainer = f->window->trainer;
  g_autoptr(InkNetwork) learned = NULL;

  ink_window_save_model(f->window, path, NULL);
  train_to_the_end(f);
  learned = ink_network_ref(ink_trainer_get_network(trainer));
  ink_window_open_model(f->window, path, NULL);
  g_assert_true(ink_trainer_get_network(trainer) != learned);
  activate(f, "win.undo-open-model");
  g_assert_true(ink_trainer_get_network(trainer) == learned);
  g_assert_false(gtk_info_bar_get_revealed(f->window->info_bar));

  /* What came back is still in no file. */
  activate(f, "win.reset");
  answer("_Cancel");
  ink_window_save_model(f->window, path, NULL);
  activate(f, "win.reset");
  g_assert_null(find_toplevel(ADW_TYPE_MESSAGE_DIALOG));
  g_remove(path);
}

/* Of a model that does not fit, and of a place where nobody can write, also not root. */
static void test_models_that_fail(Fixture *f, gconstpointer data) {
  g_autofree char *path = g_build_filename(data_home, "three.safetensors", NULL);
  InkShape shape = {.kernel = 3, .pool = INK_POOL_MAX, .classes = 3};
  g_autoptr(InkNetwork) three = ink_network_new_random(&shape, 1, NULL, NULL);
  InkNetwork *before = ink_trainer_get_network(f->window->trainer);

  g_assert_true(ink_network_save(three, path, NULL));
  ink_window_open_model(f->window, path, NULL);
  assert_trouble(f, "three.safetensors", "_Open Another…");
  g_assert_true(ink_trainer_get_network(f->window->trainer) == before);
  ink_window_save_model(f->window, "/proc/model.safetensors", NULL);
  assert_trouble(f, "/proc/model.safetensors", "_Save Elsewhere…");
  g_remove(path);
}

/* The button leads to another place for a file of the same format. */
static void test_exports(Fixture *f, gconstpointer data) {
  for (const char *const *format = (const char *const[]){"png", "svg", "pdf", "csv", NULL}; *format;
       format++) {
    g_autofree char *name = g_strdup_printf("training.%s", *format);
    g_autofree char *nowhere = g_build_filename("/proc", name, NULL);
    g_autofree char *path = g_build_filename(data_home, name, NULL);
    GtkActionable *button = GTK_ACTIONABLE(f->window->info_button);

    ink_window_export_chart(f->window, nowhere, *format);
    assert_trouble(f, nowhere, "_Export Elsewhere…");
    g_assert_cmpstr(gtk_actionable_get_action_name(button), ==, "win.export-chart");
    g_assert_cmpstr(g_variant_get_string(gtk_actionable_get_action_target_value(button), NULL), ==,
                    *format);

    ink_window_export_chart(f->window, path, *format);
    g_assert_cmpint(g_remove(path), ==, 0);
  }
}

static void test_no_data(Fixture *f, gconstpointer data) {
  char *folder = test_make_folder();

  test_wait_until(!f->window->loading);
  g_assert_cmpstr(gtk_stack_get_visible_child_name(f->window->view), ==, "data");
  g_assert_false(gtk_widget_get_visible(f->window->controls));
  g_assert_false(gtk_widget_get_visible(f->window->device_button));

  test_write_dataset(folder, 100, 100, 3, 1);
  gtk_widget_activate_action(GTK_WIDGET(f->window), "win.set-dataset", "s", folder);
  test_wait_until(ink_trainer_get_dataset(f->window->trainer));
  g_assert_cmpstr(gtk_stack_get_visible_child_name(f->window->view), ==, "pages");
  g_assert_true(gtk_widget_get_visible(f->window->controls));
  test_remove_folder(folder);
}

static void test_no_such_folder(Fixture *f, gconstpointer data) {
  InkDataset *before = ink_trainer_get_dataset(f->window->trainer);

  gtk_widget_activate_action(GTK_WIDGET(f->window), "win.set-dataset", "s", "/no/such/folder");
  test_wait_until(gtk_info_bar_get_revealed(f->window->info_bar));
  g_assert_nonnull(strstr(gtk_label_get_label(f->window->info_label), "/no/such/folder"));
  g_assert_true(ink_trainer_get_dataset(f->window->trainer) == before);
  g_assert_cmpstr(gtk_stack_get_visible_child_name(f->window->view), ==, "pages");
}

/* The folder of the last session is gone, but the digits are here. */
static void test_lost_folder(Fixture *f, gconstpointer data) {
  g_autoptr(GSettings) settings = g_settings_new("page.inkling.Inkling");

  gtk_window_close(GTK_WINDOW(f->window));
  test_wait_until(!f->window);
  g_settings_set_string(settings, "dataset", "/no/such/folder");
  open_window(f);
  test_wait_until(ink_trainer_get_dataset(f->window->trainer));
  g_assert_cmpstr(ink_dataset_get_name(ink_trainer_get_dataset(f->window->trainer)), ==, "mnist");
  g_assert_true(gtk_info_bar_get_revealed(f->window->info_bar));
}

static gboolean has_keys(GtkWidget *page, const char *name, GType type) {
  GtkWidget *focus;

  gtk_widget_activate_action(page, "win.page", "s", name);
  focus = gtk_root_get_focus(gtk_widget_get_root(page));
  return focus && G_TYPE_CHECK_INSTANCE_TYPE(focus, type) && gtk_widget_is_ancestor(focus, page);
}

static void test_pages(Fixture *f, gconstpointer data) {
  InkWindow *window = f->window;

  g_assert_true(has_keys(window->draw_page, "draw", INK_TYPE_DIGIT_CANVAS));
  g_assert_true(has_keys(window->predictions_page, "predictions", GTK_TYPE_BUTTON));
  g_assert_true(has_keys(window->draw_page, "draw", INK_TYPE_DIGIT_CANVAS));
  g_assert_true(has_keys(window->train_page, "train", INK_TYPE_CHART));
}

static void test_layouts(Fixture *f, gconstpointer data) {
  InkWindow *window = f->window;

  g_assert_cmpint(ink_layout_bin_get_layout(window->layout_bin), ==, INK_LAYOUT_WIDE);
  g_assert_false(adw_view_switcher_bar_get_reveal(window->switcher_bar));
  g_assert_false(gtk_widget_get_visible(window->sidebar_button));

  gtk_window_set_default_size(GTK_WINDOW(window), 800, 600);
  test_wait_until(ink_layout_bin_get_layout(window->layout_bin) == INK_LAYOUT_MEDIUM);
  g_assert_true(adw_view_switcher_bar_get_reveal(window->switcher_bar));
  g_assert_true(gtk_widget_get_visible(window->sidebar_button));
  activate(f, "win.toggle-sidebar");
  g_assert_true(gtk_toggle_button_get_active(GTK_TOGGLE_BUTTON(window->sidebar_button)));
  g_assert_true(
      adw_flap_get_reveal_flap(ink_train_page_get_flap(INK_TRAIN_PAGE(window->train_page))));

  gtk_window_set_default_size(GTK_WINDOW(window), 400, 700);
  test_wait_until(ink_layout_bin_get_layout(window->layout_bin) == INK_LAYOUT_NARROW);
  g_assert_false(gtk_widget_get_visible(window->run_buttons));
  g_assert_true(gtk_widget_get_visible(window->run_menu_button));
  g_assert_cmpstr(start_label(f), ==, "");
}

static void test_threads(Fixture *f, gconstpointer data) {
  GtkMenuButton *button = GTK_MENU_BUTTON(f->window->device_button);
  int processors = ink_device_processors();

  gtk_menu_button_popup(button);
  test_wait_until(gtk_widget_get_mapped(GTK_WIDGET(gtk_menu_button_get_popover(button))));
  gtk_menu_button_popdown(button);
  g_assert_cmpint(ink_trainer_get_threads(f->window->trainer), ==, processors);
  ink_trainer_set_device(f->window->trainer, ink_device_find("cpu", NULL), 1);
  g_assert_cmpstr(adw_button_content_get_label(f->window->device_content), ==, "CPU · 1 thread");
  g_assert_cmpint(ink_settings_get_int(f->window->settings, "threads"), ==, processors > 1 ? 1 : 0);
}

static void test_open_in_draw(Fixture *f, gconstpointer data) {
  gtk_widget_activate_action(GTK_WIDGET(f->window), "win.open-in-draw", "u", 3);
  g_assert_cmpstr(adw_view_stack_get_visible_child_name(f->window->pages), ==, "draw");
}

/* As the person who comes back the next day. */
static void reopen(Fixture *f) {
  gtk_window_close(GTK_WINDOW(f->window));
  test_wait_until(!f->window);
  open_window(f);
  test_wait_until(ink_trainer_get_dataset(f->window->trainer));
}

static void test_remembers_size(Fixture *f, gconstpointer data) {
  int width, height;

  gtk_window_set_default_size(GTK_WINDOW(f->window), 900, 650);
  test_wait_until(gtk_widget_get_width(GTK_WIDGET(f->window)) < 1000);
  reopen(f);
  gtk_window_get_default_size(GTK_WINDOW(f->window), &width, &height);
  g_assert_cmpint(width, ==, 900);
  g_assert_cmpint(height, ==, 650);
}

static void test_remembers_recipe(Fixture *f, gconstpointer data) {
  InkRecipe recipe = ink_recipe_for_preset(INK_PRESET_SEED_GPU);
  const InkRecipe *restored;

  recipe.epochs = 7;
  recipe.seed = 5;
  recipe.eval_every = 20;
  recipe.eval_samples = 0;
  ink_trainer_set_recipe(f->window->trainer, &recipe);
  reopen(f);
  restored = ink_trainer_get_recipe(f->window->trainer);
  g_assert_cmpint(ink_recipe_get_preset(restored), ==, INK_PRESET_SEED_GPU);
  g_assert_cmpint(restored->epochs, ==, 7);
  g_assert_cmpuint(restored->seed, ==, 5);
  g_assert_cmpint(restored->eval_every, ==, 20);
  g_assert_cmpuint(restored->eval_samples, ==, 0);
  g_assert_cmpint(ink_network_get_shape(ink_trainer_get_network(f->window->trainer))->kernel, ==,
                  3);
}

static void test_remembers_data_set(Fixture *f, gconstpointer data) {
  char *folder = test_make_folder();

  test_write_dataset(folder, 100, 100, 3, 1);
  set_dataset(f, folder);
  test_wait_until(!g_str_equal(get_dataset_name(f), "mnist"));
  reopen(f);
  g_assert_cmpstr(ink_dataset_get_folder(ink_trainer_get_dataset(f->window->trainer)), ==, folder);
  test_remove_folder(folder);
}

/* The GPU of the last session is not there today: the processor, by as many threads as it had. */
static void test_remembers_device(Fixture *f, gconstpointer data) {
  InkSettings *settings = f->window->settings;

  ink_trainer_set_device(f->window->trainer, ink_device_find("cpu", NULL), 1);
  g_object_set(settings, "threads", 1, NULL); /* also where that is all */
  g_object_set(settings, "device", "cuda:7", NULL);
  reopen(f);
  g_assert_cmpstr(ink_trainer_get_device(f->window->trainer)->id, ==, "cpu");
  g_assert_cmpint(ink_trainer_get_threads(f->window->trainer), ==, 1);
  g_assert_cmpstr(ink_settings_get_string(f->window->settings, "device"), ==, "cuda:7");
  ink_trainer_set_device(f->window->trainer, ink_device_find("cpu", NULL), 0);
  g_assert_cmpstr(ink_settings_get_string(f->window->settings, "device"), ==, "cpu");
  g_assert_cmpint(ink_settings_get_int(f->window->settings, "threads"), ==, 0);
}

#define WITH_DATA GINT_TO_POINTER(TRUE)
#define ADD(path, with_data, test) g_test_add(path, Fixture, with_data, set_up, test, tear_down)

int main(int argc, char **argv) {
  int status;

  data_home = test_make_folder();
  g_setenv("XDG_DATA_HOME", data_home, TRUE);
  gtk_test_init(&argc, &argv, NULL);
  application = adw_application_new("org.example.InklingTest", G_APPLICATION_NON_UNIQUE);
  g_assert_true(g_application_register(G_APPLICATION(application), NULL, NULL));

  ADD("/window/trains", WITH_DATA, test_trains);
  ADD("/window/pauses", WITH_DATA, test_pauses);
  ADD("/window/steps", WITH_DATA, test_steps);
  ADD("/window/close-asks", WITH_DATA, test_close_asks);
  ADD("/window/reset-asks", WITH_DATA, test_reset_asks);
  ADD("/window/data-set-asks", WITH_DATA, test_data_set_asks);
  ADD("/window/open-nonsense", WITH_DATA, test_open_nonsense);
  ADD("/window/open-is-undone", WITH_DATA, test_open_is_undone);
  ADD("/window/models-that-fail", WITH_DATA, test_models_that_fail);
  ADD("/window/exports", WITH_DATA, test_exports);
  ADD("/window/no-data", NULL, test_no_data);
  ADD("/window/no-such-folder", WITH_DATA, test_no_such_folder);
  ADD("/window/lost-folder", WITH_DATA, test_lost_folder);
  ADD("/window/pages", WITH_DATA, test_pages);
  ADD("/window/layouts", WITH_DATA, test_layouts);
  ADD("/window/threads", WITH_DATA, test_threads);
  ADD("/window/open-in-draw", WITH_DATA, test_open_in_draw);
  ADD("/window/remembers-size", WITH_DATA, test_remembers_size);
  ADD("/window/remembers-recipe", WITH_DATA, test_remembers_recipe);
  ADD("/window/remembers-data-set", WITH_DATA, test_remembers_data_set);
  ADD("/window/remembers-device", WITH_DATA, test_remembers_device);
  status = g_test_run();
  g_object_unref(application);
  test_remove_folder(data_home);
  return status;
}
