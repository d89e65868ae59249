/* conv2-data-gradient: the gradient of the loss by pool1, where it sees ink.
 *
 * Max-pooling lets gradient through to one position in four, and ReLU closes a part of those: only
 * the positions that the routes name are visited. Where pool1 sees no ink nothing needs the
 * gradient but the bias, and that only all of it together, so that blank_gradients() adds what is
 * skipped there. */
#pragma once

#include "kernels/cpu/conv1.h"
#include "kernels/cpu/conv2-ink.h"
#include "kernels/cpu/conv2-winograd.h"

/* Prepared for it, after the forward pass's: (VECTORS, 32, TAPS, LANES), so that the weights that
 * one pass over the positions reads lie close together and stay in the L1 cache. */
static void prepare_slides(const InkTensors *parameters, int first, float *slides) {
  for (int in = 0; in < 16; in += LANES)
    for (int i = first * TAPS; i < (first + 16) * TAPS; i++)
      store(slides + (in * 32 * TAPS + i * LANES), load(parameters->conv2_weight + i * 16 + in));
}

/* Columns of taps slide down along one column of positions: K × columns accumulators that move on
 * by one row, up to 15 of 16 registers on AVX2, and one of a broadcast gradient; weights are memory
 * operands. Unrolled, so that to move on takes no instruction, and rows of taps that fall into the
 * padding none either. */
INLINE void slide(const int first, const int columns, const InkSample *sample,
                  const uint32_t *inked, const uint32_t *route, const float *weights,
                  float *gradient1) {
  Floats sum[K][K];
  uint32_t any = 0;

#define EACH_ACCUMULATOR(rows)                                                                     \
  UNROLL for (int r = 0; r < (rows); r++) UNROLL for (int i = 0; i < columns; i++)

  for (int y = 0; y < 14; y++)
    any |= inked[y];
  for (; any; any &= any - 1) {
    int x = __builtin_ctz(any);
    float *to = gradient1 + (x + first) * 16;

    EACH_ACCUMULATOR(K - 1) sum[r][i] = load(to + r * STRIDE1 + i * 16);
    UNROLL for (int y = 0; y < 14; y++, to += STRIDE1) {
      bool meets = inked[y] >> x & 1;
      const float *gradient = sample->gradient2 + (y / 2 * 7 + x / 2) * 32;

      UNROLL for (int i = 0; i < columns; i++) sum[K - 1][i] =
          load(to + (K - 1) * STRIDE1 + i * 16);
      for (uint32_t left = meets ? route[14 * y + x] : 0; left; left &= left - 1) {
        size_t out = (size_t)__builtin_ctz(left);
        Floats value = broadcast(gradient[out] * POOL_SHARE);
        const float *weight = anchor(weights + out * TAPS * LANES);

        EACH_ACCUMULATOR(K)
        if (r >= first_tap(edge[y]) && r <= last_tap(edge[y])) sum[r][i] +=
            value * load(weight + (r * K + i) * LANES);
      }
      UNROLL for (int i = 0; i < columns; i++) store(to + i * 16, sum[0][i]);
      EACH_ACCUMULATOR(K - 1) sum[r][i] = sum[r + 1][i];
    }
    EACH_ACCUMULATOR(K - 1) store(to + r * STRIDE1 + i * 16, sum[r][i]);
  }
}

static void conv2_data_gradient(InkWorkspace *work, const InkSample *sample,
                                const float *prepared) {
  const float *weights = prepared + WINOGRAD_SIZE;
  uint32_t route[14 * 14]; /* bit o: gradient of output channel o flows to this position */
  uint32_t inked[GROUPS][14];

  groups_with_ink(sample, inked);
  for (int window = 0; window < INK_WINDOWS2; window++)
    UNROLL for (int j = 0; j < 4; j++)
        route[(window / 7 * 2 + j / 2) * 14 + window % 7 * 2 + j % 2] =
            gather_bits(sample->route2 + window * 32, j);
  memset(work->gradient1, 0, SIDE1 * STRIDE1 * sizeof *work->gradient1);
  for (int in = 0; in < 16; in += LANES, weights += 32 * TAPS * LANES) {
#define GROUP(first, count)                                                                        \
  slide(first, count, sample, inked[group_of[first]], route, weights + first * LANES,              \
        work->gradient1 + in);
    EACH_GROUP(GROUP)
#undef GROUP
  }
}
