/* inkling predict: image files of any size and either polarity. */
#include "engine/dataset.h"
#include "tests/app/program.h"
#include "tests/support/idx-files.h"

#include <gdk-pixbuf/gdk-pixbuf.h>
#include <math.h>
#include <string.h>

typedef struct {
  char *folder, *model;
  InkDataset *dataset;
} Fixture;

/* A data set of four classes, and a model trained on it. */
static void set_up(Fixture *fixture, gconstpointer data) {
  g_autoptr(GError) error = NULL;
  fixture->folder = test_make_folder();
  fixture->model = g_build_filename(fixture->folder, "model.safetensors", NULL);
  test_write_dataset(fixture->folder, 600, 100, 4, 1);
  g_autoptr(TestRun) run = test_run("train", "--data", fixture->folder, "--batch", "50", "--device",
                                    "cpu", "--save", fixture->model, "--json");
  test_assert_status(run, 0, NULL);
  fixture->dataset = ink_dataset_open(fixture->folder, &error);
  g_assert_no_error(error);
}

static void tear_down(Fixture *fixture, gconstpointer data) {
  ink_dataset_unref(fixture->dataset);
  g_free(fixture->model);
  test_remove_folder(fixture->folder);
}

/* An image of size × size greys: paper, and on it a figure "7" of ink scaled to it. */
static char *write_seven(Fixture *fixture, const char *name, int size, guint8 paper, guint8 ink) {
  g_autoptr(GError) error = NULL;
  g_autoptr(GdkPixbuf) pixbuf = gdk_pixbuf_new(GDK_COLORSPACE_RGB, FALSE, 8, size, size);
  guint8 *pixels = gdk_pixbuf_get_pixels(pixbuf);
  char *path = g_build_filename(fixture->folder, name, NULL);
  for (int y = 0; y < size; y++)
    for (int x = 0; x < size; x++) {
      double u = (x + 0.5) / size, v = (y + 0.5) / size;
      gboolean top = v > 0.2 && v < 0.28 && u > 0.3 && u < 0.7;
      gboolean stem = v >= 0.28 && v < 0.8 && fabs(u - (0.76 - 0.35 * v)) < 0.04;
      memset(pixels + y * gdk_pixbuf_get_rowstride(pixbuf) + x * 3, top || stem ? ink : paper, 3);
    }
  gdk_pixbuf_save(pixbuf, path, "png", &error, NULL);
  g_assert_no_error(error);
  return path;
}

static void probabilities_of(JsonObject *line, double values[4]) {
  JsonArray *array = json_object_get_array_member(line, "probabilities");
  g_assert_cmpuint(json_array_get_length(array), ==, 4);
  double sum = 0;
  for (guint i = 0; i < 4; i++)
    sum += values[i] = json_array_get_double_element(array, i);
  g_assert_cmpfloat_with_epsilon(sum, 1, 1e-5);
}

/* Ink on paper is the same picture, whichever of them is dark, and the same figure at any size. */
static void test_polarity_and_size(Fixture *fixture, gconstpointer data) {
  g_autofree char *dark = write_seven(fixture, "dark.png", 300, 255, 0);
  g_autofree char *light = write_seven(fixture, "light.png", 300, 0, 255);
  g_autofree char *large = write_seven(fixture, "large.png", 900, 255, 0);
  g_autoptr(TestRun) run =
      test_run("predict", "--model", fixture->model, "--json", dark, light, large);
  test_assert_status(run, 0, NULL);
  g_autoptr(GPtrArray) lines = test_json_lines(run);
  g_assert_cmpuint(lines->len, ==, 3);
  g_assert_cmpstr(json_object_get_string_member(lines->pdata[1], "file"), ==, light);
  double expected[4], found[4];
  probabilities_of(lines->pdata[0], expected);
  probabilities_of(lines->pdata[1], found);
  for (guint class = 0; class < 4; class ++)
    g_assert_cmpfloat_with_epsilon(found[class], expected[class], 1e-6);
  g_assert_cmpint(json_object_get_int_member(lines->pdata[2], "class"), ==,
                  json_object_get_int_member(lines->pdata[0], "class"));
}

/* A test image as a PNG file of 28×28 goes in as it is, so that it is read as the data set is. */
static void test_plain_image(Fixture *fixture, gconstpointer data) {
  const guint8 *image = ink_dataset_get_images(fixture->dataset, INK_TEST);
  g_autoptr(GdkPixbuf) pixbuf = gdk_pixbuf_new(GDK_COLORSPACE_RGB, FALSE, 8, INK_SIDE, INK_SIDE);
  g_autofree char *path = g_build_filename(fixture->folder, "0.png", NULL);
  g_autoptr(GError) error = NULL;
  for (int i = 0; i < INK_PIXELS; i++)
    memset(gdk_pixbuf_get_pixels(pixbuf) + i / INK_SIDE * gdk_pixbuf_get_rowstride(pixbuf) +
               i % INK_SIDE * 3,
           image[i], 3);
  gdk_pixbuf_save(pixbuf, path, "png", &error, NULL);
  g_assert_no_error(error);

  g_autoptr(TestRun) run = test_run("predict", "--model", fixture->model, path, "--json");
  test_assert_status(run, 0, NULL);
  g_autoptr(GPtrArray) lines = test_json_lines(run);
  JsonObject *line = lines->pdata[0];
  int label = ink_dataset_get_labels(fixture->dataset, INK_TEST)[0];
  g_autofree char *name = g_strdup_printf("%d", label);
  g_assert_cmpint(json_object_get_int_member(line, "class"), ==, label);
  g_assert_cmpstr(json_object_get_string_member(line, "label"), ==, name);
}

static void test_text(Fixture *fixture, gconstpointer data) {
  g_autofree char *path = write_seven(fixture, "seven.png", 100, 255, 0);
  g_autoptr(TestRun) run = test_run("predict", "--model", fixture->model, path);
  test_assert_status(run, 0, NULL);
  g_assert_true(g_str_has_prefix(run->out, path));
  g_assert_nonnull(strstr(run->out, " %)"));
}

/* What can't be read is said in a sentence each, and the rest is read. */
static void test_some_unreadable(Fixture *fixture, gconstpointer data) {
  g_autofree char *good = write_seven(fixture, "good.png", 100, 255, 0);
  g_autoptr(TestRun) run =
      test_run("predict", "--model", fixture->model, "--json", "/proc/nonexistent/a.png", good);
  test_assert_status(run, 1, "/proc/nonexistent/a.png");
  g_autoptr(GPtrArray) lines = test_json_lines(run);
  g_assert_cmpuint(lines->len, ==, 1);
  g_autoptr(TestRun) other = test_run("predict", "--model", fixture->model, fixture->model);
  test_assert_status(other, 1, fixture->model);
  g_assert_true(g_str_has_suffix(
      other->err, "can’t be read as an image: it has no format that is known here, such as PNG or "
                  "JPEG.\n"));
  g_autoptr(TestRun) folder = test_run("predict", "--model", fixture->model, fixture->folder);
  test_assert_status(folder, 1, fixture->folder);
}

static void test_usage(Fixture *fixture, gconstpointer data) {
  g_autoptr(TestRun) image = test_run("predict", "--model", fixture->model);
  test_assert_status(image, 2, "image");
  g_autoptr(TestRun) model = test_run("predict", "a.png");
  test_assert_status(model, 2, "--model");
  g_autoptr(TestRun) unknown = test_run("predict", "--bogus");
  test_assert_status(unknown, 2, "--bogus");
}

#define ADD(name, function) g_test_add("/predict/" name, Fixture, NULL, set_up, function, tear_down)

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  ADD("polarity-and-size", test_polarity_and_size);
  ADD("plain-image", test_plain_image);
  ADD("text", test_text);
  ADD("some-unreadable", test_some_unreadable);
  ADD("usage", test_usage);
  return g_test_run();
}
