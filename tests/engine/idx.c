/* Everything an IDX file can have wrong with it, raw and gzipped, and the sentence it gets. */
#include "engine/idx.h"

#include "tests/support/idx-files.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
  char *folder;
  char *path;
} Fixture;

static void set_up(Fixture *fixture, gconstpointer data) {
  fixture->folder = test_make_folder();
  fixture->path = g_build_filename(fixture->folder, "file", NULL);
}

static void tear_down(Fixture *fixture, gconstpointer data) {
  g_free(fixture->path);
  test_remove_folder(fixture->folder);
}

/* The file must be refused with a code and one sentence that names it and contains `words`. */
static void assert_refused(const char *path, guint rank, int code, const char *words) {
  g_autoptr(GError) error = NULL;
  g_assert_null(ink_idx_open(path, rank, &error));
  g_assert_error(error, INK_IDX_ERROR, code);
  g_assert_nonnull(strstr(error->message, path));
  if (!strstr(error->message, words))
    g_error("“%s” does not say “%s”", error->message, words);
  g_assert_true(g_str_has_suffix(error->message, "."));
  g_assert_null(strchr(error->message, '\n'));
}

/* Writes the bytes raw, then gzipped, and expects both to be refused the same way. */
static void assert_bytes_refused(Fixture *fixture, const void *bytes, gsize size,
                                 const char *words) {
  test_write(fixture->folder, "file", bytes, size);
  assert_refused(fixture->path, 3, INK_IDX_ERROR_INVALID, words);
  test_write_gzipped(fixture->folder, "file", bytes, size);
  assert_refused(fixture->path, 3, INK_IDX_ERROR_INVALID, words);
}

static const uint8_t values[] = {1, 2, 3, 4, 5, 6};
static const uint8_t whole[] = {0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6};

static void assert_whole(const char *path) {
  g_autoptr(GError) error = NULL;
  g_autoptr(InkIdx) idx = ink_idx_open(path, 3, &error);
  g_assert_no_error(error);
  g_assert_cmpuint(idx->rank, ==, 3);
  g_assert_cmpuint(idx->shape[0], ==, 1);
  g_assert_cmpuint(idx->shape[1], ==, 2);
  g_assert_cmpuint(idx->shape[2], ==, 3);
  g_assert_cmpmem(idx->values, idx->size, values, sizeof values);
  g_assert_true(ink_idx_verify_unchanged(idx, &error));
  g_assert_no_error(error);
}

static void test_whole(Fixture *fixture, gconstpointer data) {
  test_write(fixture->folder, "file", whole, sizeof whole);
  assert_whole(fixture->path);
  test_write_gzipped(fixture->folder, "file", whole, sizeof whole);
  assert_whole(fixture->path);

  g_autoptr(GByteArray) labels = test_idx(1, (const uint32_t[]){6}, values);
  test_write(fixture->folder, "file", labels->data, labels->len);
  g_autoptr(GError) error = NULL;
  g_autoptr(InkIdx) idx = ink_idx_open(fixture->path, 1, &error);
  g_assert_no_error(error);
  g_assert_cmpmem(idx->values, idx->size, values, sizeof values);
}

/* What is in memory is not hurt by what happens to the file. */
static void test_overwritten(Fixture *fixture, gconstpointer data) {
  test_write(fixture->folder, "file", whole, sizeof whole);
  g_autoptr(GError) error = NULL;
  g_autoptr(InkIdx) idx = ink_idx_open(fixture->path, 3, &error);
  g_assert_no_error(error);
  g_assert_cmpint(truncate(fixture->path, 0), ==, 0);
  g_assert_true(ink_idx_verify_unchanged(idx, &error));
  g_assert_cmpmem(idx->values, idx->size, values, sizeof values);
}

static void test_not_a_file(Fixture *fixture, gconstpointer data) {
  assert_refused(fixture->path, 3, INK_IDX_ERROR_MISSING, "There is no file");
  assert_refused(fixture->folder, 3, INK_IDX_ERROR_UNREADABLE, "is a folder");
  g_assert_cmpint(mkfifo(fixture->path, 0600), ==, 0);
  assert_refused(fixture->path, 3, INK_IDX_ERROR_UNREADABLE, "device or pipe");
  assert_refused("/dev/zero", 3, INK_IDX_ERROR_UNREADABLE, "device or pipe");
}

/* The superuser may read everything, so becomes nobody for this. */
static void test_unreadable(Fixture *fixture, gconstpointer data) {
  enum { NOBODY = 65534 };
  uid_t user = geteuid();
  test_write(fixture->folder, "file", whole, sizeof whole);
  g_assert_cmpint(g_chmod(fixture->folder, 0711), ==, 0);
  g_assert_cmpint(g_chmod(fixture->path, 0), ==, 0);
  if (user == 0 && seteuid(NOBODY) != 0) {
    g_test_skip("this superuser can’t become another user");
    return;
  }
  assert_refused(fixture->path, 3, INK_IDX_ERROR_UNREADABLE, "can’t be opened: Permission denied");
  g_assert_cmpint(seteuid(user), ==, 0);
}

static void test_empty(Fixture *fixture, gconstpointer data) {
  test_write(fixture->folder, "file", "", 0);
  assert_refused(fixture->path, 3, INK_IDX_ERROR_INVALID, "is empty");
  test_write_gzipped(fixture->folder, "file", "", 0);
  assert_refused(fixture->path, 3, INK_IDX_ERROR_INVALID, "ends within its header");
}

static void test_bad_header(Fixture *fixture, gconstpointer data) {
  assert_bytes_refused(fixture, "hello, world, here I am", 23, "does not begin with two zero");
  uint8_t bytes[sizeof whole];
  memcpy(bytes, whole, sizeof whole);
  bytes[2] = 0x0D;
  assert_bytes_refused(fixture, bytes, sizeof bytes, "type 0x0D");
  bytes[2] = 8;
  bytes[3] = 1;
  assert_bytes_refused(fixture, bytes, sizeof bytes, "has 1 dimensions instead of 3");
  bytes[3] = 3;
  memset(bytes + 4, 0, 4);
  assert_bytes_refused(fixture, bytes, sizeof bytes, "holds nothing");
  memset(bytes + 4, 0xff, 12);
  assert_bytes_refused(fixture, bytes, sizeof bytes, "impossibly large");
  /* 2^40 values: no memory may be asked for before it is seen that they can't be there. */
  memcpy(bytes + 4, (const uint8_t[]){0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0}, 12);
  test_write(fixture->folder, "file", bytes, sizeof bytes);
  assert_refused(fixture->path, 3, INK_IDX_ERROR_INVALID, "is cut short");
  test_write_gzipped(fixture->folder, "file", bytes, sizeof bytes);
  assert_refused(fixture->path, 3, INK_IDX_ERROR_INVALID, "promises more than it can hold");
}

/* Cut anywhere, it is refused; the sentence is about the header or the values. */
static void test_cut_short(Fixture *fixture, gconstpointer data) {
  for (gsize size = 1; size < sizeof whole; size++)
    assert_bytes_refused(fixture, whole, size, "is cut short");
}

static void test_trailing_bytes(Fixture *fixture, gconstpointer data) {
  uint8_t bytes[sizeof whole + 1] = {0};
  memcpy(bytes, whole, sizeof whole);
  assert_bytes_refused(fixture, bytes, sizeof bytes, "goes on after the 22 bytes");
}

static void test_damaged_gzip(Fixture *fixture, gconstpointer data) {
  test_write_gzipped(fixture->folder, "file", whole, sizeof whole);
  g_autofree char *bytes = NULL;
  gsize size;
  g_assert_true(g_file_get_contents(fixture->path, &bytes, &size, NULL));

  for (gsize cut = 2; cut < size; cut++) {
    test_write(fixture->folder, "file", bytes, cut);
    assert_refused(fixture->path, 3, INK_IDX_ERROR_INVALID, "its gzip data does not end");
  }

  g_autofree char *longer = g_malloc0(size + 1);
  memcpy(longer, bytes, size);
  test_write(fixture->folder, "file", longer, size + 1);
  assert_refused(fixture->path, 3, INK_IDX_ERROR_INVALID, "follows the end of its gzip data");

  bytes[size - 8] ^= 1; /* the checksum */
  test_write(fixture->folder, "file", bytes, size);
  assert_refused(fixture->path, 3, INK_IDX_ERROR_INVALID, "its gzip data is invalid");
}

/* A file above the limit is mapped; a sparse one costs no disk. */
static void test_mapped(Fixture *fixture, gconstpointer data) {
  enum { COUNT = INK_IDX_READ_LIMIT / 784 + 1 };
  const gint64 size = 16 + (gint64)COUNT * 784;
  guint32 count = GUINT32_TO_BE(COUNT);
  uint8_t header[16] = {0, 0, 8, 3, 0, 0, 0, 0, 0, 0, 0, 28, 0, 0, 0, 28};
  memcpy(header + 4, &count, sizeof count);
  test_write(fixture->folder, "file", header, sizeof header);
  g_assert_cmpint(truncate(fixture->path, size), ==, 0);

  g_autoptr(GError) error = NULL;
  g_autoptr(InkIdx) idx = ink_idx_open(fixture->path, 3, &error);
  g_assert_no_error(error);
  g_assert_cmpuint(idx->shape[0], ==, COUNT);
  g_assert_cmpuint(idx->values[idx->size - 1], ==, 0);
  g_assert_true(ink_idx_verify_unchanged(idx, &error));
  g_assert_no_error(error);

  g_assert_cmpint(truncate(fixture->path, size - 1), ==, 0);
  g_assert_false(ink_idx_verify_unchanged(idx, &error));
  g_assert_error(error, INK_IDX_ERROR, INK_IDX_ERROR_CHANGED);
  g_assert_nonnull(strstr(error->message, fixture->path));
  assert_refused(fixture->path, 3, INK_IDX_ERROR_INVALID, "is cut short");
}

#define ADD(name, function) g_test_add(name, Fixture, NULL, set_up, function, tear_down)

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  ADD("/idx/whole", test_whole);
  ADD("/idx/overwritten", test_overwritten);
  ADD("/idx/not-a-file", test_not_a_file);
  ADD("/idx/unreadable", test_unreadable);
  ADD("/idx/empty", test_empty);
  ADD("/idx/bad-header", test_bad_header);
  ADD("/idx/cut-short", test_cut_short);
  ADD("/idx/trailing-bytes", test_trailing_bytes);
  ADD("/idx/damaged-gzip", test_damaged_gzip);
  ADD("/idx/mapped", test_mapped);
  return g_test_run();
}
