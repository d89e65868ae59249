#include "app/command.h"
#include "app/terminal.h"
#include "engine/recipe.h"

#include <glib/gi18n.h>

void ink_command_set_usage_error(GError **error, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  if (error)
    *error = g_error_new_valist(G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, format, arguments);
  va_end(arguments);
}

gboolean ink_command_parse(int argc, char **argv, const GOptionEntry *entries,
                           const char *arguments, const char *summary, GError **error) {
  g_return_val_if_fail(entries && summary, FALSE);
  g_autoptr(GOptionContext) context = g_option_context_new(arguments);
  g_option_context_set_translation_domain(context, "inkling");
  g_option_context_set_summary(context, summary);
  g_option_context_add_main_entries(context, entries, "inkling");
  g_autoptr(GError) cause = NULL;
  if (!g_option_context_parse(context, &argc, &argv, &cause)) {
    /* Translators: makes a sentence of what GLib says of an option, which lacks its full stop. */
    ink_command_set_usage_error(error, _("%s."), cause->message);
    return FALSE;
  }
  if (argc > 1)
    ink_command_set_usage_error(error, _("“%s” is one argument too many."), argv[1]);
  return argc <= 1;
}

gboolean ink_command_read_integer(const char *option, const char *text, guint64 minimum,
                                  guint64 maximum, guint64 *value, GError **error) {
  g_return_val_if_fail(option && value, FALSE);
  if (!text || g_ascii_string_to_unsigned(text, 10, minimum, maximum, value, NULL))
    return TRUE;
  ink_command_set_usage_error(error, _("%s must be a whole number from %'llu to %'llu, not “%s”."),
                              option, (unsigned long long)minimum, (unsigned long long)maximum,
                              text);
  return FALSE;
}

gboolean ink_command_read_choice(const char *option, const char *text, const char *const *choices,
                                 guint *value, GError **error) {
  g_return_val_if_fail(option && choices && value, FALSE);
  if (!text)
    return TRUE;
  for (guint i = 0; choices[i]; i++)
    if (g_str_equal(text, choices[i])) {
      *value = i;
      return TRUE;
    }
  g_autofree char *list = g_strjoinv(_(" or "), (char **)choices);
  ink_command_set_usage_error(error, _("%s must be %s, not “%s”."), option, list, text);
  return FALSE;
}

gboolean ink_command_read_pool(const char *text, InkPool *pool, GError **error) {
  g_return_val_if_fail(pool, FALSE);
  if (!text || ink_pool_from_name(text, pool))
    return TRUE;
  ink_command_set_usage_error(error, _("--pool must be max or average, not “%s”."), text);
  return FALSE;
}

InkNetwork *ink_command_load_model(const char *path, const char *pool_name, GError **error) {
  InkPool pool = INK_POOL_MAX;
  if (!ink_command_read_pool(pool_name, &pool, error))
    return NULL;
  if (!path) {
    ink_command_set_usage_error(error, _("Name a model file with --model FILE."));
    return NULL;
  }
  return ink_network_load(path, pool_name ? &pool : NULL, error);
}

int ink_command_fail(GError *error) {
  g_return_val_if_fail(error, INK_EXIT_FAILED);
  g_autoptr(GError) owned = error;
  ink_terminal_clear_progress();
  if (owned->domain == G_OPTION_ERROR) {
    g_printerr(_("%1$s: %2$s Try “%1$s --help”.\n"), g_get_prgname(), owned->message);
    return INK_EXIT_USAGE;
  }
  g_printerr("%s: %s\n", g_get_prgname(), owned->message);
  return INK_EXIT_FAILED;
}
