#include "ui/class-names.h"

gboolean ink_class_names_are_digits(const char *const *names) {
  g_return_val_if_fail(names != NULL, FALSE);

  for (guint i = 0; names[i]; i++)
    if (!g_ascii_isdigit(names[i][0]) || names[i][1] != '\0')
      return FALSE;
  return TRUE;
}
