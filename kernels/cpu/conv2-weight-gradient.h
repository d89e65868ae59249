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
  for (const uint16_t *offset = routes->offset[0] + out; all; all &= all - 1) {
    size_t window = (size_t)__builtin_ctzll(all);
    const float *patch = anchor((const float *)((const char *)input + offset[window * 32]));
#else
  UNROLL for (int j = 0; j < 4; j++) for (; left[j]; left[j] &= left[j] - 1) {
    size_t window = (size_t)__builtin_ctzll(left[j]);
    const float *patch = anchor(input + window_offset((int)window) + j / 2 * STRIDE1 + j % 2 * 16);
#endif
    Floats gradient = broadcast(gradients[window * 32] * POOL_SHARE);

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
  weight_gradient_taps(first, count, sample->pool1 + in, &routes, meeting,                         \
                       sample->gradient2 + out, out, weights + out * TAPS * 16 + in);
      EACH_GROUP(GROUP)
#undef GROUP
    }
}

/* Sums of the flow to positions, by the groups of columns of taps that are skipped there (bit g)
 * and the padding that the position sees. */
typedef float Skipped[1 << GROUPS][EDGES][EDGES][32];

static void add_skipped(const InkSample *sample, const uint32_t *columns, Skipped skipped) {
  for (int y = 0; y < 14; y++)
    for (int x = 0; x < 14; x++) {
      uint32_t which = groups_skipped(columns[y], x);
      int window = y / 2 * 7 + x / 2, j = y % 2 * 2 + x % 2;

      if (!which)
        continue;
      for (int channel = 0; channel < 32; channel += LANES) {
        Ints way = load_bytes(sample->route2 + window * 32 + channel);
        Floats gradient = POOL_SHARE * load(sample->gradient2 + window * 32 + channel);
        float *to = skipped[which][edge[y]][edge[x]] + channel;

        store(to, load(to) + only(way << (31 - j) >> 31, gradient));
      }
    }
}

/* (TAPS, 32): what is skipped of each tap, at the positions where it falls inside. */
static void skipped_by_tap(Skipped skipped, float by_tap[TAPS][32]) {
  memset(by_tap, 0, TAPS * sizeof *by_tap);
  for (int channel = 0; channel < 32; channel += LANES)
    for (int y = 0; y < EDGES; y++)
      for (int b = 0; b < K; b++) {
        Floats sum = {};

        for (int which = 1; which < 1 << GROUPS; which++)
          for (int x = 0; which >> group_of[b] & 1 && x < EDGES; x++)
            if (b >= first_tap(x) && b <= last_tap(x))
              sum += load(skipped[which][y][x] + channel);
        for (int a = first_tap(y); a <= last_tap(y); a++) {
          float *to = by_tap[a * K + b] + channel;

          store(to, load(to) + sum);
        }
      }
}

static void conv2_bias_gradient(const InkSample *sample, float *bias) {
  for (int channel = 0; channel < 32; channel += LANES) {
    Floats sum = load(bias + channel);

    for (int at = channel; at < INK_FEATURES; at += 32)
      sum += window_flow(sample->route2 + at, sample->gradient2 + at);
    store(bias + channel, sum);
  }
}

/* Adds what was skipped to the gradient by conv2's weights, and leaves in blank_gradient what
 * conv2_data_gradient() skips, over all positions. */
static void add_answers_to_blank(InkWorkspace *work, Skipped skipped, const float *weights,
                                 float *gradients) {
  float by_tap[TAPS][32] INK_ALIGNED;

  skipped_by_tap(skipped, by_tap);
  for (int in = 0; in < 16; in += LANES) {
    Floats answer = load(work->blank1 + in), sum[K] = {}, all = {};

    for (int out = 0; out < 32; out++)
      for (int a = 0; a < K; a++)
        UNROLL for (int b = 0; b < K; b++) {
          int at = ((out * K + a) * K + b) * 16 + in;
          Floats flow = broadcast(by_tap[a * K + b][out]);

          store(gradients + at, load(gradients + at) + flow * answer);
          sum[b] += flow * load(weights + at);
        }
    UNROLL for (int b = 0; b < K; b++) all += sum[b];
    store(work->blank_gradient + in, all);
  }
}

static void conv2_weight_gradient(InkWorkspace *work, int samples, const InkTensors *parameters,
                                  const InkTensors *gradients) {
  Skipped skipped INK_ALIGNED;

  memset(skipped, 0, sizeof skipped);
  for (int s = 0; s < samples; s++) {
    const InkSample *sample = &work->samples[s];
    uint32_t columns[14];

    columns_with_ink(sample, columns);
    sample_weight_gradient(sample, columns, gradients->conv2_weight);
    add_skipped(sample, columns, skipped);
    conv2_bias_gradient(sample, gradients->conv2_bias);
  }
  add_answers_to_blank(work, skipped, parameters->conv2_weight, gradients->conv2_weight);
}
