/* pool: ReLU and pooling of a 2×2 window in registers, and the route of its gradient. */
#pragma once

#include "kernels/cpu/geometry.h"

#define POOL_SHARE (MAX_POOL ? 1.0f : 0.25f) /* of a pooled value's gradient, to each position */

INLINE Floats relu(Floats value) {
  /* NaN is not ≤ 0, so it stays. */
  return (Floats)(~(value <= 0) & (Ints)value);
}

/* Without a route, for what is not learnt from. Where some of the four are no numbers, the others
 * may be taken. */
INLINE Floats pool(const Floats value[4]) {
#if MAX_POOL
  return relu(larger(larger(value[0], value[1]), larger(value[2], value[3])));
#else
  return 0.25f * (relu(value[0]) + relu(value[1]) + relu(value[2]) + relu(value[3]));
#endif
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
  Ints from = {};

  UNROLL for (int j = 0; j < 4; j++) from |= ~(value[j] <= 0) & (1 << j);
  store(pooled, pool(value));
  store_bytes(route, from);
#endif
}

/* The same of values that are numbers, for max-pooling with their largest at hand. */
INLINE void pool_numbers(const Floats value[4], Floats most, float *pooled, uint8_t *route) {
#if MAX_POOL
  Ints from = (Ints){} + 8;

  UNROLL for (int j = 2; j >= 0; j--) from =
      choose_ints(value[j] == most, (Ints){} + (1 << j), from);
  store(pooled, relu(most));
  store_bytes(route, from & (most > 0));
#else
  pool_window(value, pooled, route);
#endif
}

INLINE Floats only(Ints mask, Floats value) {
  return (Floats)(mask & (Ints)value);
}

/* What flows to all positions of a window of which `share` flows to each open one. */
INLINE Floats open_gradient(Ints way, Floats share) {
#if MAX_POOL
  return only(way > 0, share);
#else
  Ints positions = (way & 1) + (way >> 1 & 1) + (way >> 2 & 1) + (way >> 3 & 1);

  return share * __builtin_convertvector(positions, Floats);
#endif
}
