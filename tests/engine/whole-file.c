#include "engine/whole-file.h"
#include "tests/support/idx-files.h"

#include <glib/gstdio.h>

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

typedef struct {
  char *folder, *path;
} Fixture;

static void set_up(Fixture *fixture, gconstpointer data) {
  fixture->folder = test_make_folder();
  fixture->path = g_build_filename(fixture->folder, "file", NULL);
}

static void tear_down(Fixture *fixture, gconstpointer data) {
  g_free(fixture->path);
  test_remove_folder(fixture->folder);
}

static void assert_refused(const char *path, gsize most_bytes, const char *words) {
  g_autoptr(GError) error = NULL;
  char *contents = NULL;
  gsize length;
  g_assert_false(ink_whole_file_read(path, most_bytes, &contents, &length, &error));
  g_assert_true(error->domain == G_FILE_ERROR);
  g_assert_nonnull(strstr(error->message, path));
  g_assert_nonnull(strstr(error->message, words));
  g_assert_true(g_str_has_suffix(error->message, "."));
  g_assert_null(contents);
}

/* Up to its limit a file is read to the last byte, zeros among them. */
static void test_size(Fixture *fixture, gconstpointer data) {
  g_autoptr(GError) error = NULL;
  g_autofree char *contents = NULL;
  gsize length;
  test_write(fixture->folder, "file", "a\0b", 3);
  g_assert_true(ink_whole_file_read(fixture->path, 3, &contents, &length, &error));
  g_assert_no_error(error);
  g_assert_cmpmem(contents, length + 1, "a\0b", 4);
  assert_refused(fixture->path, 2, "too large: it may have 2 bytes");
}

/* None of these is waited for. */
static void test_no_files(Fixture *fixture, gconstpointer data) {
  assert_refused(fixture->path, 9, "Can’t open");
  assert_refused(fixture->folder, 9, "is not a file");
  assert_refused("/dev/zero", 9, "is not a file");
  g_assert_cmpint(mkfifo(fixture->path, 0600), ==, 0);
  assert_refused(fixture->path, 9, "is not a file");
}

/* One sentence, which names the file once. */
static void test_forbidden(Fixture *fixture, gconstpointer data) {
  g_autofree char *sentence = NULL;
  test_write(fixture->folder, "file", "a", 1);
  g_assert_cmpint(g_chmod(fixture->folder, 0755), ==, 0);
  test_forbid(fixture->path);
  sentence = g_strdup_printf("Can’t open “%s”: %s.", fixture->path, g_strerror(EACCES));
  assert_refused(fixture->path, 9, sentence);
  test_allow(fixture->path, 0600);
}

#define ADD(name, function) g_test_add(name, Fixture, NULL, set_up, function, tear_down)

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  ADD("/whole-file/size", test_size);
  ADD("/whole-file/no-files", test_no_files);
  ADD("/whole-file/forbidden", test_forbidden);
  return g_test_run();
}
