/* Downloads from a server on this machine: what works, every way it can fail, and that nothing
 * half-made is left behind. */
#include "engine/fetch.h"

#include "engine/dataset.h"
#include "tests/support/idx-files.h"

#include <libsoup/soup.h>

typedef struct {
  SoupServer *server;
  char *address;
  char *source;   /* folder with the data set's raw files */
  char *expected; /* the folder that the fetch writes to */
  GPtrArray *catalogue;
  GCancellable *cancellable;

  guint requests;
  GAsyncResult *result;
  guint reports;
  guint64 reported_done, reported_total;
} Fixture;

static GBytes *gzip(const char *path) {
  g_autofree char *folder = test_make_folder();
  g_autofree char *raw = NULL;
  gsize size;
  g_assert_true(g_file_get_contents(path, &raw, &size, NULL));
  test_write_gzipped(folder, "file", raw, size);
  g_autofree char *gzipped = g_build_filename(folder, "file", NULL);
  char *content;
  g_assert_true(g_file_get_contents(gzipped, &content, &size, NULL));
  test_remove_folder(g_steal_pointer(&folder));
  return g_bytes_new_take(content, size);
}

/* Serves /MODE/NAME.gz; what is sent depends on the mode. */
static void serve(SoupServer *server, SoupServerMessage *message, const char *path,
                  GHashTable *query, gpointer data) {
  Fixture *fixture = data;
  fixture->requests++;
  g_auto(GStrv) parts = g_strsplit(path + 1, "/", 2);
  const char *mode = parts[0];
  g_autofree char *name = g_strndup(parts[1], strlen(parts[1]) - strlen(".gz"));
  g_autofree char *source = g_build_filename(fixture->source, name, NULL);
  g_autoptr(GBytes) body = gzip(source);
  gsize size = g_bytes_get_size(body);

  SoupMessageHeaders *headers = soup_server_message_get_response_headers(message);
  SoupMessageBody *response = soup_server_message_get_response_body(message);
  soup_server_message_set_status(message, SOUP_STATUS_OK, NULL);
  if (g_str_equal(mode, "missing")) {
    soup_server_message_set_status(message, SOUP_STATUS_NOT_FOUND, NULL);
    return;
  }
  if (g_str_equal(mode, "page")) {
    soup_message_body_append(response, SOUP_MEMORY_STATIC, "<html>Log in", 12);
    return;
  }
  if (g_str_equal(mode, "encoded"))
    soup_message_headers_append(headers, "Content-Encoding", "gzip");
  if (g_str_equal(mode, "wrong")) {
    g_autofree char *other = g_build_filename(fixture->source, "t10k-labels-idx1-ubyte", NULL);
    g_autoptr(GBytes) wrong = gzip(other);
    soup_message_body_append_bytes(response, wrong);
    return;
  }
  if (g_str_equal(mode, "cut"))
    size /= 2;
  if (g_str_equal(mode, "stalled")) {
    soup_message_headers_set_encoding(headers, SOUP_ENCODING_CHUNKED);
    size /= 2;
  }
  g_autoptr(GBytes) part = g_bytes_new_from_bytes(body, 0, size);
  soup_message_body_append_bytes(response, part);
  if (!g_str_equal(mode, "stalled"))
    soup_message_body_complete(response); /* else the rest never comes */
}

/* A catalogue of one data set, as the files in fixture->source are, with these mirrors. */
static const InkCatalogueEntry *make_entry(Fixture *fixture, const char *const *modes) {
  static const char *const names[INK_FILES] = {"train-images-idx3-ubyte", "train-labels-idx1-ubyte",
                                               "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"};
  g_autoptr(GString) bytes = g_string_new("bytes=");
  g_autoptr(GString) downloads = g_string_new("download-bytes=");
  g_autoptr(GString) sums = g_string_new("sha256=");
  for (int i = 0; i < INK_FILES; i++) {
    g_autofree char *path = g_build_filename(fixture->source, names[i], NULL);
    g_autofree char *content = NULL;
    gsize size;
    g_assert_true(g_file_get_contents(path, &content, &size, NULL));
    g_autofree char *sum =
        g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *)content, size);
    g_autoptr(GBytes) gzipped = gzip(path);
    g_string_append_printf(bytes, "%" G_GSIZE_FORMAT ";", size);
    g_string_append_printf(downloads, "%" G_GSIZE_FORMAT ";", g_bytes_get_size(gzipped));
    g_string_append_printf(sums, "%s;", sum);
  }
  g_autoptr(GString) mirrors = g_string_new("mirrors=");
  for (; *modes; modes++)
    g_string_append_printf(mirrors, "%s%s;", fixture->address, *modes);
  g_autofree char *files = g_strjoin(";", names[0], names[1], names[2], names[3], NULL);
  g_autofree char *text =
      g_strdup_printf("[tiny]\ntitle=Tiny\nlicence=MIT\nclasses=0;1;2\nfiles=%s\n%s\n%s\n%s\n%s\n",
                      files, bytes->str, downloads->str, sums->str, mirrors->str);

  g_autoptr(GError) error = NULL;
  fixture->catalogue = ink_catalogue_parse(text, &error);
  g_assert_no_error(error);
  const InkCatalogueEntry *entry = g_ptr_array_index(fixture->catalogue, 0);
  fixture->expected = ink_catalogue_user_folder(entry);
  return entry;
}

static void set_up(Fixture *fixture, gconstpointer data) {
  fixture->source = test_make_folder();
  test_write_dataset(fixture->source, 300, 100, 3, 1);
  fixture->cancellable = g_cancellable_new();
  fixture->server = soup_server_new(NULL, NULL);
  soup_server_add_handler(fixture->server, NULL, serve, fixture, NULL);
  g_autoptr(GError) error = NULL;
  soup_server_listen_local(fixture->server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error);
  g_assert_no_error(error);
  GSList *uris = soup_server_get_uris(fixture->server);
  fixture->address = g_uri_to_string(uris->data);
  g_slist_free_full(uris, (GDestroyNotify)g_uri_unref);
}

static void tear_down(Fixture *fixture, gconstpointer data) {
  soup_server_disconnect(fixture->server);
  g_object_unref(fixture->server);
  g_object_unref(fixture->cancellable);
  g_clear_object(&fixture->result);
  g_clear_pointer(&fixture->catalogue, g_ptr_array_unref);
  g_free(fixture->address);
  test_remove_folder(fixture->source);
  test_remove_folder(fixture->expected);
}

static void keep_result(GObject *source, GAsyncResult *result, gpointer data) {
  ((Fixture *)data)->result = g_object_ref(result);
}

static void count_report(guint64 done, guint64 total, gpointer data) {
  Fixture *fixture = data;
  g_assert_null(fixture->result);
  g_assert_cmpuint(done, <=, total);
  fixture->reports++;
  fixture->reported_done = done;
  fixture->reported_total = total;
}

static gboolean fetch(Fixture *fixture, const InkCatalogueEntry *entry, GError **error) {
  g_clear_object(&fixture->result);
  ink_fetch_async(entry, count_report, fixture, fixture->cancellable, keep_result, fixture);
  while (!fixture->result)
    g_main_context_iteration(NULL, TRUE);
  return ink_fetch_finish(fixture->result, error);
}

static guint count_files(const char *folder) {
  guint count = 0;
  g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
  g_assert_nonnull(dir);
  for (const char *name; (name = g_dir_read_name(dir));) {
    g_assert_false(g_str_has_suffix(name, ".part"));
    count++;
  }
  return count;
}

static void assert_whole(Fixture *fixture) {
  g_autoptr(GError) error = NULL;
  g_autoptr(InkDataset) got = ink_dataset_open(fixture->expected, &error);
  g_assert_no_error(error);
  g_autoptr(InkDataset) sent = ink_dataset_open(fixture->source, &error);
  g_assert_no_error(error);
  g_assert_cmpstr(ink_dataset_get_identity(got), ==, ink_dataset_get_identity(sent));
  g_assert_cmpuint(count_files(fixture->expected), ==, INK_FILES);
}

static void assert_fails(Fixture *fixture, const char *mode, int code, const char *words) {
  const InkCatalogueEntry *entry = make_entry(fixture, (const char *const[]){mode, NULL});
  g_autoptr(GError) error = NULL;
  g_assert_false(fetch(fixture, entry, &error));
  g_assert_error(error, G_IO_ERROR, code);
  if (!strstr(error->message, words))
    g_error("“%s” does not say “%s”", error->message, words);
  g_assert_cmpuint(count_files(fixture->expected), ==, 0);
}

static void test_whole(Fixture *fixture, gconstpointer data) {
  const InkCatalogueEntry *entry = make_entry(fixture, (const char *const[]){"good", NULL});
  g_autoptr(GError) error = NULL;
  g_assert_true(fetch(fixture, entry, &error));
  g_assert_no_error(error);
  assert_whole(fixture);
  g_assert_cmpuint(fixture->requests, ==, 4);

  /* What is there and right is not downloaded again; what is damaged is. */
  g_assert_true(fetch(fixture, entry, &error));
  g_assert_cmpuint(fixture->requests, ==, 4);
  test_write(fixture->expected, "t10k-labels-idx1-ubyte", "damaged", 7);
  g_assert_true(fetch(fixture, entry, &error));
  g_assert_cmpuint(fixture->requests, ==, 5);
  assert_whole(fixture);
}

static void test_second_mirror(Fixture *fixture, gconstpointer data) {
  const InkCatalogueEntry *entry =
      make_entry(fixture, (const char *const[]){"missing", "wrong", "good", NULL});
  g_autoptr(GError) error = NULL;
  g_assert_true(fetch(fixture, entry, &error));
  g_assert_no_error(error);
  assert_whole(fixture);
}

/* A server that calls the .gz file gzip-encoded. */
static void test_encoded(Fixture *fixture, gconstpointer data) {
  const InkCatalogueEntry *entry = make_entry(fixture, (const char *const[]){"encoded", NULL});
  g_autoptr(GError) error = NULL;
  g_assert_true(fetch(fixture, entry, &error));
  g_assert_no_error(error);
  assert_whole(fixture);
}

static void test_missing(Fixture *fixture, gconstpointer data) {
  assert_fails(fixture, "missing", G_IO_ERROR_NOT_FOUND,
               "Tiny can’t be downloaded from 127.0.0.1: it answered “404 Not Found”.");
}

static void test_cut(Fixture *fixture, gconstpointer data) {
  assert_fails(fixture, "cut", G_IO_ERROR_PARTIAL_INPUT,
               "the connection ended before the file did");
}

static void test_wrong(Fixture *fixture, gconstpointer data) {
  assert_fails(fixture, "wrong", G_IO_ERROR_INVALID_DATA, "damaged or not the right one");
}

/* The log-in page of a public network. */
static void test_page(Fixture *fixture, gconstpointer data) {
  assert_fails(fixture, "page", G_IO_ERROR_INVALID_DATA, "damaged or not the right one");
}

static void test_unreachable(Fixture *fixture, gconstpointer data) {
  soup_server_disconnect(fixture->server);
  assert_fails(fixture, "good", G_IO_ERROR_CONNECTION_REFUSED, "check the network connection");
}

static void test_no_mirror(Fixture *fixture, gconstpointer data) {
  const InkCatalogueEntry *entry = make_entry(fixture, (const char *const[]){NULL});
  g_autoptr(GError) error = NULL;
  g_assert_false(fetch(fixture, entry, &error));
  g_assert_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
}

static void test_no_folder(Fixture *fixture, gconstpointer data) {
  const InkCatalogueEntry *entry = make_entry(fixture, (const char *const[]){"good", NULL});
  g_autofree char *parent = g_path_get_dirname(fixture->expected);
  g_autofree char *in_the_way = g_path_get_dirname(parent);
  g_autofree char *data_folder = g_path_get_dirname(in_the_way);
  test_remove_folder(g_strdup(in_the_way));
  g_assert_cmpint(g_mkdir_with_parents(data_folder, 0700), ==, 0);
  test_write(data_folder, "inkling", "a file", 6);
  g_autoptr(GError) error = NULL;
  g_assert_false(fetch(fixture, entry, &error));
  g_assert_error(error, G_IO_ERROR, G_IO_ERROR_NOT_DIRECTORY);
  g_assert_nonnull(strstr(error->message, fixture->expected));
  test_remove_folder(g_steal_pointer(&in_the_way));
}

static void cancel_at_report(guint64 done, guint64 total, gpointer data) {
  count_report(done, total, data);
  if (done > 0)
    g_cancellable_cancel(((Fixture *)data)->cancellable);
}

static void test_cancel(Fixture *fixture, gconstpointer data) {
  const InkCatalogueEntry *entry =
      make_entry(fixture, (const char *const[]){"stalled", "good", NULL});
  g_autoptr(GError) error = NULL;
  ink_fetch_async(entry, cancel_at_report, fixture, fixture->cancellable, keep_result, fixture);
  while (!fixture->result)
    g_main_context_iteration(NULL, TRUE);
  g_assert_false(ink_fetch_finish(fixture->result, &error));
  g_assert_error(error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpuint(fixture->reports, >, 0);
  g_assert_cmpuint(fixture->reported_total, ==, ink_catalogue_download_bytes(entry));
  g_assert_cmpuint(fixture->requests, ==, 1);
  g_assert_cmpuint(count_files(fixture->expected), ==, 0);
}

static void test_cancelled_before(Fixture *fixture, gconstpointer data) {
  const InkCatalogueEntry *entry = make_entry(fixture, (const char *const[]){"good", NULL});
  g_cancellable_cancel(fixture->cancellable);
  g_autoptr(GError) error = NULL;
  g_assert_false(fetch(fixture, entry, &error));
  g_assert_error(error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpuint(fixture->requests, ==, 0);
}

#define ADD(name, function) g_test_add(name, Fixture, NULL, set_up, function, tear_down)

int main(int argc, char **argv) {
  /* GNOME's resolver needs settings schemas, which are hidden with the other folders. */
  g_setenv("GIO_USE_PROXY_RESOLVER", "dummy", TRUE);
  g_test_init(&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  ADD("/fetch/whole", test_whole);
  ADD("/fetch/second-mirror", test_second_mirror);
  ADD("/fetch/encoded", test_encoded);
  ADD("/fetch/missing", test_missing);
  ADD("/fetch/cut", test_cut);
  ADD("/fetch/wrong", test_wrong);
  ADD("/fetch/page", test_page);
  ADD("/fetch/unreachable", test_unreachable);
  ADD("/fetch/no-mirror", test_no_mirror);
  ADD("/fetch/no-folder", test_no_folder);
  ADD("/fetch/cancel", test_cancel);
  ADD("/fetch/cancelled-before", test_cancelled_before);
  return g_test_run();
}
