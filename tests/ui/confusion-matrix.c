#include "ui/confusion-matrix.h"
#include "ui/confusion-drawing.h"
#include "tests/support/idx-files.h"
#include "tests/support/input.h"

#include <adwaita.h>

enum { IMAGES = 600 };

/* A matrix in a window, of a test whose every tenth image is read as the class after its own. */
typedef struct {
  char *folder;
  InkDataset *dataset;
  guint8 predicted[IMAGES];
  InkTestResult result;
  GtkWidget *window;
  InkConfusionMatrix *matrix;
} Fixture;

static void set_up(Fixture *f, gconstpointer data) {
  g_autoptr(GError) error = NULL;
  guint classes = GPOINTER_TO_UINT(data);
  const guint8 *labels;

  f->folder = test_make_folder();
  test_write_dataset(f->folder, 10, IMAGES, classes, 1);
  f->dataset = ink_dataset_open(f->folder, &error);
  g_assert_no_error(error);
  g_assert_cmpint(ink_dataset_get_classes(f->dataset), ==, classes);

  labels = ink_dataset_get_labels(f->dataset, INK_TEST);
  for (guint i = 0; i < IMAGES; i++)
    f->predicted[i] = i % 10 == 0 ? (labels[i] + 1) % classes : labels[i];
  f->result = (InkTestResult){.count = IMAGES, .classes = classes, .predicted = f->predicted};

  f->window = gtk_window_new();
  f->matrix = INK_CONFUSION_MATRIX(ink_confusion_matrix_new());
  gtk_window_set_child(GTK_WINDOW(f->window), GTK_WIDGET(f->matrix));
  ink_confusion_matrix_set_source(f->matrix, f->dataset, &f->result);
  gtk_window_set_default_size(GTK_WINDOW(f->window), 452, -1);
  test_show_window(GTK_WINDOW(f->window));
}

static void tear_down(Fixture *f, gconstpointer data) {
  gtk_window_destroy(GTK_WINDOW(f->window));
  ink_dataset_unref(f->dataset);
  test_remove_folder(f->folder);
}

static void assert_filter(Fixture *f, int label, int predicted) {
  int is_label, is_predicted;

  g_object_get(f->matrix, "label", &is_label, "predicted", &is_predicted, NULL);
  g_assert_cmpint(is_label, ==, label);
  g_assert_cmpint(is_predicted, ==, predicted);
}

static void click_cell(Fixture *f, int label, int predicted) {
  graphene_rect_t cell;

  g_assert_true(ink_confusion_matrix_get_cell(f->matrix, label, predicted, &cell));
  test_click(GTK_WIDGET(f->matrix), cell.origin.x + cell.size.width / 2,
             cell.origin.y + cell.size.height / 2);
}

static void test_count(Fixture *f, gconstpointer data) {
  const guint8 *labels = ink_dataset_get_labels(f->dataset, INK_TEST);
  g_autofree InkConfusion *confusion = g_new(InkConfusion, 1);
  guint counted = 0;

  ink_confusion_count(confusion, f->dataset, &f->result);
  g_assert_cmpint(confusion->classes, ==, 10);
  for (int i = 0; i < 10; i++)
    for (int j = 0; j < 10; j++) {
      guint expected = 0;
      for (guint k = 0; k < IMAGES; k++)
        expected += labels[k] == i && f->predicted[k] == j;
      g_assert_cmpuint(confusion->counts[i][j], ==, expected);
      counted += confusion->counts[i][j];
      if (i != j)
        g_assert_cmpuint(confusion->largest, >=, expected);
    }
  g_assert_cmpuint(counted, ==, IMAGES);
  for (int i = 0; i < 10; i++)
    g_assert_cmpfloat(ink_confusion_get_share_wrong(confusion, i), ==,
                      (double)confusion->counts[i][(i + 1) % 10] / confusion->totals[i]);
  g_assert_cmpfloat(ink_confusion_get_tint(confusion, 0, 5), ==, 0);

  ink_confusion_count(confusion, NULL, NULL);
  g_assert_cmpint(confusion->classes, ==, 0);
  g_assert_cmpuint(confusion->largest, ==, 0);
}

static void test_click_filters(Fixture *f, gconstpointer data) {
  assert_filter(f, INK_ANY_CLASS, INK_ANY_CLASS);
  click_cell(f, 4, 9);
  assert_filter(f, 4, 9);
  click_cell(f, 0, 0);
  assert_filter(f, 0, 0);
  click_cell(f, 0, 0);
  assert_filter(f, INK_ANY_CLASS, INK_ANY_CLASS);
}

/* A click on a class at the side or the top filters by it alone. */
static void test_click_names(Fixture *f, gconstpointer data) {
  graphene_rect_t cell;

  g_assert_true(ink_confusion_matrix_get_cell(f->matrix, 3, 7, &cell));
  test_click(GTK_WIDGET(f->matrix), 20, cell.origin.y + cell.size.height / 2);
  assert_filter(f, 3, INK_ANY_CLASS);
  test_click(GTK_WIDGET(f->matrix), cell.origin.x + cell.size.width / 2, 20);
  assert_filter(f, INK_ANY_CLASS, 7);
  test_click(GTK_WIDGET(f->matrix), 2, 2);
  assert_filter(f, INK_ANY_CLASS, 7);
}

static void test_keys(Fixture *f, gconstpointer data) {
  GtkWidget *matrix = GTK_WIDGET(f->matrix);

  gtk_widget_grab_focus(matrix);
  test_send(matrix, "key Down Down Right space");
  assert_filter(f, 2, 1);
  test_press_key(matrix, "Return");
  assert_filter(f, INK_ANY_CLASS, INK_ANY_CLASS);
  test_send(matrix, "key KP_End KP_Enter");
  assert_filter(f, 2, 9);
  test_send(matrix, "key Up Up Up Home Return");
  assert_filter(f, 0, 0);
}

/* 30 px for ten classes, 6 px for 64; all of it in the card's 452 px. */
static void test_sizes(Fixture *f, gconstpointer data) {
  guint classes = GPOINTER_TO_UINT(data);
  int cell = ink_confusion_matrix_get_cell_size(f->matrix, 452);
  int minimum, height;
  graphene_rect_t last;

  gtk_widget_measure(GTK_WIDGET(f->matrix), GTK_ORIENTATION_HORIZONTAL, -1, &minimum, NULL, NULL,
                     NULL);
  g_assert_cmpint(minimum, <=, 452);
  gtk_widget_measure(GTK_WIDGET(f->matrix), GTK_ORIENTATION_VERTICAL, 452, &height, NULL, NULL,
                     NULL);
  g_assert_true(ink_confusion_matrix_get_cell(f->matrix, classes - 1, classes - 1, &last));
  g_assert_cmpfloat(last.origin.y + last.size.height, <=, height);
  g_assert_cmpfloat(last.origin.x + last.size.width, <=, 452);
  if (classes <= 10)
    g_assert_cmpint(cell, ==, 30);
  else if (classes == 26) /* such as letters: their names fit, the numbers of shares do not */
    g_assert_cmpint(cell, >=, 12);
  else if (classes == 64)
    g_assert_cmpint(cell, ==, 6);
  click_cell(f, classes - 1, 0);
  assert_filter(f, classes - 1, 0);
}

/* The whole content can be read out, and what a cell holds is said as the keys move. */
static void test_words(Fixture *f, gconstpointer data) {
  GtkAccessible *matrix = GTK_ACCESSIBLE(f->matrix);
  g_autofree InkConfusion *confusion = g_new(InkConfusion, 1);
  g_autofree char *description = NULL, *first = NULL;

  ink_confusion_count(confusion, f->dataset, &f->result);
  description = ink_confusion_describe(confusion);
  first =
      g_strdup_printf("0: %u images, %.1f\u00a0%% wrong, %u read as 1\n", confusion->totals[0],
                      100 * ink_confusion_get_share_wrong(confusion, 0), confusion->counts[0][1]);
  g_assert_true(g_str_has_prefix(description, first));
  gtk_test_accessible_assert_role(matrix, GTK_ACCESSIBLE_ROLE_IMG);
  gtk_test_accessible_assert_property(matrix, GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, description);

  ink_confusion_matrix_set_source(f->matrix, NULL, NULL);
  gtk_test_accessible_assert_property(matrix, GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, "");
  gtk_test_accessible_assert_property(matrix, GTK_ACCESSIBLE_PROPERTY_LABEL, "Confusion matrix");
}

int main(int argc, char *argv[]) {
  g_test_init(&argc, &argv, NULL);
  adw_init();
#define ADD(path, classes, test)                                                                   \
  g_test_add("/ui/confusion-matrix/" path, Fixture, GUINT_TO_POINTER(classes), set_up, test,       \
             tear_down)
  ADD("count", 10, test_count);
  ADD("click", 10, test_click_filters);
  ADD("click-names", 10, test_click_names);
  ADD("keys", 10, test_keys);
  ADD("words", 10, test_words);
  ADD("sizes-2", 2, test_sizes);
  ADD("sizes-10", 10, test_sizes);
  ADD("sizes-26", 26, test_sizes);
  ADD("sizes-64", 64, test_sizes);
#undef ADD
  return g_test_run();
}
