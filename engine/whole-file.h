/* whole-file: the content of a file of bounded size, and of nothing that is not a file: reading a
 * pipe or a device might never end. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Reads at most so many bytes. *contents ends with a zero byte that *length does not count; free
 * with g_free(). FALSE with one sentence that names the file (G_FILE_ERROR). Any thread. */
gboolean ink_whole_file_read(const char *path, gsize most_bytes, char **contents, gsize *length,
                             GError **error);

G_END_DECLS
