/* inkling fetch. Downloading itself is tested in tests/engine/fetch.c. */
#include "engine/catalogue.h"
#include "tests/app/program.h"

#include <string.h>

static void test_unknown_name(void) {
  g_autoptr(TestRun) run = test_run("fetch", "nosuchset");
  test_assert_status(run, 2, "nosuchset");
}

/* Nothing is fetched that is there. */
static void test_already_there(void) {
  const InkCatalogueEntry *mnist = ink_catalogue_find("mnist");
  g_autofree char *folder = ink_catalogue_locate(mnist);
  g_autofree char *user_folder = ink_catalogue_user_folder(mnist);
  if (g_strcmp0(folder, user_folder) != 0) {
    g_test_skip("the MNIST files are not in the user’s data folder; “inkling fetch mnist” puts "
                "them there");
    return;
  }
  g_autoptr(TestRun) run = test_run("fetch");
  test_assert_status(run, 0, NULL);
  g_assert_nonnull(strstr(run->out, folder));
}

static void test_no_place(void) {
  g_autofree char *before = g_strdup(g_getenv("XDG_DATA_HOME"));
  g_setenv("XDG_DATA_HOME", "/dev/null", TRUE);
  g_autoptr(TestRun) run = test_run("fetch", "mnist");
  test_assert_status(run, 1, "/dev/null");
  before ? g_setenv("XDG_DATA_HOME", before, TRUE) : g_unsetenv("XDG_DATA_HOME");
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/fetch/unknown-name", test_unknown_name);
  g_test_add_func("/fetch/already-there", test_already_there);
  g_test_add_func("/fetch/no-place", test_no_place);
  return g_test_run();
}
