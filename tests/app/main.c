/* The program as a whole: its help, and commands and options that there are not. */
#include "tests/app/program.h"

#include <string.h>

/* Those of every build. */
static const char *const commands[] = {"train", "test", "devices", "fetch"};

static void test_help(void) {
  g_autoptr(TestRun) run = test_run("--help");
  test_assert_status(run, 0, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(commands); i++)
    g_assert_nonnull(strstr(run->out, commands[i]));
}

static void test_command_help(void) {
  for (gsize i = 0; i < G_N_ELEMENTS(commands); i++) {
    g_autofree char *usage = g_strdup_printf("inkling %s", commands[i]);
    g_autoptr(TestRun) run = test_run(commands[i], "--help");
    test_assert_status(run, 0, NULL);
    g_assert_nonnull(strstr(run->out, usage));
  }
}

static void test_version(void) {
  g_autoptr(TestRun) run = test_run("--version");
  test_assert_status(run, 0, NULL);
  g_assert_true(g_str_has_prefix(run->out, "Inkling "));
}

static void test_unknown_command(void) {
  g_autoptr(TestRun) run = test_run("trian");
  test_assert_status(run, 2, "trian");
  g_assert_cmpstr(run->out, ==, "");
}

static void test_unknown_option(void) {
  g_autoptr(TestRun) alone = test_run("--bogus");
  test_assert_status(alone, 2, "--bogus");
  for (gsize i = 0; i < G_N_ELEMENTS(commands); i++) {
    g_autoptr(TestRun) run = test_run(commands[i], "--bogus");
    test_assert_status(run, 2, "--bogus. Try");
    g_assert_cmpstr(run->out, ==, "");
  }
}

static void test_extra_argument(void) {
  g_autoptr(TestRun) devices = test_run("devices", "all");
  test_assert_status(devices, 2, "all");
  g_autoptr(TestRun) fetch = test_run("fetch", "mnist", "fashion-mnist");
  test_assert_status(fetch, 2, "fashion-mnist");
}

/* It goes on, and says so: whoever holds it to an instruction set wants to know. */
static void test_instruction_set(void) {
  g_autoptr(TestRun) right = NULL;
  g_autoptr(TestRun) wrong = NULL;
  g_setenv("INKLING_ISA", "generic", TRUE);
  right = test_run("devices");
  test_assert_status(right, 0, NULL);
  g_assert_nonnull(strstr(right->out, "generic"));
  g_setenv("INKLING_ISA", "sse9", TRUE);
  wrong = test_run("devices");
  test_assert_status(wrong, 0, "must be generic, avx2 or avx512, not “sse9”");
  g_unsetenv("INKLING_ISA");
}

/* The program with a variable changed, which is refused; free with g_free(). */
static char *run_refused(const char *variable, const char *value, const char *argument,
                         int expected) {
  g_auto(GStrv) environment = g_environ_setenv(g_get_environ(), variable, value, TRUE);
  environment = g_environ_unsetenv(environment, "DISPLAY");
  const char *argv[] = {g_getenv("INKLING_PROGRAM"), argument, NULL};
  g_autoptr(GError) error = NULL;
  char *message;
  int status;
  g_assert_true(g_spawn_sync(NULL, (char **)argv, environment, G_SPAWN_STDOUT_TO_DEV_NULL, NULL,
                             NULL, NULL, &message, &status, &error));
  g_assert_no_error(error);
  g_assert_false(g_spawn_check_wait_status(status, &error));
  g_assert_error(error, G_SPAWN_EXIT_ERROR, expected);
  return message;
}

/* What ASCII has no letters for is spelt with those that it has. */
static void test_ascii(void) {
  g_autofree char *message = run_refused("LC_ALL", "C", "trian", 2);
  g_assert_cmpstr(message, ==,
                  "inkling: There is no command \"trian\"; \"inkling --help\" lists them.\n");
  g_autofree char *no_text = run_refused("LC_ALL", "C", "\xf0", 2);
  g_assert_cmpstr(no_text, ==,
                  "inkling: There is no command \"?\"; \"inkling --help\" lists them.\n");
}

#ifdef INK_WITH_APP
static void test_no_display(void) {
  g_autofree char *message = run_refused("GDK_BACKEND", "x11", NULL, 1);
  g_assert_true(g_str_has_prefix(message, "inkling: There is no display"));
  g_assert_cmpuint(strcspn(message, "\n"), ==, strlen(message) - 1); /* no warning besides */
}
#endif

static void test_full_disk(gconstpointer arguments) {
  g_autofree char *command =
      g_strdup_printf("%s %s > /dev/full", g_getenv("INKLING_PROGRAM"), (const char *)arguments);
  const char *argv[] = {"/bin/sh", "-c", command, NULL};
  g_autofree char *message = NULL;
  g_autoptr(GError) error = NULL;
  int status;
  g_assert_true(
      g_spawn_sync(NULL, (char **)argv, NULL, 0, NULL, NULL, NULL, &message, &status, &error));
  g_assert_no_error(error);
  g_assert_false(g_spawn_check_wait_status(status, &error));
  g_assert_error(error, G_SPAWN_EXIT_ERROR, 1);
  g_assert_true(g_str_has_prefix(message, "inkling") && g_str_has_suffix(message, "disk full?\n"));
  g_assert_cmpuint(strcspn(message, "\n"), ==, strlen(message) - 1); /* once */
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/main/help", test_help);
  g_test_add_func("/main/command-help", test_command_help);
  g_test_add_func("/main/version", test_version);
  g_test_add_func("/main/unknown-command", test_unknown_command);
  g_test_add_func("/main/unknown-option", test_unknown_option);
  g_test_add_func("/main/extra-argument", test_extra_argument);
  g_test_add_func("/main/instruction-set", test_instruction_set);
  g_test_add_func("/main/ascii", test_ascii);
#ifdef INK_WITH_APP
  g_test_add_func("/main/no-display", test_no_display);
#endif
  g_test_add_data_func("/main/full-disk", "devices", test_full_disk);
  g_test_add_data_func("/main/full-disk/help", "--help", test_full_disk);
  g_test_add_data_func("/main/full-disk/command-help", "train --help", test_full_disk);
  g_test_add_data_func("/main/full-disk/version", "--version", test_full_disk);
  return g_test_run();
}
