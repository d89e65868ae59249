#include "ui/prediction-grid.h"
#include "tests/support/find.h"
#include "tests/support/idx-files.h"
#include "tests/support/input.h"
#include "tests/support/test-results.h"
#include "ui/prediction-cell.h"

#include <adwaita.h>

enum { IMAGES = 503, CLASSES = 10, WIDTH = 660, HEIGHT = 400, COLUMNS = 10 };

/* The grid in a scrolled window, above a button that Tab may lead to. */
typedef struct {
  char *folder;
  InkDataset *dataset;
  InkPredictionList *list;
  GtkWidget *window, *button;
  InkPredictionGrid *grid;
  guint activations;
} Fixture;

static void predict(guint i, int label, int classes, guint8 *predicted, float *probability,
                    float *loss) {
  *predicted = i % 7 == 3 ? (label + 1) % classes : label;
  *probability = 0.5f;
  *loss = i;
}

static void show_images(Fixture *f, guint count) {
  g_autoptr(InkTestResult) result = test_result_new(f->dataset, count, FALSE, predict);

  ink_prediction_list_set_source(f->list, f->dataset, result);
}

static void on_activate(Fixture *f) {
  f->activations++;
}

static void create_window(Fixture *f) {
  GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0), *scroller = gtk_scrolled_window_new();

  f->grid = g_object_new(INK_TYPE_PREDICTION_GRID, NULL);
  ink_prediction_grid_set_list(f->grid, f->list);
  g_signal_connect_swapped(f->grid, "activate", G_CALLBACK(on_activate), f);
  gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(scroller), GTK_WIDGET(f->grid));
  gtk_widget_set_vexpand(scroller, TRUE);
  f->button = gtk_button_new_with_label("Next");
  gtk_box_append(GTK_BOX(box), scroller);
  gtk_box_append(GTK_BOX(box), f->button);
  f->window = gtk_window_new();
  gtk_window_set_child(GTK_WINDOW(f->window), box);
  gtk_window_set_default_size(GTK_WINDOW(f->window), WIDTH, HEIGHT);
  test_show_window(GTK_WINDOW(f->window));
}

static gboolean is_laid_out(Fixture *f) {
  GtkWidget *cell = gtk_widget_get_first_child(GTK_WIDGET(f->grid));

  return cell && gtk_widget_get_height(cell) > 0;
}

static void set_up(Fixture *f, gconstpointer data) {
  g_autoptr(GError) error = NULL;

  f->folder = test_make_folder();
  test_write_dataset(f->folder, 10, IMAGES, CLASSES, 7);
  f->dataset = ink_dataset_open(f->folder, &error);
  g_assert_no_error(error);
  f->list = ink_prediction_list_new();
  create_window(f);
  show_images(f, IMAGES);
  test_wait_until(ink_prediction_grid_get_columns(f->grid) == COLUMNS && is_laid_out(f));
}

static void tear_down(Fixture *f, gconstpointer data) {
  gtk_window_destroy(GTK_WINDOW(f->window));
  g_assert_finalize_object(f->list);
  ink_dataset_unref(f->dataset);
  test_remove_folder(f->folder);
}

static GtkAdjustment *get_scroll(Fixture *f) {
  return gtk_scrollable_get_vadjustment(GTK_SCROLLABLE(f->grid));
}

/* The visible cell of a place; NULL if it has none. */
static GtkWidget *find_cell(Fixture *f, guint position) {
  for (GtkWidget *cell = gtk_widget_get_first_child(GTK_WIDGET(f->grid)); cell;
       cell = gtk_widget_get_next_sibling(cell))
    if (gtk_widget_get_visible(cell) &&
        ink_prediction_cell_get_position(INK_PREDICTION_CELL(cell)) == position)
      return cell;
  return NULL;
}

static guint count_visible(Fixture *f) {
  guint n = 0;

  for (GtkWidget *cell = gtk_widget_get_first_child(GTK_WIDGET(f->grid)); cell;
       cell = gtk_widget_get_next_sibling(cell))
    n += gtk_widget_get_visible(cell);
  return n;
}

/* The cells are in the order of their places, without gaps, and each says what it shows. */
static void assert_cells(Fixture *f) {
  GtkWidget *cell = gtk_widget_get_first_child(GTK_WIDGET(f->grid));
  guint position = ink_prediction_cell_get_position(INK_PREDICTION_CELL(cell));

  g_assert_cmpuint(position % COLUMNS, ==, 0);
  for (; cell && gtk_widget_get_visible(cell); cell = gtk_widget_get_next_sibling(cell)) {
    int label = ink_dataset_get_labels(f->dataset, INK_TEST)[position];
    g_autofree char *name = g_strdup_printf("Image %u, label %d, predicted %d, %s", position, label,
                                            position % 7 == 3 ? (label + 1) % CLASSES : label,
                                            position % 7 == 3 ? "wrong" : "right");

    g_assert_cmpuint(ink_prediction_cell_get_position(INK_PREDICTION_CELL(cell)), ==, position);
    gtk_test_accessible_assert_role(cell, GTK_ACCESSIBLE_ROLE_GRID_CELL);
    gtk_test_accessible_assert_property(cell, GTK_ACCESSIBLE_PROPERTY_LABEL, name);
    gtk_test_accessible_assert_state(cell, GTK_ACCESSIBLE_STATE_SELECTED,
                                     position == ink_prediction_grid_get_selected(f->grid));
    position++;
  }
}

static void assert_at(Fixture *f, guint cursor, guint selected) {
  GtkWidget *focus = gtk_root_get_focus(GTK_ROOT(f->window));

  g_assert_true(INK_IS_PREDICTION_CELL(focus));
  g_assert_true(focus == find_cell(f, cursor));
  g_assert_cmpuint(ink_prediction_grid_get_selected(f->grid), ==, selected);
}

static void press(Fixture *f, const char *key, guint cursor, guint selected) {
  test_press_key(f->window, key);
  assert_at(f, cursor, selected);
  assert_cells(f);
}

/* There are cells for what is in view, and not for more, wherever it is scrolled to. */
static void test_cells(Fixture *f, gconstpointer data) {
  static const double places[] = {0, 30, 84, 500, 470, 2000, 0, 1e6};

  for (guint i = 0; i < G_N_ELEMENTS(places); i++) {
    double top, height = gtk_widget_get_height(GTK_WIDGET(f->grid));

    gtk_adjustment_set_value(get_scroll(f), places[i]);
    assert_cells(f);
    g_assert_cmpuint(count_visible(f), <=, 70);
    for (top = 10; top < height; top += 20) {
      GtkWidget *grid = GTK_WIDGET(f->grid);

      test_wait_until(INK_IS_PREDICTION_CELL(gtk_widget_pick(grid, 10, top, GTK_PICK_DEFAULT)));
    }
  }
  g_assert_nonnull(find_cell(f, IMAGES - 1));
  g_assert_null(find_cell(f, IMAGES));
}

static void test_keys(Fixture *f, gconstpointer data) {
  GtkWidget *grid = GTK_WIDGET(f->grid);
  int height = gtk_widget_get_height(gtk_widget_get_first_child(grid));
  guint page = (gtk_widget_get_height(grid) / height - 1) * COLUMNS; /* a row stays in view */

  g_assert_cmpuint(page, >=, 2 * COLUMNS);
  gtk_widget_grab_focus(GTK_WIDGET(f->grid));
  assert_at(f, 0, GTK_INVALID_LIST_POSITION);
  press(f, "space", 0, 0);
  press(f, "Right", 1, 1);
  press(f, "Left", 0, 0);
  press(f, "Left", 0, 0);
  press(f, "Up", 0, 0);
  press(f, "Down", COLUMNS, COLUMNS);
  press(f, "ctrl+Right", COLUMNS + 1, COLUMNS);
  press(f, "Page_Down", COLUMNS + 1 + page, COLUMNS + 1 + page);
  press(f, "Page_Down", COLUMNS + 1 + 2 * page, COLUMNS + 1 + 2 * page);
  press(f, "Page_Up", COLUMNS + 1 + page, COLUMNS + 1 + page);
  press(f, "End", IMAGES - 1, IMAGES - 1);
  press(f, "Page_Down", IMAGES - 1, IMAGES - 1);
  press(f, "Down", IMAGES - 1, IMAGES - 1);
  press(f, "Up", IMAGES - 1 - COLUMNS, IMAGES - 1 - COLUMNS);
  press(f, "Home", 0, 0);
  press(f, "Page_Up", 0, 0);
  g_assert_cmpuint(f->activations, ==, 0);
  press(f, "Return", 0, 0);
  g_assert_cmpuint(f->activations, ==, 1);
  test_press_key(f->window, "Tab");
  g_assert_true(gtk_root_get_focus(GTK_ROOT(f->window)) == f->button);
  press(f, "shift+Tab", 0, 0);
}

/* From right to left the keys go with what is seen. */
static void test_right_to_left(Fixture *f, gconstpointer data) {
  gtk_widget_set_direction(GTK_WIDGET(f->grid), GTK_TEXT_DIR_RTL);
  gtk_widget_grab_focus(GTK_WIDGET(f->grid));
  press(f, "Left", 1, 1);
  press(f, "Right", 0, 0);
}

/* Scrolling by other means leaves the keys where they are, and they lead back there. */
static void test_scrolled_away(Fixture *f, gconstpointer data) {
  gtk_widget_grab_focus(GTK_WIDGET(f->grid));
  press(f, "Right", 1, 1);
  gtk_adjustment_set_value(get_scroll(f), 30);
  assert_at(f, 1, 1);
  gtk_adjustment_set_value(get_scroll(f), 2000);
  g_assert_true(gtk_root_get_focus(GTK_ROOT(f->window)) == GTK_WIDGET(f->grid));
  assert_cells(f);
  press(f, "Right", 2, 2);
  gtk_adjustment_set_value(get_scroll(f), 2000);
  gtk_adjustment_set_value(get_scroll(f), 0);
  assert_at(f, 2, 2);
}

static void test_click_cells(Fixture *f, gconstpointer data) {
  test_click_centre(find_cell(f, 4));
  test_wait_until(ink_prediction_grid_get_selected(f->grid) == 4);
  assert_at(f, 4, 4);
  g_assert_cmpuint(f->activations, ==, 0);
  test_click_centre(find_cell(f, 4));
  test_wait_until(f->activations == 1);
  assert_at(f, 4, 4);
}

/* Fewer images end within a row; the keys and the choice are among them. */
static void test_fewer(Fixture *f, gconstpointer data) {
  gtk_widget_grab_focus(GTK_WIDGET(f->grid));
  press(f, "End", IMAGES - 1, IMAGES - 1);
  show_images(f, 13);
  g_assert_cmpuint(count_visible(f), ==, 13);
  assert_at(f, 12, GTK_INVALID_LIST_POSITION);
  assert_cells(f);
  show_images(f, IMAGES);
  assert_at(f, 12, GTK_INVALID_LIST_POSITION);
  ink_prediction_list_set_source(f->list, NULL, NULL);
  g_assert_cmpuint(count_visible(f), ==, 0);
  test_press_key(f->window, "Page_Down");
}

int main(int argc, char *argv[]) {
  g_test_init(&argc, &argv, NULL);
  adw_init();
#define ADD(path, test)                                                                            \
  g_test_add("/ui/prediction-grid/" path, Fixture, NULL, set_up, test, tear_down)
  ADD("cells", test_cells);
  ADD("keys", test_keys);
  ADD("right-to-left", test_right_to_left);
  ADD("scrolled-away", test_scrolled_away);
  ADD("click", test_click_cells);
  ADD("fewer", test_fewer);
#undef ADD
  return g_test_run();
}
