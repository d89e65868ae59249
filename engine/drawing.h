/* drawing: strokes as a person drew them, with undo, and the 28×28 image that the network sees.
 *
 * y grows downward. The unit is free as long as there are strokes alone, since only their relation
 * matters; over a picture, which covers (0, 0) to (1, 1), it is the picture's side. Main thread. */
#pragma once

#include "kernels/shape.h"

#include <cairo.h>
#include <glib.h>

G_BEGIN_DECLS

typedef struct _InkDrawing InkDrawing;

InkDrawing *ink_drawing_new(void);
void ink_drawing_free(InkDrawing *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(InkDrawing, ink_drawing_free)

/* A stroke begins, goes on and is part of the drawing from its first point. One stroke, one clear
 * and one picture are one undoable step each. Points that are not finite, or lie further out than
 * any canvas, are left out. */
void ink_drawing_begin_stroke(InkDrawing *self, double x, double y);
void ink_drawing_add_point(InkDrawing *self, double x, double y);
/* Replaces everything by an image of paper 0 and ink 255, on which strokes can go on. */
void ink_drawing_set_picture(InkDrawing *self, const guint8 image[INK_PIXELS]);
void ink_drawing_clear(InkDrawing *self);

gboolean ink_drawing_can_undo(InkDrawing *self);
gboolean ink_drawing_can_redo(InkDrawing *self);
void ink_drawing_undo(InkDrawing *self);
void ink_drawing_redo(InkDrawing *self);

gboolean ink_drawing_is_empty(InkDrawing *self);
guint ink_drawing_get_n_strokes(InkDrawing *self);
const guint8 *ink_drawing_get_picture(InkDrawing *self); /* (28, 28), or NULL */

/* Adds the smooth curve through the points of n strokes from `first` on to cairo's path, in the
 * strokes' unit; points within `spacing` of the one before are passed over. Stroke it with round
 * caps and joins. */
void ink_drawing_trace(InkDrawing *self, guint first, guint n, double spacing, cairo_t *cr);

/* What the network sees, by the MNIST recipe: the strokes anew at 11 % of the longest side of the
 * ink, that side scaled to 20 pixels, centred by mass (centring.h); a dot is a disc 3 pixels wide.
 * On a picture, strokes stay where they were drawn. Empty: all zeros. */
void ink_drawing_rasterise(InkDrawing *self, guint8 image[INK_PIXELS]);

G_END_DECLS
