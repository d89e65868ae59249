/* convolution-view: watch how one feature map is made: the filter slides over the drawing, its
 * products are summed into one pixel of the map, and pooling keeps one number of each 2×2 pixels.
 * Every number is the network's. Plays by itself; a pixel of the map can also be pointed at, or
 * reached with the arrow keys.
 *
 * Signal: "closed" () – back to the maps. Main thread. */
#pragma once

#include "engine/classifier.h"
#include "ui/layout.h"

G_BEGIN_DECLS

#define INK_TYPE_CONVOLUTION_VIEW (ink_convolution_view_get_type())
G_DECLARE_FINAL_TYPE(InkConvolutionView, ink_convolution_view, INK, CONVOLUTION_VIEW, GtkWidget)

GtkWidget *ink_convolution_view_new(void);
void ink_convolution_view_set_layout(InkConvolutionView *self, InkLayout layout);

/* Explains a map of layer 1 or 2, from its first pixel on. */
void ink_convolution_view_explain(InkConvolutionView *self, int layer, int channel);

/* What it is made from; copied. All NULL: nothing is drawn. */
void ink_convolution_view_set_reading(InkConvolutionView *self, InkNetwork *network,
                                      const guint8 *image /* (28, 28) */,
                                      const InkReading *reading);

G_END_DECLS
