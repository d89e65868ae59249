/* conv2-forward: the second convolution, 16 → 32 channels, on the zero-padded 14×14 pool1, by
 * Winograd's minimal filtering F(2×2, k×k) (Winograd 1980; Lavin and Gray 2016).
 *
 * One tile of output is one pooling window. POINTS = k + 1 interpolation points a side: 0, ±1, ∞
 * for k 3 and 0, ±1, ±2, ∞ for k 5, so that a window takes (k + 1)² products a channel pair instead
 * of 4k²: 16 for 36, or 36 for 100.
 *
 * The transforms of the input are written as differences, so that a constant input gives exact
 * zeros at every point but one. Outputs that are equal in exact arithmetic because their inputs
 * are (the background of an image) are then equal to the bit, and the first maximum wins. */
#pragma once

#include "kernels/cpu/conv1.h"

enum {
  POINTS = K + 1,
  PRODUCTS = POINTS * POINTS,
  BLOCK2 = 2 * LANES, /* output channels of one block of the products */
  PREPARED_SIZE = PRODUCTS * 512,
  VECTORS = 16 / LANES,
};

INLINE void transform_input(const Floats d[POINTS], Floats v[POINTS]) {
#if KERNEL == 5
  Floats r = d[4] - d[2], s = d[3] - d[1];
  Floats p = d[4] - 4 * d[2], q = d[3] - 4 * d[1];

  v[0] = 4 * (d[0] - d[2]) + r;
  v[1] = p + q;
  v[2] = p - q;
  v[3] = r + 2 * s;
  v[4] = r - 2 * s;
  v[5] = 4 * (d[1] - d[3]) + (d[5] - d[3]);
#else
  v[0] = d[0] - d[2];
  v[1] = d[1] + d[2];
  v[2] = d[2] - d[1];
  v[3] = d[3] - d[1];
#endif
}

INLINE void transform_output(const Floats m[POINTS], Floats y[2]) {
#if KERNEL == 5
  y[0] = m[0] + (m[1] + m[2]) + (m[3] + m[4]);
  y[1] = (m[1] - m[2]) + 2 * (m[3] - m[4]) + m[5];
#else
  y[0] = m[0] + (m[1] + m[2]);
  y[1] = (m[1] - m[2]) + m[3];
#endif
}

static const float transform_weight[POINTS][K] = {
#if KERNEL == 5
    {1 / 4.0f},
    {-1 / 6.0f, -1 / 6.0f, -1 / 6.0f, -1 / 6.0f, -1 / 6.0f},
    {-1 / 6.0f, 1 / 6.0f, -1 / 6.0f, 1 / 6.0f, -1 / 6.0f},
    {1 / 24.0f, 1 / 12.0f, 1 / 6.0f, 1 / 3.0f, 2 / 3.0f},
    {1 / 24.0f, -1 / 12.0f, 1 / 6.0f, -1 / 3.0f, 2 / 3.0f},
    {0, 0, 0, 0, 1},
#else
    {1},
    {0.5f, 0.5f, 0.5f},
    {0.5f, -0.5f, 0.5f},
    {0, 0, 1},
#endif
};

/* Prepared weights: (PRODUCTS, 32 / BLOCK2, 16, BLOCK2). Sixteen input channels at a time. */
static void prepare(const InkTensors *parameters, int first, float *prepared) {
  for (int out = first; out < first + 16; out++) {
    const float *weight = parameters->conv2_weight + out * TAPS * 16;
    float *to = prepared + out / BLOCK2 * 16 * BLOCK2 + out % BLOCK2;
    float half[POINTS][K][16], whole[16];

    for (int i = 0; i < POINTS; i++)
      for (int b = 0; b < K; b++)
        for (int in = 0; in < 16; in++) {
          float sum = 0;

          for (int a = 0; a < K; a++)
            sum += transform_weight[i][a] * weight[(a * K + b) * 16 + in];
          half[i][b][in] = sum;
        }
    for (int i = 0; i < POINTS; i++)
      for (int j = 0; j < POINTS; j++) {
        for (int in = 0; in < 16; in++) {
          whole[in] = 0;
          for (int b = 0; b < K; b++)
            whole[in] += transform_weight[j][b] * half[i][b][in];
        }
        for (int in = 0; in < 16; in++)
          to[(i * POINTS + j) * 512 + in * BLOCK2] = whole[in];
      }
  }
}

/* The patch of one window to its products' left side, tile t of (PRODUCTS, INK_GROUP, 16). */
static void input_of_window(const float *patch, float *to) {
  for (int n = 0; n < VECTORS; n++) {
    Floats half[POINTS][POINTS];

    UNROLL for (int j = 0; j < POINTS; j++) {
      Floats d[POINTS], v[POINTS];

      UNROLL for (int i = 0; i < POINTS; i++) d[i] = load(patch + i * STRIDE1 + j * 16 + n * LANES);
      transform_input(d, v);
      UNROLL for (int i = 0; i < POINTS; i++) half[i][j] = v[i];
    }
    UNROLL for (int i = 0; i < POINTS; i++) {
      Floats v[POINTS];

      transform_input(half[i], v);
      UNROLL for (int j = 0; j < POINTS; j++)
          store(to + (i * POINTS + j) * INK_GROUP * 16 + n * LANES, v[j]);
    }
  }
}

/* TILES tiles × BLOCK2 channels at one point: 2 × TILES accumulators, two registers of weights, one
 * of a broadcast input: 11 of 16 registers for four tiles, 17 of 32 for seven. */
INLINE void multiply_tiles(const int tiles, const float *input, const float *weight, float *to) {
  Floats sum[7][2];

  UNROLL for (int t = 0; t < tiles; t++) sum[t][0] = sum[t][1] = (Floats){};
  _Pragma("GCC unroll 4") for (int in = 0; in < 16; in++) {
    Floats low = load(weight + in * BLOCK2), high = load(weight + in * BLOCK2 + LANES);

    UNROLL for (int t = 0; t < tiles; t++) {
      Floats value = broadcast(input[t * 16 + in]);

      sum[t][0] += value * low;
      sum[t][1] += value * high;
    }
  }
  UNROLL for (int t = 0; t < tiles; t++) {
    store(to + t * 32, sum[t][0]);
    store(to + t * 32 + LANES, sum[t][1]);
  }
}

static void multiply(const float *input, const float *weight, int tiles, float *to) {
  for (int point = 0; point < PRODUCTS; point++)
    for (int block = 0; block < 32; block += BLOCK2, weight += 16 * BLOCK2) {
      const float *from = input + point * INK_GROUP * 16;
      float *products = to + point * INK_GROUP * 32 + block;

#if REGISTERS == 32
      multiply_tiles(7, from, weight, products);
#else
      multiply_tiles(4, from, weight, products);
      if (tiles > 4)
        multiply_tiles(3, from + 4 * 16, weight, products + 4 * 32);
#endif
    }
}

#if KERNEL == 5
/* F(2×2, 5×5) rounds about three times as much as the plain sum, which matters to nothing but
 * which position wins, or whether ReLU is open, where it is close. Bit i: lane i is that close. */
INLINE uint32_t close_lanes(const Floats four[4]) {
  Floats scale = {}, margin;

  UNROLL for (int j = 0; j < 4; j++) scale += larger(four[j], -four[j]);
  margin = 0x1p-18f * scale;
#if MAX_POOL
  Floats high = larger(four[0], four[1]), low = smaller(four[0], four[1]);
  Floats high2 = larger(four[2], four[3]), low2 = smaller(four[2], four[3]);
  Floats first = larger(high, high2), gap = first - larger(smaller(high, high2), larger(low, low2));
  Ints close = (gap < margin) & (gap > 0) & (first > 0);

  return lane_bits(close | (larger(first, -first) < margin));
#else
  Ints close = {};

  UNROLL for (int j = 0; j < 4; j++) close |= larger(four[j], -four[j]) < margin;
  return lane_bits(close);
#endif
}

/* The route of one channel of one window, by plain sums in double precision. */
static uint8_t exact_route(const float *patch, const float *weight, float bias) {
  Floats four[4];
  float pooled[LANES];
  uint8_t route[LANES];

  for (int j = 0; j < 4; j++) {
    double sum = bias;

    for (int tap = 0; tap < TAPS; tap++)
      for (int in = 0; in < 16; in++)
        sum += (double)patch[(j / 2 + tap / K) * STRIDE1 + (j % 2 + tap % K) * 16 + in] *
               (double)weight[tap * 16 + in];
    four[j] = broadcast((float)sum);
  }
  pool_window(four, pooled, route);
  return route[0];
}
#endif

/* The products of one window to its pooled values. */
static void output_of_window(const float *products, const InkTensors *parameters,
                             const float *patch, float *pooled, uint8_t *route, float *maps) {
  for (int channel = 0; channel < 32; channel += LANES) {
    Floats half[2][POINTS], y[2], four[4], bias = load(parameters->conv2_bias + channel);

    UNROLL for (int j = 0; j < POINTS; j++) {
      Floats m[POINTS];

      UNROLL for (int i = 0; i < POINTS; i++) m[i] =
          load(products + (i * POINTS + j) * INK_GROUP * 32 + channel);
      transform_output(m, y);
      half[0][j] = y[0];
      half[1][j] = y[1];
    }
    UNROLL for (int i = 0; i < 2; i++) {
      transform_output(half[i], y);
      four[2 * i] = y[0] + bias;
      four[2 * i + 1] = y[1] + bias;
    }
    pool_window(four, pooled + channel, route + channel);
#if KERNEL == 5
    for (uint32_t left = close_lanes(four); left; left &= left - 1) {
      int out = channel + __builtin_ctz(left);

      route[out] = exact_route(patch, parameters->conv2_weight + out * TAPS * 16,
                               parameters->conv2_bias[out]);
    }
#endif
    if (maps)
      UNROLL for (int j = 0; j < 4; j++)
          store(maps + (j / 2 * 14 + j % 2) * 32 + channel, relu(four[j]));
  }
}

/* Windows list[0] … list[count − 1], count ≤ INK_GROUP. */
static void conv2_windows(InkWorkspace *work, InkSample *sample, const InkTensors *parameters,
                          const float *prepared, const uint8_t *list, int count, float *maps) {
  for (int t = 0; t < count; t++) {
    int y = list[t] / 7, x = list[t] % 7;

    input_of_window(sample->pool1 + 2 * y * STRIDE1 + 2 * x * 16, work->inputs + t * 16);
  }
  multiply(work->inputs, prepared, count, work->products);
  for (int t = 0; t < count; t++) {
    int y = list[t] / 7, x = list[t] % 7;

    output_of_window(work->products + t * 32, parameters,
                     sample->pool1 + 2 * y * STRIDE1 + 2 * x * 16, sample->pool2 + list[t] * 32,
                     sample->route2 + list[t] * 32, maps ? maps + (2 * y * 14 + 2 * x) * 32 : NULL);
  }
}

/* Which of three an edge, the inside or the other edge a row or column of windows is: windows that
 * see no ink differ only in the padding that they see. */
INLINE int edge(int i) {
  return i == 0 ? 0 : i == 6 ? 2 : 1;
}

static void conv2_blank(InkWorkspace *work, const InkTensors *parameters, const float *prepared) {
  static const uint8_t blank[INK_PIXELS] = {0};
  static const uint8_t list[9] = {0, 3, 6, 21, 24, 27, 42, 45, 48};
  InkSample *sample = &work->samples[0];

  load_image(sample, blank);
  conv1_forward(sample, parameters, NULL);
  conv2_windows(work, sample, parameters, prepared, list, INK_GROUP, NULL);
  conv2_windows(work, sample, parameters, prepared, list + INK_GROUP, 9 - INK_GROUP, NULL);
  for (int i = 0; i < 9; i++) {
    memcpy(work->blank_pool2 + i * 32, sample->pool2 + list[i] * 32, 32 * sizeof(float));
    memcpy(work->blank_route2 + i * 32, sample->route2 + list[i] * 32, 32);
  }
}

static void conv2_forward(InkWorkspace *work, InkSample *sample, const InkTensors *parameters,
                          const float *prepared, float *maps) {
  uint8_t list[INK_WINDOWS2];
  int count = 0;

  for (int y = 0; y < 7; y++) {
    uint32_t seen = 0;

    for (int row = 2 * y - PAD; row <= 2 * y - PAD + K; row++)
      if (row >= 0 && row < 14)
        seen |= (uint32_t)sample->ink[row] << PAD;
    for (int x = 0; x < 7; x++) {
      int window = 7 * y + x, kind = 3 * edge(y) + edge(x);

      if (maps || (seen >> 2 * x & ((1 << (K + 1)) - 1))) {
        list[count++] = (uint8_t)window;
        continue;
      }
      memcpy(sample->pool2 + window * 32, work->blank_pool2 + kind * 32, 32 * sizeof(float));
      memcpy(sample->route2 + window * 32, work->blank_route2 + kind * 32, 32);
    }
  }
  for (int first = 0; first < count; first += INK_GROUP)
    conv2_windows(work, sample, parameters, prepared, list + first,
                  count - first < INK_GROUP ? count - first : INK_GROUP, maps);
}
