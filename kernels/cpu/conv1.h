/* conv1: the first convolution, 1 → 16 channels, on a zero-padded 28×28 image. */
#pragma once

#include "kernels/cpu/pool.h"

enum { SPREAD_STRIDE = (28 + K) * LANES }; /* not a power of two, which would crowd the cache */

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

static void load_image(InkSample *sample, const uint8_t *pixels) {
  uint64_t rows[28 + 2 * PAD] = {0}; /* bit x: pixel x of the padded row is not zero */

  for (int y = 0; y < 28; y++) {
    float *to = sample->image + (y + PAD) * INK_IMAGE_STRIDE + PAD;
    uint8_t row[32] = {0};

    memcpy(row, pixels + 28 * y, 28);
    sample->pixels[y] = nonzero_bits(row);
    rows[y + PAD] = (uint64_t)sample->pixels[y] << PAD;
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

/* Of LANES channels: spreads the gradient of every window that sees ink over the window's four
 * positions, each channel's to where its route goes. Returns what flows through all windows. */
INLINE Floats conv1_spread(const InkSample *sample, const float *gradient1, int channel,
                           float *spread) {
  Floats inked = {}, blank = {};

  for (int y = 0; y < 14; y++) {
    const float *gradient = gradient1 + (y + PAD) * STRIDE1 + PAD * 16 + channel;
    const uint8_t *route = sample->route1 + 14 * y * 16 + channel;
    float *to = spread + (2 * y + PAD) * SPREAD_STRIDE + PAD * LANES;

    for (unsigned left = sample->ink[y]; left; left &= left - 1) {
      const int x = __builtin_ctz(left);
      Ints way = load_bytes(route + 16 * x);
      Floats whole = POOL_SHARE * load(gradient + 16 * x);

      inked += open_gradient(way, whole);
      UNROLL for (int j = 0; j < 4; j++)
          store(to + j / 2 * SPREAD_STRIDE + (2 * x + j % 2) * LANES,
                only(MAX_POOL ? way == 1 << j : (way & 1 << j) > 0, whole));
    }
    for (unsigned left = sample->ink[y] ^ ((1 << 14) - 1); left; left &= left - 1) {
      const int x = __builtin_ctz(left);

      blank += open_gradient(load_bytes(route + 16 * x), POOL_SHARE * load(gradient + 16 * x));
    }
  }
  return inked + blank;
}

/* Taps first … first + count − 1, LANES channels: each pixel that is not zero meets the gradients
 * at the positions whose taps it is. count accumulators, 13 of 16 registers on AVX2 and all 25 of
 * 32 on AVX-512, and one of a broadcast pixel; gradients are memory operands. */
INLINE void conv1_gradient_taps(const int first, const int count, const InkSample *sample,
                                const float *spread, float *weight) {
  Floats sum[TAPS];

  UNROLL for (int i = 0; i < count; i++) sum[i] = load(weight + (first + i) * 16);
  for (int y = 0; y < 28; y++)
    for (unsigned left = sample->pixels[y]; left; left &= left - 1) {
      const int x = __builtin_ctz(left);
      const float *from = spread + (y + 2 * PAD) * SPREAD_STRIDE + (x + 2 * PAD) * LANES;
      Floats pixel = broadcast(sample->image[(y + PAD) * INK_IMAGE_STRIDE + x + PAD]);

      UNROLL for (int i = 0; i < count; i++) {
        const int tap = first + i;

        sum[i] += pixel * load(from - tap / K * SPREAD_STRIDE - tap % K * LANES);
      }
    }
  UNROLL for (int i = 0; i < count; i++) store(weight + (first + i) * 16, sum[i]);
}

static void conv1_weight_gradient(InkWorkspace *work, const InkSample *sample,
                                  const InkTensors *gradients) {
  const int count = LANES == 16 || K == 3 ? TAPS : 13;

  for (int channel = 0; channel < 16; channel += LANES) {
    float *bias = gradients->conv1_bias + channel;

    store(bias, load(bias) + conv1_spread(sample, work->gradient1, channel, work->spread1));
    UNROLL for (int first = 0; first < TAPS; first += count)
        conv1_gradient_taps(first, first + count < TAPS ? count : TAPS - first, sample,
                            work->spread1, gradients->conv1_weight + channel);
  }
}
