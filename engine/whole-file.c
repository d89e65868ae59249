#include "engine/whole-file.h"

#include <glib/gi18n.h>
#include <glib/gstdio.h>

#include <errno.h>
#include <unistd.h>

/* Looked at before it is opened, as opening a pipe would wait for its writer. */
static gboolean check(const char *path, const char *name, gsize most_bytes, GError **error) {
  GStatBuf info;

  if (g_stat(path, &info) != 0 || g_access(path, R_OK) != 0)
    g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(errno), _("Can’t open “%s”: %s."),
                name, g_strerror(errno));
  else if (!S_ISREG(info.st_mode))
    g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL, _("“%s” is not a file."), name);
  else if ((gsize)info.st_size > most_bytes)
    g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                _("“%s” is too large: it may have %'zu bytes."), name, most_bytes);
  else
    return TRUE;
  return FALSE;
}

gboolean ink_whole_file_read(const char *path, gsize most_bytes, char **contents, gsize *length,
                             GError **error) {
  g_autofree char *name = NULL;
  g_autoptr(GError) cause = NULL;

  g_return_val_if_fail(path && contents && length, FALSE);

  name = g_filename_display_name(path);
  if (!check(path, name, most_bytes, error))
    return FALSE;
  if (g_file_get_contents(path, contents, length, &cause))
    return TRUE;
  g_set_error(error, cause->domain, cause->code, _("Can’t read “%s”: %s."), name, cause->message);
  return FALSE;
}
