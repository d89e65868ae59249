#include "tests/app/train-fixture.h"
#include "tests/support/idx-files.h"

#include <glib/gstdio.h>

void test_set_up(Fixture *fixture, gconstpointer data) {
  fixture->folder = test_make_folder();
  fixture->data = g_build_filename(fixture->folder, "data", NULL);
  g_assert_cmpint(g_mkdir_with_parents(fixture->data, 0755), ==, 0);
  test_write_dataset(fixture->data, TRAIN, TEST, CLASSES, 1);
}

void test_tear_down(Fixture *fixture, gconstpointer data) {
  g_free(fixture->data);
  test_remove_folder(fixture->folder);
}

char *test_path_in(Fixture *fixture, const char *name) {
  return g_build_filename(fixture->folder, name, NULL);
}
