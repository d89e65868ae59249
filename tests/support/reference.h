/* reference: the network in plain float64 loops, PyTorch's definitions and layouts, to hold the
 * backends against. Nothing here is fast. */
#pragma once

#include "kernels/shape.h"

#include <stdint.h>

/* One convolution with "same" padding, bias, ReLU and 2×2 pooling. */
typedef struct {
  int side, in, out, kernel; /* of the input; even */
  InkPool pool;
} ReferenceLayer;

/* pooled (out, side/2, side/2) from input (in, side, side), weight (out, in, k, k), bias (out).
 * maps (out, side, side): after ReLU, before pooling; may be NULL. route (out, side/2, side/2): bit
 * j set when the pooled value's gradient flows to position j of its window; may be NULL. */
void reference_layer_forward(const ReferenceLayer *layer, const double *input, const double *weight,
                             const double *bias, double *pooled, double *maps, uint8_t *route);

/* Adds to weight_gradient, bias_gradient and input_gradient (may be NULL), from the gradient of
 * pooled and the route that the forward pass took. */
void reference_layer_backward(const ReferenceLayer *layer, const double *input,
                              const double *weight, const uint8_t *route,
                              const double *pooled_gradient, double *weight_gradient,
                              double *bias_gradient, double *input_gradient);

/* Cross-entropy of logits (classes) against label; gradient (classes) may be NULL. */
double reference_loss(const double *logits, int classes, int label, double *gradient);

/* What the whole network makes of one image. */
typedef struct {
  double logits[INK_MAX_CLASSES];
  double conv1[16 * 28 * 28], pool1[16 * 14 * 14], conv2[32 * 14 * 14], pool2[INK_FEATURES];
  uint8_t route1[16 * 14 * 14], route2[INK_FEATURES];
  double loss;
} ReferenceResult;

/* parameters (P) in the flat layout of kernels/shape.h. gradient (P) is added to, share times; may
 * be NULL. */
void reference_network(const InkShape *shape, const float *parameters, const uint8_t *image,
                       int label, double share, ReferenceResult *result, double *gradient);
