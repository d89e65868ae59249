/* conv2-weight-gradient: a sample's share of the gradient by the second convolution's parameters.
 *
 * Gradient flows to one position in four at most. Where taps meet no ink they meet what conv1
 * answers to an empty image: there it is enough to add up the flow, over all samples of a chunk,
 * and to multiply once. */
#pragma once

#include "kernels/cpu/conv1.h"
#include "kernels/cpu/conv2-ink.h"

/* With max-pooling it goes one way from a window, which offset tells. */
enum { WAYS = MAX_POOL ? 1 : 4 };

/* By channel, where the gradient of windows goes to. */
typedef struct {
  /* Bit i % 32 of word i / 32: from window i to where a group of taps meets ink. */
  uint32_t windows[GROUPS][WAYS][2][32];
  uint16_t offset[INK_WINDOWS2][32] INK_ALIGNED; /* bytes in pool1 */
} Routes;

typedef uint16_t Halves __attribute__((vector_size(2 * LANES)));

INLINE int window_offset(int window) {
  return window / 7 * 2 * STRIDE1 + window % 7 * 2 * 16;
}

static void gather_routes(const uint8_t *route, const uint32_t inked[GROUPS][14], Routes *routes) {
  for (int word = 0; word < 2; word++) {
    int end = word == 0 ? 32 : INK_WINDOWS2;
    Ints windows[GROUPS][WAYS][32 / LANES] = {};

    for (int window = 32 * word; window < end; window++) {
      int meets[GROUPS];
      Ints bit = (Ints){} + (int)(1u << window % 32);

      UNROLL for (int g = 0; g < GROUPS; g++) meets[g] =
          (int)window_ink(inked[g], window / 7, window % 7);
      UNROLL for (int v = 0; v < 32 / LANES; v++) {
        Ints way = load_bytes(route + window * 32 + v * LANES);

        UNROLL for (int g = 0; g < GROUPS; g++) UNROLL for (int i = 0; i < WAYS; i++)
            windows[g][i][v] |= ((way & (meets[g] & (MAX_POOL ? 0xf : 1 << i))) != 0) & bit;
#if MAX_POOL
        Ints right = (way & 0xa) != 0, below = (way & 0xc) != 0;
        Ints offset = 4 * window_offset(window) + (right & 4 * 16) + (below & 4 * STRIDE1);
        Halves bytes = __builtin_convertvector(offset, Halves);

        memcpy(routes->offset[window] + v * LANES, &bytes, sizeof bytes);
#endif
      }
    }
    for (int g = 0; g < GROUPS; g++)
      for (int i = 0; i < WAYS; i++)
        memcpy(routes->windows[g][i][word], windows[g][i], sizeof windows[g][i]);
  }
}

#define EACH_TAP UNROLL for (int r = 0; r < K; r++) UNROLL for (int i = 0; i < columns; i++)

/* One output channel, columns first … first + columns − 1 of the taps, LANES input channels:
 * K × columns accumulators, up to 15 of 16 registers on AVX2, and one register of a broadcast
 * gradient; inputs are memory operands. */
INLINE void weight_gradient_taps(const int first, const int columns, const float *input,
                                 const Routes *routes, const float *gradients, int out,
                                 float *weight) {
  const int group = group_of[first];
  Floats sum[K][K];

  EACH_TAP sum[r][i] = load(weight + (r * K + first + i) * 16);
  UNROLL for (int way = 0; way < WAYS; way++) {
    uint64_t left =
        routes->windows[group][way][0][out] | (uint64_t)routes->windows[group][way][1][out] << 32;

    for (; left; left &= left - 1) {
      size_t window = (size_t)__builtin_ctzll(left);
#if MAX_POOL
      const float *patch =
          anchor((const float *)((const char *)input + routes->offset[window][out]));
#else
      const float *patch =
          anchor(input + window_offset((int)window) + way / 2 * STRIDE1 + way % 2 * 16);
#endif
      Floats gradient = broadcast(gradients[window * 32] * POOL_SHARE);

      EACH_TAP sum[r][i] += gradient * load(patch + r * STRIDE1 + (first + i) * 16);
    }
  }
  EACH_TAP store(weight + (r * K + first + i) * 16, sum[r][i]);
}

static void sample_weight_gradient(const InkSample *sample, const uint32_t inked[GROUPS][14],
                                   float *weights) {
  Routes routes;

  gather_routes(sample->route2, inked, &routes);
  for (int out = 0; out < 32; out++)
    for (int in = 0; in < 16; in += LANES) {
#define GROUP(first, count)                                                                        \
  weight_gradient_taps(first, count, sample->pool1 + in, &routes, sample->gradient2 + out, out,    \
                       weights + out * TAPS * 16 + in);
      EACH_GROUP(GROUP)
#undef GROUP
    }
}

/* Sums of the flow to positions, by the groups of columns of taps that are skipped there (bit g)
 * and the padding that the position sees. */
typedef float Skipped[1 << GROUPS][EDGES][EDGES][32];

static void add_skipped(const InkSample *sample, const uint32_t inked[GROUPS][14], Skipped sums) {
  for (int y = 0; y < 14; y++) {
    uint32_t all = (1 << 14) - 1;

    for (int g = 0; g < GROUPS; g++)
      all &= inked[g][y];
    for (uint32_t left = all ^ ((1 << 14) - 1); left; left &= left - 1) {
      int x = __builtin_ctz(left), window = y / 2 * 7 + x / 2, j = y % 2 * 2 + x % 2, which = 0;

      for (int g = 0; g < GROUPS; g++)
        which |= (int)(~inked[g][y] >> x & 1) << g;
      for (int channel = 0; channel < 32; channel += LANES) {
        Ints way = load_bytes(sample->route2 + window * 32 + channel);
        Floats gradient = POOL_SHARE * load(sample->gradient2 + window * 32 + channel);
        float *to = sums[which][edge[y]][edge[x]] + channel;

        store(to, load(to) + only(way << (31 - j) >> 31, gradient));
      }
    }
  }
}

/* (TAPS, 32): what is skipped of each tap, at the positions where it falls inside. */
static void skipped_by_tap(Skipped sums, float by_tap[TAPS][32]) {
  memset(by_tap, 0, TAPS * sizeof *by_tap);
  for (int channel = 0; channel < 32; channel += LANES)
    for (int y = 0; y < EDGES; y++)
      for (int b = 0; b < K; b++) {
        Floats sum = {};

        for (int which = 1; which < 1 << GROUPS; which++)
          for (int x = 0; which >> group_of[b] & 1 && x < EDGES; x++)
            if (b >= first_tap(x) && b <= last_tap(x))
              sum += load(sums[which][y][x] + channel);
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

static void conv2_weight_gradient(InkWorkspace *work, const InkSample *sample,
                                  const InkTensors *gradients) {
  uint32_t inked[GROUPS][14];

  groups_with_ink(sample, inked);
  sample_weight_gradient(sample, inked, gradients->conv2_weight);
  add_skipped(sample, inked, (void *)work->skipped);
  conv2_bias_gradient(sample, gradients->conv2_bias);
}

/* Adds what was skipped to the gradient by conv2's weights, and what conv2_data_gradient() skipped,
 * over all positions, to that by conv1's bias. */
static void blank_gradients(InkWorkspace *work, const InkTensors *parameters,
                            const InkTensors *gradients) {
  float by_tap[TAPS][32] INK_ALIGNED;

  skipped_by_tap((void *)work->skipped, by_tap);
  memset(work->skipped, 0, sizeof work->skipped);
  for (int in = 0; in < 16; in += LANES) {
    Floats answer = load(work->blank1 + in), sum[K] = {}, all = {};

    for (int out = 0; out < 32; out++)
      for (int a = 0; a < K; a++)
        UNROLL for (int b = 0; b < K; b++) {
          int at = ((out * K + a) * K + b) * 16 + in;
          Floats flow = broadcast(by_tap[a * K + b][out]);
          float *to = gradients->conv2_weight + at;

          store(to, load(to) + flow * answer);
          sum[b] += flow * load(parameters->conv2_weight + at);
        }
    UNROLL for (int b = 0; b < K; b++) all += sum[b];
    conv1_blank_gradient(work, in, all, gradients->conv1_bias + in);
  }
}
