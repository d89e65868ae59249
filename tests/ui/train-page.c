#include "ui/train-page.h"
#include "tests/support/find.h"
#include "tests/support/input.h"
#include "tests/support/training.h"
#include "ui/chart.h"
#include "ui/layer-table.h"
#include "ui/sample-grid.h"
#include "ui/train-settings.h"

#include <glib/gstdio.h>
#include <math.h>

enum { TRAIN = 3000, TEST = 400, WIDTH = 1180, HEIGHT = 780 };

/* A page in a window that has the actions the page asks for, and notes what was asked. */
typedef struct {
  InkDataset *dataset;
  InkTrainer *trainer;
  GtkWidget *window, *page;
  GString *asked; /* "action(parameter) …" */
} Fixture;

static void note_action(GSimpleAction *action, GVariant *parameter, gpointer asked) {
  g_string_append_printf(asked, "%s(%s) ", g_action_get_name(G_ACTION(action)),
                         parameter ? g_variant_get_string(parameter, NULL) : "");
}

static void add_actions(Fixture *f) {
  static const GActionEntry entries[] = {{"set-dataset", note_action, "s"},
                                         {"choose-data-folder", note_action},
                                         {"export-chart", note_action, "s"}};
  g_autoptr(GSimpleActionGroup) group = g_simple_action_group_new();

  f->asked = g_string_new(NULL);
  g_action_map_add_action_entries(G_ACTION_MAP(group), entries, G_N_ELEMENTS(entries), f->asked);
  gtk_widget_insert_action_group(f->window, "win", G_ACTION_GROUP(group));
}

static void set_up(Fixture *f, gconstpointer data) {
  f->dataset = test_make_dataset(TRAIN, TEST, 10, 1);
  f->trainer = ink_trainer_new();
  ink_trainer_set_dataset(f->trainer, f->dataset);
  f->window = gtk_window_new();
  add_actions(f);
  f->page = ink_train_page_new(f->trainer);
  gtk_window_set_child(GTK_WINDOW(f->window), f->page);
  gtk_window_set_default_size(GTK_WINDOW(f->window), WIDTH, HEIGHT);
  test_show_window(GTK_WINDOW(f->window));
}

static void tear_down(Fixture *f, gconstpointer data) {
  gtk_window_destroy(GTK_WINDOW(f->window));
  g_object_unref(f->trainer);
  ink_dataset_unref(f->dataset);
  g_string_free(f->asked, TRUE);
}

static InkRecipe get_recipe(Fixture *f) {
  return *ink_trainer_get_recipe(f->trainer);
}

static void set_epochs(Fixture *f, int epochs) {
  InkRecipe recipe = get_recipe(f);

  recipe.epochs = epochs;
  ink_trainer_set_recipe(f->trainer, &recipe);
}

static GtkSpinButton *find_spin(Fixture *f, const char *name) {
  GtkSpinButton *spin = test_find_named(f->page, GTK_TYPE_SPIN_BUTTON, name);

  g_assert_nonnull(spin);
  return spin;
}

static AdwComboRow *find_row(Fixture *f, const char *title) {
  for (guint i = 0;; i++) {
    AdwPreferencesRow *row = test_find(f->page, ADW_TYPE_COMBO_ROW, i);

    g_assert_nonnull(row);
    if (g_str_equal(adw_preferences_row_get_title(row), title))
      return ADW_COMBO_ROW(row);
  }
}

static const char *get_chosen(Fixture *f, const char *title) {
  GObject *item = adw_combo_row_get_selected_item(find_row(f, title));

  return item ? gtk_string_object_get_string(GTK_STRING_OBJECT(item)) : NULL;
}

static guint count_choices(Fixture *f, const char *title) {
  return g_list_model_get_n_items(adw_combo_row_get_model(find_row(f, title)));
}

static gboolean shows(Fixture *f, const char *text) {
  return test_find_text(f->page, text) != NULL;
}

static GtkWidget *find_button(Fixture *f, const char *text) {
  GtkWidget *label = test_find_text(f->page, text);

  g_assert_nonnull(label);
  return gtk_widget_get_ancestor(label, GTK_TYPE_BUTTON);
}

/* Trains the set epochs to the end. */
static void train(Fixture *f) {
  ink_trainer_start(f->trainer);
  test_wait_until(ink_trainer_get_outcome(f->trainer) == INK_OUTCOME_FINISHED &&
                  ink_trainer_get_state(f->trainer) == INK_TRAINER_IDLE);
}

static void test_shows_the_recipe(Fixture *f, gconstpointer data) {
  g_assert_cmpint(gtk_spin_button_get_value_as_int(find_spin(f, "Epochs")), ==, 2);
  g_assert_cmpint(gtk_spin_button_get_value_as_int(find_spin(f, "Batch size")), ==, 200);
  g_assert_cmpint(gtk_spin_button_get_value_as_int(find_spin(f, "Seed")), ==, 42);
  g_assert_cmpint(gtk_spin_button_get_value_as_int(find_spin(f, "Test every … steps")), ==, 50);
  g_assert_cmpstr(get_chosen(f, "Preset"), ==, "Original CPU program");
  g_assert_cmpstr(get_chosen(f, "Data set"), ==, ink_dataset_get_title(f->dataset));
  g_assert_true(shows(f, "0.001"));
}

static void test_numbers_go_to_the_trainer(Fixture *f, gconstpointer data) {
  gtk_spin_button_set_value(find_spin(f, "Epochs"), 7);
  gtk_spin_button_set_value(find_spin(f, "Batch size"), 64);
  gtk_spin_button_set_value(find_spin(f, "Seed"), 4294967295.0);
  gtk_spin_button_set_value(find_spin(f, "Test every … steps"), 10);
  g_assert_cmpint(get_recipe(f).epochs, ==, 7);
  g_assert_cmpint(get_recipe(f).batch, ==, 64);
  g_assert_cmpuint(get_recipe(f).seed, ==, 4294967295);
  g_assert_cmpint(get_recipe(f).eval_every, ==, 10);
  g_assert_cmpstr(get_chosen(f, "Preset"), ==, "Custom");
}

static void test_learning_rate(Fixture *f, gconstpointer data) {
  GtkWidget *scale = test_find_named(f->page, GTK_TYPE_SCALE, "Learning rate");

  g_assert_cmpfloat_with_epsilon(ink_learning_rate_at(-3), 0.001, 1e-18);
  g_assert_cmpfloat_with_epsilon(ink_learning_rate_at(-3.30103), 0.0005, 1e-18);
  gtk_range_set_value(GTK_RANGE(scale), -2);
  g_assert_cmpfloat_with_epsilon(get_recipe(f).learning_rate, 0.01, 1e-18);
  g_assert_true(shows(f, "0.01"));

  gtk_widget_grab_focus(scale);
  test_press_key(f->window, "Right");
  test_wait_until(get_recipe(f).learning_rate > 0.01);
  g_assert_cmpfloat_with_epsilon(get_recipe(f).learning_rate, 0.011, 1e-18);
  g_assert_true(shows(f, "0.011"));
}

static void test_toggles(Fixture *f, gconstpointer data) {
  test_click_centre(find_button(f, "3 × 3"));
  test_wait_until(get_recipe(f).kernel == 3);
  test_click_centre(find_button(f, "Average"));
  test_wait_until(get_recipe(f).pool == INK_POOL_AVERAGE);
  g_assert_cmpint(ink_network_get_shape(ink_trainer_get_network(f->trainer))->kernel, ==, 3);
  test_click_centre(find_button(f, "5 × 5"));
  test_wait_until(get_recipe(f).kernel == 5);
}

static void test_presets(Fixture *f, gconstpointer data) {
  gtk_spin_button_set_value(find_spin(f, "Seed"), 7);
  adw_combo_row_set_selected(find_row(f, "Preset"), INK_PRESET_SEED_GPU);
  g_assert_cmpint(get_recipe(f).kernel, ==, 3);
  g_assert_cmpint(get_recipe(f).batch, ==, 100);
  g_assert_cmpuint(get_recipe(f).seed, ==, 7);
  g_assert_cmpint(gtk_spin_button_get_value_as_int(find_spin(f, "Batch size")), ==, 100);

  gtk_spin_button_set_value(find_spin(f, "Batch size"), 101);
  g_assert_cmpstr(get_chosen(f, "Preset"), ==, "Custom");
  gtk_spin_button_set_value(find_spin(f, "Batch size"), 100);
  g_assert_cmpstr(get_chosen(f, "Preset"), ==, "Original GPU program");
}

/* Set by the settings of the last session, or with a model's file: the controls follow. */
static void test_recipe_from_elsewhere(Fixture *f, gconstpointer data) {
  InkShape shape = {.kernel = 3, .pool = INK_POOL_AVERAGE, .classes = 10};
  g_autoptr(InkNetwork) network = ink_network_new_random(&shape, 1, NULL, NULL);
  InkRecipe recipe = get_recipe(f);

  recipe.epochs = 9;
  recipe.seed = 5;
  ink_trainer_set_recipe(f->trainer, &recipe);
  g_assert_cmpint(gtk_spin_button_get_value_as_int(find_spin(f, "Epochs")), ==, 9);
  g_assert_cmpint(gtk_spin_button_get_value_as_int(find_spin(f, "Seed")), ==, 5);

  ink_trainer_set_network(f->trainer, network);
  g_assert_true(gtk_toggle_button_get_active(GTK_TOGGLE_BUTTON(find_button(f, "3 × 3"))));
  g_assert_true(gtk_toggle_button_get_active(GTK_TOGGLE_BUTTON(find_button(f, "Average"))));
  g_assert_true(shows(f, "20,490"));
}

static void test_images_tested(Fixture *f, gconstpointer data) {
  g_autoptr(InkDataset) larger = test_make_dataset(10, 2001, 10, 1);
  InkRecipe recipe = get_recipe(f);

  /* More than the first so many are not there to choose from; the number stays for where they are.
   */
  g_assert_cmpstr(get_chosen(f, "Test on"), ==, "All 400 images");
  g_assert_cmpuint(count_choices(f, "Test on"), ==, 1);
  g_assert_cmpuint(recipe.eval_samples, ==, 2000);
  recipe.eval_samples = 399;
  ink_trainer_set_recipe(f->trainer, &recipe);
  g_assert_cmpstr(get_chosen(f, "Test on"), ==, "First 399 images");

  recipe.eval_samples = 2000;
  ink_trainer_set_recipe(f->trainer, &recipe);
  ink_trainer_set_dataset(f->trainer, larger);
  g_assert_cmpstr(get_chosen(f, "Test on"), ==, "First 2,000 images");
  adw_combo_row_set_selected(find_row(f, "Test on"), 1);
  g_assert_cmpstr(get_chosen(f, "Test on"), ==, "All 2,001 images");
  g_assert_cmpuint(get_recipe(f).eval_samples, ==, 0);
  adw_combo_row_set_selected(find_row(f, "Test on"), 0);
  g_assert_cmpuint(get_recipe(f).eval_samples, ==, 2000);
}

static void test_layer_table(Fixture *f, gconstpointer data) {
  g_assert_true(shows(f, "28,938") && shows(f, "12,832") && shows(f, "Total, 116\u00a0kB"));
  test_click_centre(find_button(f, "3 × 3"));
  test_wait_until(shows(f, "20,490"));
  g_assert_true(shows(f, "16 × 28 × 28") && shows(f, "Total, 82\u00a0kB"));
}

static void assert_sensitive(Fixture *f, gboolean free) {
  g_assert_true(gtk_widget_is_sensitive(GTK_WIDGET(find_spin(f, "Epochs"))));
  g_assert_true(gtk_widget_is_sensitive(GTK_WIDGET(find_spin(f, "Test every … steps"))));
  g_assert_true(gtk_widget_is_sensitive(test_find_named(f->page, GTK_TYPE_SCALE, "Learning rate")));
  g_assert_cmpint(gtk_widget_is_sensitive(GTK_WIDGET(find_spin(f, "Batch size"))), ==, free);
  g_assert_cmpint(gtk_widget_is_sensitive(GTK_WIDGET(find_spin(f, "Seed"))), ==, free);
  g_assert_cmpint(gtk_widget_is_sensitive(find_button(f, "3 × 3")), ==, free);
  g_assert_cmpint(gtk_widget_is_sensitive(find_button(f, "Average")), ==, free);
  g_assert_cmpint(gtk_widget_is_sensitive(GTK_WIDGET(find_row(f, "Preset"))), ==, free);
  g_assert_cmpint(gtk_widget_is_sensitive(GTK_WIDGET(find_row(f, "Data set"))), ==, free);
  g_assert_cmpint(gtk_widget_is_sensitive(GTK_WIDGET(find_row(f, "Test on"))), ==, free);
}

static void test_locks(Fixture *f, gconstpointer data) {
  assert_sensitive(f, TRUE);
  g_assert_false(shows(f, "Applies after Reset"));
  set_epochs(f, 1000);
  ink_trainer_start(f->trainer);
  assert_sensitive(f, FALSE);
  test_wait_until(shows(f, "Applies after Reset"));

  ink_trainer_pause(f->trainer);
  assert_sensitive(f, FALSE);
  ink_trainer_stop(f->trainer);
  assert_sensitive(f, TRUE);
  test_wait_until(!shows(f, "Applies after Reset"));
}

static void test_live_settings(Fixture *f, gconstpointer data) {
  set_epochs(f, 1000);
  ink_trainer_start(f->trainer);
  test_wait_until(ink_trainer_get_progress(f->trainer)->updates > 0);
  gtk_spin_button_set_value(find_spin(f, "Epochs"), 1);
  test_wait_until(ink_trainer_get_outcome(f->trainer) == INK_OUTCOME_FINISHED);
}

static void test_what_waits_for_reset(Fixture *f, gconstpointer data) {
  set_epochs(f, 1);
  train(f);
  g_assert_false(shows(f, "Applies after Reset"));
  test_click_centre(find_button(f, "3 × 3"));
  test_wait_until(shows(f, "Applies after Reset"));
  g_assert_true(shows(f, "28,938")); /* the network there is */
  ink_trainer_reset(f->trainer);
  test_wait_until(!shows(f, "Applies after Reset") && shows(f, "20,490"));
}

static void test_follows_a_run(Fixture *f, gconstpointer data) {
  InkChart *chart = test_find(f->page, INK_TYPE_CHART, 0);
  InkChartReading reading;
  double from, to;

  ink_chart_get_view(chart, &from, &to);
  g_assert_cmpfloat(to, ==, 2 * TRAIN / 200);
  g_assert_true(shows(f, "First training images"));
  train(f);
  test_wait_until(shows(f, "Current batch"));
  g_assert_nonnull(test_find_named(f->page, INK_TYPE_SAMPLE_GRID, "Current batch"));

  ink_chart_point_at(chart, 29);
  g_assert_true(ink_chart_get_reading(chart, &reading));
  g_assert_true(isfinite(reading.smoothed) && isfinite(reading.accuracy));
  g_assert_cmpuint(ink_chart_get_n_previous(chart), ==, 0);

  ink_trainer_reset(f->trainer);
  test_wait_until(ink_chart_get_n_previous(chart) == 1 && shows(f, "First training images"));
}

static void test_unseen_page_waits(Fixture *f, gconstpointer data) {
  gtk_widget_set_visible(f->page, FALSE);
  train(f);
  g_assert_nonnull(test_find_named(f->page, INK_TYPE_SAMPLE_GRID, "First training images"));
  gtk_widget_set_visible(f->page, TRUE);
  test_wait_until(shows(f, "Current batch"));
}

static void test_data_sets(Fixture *f, gconstpointer data) {
  AdwComboRow *row = find_row(f, "Data set");
  guint n = g_list_model_get_n_items(adw_combo_row_get_model(row));

  adw_combo_row_set_selected(row, 1);
  g_assert_cmpstr(f->asked->str, ==, "set-dataset(fashion-mnist) ");
  g_assert_cmpstr(get_chosen(f, "Data set"), ==, ink_dataset_get_title(f->dataset));
  adw_combo_row_set_selected(row, n - 1);
  g_assert_cmpstr(f->asked->str, ==, "set-dataset(fashion-mnist) choose-data-folder() ");
  g_assert_cmpstr(get_chosen(f, "Data set"), ==, ink_dataset_get_title(f->dataset));
}

static void test_layouts(Fixture *f, gconstpointer data) {
  GtkWidget *settings = test_find(f->page, INK_TYPE_TRAIN_SETTINGS, 0);
  GtkWidget *chart = test_find(f->page, INK_TYPE_CHART, 0);
  InkTrainPage *page = INK_TRAIN_PAGE(f->page);
  double x, y;

  test_wait_until(gtk_widget_get_width(settings) == 300);
  ink_train_page_set_layout(page, INK_LAYOUT_MEDIUM);
  test_wait_until(
      !gtk_widget_get_child_visible(gtk_widget_get_ancestor(settings, GTK_TYPE_SCROLLED_WINDOW)));
  adw_flap_set_reveal_flap(ink_train_page_get_flap(page), TRUE);
  test_wait_until(
      gtk_widget_get_child_visible(gtk_widget_get_ancestor(settings, GTK_TYPE_SCROLLED_WINDOW)));

  ink_train_page_set_layout(page, INK_LAYOUT_NARROW);
  gtk_window_set_default_size(GTK_WINDOW(f->window), 360, HEIGHT);
  test_wait_until(gtk_widget_get_width(f->page) == 360 && gtk_widget_get_height(chart) == 400);
  g_assert_true(gtk_widget_translate_coordinates(settings, chart, 0, 0, &x, &y));
  g_assert_cmpfloat(y, >, 400);
  ink_train_page_set_layout(page, INK_LAYOUT_WIDE);
  test_wait_until(gtk_widget_get_width(settings) == 300 &&
                  !gtk_widget_is_ancestor(chart, gtk_widget_get_parent(settings)));
}

static void test_low_window(Fixture *f, gconstpointer data) {
  GtkWidget *grid = test_find(f->page, INK_TYPE_SAMPLE_GRID, 0);
  int height;

  test_wait_until(gtk_widget_get_height(grid) > 0);
  height = gtk_widget_get_height(grid);
  gtk_window_set_default_size(GTK_WINDOW(f->window), WIDTH, 560);
  test_wait_until(gtk_widget_get_height(grid) < height - 58);
  gtk_window_set_default_size(GTK_WINDOW(f->window), WIDTH, HEIGHT);
  test_wait_until(gtk_widget_get_height(grid) == height);
}

static void test_export(Fixture *f, gconstpointer data) {
  g_autofree char *path = NULL;
  g_autoptr(GError) error = NULL;
  int file = g_file_open_tmp("chart-XXXXXX.csv", &path, &error);
  g_autofree char *csv = NULL;

  g_assert_no_error(error);
  g_assert_true(ink_train_page_export(INK_TRAIN_PAGE(f->page), "csv", path, &error));
  g_assert_true(g_file_get_contents(path, &csv, NULL, &error));
  g_assert_true(g_str_has_prefix(csv, "run,step,"));
  g_assert_true(g_close(file, NULL));
  g_assert_cmpint(remove(path), ==, 0);
}

#define ADD(path, function)                                                                        \
  g_test_add("/ui/train-page/" path, Fixture, NULL, set_up, function, tear_down)

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  adw_init();
  ADD("recipe", test_shows_the_recipe);
  ADD("numbers", test_numbers_go_to_the_trainer);
  ADD("learning-rate", test_learning_rate);
  ADD("toggles", test_toggles);
  ADD("presets", test_presets);
  ADD("recipe-from-elsewhere", test_recipe_from_elsewhere);
  ADD("images-tested", test_images_tested);
  ADD("layer-table", test_layer_table);
  ADD("locks", test_locks);
  ADD("live-settings", test_live_settings);
  ADD("waits-for-reset", test_what_waits_for_reset);
  ADD("run", test_follows_a_run);
  ADD("unseen", test_unseen_page_waits);
  ADD("data-sets", test_data_sets);
  ADD("layouts", test_layouts);
  ADD("low-window", test_low_window);
  ADD("export", test_export);
  return g_test_run();
}
