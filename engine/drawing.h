/* drawing: strokes as a person drew them, with undo, and the 28×28 image that the network sees.
 *
 * Coordinates are any unit, y downward; only their relation matters (see rasterise). Main thread.
 */
#pragma once

#include "kernels/shape.h"

#include <glib.h>

G_BEGIN_DECLS

typedef struct _InkDrawing InkDrawing;

typedef struct {
  double x, y;
} InkPoint;

InkDrawing *ink_drawing_new(void);
void ink_drawing_free(InkDrawing *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(InkDrawing, ink_drawing_free)

/* A stroke begins, goes on and is part of the drawing from its first point. One stroke, one clear
 * and one picture are one undoable step each. */
void ink_drawing_begin_stroke(InkDrawing *self, double x, double y);
void ink_drawing_add_point(InkDrawing *self, double x, double y);
/* Replaces everything by an image of paper 0 and ink 255. */
void ink_drawing_set_picture(InkDrawing *self, const guint8 image[INK_PIXELS]);
void ink_drawing_clear(InkDrawing *self);

gboolean ink_drawing_can_undo(InkDrawing *self);
gboolean ink_drawing_can_redo(InkDrawing *self);
void ink_drawing_undo(InkDrawing *self);
void ink_drawing_redo(InkDrawing *self);

gboolean ink_drawing_is_empty(InkDrawing *self);
guint ink_drawing_get_n_strokes(InkDrawing *self);
const InkPoint *ink_drawing_get_stroke(InkDrawing *self, guint i, guint *n_points);
const guint8 *ink_drawing_get_picture(InkDrawing *self); /* (28, 28), or NULL */

/* The MNIST recipe: see DESIGN in the README. Empty: all zeros. */
void ink_drawing_rasterise(InkDrawing *self, guint8 image[INK_PIXELS]);

G_END_DECLS
