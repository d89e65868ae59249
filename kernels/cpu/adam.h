/* adam: the sum of gradients and the update, in one pass over the parameters.
 * Kingma and Ba 2015, with ε added after the bias-corrected root as in PyTorch. */
#pragma once

#include "kernels/cpu/geometry.h"

/* Floats that are summed together, of one part after the other: long runs in memory, as what other
 * threads wrote comes from far, and the sums stay in the L1 cache. */
enum { SUMS = 4096 };

static void add(float *to, const float *from, size_t size) {
  for (size_t i = 0; i < size; i += LANES)
    store(to + i, load(to + i) + load(from + i));
}

static void adam(float *parameters, float *m, float *v, float *const *gradients, int parts,
                 size_t first, size_t last, float rate, float correction) {
  /* 1 − β rounded from the exact value: 1 − 0.999f would be off by 5e-5. */
  const float beta1 = 0.9f, rest1 = 0.1f, beta2 = 0.999f, rest2 = 0.001f, epsilon = 1e-8f;
  float sum[SUMS] INK_ALIGNED;

  for (size_t size; first < last; first += size) {
    size = last - first < SUMS ? last - first : SUMS;
    memcpy(sum, gradients[0] + first, size * sizeof *sum);
    for (int part = 1; part < parts; part++)
      add(sum, gradients[part] + first, size);
    for (size_t i = 0; i < size; i += LANES) {
      size_t at = first + i;
      Floats gradient = load(sum + i);
      Floats mean = beta1 * load(m + at) + rest1 * gradient;
      Floats square = beta2 * load(v + at) + rest2 * gradient * gradient;

      store(m + at, mean);
      store(v + at, square);
      store(parameters + at,
            load(parameters + at) - rate * mean / (square_root(square) * correction + epsilon));
    }
  }
}
