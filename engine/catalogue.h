/* catalogue: the data sets known by name, from data/datasets.ini, which is compiled in. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A data set's four files, in the catalogue's order. */
typedef enum {
  INK_FILE_TRAIN_IMAGES,
  INK_FILE_TRAIN_LABELS,
  INK_FILE_TEST_IMAGES,
  INK_FILE_TEST_LABELS,
  INK_FILES
} InkFile;

typedef struct {
  char *name;             /* "train-images-idx3-ubyte" */
  guint64 bytes;          /* uncompressed */
  guint64 download_bytes; /* gzipped, as mirrors have it */
  char *sha256;           /* of the uncompressed file, lower-case hexadecimal */
} InkCatalogueFile;

typedef struct {
  char *name;     /* "fashion-mnist", also the name of its folder */
  char *title;    /* "Fashion-MNIST" */
  char *licence;  /* "MIT" */
  char **classes; /* NULL-terminated, 2 … 64 */
  char **mirrors; /* NULL-terminated addresses of folders, tried in order; may be empty */
  char **folders; /* NULL-terminated folders it may be in besides the data folders; may be empty */
  InkCatalogueFile files[INK_FILES];
} InkCatalogueEntry;

/* The catalogue: (const InkCatalogueEntry *), in the order to offer them. Read once, from any
 * thread; never freed or changed. */
const GPtrArray *ink_catalogue_get(void);

/* NULL when there is no such name. */
const InkCatalogueEntry *ink_catalogue_find(const char *name);

/* "mnist, fashion-mnist", for sentences; free with g_free(). */
char *ink_catalogue_list_names(void);

/* Reads a catalogue of one's own. Returns an array that owns its entries, or NULL with one sentence
 * in G_KEY_FILE_ERROR. */
GPtrArray *ink_catalogue_parse(const char *text, GError **error);

/* The first folder that holds all four files, raw or gzipped: the user's data folder, the system's,
 * then the entry's own. NULL when it is not on this machine; free with g_free(). */
char *ink_catalogue_locate(const InkCatalogueEntry *entry);

/* Where downloads go: $XDG_DATA_HOME/inkling/datasets/NAME, which may not exist. Free with
 * g_free(). */
char *ink_catalogue_user_folder(const InkCatalogueEntry *entry);

/* Bytes to download for all four files. */
guint64 ink_catalogue_download_bytes(const InkCatalogueEntry *entry);

/* The path of one of a data set's files in a folder, raw rather than gzipped ("….gz"), or NULL when
 * it is there in neither form. Free with g_free(). */
char *ink_catalogue_find_file(const char *folder, const char *name);

G_END_DECLS
