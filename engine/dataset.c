#include "engine/dataset.h"

#include "engine/catalogue.h"
#include "engine/idx.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <unistd.h>

/* Enough to tell data sets apart, and read in well under a millisecond. */
enum { IDENTITY_IMAGES = 16 };

struct InkDataset {
  char *name;
  char *title;
  char *folder;
  char **class_names; /* (classes), NULL-terminated */
  int classes;
  InkIdx *images[INK_SPLITS];
  InkIdx *labels[INK_SPLITS];
  char *identity;
};

G_DEFINE_QUARK(ink - dataset - error - quark, ink_dataset_error)
G_DEFINE_BOXED_TYPE(InkDataset, ink_dataset, ink_dataset_ref, ink_dataset_unref)

/* What the four files are called in a folder outside the catalogue, too. */
static const char *file_names[INK_FILES] = {
    [INK_FILE_TRAIN_IMAGES] = "train-images-idx3-ubyte",
    [INK_FILE_TRAIN_LABELS] = "train-labels-idx1-ubyte",
    [INK_FILE_TEST_IMAGES] = "t10k-images-idx3-ubyte",
    [INK_FILE_TEST_LABELS] = "t10k-labels-idx1-ubyte",
};

static InkIdx *open_file(const char *folder, const char *name, guint rank, GError **error) {
  g_autofree char *path = ink_catalogue_find_file(folder, name);
  if (!path) {
    g_autofree char *display = g_filename_display_name(folder);
    if (g_access(folder, X_OK) != 0)
      g_set_error(error, INK_IDX_ERROR, INK_IDX_ERROR_UNREADABLE, _("“%s” can’t be opened: %s."),
                  display, g_strerror(errno));
    else
      g_set_error(error, INK_IDX_ERROR, INK_IDX_ERROR_MISSING,
                  _("There is neither “%s” nor “%s.gz” in the folder “%s”."), name, name, display);
    return NULL;
  }
  return ink_idx_open(path, rank, error);
}

static gboolean open_split(InkDataset *dataset, InkSplit split, const char *images_name,
                           const char *labels_name, GError **error) {
  InkIdx *images = dataset->images[split] = open_file(dataset->folder, images_name, 3, error);
  if (!images)
    return FALSE;
  if (images->shape[1] != INK_SIDE || images->shape[2] != INK_SIDE) {
    g_set_error(error, INK_DATASET_ERROR, INK_DATASET_ERROR_INVALID,
                _("“%s” holds images of %u × %u pixels where 28 × 28 are needed."), images->path,
                images->shape[2], images->shape[1]);
    return FALSE;
  }
  InkIdx *labels = dataset->labels[split] = open_file(dataset->folder, labels_name, 1, error);
  if (!labels)
    return FALSE;
  if (images->shape[0] != labels->shape[0]) {
    g_set_error(error, INK_DATASET_ERROR, INK_DATASET_ERROR_INVALID,
                _("“%s” holds %'u images, but “%s” holds %'u labels."), images->path,
                images->shape[0], labels->path, labels->shape[0]);
    return FALSE;
  }
  return TRUE;
}

static gboolean open_files(InkDataset *dataset, const char *const names[INK_FILES],
                           GError **error) {
  return open_split(dataset, INK_TRAIN, names[INK_FILE_TRAIN_IMAGES], names[INK_FILE_TRAIN_LABELS],
                    error) &&
         open_split(dataset, INK_TEST, names[INK_FILE_TEST_IMAGES], names[INK_FILE_TEST_LABELS],
                    error);
}

static gboolean check_labels(const InkIdx *labels, int classes, GError **error) {
  for (gsize i = 0; i < labels->size; i++) {
    if (labels->values[i] >= classes) {
      g_set_error(error, INK_DATASET_ERROR, INK_DATASET_ERROR_INVALID,
                  _("“%s” gives image %'zu the label %d; labels must be from 0 to %d."),
                  labels->path, i, labels->values[i], classes - 1);
      return FALSE;
    }
  }
  return TRUE;
}

static int largest_label(const InkIdx *labels) {
  int largest = 0;
  for (gsize i = 0; i < labels->size; i++)
    largest = MAX(largest, labels->values[i]);
  return largest;
}

/* Numbers for names, as many as the labels need. */
static void count_classes(InkDataset *dataset) {
  int largest =
      MAX(largest_label(dataset->labels[INK_TRAIN]), largest_label(dataset->labels[INK_TEST]));
  dataset->classes = CLAMP(largest + 1, INK_MIN_CLASSES, INK_MAX_CLASSES);
  dataset->class_names = g_new0(char *, dataset->classes + 1);
  for (int i = 0; i < dataset->classes; i++)
    dataset->class_names[i] = g_strdup_printf("%d", i);
}

static char *fingerprint(const InkDataset *dataset) {
  g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
  for (InkSplit split = 0; split < INK_SPLITS; split++) {
    const InkIdx *images = dataset->images[split], *labels = dataset->labels[split];
    guint32 count = GUINT32_TO_LE(images->shape[0]);
    g_checksum_update(checksum, (const guchar *)&count, sizeof count);
    g_checksum_update(checksum, labels->values, labels->size);
    g_checksum_update(checksum, images->values, MIN(images->size, IDENTITY_IMAGES * INK_PIXELS));
  }
  return g_strdup(g_checksum_get_string(checksum));
}

static InkDataset *dataset_new(const char *folder, const char *name, const char *title) {
  InkDataset *dataset = g_atomic_rc_box_new0(InkDataset);
  dataset->folder = g_strdup(folder);
  dataset->name = g_strdup(name);
  dataset->title = g_strdup(title);
  return dataset;
}

static gboolean finish(InkDataset *dataset, GError **error) {
  if (!check_labels(dataset->labels[INK_TRAIN], dataset->classes, error) ||
      !check_labels(dataset->labels[INK_TEST], dataset->classes, error))
    return FALSE;
  dataset->identity = fingerprint(dataset);
  return TRUE;
}

static InkDataset *open_folder(const char *folder, GError **error) {
  g_autofree char *display = g_filename_display_name(folder);
  if (!g_file_test(folder, G_FILE_TEST_IS_DIR)) {
    g_set_error(error, INK_DATASET_ERROR, INK_DATASET_ERROR_UNKNOWN, _("There is no folder “%s”."),
                display);
    return NULL;
  }
  g_autofree char *absolute = g_canonicalize_filename(folder, NULL);
  g_autofree char *name = g_filename_display_basename(absolute);
  g_autoptr(InkDataset) dataset = dataset_new(folder, name, name);
  if (!open_files(dataset, file_names, error))
    return NULL;
  count_classes(dataset);
  return finish(dataset, error) ? g_steal_pointer(&dataset) : NULL;
}

static InkDataset *open_entry(const InkCatalogueEntry *entry, GError **error) {
  g_autofree char *folder = ink_catalogue_locate(entry);
  if (!folder) {
    g_set_error(error, INK_DATASET_ERROR, INK_DATASET_ERROR_ABSENT,
                _("The data set %s is not on this computer; “inkling fetch %s” downloads it."),
                entry->title, entry->name);
    return NULL;
  }
  g_autoptr(InkDataset) dataset = dataset_new(folder, entry->name, entry->title);
  const char *names[INK_FILES];
  for (int i = 0; i < INK_FILES; i++)
    names[i] = entry->files[i].name;
  if (!open_files(dataset, names, error))
    return NULL;
  dataset->class_names = g_strdupv(entry->classes);
  dataset->classes = g_strv_length(entry->classes);
  return finish(dataset, error) ? g_steal_pointer(&dataset) : NULL;
}

InkDataset *ink_dataset_open(const char *folder_or_name, GError **error) {
  g_return_val_if_fail(folder_or_name != NULL, NULL);

  if (strchr(folder_or_name, '/') || g_file_test(folder_or_name, G_FILE_TEST_IS_DIR))
    return open_folder(folder_or_name, error);
  const InkCatalogueEntry *entry = ink_catalogue_find(folder_or_name);
  if (entry)
    return open_entry(entry, error);
  g_autofree char *display = g_filename_display_name(folder_or_name);
  g_autofree char *names = ink_catalogue_list_names();
  g_set_error(error, INK_DATASET_ERROR, INK_DATASET_ERROR_UNKNOWN,
              _("“%s” is neither a folder nor the name of a data set (%s)."), display, names);
  return NULL;
}

InkDataset *ink_dataset_ref(InkDataset *dataset) {
  g_return_val_if_fail(dataset != NULL, NULL);

  return g_atomic_rc_box_acquire(dataset);
}

static void dataset_free(gpointer data) {
  InkDataset *dataset = data;
  for (InkSplit split = 0; split < INK_SPLITS; split++) {
    ink_idx_close(dataset->images[split]);
    ink_idx_close(dataset->labels[split]);
  }
  g_strfreev(dataset->class_names);
  g_free(dataset->name);
  g_free(dataset->title);
  g_free(dataset->folder);
  g_free(dataset->identity);
}

void ink_dataset_unref(InkDataset *dataset) {
  g_return_if_fail(dataset != NULL);

  g_atomic_rc_box_release_full(dataset, dataset_free);
}

const char *ink_dataset_get_name(const InkDataset *dataset) {
  g_return_val_if_fail(dataset != NULL, NULL);

  return dataset->name;
}

const char *ink_dataset_get_title(const InkDataset *dataset) {
  g_return_val_if_fail(dataset != NULL, NULL);

  return dataset->title;
}

const char *ink_dataset_get_folder(const InkDataset *dataset) {
  g_return_val_if_fail(dataset != NULL, NULL);

  return dataset->folder;
}

int ink_dataset_get_classes(const InkDataset *dataset) {
  g_return_val_if_fail(dataset != NULL, 0);

  return dataset->classes;
}

const char *ink_dataset_get_class_name(const InkDataset *dataset, int label) {
  g_return_val_if_fail(dataset != NULL, NULL);
  g_return_val_if_fail(label >= 0 && label < dataset->classes, NULL);

  return dataset->class_names[label];
}

const char *const *ink_dataset_get_class_names(const InkDataset *dataset) {
  g_return_val_if_fail(dataset != NULL, NULL);

  return (const char *const *)dataset->class_names;
}

size_t ink_dataset_get_count(const InkDataset *dataset, InkSplit split) {
  g_return_val_if_fail(dataset != NULL, 0);

  return dataset->labels[split]->size;
}

const uint8_t *ink_dataset_get_images(const InkDataset *dataset, InkSplit split) {
  g_return_val_if_fail(dataset != NULL, NULL);

  return dataset->images[split]->values;
}

const uint8_t *ink_dataset_get_labels(const InkDataset *dataset, InkSplit split) {
  g_return_val_if_fail(dataset != NULL, NULL);

  return dataset->labels[split]->values;
}

const char *ink_dataset_get_identity(const InkDataset *dataset) {
  g_return_val_if_fail(dataset != NULL, NULL);

  return dataset->identity;
}

gboolean ink_dataset_equal(const InkDataset *a, const InkDataset *b) {
  g_return_val_if_fail(a != NULL && b != NULL, FALSE);

  return a == b || g_str_equal(a->identity, b->identity);
}

gboolean ink_dataset_verify_unchanged(const InkDataset *dataset, GError **error) {
  g_return_val_if_fail(dataset != NULL, FALSE);

  for (InkSplit split = 0; split < INK_SPLITS; split++) {
    if (!ink_idx_verify_unchanged(dataset->images[split], error) ||
        !ink_idx_verify_unchanged(dataset->labels[split], error))
      return FALSE;
  }
  return TRUE;
}
