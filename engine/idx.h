/* idx: IDX files of unsigned bytes, the format MNIST is kept in.
 *
 * A file is two zero bytes, a type, a number of dimensions, each dimension as a big-endian 32-bit
 * number, then the values, the last dimension fastest; raw or gzipped. Everything is checked
 * before it is believed: what is opened is whole. */
#pragma once

#include <glib.h>

#include <stdint.h>

G_BEGIN_DECLS

enum {
  INK_IDX_MAX_RANK = 3,
  /* Raw files up to this many bytes are read into memory, so that what changes on disk later can't
   * hurt; larger ones are mapped. */
  INK_IDX_READ_LIMIT = 256 * 1024 * 1024
};

#define INK_IDX_ERROR (ink_idx_error_quark())
GQuark ink_idx_error_quark(void);

typedef enum {
  INK_IDX_ERROR_MISSING,    /* there is no such file */
  INK_IDX_ERROR_UNREADABLE, /* it can't be opened or read, or there is too little memory for it */
  INK_IDX_ERROR_INVALID,    /* it is not the IDX file it should be */
  INK_IDX_ERROR_CHANGED     /* it was cut short or grew after it was opened */
} InkIdxError;

/* Not changed after ink_idx_open(): may be read from any thread. */
typedef struct {
  char *path; /* as shown to a person: valid UTF-8 */
  guint rank;
  uint32_t shape[INK_IDX_MAX_RANK]; /* the first `rank` are set */
  const uint8_t *values;            /* (shape[0], …, shape[rank − 1]) */
  gsize size;                       /* how many values there are */

  /*< private >*/
  GBytes *content; /* the uncompressed file; values points into it */
  int fd;          /* of the mapped file; −1 when it is in memory */
} InkIdx;

/* Opens the file at path, which must hold `rank` dimensions of unsigned bytes. On failure returns
 * NULL and sets one sentence in INK_IDX_ERROR that names the file. Free with ink_idx_close(). */
InkIdx *ink_idx_open(const char *path, guint rank, GError **error);

/* FALSE if a mapped file no longer has the size it had: reading its values could crash. A file in
 * memory never changes. */
gboolean ink_idx_verify_unchanged(const InkIdx *idx, GError **error);

void ink_idx_close(InkIdx *idx);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(InkIdx, ink_idx_close)

G_END_DECLS
