/* conv2-forward: the second convolution on the zero-padded 14×14 pool1, ReLU and pooling.
 *
 * Positions whose patch sees no ink are not computed: they answer what an empty image answers,
 * which is one of a few values a channel, by the padding that the patch sees. Values that are equal
 * in exact arithmetic because they see nothing are so equal to the bit. Of others, where Winograd's
 * rounding leaves open which is the first maximum, or whether it is above zero, plain sums tell it,
 * and the value with it. An evaluation, of which nothing is learnt, takes the largest as they
 * are. */
#pragma once

#include "kernels/cpu/conv1.h"
#include "kernels/cpu/conv2-ink.h"
#include "kernels/cpu/conv2-winograd.h"

#define ROUNDING 0x1p-36f

/* Which of three kinds a row or column of windows is, by the padding that they see. */
INLINE int window_edge(int i) {
  return i == 0 ? 0 : i == 6 ? 2 : 1;
}

INLINE Floats blank_output(const InkWorkspace *work, int y, int x, int channel) {
  return load(work->blank + (edge[y] * EDGES + edge[x]) * 32 + channel);
}

/* Of positions by plain sums over the taps that fall inside, and of windows. */
static void conv2_blank(InkWorkspace *work, const InkTensors *parameters) {
  float tap_sum[TAPS][32] INK_ALIGNED;

  for (int out = 0; out < 32; out++)
    for (int tap = 0; tap < TAPS; tap++) {
      const float *weight = parameters->conv2_weight + (out * TAPS + tap) * 16;
      Floats sum = {};

      for (int in = 0; in < 16; in += LANES)
        sum += load(work->blank1 + in) * load(weight + in);
      tap_sum[tap][out] = sum_lanes(sum);
    }
  for (int i = 0; i < EDGES * EDGES; i++)
    for (int channel = 0; channel < 32; channel += LANES) {
      const int y = i / EDGES, x = i % EDGES;
      Floats sum = load(parameters->conv2_bias + channel);

      for (int a = first_tap(y); a <= last_tap(y); a++)
        for (int b = first_tap(x); b <= last_tap(x); b++)
          sum += load(tap_sum[a * K + b] + channel);
      store(work->blank + i * 32 + channel, sum);
    }
  for (int kind = 0; kind < 9; kind++)
    for (int channel = 0; channel < 32; channel += LANES) {
      int y = kind / 3 * 6, x = kind % 3 * 6; /* window 0, 3 or 6 */
      Floats four[4];

      UNROLL for (int j = 0; j < 4; j++) four[j] =
          blank_output(work, y + j / 2, x + j % 2, channel);
      pool_window(four, work->blank_pool2 + kind * 32 + channel,
                  work->blank_route2 + kind * 32 + channel);
    }
}

/* Bit x of seen[y]: position (y, x) sees ink. */
static void positions_with_ink(const InkSample *sample, uint32_t seen[14]) {
  columns_with_ink(sample, seen);
  for (int y = 0; y < 14; y++) {
    uint32_t columns = seen[y];

    for (int b = 1; b < K; b++)
      seen[y] |= columns >> b;
  }
}

/* The largest of four outputs, and which lanes are close: which output they take, or whether ReLU
 * is open, is nearer than rounding, whose square margin is, or some are no numbers. If equal ones
 * may see nothing but the same, they are not. */
INLINE uint32_t close_lanes(const Floats four[4], Floats margin, bool may_equal, Floats *largest) {
#if MAX_POOL
  Floats high = larger(four[0], four[1]), low = smaller(four[0], four[1]);
  Floats high2 = larger(four[2], four[3]), low2 = smaller(four[2], four[3]);
  Floats first = larger(high, high2), gap = first - larger(smaller(high, high2), larger(low, low2));
  Floats least = gap * gap;

  if (may_equal)
    least = choose(gap == 0, margin, least);
  least = smaller(least, first * first);
  *largest = first;
#else
  Floats least = four[0] * four[0];

  UNROLL for (int j = 1; j < 4; j++) least = smaller(least, four[j] * four[j]);
#endif
  return lane_bits(~(least >= margin));
}

/* Pools one channel of one window by plain sums in double precision. */
static void pool_exactly(const float *patch, const float *weight, float bias, float *pooled,
                         uint8_t *route) {
  Doubles sum[4] = {};
  Floats four[4];
  float values[LANES];
  uint8_t routes[LANES];

  for (int tap = 0; tap < TAPS; tap++)
    for (int in = 0; in < 16; in += LANES / 2) {
      const float *from = patch + tap / K * STRIDE1 + tap % K * 16 + in;
      Doubles factor = load_doubles(weight + tap * 16 + in);

      UNROLL for (int j = 0; j < 4; j++) sum[j] +=
          factor * load_doubles(from + j / 2 * STRIDE1 + j % 2 * 16);
    }
  UNROLL for (int j = 0; j < 4; j++) {
    double all = bias;

    UNROLL for (int i = 0; i < LANES / 2; i++) all += sum[j][i];
    four[j] = broadcast((float)all);
  }
  pool_window(four, values, routes);
  *pooled = values[0];
  *route = routes[0];
}

/* A rectangle of windows, and bit 7 i + j of wanted: that it is asked for the window i rows below
 * and j columns beside its first one. */
typedef struct {
  uint8_t y, x, rows, columns;
  uint32_t wanted;
} Tile;

/* How many of `left` rows or columns the next tiles take: with k 5 two and two of four, since
 * three and one take more products. */
INLINE int size_of(int left) {
  return left < SIZES ? left : SIZES == 3 && left == 4 ? 2 : SIZES;
}

INLINE int highest_bit(uint64_t bits) {
  return 63 - __builtin_clzll(bits);
}

/* Tiles that cover the windows named (bit 7 y + x) row by row, none larger than it has to be. With
 * k 5 the first of seven rows take three, those after them two of the four that are left: so there
 * are three rows of tiles at most, with k 3 four, and as many columns. Returns how many. */
static int cover(uint64_t windows, Tile *tiles) {
  int count = 0;

  while (windows) {
    int y = __builtin_ctzll(windows) / 7, high = size_of(highest_bit(windows) / 7 - y + 1);
    uint32_t band = (uint32_t)(windows >> 7 * y) & ((1u << 7 * high) - 1);

    windows &= ~((uint64_t)band << 7 * y);
    while (band) {
      uint32_t columns = (band | band >> 7 | band >> 14) & 0x7f;
      int x = __builtin_ctz(columns), wide = size_of(highest_bit(columns) - x + 1);
      uint32_t below = (1u << wide) - 1, wanted = band >> x & (below | below << 7 | below << 14);
      int top = __builtin_ctz(wanted) / 7;
      uint32_t across;

      band &= ~(wanted << x);
      wanted >>= 7 * top;
      across = (wanted | wanted >> 7 | wanted >> 14) & 0x7f;
      tiles[count++] =
          (Tile){(uint8_t)(y + top), (uint8_t)x, (uint8_t)(highest_bit(wanted) / 7 + 1),
                 (uint8_t)(highest_bit(across) + 1), wanted};
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

/* A value goes with its route: what ReLU closes is zero, or its weight in the linear layer would
 * get a gradient of rounding, of which Adam makes a step. */
NOINLINE static void settle(const Conv2 *c, Window w, uint32_t lanes) {
  for (; lanes; lanes &= lanes - 1) {
    int out = w.channel + __builtin_ctz(lanes), at = (7 * w.y + w.x) * 32 + out;

    pool_exactly(c->sample->pool1 + 2 * w.y * STRIDE1 + 2 * w.x * 16,
                 c->parameters->conv2_weight + out * TAPS * 16, c->parameters->conv2_bias[out],
                 c->sample->pool2 + at, c->sample->route2 + at);
  }
}

/* Where inputs are the same all along a row or column of a tile, the points' differences with k 3
 * are exact zeros at all points but one, and what is equal in exact arithmetic is equal to the bit:
 * lanes whose largest outputs are, the others and zero being farther from them than rounding. */
static uint32_t tied_lanes(const Floats four[4], Floats most, Floats margin) {
  Ints tied = most * most >= margin;

  UNROLL for (int j = 0; j < 4; j++) {
    Floats gap = most - four[j];

    tied &= (gap == 0) | (gap * gap >= margin);
  }
  return lane_bits(tied);
}

INLINE void pool_with_routes(const Conv2 *c, Window w, const Floats four[4], Floats margin,
                             bool may_equal) {
  int at = (7 * w.y + w.x) * 32 + w.channel;
  float *pooled = c->sample->pool2 + at;
  uint8_t *route = c->sample->route2 + at;
  Floats most = {};
  uint32_t close = close_lanes(four, margin, may_equal, &most);

  if (close) {
    pool_window(four, pooled, route);
    settle(c, w, MAX_POOL && K == 3 ? close & ~tied_lanes(four, most, margin) : close);
  } else {
    pool_numbers(four, most, pooled, route);
  }
}

INLINE void pool_alone(const Conv2 *c, Window w, const Floats four[4]) {
  store(c->sample->pool2 + (7 * w.y + w.x) * 32 + w.channel, pool(four));
  if (c->maps)
    UNROLL for (int j = 0; j < 4; j++)
        store(c->maps + ((2 * w.y + j / 2) * 14 + 2 * w.x + j % 2) * 32 + w.channel, relu(four[j]));
}

INLINE void blank_window(const bool routes, const Conv2 *c, int y, int x) {
  int at = (7 * y + x) * 32, kind = (3 * window_edge(y) + window_edge(x)) * 32;

  memcpy(c->sample->pool2 + at, c->work->blank_pool2 + kind, 32 * sizeof *c->sample->pool2);
  if (routes)
    memcpy(c->sample->route2 + at, c->work->blank_route2 + kind, 32);
  for (int channel = 0; c->maps && channel < 32; channel += LANES)
    UNROLL for (int j = 0; j < 4; j++)
        store(c->maps + ((2 * y + j / 2) * 14 + 2 * x + j % 2) * 32 + channel,
              relu(blank_output(c->work, 2 * y + j / 2, 2 * x + j % 2, channel)));
}

/* Bit OUTPUTS i + j: output (i, j) of a tile sees no ink. */
static uint64_t tile_blank(const Conv2 *c, Tile tile) {
  const uint32_t row = (1u << 2 * tile.columns) - 1;
  uint64_t blank = 0;

  for (int i = 0; i < 2 * tile.rows; i++)
    blank |= (uint64_t)(~c->seen[2 * tile.y + i] >> 2 * tile.x & row) << OUTPUTS * i;
  return blank;
}

INLINE void output_columns(const int size, const float *products, Places places, int columns,
                           Floats half[OUTPUTS][POINTS]) {
  UNROLL_TILES for (int j = 0; j < columns; j++, products += PRODUCTS_STRIDE) {
    Floats m[POINTS], v[OUTPUTS];
    const int column = class_of(j);

    UNROLL for (int i = 0; i < POINTS_OF(size); i++) m[i] =
        load(products + i * POINTS * PRODUCTS_STRIDE + places[class_of(i)][column] * 32);
    transform_output(size, m, v);
    UNROLL for (int i = 0; i < 2 * size; i++) half[i][j] = v[i];
  }
}

/* A bias at point 1, divided by that point's factor, is one in all outputs. Adds to their
 * squares. */
INLINE void output_rows(const int size, Floats half[OUTPUTS][POINTS], int rows, Floats bias,
                        Floats y[OUTPUTS][OUTPUTS], Floats *squares) {
  bias *= 1 / pair_factor[size - 1][0];
  UNROLL_TILES for (int i = 0; i < rows; i++) {
    Floats m[POINTS], v[OUTPUTS], row;

    UNROLL for (int j = 0; j < POINTS_OF(size); j++) m[j] = half[i][j];
    m[2] += bias;
    transform_output(size, m, v);
    row = v[0] * v[0];
    UNROLL for (int j = 1; j < 2 * size; j++) row += v[j] * v[j];
    UNROLL for (int j = 0; j < 2 * size; j++) y[i][j] = v[j];
    *squares += row;
  }
}

/* The products of one tile to its pooled values. They round several times as much as the plain sum,
 * in proportion to the outputs of the whole tile: ROUNDING is the square of well above that share
 * of the root of the sum of their squares. */
INLINE void output_of_tile(const int rows, const int columns, const bool routes, const Conv2 *c,
                           const float *products, Places places, Tile tile) {
  const uint64_t blank = tile_blank(c, tile), two = 3 | 3 << OUTPUTS;

  for (int channel = 0; channel < 32; channel += LANES) {
    Floats half[OUTPUTS][POINTS], y[OUTPUTS][OUTPUTS], squares = {};

    output_columns(rows, products + channel, places, POINTS_OF(columns), half);
    output_rows(columns, half, 2 * rows, load(c->parameters->conv2_bias + channel), y, &squares);
    for (uint64_t left = routes ? blank : 0; left; left &= left - 1) {
      int i = __builtin_ctzll(left) / OUTPUTS, j = __builtin_ctzll(left) % OUTPUTS;

      y[i][j] = blank_output(c->work, 2 * tile.y + i, 2 * tile.x + j, channel);
    }
    UNROLL_TILES for (int n = 0; n < rows * columns; n++) {
      const int row = n / columns, column = n % columns;
      Window w = {tile.y + row, tile.x + column, channel};
      Floats four[4] = {y[2 * row][2 * column], y[2 * row][2 * column + 1],
                        y[2 * row + 1][2 * column], y[2 * row + 1][2 * column + 1]};
      bool may_equal = blank >> (2 * OUTPUTS * row + 2 * column) & two;

      if (!(tile.wanted >> (7 * row + column) & 1))
        continue;
      if (routes)
        pool_with_routes(c, w, four, ROUNDING * squares, may_equal);
      else
        pool_alone(c, w, four);
    }
  }
}

INLINE void conv2(const bool routes, InkWorkspace *work, InkSample *sample,
                  const InkTensors *parameters, const float *prepared, float *maps) {
  Conv2 c = {work, sample, parameters, .maps = maps};
  Tile tiles[TILES];
  Places count = {0}, places[TILES];
  uint64_t windows = 0;
  int tile_count;

  positions_with_ink(sample, c.seen);
  for (int y = 0; y < 7; y++)
    for (int x = 0; x < 7; x++)
      if (window_ink(c.seen, y, x))
        windows |= (uint64_t)1 << (7 * y + x);
      else
        blank_window(routes, &c, y, x);
  tile_count = cover(windows, tiles);
  for (int t = 0; t < tile_count; t++) {
    for (int row = 0; row < tiles[t].rows; row++)
      for (int column = 0; column < tiles[t].columns; column++)
        places[t][row][column] = count[row][column]++;
    BY_SHAPE(tiles[t].rows, tiles[t].columns, input_of_tile,
             sample->pool1 + 2 * tiles[t].y * STRIDE1 + 2 * tiles[t].x * 16, places[t],
             work->inputs)
  }
  multiply(work->inputs, prepared, count, work->products);
  for (int t = 0; t < tile_count; t++)
    BY_SHAPE(tiles[t].rows, tiles[t].columns, output_of_tile, routes, &c, work->products, places[t],
             tiles[t])
}

static void conv2_forward(InkWorkspace *work, InkSample *sample, const InkTensors *parameters,
                          const float *prepared) {
  conv2(true, work, sample, parameters, prepared, NULL);
}

static void conv2_evaluate(InkWorkspace *work, InkSample *sample, const InkTensors *parameters,
                           const float *prepared, float *maps) {
  conv2(false, work, sample, parameters, prepared, maps);
}
