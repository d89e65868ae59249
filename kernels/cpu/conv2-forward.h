/* conv2-forward: the second convolution, 16 → 32 channels, on the zero-padded 14×14 pool1. */
#pragma once

#include "kernels/cpu/pool.h"

/* Prepared weights: (32 / BLOCK2, k², 16, BLOCK2). */
enum { BLOCK2 = 2 * LANES, PREPARED_SIZE = TAPS * 16 * 32 };

static void prepare(const InkTensors *parameters, int first, float *prepared) {
  for (int out = first; out < first + 16; out++)
    for (int i = 0; i < TAPS * 16; i++)
      prepared[(out / BLOCK2 * TAPS * 16 + i) * BLOCK2 + out % BLOCK2] =
          parameters->conv2_weight[out * TAPS * 16 + i];
}

/* One pooling window of BLOCK2 channels: 4 positions × 2 accumulators, two registers of weights,
 * one of a broadcast input. */
INLINE void conv2_window(const float *input, const float *weight, const float *bias,
                         Floats sum[4][2]) {
  UNROLL for (int i = 0; i < 8; i++) sum[i / 2][i % 2] = load(bias + i % 2 * LANES);
  for (int tap = 0; tap < TAPS; tap++) {
    const float *from = input + tap / K * STRIDE1 + tap % K * 16;

    for (int in = 0; in < 16; in++, weight += BLOCK2) {
      Floats low = load(weight), high = load(weight + LANES);

      UNROLL for (int j = 0; j < 4; j++) {
        Floats value = broadcast(from[j / 2 * STRIDE1 + j % 2 * 16 + in]);

        sum[j][0] += value * low;
        sum[j][1] += value * high;
      }
    }
  }
}

static void conv2_forward(InkSample *sample, const InkTensors *parameters, const float *prepared,
                          float *maps) {
  for (int block = 0; block < 32; block += BLOCK2)
    for (int window = 0; window < INK_WINDOWS2; window++) {
      int y = window / 7, x = window % 7;
      Floats sum[4][2];

      conv2_window(sample->pool1 + 2 * y * STRIDE1 + 2 * x * 16, prepared + block * TAPS * 16,
                   parameters->conv2_bias + block, sum);
      UNROLL for (int n = 0; n < 2; n++) {
        int channel = block + LANES * n;
        Floats four[4] = {sum[0][n], sum[1][n], sum[2][n], sum[3][n]};

        pool_window(four, sample->pool2 + window * 32 + channel,
                    sample->route2 + window * 32 + channel);
        if (maps)
          UNROLL for (int j = 0; j < 4; j++)
              store(maps + ((2 * y + j / 2) * 14 + 2 * x + j % 2) * 32 + channel, relu(four[j]));
      }
    }
}
