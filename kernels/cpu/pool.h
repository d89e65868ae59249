/* pool: ReLU and pooling of a 2×2 window in registers, and the route of its gradient. */
#pragma once

#include "kernels/cpu/geometry.h"

#define POOL_SHARE (MAX_POOL ? 1.0f : 0.25f) /* of a pooled value's gradient, to each position */

INLINE Floats relu(Floats value) {
  /* NaN is not ≤ 0, so it stays. */
  return (Floats)(~(value <= 0) & (Ints)value);
}

/* value: the four outputs of the convolution, row-major, bias included. */
INLINE void pool_window(const Floats value[4], float *pooled, uint8_t *route) {
#if MAX_POOL
  /* The first of equal values wins; NaN beats everything, as in PyTorch. */
  Floats most = value[0];
  Ints from = (Ints){} + 1;

  UNROLL for (int j = 1; j < 4; j++) {
    Ints larger = (value[j] > most) | (value[j] != value[j]);

    most = choose(larger, value[j], most);
    from = choose_ints(larger, (Ints){} + (1 << j), from);
  }
  store(pooled, relu(most));
  store_bytes(route, from & ~(most <= 0));
#else
  Floats sum = {};
  Ints from = {};

  UNROLL for (int j = 0; j < 4; j++) {
    sum += relu(value[j]);
    from |= ~(value[j] <= 0) & (1 << j);
  }
  store(pooled, 0.25f * sum);
  store_bytes(route, from);
#endif
}

/* Adds to LANES channels of a bias's gradient what flows through one window. */
INLINE void add_bias_gradient(const uint8_t *route, const float *gradient, float *bias) {
  Ints open = load_bytes(route);
#if MAX_POOL
  Floats flow = (Floats)((open != 0) & (Ints)load(gradient));
#else
  Ints positions = (open & 1) + (open >> 1 & 1) + (open >> 2 & 1) + (open >> 3 & 1);
  Floats flow = POOL_SHARE * load(gradient) * __builtin_convertvector(positions, Floats);
#endif

  store(bias, load(bias) + flow);
}
