/* conv1: the first convolution, 1 → 16 channels, on a zero-padded 28×28 image. */
#pragma once

#include "kernels/cpu/pool.h"

enum { SPREAD_STRIDE = (28 + K) * LANES }; /* not a power of two, which would crowd the cache */

/* Bit x: one of bits 2x … 2x + K is set. */
INLINE uint32_t windows_of_pixels(uint32_t pixels) {
  uint32_t two = pixels | pixels >> 1, any = two;

  UNROLL for (int i = 2; i < K; i += 2) any |= two >> i;
  any &= 0x55555555;
  any = (any | any >> 1) & 0x33333333;
  any = (any | any >> 2) & 0x0f0f0f0f;
  any = (any | any >> 4) & 0x00ff00ff;
  return (any | any >> 8) & 0x3fff;
}

static void load_image(InkSample *sample, const uint8_t *pixels) {
  for (int y = 0; y < 28; y++) {
    const uint8_t *row = pixels + 28 * y;
    float *to = sample->image + (y + PAD) * INK_IMAGE_STRIDE + PAD;

    sample->pixels[y + PAD] = (nonzero_bits(row) | nonzero_bits(row + 12) << 12) << PAD;
    /* The last vector overlaps the one before it: 28 is no multiple of eight. */
    UNROLL for (int x = 0; x < 28; x += LANES) {
      const int at = x + LANES > 28 ? 28 - LANES : x;

      store(to + at, __builtin_convertvector(load_bytes(row + at), Floats) * (1 / 255.0f));
    }
  }
  for (int y = 0; y < 14; y++) {
    uint32_t seen = 0;

    UNROLL for (int i = 0; i <= K; i++) seen |= sample->pixels[2 * y + i];
    sample->ink[y] = (uint16_t)windows_of_pixels(seen);
  }
}

/* One block is CHANNELS1 channels of WINDOWS1 pooling windows, 4 positions each: eight
 * accumulators, two or four registers of broadcast pixels, one of weights. */
enum {
  CHANNELS1 = LANES < 16 ? 2 * LANES : 16,
  VECTORS1 = CHANNELS1 / LANES,
  WINDOWS1 = 2 / VECTORS1,
  POSITIONS1 = 4 * WINDOWS1,
  SKIP_ROWS1 = K == 5 || LANES == 16, /* else what it saves is less than what branches cost */
};

/* What one row of the windows' patches adds: the positions above meet it with one row of taps,
 * those below with the row before. */
INLINE void conv1_row(const int row, const float *const patch[WINDOWS1], const float *weight,
                      Floats sum[POSITIONS1][VECTORS1]) {
  UNROLL for (int b = 0; b < K; b++) {
    Floats value[WINDOWS1][2];

    UNROLL for (int i = 0; i < WINDOWS1 * 2; i++) value[i / 2][i % 2] =
        broadcast(patch[i / 2][row * INK_IMAGE_STRIDE + b + i % 2]);
    UNROLL for (int i = 0; i < 2 * VECTORS1; i++) {
      const int below = i / VECTORS1, n = i % VECTORS1, a = row - below;

      if (a >= 0 && a < K) {
        Floats factor = in_register(load(weight + 16 * (a * K + b) + LANES * n));

        UNROLL for (int j = 0; j < WINDOWS1 * 2; j++) sum[j / 2 * 4 + below * 2 + j % 2][n] +=
            value[j / 2][j % 2] * factor;
      }
    }
  }
}

/* A row of the patches without ink adds nothing: of MNIST's windows that see some, a third of the
 * rows. */
INLINE void conv1_block(const float *const patch[WINDOWS1], const uint32_t ink[K + 1],
                        const float *weight, const float *bias, Floats sum[POSITIONS1][VECTORS1]) {
  UNROLL for (int i = 0; i < POSITIONS1 * VECTORS1; i++) sum[i / VECTORS1][i % VECTORS1] =
      load(bias + i % VECTORS1 * LANES);
  UNROLL for (int row = 0; row <= K; row++) if (ink[row] || !SKIP_ROWS1)
      conv1_row(row, patch, weight, sum);
}

/* What a window answers that sees no ink, to the bit what all rows of zeros make. */
static void conv1_blank(InkWorkspace *work, const InkTensors *parameters) {
  static const float blank[(K + 1) * INK_IMAGE_STRIDE];
  const float *const patch[2] = {blank, blank};
  uint32_t ink[K + 1];

  memset(ink, 0xff, sizeof ink);
  for (int block = 0; block < 16; block += CHANNELS1) {
    Floats sum[POSITIONS1][VECTORS1];

    conv1_block(patch, ink, parameters->conv1_weight + block, parameters->conv1_bias + block, sum);
    UNROLL for (int n = 0; n < VECTORS1; n++) {
      Floats four[4] = {sum[0][n], sum[1][n], sum[2][n], sum[3][n]};

      pool_window(four, work->blank1 + block + LANES * n, work->blank_route1 + block + LANES * n);
    }
  }
}

/* WINDOWS1 windows, all channels. */
INLINE void conv1_windows(const bool routes, InkSample *sample, const InkTensors *parameters,
                          const uint8_t *windows, float *maps) {
  const float *patch[WINDOWS1];
  uint32_t ink[K + 1] = {0};

  UNROLL for (int w = 0; w < WINDOWS1; w++) {
    const int y = windows[w] / 14, x = windows[w] % 14;

    patch[w] = sample->image + 2 * y * INK_IMAGE_STRIDE + 2 * x;
    UNROLL for (int row = 0; row <= K; row++) ink[row] |=
        sample->pixels[2 * y + row] >> 2 * x & ((2 << K) - 1);
  }
  for (int block = 0; block < 16; block += CHANNELS1) {
    Floats sum[POSITIONS1][VECTORS1];

    conv1_block(patch, ink, parameters->conv1_weight + block, parameters->conv1_bias + block, sum);
    UNROLL for (int i = 0; i < WINDOWS1 * VECTORS1; i++) {
      const int w = i / VECTORS1, n = i % VECTORS1, channel = block + LANES * n;
      const int y = windows[w] / 14, x = windows[w] % 14;
      Floats four[4] = {sum[4 * w][n], sum[4 * w + 1][n], sum[4 * w + 2][n], sum[4 * w + 3][n]};
      float *pooled = sample->pool1 + (y + PAD) * STRIDE1 + (x + PAD) * 16 + channel;

      if (routes)
        pool_window(four, pooled, sample->route1 + windows[w] * 16 + channel);
      else
        store(pooled, pool(four));
      if (maps)
        UNROLL for (int j = 0; j < 4; j++)
            store(maps + ((2 * y + j / 2) * 28 + 2 * x + j % 2) * 16 + channel, relu(four[j]));
    }
  }
}

INLINE void conv1(const bool routes, const InkWorkspace *work, InkSample *sample,
                  const InkTensors *parameters, float *maps) {
  uint8_t list[INK_WINDOWS1 + 1] = {0};
  int count = 0;

  for (int y = 0; y < 14; y++) {
    for (unsigned left = sample->ink[y]; left; left &= left - 1)
      list[count++] = (uint8_t)(14 * y + __builtin_ctz(left));
    for (unsigned left = sample->ink[y] ^ ((1 << 14) - 1); left; left &= left - 1) {
      const int x = __builtin_ctz(left);

      memcpy(sample->pool1 + (y + PAD) * STRIDE1 + (x + PAD) * 16, work->blank1,
             sizeof work->blank1);
      if (routes)
        memcpy(sample->route1 + (14 * y + x) * 16, work->blank_route1, sizeof work->blank_route1);
      for (int j = 0; maps && j < 4; j++) /* all four are what they are pooled to */
        memcpy(maps + ((2 * y + j / 2) * 28 + 2 * x + j % 2) * 16, work->blank1,
               sizeof work->blank1);
    }
  }
  list[count] = list[0]; /* beside an odd last window */
  for (int i = 0; i < count; i += WINDOWS1)
    conv1_windows(routes, sample, parameters, list + i, maps);
}

static void conv1_forward(const InkWorkspace *work, InkSample *sample,
                          const InkTensors *parameters) {
  conv1(true, work, sample, parameters, NULL);
}

static void conv1_evaluate(const InkWorkspace *work, InkSample *sample,
                           const InkTensors *parameters, float *maps) {
  conv1(false, work, sample, parameters, maps);
}

/* Of LANES channels: spreads the gradient of every window that sees ink over the window's four
 * positions, each channel's to where its route goes. Adds what it spreads to bias, and to met what
 * it would with all routes open. */
INLINE void conv1_spread(const InkSample *sample, const float *gradient1, int channel,
                         float *spread, float *bias, float *met) {
  Floats open = {}, all = {};

  for (int y = 0; y < 14; y++) {
    const float *gradient = gradient1 + (y + PAD) * STRIDE1 + PAD * 16 + channel;
    const uint8_t *route = sample->route1 + 14 * y * 16 + channel;
    float *to = spread + (2 * y + PAD) * SPREAD_STRIDE + PAD * LANES;

    for (unsigned left = sample->ink[y]; left; left &= left - 1) {
      const int x = __builtin_ctz(left);
      Ints way = load_bytes(route + 16 * x);
      Floats whole = load(gradient + 16 * x), share = POOL_SHARE * whole;

      all += whole;
      open += open_gradient(way, share);
      UNROLL for (int j = 0; j < 4; j++)
          store(to + j / 2 * SPREAD_STRIDE + (2 * x + j % 2) * LANES,
                only(MAX_POOL ? way == 1 << j : (way & 1 << j) > 0, share));
    }
  }
  store(bias, load(bias) + open);
  store(met, load(met) + all);
}

/* Taps first … first + count − 1, LANES channels: each pixel that is not zero meets the gradients
 * at the positions whose taps it is. count accumulators, 13 of 16 registers on AVX2 and all 25 of
 * 32 on AVX-512, and one of a broadcast pixel; gradients are memory operands. */
INLINE void conv1_gradient_taps(const int first, const int count, const InkSample *sample,
                                const float *spread, float *weight) {
  Floats sum[TAPS];

  UNROLL for (int i = 0; i < count; i++) sum[i] = load(weight + (first + i) * 16);
  for (int y = PAD; y < 28 + PAD; y++)
    for (unsigned left = sample->pixels[y]; left; left &= left - 1) {
      const int x = __builtin_ctz(left);
      const float *from = spread + (y + PAD) * SPREAD_STRIDE + (x + PAD) * LANES;
      Floats pixel = broadcast(sample->image[y * INK_IMAGE_STRIDE + x]);

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

  for (int y = 0; y < 14; y++)
    work->blank_windows1 += 14 - __builtin_popcount(sample->ink[y]);
  for (int channel = 0; channel < 16; channel += LANES) {
    conv1_spread(sample, work->gradient1, channel, work->spread1, gradients->conv1_bias + channel,
                 work->met1 + channel);
    UNROLL for (int first = 0; first < TAPS; first += count)
        conv1_gradient_taps(first, first + count < TAPS ? count : TAPS - first, sample,
                            work->spread1, gradients->conv1_weight + channel);
  }
}

/* The same for LANES channels of windows without ink, of which gradient1 is the sum. */
static void conv1_blank_gradient(const InkWorkspace *work, int channel, Floats gradient1,
                                 float *bias) {
  Ints way = load_bytes(work->blank_route1 + channel);

  store(bias, load(bias) + open_gradient(way, POOL_SHARE * gradient1));
}
