/* convolution-stage: the picture of one step of a convolution: the input with the filter's window,
 * what lies under the filter times the filter, the products, the map so far, and the map after
 * pooling. Positions count the pixels of the map in the order in which pooling needs them
 * (convolution-panels.h).
 *
 * Signal: "moved" () – the person chose another position. Main thread. */
#pragma once

#include "ui/convolution.h"
#include "ui/layout.h"

G_BEGIN_DECLS

#define INK_TYPE_CONVOLUTION_STAGE (ink_convolution_stage_get_type())
G_DECLARE_FINAL_TYPE(InkConvolutionStage, ink_convolution_stage, INK, CONVOLUTION_STAGE, GtkWidget)

void ink_convolution_stage_set_layout(InkConvolutionStage *self, InkLayout layout);

/* Borrowed until the next call; call again when its numbers have changed. NULL: nothing is drawn.
 */
void ink_convolution_stage_set_convolution(InkConvolutionStage *self,
                                           const InkConvolution *convolution);

/* 0 … side² − 1. */
void ink_convolution_stage_set_position(InkConvolutionStage *self, int position);
int ink_convolution_stage_get_position(InkConvolutionStage *self);

G_END_DECLS
