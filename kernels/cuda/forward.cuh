// forward: one sample from its image to the class probabilities, by the threads of one block.
// Everything between is in shared memory; convolution, ReLU and pooling are one pass.
#pragma once

#include "kernels/cuda/convolve.cuh"

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
  for (unsigned i = thread_index(); i < sizeof s->image / sizeof *s->image; i += THREADS)
    s->image[i] = 0;
  for (unsigned i = thread_index(); i < sizeof s->maps1 / sizeof *s->maps1; i += THREADS)
    s->maps1[i] = 0;
}

// A thread's part of a sample on its way from memory: four of its 784 pixels, or its label. To be
// fetched well before it is needed.
struct Fetched {
  uint32_t pixels;
  int label;
};

static __device__ __forceinline__ Fetched fetch(const Run &run, uint32_t sample) {
  const uint8_t *image = run.images + (size_t)sample * INK_PIXELS;
  Fetched f = {0, 0};

  if (thread_index() < INK_PIXELS / 4)
    f.pixels = reinterpret_cast<const uint32_t *>(image)[thread_index()];
  if (thread_index() == THREADS - 1 && run.labels)
    f.label = run.labels[sample];
  return f;
}

// Four pixels never straddle a row.
template <int K> static __device__ void place_sample(Shared<K> *s, Fetched f) {
  typedef Size<K> Z;

  if (thread_index() < INK_PIXELS / 4) {
    int y = thread_index() / 7, x = thread_index() % 7 * 4;
    float *to = s->image + place<Z::IMAGE_PAIR, Z::IMAGE_ROW>(y + Z::PAD, x + Z::PAD);

#pragma unroll
    for (int i = 0; i < 4; i++)
      to[i] = (f.pixels >> 8 * i & 255) * (1 / 255.0f);
  }
  if (thread_index() == THREADS - 1)
    s->label = f.label;
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
  for (int unit = thread_index(); unit < 4 * WINDOWS1; unit += THREADS) {
    int channel = unit / WINDOWS1 * 4, window = unit % WINDOWS1, wy = window / 14, wx = window % 14;
    const float *x = s->image + place<Z::IMAGE_PAIR, Z::IMAGE_ROW>(2 * wy, 2 * wx);
    float sum[4][4];

    start_sums(sum, run.parameters + Z::CONV1_BIAS + channel);
    add_map<K, Z::IMAGE_PAIR, Z::IMAGE_ROW, 16>(sum, x, run.conv1_taps + channel);
#pragma unroll
    for (int c = 0; c < 4; c++) {
      Pooled p = pool<MAXIMUM>(sum[c]);

      s->maps1[(channel + c) * Z::MAP + place<Z::PAIR, Z::ROW>(wy + Z::PAD, wx + Z::PAD)] = p.value;
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

template <int K>
static __device__ __forceinline__ void keep_pooled(Shared<K> *s, Pooled p, int map, int window,
                                                   float *pool2_map) {
  s->features[map * WINDOWS2 + window] = p.value;
  s->reach2[map * REACH2_ROW + window] = p.reach;
  if (pool2_map)
    pool2_map[map * WINDOWS2 + window] = p.value;
}

// The four sums of a window, of which each of four neighbouring lanes has one.
static __device__ __forceinline__ void gather_window(float x[4], float mine) {
  int first = thread_index() % 32 / 4 * 4;

#pragma unroll
  for (int q = 0; q < 4; q++)
    x[q] = __shfl_sync(~0u, mine, first + q);
}

// Pools a thread's sums of layer 2.
template <int K, bool MAXIMUM>
static __device__ __forceinline__ void pool_layer2(Shared<K> *s, const Run &run,
                                                   const float sum[4][4]) {
  Share at = my_share();
  int map = at.unit / WINDOWS2 * 4 + at.channel, window = at.unit % WINDOWS2;
  int wy = window / 7, wx = window % 7;

  if (!at.whole) {
    float x[4];

    gather_window(x, sum[0][0]);
    if (at.q == 0)
      keep_pooled(s, pool<MAXIMUM>(x), map, window, run.pool2_map);
    if (run.conv2_map)
      run.conv2_map[(map * 14 + 2 * wy + at.q / 2) * 14 + 2 * wx + at.q % 2] = relu(sum[0][0]);
    return;
  }
#pragma unroll
  for (int c = 0; c < 4; c++, map++) {
    keep_pooled(s, pool<MAXIMUM>(sum[c]), map, window, run.pool2_map);
    if (run.conv2_map)
      for (int q = 0; q < 4; q++)
        run.conv2_map[(map * 14 + 2 * wy + q / 2) * 14 + 2 * wx + q % 2] = relu(sum[c][q]);
  }
}

template <int K, bool MAXIMUM> static __device__ void layer2(Shared<K> *s, const Run &run) {
  typedef Size<K> Z;
  Share at = my_share();
  int channel = at.unit / WINDOWS2 * 4;
  const float *bias = run.parameters + Z::CONV2_BIAS + channel + at.channel;
  float sum[4][4];

  if (at.whole)
    start_sums(sum, bias);
  else
    sum[0][0] = *bias;
  convolve<K>(sum, at, at.unit % WINDOWS2, s->maps1, run.conv2_forward + channel);
  pool_layer2<K, MAXIMUM>(s, run, sum);
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
  int lane = thread_index() % 32;

  for (int o = thread_index() / 32; o < run.classes; o += WARPS) {
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
static __device__ void softmax(Shared<K> *s, const Run &run, int slot, float scale) {
  int lane = thread_index(), classes = run.classes;
  float minus_infinity = -__int_as_float(0x7f800000);
  float a, b, most, ea, eb, sum;
  unsigned equal;
  int best, label;

  if (thread_index() >= 32)
    return;
  label = s->label;
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
    if (run.correct && best == label)
      atomicAdd(run.correct, 1ull);
    if (run.probability)
      run.probability[slot] = expf(s->logits[best] - most) / sum;
  }
}

// Weights that are needed soon, brought nearer by threads [from, from + threads) while others
// compute: the last step changed them, so that they come from the L2 cache.
static __device__ __forceinline__ void touch_soon(const float *weights, int count, int from,
                                                  int threads) {
  const int line = 32; // floats
  int mine = thread_index() - from;

  if (mine >= 0 && mine < threads)
#pragma unroll 1
    for (int i = mine * line; i < count; i += threads * line)
      touch(weights + i);
}

// Leaves the block at a barrier: what softmax() wrote can be read.
template <int K, bool MAXIMUM>
static __device__ void forward(Shared<K> *s, const Run &run, Fetched sample, int slot,
                               float scale) {
  const int conv2 = 32 * 16 * Size<K>::TAPS;

  place_sample(s, sample);
  touch_soon(run.conv2_forward, conv2, 256, 256);
  __syncthreads();
  layer1<K, MAXIMUM>(s, run);
  __syncthreads();
  layer2<K, MAXIMUM>(s, run);
  touch_soon(run.parameters + Size<K>::LINEAR_WEIGHT, run.classes * INK_FEATURES, WHOLE_UNITS,
             THREADS - WHOLE_UNITS);
  __syncthreads();
  linear(s, run);
  __syncthreads();
  softmax(s, run, slot, scale);
  touch_soon(run.conv2_backward, conv2, 256, 256);
  __syncthreads();
}

} // namespace ink
