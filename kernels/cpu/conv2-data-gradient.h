/* conv2-data-gradient: the gradient of the loss by pool1.
 *
 * Max-pooling lets gradient through to one position in four, and ReLU closes a part of those: only
 * the positions that the routes name are visited. */
#pragma once

#include "kernels/cpu/pool.h"

/* Rows of taps slide along one row of positions: rows × K × vectors accumulators that move on by
 * one column, 9 or 10 of 16 registers on AVX2 and all 25 of 32 on AVX-512; one of a broadcast
 * gradient; weights are memory operands. */
INLINE void slide(const int rows, const int vectors, const InkSample *sample, const uint32_t *route,
                  const float *weights, float *gradient1) {
  Floats sum[5][5][2];

  for (int y = 0; y < 14; y++) {
    float *to = gradient1 + y * STRIDE1;

#define EACH_ACCUMULATOR(columns)                                                                  \
  UNROLL for (int r = 0; r < rows; r++) UNROLL for (int i = 0; i < (columns); i++)                 \
      UNROLL for (int n = 0; n < vectors; n++)

    EACH_ACCUMULATOR(K - 1) sum[r][i][n] = load(to + r * STRIDE1 + i * 16 + n * LANES);
    for (int x = 0; x < 14; x++, to += 16) {
      const float *gradient = sample->gradient2 + (y / 2 * 7 + x / 2) * 32;

      UNROLL for (int r = 0; r < rows; r++) UNROLL for (int n = 0; n < vectors; n++)
          sum[r][K - 1][n] = load(to + r * STRIDE1 + (K - 1) * 16 + n * LANES);
      for (uint32_t left = route[14 * y + x]; left; left &= left - 1) {
        int out = __builtin_ctz(left);
        Floats value = broadcast(gradient[out] * POOL_SHARE);
        const float *weight = weights + out * TAPS * 16;

        EACH_ACCUMULATOR(K) sum[r][i][n] += value * load(weight + (r * K + i) * 16 + n * LANES);
      }
      UNROLL for (int r = 0; r < rows; r++) UNROLL for (int n = 0; n < vectors; n++)
          store(to + r * STRIDE1 + n * LANES, sum[r][0][n]);
      EACH_ACCUMULATOR(K - 1) sum[r][i][n] = sum[r][i + 1][n];
    }
    EACH_ACCUMULATOR(K - 1) store(to + r * STRIDE1 + i * 16 + n * LANES, sum[r][i][n]);
  }
}

static void conv2_data_gradient(const InkSample *sample, const InkTensors *parameters,
                                float *gradient1) {
  enum {
    ROWS = LANES == 16 || K == 3 ? K : 1,
    SLIDE_VECTORS = LANES == 16 || K == 3 ? 1 : 2,
  };
  uint32_t route[14 * 14]; /* bit o: gradient of output channel o flows to this position */

  for (int window = 0; window < INK_WINDOWS2; window++)
    UNROLL for (int j = 0; j < 4; j++)
        route[(window / 7 * 2 + j / 2) * 14 + window % 7 * 2 + j % 2] =
            gather_bits(sample->route2 + window * 32, j);
  memset(gradient1, 0, SIDE1 * STRIDE1 * sizeof *gradient1);
  for (int in = 0; in < 16; in += SLIDE_VECTORS * LANES)
    for (int row = 0; row < K; row += ROWS)
      slide(ROWS, SLIDE_VECTORS, sample, route, parameters->conv2_weight + row * K * 16 + in,
            gradient1 + row * STRIDE1 + in);
}
