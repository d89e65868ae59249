/* digit-canvas: paper to draw on with mouse, finger or pen. Square: what it is given beyond that
 * stays empty. A dashed frame shows how large a digit may be, until the first stroke.
 *
 * Signal: "changed" () – the drawing is another one; on every motion. Main thread. */
#pragma once

#include "engine/drawing.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define INK_TYPE_DIGIT_CANVAS (ink_digit_canvas_get_type())
G_DECLARE_FINAL_TYPE(InkDigitCanvas, ink_digit_canvas, INK, DIGIT_CANVAS, GtkWidget)

GtkWidget *ink_digit_canvas_new(void);

/* What is drawn, in units of the canvas's side. Borrowed, for reading. */
InkDrawing *ink_digit_canvas_get_drawing(InkDigitCanvas *self);

void ink_digit_canvas_undo(InkDigitCanvas *self);
void ink_digit_canvas_redo(InkDigitCanvas *self);
void ink_digit_canvas_clear(InkDigitCanvas *self);
/* Replaces what is drawn by an image, 0 paper and 255 ink, as one undoable step. */
void ink_digit_canvas_set_picture(InkDigitCanvas *self, const guint8 image[INK_PIXELS]);

G_END_DECLS
