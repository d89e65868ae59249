/* What a build without libsoup (-Ddownload=disabled) answers. */
#include "engine/fetch.h"

#include <glib/gi18n.h>

void ink_fetch_async(const InkCatalogueEntry *entry, InkFetchProgress progress,
                     gpointer progress_data, GCancellable *cancellable,
                     GAsyncReadyCallback callback, gpointer callback_data) {
  g_return_if_fail(entry != NULL);

  g_autofree char *folder = ink_catalogue_user_folder(entry);
  g_task_report_new_error(NULL, callback, callback_data, ink_fetch_async, G_IO_ERROR,
                          G_IO_ERROR_NOT_SUPPORTED,
                          _("%s can’t be downloaded: this Inkling was built without downloading; "
                            "put its files into “%s”."),
                          entry->title, folder);
}

gboolean ink_fetch_finish(GAsyncResult *result, GError **error) {
  g_return_val_if_fail(g_task_is_valid(result, NULL), FALSE);

  return g_task_propagate_boolean(G_TASK(result), error);
}
