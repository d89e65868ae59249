/* Thousands of damaged IDX files, each made by a repeatable rule: none may crash the reader, none
 * may be believed unless it is whole, and each refusal is one sentence that names the file. */
#include "engine/idx.h"

#include "tests/support/damage.h"
#include "tests/support/idx-files.h"

#include <sys/resource.h>
#include <unistd.h>

#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#endif

enum { ROUNDS = 4000, COUNT = 3, SIDE = 5 };

typedef struct {
  char *folder;
  char *path;
  GByteArray *raw;
  GByteArray *gzipped;
} Fixture;

static void set_up(Fixture *fixture, gconstpointer data) {
  fixture->folder = test_make_folder();
  fixture->path = g_build_filename(fixture->folder, "file", NULL);
  uint8_t values[COUNT * SIDE * SIDE];
  for (gsize i = 0; i < sizeof values; i++)
    values[i] = i * 7;
  fixture->raw = test_idx(3, (const uint32_t[]){COUNT, SIDE, SIDE}, values);
  test_write_gzipped(fixture->folder, "file", fixture->raw->data, fixture->raw->len);
  char *bytes;
  gsize size;
  g_assert_true(g_file_get_contents(fixture->path, &bytes, &size, NULL));
  fixture->gzipped = g_byte_array_new_take((guint8 *)bytes, size);
}

static void tear_down(Fixture *fixture, gconstpointer data) {
  g_byte_array_unref(fixture->raw);
  g_byte_array_unref(fixture->gzipped);
  g_free(fixture->path);
  test_remove_folder(fixture->folder);
}

/* What is believed must be what its header says, to the last byte. */
static void assert_consistent(const InkIdx *idx, const GByteArray *bytes, gboolean gzipped) {
  gsize values = 1;
  for (guint i = 0; i < idx->rank; i++)
    values *= idx->shape[i];
  g_assert_cmpuint(idx->size, ==, values);
  if (!gzipped) {
    g_assert_cmpuint(bytes->len, ==, 16 + idx->size);
    g_assert_cmpmem(idx->values, idx->size, bytes->data + 16, bytes->len - 16);
  }
  /* Every value can be read: a sanitizer sees it if not. */
  guint sum = 0;
  for (gsize i = 0; i < idx->size; i++)
    sum += idx->values[i];
  g_assert_cmpuint(sum, <=, 255 * idx->size);
}

static void try_damaged(Fixture *fixture, const GByteArray *whole, gboolean gzipped) {
  g_autoptr(GRand) random = test_damage_random(20);
  guint refused = 0, rounds = test_damage_rounds(ROUNDS);
  for (guint round = 0; round < rounds; round++) {
    g_autoptr(GByteArray) bytes = test_damage(whole, 20, random);
    test_write(fixture->folder, "file", bytes->data, bytes->len);
    g_autoptr(GError) error = NULL;
    g_autoptr(InkIdx) idx = ink_idx_open(fixture->path, 3, &error);
    g_assert_true((idx == NULL) == (error != NULL));
    if (idx) {
      assert_consistent(idx, bytes, gzipped);
      continue;
    }
    refused++;
    g_assert_true(error->domain == INK_IDX_ERROR);
    g_assert_nonnull(strstr(error->message, fixture->path));
    g_assert_true(g_str_has_suffix(error->message, "."));
  }
  /* The rule damages: hardly a file in three is still whole. */
  g_assert_cmpuint(refused, >, (guint64)rounds * 2 / 3);
}

static void test_raw(Fixture *fixture, gconstpointer data) {
  try_damaged(fixture, fixture->raw, FALSE);
}

static void test_gzipped(Fixture *fixture, gconstpointer data) {
  try_damaged(fixture, fixture->gzipped, TRUE);
}

/* Bytes of address space that this process has. */
static rlim_t address_space(void) {
  g_autofree char *pages = NULL;
  g_assert_true(g_file_get_contents("/proc/self/statm", &pages, NULL, NULL));
  return g_ascii_strtoull(pages, NULL, 10) * sysconf(_SC_PAGESIZE);
}

/* A gzipped file of 100 MB of zeros, read where there is memory for half of it. */
static void test_no_memory(Fixture *fixture, gconstpointer data) {
  if (SANITIZED) {
    g_test_skip("a sanitizer's own memory can’t be limited: runs in the release build");
    return;
  }
  enum { IMAGES = 128000 };
  if (!g_test_subprocess()) {
    g_test_trap_subprocess(NULL, 0, G_TEST_SUBPROCESS_INHERIT_STDERR);
    g_test_trap_assert_passed();
    return;
  }
  g_autofree uint8_t *zeros = g_malloc0((gsize)IMAGES * 784);
  g_autoptr(GByteArray) idx = test_idx(3, (const uint32_t[]){IMAGES, 28, 28}, zeros);
  test_write_gzipped(fixture->folder, "file", idx->data, idx->len);
  g_clear_pointer(&idx, g_byte_array_unref);
  g_clear_pointer(&zeros, g_free);

  struct rlimit limit = {.rlim_cur = address_space() + 50 * 1024 * 1024, .rlim_max = RLIM_INFINITY};
  g_assert_cmpint(setrlimit(RLIMIT_AS, &limit), ==, 0);
  g_autoptr(GError) error = NULL;
  g_assert_null(ink_idx_open(fixture->path, 3, &error));
  g_assert_error(error, INK_IDX_ERROR, INK_IDX_ERROR_UNREADABLE);
  g_assert_nonnull(strstr(error->message, "too little memory"));
}

#define ADD(name, function) g_test_add(name, Fixture, NULL, set_up, function, tear_down)

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  ADD("/fuzz/idx/raw", test_raw);
  ADD("/fuzz/idx/gzipped", test_gzipped);
  ADD("/fuzz/idx/no-memory", test_no_memory);
  return g_test_run();
}
