#include "engine/idx.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
  TYPE_UNSIGNED_BYTE = 0x08,
  /* What 1 byte of deflate can become at most; a file that promises more is damaged, and is found
   * out before the memory for it is asked for. */
  DEFLATE_MAX_RATIO = 1032,
  /* GZlibDecompressor counts in 32 bits. */
  DEFLATE_MAX_CHUNK = G_MAXINT32
};

G_DEFINE_QUARK(ink - idx - error - quark, ink_idx_error)

static gsize header_size(guint rank) {
  return 4 + 4 * rank;
}

static uint32_t read_big_endian(const uint8_t *bytes) {
  return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* Reads the header from the first `available` bytes of the file into shape and size. */
static gboolean parse_header(InkIdx *idx, const uint8_t *bytes, gsize available, GError **error) {
  if (available >= 2 && (bytes[0] != 0 || bytes[1] != 0)) {
    g_set_error(error, INK_IDX_ERROR, INK_IDX_ERROR_INVALID,
                _("“%s” is not an IDX file: it does not begin with two zero bytes."), idx->path);
    return FALSE;
  }
  if (available >= 3 && bytes[2] != TYPE_UNSIGNED_BYTE) {
    g_set_error(error, INK_IDX_ERROR, INK_IDX_ERROR_INVALID,
                _("“%s” holds values of IDX type 0x%02X; only unsigned bytes (0x08) can be read."),
                idx->path, bytes[2]);
    return FALSE;
  }
  if (available >= 4 && bytes[3] != idx->rank) {
    g_set_error(error, INK_IDX_ERROR, INK_IDX_ERROR_INVALID,
                _("“%s” has %d dimensions instead of %d; images and labels may be swapped."),
                idx->path, bytes[3], idx->rank);
    return FALSE;
  }
  if (available < header_size(idx->rank)) {
    g_set_error(error, INK_IDX_ERROR, INK_IDX_ERROR_INVALID,
                _("“%s” is cut short: it ends within its header."), idx->path);
    return FALSE;
  }

  idx->size = 1;
  for (guint i = 0; i < idx->rank; i++) {
    idx->shape[i] = read_big_endian(bytes + 4 + 4 * i);
    /* Leaves room for the header, too. */
    if (!g_size_checked_mul(&idx->size, idx->size, idx->shape[i]) || idx->size > G_MAXSSIZE / 2) {
      g_set_error(error, INK_IDX_ERROR, INK_IDX_ERROR_INVALID,
                  _("“%s” is damaged: its dimensions are impossibly large."), idx->path);
      return FALSE;
    }
  }
  if (idx->size == 0) {
    g_set_error(error, INK_IDX_ERROR, INK_IDX_ERROR_INVALID,
                _("“%s” holds nothing: one of its dimensions is zero."), idx->path);
    return FALSE;
  }
  return TRUE;
}

static gboolean check_length(InkIdx *idx, gsize length, GError **error) {
  gsize expected = header_size(idx->rank) + idx->size;
  if (length < expected) {
    g_set_error(error, INK_IDX_ERROR, INK_IDX_ERROR_INVALID,
                _("“%s” is cut short: its header promises %'zu bytes and only "
                  "%'zu are there."),
                idx->path, expected, length);
    return FALSE;
  }
  if (length > expected) {
    g_set_error(error, INK_IDX_ERROR, INK_IDX_ERROR_INVALID,
                _("“%s” is damaged: it goes on after the %'zu bytes that "
                  "its header promises."),
                idx->path, expected);
    return FALSE;
  }
  return TRUE;
}

static uint8_t *allocate(InkIdx *idx, gsize size, GError **error) {
  uint8_t *bytes = g_try_malloc(size);
  if (!bytes) {
    g_set_error(error, INK_IDX_ERROR, INK_IDX_ERROR_UNREADABLE,
                _("There is too little memory to read “%s” (%'zu bytes)."), idx->path, size);
  }
  return bytes;
}

typedef struct {
  GConverter *decompressor;
  const uint8_t *rest; /* what is not uncompressed yet */
  gsize rest_size;
  gboolean finished;
} Gzip;

/* Uncompresses the next `size` bytes, fewer only when the stream ends. Returns how many, or −1. */
static gssize gzip_read(InkIdx *idx, Gzip *gzip, uint8_t *bytes, gsize size, GError **error) {
  gsize done = 0;
  while (done < size && !gzip->finished) {
    g_autoptr(GError) reason = NULL;
    gsize consumed, written;
    GConverterResult result = g_converter_convert(
        gzip->decompressor, gzip->rest, MIN(gzip->rest_size, DEFLATE_MAX_CHUNK), bytes + done,
        MIN(size - done, DEFLATE_MAX_CHUNK), G_CONVERTER_NO_FLAGS, &consumed, &written, &reason);
    if (result == G_CONVERTER_ERROR) {
      g_set_error(error, INK_IDX_ERROR, INK_IDX_ERROR_INVALID,
                  g_error_matches(reason, G_IO_ERROR, G_IO_ERROR_PARTIAL_INPUT)
                      ? _("“%s” is cut short: its gzip data does not end.")
                      : _("“%s” is damaged: its gzip data is invalid."),
                  idx->path);
      return -1;
    }
    gzip->rest += consumed;
    gzip->rest_size -= consumed;
    done += written;
    gzip->finished = result == G_CONVERTER_FINISHED;
  }
  return done;
}

/* Uncompresses a whole gzipped IDX file. */
static GBytes *gunzip(InkIdx *idx, GBytes *compressed, GError **error) {
  g_autoptr(GConverter) decompressor =
      G_CONVERTER(g_zlib_decompressor_new(G_ZLIB_COMPRESSOR_FORMAT_GZIP));
  Gzip gzip = {.decompressor = decompressor};
  gzip.rest = g_bytes_get_data(compressed, &gzip.rest_size);

  uint8_t header[4 + 4 * INK_IDX_MAX_RANK];
  gssize header_length = gzip_read(idx, &gzip, header, header_size(idx->rank), error);
  if (header_length < 0 || !parse_header(idx, header, header_length, error))
    return NULL;
  if (idx->size / DEFLATE_MAX_RATIO > g_bytes_get_size(compressed)) {
    g_set_error(error, INK_IDX_ERROR, INK_IDX_ERROR_INVALID,
                _("“%s” is damaged: its header promises more than it can hold."), idx->path);
    return NULL;
  }

  /* One byte more than promised, to see that the stream ends. */
  g_autofree uint8_t *bytes = allocate(idx, header_length + idx->size + 1, error);
  if (!bytes)
    return NULL;
  memcpy(bytes, header, header_length);
  gssize length = gzip_read(idx, &gzip, bytes + header_length, idx->size + 1, error);
  if (length < 0 || !check_length(idx, header_length + length, error))
    return NULL;
  if (gzip.rest_size > 0) {
    g_set_error(error, INK_IDX_ERROR, INK_IDX_ERROR_INVALID,
                _("“%s” is damaged: something follows the end of its gzip data."), idx->path);
    return NULL;
  }
  return g_bytes_new_take(g_steal_pointer(&bytes), header_length + length);
}

static GBytes *read_file(InkIdx *idx, gsize size, GError **error) {
  g_autofree uint8_t *bytes = allocate(idx, size, error);
  if (!bytes)
    return NULL;
  for (gsize done = 0; done < size;) {
    gssize length = read(idx->fd, bytes + done, size - done);
    if (length < 0 && errno == EINTR)
      continue;
    if (length < 0) {
      g_set_error(error, INK_IDX_ERROR, INK_IDX_ERROR_UNREADABLE, _("“%s” can’t be read: %s."),
                  idx->path, g_strerror(errno));
      return NULL;
    }
    if (length == 0) {
      g_set_error(error, INK_IDX_ERROR, INK_IDX_ERROR_CHANGED,
                  _("“%s” was cut short while it was read; try again."), idx->path);
      return NULL;
    }
    done += length;
  }
  return g_bytes_new_take(g_steal_pointer(&bytes), size);
}

static GBytes *map_file(InkIdx *idx, GError **error) {
  g_autoptr(GError) reason = NULL;
  g_autoptr(GMappedFile) mapping = g_mapped_file_new_from_fd(idx->fd, FALSE, &reason);
  if (!mapping) {
    g_set_error(error, INK_IDX_ERROR, INK_IDX_ERROR_UNREADABLE, _("“%s” can’t be read: %s."),
                idx->path, reason->message);
    return NULL;
  }
  return g_mapped_file_get_bytes(mapping);
}

/* Opens idx->fd and sets *size to the file's length. */
static gboolean open_file(InkIdx *idx, const char *path, gsize *size, GError **error) {
  /* Not blocking, so that a named pipe is refused rather than waited for. */
  idx->fd = g_open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0);
  struct stat status;
  if (idx->fd < 0 || fstat(idx->fd, &status) < 0) {
    if (errno == ENOENT) {
      g_set_error(error, INK_IDX_ERROR, INK_IDX_ERROR_MISSING, _("There is no file “%s”."),
                  idx->path);
    } else {
      g_set_error(error, INK_IDX_ERROR, INK_IDX_ERROR_UNREADABLE, _("“%s” can’t be opened: %s."),
                  idx->path, g_strerror(errno));
    }
    return FALSE;
  }
  if (!S_ISREG(status.st_mode)) {
    g_set_error(error, INK_IDX_ERROR, INK_IDX_ERROR_UNREADABLE,
                S_ISDIR(status.st_mode) ? _("“%s” is a folder where an IDX file is needed.")
                                        : _("“%s” is a device or pipe where a file is needed."),
                idx->path);
    return FALSE;
  }
  if (status.st_size == 0) {
    g_set_error(error, INK_IDX_ERROR, INK_IDX_ERROR_INVALID, _("“%s” is empty."), idx->path);
    return FALSE;
  }
  *size = status.st_size;
  return TRUE;
}

static void close_file(InkIdx *idx) {
  if (idx->fd >= 0)
    g_close(idx->fd, NULL);
  idx->fd = -1;
}

static gboolean is_gzipped(GBytes *content) {
  gsize size;
  const uint8_t *bytes = g_bytes_get_data(content, &size);
  return size >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b;
}

/* Fills idx from the open file. */
static gboolean load(InkIdx *idx, gsize size, GError **error) {
  gboolean mapped = size > INK_IDX_READ_LIMIT;
  g_autoptr(GBytes) content = mapped ? map_file(idx, error) : read_file(idx, size, error);
  if (!content)
    return FALSE;
  if (is_gzipped(content)) {
    idx->content = gunzip(idx, content, error);
    if (!idx->content)
      return FALSE;
    mapped = FALSE;
  } else {
    if (!parse_header(idx, g_bytes_get_data(content, NULL), size, error) ||
        !check_length(idx, size, error))
      return FALSE;
    idx->content = g_steal_pointer(&content);
  }
  idx->values = (const uint8_t *)g_bytes_get_data(idx->content, NULL) + header_size(idx->rank);
  if (!mapped)
    close_file(idx);
  return TRUE;
}

InkIdx *ink_idx_open(const char *path, guint rank, GError **error) {
  g_return_val_if_fail(path != NULL, NULL);
  g_return_val_if_fail(rank >= 1 && rank <= INK_IDX_MAX_RANK, NULL);

  g_autoptr(InkIdx) idx = g_new0(InkIdx, 1);
  idx->path = g_filename_display_name(path);
  idx->rank = rank;
  idx->fd = -1;
  gsize size;
  if (!open_file(idx, path, &size, error) || !load(idx, size, error))
    return NULL;
  return g_steal_pointer(&idx);
}

gboolean ink_idx_verify_unchanged(const InkIdx *idx, GError **error) {
  g_return_val_if_fail(idx != NULL, FALSE);

  struct stat status;
  if (idx->fd < 0 ||
      (fstat(idx->fd, &status) == 0 && (gsize)status.st_size == g_bytes_get_size(idx->content)))
    return TRUE;
  g_set_error(error, INK_IDX_ERROR, INK_IDX_ERROR_CHANGED,
              _("“%s” changed its size on disk since it was opened; open the data set again."),
              idx->path);
  return FALSE;
}

void ink_idx_close(InkIdx *idx) {
  if (!idx)
    return;
  close_file(idx);
  g_clear_pointer(&idx->content, g_bytes_unref);
  g_free(idx->path);
  g_free(idx);
}
