/* fetch: downloads a data set of the catalogue into the user's data folder.
 *
 * Each file is downloaded to NAME.part, uncompressed on the way, its SHA-256 checked, and then
 * renamed, so that a file of the right name is always whole. Mirrors are tried in order. Files that
 * are there already and right are kept. Whatever ends it early leaves no NAME.part. */
#pragma once

#include "engine/catalogue.h"

G_BEGIN_DECLS

/* Called on the main context the fetch was started from, at most some 30 times a second.
 * total_bytes is what all four files weigh as downloads, done_bytes how much of that is had. */
typedef void (*InkFetchProgress)(guint64 done_bytes, guint64 total_bytes, gpointer data);

/* entry must outlive the fetch, as those of ink_catalogue_get() do. progress and cancellable may be
 * NULL. callback is called once, on the main context the fetch was started from; progress is not
 * called after it. */
void ink_fetch_async(const InkCatalogueEntry *entry, InkFetchProgress progress,
                     gpointer progress_data, GCancellable *cancellable,
                     GAsyncReadyCallback callback, gpointer callback_data);

/* TRUE when the data set is whole in ink_catalogue_user_folder(). Otherwise one sentence in
 * G_IO_ERROR: CANCELLED, NO_SPACE, INVALID_DATA (a wrong sum), NOT_SUPPORTED (Inkling was built
 * without downloading) or another. */
gboolean ink_fetch_finish(GAsyncResult *result, GError **error);

G_END_DECLS
