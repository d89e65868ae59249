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

/* Its first window and its kind, and bit 7 i + j of wanted: that it is asked for the window i rows
 * below and j columns beside that. */
typedef struct {
  uint8_t y, x, kind;
  uint16_t wanted;
} Tile;

/* Tiles that cover the windows named (bit 7 y + x) row by row, none larger than it has to be, and
 * at most `side` windows a side. Returns how many. */
INLINE int cover(const int side, uint64_t windows, Tile *tiles) {
  const uint32_t left = side == 2 ? 1 | 1 << 7 : 1, row = side == 2 ? 3 : 1;
  int count = 0;

  while (windows) {
    int y = __builtin_ctzll(windows) / 7;
    uint32_t rows;

    while ((rows = (uint32_t)(windows >> 7 * y) & ((1 << 7 * side) - 1))) {
      int x = __builtin_ctz((rows | rows >> 7) & 0x7f);
      uint32_t wanted = rows >> x & (x < 6 ? left * row : left);
      bool wide = wanted & ~left, below = !(wanted & row), high = !below && wanted & row << 7;

      windows &= ~((uint64_t)wanted << (7 * y + x));
      tiles[count++] = (Tile){(uint8_t)(y + below), (uint8_t)x,
                              wide   ? (high ? WHOLE : FLAT)
                              : high ? NARROW
                                     : SINGLE,
                              (uint16_t)(below ? wanted >> 7 : wanted)};
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

INLINE void pool_with_routes(const Conv2 *c, Window w, const Floats four[4], Floats margin,
                             bool may_equal) {
  int at = (7 * w.y + w.x) * 32 + w.channel;
  float *pooled = c->sample->pool2 + at;
  uint8_t *route = c->sample->route2 + at;
  Floats most = {};
  uint32_t close = close_lanes(four, margin, may_equal, &most);

  if (close) {
    pool_window(four, pooled, route);
    settle(c, w, close);
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

/* F(2×2, 3×3), which training takes with k 3, transforms equal inputs to exact zeros at every point
 * but one, by its differences, so that outputs which see no ink are equal to the bit as they are
 * computed. */
enum { EXACT_WHERE_EQUAL = TRAINING_POINTS == 4 };

/* Bit OUTPUTS i + j: output (i, j) of a tile of rows × columns outputs sees no ink. */
INLINE unsigned tile_blank(const int rows, const int columns, const Conv2 *c, Tile tile) {
  const unsigned row = (1u << columns) - 1;
  unsigned blank = 0;

  UNROLL for (int i = 0; i < rows; i++) blank |= (~c->seen[2 * tile.y + i] >> 2 * tile.x & row)
                                                 << OUTPUTS * i;
  return blank;
}

/* The products of one tile of rows × columns outputs to its pooled values. They round several times
 * as much as the plain sum, in proportion to the outputs of the whole tile: ROUNDING is the square
 * of well above that share of the root of the sum of their squares. A bias at point 1,
 * divided by that point's factors, is one in all outputs. */
INLINE void output_of_outputs(const int rows, const int columns, const bool routes, const Conv2 *c,
                              const float *products, Tile tile) {
  const unsigned blank = tile_blank(rows, columns, c, tile), two = 3 | 3 << OUTPUTS;
  const float share = 1 / (pair_factor[rows / 2 - 1][0] * pair_factor[columns / 2 - 1][0]);

  for (int channel = 0; channel < 32; channel += LANES) {
    Floats half[OUTPUTS][POINTS], y[OUTPUTS][OUTPUTS], squares = {};

    UNROLL for (int j = 0; j < POINTS_OF(columns); j++) {
      Floats m[POINTS], v[OUTPUTS];

      UNROLL for (int i = 0; i < POINTS_OF(rows); i++) m[i] =
          load(products + (i * POINTS + j) * PRODUCTS_STRIDE + channel);
      if (j == 2)
        m[2] += share * load(c->parameters->conv2_bias + channel);
      transform_output(rows, m, v);
      UNROLL for (int i = 0; i < rows; i++) half[i][j] = v[i];
    }
    UNROLL for (int i = 0; i < rows; i++) {
      transform_output(columns, half[i], y[i]);
      UNROLL for (int j = 0; j < columns; j++) squares += y[i][j] * y[i][j];
    }
    for (unsigned left = EXACT_WHERE_EQUAL || !routes ? 0 : blank; left; left &= left - 1) {
      int i = __builtin_ctz(left) / OUTPUTS, j = __builtin_ctz(left) % OUTPUTS;

      y[i][j] = blank_output(c->work, 2 * tile.y + i, 2 * tile.x + j, channel);
    }
    UNROLL for (int n = 0; n < rows * columns / 4; n++) {
      const int row = n / (columns / 2), column = n % (columns / 2);
      Window w = {tile.y + row, tile.x + column, channel};
      Floats four[4] = {y[2 * row][2 * column], y[2 * row][2 * column + 1],
                        y[2 * row + 1][2 * column], y[2 * row + 1][2 * column + 1]};
      bool may_equal = EXACT_WHERE_EQUAL || blank >> (2 * OUTPUTS * row + 2 * column) & two;

      if (!(tile.wanted >> (7 * row + column) & 1))
        continue;
      if (routes)
        pool_with_routes(c, w, four, ROUNDING * squares, may_equal);
      else
        pool_alone(c, w, four);
    }
  }
}

/* call(rows, columns, …) with the outputs of a kind of tile, which are then constants. */
#define BY_KIND(kind, call, ...)                                                                   \
  switch (kind) {                                                                                  \
  case SINGLE:                                                                                     \
    call(2, 2, __VA_ARGS__);                                                                       \
    break;                                                                                         \
  case NARROW:                                                                                     \
    call(OUTPUTS, 2, __VA_ARGS__);                                                                 \
    break;                                                                                         \
  case WHOLE:                                                                                      \
    call(OUTPUTS, OUTPUTS, __VA_ARGS__);                                                           \
    break;                                                                                         \
  case FLAT:                                                                                       \
    call(2, OUTPUTS, __VA_ARGS__);                                                                 \
    break;                                                                                         \
  }

/* With tiles of one window a constant, so that nothing is left of what goes by it. */
INLINE int kind_of(const int side, Tile tile) {
  return side == 1 ? SINGLE : tile.kind;
}

/* Puts the tiles of a group in the order of their kinds; kind k then starts with first[k]. */
INLINE void sort_tiles(const int side, const Tile *tiles, int count, Tile *sorted,
                       int first[KINDS + 1]) {
  int next[KINDS];

  memset(first, 0, (KINDS + 1) * sizeof *first);
  for (int t = 0; t < count; t++)
    first[kind_of(side, tiles[t]) + 1]++;
  for (int kind = 0; kind < KINDS; kind++) {
    next[kind] = first[kind];
    first[kind + 1] += first[kind];
  }
  for (int t = 0; t < count; t++)
    sorted[next[kind_of(side, tiles[t])]++] = tiles[t];
}

INLINE void conv2_tiles(const bool routes, const int side, const Conv2 *c, const float *prepared,
                        const Tile *group, int count) {
  Tile tiles[INK_GROUP];
  int first[KINDS + 1];

  sort_tiles(side, group, count, tiles, first);
  for (int t = 0; t < count; t++)
    BY_KIND(kind_of(side, tiles[t]), input_of_outputs,
            c->sample->pool1 + 2 * tiles[t].y * STRIDE1 + 2 * tiles[t].x * 16,
            c->work->inputs + t * 16)
  multiply(POINTS_OF(2 * side), c->work->inputs, prepared, first, c->work->products);
  for (int t = 0; t < count; t++)
    BY_KIND(kind_of(side, tiles[t]), output_of_outputs, routes, c, c->work->products + t * 32,
            tiles[t])
}

INLINE void conv2(const bool routes, InkWorkspace *work, InkSample *sample,
                  const InkTensors *parameters, const float *prepared, float *maps) {
  const int side = routes && TRAINING_POINTS < POINTS ? 1 : 2; /* of the largest tiles */
  Conv2 c = {work, sample, parameters, .maps = maps};
  Tile tiles[INK_WINDOWS2];
  uint64_t windows = 0;
  int count, groups;

  positions_with_ink(sample, c.seen);
  for (int y = 0; y < 7; y++)
    for (int x = 0; x < 7; x++)
      if (window_ink(c.seen, y, x))
        windows |= (uint64_t)1 << (7 * y + x);
      else
        blank_window(routes, &c, y, x);
  count = cover(side, windows, tiles);
  groups = (count + INK_GROUP - 1) / INK_GROUP;
  for (int done = 0; groups > 0; groups--) {
    int some = count / groups;

    conv2_tiles(routes, side, &c, prepared, tiles + done, some);
    done += some;
    count -= some;
  }
}

static void conv2_forward(InkWorkspace *work, InkSample *sample, const InkTensors *parameters,
                          const float *prepared) {
  conv2(true, work, sample, parameters, prepared, NULL);
}

static void conv2_evaluate(InkWorkspace *work, InkSample *sample, const InkTensors *parameters,
                           const float *prepared, float *maps) {
  conv2(false, work, sample, parameters, prepared, maps);
}
