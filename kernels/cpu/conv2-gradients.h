/* conv2-gradients: the second convolution backward.
 *
 * Max-pooling lets gradient through to one position in four, and ReLU closes a part of those: both
 * kernels visit only the positions that their route names. */
#pragma once

#include "kernels/cpu/geometry.h"

static const float pool_share = MAX_POOL ? 1.0f : 0.25f;

/* A position that gradient flows to: where its patch starts in pool1, and the gradient. */
typedef struct {
  int offset;
  float gradient;
} Entry;

/* Accumulates COUNT taps × VECTORS vectors of input channels over the entries of one output
 * channel: at most 14 accumulators on AVX2 and one broadcast; inputs are memory operands. */
INLINE void weight_gradient_taps(const int first, const int count, const int vectors,
                                 const float *input, const Entry *entries, int n, float *weight) {
  Floats sum[REGISTERS];

  UNROLL for (int i = 0; i < count * vectors; i++) sum[i] =
      load(weight + (first + i / vectors) * 16 + i % vectors * LANES);
  for (int e = 0; e < n; e++) {
    const float *patch = input + entries[e].offset;
    Floats gradient = broadcast(entries[e].gradient);

    UNROLL for (int i = 0; i < count * vectors; i++) {
      const int tap = first + i / vectors;

      sum[i] += gradient * load(patch + tap / K * STRIDE1 + tap % K * 16 + i % vectors * LANES);
    }
  }
  UNROLL for (int i = 0; i < count * vectors; i++)
      store(weight + (first + i / vectors) * 16 + i % vectors * LANES, sum[i]);
}

static void conv2_weight_gradient(const InkSample *sample, const InkTensors *gradients) {
  Entry entries[4 * INK_WINDOWS2];

  for (int out = 0; out < 32; out++) {
    float *weight = gradients->conv2_weight + out * TAPS * 16, bias = 0;
    int n = 0;

    for (int window = 0; window < INK_WINDOWS2; window++) {
      unsigned route = sample->route2[window * 32 + out];
      float gradient = sample->gradient2[window * 32 + out] * pool_share;
      int offset = window / 7 * 2 * STRIDE1 + window % 7 * 2 * 16;

      for (; route; route &= route - 1) {
        int j = __builtin_ctz(route);

        bias += gradient;
        entries[n++] = (Entry){offset + j / 2 * STRIDE1 + j % 2 * 16, gradient};
      }
    }
    gradients->conv2_bias[out] += bias;
    for (int half = 0; half < 16; half += LANES) {
      const float *input = sample->pool1 + half;

#if KERNEL == 5
      weight_gradient_taps(0, 13, 1, input, entries, n, weight + half);
      weight_gradient_taps(13, 12, 1, input, entries, n, weight + half);
#else
      weight_gradient_taps(0, 9, 1, input, entries, n, weight + half);
#endif
    }
  }
}

static void conv2_data_gradient(const InkSample *sample, const InkTensors *parameters,
                                float *gradient1) {
  uint32_t route[14 * 14]; /* bit o: gradient of output channel o flows to this position */

  for (int window = 0; window < INK_WINDOWS2; window++)
    UNROLL for (int j = 0; j < 4; j++)
        route[(window / 7 * 2 + j / 2) * 14 + window % 7 * 2 + j % 2] =
            gather_bits(sample->route2 + window * 32, j);
  memset(gradient1, 0, SIDE1 * STRIDE1 * sizeof *gradient1);

  /* One row of taps slides along one row of positions: K × 1 accumulators that move on by one
   * column; one broadcast; weights are memory operands. */
  for (int half = 0; half < 16; half += LANES)
    for (int row = 0; row < K; row++)
      for (int y = 0; y < 14; y++) {
        float *to = gradient1 + (y + row) * STRIDE1 + half;
        Floats sum[K];

        UNROLL for (int i = 0; i < K - 1; i++) sum[i] = load(to + 16 * i);
        for (int x = 0; x < 14; x++, to += 16) {
          const float *gradient = sample->gradient2 + (y / 2 * 7 + x / 2) * 32;

          sum[K - 1] = load(to + 16 * (K - 1));
          for (uint32_t left = route[14 * y + x]; left; left &= left - 1) {
            int out = __builtin_ctz(left);
            Floats value = broadcast(gradient[out] * pool_share);
            const float *weight = parameters->conv2_weight + (out * TAPS + row * K) * 16 + half;

            UNROLL for (int i = 0; i < K; i++) sum[i] += value * load(weight + 16 * i);
          }
          store(to, sum[0]);
          UNROLL for (int i = 0; i < K - 1; i++) sum[i] = sum[i + 1];
        }
        UNROLL for (int i = 0; i < K - 1; i++) store(to + 16 * i, sum[i]);
      }
}
