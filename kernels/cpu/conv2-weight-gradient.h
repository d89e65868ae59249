/* conv2-weight-gradient: a tile of samples' share of the gradient by the second convolution's
 * parameters.
 *
 * Gradient flows to one position in four at most. Where taps meet no ink they meet what conv1
 * answers to an empty image: there it is enough to add up the flow, over all samples, and to
 * multiply once. */
#pragma once

#include "kernels/cpu/conv1.h"
#include "kernels/cpu/conv2-ink.h"

/* By channel, where the gradient of windows goes to. */
typedef struct {
  uint32_t flows[4][2][32]; /* bit i % 32 of word i / 32: to that position of window i */
  uint16_t offset[INK_WINDOWS2][32] INK_ALIGNED; /* bytes in pool1; with max-pooling */
} Routes;

typedef uint16_t Halves __attribute__((vector_size(2 * LANES)));

INLINE int window_offset(int window) {
  return window / 7 * 2 * STRIDE1 + window % 7 * 2 * 16;
}

static void gather_routes(const uint8_t *route, Routes *routes) {
  for (int channel = 0; channel < 32; channel += LANES)
    for (int word = 0; word < 2; word++) {
      int end = word == 0 ? 32 : INK_WINDOWS2;
      Ints flows[4] = {};

      for (int window = 32 * word; window < end; window++) {
        Ints way = load_bytes(route + window * 32 + channel);

        UNROLL for (int j = 0; j < 4; j++) flows[j] |= (way >> j & 1) << window % 32;
#if MAX_POOL
        Ints right = (way & 0xa) != 0, below = (way & 0xc) != 0;
        Ints offset = 4 * window_offset(window) + (right & 4 * 16) + (below & 4 * STRIDE1);
        Halves bytes = __builtin_convertvector(offset, Halves);

        memcpy(routes->offset[window] + channel, &bytes, sizeof bytes);
#endif
      }
      UNROLL for (int j = 0; j < 4; j++)
          memcpy(routes->flows[j][word] + channel, &flows[j], sizeof flows[j]);
    }
}

/* Windows whose gradient, from an upper or a lower position, meets ink in a column of taps: number
 * c − j % 2 from position j. */
typedef uint64_t Meeting[2][K + 1];

static void windows_meeting_ink(const uint32_t *columns, Meeting meeting) {
  for (int row = 0; row < 2; row++)
    for (int c = 0; c <= K; c++) {
      meeting[row][c] = 0;
      for (int y = 0; y < 7; y++)
        meeting[row][c] |= (uint64_t)even_bits(columns[2 * y + row] >> c) << 7 * y;
    }
}

#define EACH_TAP UNROLL for (int r = 0; r < K; r++) UNROLL for (int i = 0; i < columns; i++)

/* One output channel, columns first … first + columns − 1 of the taps, LANES input channels:
 * K × columns accumulators, up to 15 of 16 registers on AVX2, and one register of a broadcast
 * gradient; inputs are memory operands. */
INLINE void weight_gradient_taps(const int first, const int columns, const float *input,
                                 const Routes *routes, const Meeting meeting,
                                 const float *gradients, int out, float *weight) {
  Floats sum[K][K];
  uint64_t left[4], all;

  UNROLL for (int j = 0; j < 4; j++) {
    uint64_t meets = 0;

    UNROLL for (int i = 0; i < columns; i++) meets |= meeting[j / 2][first + i + j % 2];
    left[j] = (routes->flows[j][0][out] | (uint64_t)routes->flows[j][1][out] << 32) & meets;
  }
  all = left[0] | left[1] | left[2] | left[3];
  if (!all)
    return;
  EACH_TAP sum[r][i] = load(weight + (r * K + first + i) * 16);
#if MAX_POOL
  for (; all; all &= all - 1) {
    int window = __builtin_ctzll(all);
    const float *patch = anchor((const float *)((const char *)input + routes->offset[window][out]));
#else
  UNROLL for (int j = 0; j < 4; j++) for (; left[j]; left[j] &= left[j] - 1) {
    int window = __builtin_ctzll(left[j]);
    const float *patch = anchor(input + window_offset(window) + j / 2 * STRIDE1 + j % 2 * 16);
#endif
    Floats gradient = broadcast(gradients[window * 32 + out] * POOL_SHARE);

    EACH_TAP sum[r][i] += gradient * load(patch + r * STRIDE1 + (first + i) * 16);
  }
  EACH_TAP store(weight + (r * K + first + i) * 16, sum[r][i]);
}

static void sample_weight_gradient(const InkSample *sample, const uint32_t *columns,
                                   float *weights) {
  Routes routes;
  Meeting meeting;

  gather_routes(sample->route2, &routes);
  windows_meeting_ink(columns, meeting);
  for (int out = 0; out < 32; out++)
    for (int in = 0; in < 16; in += LANES) {
#define GROUP(first, count)                                                                        \
  weight_gradient_taps(first, count, sample->pool1 + in, &routes, meeting, sample->gradient2, out, \
                       weights + out * TAPS * 16 + in);
      EACH_GROUP(GROUP)
#undef GROUP
    }
}

/* Sums of the flow to positions by the columns of taps that are skipped there (bit b: column b,
 * where it is inside) and the rows that are inside. */
typedef float Skipped[1 << K][EDGES][32];

static void add_skipped(const InkSample *sample, const uint32_t *columns, Skipped skipped) {
  for (int y = 0; y < 14; y++)
    for (int x = 0; x < 14; x++) {
      uint32_t inside = ((1u << 14) - 1) << PAD >> x,
               which = columns_skipped(columns[y], x) & inside;
      int window = y / 2 * 7 + x / 2, j = y % 2 * 2 + x % 2;

      if (!which)
        continue;
      for (int channel = 0; channel < 32; channel += LANES) {
        Ints way = load_bytes(sample->route2 + window * 32 + channel);
        Floats gradient = POOL_SHARE * load(sample->gradient2 + window * 32 + channel);
        float *to = skipped[which][edge[y]] + channel;

        store(to, load(to) + (Floats)((way << (31 - j) >> 31) & (Ints)gradient));
      }
    }
}

/* (TAPS, 32): what is skipped of each tap. */
static void skipped_by_tap(Skipped skipped, float by_tap[TAPS][32]) {
  memset(by_tap, 0, TAPS * sizeof *by_tap);
  for (int channel = 0; channel < 32; channel += LANES)
    for (int kind = 0; kind < EDGES; kind++)
      for (int b = 0; b < K; b++) {
        Floats sum = {};

        for (int which = 0; which < 1 << K; which++)
          if (which >> b & 1)
            sum += load(skipped[which][kind] + channel);
        for (int a = first_tap(kind); a <= last_tap(kind); a++) {
          float *to = by_tap[a * K + b] + channel;

          store(to, load(to) + sum);
        }
      }
}

/* Leaves in blank_gradient what conv2_data_gradient() skips, over all positions. */
static void conv2_weight_gradient(InkWorkspace *work, int samples, const InkTensors *parameters,
                                  const InkTensors *gradients) {
  Skipped skipped INK_ALIGNED;
  float by_tap[TAPS][32] INK_ALIGNED, blank[16];
  uint8_t blank_route[16];

  memset(skipped, 0, sizeof skipped);
  for (int s = 0; s < samples; s++) {
    const InkSample *sample = &work->samples[s];
    uint32_t columns[14];

    columns_with_ink(sample, columns);
    sample_weight_gradient(sample, columns, gradients->conv2_weight);
    add_skipped(sample, columns, skipped);
    for (int i = 0; i < INK_FEATURES; i += LANES)
      add_bias_gradient(sample->route2 + i, sample->gradient2 + i, gradients->conv2_bias + i % 32);
  }
  skipped_by_tap(skipped, by_tap);
  conv1_blank(parameters, blank, blank_route);
  for (int in = 0; in < 16; in += LANES) {
    Floats answer = load(blank + in), sum = {};

    for (int out = 0; out < 32; out++)
      for (int tap = 0; tap < TAPS; tap++) {
        int at = (out * TAPS + tap) * 16 + in;
        Floats flow = broadcast(by_tap[tap][out]);

        store(gradients->conv2_weight + at, load(gradients->conv2_weight + at) + flow * answer);
        sum += flow * load(parameters->conv2_weight + at);
      }
    store(work->blank_gradient + in, sum);
  }
}
