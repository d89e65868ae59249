/* conv2-flow: the gradient of the loss by conv2's outputs, summed over the samples of a chunk, and
 * the gradients that follow from these sums alone.
 *
 * Those are the gradient by conv2's bias; by its weights, where they met no ink but what conv1
 * answers to an empty image, so that to multiply once is enough; and by conv1's bias, of its
 * windows without ink. */
#pragma once

#include "kernels/cpu/conv1.h"
#include "kernels/cpu/conv2-ink.h"

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

/* The flow to the positions where a tap falls inside: to every one, and to those that skipped it.
 */
typedef struct {
  float every[TAPS][32] INK_ALIGNED, skipped[TAPS][32] INK_ALIGNED;
} FlowByTap;

static void flow_by_tap(Flow flow, FlowByTap *by_tap) {
  memset(by_tap, 0, sizeof *by_tap);
  for (int channel = 0; channel < 32; channel += LANES)
    for (int y = 0; y < EDGES; y++)
      for (int b = 0; b < K; b++) {
        Floats every = {}, skipped = {};

        for (int skip = 0; skip < SKIPS; skip++)
          for (int x = 0; x < EDGES; x++)
            if (b >= first_tap(x) && b <= last_tap(x)) {
              Floats sum = load(flow[skip][y][x] + channel);

              every += sum;
              skipped += skip >> group_of[b] & 1 ? sum : (Floats){};
            }
        for (int tap = first_tap(y) * K + b; tap <= last_tap(y) * K + b; tap += K) {
          store(by_tap->every[tap] + channel, load(by_tap->every[tap] + channel) + every);
          store(by_tap->skipped[tap] + channel, load(by_tap->skipped[tap] + channel) + skipped);
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

/* Adds, for all samples together, to conv2's bias; to its weights what was skipped; and to conv1's
 * bias what comes by its windows without ink. The gradient by all windows follows from the flow;
 * that by those with ink, which conv1_weight_gradient() has summed, is taken away. */
static void blank_gradients(InkWorkspace *work, const InkTensors *parameters,
                            const InkTensors *gradients) {
  FlowByTap by_tap;

  conv2_bias_gradient((void *)work->flow, gradients->conv2_bias);
  flow_by_tap((void *)work->flow, &by_tap);
  for (int in = 0; in < 16; in += LANES) {
    Floats answer = load(work->blank1 + in), sum[K] = {}, all = {};

    for (int out = 0; out < 32; out++)
      for (int a = 0; a < K; a++)
        UNROLL for (int b = 0; b < K; b++) {
          int at = ((out * K + a) * K + b) * 16 + in;
          float *to = gradients->conv2_weight + at;

          store(to, load(to) + broadcast(by_tap.skipped[a * K + b][out]) * answer);
          sum[b] += broadcast(by_tap.every[a * K + b][out]) * load(parameters->conv2_weight + at);
        }
    UNROLL for (int b = 0; b < K; b++) all += sum[b];
    if (work->blank_windows1 > 0) /* else the difference is rounding alone */
      conv1_blank_gradient(work, in, all - load(work->met1 + in), gradients->conv1_bias + in);
  }
  memset(work->flow, 0, sizeof work->flow);
  memset(work->met1, 0, sizeof work->met1);
  work->blank_windows1 = 0;
}
