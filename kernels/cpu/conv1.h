/* conv1: the first convolution, 1 → 16 channels, on a zero-padded 28×28 image. */
#pragma once

#include "kernels/cpu/pool.h"

static void load_image(InkSample *sample, const uint8_t *pixels) {
  uint64_t rows[28 + 2 * PAD] = {0}; /* bit x: pixel x of the padded row is not zero */

  for (int y = 0; y < 28; y++) {
    float *row = sample->image + (y + PAD) * INK_IMAGE_STRIDE + PAD;
    uint64_t bits = 0;

    for (int x = 0; x < 28; x++) {
      row[x] = pixels[28 * y + x] * (1 / 255.0f);
      bits |= (uint64_t)(pixels[28 * y + x] != 0) << (x + PAD);
    }
    rows[y + PAD] = bits;
  }
  for (int y = 0; y < 14; y++) {
    uint64_t seen = 0;
    unsigned bits = 0;

    for (int i = 0; i <= K; i++)
      seen |= rows[2 * y + i];
    for (int x = 0; x < 14; x++)
      bits |= ((seen >> 2 * x & ((1 << (K + 1)) - 1)) != 0) << x;
    sample->ink[y] = (uint16_t)bits;
  }
}

/* Channels of one block: two vectors where sixteen channels have as many. */
enum { BLOCK1 = LANES < 16 ? 2 * LANES : 16, VECTORS1 = BLOCK1 / LANES };

/* One pooling window of BLOCK1 channels: 4 positions × VECTORS1 accumulators (8 on AVX2), one or
 * two registers of weights, one of a broadcast pixel. */
INLINE void conv1_window(const float *image, const float *weight, const float *bias,
                         Floats sum[4][VECTORS1]) {
  UNROLL for (int i = 0; i < 4 * VECTORS1; i++) sum[i / VECTORS1][i % VECTORS1] =
      load(bias + i % VECTORS1 * LANES);
  UNROLL for (int tap = 0; tap < TAPS; tap++) {
    const float *pixel = image + tap / K * INK_IMAGE_STRIDE + tap % K;

    UNROLL for (int j = 0; j < 4; j++) {
      Floats value = broadcast(pixel[j / 2 * INK_IMAGE_STRIDE + j % 2]);

      UNROLL for (int n = 0; n < VECTORS1; n++) sum[j][n] +=
          value * load(weight + 16 * tap + LANES * n);
    }
  }
}

static void conv1_forward(InkSample *sample, const InkTensors *parameters, float *maps) {
  for (int block = 0; block < 16; block += BLOCK1)
    for (int y = 0; y < 14; y++)
      for (int x = 0; x < 14; x++) {
        Floats sum[4][VECTORS1];

        conv1_window(sample->image + 2 * y * INK_IMAGE_STRIDE + 2 * x,
                     parameters->conv1_weight + block, parameters->conv1_bias + block, sum);
        UNROLL for (int n = 0; n < VECTORS1; n++) {
          int channel = block + LANES * n;
          Floats four[4] = {sum[0][n], sum[1][n], sum[2][n], sum[3][n]};

          pool_window(four, sample->pool1 + (y + PAD) * STRIDE1 + (x + PAD) * 16 + channel,
                      sample->route1 + (14 * y + x) * 16 + channel);
          if (maps)
            UNROLL for (int j = 0; j < 4; j++)
                store(maps + ((2 * y + j / 2) * 28 + 2 * x + j % 2) * 16 + channel, relu(four[j]));
        }
      }
}

/* For each channel a list of the positions that gradient flows to; then K rows of eight pixels
 * are accumulated, of which the first K columns are taps. K accumulators, one broadcast. */
static void conv1_weight_gradient(const InkSample *sample, const float *gradient1,
                                  const InkTensors *gradients) {
  const float scale = MAX_POOL ? 1.0f : 0.25f;

  for (int channel = 0; channel < 16; channel++) {
    Floats8 sum[K] = {};
    float bias = 0;

    for (int window = 0; window < INK_WINDOWS1; window++) {
      int y = window / 14, x = window % 14;
      unsigned route = sample->route1[window * 16 + channel];
      float gradient = gradient1[(y + PAD) * STRIDE1 + (x + PAD) * 16 + channel] * scale;

      for (; route; route &= route - 1) {
        int j = __builtin_ctz(route);
        const float *pixel = sample->image + (2 * y + j / 2) * INK_IMAGE_STRIDE + 2 * x + j % 2;

        bias += gradient;
        UNROLL for (int i = 0; i < K; i++) sum[i] +=
            broadcast8(gradient) * load8(pixel + i * INK_IMAGE_STRIDE);
      }
    }
    for (int tap = 0; tap < TAPS; tap++)
      gradients->conv1_weight[16 * tap + channel] += sum[tap / K][tap % K];
    gradients->conv1_bias[channel] += bias;
  }
}
