#include "tests/support/idx-files.h"
#include "tests/support/training.h"
#include "tests/ui/window-fixture.h"

#include <glib/gstdio.h>

/* Settings */

static void test_remembers_size(Fixture *f, gconstpointer data) {
  int width, height;

  gtk_window_set_default_size(GTK_WINDOW(f->window), 900, 650);
  test_wait_until(gtk_widget_get_width(GTK_WIDGET(f->window)) < 1000);
  test_reopen(f);
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
  test_reopen(f);
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
  test_set_dataset(f, folder);
  test_wait_until(!g_str_equal(test_dataset_name(f), "mnist"));
  test_reopen(f);
  g_assert_cmpstr(ink_dataset_get_folder(ink_trainer_get_dataset(f->window->trainer)), ==, folder);
  test_remove_folder(folder);
}

/* The GPU of the last session is not there today: the processor, by as many threads as it had. */
static void test_remembers_device(Fixture *f, gconstpointer data) {
  InkSettings *settings = f->window->settings;

  ink_trainer_set_device(f->window->trainer, ink_device_find("cpu", NULL), 1);
  g_object_set(settings, "threads", 1, NULL); /* also where that is all */
  g_object_set(settings, "device", "cuda:7", NULL);
  test_reopen(f);
  g_assert_cmpstr(ink_trainer_get_device(f->window->trainer)->id, ==, "cpu");
  g_assert_cmpint(ink_trainer_get_threads(f->window->trainer), ==, 1);
  g_assert_cmpstr(ink_settings_get_string(f->window->settings, "device"), ==, "cuda:7");
  ink_trainer_set_device(f->window->trainer, ink_device_find("cpu", NULL), 0);
  g_assert_cmpstr(ink_settings_get_string(f->window->settings, "device"), ==, "cpu");
  g_assert_cmpint(ink_settings_get_int(f->window->settings, "threads"), ==, 0);
}

/* Not only when the window is closed: a session may end with the power. */
static void test_remembers_at_once(Fixture *f, gconstpointer data) {
  g_autoptr(GSettings) settings = g_settings_new("page.inkling.Inkling");

  test_set_epochs(f, 7);
  test_wait_until(g_settings_get_int(settings, "epochs") == 7);
  gtk_window_set_default_size(GTK_WINDOW(f->window), 900, 650);
  test_wait_until(g_settings_get_int(settings, "width") == 900);
}

/* What was learned */

static InkNetwork *get_network(Fixture *f) {
  return ink_trainer_get_network(f->window->trainer);
}

static gsize get_size(Fixture *f) {
  return ink_shape_parameters(ink_network_get_shape(get_network(f))) * sizeof(float);
}

static void assert_same_weights(Fixture *f, InkNetwork *learned) {
  g_assert_cmpmem(ink_network_get_parameters(get_network(f)), get_size(f),
                  ink_network_get_parameters(learned), get_size(f));
}

static guint count_tests(Fixture *f) {
  guint n;

  ink_history_get_tests(ink_trainer_get_history(f->window->trainer), &n);
  return n;
}

/* The update after which the last test in the charts was made. */
static gint64 get_last_test(Fixture *f) {
  guint n;
  const InkTestPoint *tests =
      ink_history_get_tests(ink_trainer_get_history(f->window->trainer), &n);

  return tests[n - 1].step;
}

static void start_long_run(Fixture *f) {
  test_set_epochs(f, 1000);
  test_click_centre(f->window->start_button);
  test_wait_until(ink_trainer_get_progress(f->window->trainer)->updates > 0);
}

static gboolean has_checkpoint(void) {
  g_autofree char *path = test_checkpoint_path();

  return g_file_test(path, G_FILE_TEST_EXISTS);
}

/* It stands there as it was left: network, charts, and what it makes of all images. */
static void test_finished(Fixture *f, gconstpointer data) {
  g_autoptr(InkNetwork) learned = NULL;
  InkTestResult *result;
  gint64 updates;
  guint tests;

  test_train_to_the_end(f);
  learned = ink_network_ref(get_network(f));
  updates = ink_trainer_get_progress(f->window->trainer)->total_updates;
  test_wait_until(get_last_test(f) == updates - 1);
  tests = count_tests(f);
  test_reopen(f);
  test_wait_until(ink_trainer_is_trained(f->window->trainer));
  assert_same_weights(f, learned);
  g_assert_cmpint(test_state(f), ==, INK_TRAINER_IDLE);
  g_assert_cmpint(ink_trainer_get_progress(f->window->trainer)->total_updates, ==, updates);
  g_assert_cmpuint(count_tests(f), ==, tests);
  g_assert_cmpint(get_last_test(f), ==, updates - 1);
  test_wait_until(result = ink_trainer_get_test_result(f->window->trainer));
  g_assert_true(result->complete);
  g_assert_false(gtk_info_bar_get_revealed(f->window->info_bar));
}

/* Closing during a run asks once, and pauses it; Start goes on. */
static void test_running(Fixture *f, gconstpointer data) {
  gint64 updates;

  start_long_run(f);
  gtk_window_close(GTK_WINDOW(f->window));
  test_answer("_Cancel");
  g_assert_cmpint(test_state(f), ==, INK_TRAINER_RUNNING);
  updates = ink_trainer_get_progress(f->window->trainer)->updates;
  gtk_window_close(GTK_WINDOW(f->window));
  test_answer("_Pause and Close");
  test_wait_until(!f->window);

  test_open_window(f);
  test_wait_until(test_state(f) == INK_TRAINER_PAUSED);
  g_assert_cmpstr(gtk_label_get_label(f->window->speed_label), ==, "Paused");
  g_assert_cmpint(ink_trainer_get_progress(f->window->trainer)->updates, >=, updates);
  g_assert_cmpint(ink_trainer_get_recipe(f->window->trainer)->epochs, ==, 1000);
  updates = ink_trainer_get_progress(f->window->trainer)->updates;
  test_click_centre(f->window->start_button);
  test_wait_until(ink_trainer_get_progress(f->window->trainer)->updates > updates);
}

/* Nothing is lost, so that nothing is asked. What was set since is kept, too. */
static void test_paused(Fixture *f, gconstpointer data) {
  test_set_epochs(f, 1000);
  test_activate(f, "win.step");
  test_activate(f, "win.step");
  test_wait_until(ink_trainer_get_progress(f->window->trainer)->updates == 2);
  test_set_epochs(f, 500);
  gtk_window_close(GTK_WINDOW(f->window));
  g_assert_null(test_find_toplevel(ADW_TYPE_MESSAGE_DIALOG));
  test_wait_until(!f->window);

  test_open_window(f);
  test_wait_until(test_state(f) == INK_TRAINER_PAUSED);
  g_assert_cmpint(ink_trainer_get_progress(f->window->trainer)->updates, ==, 2);
  g_assert_cmpint(ink_trainer_get_recipe(f->window->trainer)->epochs, ==, 500);
}

static void test_stopped(Fixture *f, gconstpointer data) {
  start_long_run(f);
  test_activate(f, "win.stop");
  test_wait_until(ink_trainer_get_outcome(f->window->trainer) == INK_OUTCOME_STOPPED);
  test_reopen(f);
  test_wait_until(ink_trainer_is_trained(f->window->trainer));
  g_assert_cmpint(test_state(f), ==, INK_TRAINER_IDLE);
}

/* What the person has agreed to lose does not come back. */
static void test_reset(Fixture *f, gconstpointer data) {
  test_train_to_the_end(f);
  test_activate(f, "win.reset");
  test_answer("_Reset");
  test_wait_until(!has_checkpoint());
  test_reopen(f);
  g_assert_false(ink_trainer_is_trained(f->window->trainer));
  g_assert_false(gtk_info_bar_get_revealed(f->window->info_bar));
}

/* What came back is still in no file of the person's. */
static void test_reset_asks_again(Fixture *f, gconstpointer data) {
  test_train_to_the_end(f);
  test_reopen(f);
  test_wait_until(ink_trainer_is_trained(f->window->trainer));
  test_activate(f, "win.reset");
  test_answer("_Cancel");
  g_assert_true(has_checkpoint());
}

static void test_damaged(Fixture *f, gconstpointer data) {
  g_autofree char *path = test_checkpoint_path();

  test_close_window(f);
  g_assert_true(g_file_set_contents(path, "nonsense", -1, NULL));
  test_open_window(f);
  test_wait_until(test_has_trouble(f, path));
  g_assert_false(ink_trainer_is_trained(f->window->trainer));
  test_train_to_the_end(f);
  test_reopen(f);
  test_wait_until(ink_trainer_is_trained(f->window->trainer));
  g_assert_false(gtk_info_bar_get_revealed(f->window->info_bar));
}

/* A model has no run. */
static void test_foreign(Fixture *f, gconstpointer data) {
  g_autofree char *path = test_checkpoint_path();

  g_assert_true(ink_network_save(get_network(f), path, NULL));
  test_reopen(f);
  test_wait_until(test_has_trouble(f, path));
  g_assert_false(ink_trainer_is_trained(f->window->trainer));
}

/* It is told once, the run goes on, and closing then asks, as the network would be lost. */
static void test_unwritable(Fixture *f, gconstpointer data) {
  g_autofree char *path = test_checkpoint_path();
  g_autofree char *folder = g_path_get_dirname(path);
  g_autofree char *aside = g_strconcat(folder, ".aside", NULL);

  /* No place to write, also for root: a file where the folder would be. */
  g_assert_cmpint(g_rename(folder, aside), ==, 0);
  g_assert_true(g_file_set_contents(folder, "", 0, NULL));
  test_train_to_the_end(f);
  test_wait_until(test_has_trouble(f, path));
  g_assert_cmpstr(gtk_label_get_label(f->window->info_button_label), ==, "_Save Model…");
  gtk_window_close(GTK_WINDOW(f->window));
  test_answer("_Cancel");

  ink_window_hide_trouble(f->window);
  test_click_centre(f->window->start_button);
  test_wait_until(ink_trainer_get_outcome(f->window->trainer) == INK_OUTCOME_FINISHED);
  g_assert_false(gtk_info_bar_get_revealed(f->window->info_bar));

  g_assert_cmpint(g_remove(folder), ==, 0);
  g_assert_cmpint(g_rename(aside, folder), ==, 0);
}

/* What Reset gives up would come back with the next start: that is told. */
static void test_unremovable(Fixture *f, gconstpointer data) {
  g_autofree char *path = test_checkpoint_path();
  TestSignals *signals = test_watch(f->window->trainer);

  test_train_to_the_end(f);
  test_wait_until(signals->ended); /* nothing is written any more */
  g_assert_cmpint(g_remove(path), ==, 0);
  g_assert_cmpint(g_mkdir(path, 0700), ==, 0);
  test_activate(f, "win.reset");
  test_answer("_Reset");
  test_wait_until(test_has_trouble(f, "can’t be removed: "));
  g_assert_false(gtk_widget_get_visible(GTK_WIDGET(f->window->info_button)));
  g_assert_cmpint(g_remove(path), ==, 0);
}

/* The same classes, but other images: the network is there, its run is not. */
static void test_other_images(Fixture *f, gconstpointer data) {
  g_autoptr(InkNetwork) learned = NULL;

  test_train_to_the_end(f);
  learned = ink_network_ref(get_network(f));
  test_close_window(f);
  test_write_dataset(f->folder, 2000, 400, 10, 2);
  test_open_window(f);
  test_wait_until(test_has_trouble(f, "other images"));
  g_assert_cmpint(test_state(f), ==, INK_TRAINER_IDLE);
  g_assert_true(ink_trainer_is_trained(f->window->trainer));
  assert_same_weights(f, learned);
  test_wait_until(ink_trainer_get_test_result(f->window->trainer));
}

/* The folder is gone, and the digits that stand in for it are other classes: when it is there
 * again, so is the network. */
static void test_data_set_gone(Fixture *f, gconstpointer data) {
  char *folder = test_make_folder();
  g_autofree char *aside = g_strconcat(folder, ".aside", NULL);
  g_autoptr(InkNetwork) learned = NULL;

  test_write_dataset(folder, 100, 100, 3, 1);
  test_set_dataset(f, folder);
  test_wait_until(!g_str_equal(test_dataset_name(f), "mnist"));
  test_train_to_the_end(f);
  learned = ink_network_ref(get_network(f));
  test_close_window(f);
  g_assert_cmpint(g_rename(folder, aside), ==, 0);
  test_open_window(f);
  test_wait_until(test_has_trouble(f, "3 classes"));
  g_assert_cmpstr(test_dataset_name(f), ==, "mnist");
  g_assert_false(ink_trainer_is_trained(f->window->trainer));

  g_assert_cmpint(g_rename(aside, folder), ==, 0);
  test_set_dataset(f, folder);
  test_wait_until(ink_trainer_is_trained(f->window->trainer));
  assert_same_weights(f, learned);
  test_remove_folder(folder);
}

/* Nothing is opened: it waits for a data set. */
static void test_no_data(Fixture *f, gconstpointer data) {
  g_autofree char *folder = g_strconcat(f->folder, ".aside", NULL);

  test_train_to_the_end(f);
  test_close_window(f);
  g_assert_cmpint(g_rename(f->folder, folder), ==, 0);
  test_open_window(f);
  test_wait_until(!f->window->loading);
  g_assert_cmpstr(gtk_stack_get_visible_child_name(f->window->view), ==, "data");
  g_assert_true(has_checkpoint());
  g_assert_cmpint(g_rename(folder, f->folder), ==, 0);
  test_set_dataset(f, "mnist");
  test_wait_until(ink_trainer_get_dataset(f->window->trainer) &&
                  ink_trainer_is_trained(f->window->trainer));
}

int main(int argc, char **argv) {
  test_window_init(&argc, &argv);
  ADD("/window-session/remembers-size", WITH_DATA, test_remembers_size);
  ADD("/window-session/remembers-recipe", WITH_DATA, test_remembers_recipe);
  ADD("/window-session/remembers-data-set", WITH_DATA, test_remembers_data_set);
  ADD("/window-session/remembers-device", WITH_DATA, test_remembers_device);
  ADD("/window-session/remembers-at-once", WITH_DATA, test_remembers_at_once);
  ADD("/window-session/finished", WITH_DATA, test_finished);
  ADD("/window-session/running", WITH_DATA, test_running);
  ADD("/window-session/paused", WITH_DATA, test_paused);
  ADD("/window-session/stopped", WITH_DATA, test_stopped);
  ADD("/window-session/reset", WITH_DATA, test_reset);
  ADD("/window-session/reset-asks-again", WITH_DATA, test_reset_asks_again);
  ADD("/window-session/damaged", WITH_DATA, test_damaged);
  ADD("/window-session/foreign", WITH_DATA, test_foreign);
  ADD("/window-session/unwritable", WITH_DATA, test_unwritable);
  ADD("/window-session/unremovable", WITH_DATA, test_unremovable);
  ADD("/window-session/other-images", WITH_DATA, test_other_images);
  ADD("/window-session/data-set-gone", WITH_DATA, test_data_set_gone);
  ADD("/window-session/no-data", WITH_DATA, test_no_data);
  return test_window_run();
}
