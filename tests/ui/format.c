/* format: numbers by the locale, and where the locale has no grouping. */
#include "ui/format.h"

#include <locale.h>

/* German is compiled by the test itself, as a system may lack it. */
static gboolean speak_german(const char *folder) {
  g_autofree char *locale = g_build_filename(folder, "de_DE.UTF-8", NULL);
  const char *argv[] = {"localedef", "-c", "-i", "de_DE", "-f", "UTF-8", locale, NULL};

  return g_spawn_sync(NULL, (char **)argv, NULL,
                      G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL,
                      NULL, NULL, NULL, NULL, NULL, NULL) &&
         g_setenv("LOCPATH", folder, TRUE) && setlocale(LC_ALL, "de_DE.UTF-8");
}

static void assert_count(gint64 count, const char *expected) {
  g_autofree char *text = ink_format_count(count);
  g_assert_cmpstr(text, ==, expected);
}

static void test_counts_without_locale(void) {
  setlocale(LC_ALL, "C");
  assert_count(0, "0");
  assert_count(999, "999");
  assert_count(1000, "1,000");
  assert_count(10000, "10,000");
  assert_count(1234567, "1,234,567");
  assert_count(-999, "-999");
  assert_count(-1000, "-1,000");
}

static void test_german(void) {
  g_autofree char *folder = g_dir_make_tmp("inkling-locale-XXXXXX", NULL);
  g_autofree char *remove = g_strdup_printf("rm -r '%s'", folder);

  if (speak_german(folder)) {
    g_autofree char *percent = ink_format_percent(0.9822, 2), *loss = ink_format_loss(0.0832);
    g_autofree char *value = ink_format_value(-0.31), *duration = ink_format_duration(6.4);

    assert_count(1234567, "1.234.567");
    g_assert_cmpstr(percent, ==, "98,22\u00a0%");
    g_assert_cmpstr(loss, ==, "0,083");
    g_assert_cmpstr(value, ==, "−0,31");
    g_assert_cmpstr(duration, ==, "6,4\u00a0s");
  } else {
    g_test_skip("The locale de_DE can't be compiled here; the package “locales” has it.");
  }
  setlocale(LC_ALL, "C");
  g_assert_true(g_spawn_command_line_sync(remove, NULL, NULL, NULL, NULL));
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/format/counts-without-locale", test_counts_without_locale);
  g_test_add_func("/format/german", test_german);
  return g_test_run();
}
