/* class-names: how the classes of a data set may be spoken of. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Whether all names (NULL-terminated) are digits, and the classes may be called so. */
gboolean ink_class_names_are_digits(const char *const *names);

G_END_DECLS
