/* conv2-winograd: products of the second convolution, 16 → 32 channels, by Winograd's minimal
 * filtering F(m×m, k×k) (Winograd 1980; Lavin and Gray 2016).
 *
 * One tile is m×m outputs: 2×2 pooling windows with k 5, and with k 3, where that would round too
 * much for a run of hundreds of steps to stay near another program's, one window. POINTS = m + k −
 * 1 interpolation points a side: 0, pairs ±p, and ∞. The outputs of a window take 16 products a
 * channel pair instead of 36 with k 3, also 16 instead of 100 with k 5. */
#pragma once

#include "kernels/cpu/geometry.h"

enum {
  OUTPUTS = K == 5 ? 4 : 2, /* a side of a tile */
  WINDOWS = OUTPUTS / 2,
  POINTS = OUTPUTS + K - 1,
  PRODUCTS = POINTS * POINTS,
  PAIRS = POINTS / 2 - 1,
  BLOCK2 = 2 * LANES, /* output channels of one block of the products */
  WINOGRAD_SIZE = PRODUCTS * 512,
  VECTORS = 16 / LANES,
  MOST_TILES = WINDOWS == 2 ? 16 : INK_WINDOWS2, /* that can cover 7×7 windows */

  /* Floats from a point to the next one: an odd number of cache lines, or they would all fall into
   * a few sets of the cache. */
  INPUTS_STRIDE = INK_GROUP * 16 + 16,
  PRODUCTS_STRIDE = INK_GROUP * 32 + 16,
};

/* The pairs, and with q the squares of the other pairs: Σ q and Π q, the coefficients of
 * Π (x² − q); of all squares the coefficients of Π (x² − p²). They are small, or round well. */
#if KERNEL == 5
static const float point[] = {1, 2, 0.5f};
static const float others[PAIRS][3] = {{1, -4.25f, 1}, {0.25f, -1.25f, 1}, {4, -5, 1}};
static const float all_pairs[] = {-1, 5.25f, -5.25f, 1};
#else
static const float point[] = {1};
static const float others[PAIRS][1] = {{1}};
static const float all_pairs[] = {-1, 1};
#endif

/* Σ coefficient[i] · d[2 i], i ≤ degree; the last coefficient is 1. */
INLINE Floats polynomial(const Floats *d, const float *coefficient, const int degree) {
  Floats sum = d[2 * degree];

  UNROLL for (int i = degree - 1; i >= 0; i--) sum += coefficient[i] * d[2 * i];
  return sum;
}

INLINE void transform_input(const Floats d[POINTS], Floats v[POINTS]) {
  v[0] = polynomial(d, all_pairs, PAIRS);
  UNROLL for (int n = 0; n < PAIRS; n++) {
    Floats even = polynomial(d + 2, others[n], PAIRS - 1);
    Floats odd = polynomial(d + 1, others[n], PAIRS - 1);

    v[1 + 2 * n] = even + point[n] * odd;
    v[2 + 2 * n] = even - point[n] * odd;
  }
  v[POINTS - 1] = polynomial(d + 1, all_pairs, PAIRS);
}

INLINE void transform_output(const Floats m[POINTS], Floats y[OUTPUTS]) {
  y[0] = m[0];
  y[OUTPUTS - 1] = m[POINTS - 1];
  UNROLL for (int n = 0; n < PAIRS; n++) {
    Floats even = m[1 + 2 * n] + m[2 + 2 * n], odd = m[1 + 2 * n] - m[2 + 2 * n];
    float power = 1;

    UNROLL for (int i = 0; i < OUTPUTS; i++, power *= point[n]) {
      Floats part = power * (i % 2 ? odd : even);

      y[i] = n == 0 && i > 0 && i < OUTPUTS - 1 ? part : y[i] + part;
    }
  }
}

/* Row i: what each of K weights contributes to point i. */
static void weight_transform(double matrix[POINTS][K]) {
  double zero = 1;

  for (int n = 0; n < PAIRS; n++) {
    double p = point[n], whole = 2 * p * p, power = 1;

    zero *= -p * p;
    for (int m = 0; m < PAIRS; m++)
      if (m != n)
        whole *= p * p - point[m] * point[m];
    for (int b = 0; b < K; b++, power *= p) {
      matrix[1 + 2 * n][b] = power / whole;
      matrix[2 + 2 * n][b] = (b % 2 ? -power : power) / whole;
    }
  }
  for (int b = 0; b < K; b++) {
    matrix[0][b] = b == 0 ? 1 / zero : 0;
    matrix[POINTS - 1][b] = b == K - 1;
  }
}

/* (PRODUCTS, 32 / BLOCK2, 16, BLOCK2). Sixteen output channels at a time. */
static void prepare_winograd(const InkTensors *parameters, int first, float *prepared) {
  double matrix[POINTS][K];

  weight_transform(matrix);
  for (int out = first; out < first + 16; out++) {
    const float *weight = parameters->conv2_weight + out * TAPS * 16;
    float *to = prepared + out / BLOCK2 * 16 * BLOCK2 + out % BLOCK2;
    double half[POINTS][K][16], whole[16];

    for (int i = 0; i < POINTS; i++)
      for (int b = 0; b < K; b++)
        for (int in = 0; in < 16; in++) {
          double sum = 0;

          for (int a = 0; a < K; a++)
            sum += matrix[i][a] * weight[(a * K + b) * 16 + in];
          half[i][b][in] = sum;
        }
    for (int i = 0; i < POINTS; i++)
      for (int j = 0; j < POINTS; j++) {
        for (int in = 0; in < 16; in++) {
          whole[in] = 0;
          for (int b = 0; b < K; b++)
            whole[in] += matrix[j][b] * half[i][b][in];
        }
        for (int in = 0; in < 16; in++)
          to[(i * POINTS + j) * 512 + in * BLOCK2] = (float)whole[in];
      }
  }
}

/* The patch of one tile to its products' left side, tile t of (PRODUCTS, INK_GROUP, 16). */
static void input_of_tile(const float *patch, float *to) {
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
          store(to + (i * POINTS + j) * INPUTS_STRIDE + n * LANES, v[j]);
    }
  }
}

/* COUNT tiles × BLOCK2 channels at one point: 2 × COUNT accumulators, two registers of weights, one
 * of a broadcast input: up to 15 of 16 registers for six tiles, 19 of 32 for eight. */
enum { BLOCK_TILES = REGISTERS == 32 ? 8 : 6 };

INLINE void multiply_tiles(const int count, const float *input, const float *weight, float *to) {
  Floats sum[BLOCK_TILES][2];

  UNROLL for (int t = 0; t < count; t++) sum[t][0] = sum[t][1] = (Floats){};
  _Pragma("GCC unroll 4") for (int in = 0; in < 16; in++) {
    Floats low = load(weight + in * BLOCK2), high = load(weight + in * BLOCK2 + LANES);

    UNROLL for (int t = 0; t < count; t++) {
      Floats value = broadcast(input[t * 16 + in]);

      sum[t][0] += value * low;
      sum[t][1] += value * high;
    }
  }
  UNROLL for (int t = 0; t < count; t++) {
    store(to + t * 32, sum[t][0]);
    store(to + t * 32 + LANES, sum[t][1]);
  }
}

/* The tiles in blocks of about the same size, so that none is too small to hide the latency of the
 * multiply-adds. */
static void multiply(const float *input, const float *weight, int tiles, float *to) {
  int blocks = (tiles + BLOCK_TILES - 1) / BLOCK_TILES;

  for (int p = 0; p < PRODUCTS; p++)
    for (int channel = 0; channel < 32; channel += BLOCK2, weight += 16 * BLOCK2)
      for (int block = 0, tile = 0; block < blocks; block++) {
        const float *from = input + p * INPUTS_STRIDE + tile * 16;
        float *products = to + p * PRODUCTS_STRIDE + tile * 32 + channel;
        int count = (tiles - tile) / (blocks - block);

        switch (count) {
#define CASE(n)                                                                                    \
  case n:                                                                                          \
    multiply_tiles(n < BLOCK_TILES ? n : BLOCK_TILES, from, weight, products);                     \
    break
          CASE(1);
          CASE(2);
          CASE(3);
          CASE(4);
          CASE(5);
          CASE(6);
          CASE(7);
          CASE(8);
#undef CASE
        }
        tile += count;
      }
}
