#include "engine/fetch.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <libsoup/soup.h>
#include <stdatomic.h>

enum {
  CHUNK = 64 * 1024, /* bytes read at a time */
  PROGRESS_MILLISECONDS = 33,
  SILENCE_SECONDS = 15 /* a mirror that says nothing for so long is given up */
};

/* One fetch. It works in a thread of its own, with blocking calls; all that crosses to the main
 * context meanwhile is `done`. */
typedef struct {
  const InkCatalogueEntry *entry;
  char *folder;
  SoupSession *session; /* made and used in the thread alone */
  GCancellable *cancellable;
  _Atomic guint64 done; /* of the download's bytes */

  GSource *timer; /* reports progress on the main context */
  InkFetchProgress progress;
  gpointer progress_data;
} Fetch;

static void fetch_free(gpointer data) {
  Fetch *fetch = data;
  g_free(fetch->folder);
  g_clear_object(&fetch->cancellable);
  g_clear_pointer(&fetch->timer, g_source_unref);
  g_free(fetch);
}

/* Why a mirror failed, as the second half of a sentence. */
static char *describe(const GError *error) {
  if (error->domain == G_RESOLVER_ERROR ||
      g_error_matches(error, G_IO_ERROR, G_IO_ERROR_NETWORK_UNREACHABLE) ||
      g_error_matches(error, G_IO_ERROR, G_IO_ERROR_HOST_UNREACHABLE) ||
      g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED))
    return g_strdup(_("it can’t be reached; check the network connection"));
  if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
    return g_strdup(_("it does not answer"));
  if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_PARTIAL_INPUT))
    return g_strdup(_("the connection ended before the file did"));
  if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA))
    return g_strdup(_("the file it sent is damaged or not the right one"));
  if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_NO_SPACE))
    return g_strdup(_("the disk is full"));
  return g_strdup(error->message);
}

/* Copies the uncompressed file to part, up to one byte more than it should have, and returns its
 * SHA-256, or NULL. */
static char *receive(Fetch *fetch, const InkCatalogueFile *file, GInputStream *body,
                     GOutputStream *part, GError **error) {
  g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
  g_autofree char *chunk = g_malloc(CHUNK);
  guint64 before = fetch->done, received = 0;
  while (received <= file->bytes) {
    gssize length = g_input_stream_read(body, chunk, MIN(CHUNK, file->bytes + 1 - received),
                                        fetch->cancellable, error);
    if (length < 0)
      return NULL;
    if (length == 0)
      break;
    if (!g_output_stream_write_all(part, chunk, length, NULL, fetch->cancellable, error))
      return NULL;
    g_checksum_update(checksum, (const guchar *)chunk, length);
    received += length;
    double share = (double)received / file->bytes;
    fetch->done = before + (guint64)(MIN(share, 1) * file->download_bytes);
  }
  if (!g_output_stream_close(part, fetch->cancellable, error))
    return NULL;
  return g_strdup(g_checksum_get_string(checksum));
}

/* Opens the uncompressed body of a mirror's file. */
static GInputStream *request(Fetch *fetch, const char *mirror, const InkCatalogueFile *file,
                             GError **error) {
  g_autofree char *address = g_strdup_printf("%s/%s.gz", mirror, file->name);
  g_autoptr(SoupMessage) message = soup_message_new(SOUP_METHOD_GET, address);
  if (!message) {
    g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                        _("the catalogue has a wrong address"));
    return NULL;
  }
  /* Some servers call a .gz file gzip-encoded; then it would be uncompressed twice. */
  soup_message_disable_feature(message, SOUP_TYPE_CONTENT_DECODER);
  g_autoptr(GInputStream) body =
      soup_session_send(fetch->session, message, fetch->cancellable, error);
  if (!body)
    return NULL;
  if (soup_message_get_status(message) != SOUP_STATUS_OK) {
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, _("it answered “%u %s”"),
                soup_message_get_status(message), soup_message_get_reason_phrase(message));
    return NULL;
  }
  g_autoptr(GZlibDecompressor) gzip = g_zlib_decompressor_new(G_ZLIB_COMPRESSOR_FORMAT_GZIP);
  return g_converter_input_stream_new(body, G_CONVERTER(gzip));
}

static gboolean download_to(Fetch *fetch, const char *mirror, const InkCatalogueFile *file,
                            GFile *part, GError **error) {
  g_autoptr(GInputStream) body = request(fetch, mirror, file, error);
  if (!body)
    return FALSE;
  g_autoptr(GFileOutputStream) stream = g_file_replace(
      part, NULL, FALSE, G_FILE_CREATE_REPLACE_DESTINATION, fetch->cancellable, error);
  if (!stream)
    return FALSE;
  g_autofree char *sum = receive(fetch, file, body, G_OUTPUT_STREAM(stream), error);
  if (!sum)
    return FALSE;
  if (!g_str_equal(sum, file->sha256)) {
    g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "wrong SHA-256 sum");
    return FALSE;
  }
  return TRUE;
}

/* Downloads one file from one mirror; on failure nothing of it is left. */
static gboolean download(Fetch *fetch, const char *mirror, const InkCatalogueFile *file,
                         const char *path, GError **error) {
  g_autofree char *part_path = g_strconcat(path, ".part", NULL);
  g_autoptr(GFile) part = g_file_new_for_path(part_path);
  g_autoptr(GFile) target = g_file_new_for_path(path);
  g_autoptr(GError) reason = NULL;
  guint64 before = fetch->done;
  if (download_to(fetch, mirror, file, part, &reason) &&
      g_file_move(part, target, G_FILE_COPY_OVERWRITE, NULL, NULL, NULL, &reason))
    return TRUE;

  g_file_delete(part, NULL, NULL);
  fetch->done = before;
  g_autofree char *why = describe(reason);
  g_autoptr(GUri) uri = g_uri_parse(mirror, G_URI_FLAGS_NONE, NULL);
  g_set_error(error, G_IO_ERROR, reason->domain == G_IO_ERROR ? reason->code : G_IO_ERROR_FAILED,
              _("%s can’t be downloaded from %s: %s."), fetch->entry->title,
              uri ? g_uri_get_host(uri) : mirror, why);
  return FALSE;
}

/* Whether the file is there already, and right. */
static gboolean is_right(const char *path, const InkCatalogueFile *file) {
  g_autoptr(GMappedFile) content = g_mapped_file_new(path, FALSE, NULL);
  if (!content || g_mapped_file_get_length(content) != file->bytes)
    return FALSE;
  g_autofree char *sum = g_compute_checksum_for_data(
      G_CHECKSUM_SHA256, (const guchar *)g_mapped_file_get_contents(content), file->bytes);
  return g_str_equal(sum, file->sha256);
}

static gboolean fetch_file(Fetch *fetch, const InkCatalogueFile *file, GError **error) {
  g_autofree char *path = g_build_filename(fetch->folder, file->name, NULL);
  if (is_right(path, file)) {
    fetch->done += file->download_bytes;
    return TRUE;
  }
  g_autoptr(GError) reason = NULL;
  for (char **mirror = fetch->entry->mirrors; *mirror; mirror++) {
    g_clear_error(&reason);
    if (download(fetch, *mirror, file, path, &reason))
      return TRUE;
    if (g_cancellable_is_cancelled(fetch->cancellable)) {
      g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_CANCELLED,
                          _("The download was cancelled."));
      return FALSE;
    }
  }
  if (!reason) {
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                _("%s can’t be downloaded: the catalogue knows no server that has it."),
                fetch->entry->title);
    return FALSE;
  }
  g_propagate_error(error, g_steal_pointer(&reason));
  return FALSE;
}

static gboolean fetch_all(Fetch *fetch, GError **error) {
  if (g_mkdir_with_parents(fetch->folder, 0755) != 0) {
    g_autofree char *display = g_filename_display_name(fetch->folder);
    g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno),
                _("The folder “%s” can’t be made: %s."), display, g_strerror(errno));
    return FALSE;
  }
  for (int i = 0; i < INK_FILES; i++) {
    if (!fetch_file(fetch, &fetch->entry->files[i], error))
      return FALSE;
  }
  return TRUE;
}

static void run(GTask *task, gpointer source, gpointer data, GCancellable *cancellable) {
  Fetch *fetch = data;
  fetch->session = soup_session_new_with_options("timeout", SILENCE_SECONDS, NULL);
  GError *error = NULL;
  gboolean whole = fetch_all(fetch, &error);
  g_clear_object(&fetch->session);
  /* Before the task returns, so that no progress follows the callback. */
  if (fetch->timer)
    g_source_destroy(fetch->timer);
  if (whole)
    g_task_return_boolean(task, TRUE);
  else
    g_task_return_error(task, error);
}

static gboolean report_progress(gpointer data) {
  Fetch *fetch = g_task_get_task_data(data);
  fetch->progress(fetch->done, ink_catalogue_download_bytes(fetch->entry), fetch->progress_data);
  return G_SOURCE_CONTINUE;
}

static void start_timer(Fetch *fetch, GTask *task) {
  fetch->timer = g_timeout_source_new(PROGRESS_MILLISECONDS);
  g_source_set_callback(fetch->timer, report_progress, g_object_ref(task), g_object_unref);
  g_source_attach(fetch->timer, g_task_get_context(task));
}

void ink_fetch_async(const InkCatalogueEntry *entry, InkFetchProgress progress,
                     gpointer progress_data, GCancellable *cancellable,
                     GAsyncReadyCallback callback, gpointer callback_data) {
  g_return_if_fail(entry != NULL);

  g_autoptr(GTask) task = g_task_new(NULL, cancellable, callback, callback_data);
  g_task_set_source_tag(task, ink_fetch_async);
  /* Cancelled once all is had, it is had all the same. */
  g_task_set_check_cancellable(task, FALSE);
  Fetch *fetch = g_new0(Fetch, 1);
  fetch->entry = entry;
  fetch->folder = ink_catalogue_user_folder(entry);
  fetch->cancellable = cancellable ? g_object_ref(cancellable) : NULL;
  fetch->progress = progress;
  fetch->progress_data = progress_data;
  g_task_set_task_data(task, fetch, fetch_free);
  if (progress)
    start_timer(fetch, task);
  g_task_run_in_thread(task, run);
}

gboolean ink_fetch_finish(GAsyncResult *result, GError **error) {
  g_return_val_if_fail(g_task_is_valid(result, NULL), FALSE);

  return g_task_propagate_boolean(G_TASK(result), error);
}
