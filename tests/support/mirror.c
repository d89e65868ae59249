#include "tests/support/mirror.h"

#include "tests/support/idx-files.h"

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

/* Serves /MODE/NAME.gz. */
static void serve(SoupServer *server, SoupServerMessage *message, const char *path,
                  GHashTable *query, gpointer data) {
  TestMirror *self = data;
  self->requests++;
  g_auto(GStrv) parts = g_strsplit(path + 1, "/", 2);
  const char *mode = parts[0];
  g_autofree char *name = g_strndup(parts[1], strlen(parts[1]) - strlen(".gz"));
  g_autofree char *source = g_build_filename(self->source, name, NULL);
  g_autoptr(GBytes) body = gzip(source);
  gsize size = g_bytes_get_size(body);

  SoupMessageHeaders *headers = soup_server_message_get_response_headers(message);
  SoupMessageBody *response = soup_server_message_get_response_body(message);
  soup_server_message_set_status(message, SOUP_STATUS_OK, NULL);
  if (g_str_equal(mode, "missing") || (g_str_equal(mode, "late") && self->requests == 1)) {
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
    g_autofree char *other = g_build_filename(self->source, "t10k-labels-idx1-ubyte", NULL);
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

const InkCatalogueEntry *test_mirror_entry(TestMirror *self, const char *name,
                                           const char *const *modes) {
  static const char *const names[INK_FILES] = {"train-images-idx3-ubyte", "train-labels-idx1-ubyte",
                                               "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"};
  g_autoptr(GString) bytes = g_string_new("bytes=");
  g_autoptr(GString) downloads = g_string_new("download-bytes=");
  g_autoptr(GString) sums = g_string_new("sha256=");
  for (int i = 0; i < INK_FILES; i++) {
    g_autofree char *path = g_build_filename(self->source, names[i], NULL);
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
    g_string_append_printf(mirrors, "%s%s;", self->address, *modes);
  g_autofree char *files = g_strjoin(";", names[0], names[1], names[2], names[3], NULL);
  g_autofree char *text =
      g_strdup_printf("[%s]\ntitle=Tiny\nlicence=MIT\nclasses=0;1;2\nfiles=%s\n%s\n%s\n%s\n%s\n",
                      name, files, bytes->str, downloads->str, sums->str, mirrors->str);

  g_autoptr(GError) error = NULL;
  g_assert_null(self->catalogue);
  self->catalogue = ink_catalogue_parse(text, &error);
  g_assert_no_error(error);
  return g_ptr_array_index(self->catalogue, 0);
}

TestMirror *test_mirror_new(void) {
  TestMirror *self = g_new0(TestMirror, 1);
  self->source = test_make_folder();
  test_write_dataset(self->source, 300, 100, 3, 1);
  self->server = soup_server_new(NULL, NULL);
  soup_server_add_handler(self->server, NULL, serve, self, NULL);
  g_autoptr(GError) error = NULL;
  soup_server_listen_local(self->server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error);
  g_assert_no_error(error);
  GSList *uris = soup_server_get_uris(self->server);
  self->address = g_uri_to_string(uris->data);
  g_slist_free_full(uris, (GDestroyNotify)g_uri_unref);
  return self;
}

void test_mirror_free(TestMirror *self) {
  soup_server_disconnect(self->server);
  g_object_unref(self->server);
  g_clear_pointer(&self->catalogue, g_ptr_array_unref);
  g_free(self->address);
  test_remove_folder(self->source);
  g_free(self);
}
