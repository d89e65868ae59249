/* unipen: labelled pen strokes, as UNIPEN files keep them (Guyon et al. 1994, "UNIPEN project of
 * on-line data exchange and recognizer benchmarks").
 *
 * What is read: `.SEGMENT … "label"` begins a digit, `.PEN_DOWN` a stroke of it, each line after
 * that is a point (x, y, and what may follow them), `.PEN_UP` ends the stroke. Other keywords and
 * their text are passed over. One thread at a time. */
#pragma once

#include "engine/drawing.h"

G_BEGIN_DECLS

typedef struct _InkUnipen InkUnipen;

/* Reads the whole file. NULL with a sentence that names the file (G_FILE_ERROR, or
 * INK_UNIPEN_ERROR where it is no text or holds no segment). */
InkUnipen *ink_unipen_open(const char *path, GError **error);
void ink_unipen_free(InkUnipen *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(InkUnipen, ink_unipen_free)

/* The next digit's strokes, turned so that y grows downward, and its label (free with g_free()).
 * NULL at the end; NULL with a sentence that names file and line where it can't be understood
 * (INK_UNIPEN_ERROR). */
InkDrawing *ink_unipen_next(InkUnipen *self, char **label, GError **error);

#define INK_UNIPEN_ERROR (ink_unipen_error_quark())
GQuark ink_unipen_error_quark(void);

G_END_DECLS
