/* conv2-winograd: products of the second convolution, 16 → 32 channels, by Winograd's minimal
 * filtering F(m×m, k×k) (Winograd 1980; Lavin and Gray 2016), with complex points (Meng and
 * Brothers 2019).
 *
 * A tile is up to SIZES 2×2 pooling windows high and wide. Its m outputs a side are interpolated
 * from m + k − 1 points: 0, ∞, pairs ±p, and in the largest tiles ±i, at which products are complex
 * numbers, conjugate to each other: three real products in all, by Gauss. Real points only would
 * take one less, but round too much for a run of hundreds of steps to stay near another program's:
 * with ±i the largest tiles round 2.5 (k 5) and 1.2 times (k 3) as much as plain sums, with the
 * best real points that were tried in their place 76 and 5.6 times. The outputs of a window
 * take 13.4 products a channel pair instead of 100 with k 5, and 12.3 instead of 36 with k 3.
 *
 * Smaller tiles have the first of the points, and their weights are the same but for a factor a
 * point, which their outputs are multiplied by. With k 5 they round up to seven times as
 * much as plain sums. */
#pragma once

#include "kernels/cpu/geometry.h"

#define INPUTS_OF(size) (2 * (size) + K - 1)
#define POINTS_OF(size) (INPUTS_OF(size) + HAS_COMPLEX(size)) /* ±i count as three */
#define HAS_COMPLEX(size) ((size) == SIZES)
#define SQUARES_OF(size) (INPUTS_OF(size) / 2 - 1)
#define PAIRS_OF(size) (SQUARES_OF(size) - HAS_COMPLEX(size))

enum {
  SIZES = K == 5 ? 3 : 2, /* windows a side of the largest tile */
  OUTPUTS = 2 * SIZES,
  INPUTS = INPUTS_OF(SIZES),
  POINTS = POINTS_OF(SIZES),
  PAIRS = PAIRS_OF(SIZES),
  PRODUCTS = POINTS * POINTS,
  TILES = K == 5 ? 9 : 16, /* three or four a side cover any windows, see cover() */
  BLOCK2 = 2 * LANES,      /* output channels of one block of the products */
  WINOGRAD_SIZE = PRODUCTS * 512,

  /* Floats from a point to the next one: an odd number of cache lines, or they would all fall into
   * a few sets of the cache. */
  INPUTS_STRIDE = (TILES | 1) * 16,
  PRODUCTS_STRIDE = TILES * 32 + 16,
};

/* By size − 1: the coefficients of polynomials in x², Π (x² − s) over the squares s of all points
 * but 0 (that of ±i is −1), and over all of these but one; and what point 0 and the pairs have as a
 * factor in their weights, which are those of the largest tiles, and should not. Numbers are small,
 * or round well. */
#if KERNEL == 5
static const float point[] = {1, 2, 0.5f};
static const float all_squares[][5] = {
    {4, -5, 1}, {-1, 5.25f, -5.25f, 1}, {-1, 4.25f, 0, -4.25f, 1}};
static const float all_but[][4][4] = {
    {{-4, 1}, {-1, 1}},
    {{1, -4.25f, 1}, {0.25f, -1.25f, 1}, {4, -5, 1}},
    {{1, -3.25f, -3.25f, 1}, {0.25f, -1, -0.25f, 1}, {4, -1, -4, 1}, {-1, 5.25f, -5.25f, 1}}};
static const float zero_factor[] = {-0.25f, 1, 1};
static const float pair_factor[][PAIRS] = {{1.5f, 18.75f}, {2, 5, 1.25f}, {1, 1, 1}};
#else
static const float point[] = {1};
static const float all_squares[][3] = {{-1, 1}, {-1, 0, 1}};
static const float all_but[][2][2] = {{{1}}, {{1, 1}, {-1, 1}}};
static const float zero_factor[] = {1, 1};
static const float pair_factor[][PAIRS] = {{2}, {1}};
#endif

/* Σ coefficient[i] · d[2 i], i ≤ degree; the last coefficient is 1. */
INLINE Floats polynomial(const Floats *d, const float *coefficient, const int degree) {
  Floats sum = d[2 * degree];

  UNROLL for (int i = degree - 1; i >= 0; i--) if (coefficient[i] != 0) sum +=
      coefficient[i] * d[2 * i];
  return sum;
}

/* INPUTS_OF(size) inputs to POINTS_OF(size) values. */
INLINE void transform_input(const int size, const Floats *d, Floats *v) {
  const int squares = SQUARES_OF(size);

  v[0] = polynomial(d, all_squares[size - 1], squares);
  v[1] = polynomial(d + 1, all_squares[size - 1], squares);
  UNROLL for (int n = 0; n < squares; n++) {
    Floats even = polynomial(d + 2, all_but[size - 1][n], squares - 1);
    Floats odd = polynomial(d + 1, all_but[size - 1][n], squares - 1);

    if (n < PAIRS) {
      v[2 + 2 * n] = even + point[n] * odd;
      v[3 + 2 * n] = even - point[n] * odd;
    } else {
      v[2 + 2 * n] = even + odd;
      v[3 + 2 * n] = even;
      v[4 + 2 * n] = odd;
    }
  }
}

/* POINTS_OF(size) products to 2 · size outputs. */
INLINE void transform_output(const int size, const Floats *m, Floats *y) {
  const int outputs = 2 * size;

  y[0] = zero_factor[size - 1] * m[0];
  y[outputs - 1] = m[1];
  UNROLL for (int n = 0; n < PAIRS_OF(size); n++) {
    Floats even = m[2 + 2 * n] + m[3 + 2 * n], odd = m[2 + 2 * n] - m[3 + 2 * n];
    float power = pair_factor[size - 1][n];

    UNROLL for (int i = 0; i < outputs; i++, power *= point[n]) {
      Floats part = power * (i % 2 ? odd : even);

      y[i] = n == 0 && i > 0 && i < outputs - 1 ? part : y[i] + part;
    }
  }
  if (HAS_COMPLEX(size)) {
    const Floats *three = m + 2 + 2 * PAIRS;
    Floats real = three[0] - three[2], imaginary = three[0] + three[1];

    /* The real part of the powers of i times that. */
    UNROLL for (int i = 0; i < outputs; i++) {
      if (i % 2)
        y[i] += i % 4 == 1 ? -imaginary : imaginary;
      else
        y[i] += i % 4 == 2 ? -real : real;
    }
  }
}

typedef double Sixteen[16]; /* output channels */

/* 1 / Π (square − s) over the squares but number skip. */
INLINE double share_of(double square, int skip) {
  double product = skip == PAIRS ? 1 : square + 1;

  UNROLL for (int n = 0; n < PAIRS; n++) if (n != skip) product *=
      square - (double)point[n] * point[n];
  return 1 / product;
}

/* K weights, of one row or column, to the points of the largest tiles: even and odd powers of a
 * pair, or of ±i, are summed apart. */
static void transform_weights(const Sixteen *weight, int stride, Sixteen *to, int to_stride) {
  for (int out = 0; out < 16; out++) {
    to[0][out] = weight[0][out] * share_of(0, -1);
    to[to_stride][out] = weight[(K - 1) * stride][out];
  }
  UNROLL for (int n = 0; n <= PAIRS; n++) {
    double p = n < PAIRS ? point[n] : 1, square = n < PAIRS ? p * p : -1;
    double share = share_of(square, n) / square;
    Sixteen *at = to + (2 + 2 * n) * to_stride;

    for (int out = 0; out < 16; out++) {
      double even = weight[(K - 1) * stride][out], odd = weight[(K - 2) * stride][out];

      for (int b = K - 3; b >= 0; b -= 2)
        even = even * square + weight[b * stride][out];
      for (int b = K - 4; b >= 0; b -= 2)
        odd = odd * square + weight[b * stride][out];
      if (n < PAIRS) {
        at[0][out] = (even + p * odd) * share / 2;
        at[to_stride][out] = (even - p * odd) * share / 2;
      } else {
        at[0][out] = even * share;
        at[to_stride][out] = (odd - even) * share;
        at[2 * to_stride][out] = (even + odd) * share;
      }
    }
  }
}

/* (PRODUCTS, 32 / BLOCK2, 16, BLOCK2). Sixteen output channels at a time. */
static void prepare_winograd(const InkTensors *parameters, int first, float *prepared) {
  for (int in = 0; in < 16; in++) {
    const float *from = parameters->conv2_weight + first * TAPS * 16 + in;
    float *to = prepared + first / BLOCK2 * 16 * BLOCK2 + first % BLOCK2 + in * BLOCK2;
    Sixteen weight[TAPS], half[POINTS * K], whole[POINTS];

    for (int out = 0; out < 16; out++)
      for (int tap = 0; tap < TAPS; tap++)
        weight[tap][out] = from[(out * TAPS + tap) * 16];
    for (int b = 0; b < K; b++)
      transform_weights(weight + b, K, half + b, K);
    for (int i = 0; i < POINTS; i++) {
      transform_weights(half + i * K, 1, whole, 1);
      for (int j = 0; j < POINTS; j++)
        for (int out = 0; out < 16; out++)
          to[(i * POINTS + j) * 512 + out / BLOCK2 * 16 * BLOCK2 + out % BLOCK2] =
              (float)whole[j][out];
    }
  }
}

/* Size − 1 of the smallest tiles that have a point. */
INLINE int class_of(const int p) {
  return p < POINTS_OF(1) ? 0 : p < POINTS_OF(2) ? 1 : 2;
}

/* Of a tile, where it stands among those that have a point, by the classes of its row and column
 * of points; or of all tiles, how many have it. */
typedef int Places[SIZES][SIZES];

/* call(rows, columns, …) with the windows of a tile, which are then constants. */
#define BY_COLUMNS(rows, columns, call, ...)                                                       \
  if ((columns) == 1)                                                                              \
    call(rows, 1, __VA_ARGS__);                                                                    \
  else if ((columns) < SIZES)                                                                      \
    call(rows, SIZES - 1, __VA_ARGS__);                                                            \
  else                                                                                             \
    call(rows, SIZES, __VA_ARGS__);
#define BY_SHAPE(rows, columns, call, ...)                                                         \
  if ((rows) == 1) {                                                                               \
    BY_COLUMNS(1, columns, call, __VA_ARGS__)                                                      \
  } else if ((rows) < SIZES) {                                                                     \
    BY_COLUMNS(SIZES - 1, columns, call, __VA_ARGS__)                                              \
  } else {                                                                                         \
    BY_COLUMNS(SIZES, columns, call, __VA_ARGS__)                                                  \
  }

/* The transforms of the four shapes of tiles with k 3 are unrolled; those of nine with k 5 would
 * not fit the caches. */
#if KERNEL == 3
#define UNROLL_TILES UNROLL
#else
#define UNROLL_TILES
#endif

INLINE void input_columns(const int size, const float *patch, int columns,
                          Floats half[POINTS][INPUTS]) {
  UNROLL_TILES for (int j = 0; j < columns; j++) {
    Floats d[INPUTS], v[POINTS];

    UNROLL for (int i = 0; i < INPUTS_OF(size); i++) d[i] = load(patch + i * STRIDE1 + j * 16);
    transform_input(size, d, v);
    UNROLL for (int i = 0; i < POINTS_OF(size); i++) half[i][j] = v[i];
  }
}

INLINE void input_rows(const int size, Floats half[POINTS][INPUTS], int rows, Places places,
                       float *to) {
  UNROLL_TILES for (int i = 0; i < rows; i++, to += POINTS * INPUTS_STRIDE) {
    const int *place = places[class_of(i)];
    Floats v[POINTS];

    transform_input(size, half[i], v);
    UNROLL for (int j = 0; j < POINTS_OF(size); j++)
        store(to + j * INPUTS_STRIDE + place[class_of(j)] * 16, v[j]);
  }
}

/* The patch of one tile of rows × columns windows to its products' left side, of (PRODUCTS,
 * TILES, 16). */
INLINE void input_of_tile(const int rows, const int columns, const float *patch, Places places,
                          float *to) {
  for (int in = 0; in < 16; in += LANES) {
    Floats half[POINTS][INPUTS];

    input_columns(rows, patch + in, INPUTS_OF(columns), half);
    input_rows(columns, half, POINTS_OF(rows), places, to + in);
  }
}

/* COUNT tiles × BLOCK2 channels at one point: 2 × COUNT accumulators, two registers of weights, one
 * of a broadcast input: up to 15 of 16 registers for six tiles, 21 of 32 for nine. */
enum { BLOCK_TILES = REGISTERS == 32 ? 9 : 6 };

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
MULTIPLY(9)
#endif
#undef MULTIPLY

static void (*const multiply_tiles[BLOCK_TILES])(const float *input, const float *weight,
                                                 float *to) = {
    multiply_1, multiply_2, multiply_3, multiply_4, multiply_5, multiply_6,
#if REGISTERS == 32
    multiply_7, multiply_8, multiply_9,
#endif
};

/* At each point the tiles that have it, in blocks of about the same size, so that none is too small
 * to hide the latency of the multiply-adds. */
INLINE void multiply(const float *input, const float *prepared, Places count, float *to) {
  for (int p = 0; p < PRODUCTS; p++) {
    const float *weight = prepared + p * 512;
    int tiles = count[class_of(p / POINTS)][class_of(p % POINTS)];
    int blocks = (tiles + BLOCK_TILES - 1) / BLOCK_TILES;

    for (int channel = 0; channel < 32; channel += BLOCK2, weight += 16 * BLOCK2)
      for (int block = 0, tile = 0; block < blocks; block++) {
        const float *from = input + p * INPUTS_STRIDE + tile * 16;
        float *products = to + p * PRODUCTS_STRIDE + tile * 32 + channel;
        int some = (tiles - tile) / (blocks - block);

        multiply_tiles[some - 1](from, weight, products);
        tile += some;
      }
  }
}
