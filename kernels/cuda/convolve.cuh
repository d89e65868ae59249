// convolve: K × K convolutions of padded maps in shared memory, for layer 2 forward and, with the
// taps in reverse, for its gradient.
#pragma once

#include "kernels/cuda/layout.cuh"

namespace ink {

// One row of taps of a window: upper and lower are its two rows of inputs; weights of a tap are
// STRIDE floats apart and begin with the thread's four channels. 20 inputs and weights in registers
// at most, beside the sixteen sums.
template <int K, int STRIDE>
static __device__ __forceinline__ void add_taps(float sum[4][4], const float *upper,
                                                const float *lower, const float *weights) {
  float patch[2][K + 1];

#pragma unroll
  for (int i = 0; i < 2; i++)
#pragma unroll
    for (int j = 0; j <= K; j += 2) {
      float2 pair = *reinterpret_cast<const float2 *>((i ? lower : upper) + j);

      patch[i][j] = pair.x;
      patch[i][j + 1] = pair.y;
    }
#pragma unroll
  for (int t = 0; t < K; t++) {
    float4 w = *reinterpret_cast<const float4 *>(weights + t * STRIDE);

#pragma unroll
    for (int q = 0; q < 4; q++) {
      float value = patch[q / 2][t + q % 2];

      sum[0][q] += w.x * value;
      sum[1][q] += w.y * value;
      sum[2][q] += w.z * value;
      sum[3][q] += w.w * value;
    }
  }
}

// All taps of one map. x: the window's first input. Two rows of taps at a time, from which on
// addresses step by PAIR; all of 25 taps at once take too many registers.
template <int K, int PAIR, int ROW, int STRIDE>
static __device__ __forceinline__ void add_map(float sum[4][4], const float *x,
                                               const float *weights) {
#pragma unroll 1
  for (int i = 0; i < K / 2; i++, x += PAIR, weights += 2 * K * STRIDE) {
    add_taps<K, STRIDE>(sum, x, x + ROW, weights);
    add_taps<K, STRIDE>(sum, x + ROW, x + PAIR, weights + K * STRIDE);
  }
  add_taps<K, STRIDE>(sum, x, x + ROW, weights);
}

// A layer of maps has 49 windows and a multiple of four channels: so many threads with a window of
// four channels each. Twelve warps, three on each of a multiprocessor's schedulers, take 384 of
// those units; the other four share the positions and channels of the eight that are left.
enum { WHOLE_UNITS = 384 };

struct Share {
  int unit;       // of 392
  bool whole;     // its four channels and positions; else:
  int channel, q; // only these
};

static __device__ __forceinline__ Share my_share() {
  int rest = thread_index() - WHOLE_UNITS;
  Share whole = {thread_index(), true, 0, 0};
  Share single = {WHOLE_UNITS + rest / 16, false, rest / 4 % 4, rest % 4};

  return rest < 0 ? whole : single;
}

// Adds inputs maps to a thread's sums: sum[channel][position], or sum[0][0] where it has one. The
// order is the same for both. weights: (inputs, TAPS, CHANNELS) from the thread's first channel.
template <int K, int CHANNELS>
static __device__ __forceinline__ void convolve(float sum[4][4], Share share, int window,
                                                const float *maps, int inputs,
                                                const float *weights) {
  typedef Size<K> Z;
  int y = window / 7 * 2, x = window % 7 * 2;

  if (share.whole) {
    const float *corner = maps + place<Z::PAIR, Z::ROW>(y, x);

#pragma unroll 1
    for (int in = 0; in < inputs; in++)
      add_map<K, Z::PAIR, Z::ROW, CHANNELS>(sum, corner + in * Z::MAP,
                                            weights + in * Z::TAPS * CHANNELS);
    return;
  }
#pragma unroll 1
  for (int in = 0; in < inputs; in++)
#pragma unroll
    for (int t = 0; t < Z::TAPS; t++)
      sum[0][0] += weights[(in * Z::TAPS + t) * CHANNELS] *
                   maps[in * Z::MAP +
                        place<Z::PAIR, Z::ROW>(y + share.q / 2 + t / K, x + share.q % 2 + t % K)];
}

} // namespace ink
