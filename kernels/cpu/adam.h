/* adam: the sum of the chunks' gradients and the update, in one pass over the parameters.
 * Kingma and Ba 2015, with ε added after the bias-corrected root as in PyTorch. */
#pragma once

#include "kernels/cpu/geometry.h"

static void adam(float *parameters, float *m, float *v, float *const *gradients, int chunks,
                 size_t first, size_t last, float rate, float correction) {
  /* 1 − β rounded from the exact value: 1 − 0.999f would be off by 5e-5. */
  const float beta1 = 0.9f, rest1 = 0.1f, beta2 = 0.999f, rest2 = 0.001f, epsilon = 1e-8f;

  for (size_t i = first; i < last; i += LANES) {
    Floats gradient = load(gradients[0] + i), mean, square;

    for (int c = 1; c < chunks; c++)
      gradient += load(gradients[c] + i);
    mean = beta1 * load(m + i) + rest1 * gradient;
    square = beta2 * load(v + i) + rest2 * gradient * gradient;
    store(m + i, mean);
    store(v + i, square);
    store(parameters + i,
          load(parameters + i) - rate * mean / (square_root(square) * correction + epsilon));
  }
}
