#define _GNU_SOURCE /* nftw(), setresuid() */

#include "tests/support/idx-files.h"

#include "kernels/shape.h"

#include <ftw.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <unistd.h>

void test_write(const char *folder, const char *name, const void *bytes, gsize size) {
  g_autofree char *path = g_build_filename(folder, name, NULL);
  g_autoptr(GError) error = NULL;
  /* A file that is not there yet is written without waiting for the disk. */
  g_unlink(path);
  g_file_set_contents(path, bytes, size, &error);
  g_assert_no_error(error);
}

void test_write_gzipped(const char *folder, const char *name, const void *bytes, gsize size) {
  g_autoptr(GOutputStream) memory = g_memory_output_stream_new_resizable();
  g_autoptr(GConverter) compressor =
      G_CONVERTER(g_zlib_compressor_new(G_ZLIB_COMPRESSOR_FORMAT_GZIP, -1));
  g_autoptr(GOutputStream) gzip = g_converter_output_stream_new(memory, compressor);
  g_autoptr(GError) error = NULL;
  g_output_stream_write_all(gzip, bytes, size, NULL, NULL, &error);
  g_assert_no_error(error);
  g_output_stream_close(gzip, NULL, &error);
  g_assert_no_error(error);
  test_write(folder, name, g_memory_output_stream_get_data(G_MEMORY_OUTPUT_STREAM(memory)),
             g_memory_output_stream_get_data_size(G_MEMORY_OUTPUT_STREAM(memory)));
}

GByteArray *test_idx(guint rank, const uint32_t shape[], const uint8_t *values) {
  GByteArray *idx = g_byte_array_new();
  g_byte_array_append(idx, (guint8[]){0, 0, 0x08, rank}, 4);
  gsize size = 1;
  for (guint i = 0; i < rank; i++) {
    guint32 big_endian = GUINT32_TO_BE(shape[i]);
    g_byte_array_append(idx, (guint8 *)&big_endian, sizeof big_endian);
    size *= shape[i];
  }
  return g_byte_array_append(idx, values, size);
}

char *test_make_folder(void) {
  g_autoptr(GError) error = NULL;
  char *folder = g_dir_make_tmp("inkling-test-XXXXXX", &error);
  g_assert_no_error(error);
  return folder;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *ftw) {
  return remove(path);
}

void test_remove_folder(char *folder) {
  nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
  g_free(folder);
}

enum { NOBODY = 65534 };

void test_forbid(const char *path) {
  g_assert_cmpint(g_chmod(path, 0), ==, 0);
  if (geteuid() == 0)
    g_assert_cmpint(setresuid(NOBODY, NOBODY, 0), ==, 0);
}

void test_allow(const char *path, int mode) {
  uid_t real, effective, saved;
  g_assert_cmpint(getresuid(&real, &effective, &saved), ==, 0);
  g_assert_cmpint(setresuid(saved, saved, saved), ==, 0);
  g_assert_cmpint(g_chmod(path, mode), ==, 0);
}

static void write_split(const char *folder, const char *images_name, const char *labels_name,
                        guint count, guint classes, GRand *random) {
  g_autofree uint8_t *images = g_malloc((gsize)count * INK_PIXELS);
  g_autofree uint8_t *labels = g_malloc(count);
  for (guint i = 0; i < count; i++) {
    guint label = labels[i] = g_rand_int_range(random, 0, classes);
    uint8_t *image = images + (gsize)i * INK_PIXELS;
    for (guint pixel = 0; pixel < INK_PIXELS; pixel++)
      image[pixel] = g_rand_int_range(random, 0, 64);
    guint first = label * (INK_PIXELS - 40) / classes;
    for (guint pixel = first; pixel < first + 40; pixel++)
      image[pixel] = 255;
  }
  g_autoptr(GByteArray) idx = test_idx(3, (const uint32_t[]){count, INK_SIDE, INK_SIDE}, images);
  test_write(folder, images_name, idx->data, idx->len);
  g_autoptr(GByteArray) label_idx = test_idx(1, (const uint32_t[]){count}, labels);
  test_write(folder, labels_name, label_idx->data, label_idx->len);
}

void test_write_dataset(const char *folder, guint train, guint test, guint classes, guint32 seed) {
  g_autoptr(GRand) random = g_rand_new_with_seed(seed);
  write_split(folder, "train-images-idx3-ubyte", "train-labels-idx1-ubyte", train, classes, random);
  write_split(folder, "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte", test, classes, random);
}
