// convolve: K × K convolutions of padded maps in shared memory, for both layers forward.
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

// Layer 2 has 49 windows of eight times four channels. Twelve warps, three on each of a
// multiprocessor's schedulers, take 384 of those units; the other four share the eight that are
// left, half a warp a unit: a lane a map, and each lane ends with one of the sums.
enum { WHOLE_UNITS = 384 };

struct Share {
  int unit;       // of 392
  bool whole;     // its four channels and positions; else it ends with:
  int channel, q; // only these
};

static __device__ __forceinline__ Share my_share() {
  int rest = thread_index() - WHOLE_UNITS;
  Share whole = {thread_index(), true, 0, 0};
  Share single = {WHOLE_UNITS + rest / 16, false, rest / 4 % 4, rest % 4};

  return rest < 0 ? whole : single;
}

// The sums over half a warp's lanes, of which each lane gets one: the lane'th.
static __device__ __forceinline__ float sum_across(float sum[4][4]) {
  int lane = thread_index() % 16;

  // Bounds that the compiler sees, or the sums would be in memory.
#pragma unroll
  for (int level = 0; level < 4; level++)
#pragma unroll
    for (int i = 0; i < 8; i++) {
      const int half = 8 >> level, j = (i + half) % 16;

      if (i < half) {
        float lower = sum[i / 4][i % 4], upper = sum[j / 4][j % 4];
        float given = __shfl_xor_sync(~0u, lane & half ? lower : upper, half);

        sum[i / 4][i % 4] = (lane & half ? upper : lower) + given;
      }
    }
  return sum[0][0];
}

// Adds the sixteen maps to a thread's sums: sum[channel][position], or sum[0][0] where it ends with
// one. weights: (16, TAPS, 32) from the unit's first channel.
template <int K>
static __device__ __forceinline__ void convolve(float sum[4][4], Share share, int window,
                                                const float *maps, const float *weights) {
  typedef Size<K> Z;
  const float *corner = maps + place<Z::PAIR, Z::ROW>(window / 7 * 2, window % 7 * 2);
  float part[4][4] = {};
  int mine = thread_index() % 16;

  if (share.whole) {
#pragma unroll 1
    for (const float *end = corner + 16 * Z::MAP; corner < end;
         corner += Z::MAP, weights += Z::TAPS * 32)
      add_map<K, Z::PAIR, Z::ROW, 32>(sum, corner, weights);
    return;
  }
  add_map<K, Z::PAIR, Z::ROW, 32>(part, corner + mine * Z::MAP, weights + mine * Z::TAPS * 32);
  sum[0][0] += sum_across(part);
}

} // namespace ink
