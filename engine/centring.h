/* centring: the end of the MNIST recipe, shared by strokes and image files: ink that fills a 20×20
 * box becomes a 28×28 image with its peak at 255 and its centre of mass in the middle.
 * Source: Y. LeCun, C. Cortes, C. J. C. Burges, "The MNIST database of handwritten digits". Pure;
 * any thread. */
#pragma once

#include "kernels/shape.h"

#include <glib.h>

G_BEGIN_DECLS

enum { INK_BOX = 20 }; /* pixels of the longest side of the ink */

/* Paper 0. Shifted by whole pixels so that the centre of mass is within half a pixel of
 * (14.5, 14.5), counted from the edge of the first pixel, unless ink would be clipped. */
void ink_centring_place(const guint8 box[INK_BOX * INK_BOX], guint8 image[INK_PIXELS]);

G_END_DECLS
