/* idx-files: writes IDX files and whole data sets for tests. Every failure ends the test. */
#pragma once

#include <glib.h>

#include <stdint.h>

/* Writes bytes as they are. */
void test_write(const char *folder, const char *name, const void *bytes, gsize size);

/* The same gzipped. */
void test_write_gzipped(const char *folder, const char *name, const void *bytes, gsize size);

/* An IDX file's bytes: its header, then the values. Free with g_byte_array_unref(). */
GByteArray *test_idx(guint rank, const uint32_t shape[], const uint8_t *values);

/* A new, empty folder in the temporary folder; remove it with test_remove_folder(). */
char *test_make_folder(void);

/* Removes a folder and all that is in it, and frees its name. */
void test_remove_folder(char *folder);

/* Takes the rights to a file or folder away from this process, also where it is root's; and gives
 * them back. */
void test_forbid(const char *path);
void test_allow(const char *path, int mode);

/* Writes a data set of `train` and `test` random but learnable images into folder: a bright bar
 * whose place is the label's, under noise. The same seed gives the same files. */
void test_write_dataset(const char *folder, guint train, guint test, guint classes, guint32 seed);
