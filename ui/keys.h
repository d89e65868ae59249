/* keys: which key was meant. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The plain key for one that says the same: an arrow, Home, End, Page Up or Down, Return or space
 * of the number pad. Any other stays what it is. */
guint ink_keys_plain(guint keyval);

G_END_DECLS
