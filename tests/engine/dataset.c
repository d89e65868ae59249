/* Whole data sets: by folder and by name, what is said of files that don't fit together, and use
 * from several threads. */
#include "engine/dataset.h"

#include "engine/catalogue.h"
#include "engine/idx.h"
#include "tests/support/idx-files.h"

#include <glib/gstdio.h>
#include <pthread.h>

typedef struct {
  char *folder;
} Fixture;

static void set_up(Fixture *fixture, gconstpointer data) {
  fixture->folder = test_make_folder();
  test_write_dataset(fixture->folder, 50, 20, 4, 1);
}

static void tear_down(Fixture *fixture, gconstpointer data) {
  test_remove_folder(fixture->folder);
}

static void write_idx(Fixture *fixture, const char *name, guint rank, const uint32_t shape[],
                      const uint8_t *values) {
  g_autoptr(GByteArray) idx = test_idx(rank, shape, values);
  test_write(fixture->folder, name, idx->data, idx->len);
}

static void assert_refused(const char *folder_or_name, GQuark domain, int code, const char *words) {
  g_autoptr(GError) error = NULL;
  g_assert_null(ink_dataset_open(folder_or_name, &error));
  g_assert_error(error, domain, code);
  if (!strstr(error->message, words))
    g_error("“%s” does not say “%s”", error->message, words);
  g_assert_true(g_str_has_suffix(error->message, "."));
}

static void test_folder(Fixture *fixture, gconstpointer data) {
  g_autoptr(GError) error = NULL;
  g_autoptr(InkDataset) dataset = ink_dataset_open(fixture->folder, &error);
  g_assert_no_error(error);
  g_autofree char *name = g_path_get_basename(fixture->folder);
  g_assert_cmpstr(ink_dataset_get_name(dataset), ==, name);
  g_assert_cmpstr(ink_dataset_get_title(dataset), ==, name);
  g_assert_cmpstr(ink_dataset_get_folder(dataset), ==, fixture->folder);
  g_assert_cmpint(ink_dataset_get_classes(dataset), ==, 4);
  g_assert_cmpstr(ink_dataset_get_class_name(dataset, 3), ==, "3");
  g_assert_cmpuint(g_strv_length((char **)ink_dataset_get_class_names(dataset)), ==, 4);
  g_assert_cmpuint(ink_dataset_get_count(dataset, INK_TRAIN), ==, 50);
  g_assert_cmpuint(ink_dataset_get_count(dataset, INK_TEST), ==, 20);
  g_assert_true(ink_dataset_verify_unchanged(dataset, &error));
  g_assert_no_error(error);

  /* The bar that the test images are made of is where the label says. */
  for (int i = 0; i < 20; i++) {
    int label = ink_dataset_get_labels(dataset, INK_TEST)[i];
    const uint8_t *image = ink_dataset_get_images(dataset, INK_TEST) + i * INK_PIXELS;
    g_assert_cmpint(image[label * (INK_PIXELS - 40) / 4], ==, 255);
  }
}

static void test_gzipped(Fixture *fixture, gconstpointer data) {
  g_autoptr(GError) error = NULL;
  g_autoptr(InkDataset) raw = ink_dataset_open(fixture->folder, &error);
  g_assert_no_error(error);
  g_autofree char *path = g_build_filename(fixture->folder, "train-images-idx3-ubyte", NULL);
  g_autofree char *bytes = NULL;
  gsize size;
  g_assert_true(g_file_get_contents(path, &bytes, &size, NULL));
  test_write_gzipped(fixture->folder, "train-images-idx3-ubyte.gz", bytes, size);
  g_assert_cmpint(g_unlink(path), ==, 0);

  g_autoptr(InkDataset) gzipped = ink_dataset_open(fixture->folder, &error);
  g_assert_no_error(error);
  g_assert_cmpstr(ink_dataset_get_identity(gzipped), ==, ink_dataset_get_identity(raw));
  g_assert_cmpmem(ink_dataset_get_images(gzipped, INK_TRAIN), 50 * INK_PIXELS,
                  ink_dataset_get_images(raw, INK_TRAIN), 50 * INK_PIXELS);
}

static void test_identity(Fixture *fixture, gconstpointer data) {
  g_autoptr(InkDataset) first = ink_dataset_open(fixture->folder, NULL);
  test_write_dataset(fixture->folder, 50, 20, 4, 2);
  g_autoptr(InkDataset) other = ink_dataset_open(fixture->folder, NULL);
  test_write_dataset(fixture->folder, 50, 20, 4, 1);
  g_autoptr(InkDataset) again = ink_dataset_open(fixture->folder, NULL);
  g_assert_cmpstr(ink_dataset_get_identity(first), !=, ink_dataset_get_identity(other));
  g_assert_cmpstr(ink_dataset_get_identity(first), ==, ink_dataset_get_identity(again));
}

static void test_missing_file(Fixture *fixture, gconstpointer data) {
  g_autofree char *path = g_build_filename(fixture->folder, "t10k-labels-idx1-ubyte", NULL);
  g_assert_cmpint(g_unlink(path), ==, 0);
  assert_refused(fixture->folder, INK_IDX_ERROR, INK_IDX_ERROR_MISSING,
                 "neither “t10k-labels-idx1-ubyte” nor “t10k-labels-idx1-ubyte.gz”");
}

static void test_forbidden_folder(Fixture *fixture, gconstpointer data) {
  test_forbid(fixture->folder);
  assert_refused(fixture->folder, INK_IDX_ERROR, INK_IDX_ERROR_UNREADABLE, "can’t be opened");
  test_allow(fixture->folder, 0700);
}

static void test_wrong_side(Fixture *fixture, gconstpointer data) {
  static const uint8_t images[2 * 30 * 27];
  write_idx(fixture, "train-images-idx3-ubyte", 3, (const uint32_t[]){2, 30, 27}, images);
  assert_refused(fixture->folder, INK_DATASET_ERROR, INK_DATASET_ERROR_INVALID,
                 "train-images-idx3-ubyte” holds images of 27 × 30 pixels");
}

static void test_unequal_counts(Fixture *fixture, gconstpointer data) {
  static const uint8_t labels[49];
  write_idx(fixture, "train-labels-idx1-ubyte", 1, (const uint32_t[]){49}, labels);
  assert_refused(fixture->folder, INK_DATASET_ERROR, INK_DATASET_ERROR_INVALID,
                 "train-labels-idx1-ubyte” holds 49 labels");
}

static void test_swapped(Fixture *fixture, gconstpointer data) {
  static const uint8_t labels[50];
  write_idx(fixture, "train-images-idx3-ubyte", 1, (const uint32_t[]){50}, labels);
  assert_refused(fixture->folder, INK_IDX_ERROR, INK_IDX_ERROR_INVALID, "may be swapped");
}

static void test_labels(Fixture *fixture, gconstpointer data) {
  uint8_t labels[20] = {0};
  labels[7] = 63;
  write_idx(fixture, "t10k-labels-idx1-ubyte", 1, (const uint32_t[]){20}, labels);
  g_autoptr(GError) error = NULL;
  g_autoptr(InkDataset) most = ink_dataset_open(fixture->folder, &error);
  g_assert_no_error(error);
  g_assert_cmpint(ink_dataset_get_classes(most), ==, 64);
  g_assert_cmpstr(ink_dataset_get_class_name(most, 63), ==, "63");

  labels[7] = 64;
  write_idx(fixture, "t10k-labels-idx1-ubyte", 1, (const uint32_t[]){20}, labels);
  assert_refused(fixture->folder, INK_DATASET_ERROR, INK_DATASET_ERROR_INVALID,
                 "t10k-labels-idx1-ubyte” gives image 7 the label 64; labels must be from 0 to 63");

  /* One class alone still makes a network of two. */
  static const uint8_t zeros[50];
  write_idx(fixture, "t10k-labels-idx1-ubyte", 1, (const uint32_t[]){20}, zeros);
  write_idx(fixture, "train-labels-idx1-ubyte", 1, (const uint32_t[]){50}, zeros);
  g_autoptr(InkDataset) least = ink_dataset_open(fixture->folder, &error);
  g_assert_no_error(error);
  g_assert_cmpint(ink_dataset_get_classes(least), ==, 2);
}

static void test_names(void) {
  assert_refused("no-such-name", INK_DATASET_ERROR, INK_DATASET_ERROR_UNKNOWN,
                 "neither a folder nor the name of a data set (mnist, fashion-mnist)");
  assert_refused("./no-such-folder", INK_DATASET_ERROR, INK_DATASET_ERROR_UNKNOWN,
                 "There is no folder “./no-such-folder”");
  assert_refused("", INK_DATASET_ERROR, INK_DATASET_ERROR_UNKNOWN, "neither a folder");
  assert_refused("mnist", INK_DATASET_ERROR, INK_DATASET_ERROR_ABSENT,
                 "MNIST is not on this computer; “inkling fetch mnist” downloads it");

  /* A name has its own class count: labels above it are refused. */
  g_autofree char *user = ink_catalogue_user_folder(ink_catalogue_find("mnist"));
  g_assert_cmpint(g_mkdir_with_parents(user, 0700), ==, 0);
  test_write_dataset(user, 30, 10, 3, 1);
  g_autoptr(GError) error = NULL;
  g_autoptr(InkDataset) mnist = ink_dataset_open("mnist", &error);
  g_assert_no_error(error);
  g_assert_cmpstr(ink_dataset_get_name(mnist), ==, "mnist");
  g_assert_cmpstr(ink_dataset_get_title(mnist), ==, "MNIST");
  g_assert_cmpstr(ink_dataset_get_folder(mnist), ==, user);
  g_assert_cmpint(ink_dataset_get_classes(mnist), ==, 10);
  test_write_dataset(user, 300, 10, 11, 1);
  assert_refused("mnist", INK_DATASET_ERROR, INK_DATASET_ERROR_INVALID,
                 "the label 10; labels must be from 0 to 9");
}

/* The real files of Debian's package. */
static void test_fashion_mnist(void) {
  g_autoptr(GError) error = NULL;
  g_autoptr(InkDataset) dataset = ink_dataset_open("fashion-mnist", &error);
  if (g_error_matches(error, INK_DATASET_ERROR, INK_DATASET_ERROR_ABSENT)) {
    g_test_skip("Fashion-MNIST is missing: install Debian's package dataset-fashion-mnist");
    return;
  }
  g_assert_no_error(error);
  g_assert_cmpstr(ink_dataset_get_title(dataset), ==, "Fashion-MNIST");
  g_assert_cmpuint(ink_dataset_get_count(dataset, INK_TRAIN), ==, 60000);
  g_assert_cmpuint(ink_dataset_get_count(dataset, INK_TEST), ==, 10000);
  g_assert_cmpstr(ink_dataset_get_class_name(dataset, 9), ==, "Ankle boot");
  int counts[10] = {0};
  for (int i = 0; i < 60000; i++)
    counts[ink_dataset_get_labels(dataset, INK_TRAIN)[i]]++;
  for (int i = 0; i < 10; i++)
    g_assert_cmpint(counts[i], ==, 6000);
}

static void *hold_and_drop(void *data) {
  for (int i = 0; i < 1000; i++)
    ink_dataset_unref(ink_dataset_ref(data));
  ink_dataset_unref(data);
  return NULL;
}

static void test_threads(Fixture *fixture, gconstpointer data) {
  InkDataset *dataset = ink_dataset_open(fixture->folder, NULL);
  pthread_t threads[4];
  for (int i = 0; i < 4; i++)
    g_assert_cmpint(pthread_create(&threads[i], NULL, hold_and_drop, ink_dataset_ref(dataset)), ==,
                    0);
  ink_dataset_unref(dataset);
  for (int i = 0; i < 4; i++)
    pthread_join(threads[i], NULL);
}

#define ADD(name, function) g_test_add(name, Fixture, NULL, set_up, function, tear_down)

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  ADD("/dataset/folder", test_folder);
  ADD("/dataset/gzipped", test_gzipped);
  ADD("/dataset/identity", test_identity);
  ADD("/dataset/missing-file", test_missing_file);
  ADD("/dataset/forbidden-folder", test_forbidden_folder);
  ADD("/dataset/wrong-side", test_wrong_side);
  ADD("/dataset/unequal-counts", test_unequal_counts);
  ADD("/dataset/swapped", test_swapped);
  ADD("/dataset/labels", test_labels);
  g_test_add_func("/dataset/names", test_names);
  g_test_add_func("/dataset/fashion-mnist", test_fashion_mnist);
  ADD("/dataset/threads", test_threads);
  return g_test_run();
}
