/* conv2-winograd: products of the second convolution, 16 → 32 channels, by Winograd's minimal
 * filtering F(m×m, k×k) (Winograd 1980; Lavin and Gray 2016).
 *
 * One tile is m×m outputs: 2×2 pooling windows. m + k − 1 interpolation points a side: 0, ∞, and
 * pairs ±p. The outputs of a window take 16 products a channel pair instead of 100 with k 5, and 9
 * instead of 36 with k 3. But that rounds too much for a run of hundreds of steps with k 3 to stay
 * near another program's, so that training takes tiles of one window there, 16 products.
 *
 * Seven windows a side are no multiple of two: a tile may be one window high or wide in any case.
 * Its points are the first of the whole tile's, and its weights the same but for a factor a point,
 * which its outputs are multiplied by: with k 5 48 or 36 products instead of 64. */
#pragma once

#include "kernels/cpu/geometry.h"

#define POINTS_OF(outputs) ((outputs) + K - 1)
#define PAIRS_OF(outputs) (POINTS_OF(outputs) / 2 - 1)

enum {
  OUTPUTS = 4, /* a side of a whole tile */
  POINTS = POINTS_OF(OUTPUTS),
  TRAINING_POINTS = K == 5 ? POINTS : POINTS_OF(2),
  PRODUCTS = POINTS * POINTS,
  PAIRS = PAIRS_OF(OUTPUTS),
  BLOCK2 = 2 * LANES, /* output channels of one block of the products */
  WINOGRAD_SIZE = PRODUCTS * 512,
  VECTORS = 16 / LANES,

  /* Floats from a point to the next one: an odd number of cache lines, or they would all fall into
   * a few sets of the cache. */
  INPUTS_STRIDE = INK_GROUP * 16 + 16,
  PRODUCTS_STRIDE = INK_GROUP * 32 + 16,
};

/* Of tiles of one window a side and of two: the squares q of the pairs but one give Σ q and Π q,
 * the coefficients of Π (x² − q); all squares the coefficients of Π (x² − p²); and the factors of
 * point 0 and of the pairs. They are small, or round well. */
#if KERNEL == 5
static const float point[] = {1, 2, 0.5f};
static const float others[][PAIRS][3] = {{{-4, 1}, {-1, 1}},
                                         {{1, -4.25f, 1}, {0.25f, -1.25f, 1}, {4, -5, 1}}};
static const float all_pairs[][4] = {{4, -5, 1}, {-1, 5.25f, -5.25f, 1}};
static const float zero_factor[] = {-0.25f, 1};
static const float pair_factor[][PAIRS] = {{0.75f, 3.75f}, {1, 1, 1}};
#else
static const float point[] = {1, 0.5f};
static const float others[][PAIRS][2] = {{{1}}, {{-0.25f, 1}, {-1, 1}}};
static const float all_pairs[][3] = {{-1, 1}, {0.25f, -1.25f, 1}};
static const float zero_factor[] = {-0.25f, 1};
static const float pair_factor[][PAIRS] = {{0.75f}, {1, 1}};
#endif

/* Σ coefficient[i] · d[2 i], i ≤ degree; the last coefficient is 1. */
INLINE Floats polynomial(const Floats *d, const float *coefficient, const int degree) {
  Floats sum = d[2 * degree];

  UNROLL for (int i = degree - 1; i >= 0; i--) sum += coefficient[i] * d[2 * i];
  return sum;
}

/* Of POINTS_OF(outputs) inputs. */
INLINE void transform_input(const int outputs, const Floats *d, Floats *v) {
  const int size = outputs / 2 - 1, pairs = PAIRS_OF(outputs);

  v[0] = polynomial(d, all_pairs[size], pairs);
  v[1] = polynomial(d + 1, all_pairs[size], pairs);
  UNROLL for (int n = 0; n < pairs; n++) {
    Floats even = polynomial(d + 2, others[size][n], pairs - 1);
    Floats odd = polynomial(d + 1, others[size][n], pairs - 1);

    v[2 + 2 * n] = even + point[n] * odd;
    v[3 + 2 * n] = even - point[n] * odd;
  }
}

INLINE void transform_output(const int outputs, const Floats *m, Floats *y) {
  const int size = outputs / 2 - 1;

  y[0] = zero_factor[size] * m[0];
  y[outputs - 1] = m[1];
  UNROLL for (int n = 0; n < PAIRS_OF(outputs); n++) {
    Floats even = m[2 + 2 * n] + m[3 + 2 * n], odd = m[2 + 2 * n] - m[3 + 2 * n];
    float power = pair_factor[size][n];

    UNROLL for (int i = 0; i < outputs; i++, power *= point[n]) {
      Floats part = power * (i % 2 ? odd : even);

      y[i] = n == 0 && i > 0 && i < outputs - 1 ? part : y[i] + part;
    }
  }
}

typedef double Sixteen[16]; /* output channels */

/* K weights, of one row or column, to the first points: those of a pair differ by the sign of the
 * odd powers. */
static void transform_weights(int points, const Sixteen *weight, int stride, Sixteen *to,
                              int to_stride) {
  double zero = 1;

  for (int n = 0; n < PAIRS; n++)
    zero /= -point[n] * point[n];
  for (int out = 0; out < 16; out++) {
    to[0][out] = weight[0][out] * zero;
    to[to_stride][out] = weight[(K - 1) * stride][out];
  }
  for (int n = 0; 2 + 2 * n < points; n++) {
    double p = point[n], square = p * p, share = 0.5 / square;

    for (int m = 0; m < PAIRS; m++)
      if (m != n)
        share /= square - point[m] * point[m];
    for (int out = 0; out < 16; out++) {
      double even = weight[(K - 1) * stride][out], odd = weight[(K - 2) * stride][out];

      for (int b = K - 3; b >= 0; b -= 2)
        even = even * square + weight[b * stride][out];
      for (int b = K - 4; b >= 0; b -= 2)
        odd = odd * square + weight[b * stride][out];
      to[(2 + 2 * n) * to_stride][out] = (even + p * odd) * share;
      to[(3 + 2 * n) * to_stride][out] = (even - p * odd) * share;
    }
  }
}

/* (PRODUCTS, 32 / BLOCK2, 16, BLOCK2), of the first points a side. Sixteen output channels at a
 * time. */
static void prepare_winograd(const InkTensors *parameters, int first, int points, float *prepared) {
  for (int in = 0; in < 16; in++) {
    const float *from = parameters->conv2_weight + first * TAPS * 16 + in;
    float *to = prepared + first / BLOCK2 * 16 * BLOCK2 + first % BLOCK2 + in * BLOCK2;
    Sixteen weight[TAPS], half[POINTS * K], whole[POINTS];

    for (int out = 0; out < 16; out++)
      for (int tap = 0; tap < TAPS; tap++)
        weight[tap][out] = from[(out * TAPS + tap) * 16];
    for (int b = 0; b < K; b++)
      transform_weights(points, weight + b, K, half + b, K);
    for (int i = 0; i < points; i++) {
      transform_weights(points, half + i * K, 1, whole, 1);
      for (int j = 0; j < points; j++)
        for (int out = 0; out < 16; out++)
          to[(i * POINTS + j) * 512 + out / BLOCK2 * 16 * BLOCK2 + out % BLOCK2] =
              (float)whole[j][out];
    }
  }
}

/* The patch of one tile of rows × columns outputs to its products' left side, tile t of (PRODUCTS,
 * INK_GROUP, 16). */
INLINE void input_of_outputs(const int rows, const int columns, const float *patch, float *to) {
  for (int n = 0; n < VECTORS; n++) {
    Floats half[POINTS][POINTS];

    UNROLL for (int j = 0; j < POINTS_OF(columns); j++) {
      Floats d[POINTS], v[POINTS];

      UNROLL for (int i = 0; i < POINTS_OF(rows); i++) d[i] =
          load(patch + i * STRIDE1 + j * 16 + n * LANES);
      transform_input(rows, d, v);
      UNROLL for (int i = 0; i < POINTS_OF(rows); i++) half[i][j] = v[i];
    }
    UNROLL for (int i = 0; i < POINTS_OF(rows); i++) {
      Floats v[POINTS];

      transform_input(columns, half[i], v);
      UNROLL for (int j = 0; j < POINTS_OF(columns); j++)
          store(to + (i * POINTS + j) * INPUTS_STRIDE + n * LANES, v[j]);
    }
  }
}

/* COUNT tiles × BLOCK2 channels at one point: 2 × COUNT accumulators, two registers of weights, one
 * of a broadcast input: up to 15 of 16 registers for six tiles, 19 of 32 for eight. */
enum { BLOCK_TILES = REGISTERS == 32 ? 8 : 6 };

INLINE void multiply_block(const int count, const float *input, const float *weight, float *to) {
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

/* Functions of their own, so that each has all registers to itself. */
#define MULTIPLY(n)                                                                                \
  NOINLINE static void multiply_##n(const float *input, const float *weight, float *to) {          \
    multiply_block(n, input, weight, to);                                                          \
  }
MULTIPLY(1)
MULTIPLY(2)
MULTIPLY(3)
MULTIPLY(4)
MULTIPLY(5)
MULTIPLY(6)
#if REGISTERS == 32
MULTIPLY(7)
MULTIPLY(8)
#endif
#undef MULTIPLY

static void (*const multiply_tiles[BLOCK_TILES])(const float *input, const float *weight,
                                                 float *to) = {
    multiply_1, multiply_2, multiply_3, multiply_4, multiply_5, multiply_6,
#if REGISTERS == 32
    multiply_7, multiply_8,
#endif
};

/* One after the other those of one window, one window wide, whole, and one window high: so those
 * that have a point are neighbours. */
enum { SINGLE, NARROW, WHOLE, FLAT, KINDS };

/* At each of the first points a side the tiles that have it, where kind k starts with number
 * first[k], in blocks of about the same size, so that none is too small to hide the latency of the
 * multiply-adds. */
INLINE void multiply(const int points, const float *input, const float *prepared,
                     const int first[KINDS + 1], float *to) {
  for (int i = 0; i < points * points; i++) {
    int p = i / points * POINTS + i % points;
    bool high = i / points >= POINTS_OF(2), wide = i % points >= POINTS_OF(2);
    const float *weight = prepared + p * 512;
    int start = first[wide ? WHOLE : high ? NARROW : SINGLE];
    int tiles = first[high ? FLAT : KINDS] - start,
        blocks = (tiles + BLOCK_TILES - 1) / BLOCK_TILES;

    for (int channel = 0; channel < 32; channel += BLOCK2, weight += 16 * BLOCK2)
      for (int block = 0, tile = 0; block < blocks; block++) {
        const float *from = input + p * INPUTS_STRIDE + (start + tile) * 16;
        float *products = to + p * PRODUCTS_STRIDE + (start + tile) * 32 + channel;
        int count = (tiles - tile) / (blocks - block);

        multiply_tiles[count - 1](from, weight, products);
        tile += count;
      }
  }
}
