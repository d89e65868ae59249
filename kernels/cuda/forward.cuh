// forward: one sample from its image to the class probabilities, by the threads of one block.
// Everything between is in shared memory; convolution, ReLU and pooling are one pass.
#pragma once

#include "kernels/cuda/layout.cuh"

namespace ink {

// ReLU keeps NaN, as PyTorch's does.
static __device__ __forceinline__ float relu(float x) {
  return x <= 0 ? 0 : x;
}

struct Pooled {
  float value;
  uint8_t reach;
};

// The four values of a window, in row order, before ReLU. Maximum: the first of equals wins, NaN
// wins over everything.
template <bool MAXIMUM> static __device__ __forceinline__ Pooled pool(const float x[4]) {
  Pooled p;

  if (MAXIMUM) {
    int best = 0;
    float value = x[0];

#pragma unroll
    for (int i = 1; i < 4; i++)
      if (x[i] > value || x[i] != x[i]) {
        value = x[i];
        best = i;
      }
    p.value = relu(value);
    p.reach = p.value == 0 ? 0 : 1 << best;
  } else {
    p.value = 0;
    p.reach = 0;
#pragma unroll
    for (int i = 0; i < 4; i++) {
      float y = relu(x[i]);

      p.value += y;
      p.reach |= y == 0 ? 0 : 1 << i;
    }
    p.value *= 0.25f;
  }
  return p;
}

// Zero padding is written once a launch: samples only overwrite what is inside.
template <int K> static __device__ void clear_padding(Shared<K> *s) {
  for (unsigned i = threadIdx.x; i < sizeof s->image / sizeof *s->image; i += THREADS)
    s->image[i] = 0;
  for (unsigned i = threadIdx.x; i < sizeof s->maps1 / sizeof *s->maps1; i += THREADS)
    s->maps1[i] = 0;
}

// 784 bytes as 196 words of four pixels, which never straddle a row.
template <int K> static __device__ void load_image(Shared<K> *s, const uint8_t *image) {
  if (threadIdx.x < INK_PIXELS / 4) {
    int y = threadIdx.x / 7, x = threadIdx.x % 7 * 4;
    uint32_t word = reinterpret_cast<const uint32_t *>(image)[threadIdx.x];
    float *to = s->image + (y + Size<K>::PAD) * Size<K>::IMAGE_ROW + x + Size<K>::PAD;

#pragma unroll
    for (int i = 0; i < 4; i++)
      to[i] = (word >> 8 * i & 255) * (1 / 255.0f);
  }
}

// One row of taps of a window: x is the row's first input, rows ROW floats apart; weights of a tap
// are STRIDE floats apart and begin with the thread's four channels. 20 inputs and weights in
// registers at most, beside the sixteen sums.
template <int K, int ROW, int STRIDE>
static __device__ __forceinline__ void add_taps(float sum[4][4], const float *x,
                                                const float *weights) {
  float patch[2][K + 1];

#pragma unroll
  for (int i = 0; i < 2; i++)
#pragma unroll
    for (int j = 0; j <= K; j += 2) {
      float2 pair = *reinterpret_cast<const float2 *>(x + i * ROW + j);

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

static __device__ __forceinline__ void start_sums(float sum[4][4], const float *bias) {
#pragma unroll
  for (int c = 0; c < 4; c++)
#pragma unroll
    for (int q = 0; q < 4; q++)
      sum[c][q] = bias[c];
}

// Layer 1. A thread computes one window of four channels: 16 sums.
template <int K, bool MAXIMUM> static __device__ void layer1(Shared<K> *s, const Run &run) {
  typedef Size<K> Z;

#pragma unroll 1
  for (int unit = threadIdx.x; unit < 4 * WINDOWS1; unit += THREADS) {
    int channel = unit / WINDOWS1 * 4, window = unit % WINDOWS1, wy = window / 14, wx = window % 14;
    const float *x = s->image + 2 * wy * Z::IMAGE_ROW + 2 * wx;
    float sum[4][4];

    start_sums(sum, run.parameters + Z::CONV1_BIAS + channel);
#pragma unroll Z::UNROLLED_ROWS
    for (int row = 0; row < K; row++)
      add_taps<K, Z::IMAGE_ROW, 16>(sum, x + row * Z::IMAGE_ROW,
                                    run.conv1_taps + row * K * 16 + channel);
#pragma unroll
    for (int c = 0; c < 4; c++) {
      Pooled p = pool<MAXIMUM>(sum[c]);

      s->maps1[(channel + c) * Z::MAP + (wy + Z::PAD) * Z::ROW + wx + Z::PAD] = p.value;
      s->reach1[(channel + c) * WINDOWS1 + window] = p.reach;
      if (run.pool1_map)
        run.pool1_map[(channel + c) * WINDOWS1 + window] = p.value;
      if (run.conv1_map)
        for (int q = 0; q < 4; q++)
          run.conv1_map[((channel + c) * 28 + 2 * wy + q / 2) * 28 + 2 * wx + q % 2] =
              relu(sum[c][q]);
    }
  }
}

// Layer 2. A thread computes one window of four output channels: 16 sums. 392 of the 512 threads
// work.
template <int K, bool MAXIMUM> static __device__ void layer2(Shared<K> *s, const Run &run) {
  typedef Size<K> Z;
  int channel = threadIdx.x / WINDOWS2 * 4, window = threadIdx.x % WINDOWS2;
  int wy = window / 7, wx = window % 7;
  const float *x = s->maps1 + 2 * wy * Z::ROW + 2 * wx;
  float sum[4][4];

  if (channel >= INK_CHANNELS2)
    return;
  start_sums(sum, run.parameters + Z::CONV2_BIAS + channel);
#pragma unroll 1
  for (int in = 0; in < INK_CHANNELS1; in++)
#pragma unroll Z::UNROLLED_ROWS
    for (int row = 0; row < K; row++)
      add_taps<K, Z::ROW, 32>(sum, x + in * Z::MAP + row * Z::ROW,
                              run.conv2_forward + (in * K + row) * K * 32 + channel);
#pragma unroll
  for (int c = 0; c < 4; c++) {
    Pooled p = pool<MAXIMUM>(sum[c]);

    s->features[(channel + c) * WINDOWS2 + window] = p.value;
    s->reach2[(channel + c) * WINDOWS2 + window] = p.reach;
    if (run.pool2_map)
      run.pool2_map[(channel + c) * WINDOWS2 + window] = p.value;
    if (run.conv2_map)
      for (int q = 0; q < 4; q++)
        run.conv2_map[((channel + c) * 14 + 2 * wy + q / 2) * 14 + 2 * wx + q % 2] =
            relu(sum[c][q]);
  }
}

static __device__ __forceinline__ float warp_sum(float x) {
#pragma unroll
  for (int i = 16; i; i /= 2)
    x += __shfl_xor_sync(~0u, x, i);
  return x;
}

static __device__ __forceinline__ float warp_max(float x) {
#pragma unroll
  for (int i = 16; i; i /= 2) {
    float y = __shfl_xor_sync(~0u, x, i);

    x = y > x || y != y ? y : x;
  }
  return x;
}

// A warp a class.
template <int K> static __device__ void linear(Shared<K> *s, const Run &run) {
  const float *weights = run.parameters + Size<K>::LINEAR_WEIGHT;
  const float *bias = weights + run.classes * INK_FEATURES;
  int lane = threadIdx.x % 32;

  for (int o = threadIdx.x / 32; o < run.classes; o += WARPS) {
    const float *w = weights + o * INK_FEATURES + lane;
    float sum = 0;

    // Many of a lane's weights are on their way at once: they come from the L2 cache, since the
    // last step changed them.
#pragma unroll 25
    for (int i = 0; i < INK_FEATURES / 32; i++)
      sum += w[i * 32] * s->features[i * 32 + lane];
    sum = warp_sum(sum);
    if (lane == 0)
      s->logits[o] = sum + bias[o];
  }
}

// By the first warp, a lane for classes c and c + 32. slot: where the sample's results go. scale:
// what the gradient of its loss is multiplied by, 1 / batch.
template <int K>
static __device__ void softmax(Shared<K> *s, const Run &run, int label, int slot, float scale) {
  int lane = threadIdx.x, classes = run.classes;
  float minus_infinity = -__int_as_float(0x7f800000);
  float a, b, most, ea, eb, sum;
  unsigned equal;
  int best;

  if (threadIdx.x >= 32)
    return;
  a = lane < classes ? s->logits[lane] : minus_infinity;
  b = lane + 32 < classes ? s->logits[lane + 32] : minus_infinity;
  most = warp_max(b > a || b != b ? b : a);
  // NaN equals nothing: then the answer is class 0, and the loss says what happened.
  equal = __ballot_sync(~0u, a == most);
  best = equal ? __ffs(equal) - 1 : 0;
  if (!equal && (equal = __ballot_sync(~0u, b == most)))
    best = 31 + __ffs(equal);
  ea = lane < classes ? expf(a - most) : 0;
  eb = lane + 32 < classes ? expf(b - most) : 0;
  sum = warp_sum(ea + eb);
  for (int i = 0; i < 2; i++) {
    int c = lane + 32 * i;
    float probability = (i ? eb : ea) / sum;

    if (c >= classes)
      continue;
    s->dlogits[c] = (probability - (c == label)) * scale;
    if (run.probabilities)
      run.probabilities[(size_t)slot * classes + c] = probability;
    if (run.logits)
      run.logits[(size_t)slot * classes + c] = i ? b : a;
  }
  if (lane == 0) {
    run.sample_loss[slot] = logf(sum) + most - s->logits[label];
    if (run.predicted)
      run.predicted[slot] = best;
    if (run.probability)
      run.probability[slot] = expf(s->logits[best] - most) / sum;
  }
}

// Leaves the block at a barrier: what softmax() wrote can be read.
template <int K, bool MAXIMUM>
static __device__ void forward(Shared<K> *s, const Run &run, uint32_t sample, int slot,
                               float scale) {
  load_image(s, run.images + (size_t)sample * INK_PIXELS);
  __syncthreads();
  layer1<K, MAXIMUM>(s, run);
  __syncthreads();
  layer2<K, MAXIMUM>(s, run);
  __syncthreads();
  linear(s, run);
  __syncthreads();
  softmax(s, run, run.labels ? run.labels[sample] : 0, slot, scale);
  __syncthreads();
}

} // namespace ink
