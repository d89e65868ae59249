/* conv2-forward: the second convolution on the zero-padded 14×14 pool1, ReLU and pooling.
 *
 * Positions whose patch sees no ink are not computed: they answer what an empty image answers,
 * which is one of a few values a channel, by the padding that the patch sees. Values that are equal
 * in exact arithmetic because they see nothing are so equal to the bit; among others it takes plain
 * sums to tell which one is the first maximum, where Winograd's rounding leaves it open. */
#pragma once

#include "kernels/cpu/conv2-winograd.h"
#include "kernels/cpu/pool.h"

enum { EDGES = 2 * PAD + 1 };

#define ROUNDING 0x1p-36f

/* Which padding a row or column of positions sees: PAD of them on each side see some. */
INLINE int edge(int i) {
  return i < PAD ? i : i < 14 - PAD ? PAD : i - 14 + EDGES;
}

/* By plain sums over the taps that fall inside. */
static void conv2_blank(InkWorkspace *work, const InkTensors *parameters) {
  float blank[16], tap_sum[TAPS];
  uint8_t route[16];

  conv1_blank(parameters, blank, route);
  for (int out = 0; out < 32; out++) {
    const float *weight = parameters->conv2_weight + out * TAPS * 16;

    for (int tap = 0; tap < TAPS; tap++) {
      Floats sum = {};

      for (int in = 0; in < 16; in += LANES)
        sum += load(blank + in) * load(weight + tap * 16 + in);
      tap_sum[tap] = sum_lanes(sum);
    }
    for (int y = 0; y < EDGES; y++)
      for (int x = 0; x < EDGES; x++) {
        float sum = parameters->conv2_bias[out];

        for (int a = y < PAD ? PAD - y : 0; a < K && a <= 3 * PAD - y; a++)
          for (int b = x < PAD ? PAD - x : 0; b < K && b <= 3 * PAD - x; b++)
            sum += tap_sum[a * K + b];
        work->blank[(y * EDGES + x) * 32 + out] = sum;
      }
  }
}

/* Bit x of seen[y]: position (y, x) sees ink. */
static void positions_with_ink(const InkSample *sample, uint32_t seen[14]) {
  for (int y = 0; y < 14; y++) {
    uint32_t column = 0, bits = 0;

    for (int row = y - PAD; row <= y + PAD; row++)
      if (row >= 0 && row < 14)
        column |= (uint32_t)sample->ink[row] << PAD;
    for (int i = 0; i < K; i++)
      bits |= column >> i;
    seen[y] = bits;
  }
}

/* Bit j: position j of window (y, x) sees ink. */
INLINE unsigned window_ink(const uint32_t seen[14], int y, int x) {
  return (seen[2 * y] >> 2 * x & 3) | (seen[2 * y + 1] >> 2 * x & 3) << 2;
}

/* Bit i: which of four outputs lane i takes, or whether ReLU is open, is closer than rounding,
 * whose square margin is. Two that answer alike to the bit because they see nothing are not. */
INLINE uint32_t close_lanes(const Floats four[4], Floats margin, bool some_blank) {
#if MAX_POOL
  Floats high = larger(four[0], four[1]), low = smaller(four[0], four[1]);
  Floats high2 = larger(four[2], four[3]), low2 = smaller(four[2], four[3]);
  Floats first = larger(high, high2), gap = first - larger(smaller(high, high2), larger(low, low2));
  Floats least = gap * gap;

  if (some_blank)
    least = choose(gap == 0, margin, least);
  least = smaller(least, first * first);
#else
  Floats least = four[0] * four[0];

  UNROLL for (int j = 1; j < 4; j++) least = smaller(least, four[j] * four[j]);
#endif
  return lane_bits(least < margin);
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

/* A tile's first window is number window; bit w of windows: its window w (row-major) is wanted. */
typedef struct {
  uint8_t window, windows;
} Tile;

/* As few tiles as cover the windows named (bit 7 y + x) row by row. Returns how many. */
static int cover(uint64_t windows, Tile *tiles) {
  int count = 0;

  while (windows) {
    int y = __builtin_ctzll(windows) / 7;
    uint32_t rows;

    y = y < 5 ? y : 5;
    while ((rows = (uint32_t)(windows >> 7 * y) & 0x3fff)) {
      int x = __builtin_ctz((rows | rows >> 7) & 0x7f);

      x = x < 5 ? x : 5;
      tiles[count++] =
          (Tile){(uint8_t)(7 * y + x), (uint8_t)((rows >> x & 3) | (rows >> (7 + x) & 3) << 2)};
      windows &= ~((uint64_t)(3u << x | 3u << (7 + x)) << 7 * y);
    }
  }
  return count;
}

typedef struct {
  InkWorkspace *work;
  InkSample *sample;
  const InkTensors *parameters;
  uint32_t seen[14];
  float *maps;
} Conv2;

/* LANES channels, from number channel on, of a window. */
typedef struct {
  int y, x, channel;
} Window;

NOINLINE static void settle_routes(const Conv2 *c, Window w, uint32_t lanes) {
  for (; lanes; lanes &= lanes - 1) {
    int out = w.channel + __builtin_ctz(lanes);

    c->sample->route2[(7 * w.y + w.x) * 32 + out] =
        exact_route(c->sample->pool1 + 2 * w.y * STRIDE1 + 2 * w.x * 16,
                    c->parameters->conv2_weight + out * TAPS * 16, c->parameters->conv2_bias[out]);
  }
}

INLINE void finish_window(const Conv2 *c, Window w, const Floats four[4], Floats margin,
                          bool some_blank) {
  int at = (7 * w.y + w.x) * 32 + w.channel;
  uint32_t close = close_lanes(four, margin, some_blank);

  pool_window(four, c->sample->pool2 + at, c->sample->route2 + at);
  if (close)
    settle_routes(c, w, close);
  if (c->maps)
    UNROLL for (int j = 0; j < 4; j++)
        store(c->maps + ((2 * w.y + j / 2) * 14 + 2 * w.x + j % 2) * 32 + w.channel, relu(four[j]));
}

/* A window of which bit j of ink tells whether position j sees any; four holds what those that do
 * answer. */
NOINLINE static void finish_with_blank(const Conv2 *c, Window w, unsigned ink, Floats four[4],
                                       Floats margin) {
  for (int j = 0; j < 4; j++)
    if (!(ink >> j & 1))
      four[j] = load(c->work->blank + (edge(2 * w.y + j / 2) * EDGES + edge(2 * w.x + j % 2)) * 32 +
                     w.channel);
  finish_window(c, w, four, margin, true);
}

/* The products of one tile to its pooled values. F(4×4) rounds several times as much as the plain
 * sum, in proportion to the outputs of the whole tile: ROUNDING is the square of well above that
 * share of the root of the sum of their squares. */
static void output_of_tile(const Conv2 *c, const float *products, Tile tile) {
  for (int channel = 0; channel < 32; channel += LANES) {
    Floats half[4][POINTS], y[4][4], bias = load(c->parameters->conv2_bias + channel), squares = {};

    UNROLL for (int j = 0; j < POINTS; j++) {
      Floats m[POINTS], v[4];

      UNROLL for (int i = 0; i < POINTS; i++) m[i] =
          load(products + (i * POINTS + j) * PRODUCTS_STRIDE + channel);
      transform_output(m, v);
      UNROLL for (int i = 0; i < 4; i++) half[i][j] = v[i];
    }
    UNROLL for (int i = 0; i < 4; i++) {
      transform_output(half[i], y[i]);
      UNROLL for (int j = 0; j < 4; j++) {
        y[i][j] += bias;
        squares += y[i][j] * y[i][j];
      }
    }
    UNROLL for (int n = 0; n < 4; n++) if (tile.windows >> n & 1) {
      const int row = n / 2, column = n % 2;
      Window w = {tile.window / 7 + row, tile.window % 7 + column, channel};
      unsigned ink = window_ink(c->seen, w.y, w.x);
      Floats four[4] = {y[2 * row][2 * column], y[2 * row][2 * column + 1],
                        y[2 * row + 1][2 * column], y[2 * row + 1][2 * column + 1]};

      if (ink == 0xf) {
        finish_window(c, w, four, ROUNDING * squares, false);
      } else {
        Floats copy[4] = {four[0], four[1], four[2], four[3]};

        finish_with_blank(c, w, ink, copy, ROUNDING * squares);
      }
    }
  }
}

static void conv2_forward(InkWorkspace *work, InkSample *sample, const InkTensors *parameters,
                          const float *prepared, float *maps) {
  Conv2 c = {work, sample, parameters, .maps = maps};
  Tile tiles[MOST_TILES];
  uint64_t windows = 0;
  int count;

  positions_with_ink(sample, c.seen);
  for (int y = 0; y < 7; y++)
    for (int x = 0; x < 7; x++) {
      if (window_ink(c.seen, y, x)) {
        windows |= (uint64_t)1 << (7 * y + x);
        continue;
      }
      for (int channel = 0; channel < 32; channel += LANES) {
        Floats four[4];

        finish_with_blank(&c, (Window){y, x, channel}, 0, four, (Floats){});
      }
    }
  count = cover(windows, tiles);
  for (int t = 0; t < count; t++)
    input_of_tile(sample->pool1 + tiles[t].window / 7 * 2 * STRIDE1 + tiles[t].window % 7 * 2 * 16,
                  work->inputs + t * 16);
  multiply(work->inputs, prepared, count, work->products);
  for (int t = 0; t < count; t++)
    output_of_tile(&c, work->products + t * 32, tiles[t]);
}
