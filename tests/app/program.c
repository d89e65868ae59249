#include "tests/app/program.h"

#include <string.h>

void test_run_free(TestRun *run) {
  g_free(run->out);
  g_free(run->err);
  g_free(run);
}

GSubprocess *test_start_arguments(const char *const *arguments) {
  g_autoptr(GError) error = NULL;
  g_autoptr(GStrvBuilder) command = g_strv_builder_new();
  g_autoptr(GSubprocessLauncher) launcher =
      g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE);
  g_subprocess_launcher_setenv(launcher, "LC_ALL", "C.UTF-8", TRUE);
  g_strv_builder_add(command, g_getenv("INKLING_PROGRAM"));
  g_strv_builder_addv(command, (const char **)arguments);
  g_auto(GStrv) argv = g_strv_builder_end(command);
  GSubprocess *program = g_subprocess_launcher_spawnv(launcher, (const char *const *)argv, &error);
  g_assert_no_error(error);
  return program;
}

TestRun *test_finish(GSubprocess *program) {
  g_autoptr(GError) error = NULL;
  TestRun *run = g_new0(TestRun, 1);
  g_subprocess_communicate_utf8(program, NULL, NULL, &run->out, &run->err, &error);
  g_assert_no_error(error);
  run->status = g_subprocess_get_if_exited(program) ? g_subprocess_get_exit_status(program)
                                                    : -g_subprocess_get_term_sig(program);
  g_object_unref(program);
  return run;
}

TestRun *test_run_arguments(const char *const *arguments) {
  return test_finish(test_start_arguments(arguments));
}

void test_assert_status(const TestRun *run, int status, const char *words) {
  if (run->status != status || (words && strstr(run->err, words) == NULL))
    g_error("status %d instead of %d, or no “%s” in what it said: %s", run->status, status, words,
            run->err);
  if (!words) {
    g_assert_cmpstr(run->err, ==, "");
    return;
  }
  g_assert_true(g_str_has_prefix(run->err, "inkling"));
  g_assert_true(strchr(run->err, '\n') == run->err + strlen(run->err) - 1);
}

GPtrArray *test_json_lines(const TestRun *run) {
  g_auto(GStrv) lines = g_strsplit(run->out, "\n", -1);
  GPtrArray *objects = g_ptr_array_new_with_free_func((GDestroyNotify)json_object_unref);
  for (gsize i = 0; lines[i + 1]; i++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(JsonNode) node = json_from_string(lines[i], &error);
    g_assert_no_error(error);
    g_ptr_array_add(objects, json_node_dup_object(node));
  }
  return objects;
}
