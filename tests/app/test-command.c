/* inkling test: on a data set and on strokes. */
#include "tests/app/program.h"
#include "tests/support/idx-files.h"

#include <string.h>

typedef struct {
  char *folder, *data, *model;
} Fixture;

/* A data set of ten classes, and a model trained on it. */
static void set_up(Fixture *fixture, gconstpointer data) {
  fixture->folder = test_make_folder();
  fixture->data = g_build_filename(fixture->folder, "data", NULL);
  fixture->model = g_build_filename(fixture->folder, "model.safetensors", NULL);
  g_assert_cmpint(g_mkdir_with_parents(fixture->data, 0755), ==, 0);
  test_write_dataset(fixture->data, 1000, 200, 10, 1);
  g_autoptr(TestRun) run = test_run("train", "--data", fixture->data, "--batch", "50", "--device",
                                    "cpu", "--save", fixture->model, "--json");
  test_assert_status(run, 0, NULL);
}

static void tear_down(Fixture *fixture, gconstpointer data) {
  g_free(fixture->data);
  g_free(fixture->model);
  test_remove_folder(fixture->folder);
}

static JsonObject *only_line(GPtrArray *lines) {
  g_assert_cmpuint(lines->len, ==, 1);
  return lines->pdata[0];
}

/* The saved model is right as often as it was at the end of its training. */
static void test_dataset(Fixture *fixture, gconstpointer data) {
  g_autofree char *again = g_build_filename(fixture->folder, "again.safetensors", NULL);
  g_autoptr(TestRun) train = test_run("train", "--data", fixture->data, "--steps", "3", "--device",
                                      "cpu", "--batch", "50", "--save", again, "--json");
  test_assert_status(train, 0, NULL);
  g_autoptr(GPtrArray) trained = test_json_lines(train);
  g_autoptr(TestRun) test = test_run("test", "--data", fixture->data, "--model", again, "--json");
  test_assert_status(test, 0, NULL);
  g_autoptr(GPtrArray) tested = test_json_lines(test);
  JsonObject *a = trained->pdata[trained->len - 1], *b = only_line(tested);
  g_assert_cmpstr(json_object_get_string_member(b, "event"), ==, "done");
  g_assert_cmpint(json_object_get_int_member(b, "total"), ==, 200);
  g_assert_cmpint(json_object_get_int_member(b, "correct"), ==,
                  json_object_get_int_member(a, "test_correct"));
  g_assert_cmpfloat(json_object_get_double_member(b, "accuracy"), ==,
                    json_object_get_double_member(a, "test_accuracy"));
}

static void test_text(Fixture *fixture, gconstpointer data) {
  g_autoptr(TestRun) run = test_run("test", "--data", fixture->data, "--model", fixture->model);
  test_assert_status(run, 0, NULL);
  g_assert_nonnull(strstr(run->out, "of 200 right"));
}

static void write_strokes(Fixture *fixture, const char *text, char **path) {
  *path = g_build_filename(fixture->folder, "strokes.unipen", NULL);
  test_write(fixture->folder, "strokes.unipen", text, strlen(text));
}

#define SEVEN ".SEGMENT DIGIT 0 ? \"7\"\n.PEN_DOWN\n 0 100\n 60 100\n 20 0\n.PEN_UP\n"

#define ONE ".SEGMENT DIGIT 1 ? \"1\"\n.PEN_DOWN\n 0 10\n 6 10\n 2 0\n.PEN_UP\n"

/* Digits that look the same, labelled 7 and 1, and more than are tested together: either all of one
 * label are read right, or none. */
static void test_strokes(Fixture *fixture, gconstpointer data) {
  enum { SEVENS = 1001, ONES = 999 };
  g_autoptr(GString) text = g_string_new(NULL);
  g_autofree char *path = NULL;
  for (int i = 0; i < SEVENS + ONES; i++)
    g_string_append(text, i < SEVENS ? SEVEN : ONE);
  write_strokes(fixture, text->str, &path);
  g_autoptr(TestRun) run = test_run("test", "--strokes", path, "--model", fixture->model, "--json");
  test_assert_status(run, 0, NULL);
  g_autoptr(GPtrArray) lines = test_json_lines(run);
  g_assert_cmpint(json_object_get_int_member(only_line(lines), "total"), ==, SEVENS + ONES);
  gint64 correct = json_object_get_int_member(only_line(lines), "correct");
  g_assert_true(correct == SEVENS || correct == ONES || correct == 0);
}

static void test_refused_strokes(Fixture *fixture, gconstpointer data) {
  g_autofree char *damaged = NULL, *unknown = NULL;
  write_strokes(fixture, SEVEN "not a keyword\n.PEN_DOWN\nnot a point\n", &damaged);
  g_autoptr(TestRun) damaged_run =
      test_run("test", "--strokes", damaged, "--model", fixture->model);
  test_assert_status(damaged_run, 1, damaged);
  write_strokes(fixture, ".SEGMENT LETTER 0 ? \"ß\"\n", &unknown);
  g_autoptr(TestRun) unknown_run =
      test_run("test", "--strokes", unknown, "--model", fixture->model);
  test_assert_status(unknown_run, 1, "ß");
  g_autoptr(TestRun) missing =
      test_run("test", "--strokes", "/proc/nonexistent/s", "--model", fixture->model);
  test_assert_status(missing, 1, "/proc/nonexistent/s");
}

static void test_usage(Fixture *fixture, gconstpointer data) {
  g_autoptr(TestRun) model = test_run("test", "--data", fixture->data);
  test_assert_status(model, 2, "--model");
  g_autoptr(TestRun) both =
      test_run("test", "--model", fixture->model, "--data", "a", "--strokes", "b");
  test_assert_status(both, 2, "--strokes");
  g_autoptr(TestRun) pool = test_run("test", "--model", fixture->model, "--pool", "median");
  test_assert_status(pool, 2, "median");
}

static void test_refused(Fixture *fixture, gconstpointer data) {
  g_autoptr(TestRun) missing = test_run("test", "--model", "/proc/nonexistent/m");
  test_assert_status(missing, 1, "/proc/nonexistent/m");
  g_autofree char *images = g_build_filename(fixture->data, "t10k-images-idx3-ubyte", NULL);
  g_autoptr(TestRun) other = test_run("test", "--model", images, "--data", fixture->data);
  test_assert_status(other, 1, images);

  g_autofree char *letters = g_build_filename(fixture->folder, "letters", NULL);
  g_assert_cmpint(g_mkdir_with_parents(letters, 0755), ==, 0);
  test_write_dataset(letters, 100, 100, 26, 1);
  g_autoptr(TestRun) classes = test_run("test", "--model", fixture->model, "--data", letters);
  test_assert_status(classes, 1, "26");
}

#define ADD(name, function) g_test_add("/test/" name, Fixture, NULL, set_up, function, tear_down)

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  ADD("dataset", test_dataset);
  ADD("text", test_text);
  ADD("strokes", test_strokes);
  ADD("refused-strokes", test_refused_strokes);
  ADD("usage", test_usage);
  ADD("refused", test_refused);
  return g_test_run();
}
