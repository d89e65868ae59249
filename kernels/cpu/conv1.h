/* conv1: the first convolution, 1 → 16 channels, on a zero-padded 28×28 image. */
#pragma once

#include "kernels/cpu/pool.h"

static void load_image(InkSample *sample, const uint8_t *pixels) {
  uint64_t rows[28 + 2 * PAD] = {0}; /* bit x: pixel x of the padded row is not zero */

  for (int y = 0; y < 28; y++) {
    float *to = sample->image + (y + PAD) * INK_IMAGE_STRIDE + PAD;
    uint8_t row[32] = {0};

    memcpy(row, pixels + 28 * y, 28);
    rows[y + PAD] = (uint64_t)nonzero_bits(row) << PAD;
    /* The last vector overlaps the one before it: 28 is no multiple of eight. */
    UNROLL for (int x = 0; x < 28; x += LANES) {
      const int at = x + LANES > 28 ? 28 - LANES : x;

      store(to + at, __builtin_convertvector(load_bytes(row + at), Floats) * (1 / 255.0f));
    }
  }
  for (int y = 0; y < 14; y++) {
    uint64_t seen = 0;
    unsigned bits = 0;

    for (int i = 0; i <= K; i++)
      seen |= rows[2 * y + i];
    for (int x = 0; x < 14; x++)
      bits |= (unsigned)((seen >> 2 * x & ((1 << (K + 1)) - 1)) != 0) << x;
    sample->ink[y] = (uint16_t)bits;
  }
}

/* One block is CHANNELS1 channels of WINDOWS1 pooling windows side by side, 4 positions each: eight
 * accumulators, one or two registers of weights, one of a broadcast pixel. */
enum {
  CHANNELS1 = LANES < 16 ? 2 * LANES : 16,
  VECTORS1 = CHANNELS1 / LANES,
  WINDOWS1 = 2 / VECTORS1,
  POSITIONS1 = 4 * WINDOWS1,
};

INLINE void conv1_block(const float *image, const float *weight, const float *bias,
                        Floats sum[POSITIONS1][VECTORS1]) {
  UNROLL for (int i = 0; i < POSITIONS1 * VECTORS1; i++) sum[i / VECTORS1][i % VECTORS1] =
      load(bias + i % VECTORS1 * LANES);
  UNROLL for (int tap = 0; tap < TAPS; tap++) {
    const float *pixel = image + tap / K * INK_IMAGE_STRIDE + tap % K;

    UNROLL for (int p = 0; p < POSITIONS1; p++) {
      const int j = p % 4, x = p / 4 * 2 + j % 2;
      Floats value = broadcast(pixel[j / 2 * INK_IMAGE_STRIDE + x]);

      UNROLL for (int n = 0; n < VECTORS1; n++) sum[p][n] +=
          value * load(weight + 16 * tap + LANES * n);
    }
  }
}

/* What a window answers that sees no ink, to the bit what conv1_block() makes of zeros. */
static void conv1_blank(const InkTensors *parameters, float pooled[16], uint8_t route[16]) {
  static const float blank[(K + 1) * INK_IMAGE_STRIDE];

  for (int block = 0; block < 16; block += CHANNELS1) {
    Floats sum[POSITIONS1][VECTORS1];

    conv1_block(blank, parameters->conv1_weight + block, parameters->conv1_bias + block, sum);
    UNROLL for (int n = 0; n < VECTORS1; n++) {
      Floats four[4] = {sum[0][n], sum[1][n], sum[2][n], sum[3][n]};

      pool_window(four, pooled + block + LANES * n, route + block + LANES * n);
    }
  }
}

/* Windows (y, x) … (y, x + WINDOWS1 − 1), all channels. */
INLINE void conv1_windows(InkSample *sample, const InkTensors *parameters, int y, int x,
                          float *maps) {
  for (int block = 0; block < 16; block += CHANNELS1) {
    Floats sum[POSITIONS1][VECTORS1];

    conv1_block(sample->image + 2 * y * INK_IMAGE_STRIDE + 2 * x, parameters->conv1_weight + block,
                parameters->conv1_bias + block, sum);
    UNROLL for (int i = 0; i < WINDOWS1 * VECTORS1; i++) {
      const int w = i / VECTORS1, n = i % VECTORS1, channel = block + LANES * n;
      Floats four[4] = {sum[4 * w][n], sum[4 * w + 1][n], sum[4 * w + 2][n], sum[4 * w + 3][n]};

      pool_window(four, sample->pool1 + (y + PAD) * STRIDE1 + (x + w + PAD) * 16 + channel,
                  sample->route1 + (14 * y + x + w) * 16 + channel);
      if (maps)
        UNROLL for (int j = 0; j < 4; j++) store(
            maps + ((2 * y + j / 2) * 28 + 2 * (x + w) + j % 2) * 16 + channel, relu(four[j]));
    }
  }
}

static void conv1_forward(InkSample *sample, const InkTensors *parameters, float *maps) {
  float blank[16];
  uint8_t blank_route[16];

  conv1_blank(parameters, blank, blank_route);
  for (int y = 0; y < 14; y++)
    for (int x = 0; x < 14; x += WINDOWS1) {
      if (maps || (sample->ink[y] >> x & ((1 << WINDOWS1) - 1))) {
        conv1_windows(sample, parameters, y, x, maps);
        continue;
      }
      for (int w = 0; w < WINDOWS1; w++) {
        memcpy(sample->pool1 + (y + PAD) * STRIDE1 + (x + w + PAD) * 16, blank, sizeof blank);
        memcpy(sample->route1 + (14 * y + x + w) * 16, blank_route, sizeof blank_route);
      }
    }
}

/* Rows first … first + rows − 1 of the taps, LANES channels: the window's gradient is split over
 * the four positions that it can flow to, and each pixel of the patch meets those positions whose
 * tap it is. rows × K accumulators: 10 of 16 registers on AVX2 for k 5, which leaves four for the
 * split gradient and one for the pixel; all 25 of 32 on AVX-512. */
INLINE void conv1_gradient_rows(const int first, const int rows, const InkSample *sample,
                                const float *gradient1, const uint8_t *windows, int count,
                                int channel, float *weight) {
  Floats sum[K][K];

  UNROLL for (int r = 0; r < rows; r++) UNROLL for (int i = 0; i < K; i++) sum[r][i] =
      load(weight + ((first + r) * K + i) * 16 + channel);
  for (int w = 0; w < count; w++) {
    int y = windows[w] / 14, x = windows[w] % 14;
    const float *patch = sample->image + (2 * y + first) * INK_IMAGE_STRIDE + 2 * x;
    Ints route = load_bytes(sample->route1 + windows[w] * 16 + channel);
    Floats whole = load(gradient1 + (y + PAD) * STRIDE1 + (x + PAD) * 16 + channel), split[4];

    UNROLL for (int j = 0; j < 4; j++) split[j] =
        (Floats)((Ints)(POOL_SHARE * whole) & (route << (31 - j) >> 31));
    UNROLL for (int r = 0; r <= rows; r++) UNROLL for (int i = 0; i <= K; i++) {
      Floats pixel = broadcast(patch[r * INK_IMAGE_STRIDE + i]);

      UNROLL for (int j = 0; j < 4; j++) {
        const int row = r - j / 2, column = i - j % 2;

        if (row >= 0 && row < rows && column >= 0 && column < K)
          sum[row][column] += split[j] * pixel;
      }
    }
  }
  UNROLL for (int r = 0; r < rows; r++) UNROLL for (int i = 0; i < K; i++)
      store(weight + ((first + r) * K + i) * 16 + channel, sum[r][i]);
}

/* Windows that see no ink have nothing to add to the weights. */
static void conv1_weight_gradient(const InkSample *sample, const float *gradient1,
                                  const InkTensors *gradients) {
  uint8_t windows[INK_WINDOWS1];
  int count = 0;

  for (int window = 0; window < INK_WINDOWS1; window++) {
    int y = window / 14, x = window % 14;

    for (int channel = 0; channel < 16; channel += LANES)
      add_bias_gradient(sample->route1 + window * 16 + channel,
                        gradient1 + (y + PAD) * STRIDE1 + (x + PAD) * 16 + channel,
                        gradients->conv1_bias + channel);
    windows[count] = (uint8_t)window;
    count += sample->ink[y] >> x & 1;
  }
  for (int channel = 0; channel < 16; channel += LANES) {
#if KERNEL == 3 || LANES == 16
    conv1_gradient_rows(0, K, sample, gradient1, windows, count, channel, gradients->conv1_weight);
#else
    conv1_gradient_rows(0, 2, sample, gradient1, windows, count, channel, gradients->conv1_weight);
    conv1_gradient_rows(2, 2, sample, gradient1, windows, count, channel, gradients->conv1_weight);
    conv1_gradient_rows(4, 1, sample, gradient1, windows, count, channel, gradients->conv1_weight);
#endif
  }
}
