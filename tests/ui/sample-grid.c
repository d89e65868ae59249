#include "ui/sample-grid.h"
#include "tests/support/idx-files.h"
#include "tests/support/input.h"

#include <adwaita.h>

enum { TRAIN = 300, BATCH = 200, WRONG = 7 };

/* A grid in a window, and a batch of the last 200 training images, whose every 29th is wrong. */
typedef struct {
  char *folder;
  InkDataset *dataset;
  guint32 samples[BATCH];
  guint8 predicted[BATCH];
  float probability[BATCH], loss[BATCH];
  InkBatchView batch;
  GtkWidget *window;
  InkSampleGrid *grid;
} Fixture;

static void set_up(Fixture *f, gconstpointer data) {
  g_autoptr(GError) error = NULL;
  const guint8 *labels;

  f->folder = test_make_folder();
  test_write_dataset(f->folder, TRAIN, 10, 10, 1);
  f->dataset = ink_dataset_open(f->folder, &error);
  g_assert_no_error(error);
  labels = ink_dataset_get_labels(f->dataset, INK_TRAIN);
  for (guint i = 0; i < BATCH; i++) {
    f->samples[i] = TRAIN - BATCH + i;
    f->predicted[i] = labels[f->samples[i]];
    if (i % 29 == 3)
      f->predicted[i] = (f->predicted[i] + 1) % 10;
    f->probability[i] = 0.5f;
  }
  f->batch = (InkBatchView){BATCH, f->samples, f->predicted, f->probability, f->loss};

  f->window = gtk_window_new();
  f->grid = INK_SAMPLE_GRID(ink_sample_grid_new());
  gtk_widget_set_valign(GTK_WIDGET(f->grid), GTK_ALIGN_START);
  gtk_window_set_child(GTK_WINDOW(f->window), GTK_WIDGET(f->grid));
  gtk_window_set_default_size(GTK_WINDOW(f->window), 811, 260);
  ink_sample_grid_show_first(f->grid, f->dataset);
  test_show_window(GTK_WINDOW(f->window));
}

static void tear_down(Fixture *f, gconstpointer data) {
  gtk_window_destroy(GTK_WINDOW(f->window));
  ink_dataset_unref(f->dataset);
  test_remove_folder(f->folder);
}

static void assert_described(Fixture *f, const char *label, const char *description) {
  g_autofree char *difference = gtk_test_accessible_check_property(
      GTK_ACCESSIBLE(f->grid), GTK_ACCESSIBLE_PROPERTY_LABEL, label);

  g_assert_cmpstr(difference, ==, NULL);
  g_clear_pointer(&difference, g_free);
  difference = gtk_test_accessible_check_property(GTK_ACCESSIBLE(f->grid),
                                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, description);
  g_assert_cmpstr(difference, ==, NULL);
}

static void test_wrong_ones_come_first(Fixture *f, gconstpointer data) {
  guint order[24], right;
  const guint8 *labels = ink_dataset_get_labels(f->dataset, INK_TRAIN);

  g_assert_cmpuint(ink_sample_grid_order(&f->batch, labels, 24, order, &right), ==, 24);
  g_assert_cmpuint(right, ==, BATCH - WRONG);
  for (guint i = 0; i < WRONG; i++)
    g_assert_cmpuint(order[i], ==, 3 + 29 * i);
  for (guint i = WRONG, expected = 0; i < 24; i++, expected++) {
    expected += expected % 29 == 3;
    g_assert_cmpuint(order[i], ==, expected);
  }
}

static void test_short_batch(Fixture *f, gconstpointer data) {
  guint order[24], right;

  f->batch.count = 5;
  g_assert_cmpuint(ink_sample_grid_order(&f->batch, ink_dataset_get_labels(f->dataset, INK_TRAIN),
                                         24, order, &right),
                   ==, 5);
  g_assert_cmpuint(right, ==, 4);
  ink_sample_grid_show_batch(f->grid, f->dataset, &f->batch);
  test_turn();
}

static void test_first_images(Fixture *f, gconstpointer data) {
  g_autoptr(GString) expected = g_string_new(NULL);
  const guint8 *labels = ink_dataset_get_labels(f->dataset, INK_TRAIN);

  for (guint i = 0; i < 24; i++)
    g_string_append_printf(expected, "%s%d", i ? ", " : "", labels[i]);
  assert_described(f, "First training images", expected->str);
}

static void test_batch_is_told(Fixture *f, gconstpointer data) {
  g_autoptr(GString) expected = g_string_new("193 of 200 right");
  const guint8 *labels = ink_dataset_get_labels(f->dataset, INK_TRAIN);
  guint order[24], right;

  ink_sample_grid_show_batch(f->grid, f->dataset, &f->batch);
  ink_sample_grid_order(&f->batch, labels, 24, order, &right);
  for (guint i = 0; i < 24; i++) {
    int label = labels[f->samples[order[i]]];

    g_string_append_printf(expected, i < WRONG ? ", %d taken for %d" : ", %d", label,
                           f->predicted[order[i]]);
  }
  assert_described(f, "Current batch", expected->str);
}

static int measure_height(Fixture *f) {
  int height;

  gtk_widget_measure(GTK_WIDGET(f->grid), GTK_ORIENTATION_VERTICAL, -1, &height, NULL, NULL, NULL);
  return height;
}

static void test_rows(Fixture *f, gconstpointer data) {
  int two = measure_height(f);

  ink_sample_grid_set_rows(f->grid, 1);
  g_assert_cmpint(measure_height(f), <, two - 58);
}

static void test_no_dataset(Fixture *f, gconstpointer data) {
  ink_sample_grid_show_first(f->grid, NULL);
  assert_described(f, "First training images", "");
  test_turn();
}

#define ADD(path, function) g_test_add(path, Fixture, NULL, set_up, function, tear_down)

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  adw_init();
  ADD("/ui/sample-grid/wrong-ones-come-first", test_wrong_ones_come_first);
  ADD("/ui/sample-grid/short-batch", test_short_batch);
  ADD("/ui/sample-grid/first-images", test_first_images);
  ADD("/ui/sample-grid/batch-is-told", test_batch_is_told);
  ADD("/ui/sample-grid/rows", test_rows);
  ADD("/ui/sample-grid/no-dataset", test_no_dataset);
  return g_test_run();
}
