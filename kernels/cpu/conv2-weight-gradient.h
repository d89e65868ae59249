/* conv2-weight-gradient: one sample's share of the gradient by the second convolution's weights.
 *
 * The routes of pooled values stand channel by channel beside each other; they are turned into one
 * list for each output channel of the positions that gradient flows to, about one in six. */
#pragma once

#include "kernels/cpu/pool.h"

enum { MAX_ENTRIES = INK_WINDOWS2 * (MAX_POOL ? 1 : 4) };

/* A position that gradient flows to: where its patch starts in pool1, and the gradient. */
typedef struct {
  int offset;
  float gradient;
} Entry;

/* By channel: which windows have a route, and with max-pooling which way it goes. */
typedef struct {
  uint32_t some[2][32];                         /* bit i % 32 of word i / 32: window i */
  int32_t offset[INK_WINDOWS2][32] INK_ALIGNED; /* of the position within pool1 */
} Columns;

INLINE int window_offset(int window) {
  return window / 7 * 2 * STRIDE1 + window % 7 * 2 * 16;
}

static void gather_columns(const uint8_t *route, Columns *columns) {
  for (int channel = 0; channel < 32; channel += LANES)
    for (int word = 0; word < 2; word++) {
      int end = word == 0 ? 32 : INK_WINDOWS2;
      Ints some = {};

      for (int window = 32 * word; window < end; window++) {
        Ints way = load_bytes(route + window * 32 + channel);
        Ints right = (way & 0xa) != 0, below = (way & 0xc) != 0;
        Ints offset = window_offset(window) + (right & 16) + (below & STRIDE1);

        some |= (way != 0) & (int)(1u << window % 32);
        memcpy(columns->offset[window] + channel, &offset, sizeof offset);
      }
      memcpy(columns->some[word] + channel, &some, sizeof some);
    }
}

/* Returns how many there are. */
INLINE int list_entries(const Columns *columns, const InkSample *sample, int channel,
                        Entry *entries) {
  uint64_t left = columns->some[0][channel] | (uint64_t)columns->some[1][channel] << 32;
  int n = 0;

  for (; left; left &= left - 1) {
    int window = __builtin_ctzll(left);
    float gradient = sample->gradient2[window * 32 + channel] * POOL_SHARE;

#if MAX_POOL
    entries[n++] = (Entry){columns->offset[window][channel], gradient};
#else
    for (unsigned way = sample->route2[window * 32 + channel]; way; way &= way - 1) {
      int j = __builtin_ctz(way);

      entries[n++] = (Entry){window_offset(window) + j / 2 * STRIDE1 + j % 2 * 16, gradient};
    }
#endif
  }
  return n;
}

/* Accumulates count taps × vectors of input channels over the entries of one output channel: up to
 * 13 accumulators of 16 registers on AVX2, all 25 of 32 on AVX-512, and one of a broadcast
 * gradient; inputs are memory operands. */
INLINE void weight_gradient_taps(const int first, const int count, const int vectors,
                                 const float *input, const Entry *entries, int n, float *weight) {
  Floats sum[REGISTERS];

  UNROLL for (int i = 0; i < count * vectors; i++) sum[i] =
      load(weight + (first + i / vectors) * 16 + i % vectors * LANES);
  for (int e = 0; e < n; e++) {
    const float *patch = input + entries[e].offset;
    Floats gradient = broadcast(entries[e].gradient);

    UNROLL for (int i = 0; i < count * vectors; i++) {
      const int tap = first + i / vectors;

      sum[i] += gradient * load(patch + tap / K * STRIDE1 + tap % K * 16 + i % vectors * LANES);
    }
  }
  UNROLL for (int i = 0; i < count * vectors; i++)
      store(weight + (first + i / vectors) * 16 + i % vectors * LANES, sum[i]);
}

/* The taps in as many passes over the entries as the registers ask for. */
static void weight_gradient_channel(const float *input, const Entry *entries, int n,
                                    float *weight) {
#if LANES == 16
  weight_gradient_taps(0, TAPS, 1, input, entries, n, weight);
#elif KERNEL == 5 && LANES == 8
  weight_gradient_taps(0, 7, 2, input, entries, n, weight);
  weight_gradient_taps(7, 6, 2, input, entries, n, weight);
  weight_gradient_taps(13, 6, 2, input, entries, n, weight);
  weight_gradient_taps(19, 6, 2, input, entries, n, weight);
#else
  for (int in = 0; in < 16; in += LANES) {
#if KERNEL == 5
    weight_gradient_taps(0, 13, 1, input + in, entries, n, weight + in);
    weight_gradient_taps(13, 12, 1, input + in, entries, n, weight + in);
#else
    weight_gradient_taps(0, 9, 1, input + in, entries, n, weight + in);
#endif
  }
#endif
}

static void conv2_weight_gradient(const InkSample *sample, const InkTensors *gradients) {
  Columns columns;

  gather_columns(sample->route2, &columns);
  for (int i = 0; i < INK_FEATURES; i += LANES)
    add_bias_gradient(sample->route2 + i, sample->gradient2 + i, gradients->conv2_bias + i % 32);
  for (int out = 0; out < 32; out++) {
    Entry entries[MAX_ENTRIES];
    int n = list_entries(&columns, sample, out, entries);

    weight_gradient_channel(sample->pool1, entries, n, gradients->conv2_weight + out * TAPS * 16);
  }
}
