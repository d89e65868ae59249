/* inkling fetch. Downloading itself is tested in tests/engine/fetch.c. */
#include "tests/app/program.h"

static void test_unknown_name(void) {
  g_autoptr(TestRun) run = test_run("fetch", "nosuchset");
  test_assert_status(run, 2, "nosuchset");
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/fetch/unknown-name", test_unknown_name);
  return g_test_run();
}
