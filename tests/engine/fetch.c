/* Downloads from a server on this machine: what works, every way it can fail, and that nothing
 * half-made is left behind. */
#include "engine/fetch.h"

#include "engine/dataset.h"
#include "tests/support/idx-files.h"
#include "tests/support/mirror.h"

typedef struct {
  TestMirror *mirror;
  char *expected; /* the folder that the fetch writes to */
  GCancellable *cancellable;

  GAsyncResult *result;
  guint reports;
  guint64 reported_done, reported_total;
} Fixture;

static const InkCatalogueEntry *make_entry(Fixture *fixture, const char *const *modes) {
  const InkCatalogueEntry *entry = test_mirror_entry(fixture->mirror, "tiny", modes);
  fixture->expected = ink_catalogue_user_folder(entry);
  return entry;
}

static void set_up(Fixture *fixture, gconstpointer data) {
  fixture->mirror = test_mirror_new();
  fixture->cancellable = g_cancellable_new();
}

static void tear_down(Fixture *fixture, gconstpointer data) {
  g_clear_object(&fixture->result);
  g_object_unref(fixture->cancellable);
  test_mirror_free(fixture->mirror);
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
  g_autoptr(InkDataset) sent = ink_dataset_open(fixture->mirror->source, &error);
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
  g_assert_cmpuint(fixture->mirror->requests, ==, 4);

  /* What is there and right is not downloaded again; what is damaged is. */
  g_assert_true(fetch(fixture, entry, &error));
  g_assert_cmpuint(fixture->mirror->requests, ==, 4);
  test_write(fixture->expected, "t10k-labels-idx1-ubyte", "damaged", 7);
  g_assert_true(fetch(fixture, entry, &error));
  g_assert_cmpuint(fixture->mirror->requests, ==, 5);
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
  soup_server_disconnect(fixture->mirror->server);
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
  g_assert_cmpuint(fixture->mirror->requests, ==, 1);
  g_assert_cmpuint(count_files(fixture->expected), ==, 0);
}

static void test_cancelled_before(Fixture *fixture, gconstpointer data) {
  const InkCatalogueEntry *entry = make_entry(fixture, (const char *const[]){"good", NULL});
  g_cancellable_cancel(fixture->cancellable);
  g_autoptr(GError) error = NULL;
  g_assert_false(fetch(fixture, entry, &error));
  g_assert_error(error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpuint(fixture->mirror->requests, ==, 0);
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
