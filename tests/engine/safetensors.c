#include "engine/safetensors.h"

#include "tests/support/idx-files.h"

#include <glib/gstdio.h>

#include <sys/stat.h>

typedef struct {
  char *folder;
  char *path;
} Fixture;

static void set_up(Fixture *fixture, gconstpointer data) {
  fixture->folder = test_make_folder();
  fixture->path = g_build_filename(fixture->folder, "file.safetensors", NULL);
}

static void tear_down(Fixture *fixture, gconstpointer data) {
  test_remove_folder(fixture->folder);
  g_free(fixture->path);
}

static void assert_refused(Fixture *fixture, const char *pattern) {
  g_autoptr(GError) error = NULL;

  g_assert_null(ink_safetensors_load(fixture->path, &error));
  g_assert_nonnull(error);
  if (!g_pattern_match_simple(pattern, error->message))
    g_error("“%s” is not like “%s”", error->message, pattern);
}

/* Writes a header and so many bytes of data. */
static void write_file(Fixture *fixture, const char *header, gsize data_size) {
  g_autoptr(GByteArray) bytes = g_byte_array_new();
  guint64 size = GUINT64_TO_LE(strlen(header));
  g_autofree guint8 *data = g_malloc0(data_size + 1);

  g_byte_array_append(bytes, (const guint8 *)&size, sizeof size);
  g_byte_array_append(bytes, (const guint8 *)header, strlen(header));
  g_byte_array_append(bytes, data, data_size);
  test_write(fixture->folder, "file.safetensors", bytes->data, bytes->len);
}

static void test_round_trip(Fixture *fixture, gconstpointer data) {
  g_autoptr(InkSafetensors) saved = ink_safetensors_new();
  g_autoptr(InkSafetensors) loaded = NULL;
  const float floats[] = {1, -2, 3, 4, 5, 6};
  const gint64 ints[] = {G_MININT64, G_MAXINT64};
  const guint8 bytes[] = {1, 2, 3};
  const gsize matrix[] = {2, 3}, two[] = {2}, three[] = {3};
  g_autoptr(GError) error = NULL;
  gsize dims[4];
  int n_dims;

  ink_safetensors_add(saved, "bytes", "U8", 1, three, bytes); /* what follows is not aligned */
  ink_safetensors_add(saved, "floats", "F32", 2, matrix, floats);
  ink_safetensors_add(saved, "ints", "I64", 1, two, ints);
  ink_safetensors_add(saved, "scalar", "F32", 0, NULL, floats);
  ink_safetensors_set_metadata(saved, "key", "“value” \"with\" \\ and\nlines");
  g_assert_true(ink_safetensors_save(saved, fixture->path, &error));
  g_assert_no_error(error);

  loaded = ink_safetensors_load(fixture->path, &error);
  g_assert_no_error(error);
  g_assert_cmpmem(ink_safetensors_get(loaded, "floats", "F32", &n_dims, dims), sizeof floats,
                  floats, sizeof floats);
  g_assert_cmpint(n_dims, ==, 2);
  g_assert_cmpuint(dims[0], ==, 2);
  g_assert_cmpuint(dims[1], ==, 3);
  g_assert_cmpmem(ink_safetensors_get(loaded, "ints", "I64", &n_dims, dims), sizeof ints, ints,
                  sizeof ints);
  g_assert_cmpmem(ink_safetensors_get(loaded, "bytes", "U8", &n_dims, dims), sizeof bytes, bytes,
                  sizeof bytes);
  g_assert_cmpmem(ink_safetensors_get(loaded, "scalar", "F32", &n_dims, dims), 4, floats, 4);
  g_assert_cmpint(n_dims, ==, 0);
  g_assert_null(ink_safetensors_get(loaded, "floats", "F64", &n_dims, dims));
  g_assert_null(ink_safetensors_get(loaded, "nothing", "F32", &n_dims, dims));
  g_assert_cmpstr(ink_safetensors_get_metadata(loaded, "key"), ==,
                  "“value” \"with\" \\ and\nlines");
  g_assert_null(ink_safetensors_get_metadata(loaded, "other"));
}

/* The header's length is a multiple of eight, as the reference implementation makes it. */
static void test_aligned(Fixture *fixture, gconstpointer data) {
  for (int length = 1; length <= 9; length++) {
    g_autoptr(InkSafetensors) file = ink_safetensors_new();
    g_autofree char *name = g_strnfill(length, 'n'), *contents = NULL;
    const float value = 0;
    guint64 size;

    ink_safetensors_add(file, name, "F32", 0, NULL, &value);
    g_assert_true(ink_safetensors_save(file, fixture->path, NULL));
    g_assert_true(g_file_get_contents(fixture->path, &contents, NULL, NULL));
    memcpy(&size, contents, sizeof size);
    g_assert_cmpuint(GUINT64_FROM_LE(size) % 8, ==, 0);
  }
}

static void test_from_pytorch(Fixture *fixture, gconstpointer data) {
  g_autofree char *path =
      g_test_build_filename(G_TEST_DIST, "golden", "k3-b7-max.safetensors", NULL);
  g_autoptr(GError) error = NULL;
  g_autoptr(InkSafetensors) file = ink_safetensors_load(path, &error);
  gsize dims[4];
  int n_dims;

  g_assert_no_error(error);
  g_assert_cmpstr(ink_safetensors_get_metadata(file, "kernel"), ==, "3");
  g_assert_nonnull(ink_safetensors_get(file, "losses64", "F32", &n_dims, dims));
  g_assert_cmpuint(dims[0], ==, 20);
  g_assert_nonnull(ink_safetensors_get(file, "test_correct", "I32", &n_dims, dims));
}

static void test_not_files(Fixture *fixture, gconstpointer data) {
  assert_refused(fixture, "Can’t open “*file.safetensors”: *.");
  test_write(fixture->folder, "file.safetensors", "", 0);
  assert_refused(fixture, "“*file.safetensors” is damaged or not a safetensors file: it is empty.");
  test_write(fixture->folder, "file.safetensors", "1234567", 7);
  assert_refused(fixture, "*: it is too short.");
  test_write(fixture->folder, "file.safetensors", "\377\377\377\377\377\377\377\377{}", 10);
  assert_refused(fixture, "*: it ends within its header.");
  g_assert_cmpint(g_remove(fixture->path), ==, 0);
  g_assert_cmpint(g_mkdir(fixture->path, 0700), ==, 0);
  assert_refused(fixture, "“*file.safetensors” is not a file.");
  g_assert_cmpint(g_remove(fixture->path), ==, 0);
  g_assert_cmpint(mkfifo(fixture->path, 0600), ==, 0);
  assert_refused(fixture, "“*file.safetensors” is not a file.");
}

static void test_wrong_headers(Fixture *fixture, gconstpointer data) {
  static const char *const headers[] = {
      "",
      "nonsense",
      "[]",
      "{",
      "{\"a\":1}",
      "{\"a\":{}}",
      "{\"__metadata__\":1}",
      "{\"__metadata__\":{\"a\":1}}",
      /* Each but one field is right for eight bytes. */
      "{\"a\":{\"dtype\":\"F33\",\"shape\":[2],\"data_offsets\":[0,8]}}",
      "{\"a\":{\"dtype\":32,\"shape\":[2],\"data_offsets\":[0,8]}}",
      "{\"a\":{\"dtype\":\"F32\",\"shape\":2,\"data_offsets\":[0,8]}}",
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[\"2\"],\"data_offsets\":[0,8]}}",
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[2.0],\"data_offsets\":[0,8]}}",
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]}}",
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}}",
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[1,1,1,1,2],\"data_offsets\":[0,8]}}",
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904,4,2],\"data_offsets\":[0,8]}}",
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8,9]}}",
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}}",
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[-8,0]}}",
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[1,9]}}",
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}",
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
      "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}",
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[[[[2]]]],\"data_offsets\":[0,8]}}",
      "{\"a\":\377}",
  };
  g_autofree char *deep = g_strnfill(1000000, '[');
  g_autoptr(InkSafetensors) right = NULL;
  g_autoptr(GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS(headers); i++) {
    write_file(fixture, headers[i], 8);
    assert_refused(fixture, "“*file.safetensors” is damaged or not a safetensors file: *.");
  }
  write_file(fixture, deep, 0);
  assert_refused(fixture, "“*file.safetensors” is damaged or not a safetensors file: *.");
  write_file(fixture, "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8);
  right = ink_safetensors_load(fixture->path, &error);
  g_assert_no_error(error);
}

static void assert_cannot_save(const char *path, const char *pattern) {
  g_autoptr(InkSafetensors) file = ink_safetensors_new();
  g_autoptr(GError) error = NULL;

  g_assert_false(ink_safetensors_save(file, path, &error));
  g_assert_nonnull(error);
  if (!g_pattern_match_simple(pattern, error->message))
    g_error("“%s” is not like “%s”", error->message, pattern);
}

static void test_cannot_save(Fixture *fixture, gconstpointer data) {
  assert_cannot_save("/proc/nonexistent/file",
                     "Can’t save “/proc/nonexistent/file”: there is no such folder.");
  assert_cannot_save("/dev/null", "Can’t save “/dev/null”: there is something there *.");
  assert_cannot_save(fixture->folder, "Can’t save “*”: there is something there *.");
  assert_cannot_save("/proc/file", "Can’t save “/proc/file”: its folder takes no new files.");
}

#define ADD(name, function)                                                                        \
  g_test_add("/safetensors/" name, Fixture, NULL, set_up, function, tear_down)

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  ADD("round-trip", test_round_trip);
  ADD("aligned", test_aligned);
  ADD("from-pytorch", test_from_pytorch);
  ADD("not-files", test_not_files);
  ADD("wrong-headers", test_wrong_headers);
  ADD("cannot-save", test_cannot_save);
  return g_test_run();
}
