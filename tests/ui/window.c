#include "tests/ui/window-fixture.h"
#include "tests/support/find.h"
#include "tests/support/idx-files.h"
#include "ui/chart.h"
#include "ui/digit-canvas.h"
#include "ui/train-page.h"

#include <glib/gstdio.h>

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

static void test_trains(Fixture *f, gconstpointer data) {
  g_assert_cmpstr(start_label(f), ==, "Start");
  g_assert_false(gtk_revealer_get_reveal_child(f->window->run_revealer));
  test_train_to_the_end(f);
  g_assert_cmpstr(start_label(f), ==, "Start");
  g_assert_false(gtk_revealer_get_reveal_child(f->window->run_revealer));
  g_assert_true(ink_trainer_get_test_result(f->window->trainer)->complete);
}

static void test_pauses(Fixture *f, gconstpointer data) {
  test_set_epochs(f, 1000);
  test_click_centre(f->window->start_button);
  test_wait_until(ink_trainer_get_progress(f->window->trainer)->updates > 0);
  g_assert_cmpstr(start_label(f), ==, "Pause");
  g_assert_false(takes_clicks(f, "win.step"));
  g_assert_true(takes_clicks(f, "win.stop"));
  g_assert_true(gtk_revealer_get_reveal_child(f->window->run_revealer));
  g_assert_true(g_str_has_prefix(gtk_label_get_label(f->window->epoch_label), "Epoch "));
  test_wait_until(gtk_progress_bar_get_fraction(f->window->run_progress) > 0);

  test_click_centre(f->window->start_button);
  test_wait_until(test_state(f) == INK_TRAINER_PAUSED);
  g_assert_cmpstr(start_label(f), ==, "Start");
  g_assert_cmpstr(gtk_label_get_label(f->window->speed_label), ==, "Paused");
  g_assert_true(takes_clicks(f, "win.step"));

  test_click_centre(find_button(f->window->controls, "win.stop"));
  test_wait_until(test_state(f) == INK_TRAINER_IDLE);
  g_assert_false(takes_clicks(f, "win.stop"));
}

static void test_steps(Fixture *f, gconstpointer data) {
  test_click_centre(find_button(f->window->controls, "win.step"));
  test_wait_until(test_state(f) == INK_TRAINER_PAUSED);
  test_wait_until(ink_trainer_get_progress(f->window->trainer)->updates == 1);
  g_assert_cmpstr(gtk_label_get_label(f->window->step_label), ==, "step 1 of 10");
}

/* With the keys still in the field. */
static void test_typed_numbers(Fixture *f, gconstpointer data) {
  GtkWidget *spin = test_find_named(f->window->train_page, GTK_TYPE_SPIN_BUTTON, "Batch size");

  gtk_widget_grab_focus(spin);
  test_press_key(spin, "ctrl+a");
  test_press_key(spin, "9");
  test_wait_until(g_str_equal(gtk_editable_get_text(GTK_EDITABLE(spin)), "9"));
  g_assert_cmpint(ink_trainer_get_recipe(f->window->trainer)->batch, !=, 9);
  test_activate(f, "win.step");
  g_assert_cmpint(ink_trainer_get_recipe(f->window->trainer)->batch, ==, 9);
  test_wait_until(ink_trainer_get_batch(f->window->trainer));
  g_assert_cmpuint(ink_trainer_get_batch(f->window->trainer)->count, ==, 9);
  g_assert_null(gtk_window_get_focus(GTK_WINDOW(f->window)));
}

static void test_reset_asks(Fixture *f, gconstpointer data) {
  g_autofree char *path = g_build_filename(test_home, "model.safetensors", NULL);

  test_activate(f, "win.reset");
  g_assert_null(test_find_toplevel(ADW_TYPE_MESSAGE_DIALOG));

  test_train_to_the_end(f);
  test_activate(f, "win.reset");
  test_answer("_Cancel");
  g_assert_cmpint(ink_trainer_get_progress(f->window->trainer)->total_updates, >, 0);

  ink_window_save_model(f->window, path, NULL);
  test_activate(f, "win.reset");
  g_assert_null(test_find_toplevel(ADW_TYPE_MESSAGE_DIALOG));
  test_wait_until(ink_trainer_get_progress(f->window->trainer)->total_updates == 0);
  g_remove(path);
}

/* Another data set needs other weights. */
static void test_data_set_asks(Fixture *f, gconstpointer data) {
  char *folder = test_make_folder();
  g_autofree char *name = g_path_get_basename(folder);
  InkTrainer *trainer = f->window->trainer;
  g_autoptr(InkNetwork) learned = NULL;

  test_write_dataset(folder, 100, 100, 3, 1);
  test_train_to_the_end(f);
  learned = ink_network_ref(ink_trainer_get_network(trainer));

  /* The same pictures need none. */
  test_set_dataset(f, f->folder);
  test_wait_until(!f->window->loading);
  g_assert_null(test_find_toplevel(ADW_TYPE_MESSAGE_DIALOG));

  test_set_dataset(f, folder);
  test_wait_until(test_find_toplevel(ADW_TYPE_MESSAGE_DIALOG));
  test_answer("_Cancel");
  g_assert_cmpstr(test_dataset_name(f), ==, "mnist");
  g_assert_true(ink_trainer_get_network(trainer) == learned);

  test_set_dataset(f, folder);
  test_wait_until(test_find_toplevel(ADW_TYPE_MESSAGE_DIALOG));
  test_answer("Change _Data Set");
  g_assert_cmpstr(test_dataset_name(f), ==, name);
  g_assert_true(ink_trainer_get_network(trainer) != learned);

  /* Nothing has been learned of it. */
  test_set_dataset(f, f->folder);
  test_wait_until(g_str_equal(test_dataset_name(f), "mnist"));
  test_remove_folder(folder);
}

/* As a person does, in the list of the data-set row. */
static void test_chooses_data_set(Fixture *f, gconstpointer data) {
  g_autofree char *folder =
      g_build_filename(test_home, "inkling", "datasets", "fashion-mnist", NULL);
  GtkWidget *row = test_find(GTK_WIDGET(f->window), ADW_TYPE_COMBO_ROW, 0);
  GtkWidget *list = test_find(row, GTK_TYPE_POPOVER, 0), *item = NULL;

  g_assert_cmpint(g_mkdir(folder, 0700), ==, 0);
  test_write_dataset(folder, 100, 100, 10, 1);
  gtk_popover_popup(GTK_POPOVER(list));
  test_wait_until((item = test_find_text(list, "Fashion-MNIST")) && gtk_widget_get_width(item) > 0);
  test_press_key(GTK_WIDGET(f->window), "Down");
  test_press_key(GTK_WIDGET(f->window), "Return");
  test_wait_until(g_str_equal(test_dataset_name(f), "fashion-mnist"));
  test_remove_folder(g_steal_pointer(&folder));
}

static void test_open_nonsense(Fixture *f, gconstpointer data) {
  g_autofree char *path = g_build_filename(test_home, "nonsense.safetensors", NULL);

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

/* A model takes the place of what was learned, which may be in no file. */
static void test_open_asks(Fixture *f, gconstpointer data) {
  g_autofree char *path = g_build_filename(test_home, "model.safetensors", NULL);
  InkTrainer *trainer = f->window->trainer;
  g_autoptr(InkNetwork) learned = NULL;

  ink_window_save_model(f->window, path, NULL);
  test_train_to_the_end(f);
  learned = ink_network_ref(ink_trainer_get_network(trainer));
  ink_window_open_model(f->window, path, NULL);
  test_answer("_Cancel");
  g_assert_true(ink_trainer_get_network(trainer) == learned);
  ink_window_open_model(f->window, path, NULL);
  test_answer("_Open");
  g_assert_true(ink_trainer_get_network(trainer) != learned);

  /* It can be read off what it makes of all images, and nothing is lost with it. */
  test_wait_until(ink_trainer_get_test_result(trainer));
  g_assert_true(ink_trainer_get_test_result(trainer)->complete);
  ink_window_open_model(f->window, path, NULL);
  g_assert_null(test_find_toplevel(ADW_TYPE_MESSAGE_DIALOG));
  g_assert_false(gtk_info_bar_get_revealed(f->window->info_bar));
  g_remove(path);
}

/* Of a model that does not fit, and of a place where nobody can write, also not root. */
static void test_models_that_fail(Fixture *f, gconstpointer data) {
  g_autofree char *path = g_build_filename(test_home, "three.safetensors", NULL);
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
    g_autofree char *path = g_build_filename(test_home, name, NULL);
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
  g_assert_true(gtk_widget_is_ancestor(gtk_window_get_focus(GTK_WINDOW(f->window)),
                                       GTK_WIDGET(f->window->data_page)));

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
  test_open_window(f);
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

  g_assert_true(has_keys(window->train_page, "train", INK_TYPE_CHART));
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
  test_activate(f, "win.toggle-sidebar");
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

static void dismiss(Fixture *f, const char *sentence) {
  test_press_key(GTK_WIDGET(f->window), "Escape");
  test_wait_until(!test_find_text(GTK_WIDGET(f->window), sentence));
}

/* Dismissed as fast as they come, also while the next is about to be shown. */
static void test_toasts(Fixture *f, gconstpointer data) {
  static const char *const sentences[] = {"One.", "Two.", "Three."};

  for (guint i = 0; i < G_N_ELEMENTS(sentences); i++)
    ink_window_toast(f->window, sentences[i]);
  test_wait_until(test_find_text(GTK_WIDGET(f->window), sentences[0]));
  g_assert_null(test_find_text(GTK_WIDGET(f->window), sentences[1]));
  test_send(GTK_WIDGET(f->window), "key Escape Escape");
  for (guint i = 1; i < G_N_ELEMENTS(sentences); i++) {
    test_wait_until(test_find_text(GTK_WIDGET(f->window), sentences[i]));
    dismiss(f, sentences[i]);
  }
  ink_window_toast(f->window, sentences[0]);
  test_wait_until(test_find_text(GTK_WIDGET(f->window), sentences[0]));
  ink_window_toast(f->window, sentences[1]); /* not shown before the window closes */
}

/* Its button is clicked before the first frame with it. */
static void dismiss_at_once(Fixture *f, const char *sentence) {
  GtkWidget *label, *toast;

  ink_window_toast(f->window, sentence);
  label = test_find_text(GTK_WIDGET(f->window), sentence);
  toast = gtk_widget_get_ancestor(label, g_type_from_name("AdwToastWidget"));
  g_signal_emit_by_name(gtk_widget_get_last_child(toast), "clicked");
}

static void test_toasts_while_they_come(Fixture *f, gconstpointer data) {
  dismiss_at_once(f, "One.");
  test_wait_until(!test_find_text(GTK_WIDGET(f->window), "One."));
  dismiss_at_once(f, "Two.");
  ink_window_toast(f->window, "Three."); /* both not before the window closes */
}

int main(int argc, char **argv) {
  test_window_init(&argc, &argv);
  ADD("/window/trains", WITH_DATA, test_trains);
  ADD("/window/pauses", WITH_DATA, test_pauses);
  ADD("/window/steps", WITH_DATA, test_steps);
  ADD("/window/typed-numbers", WITH_DATA, test_typed_numbers);
  ADD("/window/reset-asks", WITH_DATA, test_reset_asks);
  ADD("/window/data-set-asks", WITH_DATA, test_data_set_asks);
  ADD("/window/chooses-data-set", WITH_DATA, test_chooses_data_set);
  ADD("/window/open-nonsense", WITH_DATA, test_open_nonsense);
  ADD("/window/open-asks", WITH_DATA, test_open_asks);
  ADD("/window/models-that-fail", WITH_DATA, test_models_that_fail);
  ADD("/window/exports", WITH_DATA, test_exports);
  ADD("/window/no-data", NULL, test_no_data);
  ADD("/window/no-such-folder", WITH_DATA, test_no_such_folder);
  ADD("/window/lost-folder", WITH_DATA, test_lost_folder);
  ADD("/window/pages", WITH_DATA, test_pages);
  ADD("/window/layouts", WITH_DATA, test_layouts);
  ADD("/window/threads", WITH_DATA, test_threads);
  ADD("/window/open-in-draw", WITH_DATA, test_open_in_draw);
  ADD("/window/toasts", WITH_DATA, test_toasts);
  ADD("/window/toasts-while-they-come", WITH_DATA, test_toasts_while_they_come);
  return test_window_run();
}
