/* safetensors: the one file format of models and checkpoints.
 * Format: https://github.com/huggingface/safetensors (8-byte little-endian header length, JSON
 * header, data). Reads F32, F64, I32, I64, U8; believes nothing before it is checked. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _InkSafetensors InkSafetensors;

/* A reader: keeps the file's bytes. Errors name the file (INK_SAFETENSORS_ERROR, G_FILE_ERROR). */
InkSafetensors *ink_safetensors_load(const char *path, GError **error);
/* A writer: add tensors and metadata, then save (temporary file, fsync, rename). */
InkSafetensors *ink_safetensors_new(void);
void ink_safetensors_free(InkSafetensors *file);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(InkSafetensors, ink_safetensors_free)

/* Borrowed data, or NULL when there is no such tensor of this type. dtype as in the header, "F32".
 * dims gets up to 4 sizes. */
gconstpointer ink_safetensors_get(InkSafetensors *file, const char *name, const char *dtype,
                                  int *n_dims, gsize dims[4]);
const char *ink_safetensors_get_metadata(InkSafetensors *file, const char *key); /* nullable */

/* Copies the data. */
void ink_safetensors_add(InkSafetensors *file, const char *name, const char *dtype, int n_dims,
                         const gsize *dims, gconstpointer data);
void ink_safetensors_set_metadata(InkSafetensors *file, const char *key, const char *value);
gboolean ink_safetensors_save(InkSafetensors *file, const char *path, GError **error);

#define INK_SAFETENSORS_ERROR (ink_safetensors_error_quark())
GQuark ink_safetensors_error_quark(void);

G_END_DECLS
