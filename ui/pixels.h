/* pixels: small images shown crisp, each pixel repeated a whole number of times. Main thread. */
#pragma once

#include <gtk/gtk.h>

#include "kernels/shape.h"

G_BEGIN_DECLS

/* A texture of columns × rows colours (0xAARRGGBB, row-major), each factor × factor pixels. Pass
 * the widget's scale factor times the wished size. */
GdkTexture *ink_pixels_new(const guint32 *colors /* (rows, columns) */, int columns, int rows,
                           int factor);

/* A 28×28 image, 0 paper and 255 ink, in the colours of the style in force. */
GdkTexture *ink_pixels_new_digit(const guint8 image[INK_PIXELS], int factor);

/* The same with a line around it and rounded corners, all in one picture of factor × 28 + 2 units a
 * side: clipping each of many images anew would take most of a frame. scale: pixels a unit. For
 * cairo, as GTK 4.8 takes a texture apart into floats whenever cairo paints it. */
cairo_surface_t *ink_pixels_new_framed_digit(const guint8 image[INK_PIXELS], int factor, int scale,
                                             const GdkRGBA *line);

/* Shows a picture of width × height units with its corner at (x, y). */
void ink_pixels_append(GtkSnapshot *snapshot, cairo_surface_t *picture, float x, float y,
                       float width, float height);

/* Paints columns × rows colours from (x, y) on, each pixel `size` units large. */
void ink_pixels_paint(cairo_t *cr, const guint32 *colors /* (rows, columns) */, int columns,
                      int rows, double x, double y, double size);

G_END_DECLS
