/* inkling devices. */
#define _GNU_SOURCE /* dladdr() */

#include "tests/app/program.h"
#include "tests/support/idx-files.h"

#include <dlfcn.h>
#include <string.h>
#include <unistd.h>

static void test_text(void) {
  g_autoptr(TestRun) run = test_run("devices");
  test_assert_status(run, 0, NULL);
  g_assert_true(g_str_has_prefix(run->out, "cpu "));
}

static void test_json(void) {
  g_autoptr(TestRun) run = test_run("devices", "--json");
  test_assert_status(run, 0, NULL);
  g_autoptr(GPtrArray) lines = test_json_lines(run);
  g_assert_cmpuint(lines->len, >=, 1);
  JsonObject *cpu = lines->pdata[0];
  g_assert_cmpstr(json_object_get_string_member(cpu, "id"), ==, "cpu");
  g_assert_true(json_object_get_boolean_member(cpu, "usable"));
  g_assert_cmpint(json_object_get_int_member(cpu, "units"), >=, 1);
}

/* What can't be used says why. */
static void test_reasons(void) {
  g_autoptr(TestRun) run = test_run("devices", "--json");
  g_autoptr(GPtrArray) lines = test_json_lines(run);
  for (guint i = 0; i < lines->len; i++) {
    JsonObject *device = lines->pdata[i];
    if (!json_object_get_boolean_member(device, "usable"))
      g_assert_cmpuint(strlen(json_object_get_string_member(device, "reason")), >, 10);
  }
}

/* One sentence of the GPU, and a run that insists on one. */
static void assert_no_gpu(const char *folder, const char *words) {
  g_autoptr(TestRun) devices = NULL;
  g_autoptr(TestRun) train = NULL;
  const char *reason;
  g_setenv("INKLING_MODULES", folder, TRUE);
  devices = test_run("devices");
  train = test_run("train", "--device", "cuda");
  g_unsetenv("INKLING_MODULES");
  test_assert_status(devices, 0, NULL);
  reason = strstr(devices->out, "\ncuda:0   not usable: ");
  g_assert_nonnull(reason);
  g_assert_nonnull(strstr(reason, words));
  g_assert_true(g_str_has_suffix(reason, ".\n"));
  test_assert_status(train, 1, words);
}

/* Without the module; and with one that is not, for which any library stands. */
static void test_module(void) {
  char *folder = test_make_folder();
  g_autofree char *module = g_build_filename(folder, "inkling-cuda.so", NULL);
  Dl_info library;
  assert_no_gpu(folder, "built without NVIDIA support: install the CUDA Toolkit");
  g_assert_true(dladdr((void *)(guintptr)g_strdup, &library));
  g_assert_cmpint(symlink(library.dli_fname, module), ==, 0);
  assert_no_gpu(folder, "of another version than the program: build and install both");
  test_remove_folder(folder);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/devices/text", test_text);
  g_test_add_func("/devices/json", test_json);
  g_test_add_func("/devices/reasons", test_reasons);
  g_test_add_func("/devices/module", test_module);
  return g_test_run();
}
