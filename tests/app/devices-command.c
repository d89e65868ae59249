/* inkling devices. */
#include "tests/app/program.h"

#include <string.h>

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

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/devices/text", test_text);
  g_test_add_func("/devices/json", test_json);
  g_test_add_func("/devices/reasons", test_reasons);
  return g_test_run();
}
