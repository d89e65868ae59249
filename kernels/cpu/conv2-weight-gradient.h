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
enum { SKIPS = 1 << GROUPS };
typedef float Flow[SKIPS][EDGES][EDGES][32];

/* Of LANES channels, the flow to the positions of a window that way names. */
INLINE void add_open(float *flow, Ints way, Floats share) {
  store(flow, load(flow) + open_gradient(way, share));
}

static void add_window_flow(const InkSample *sample, int y, int x, const int skips[4], bool alike,
                            Flow flow) {
  for (int channel = 0; channel < 32; channel += LANES) {
    int at = (7 * y + x) * 32 + channel;
    Ints way = load_bytes(sample->route2 + at);
    Floats share = POOL_SHARE * load(sample->gradient2 + at);

    if (alike)
      add_open(flow[skips[0]][PAD][PAD] + channel, way, share);
    else
      UNROLL for (int j = 0; j < 4; j++) add_open(
          flow[skips[j]][edge[2 * y + j / 2]][edge[2 * x + j % 2]] + channel, way & 1 << j, share);
  }
}

static void add_flow(const InkSample *sample, const uint32_t inked[GROUPS][14], Flow flow) {
  for (int y = 0; y < 7; y++)
    for (int x = 0; x < 7; x++) {
      bool alike = y > 0 && y < 6 && x > 0 && x < 6; /* its positions see no padding */
      int skips[4] = {0};

      for (int g = 0; g < GROUPS; g++) {
        unsigned skipped = window_ink(inked[g], y, x) ^ 0xf;

        alike &= skipped == 0 || skipped == 0xf;
        UNROLL for (int j = 0; j < 4; j++) skips[j] |= (int)(skipped >> j & 1) << g;
      }
      add_window_flow(sample, y, x, skips, alike, flow);
    }
}

/* (TAPS, 32): the flow to the positions where a tap falls inside, of each tap the same or that
 * which skipped it. */
static void flow_by_tap(Flow flow, bool skipped, float by_tap[TAPS][32]) {
  memset(by_tap, 0, TAPS * sizeof *by_tap);
  for (int channel = 0; channel < 32; channel += LANES)
    for (int y = 0; y < EDGES; y++)
      for (int b = 0; b < K; b++) {
        Floats sum = {};

        for (int skip = 0; skip < SKIPS; skip++)
          for (int x = 0; x < EDGES; x++)
            if (b >= first_tap(x) && b <= last_tap(x) && (!skipped || skip >> group_of[b] & 1))
              sum += load(flow[skip][y][x] + channel);
        for (int a = first_tap(y); a <= last_tap(y); a++) {
          float *to = by_tap[a * K + b] + channel;

          store(to, load(to) + sum);
        }
      }
}

static void conv2_bias_gradient(Flow flow, float *bias) {
  for (int channel = 0; channel < 32; channel += LANES) {
    Floats sum = load(bias + channel);

    for (int i = 0; i < SKIPS * EDGES * EDGES; i++)
      sum += load(flow[0][0][0] + 32 * i + channel);
    store(bias + channel, sum);
  }
}

static void conv2_weight_gradient(InkWorkspace *work, const InkSample *sample,
                                  const InkTensors *gradients) {
  uint32_t inked[GROUPS][14];

  groups_with_ink(sample, inked);
  sample_weight_gradient(sample, inked, gradients->conv2_weight);
  add_flow(sample, inked, (void *)work->flow);
}

/* Adds what all samples have in common: conv2's bias, what its weights were not multiplied with,
 * and conv1's bias by the windows without ink. By all windows together the gradient is known from
 * the flow alone; conv1_weight_gradient() has summed it by the windows with ink. */
static void blank_gradients(InkWorkspace *work, const InkTensors *parameters,
                            const InkTensors *gradients) {
  float every[TAPS][32] INK_ALIGNED, skipped[TAPS][32] INK_ALIGNED;

  conv2_bias_gradient((void *)work->flow, gradients->conv2_bias);
  flow_by_tap((void *)work->flow, false, every);
  flow_by_tap((void *)work->flow, true, skipped);
  for (int in = 0; in < 16; in += LANES) {
    Floats answer = load(work->blank1 + in), sum[K] = {}, all = {};

    for (int out = 0; out < 32; out++)
      for (int a = 0; a < K; a++)
        UNROLL for (int b = 0; b < K; b++) {
          int at = ((out * K + a) * K + b) * 16 + in;
          float *to = gradients->conv2_weight + at;

          store(to, load(to) + broadcast(skipped[a * K + b][out]) * answer);
          sum[b] += broadcast(every[a * K + b][out]) * load(parameters->conv2_weight + at);
        }
    UNROLL for (int b = 0; b < K; b++) all += sum[b];
    if (work->blank_windows1 > 0) /* else the difference is rounding alone */
      conv1_blank_gradient(work, in, all - load(work->met1 + in), gradients->conv1_bias + in);
  }
  memset(work->flow, 0, sizeof work->flow);
  memset(work->met1, 0, sizeof work->met1);
  work->blank_windows1 = 0;
}
