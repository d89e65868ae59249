/* convolution: how one feature map comes about, number by number, from a network and what it makes
 * of an image. Pure; any thread. */
#pragma once

#include "engine/classifier.h"

G_BEGIN_DECLS

enum { INK_MOST_WEIGHTS = 25 }; /* of one filter */

/* Borrows from the network, the image and the reading. */
typedef struct {
  int layer, channel; /* layer 1 or 2 */
  int inputs;         /* maps that the filter slides over: 1, the image, or 16 */
  int kernel;         /* 3 or 5 */
  int side;           /* of the inputs and of the map: 28 or 14 */
  InkPool pool;
  const float *input;   /* (inputs, side, side) */
  const float *weights; /* (inputs, kernel, kernel) */
  float bias;
  const float *map;    /* (side, side) after ReLU */
  const float *pooled; /* (side / 2, side / 2) */
} InkConvolution;

/* image: 0 … 1. */
void ink_convolution_init(InkConvolution *self, InkNetwork *network, const float image[INK_PIXELS],
                          const InkReading *reading, int layer, int channel);

/* Inputs are shown so many in a row, and so many rows: 1, or 4 for sixteen maps. */
int ink_convolution_get_blocks(const InkConvolution *self);

/* What lies under the filter at a pixel of the map; 0 outside the input. */
void ink_convolution_get_patch(const InkConvolution *self, int input, int row, int column,
                               float patch[INK_MOST_WEIGHTS] /* (kernel, kernel) */);

/* That times the filter. Returns the sum. */
float ink_convolution_get_products(const InkConvolution *self, int input, int row, int column,
                                   float products[INK_MOST_WEIGHTS] /* (kernel, kernel) */);

/* Over all inputs, without the bias. */
float ink_convolution_get_sum(const InkConvolution *self, int row, int column);

G_END_DECLS
