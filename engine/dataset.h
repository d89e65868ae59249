/* dataset: labelled 28×28 images to train and test on, from four IDX files in one folder.
 *
 * A data set never changes once it is open; it may be used from any thread. */
#pragma once

#include "kernels/backend.h"

#include <glib-object.h>

G_BEGIN_DECLS

#define INK_DATASET_ERROR (ink_dataset_error_quark())
GQuark ink_dataset_error_quark(void);

typedef enum {
  INK_DATASET_ERROR_UNKNOWN, /* neither a folder nor a name in the catalogue */
  INK_DATASET_ERROR_ABSENT,  /* in the catalogue but not on this machine: it can be fetched */
  INK_DATASET_ERROR_INVALID  /* its files don't fit together */
} InkDatasetError;

typedef struct InkDataset InkDataset;

#define INK_TYPE_DATASET (ink_dataset_get_type())
GType ink_dataset_get_type(void) G_GNUC_CONST;

/* Opens a folder (what contains a '/' or is a folder that exists) or else a catalogue name. A name
 * is looked for in the user's data folder, the system's, then the catalogue's own. Reads and checks
 * all four files: some 50 ms for MNIST kept raw. On failure returns NULL and sets one sentence in
 * INK_DATASET_ERROR or INK_IDX_ERROR. */
InkDataset *ink_dataset_open(const char *folder_or_name, GError **error);

/* The reference count is atomic. */
InkDataset *ink_dataset_ref(InkDataset *dataset);
void ink_dataset_unref(InkDataset *dataset);

/* The catalogue name ("fashion-mnist"), or the last part of the folder's path. */
const char *ink_dataset_get_name(const InkDataset *dataset);

/* As a person knows it ("Fashion-MNIST"); of a folder outside the catalogue, its name. */
const char *ink_dataset_get_title(const InkDataset *dataset);

/* The folder its files were read from. */
const char *ink_dataset_get_folder(const InkDataset *dataset);

/* 2 … 64. Of a folder outside the catalogue the largest label + 1. */
int ink_dataset_get_classes(const InkDataset *dataset);

/* "7", or "Ankle boot"; of a folder outside the catalogue the number. 0 ≤ label < classes. */
const char *ink_dataset_get_class_name(const InkDataset *dataset, int label);

/* All of them: NULL-terminated, (classes). */
const char *const *ink_dataset_get_class_names(const InkDataset *dataset);

/* At least 1. */
size_t ink_dataset_get_count(const InkDataset *dataset, InkSplit split);

const uint8_t *ink_dataset_get_images(const InkDataset *dataset,
                                      InkSplit split); /* (count, 28, 28), 0 … 255 */

const uint8_t *ink_dataset_get_labels(const InkDataset *dataset,
                                      InkSplit split); /* (count), 0 … classes − 1 */

/* A hexadecimal fingerprint of the counts, all labels and the first images of each split, by which
 * a checkpoint knows its data set again wherever its files are. */
const char *ink_dataset_get_identity(const InkDataset *dataset);

/* Whether the two are the same by that, so that what is known of the images of one holds for the
 * other's. */
gboolean ink_dataset_equal(const InkDataset *a, const InkDataset *b);

/* Call before each run: FALSE if a file too large to be read into memory changed its size on disk
 * since it was opened, so that reading it could crash. */
gboolean ink_dataset_verify_unchanged(const InkDataset *dataset, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(InkDataset, ink_dataset_unref)

G_END_DECLS
