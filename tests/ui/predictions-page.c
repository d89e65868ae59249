#include "ui/predictions-page.h"
#include "tests/support/find.h"
#include "tests/support/input.h"
#include "tests/support/training.h"
#include "tests/ui/style-fixture.h"
#include "ui/confusion-matrix.h"
#include "ui/image-detail.h"
#include "ui/prediction-cell.h"
#include "ui/prediction-filters.h"
#include "ui/prediction-grid.h"
#include "ui/prediction-list.h"

enum { TRAIN = 300, TEST = 400, WIDTH = 1180, HEIGHT = 760 };

/* A page in a window that has the action which the page asks for, and notes what was asked. */
typedef struct {
  InkDataset *dataset;
  InkTrainer *trainer;
  GtkWidget *window, *page;
  GString *asked;
} Fixture;

static void note_open(GSimpleAction *action, GVariant *parameter, gpointer asked) {
  g_string_append_printf(asked, "open %u ", g_variant_get_uint32(parameter));
}

static void note_start(GSimpleAction *action, GVariant *parameter, gpointer asked) {
  g_string_append(asked, "start ");
}

static void add_actions(Fixture *f) {
  static const GActionEntry entries[] = {{"open-in-draw", note_open, "u"},
                                         {"start-pause", note_start}};
  g_autoptr(GSimpleActionGroup) group = g_simple_action_group_new();

  f->asked = g_string_new(NULL);
  g_action_map_add_action_entries(G_ACTION_MAP(group), entries, G_N_ELEMENTS(entries), f->asked);
  gtk_widget_insert_action_group(f->window, "win", G_ACTION_GROUP(group));
}

static void set_up(Fixture *f, gconstpointer data) {
  InkRecipe recipe = test_recipe();

  f->dataset = test_make_dataset(TRAIN, TEST, GPOINTER_TO_UINT(data), 1);
  /* Few enough that much is still wrong. */
  recipe.max_steps = 6;
  recipe.eval_every = 2;
  recipe.eval_samples = 200;
  f->trainer = test_make_trainer(&recipe, f->dataset);
  f->window = gtk_window_new();
  add_actions(f);
  f->page = ink_predictions_page_new(f->trainer);
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

static InkTestResult *get_result(Fixture *f) {
  return ink_trainer_get_test_result(f->trainer);
}

static int get_label(Fixture *f, guint i) {
  return ink_dataset_get_labels(f->dataset, INK_TEST)[i];
}

static InkPredictionGrid *get_grid(Fixture *f) {
  return test_find(f->page, INK_TYPE_PREDICTION_GRID, 0);
}

static InkPredictionList *get_list(Fixture *f) {
  return ink_prediction_grid_get_list(get_grid(f));
}

static guint count_shown(Fixture *f) {
  return ink_prediction_list_get_length(get_list(f));
}

static guint get_shown(Fixture *f, guint position) {
  return ink_prediction_list_get_sample(get_list(f), position);
}

static InkConfusionMatrix *get_matrix(Fixture *f) {
  return test_find(f->page, INK_TYPE_CONFUSION_MATRIX, 0);
}

static InkPredictionFilter get_filter(Fixture *f) {
  return ink_prediction_filters_get(test_find(f->page, INK_TYPE_PREDICTION_FILTERS, 0));
}

static GtkWidget *find_button(Fixture *f, const char *label) {
  return gtk_widget_get_ancestor(test_find_text(f->page, label), GTK_TYPE_BUTTON);
}

/* As soon as it is there and laid out. */
static void click_button(Fixture *f, const char *label) {
  test_wait_until(test_find_text(f->page, label) &&
                  gtk_widget_get_width(find_button(f, label)) > 0);
  test_click_centre(find_button(f, label));
}

static void choose(Fixture *f, const char *name, guint item) {
  GtkDropDown *drop_down = test_find_named(f->page, GTK_TYPE_DROP_DOWN, name);

  g_assert_nonnull(drop_down);
  gtk_drop_down_set_selected(drop_down, item);
}

static void click_cell(Fixture *f, int label, int predicted) {
  graphene_rect_t cell;

  g_assert_true(ink_confusion_matrix_get_cell(get_matrix(f), label, predicted, &cell));
  test_click(GTK_WIDGET(get_matrix(f)), cell.origin.x + cell.size.width / 2,
             cell.origin.y + cell.size.height / 2);
}

/* A label and another class that images with it are read as. */
static void find_mistake(Fixture *f, int *label, int *predicted) {
  for (guint i = 0; i < TEST; i++)
    if (get_result(f)->predicted[i] != get_label(f, i)) {
      *label = get_label(f, i);
      *predicted = get_result(f)->predicted[i];
      return;
    }
  g_assert_not_reached();
}

/* The cells that can be seen; waits until there are some. */
static GtkWidget *get_cell(Fixture *f, guint nth) {
  test_wait_until(test_find(GTK_WIDGET(get_grid(f)), INK_TYPE_PREDICTION_CELL, nth));
  return test_find(GTK_WIDGET(get_grid(f)), INK_TYPE_PREDICTION_CELL, nth);
}

/* Trains, and waits until the page is laid out with what came of it. */
static void run(Fixture *f) {
  test_run(f->trainer);
  test_wait_until(gtk_widget_get_width(get_cell(f, 0)) > 0 &&
                  gtk_widget_get_width(GTK_WIDGET(get_matrix(f))) > 0);
}

/* The number in the title of the detail. */
static guint get_detail(Fixture *f) {
  GtkLabel *title = test_find(test_find(f->page, INK_TYPE_IMAGE_DETAIL, 0), GTK_TYPE_LABEL, 0);
  guint sample;

  g_assert_cmpint(sscanf(gtk_label_get_label(title), "Image %u", &sample), ==, 1);
  return sample;
}

static void assert_counts(Fixture *f, guint wrong, guint tested) {
  g_autofree char *start = g_strdup_printf("%u of %u wrong  ·  ", wrong, tested);

  for (guint i = 0;; i++) {
    GtkLabel *label = test_find(f->page, GTK_TYPE_LABEL, i);

    g_assert_nonnull(label);
    if (g_str_has_prefix(gtk_label_get_text(label), start))
      return;
  }
}

static void test_empty(Fixture *f, gconstpointer data) {
  g_assert_nonnull(test_find_text(f->page, "Nothing tested yet"));
  click_button(f, "Start");
  g_assert_cmpstr(f->asked->str, ==, "start ");
  run(f);
  test_wait_until(!test_find_text(f->page, "Nothing tested yet"));
  ink_trainer_reset(f->trainer);
  test_wait_until(test_find_text(f->page, "Nothing tested yet"));
}

/* All tested images, by index, each with its name in words; the first one in the detail. */
static void test_results(Fixture *f, gconstpointer data) {
  InkTestResult *result;

  run(f);
  result = get_result(f);
  g_assert_cmpuint(count_shown(f), ==, TEST);
  assert_counts(f, TEST - result->correct, TEST);
  g_assert_nonnull(test_find_text(f->page, "every test image, in order"));
  g_assert_cmpuint(get_detail(f), ==, 0);
  for (guint i = 0; i < 20; i++) {
    GtkWidget *cell = get_cell(f, i);
    g_autofree char *name = g_strdup_printf(
        "Image %u, label %d, predicted %d, %s", i, get_label(f, i), result->predicted[i],
        result->predicted[i] == get_label(f, i) ? "right" : "wrong");

    g_assert_cmpuint(get_shown(f, i), ==, i);
    gtk_test_accessible_assert_property(cell, GTK_ACCESSIBLE_PROPERTY_LABEL, name);
  }
}

static void test_filters(Fixture *f, gconstpointer data) {
  guint wrong, of_label = 0;

  run(f);
  wrong = TEST - get_result(f)->correct;
  g_assert_cmpuint(wrong, >, 0);
  click_button(f, "Wrong");
  g_assert_cmpuint(count_shown(f), ==, wrong);
  assert_counts(f, wrong, TEST);
  click_button(f, "Right");
  g_assert_cmpuint(count_shown(f), ==, TEST - wrong);
  click_button(f, "All");
  choose(f, "Label", 1 + 3);
  for (guint i = 0; i < TEST; i++)
    of_label += get_label(f, i) == 3;
  g_assert_cmpuint(count_shown(f), ==, of_label);
  choose(f, "Prediction", 1 + 5);
  for (guint i = 0; i < count_shown(f); i++)
    g_assert_cmpint(get_result(f)->predicted[get_shown(f, i)], ==, 5);
}

/* Nothing left: the page says so, and takes the filters away when asked. */
static void test_none_found(Fixture *f, gconstpointer data) {
  run(f);
  click_button(f, "Right");
  choose(f, "Label", 1);
  choose(f, "Prediction", 2);
  g_assert_cmpuint(count_shown(f), ==, 0);
  click_button(f, "Show All Images");
  g_assert_cmpuint(count_shown(f), ==, TEST);
}

static void test_orders(Fixture *f, gconstpointer data) {
  InkTestResult *result;

  run(f);
  result = get_result(f);
  choose(f, "Order", INK_ORDER_HIGHEST_LOSS);
  for (guint i = 0; i < TEST; i++)
    g_assert_cmpfloat(result->loss[get_shown(f, 0)], >=, result->loss[i]);
  click_button(f, "Wrong");
  g_assert_nonnull(test_find_text(f->page, "the most confident mistakes first"));
  /* The image in the detail is one that is shown. */
  g_assert_cmpint(get_label(f, get_detail(f)), !=, result->predicted[get_detail(f)]);
}

/* A click on the matrix filters by label and prediction, and lets go of what contradicts. */
static void test_matrix(Fixture *f, gconstpointer data) {
  int label, predicted;

  run(f);
  find_mistake(f, &label, &predicted);
  click_button(f, "Right");
  click_cell(f, label, predicted);
  g_assert_cmpint(get_filter(f).label, ==, label);
  g_assert_cmpint(get_filter(f).predicted, ==, predicted);
  g_assert_cmpint(get_filter(f).show, ==, INK_SHOW_ALL);
  g_assert_cmpuint(count_shown(f), >, 0);
  for (guint i = 0; i < count_shown(f); i++) {
    g_assert_cmpint(get_label(f, get_shown(f, i)), ==, label);
    g_assert_cmpint(get_result(f)->predicted[get_shown(f, i)], ==, predicted);
  }
  click_cell(f, label, predicted);
  g_assert_cmpint(get_filter(f).label, ==, INK_ANY_CLASS);
  g_assert_cmpuint(count_shown(f), ==, TEST);

  /* And what the filters say, the matrix shows. */
  choose(f, "Label", 1 + label);
  g_object_get(get_matrix(f), "label", &label, "predicted", &predicted, NULL);
  g_assert_cmpint(label, ==, get_filter(f).label);
  g_assert_cmpint(predicted, ==, INK_ANY_CLASS);
}

static void test_keys(Fixture *f, gconstpointer data) {
  guint columns;

  run(f);
  g_assert_true(gtk_widget_grab_focus(f->page));
  test_press_key(f->page, "Right");
  g_assert_cmpuint(get_detail(f), ==, 1);
  test_click_centre(get_cell(f, 4));
  g_assert_cmpuint(get_detail(f), ==, 4);
  test_press_key(f->page, "Right");
  g_assert_cmpuint(get_detail(f), ==, 5);
  test_press_key(f->page, "Down");
  columns = get_detail(f) - 5;
  g_assert_cmpuint(columns, ==, 10);
  test_press_key(f->page, "Return");
  test_press_key(f->page, "space");
  g_assert_cmpstr(f->asked->str, ==, "open 15 ");
  test_press_key(f->page, "ctrl+f");
  g_assert_true(gtk_root_get_focus(GTK_ROOT(f->window)) == find_button(f, "All"));
}

static double get_scroll(Fixture *f) {
  return gtk_adjustment_get_value(gtk_scrollable_get_vadjustment(GTK_SCROLLABLE(get_grid(f))));
}

static void on_painted(GdkFrameClock *clock, gboolean *painted) {
  *painted = TRUE;
}

/* Waits until what was asked for is laid out. */
static void lay_out(Fixture *f) {
  GdkFrameClock *clock = gtk_widget_get_frame_clock(f->window);
  gboolean painted = FALSE;
  gulong handler = g_signal_connect(clock, "after-paint", G_CALLBACK(on_painted), &painted);

  gtk_widget_queue_draw(f->window);
  test_wait_until(painted);
  g_signal_handler_disconnect(clock, handler);
}

static void on_test_result(InkTrainer *trainer, GParamSpec *pspec, guint *tests) {
  ++*tests;
}

/* While a run goes on, its tests change what the cells say and, but by index, which images they
 * show; the image in the detail, its selection and the scroll stay with the person. */
static void test_in_place(Fixture *f, gconstpointer data) {
  InkRecipe recipe = *ink_trainer_get_recipe(f->trainer);

  recipe.eval_samples = 0;
  ink_trainer_set_recipe(f->trainer, &recipe);
  run(f);
  for (InkOrder order = INK_ORDER_INDEX; order <= INK_ORDER_HIGHEST_LOSS; order++) {
    guint sample, tests = 0;
    gulong handler;
    double scroll;

    choose(f, "Order", order);
    ink_prediction_grid_go_to(get_grid(f), 300);
    lay_out(f);
    sample = get_shown(f, 300);
    g_assert_cmpuint(get_detail(f), ==, sample);
    scroll = get_scroll(f);
    g_assert_cmpfloat(scroll, >, 0);

    handler =
        g_signal_connect(f->trainer, "notify::test-result", G_CALLBACK(on_test_result), &tests);
    run(f);
    g_signal_handler_disconnect(f->trainer, handler);
    lay_out(f);
    g_assert_cmpuint(tests, >=, 1);
    g_assert_cmpuint(get_detail(f), ==, sample);
    g_assert_cmpuint(get_shown(f, ink_prediction_grid_get_selected(get_grid(f))), ==, sample);
    g_assert_cmpfloat(get_scroll(f), ==, scroll);
  }
}

/* The grid has as many columns as there is room for, and keeps cells for no more. */
static void test_columns(Fixture *f, gconstpointer data) {
  run(f);
  test_wait_until(ink_prediction_grid_get_columns(get_grid(f)) == 10);
  ink_predictions_page_set_layout(INK_PREDICTIONS_PAGE(f->page), INK_LAYOUT_NARROW);
  gtk_window_set_default_size(GTK_WINDOW(f->window), 400, HEIGHT);
  test_wait_until(ink_prediction_grid_get_columns(get_grid(f)) == 5);
  gtk_window_set_default_size(GTK_WINDOW(f->window), WIDTH, HEIGHT);
  test_wait_until(ink_prediction_grid_get_columns(get_grid(f)) > 10);
}

/* During a run the page shows what the last interim test covered, and then all. */
static void test_during_run(Fixture *f, gconstpointer data) {
  InkRecipe recipe = *ink_trainer_get_recipe(f->trainer);

  recipe.epochs = 1000;
  recipe.max_steps = 0;
  ink_trainer_set_recipe(f->trainer, &recipe);
  ink_trainer_start(f->trainer);
  test_wait_until(get_result(f));
  g_assert_false(get_result(f)->complete);
  g_assert_cmpuint(count_shown(f), ==, 200);
  g_assert_nonnull(test_find_text(f->page, "200 tested"));
  ink_trainer_pause(f->trainer);
  test_wait_until(get_result(f)->complete);
  g_assert_cmpuint(count_shown(f), ==, TEST);
}

/* A hidden page takes the newest test when it is shown again. */
static void test_hidden(Fixture *f, gconstpointer data) {
  gtk_widget_set_visible(f->page, FALSE);
  test_run(f->trainer);
  g_assert_cmpuint(count_shown(f), ==, 0);
  gtk_widget_set_visible(f->page, TRUE);
  g_assert_cmpuint(count_shown(f), ==, TEST);
}

static int get_min_width(Fixture *f) {
  int minimum;

  gtk_widget_measure(f->page, GTK_ORIENTATION_HORIZONTAL, -1, &minimum, NULL, NULL, NULL);
  return minimum;
}

static void test_layouts(Fixture *f, gconstpointer data) {
  InkPredictionsPage *page = INK_PREDICTIONS_PAGE(f->page);
  AdwFlap *flap = ink_predictions_page_get_flap(page);
  GtkWidget *matrix = GTK_WIDGET(get_matrix(f));

  run(f);
  g_assert_true(adw_flap_get_reveal_flap(flap));
  g_assert_cmpint(get_min_width(f), <=, 1150);
  g_assert_cmpint(gtk_widget_get_width(matrix), ==, 456);

  ink_predictions_page_set_layout(page, INK_LAYOUT_MEDIUM);
  g_assert_cmpint(get_min_width(f), <=, 720);
  test_wait_until(!gtk_widget_get_mapped(matrix));
  adw_flap_set_reveal_flap(flap, TRUE);
  test_wait_until(gtk_widget_get_mapped(matrix) && adw_flap_get_reveal_progress(flap) == 1);
  test_press_key(f->page, "Escape");
  g_assert_false(adw_flap_get_reveal_flap(flap));
  test_wait_until(!gtk_widget_get_mapped(matrix));
  test_click_centre(get_cell(f, 3));
  test_press_key(f->page, "Return");
  g_assert_true(adw_flap_get_reveal_flap(flap));
  test_wait_until(adw_flap_get_reveal_progress(flap) == 1);

  ink_predictions_page_set_layout(page, INK_LAYOUT_NARROW);
  g_assert_cmpint(get_min_width(f), <=, 360);
  g_assert_false(gtk_widget_is_ancestor(matrix, adw_flap_get_flap(flap)));
  test_wait_until(gtk_widget_get_mapped(matrix));
  ink_predictions_page_set_layout(page, INK_LAYOUT_WIDE);
  g_assert_true(gtk_widget_is_ancestor(matrix, adw_flap_get_flap(flap)));
}

/* Another data set: nothing is tested, and its classes are on offer. */
static void test_other_dataset(Fixture *f, gconstpointer data) {
  g_autoptr(InkDataset) other = test_make_dataset(TRAIN, TEST, 4, 2);
  GtkDropDown *labels;

  run(f);
  choose(f, "Label", 9);
  ink_trainer_set_dataset(f->trainer, other);
  test_wait_until(test_find_text(f->page, "Nothing tested yet"));
  run(f);
  labels = test_find_named(f->page, GTK_TYPE_DROP_DOWN, "Label");
  g_assert_cmpuint(g_list_model_get_n_items(gtk_drop_down_get_model(labels)), ==, 1 + 4);
  g_assert_cmpuint(count_shown(f), ==, TEST);
}

int main(int argc, char *argv[]) {
  g_test_init(&argc, &argv, NULL);
  adw_init();
  test_load_style();
#define ADD(path, classes, test)                                                                   \
  g_test_add("/ui/predictions-page/" path, Fixture, GUINT_TO_POINTER(classes), set_up, test,       \
             tear_down)
  ADD("empty", 10, test_empty);
  ADD("results", 10, test_results);
  ADD("filters", 10, test_filters);
  ADD("none-found", 10, test_none_found);
  ADD("orders", 10, test_orders);
  ADD("matrix", 10, test_matrix);
  ADD("keys", 10, test_keys);
  ADD("in-place", 10, test_in_place);
  ADD("columns", 10, test_columns);
  ADD("during-run", 10, test_during_run);
  ADD("hidden", 10, test_hidden);
  ADD("layouts", 10, test_layouts);
  ADD("layouts-64", 64, test_layouts);
  ADD("layouts-2", 2, test_layouts);
  ADD("other-dataset", 10, test_other_dataset);
#undef ADD
  return g_test_run();
}
