/* conv2-data-gradient: the gradient of the loss by pool1, where it sees ink.
 *
 * Max-pooling lets gradient through to one position in four, and ReLU closes a part of those: only
 * the positions that the routes name are visited. Where pool1 sees no ink nothing needs the
 * gradient but the bias, and that only all of it together: blank_gradients() knows that from the
 * flow. What gradient1 holds there is a part of it. */
#pragma once

#include "kernels/cpu/conv1.h"
#include "kernels/cpu/conv2-ink.h"
#include "kernels/cpu/conv2-winograd.h"

/* Prepared for it, after the forward pass's: (16 / LANES, GROUPS, 32, K, columns, LANES),
 * so that the weights that one pass over the positions reads lie close together and stay in the L1
 * cache. */
INLINE int slide_offset(int in, const int first, const int columns, int out) {
  return in * 32 * TAPS + (first * 32 + out * columns) * K * LANES;
}

static void prepare_slides(const InkTensors *parameters, int first_out, float *slides) {
  for (int in = 0; in < 16; in += LANES)
    for (int out = first_out; out < first_out + 16; out++) {
      const float *weight = parameters->conv2_weight + out * TAPS * 16 + in;

#define GROUP(first, columns)                                                                      \
  for (int i = 0; i < K * columns; i++)                                                            \
    store(slides + slide_offset(in, first, columns, out) + i * LANES,                              \
          load(weight + (i / columns * K + first + i % columns) * 16));
      EACH_GROUP(GROUP)
#undef GROUP
    }
}

/* A column of positions, and the columns of pool1 that a group of taps reaches from there. */
typedef struct {
  const uint32_t *route; /* as Columns has it */
  const float *gradient; /* of the column's first window */
  const float *weights;
  float *gradient1; /* first row */
  uint32_t ink;     /* bit y: there is some in row y of pool1 */
} Column;

#define EACH_COLUMN UNROLL for (int i = 0; i < columns; i++)

/* Adds what flows to the position in row y, counted from the first of padding, by rows first … last
 * of the taps. */
INLINE void add_taps(const Column *column, size_t y, const int first, const int last,
                     const int columns, Floats sum[K][K]) {
  size_t window = (y + PAD % 2) / 2 - 1; /* (y − PAD) / 2 */

  for (uint32_t left = column->route[y]; left; left &= left - 1) {
    size_t out = (size_t)__builtin_ctz(left);
    Floats value = broadcast(column->gradient[window * 7 * 32 + out] * POOL_SHARE);
    const float *weight = anchor(column->weights + out * K * columns * LANES);

    UNROLL for (int r = first; r <= last; r++) EACH_COLUMN sum[r][i] +=
        value * load(weight + (r * columns + i) * LANES);
  }
}

/* The next row of the columns comes in. The first group of taps begins with its last column, which
 * no pass before it has reached. */
INLINE void come_in(const float *row, const int first, const int columns, Floats sum[K][K]) {
  EACH_COLUMN sum[K - 1][i] = first == 0 && i == columns - 1 ? (Floats){} : load(row + i * 16);
}

INLINE void move_on(const int columns, Floats sum[K][K]) {
  UNROLL for (int r = 0; r < K - 1; r++) EACH_COLUMN sum[r][i] = sum[r + 1][i];
}

/* The taps slide down the column: K × columns accumulators that move on by one row of pool1, up to
 * 15 of 16 registers on AVX2, and one of a broadcast gradient; weights are memory operands. They
 * slide from the first row with ink to the last (K − 1 rows at least), and at both ends take the
 * rows of taps alone that fall between them. */
INLINE void slide(const Column *column, const int first, const int columns) {
  Floats sum[K][K];
  size_t top = (size_t)__builtin_ctz(column->ink), y = top < 15 - K ? top : 15 - K;
  size_t bottom = 31 - (size_t)__builtin_clz(column->ink);
  float *row = column->gradient1 + y * STRIDE1;

  bottom = bottom > y + K - 2 ? bottom : y + K - 2;
  UNROLL for (int n = 1; n < K; n++, y++, row += STRIDE1) {
    come_in(row, first, columns, sum);
    add_taps(column, y, K - n, K - 1, columns, sum);
    move_on(columns, sum);
  }
  for (; y <= bottom; y++, row += STRIDE1) {
    come_in(row, first, columns, sum);
    add_taps(column, y, 0, K - 1, columns, sum);
    EACH_COLUMN store(row - (K - 1) * STRIDE1 + i * 16, sum[0][i]);
    move_on(columns, sum);
  }
  UNROLL for (int n = 1; n < K; n++, y++, row += STRIDE1) {
    add_taps(column, y, 0, K - 1 - n, columns, sum);
    EACH_COLUMN store(row - (K - 1) * STRIDE1 + i * 16, sum[0][i]);
    move_on(columns, sum);
  }
}

/* Of a sample, column by column. */
typedef struct {
  /* Bit o: channel o's gradient flows to this position; PAD rows before and after the positions,
   * where nothing flows. */
  uint32_t route[14][PAD + 14 + PAD];
  uint32_t ink[SIDE1];   /* bit y: the padded pool1 has some in row y of this column */
  const float *gradient; /* (7, 7, 32) */
} Columns;

/* LANES input channels, from number in on, of a group of columns of taps. */
INLINE void slide_group(const int first, const int columns, int in, const Columns *sample,
                        const float *slides, float *gradient1) {
  for (int x = 0; x < 14; x++) {
    Column column = {
        .route = sample->route[x],
        .gradient = sample->gradient + x / 2 * 32,
        .weights = slides + slide_offset(in, first, columns, 0),
        .gradient1 = gradient1 + PAD * STRIDE1 + (x + first) * 16 + in,
    };

    EACH_COLUMN column.ink |= sample->ink[x + first + i];
    if (column.ink)
      slide(&column, first, columns);
  }
}

static void conv2_data_gradient(InkWorkspace *work, const InkSample *sample,
                                const float *prepared) {
  Columns all = {.gradient = sample->gradient2};

  for (int y = 0; y < 14; y++)
    for (unsigned left = sample->ink[y]; left; left &= left - 1)
      all.ink[PAD + __builtin_ctz(left)] |= 1u << y;
  for (int window = 0; window < INK_WINDOWS2; window++)
    UNROLL for (int j = 0; j < 4; j++)
        all.route[window % 7 * 2 + j % 2][PAD + window / 7 * 2 + j / 2] =
        gather_bits(sample->route2 + window * 32, j);
  for (int x = PAD; x < 2; x++) /* what passes of three columns do not begin with */
    for (int y = 0; y < SIDE1; y++)
      memset(work->gradient1 + y * STRIDE1 + x * 16, 0, 16 * sizeof *work->gradient1);
  for (int in = 0; in < 16; in += LANES) {
#define GROUP(first, columns)                                                                      \
  slide_group(first, columns, in, &all, prepared + WINOGRAD_SIZE, work->gradient1);
    EACH_GROUP(GROUP)
#undef GROUP
  }
}
