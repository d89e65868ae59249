/* conv2-weight-gradient: a sample's share of the gradient by the second convolution's parameters.
 *
 * Gradient flows to one position in four at most. Where taps meet no ink they are skipped, and the
 * flow is added up instead (conv2-flow.h). */
#pragma once

#include "kernels/cpu/conv2-flow.h"

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

static void conv2_weight_gradient(InkWorkspace *work, const InkSample *sample,
                                  const InkTensors *gradients) {
  uint32_t inked[GROUPS][14];

  groups_with_ink(sample, inked);
  sample_weight_gradient(sample, inked, gradients->conv2_weight);
  add_flow(sample, inked, (void *)work->flow);
}
