// backward: the gradients of one sample, by the threads of one block. Under max-pooling a window's
// gradient reaches one position in four, and ReLU makes many zero: both are skipped.
#pragma once

#include "kernels/cuda/forward.cuh"

namespace ink {

// Of the linear layer only what the reduction needs leaves the block: features and dlogits, since
// its weight gradient is their outer product summed over the batch. Then the gradient at each
// window of layer 2; average pooling hands a quarter to each position.
template <int K, bool MAXIMUM>
static __device__ void linear_backward(Shared<K> *s, const Run &run, int slot) {
  const float *weights = run.parameters + Size<K>::LINEAR_WEIGHT;

  // Four inputs a thread and two classes at a time: eight weights on their way at once, since they
  // come from the L2 cache; more spill.
  float sum[4] = {};

#pragma unroll 2
  for (int o = 0; o < run.classes; o++)
#pragma unroll
    for (int j = 0; j < 4; j++) {
      int i = j * THREADS + threadIdx.x;

      if (i < INK_FEATURES)
        sum[j] += s->dlogits[o] * weights[o * INK_FEATURES + i];
    }
#pragma unroll
  for (int j = 0; j < 4; j++) {
    int i = j * THREADS + threadIdx.x;

    if (i < INK_FEATURES) {
      s->features_gradient[i] = s->reach2[i] ? (MAXIMUM ? sum[j] : sum[j] * 0.25f) : 0;
      run.features[(size_t)slot * INK_FEATURES + i] = s->features[i];
    }
  }
  for (int o = threadIdx.x; o < run.classes; o += THREADS)
    run.dlogits[(size_t)slot * run.classes + o] = s->dlogits[o];
}

// A warp a window, a lane an output channel: who reaches each of the window's four positions.
template <int K> static __device__ void find_contributors(Shared<K> *s) {
  int lane = threadIdx.x % 32;

  for (int window = threadIdx.x / 32; window < WINDOWS2; window += WARPS) {
    int i = lane * WINDOWS2 + window;
    int reach = s->features_gradient[i] == 0 ? 0 : s->reach2[i];

#pragma unroll
    for (int q = 0; q < 4; q++) {
      unsigned channels = __ballot_sync(~0u, reach >> q & 1);

      if (lane == 0)
        s->contributors[(window / 7 * 2 + q / 2) * 14 + window % 7 * 2 + q % 2] = channels;
    }
  }
}

// A thread a pair of channels, its K² taps in registers; the sixteen lanes with one output channel
// read sixteen banks. first: the chunk's first sample sets the partial sum, later ones add to it.
template <int K>
static __device__ void conv2_weight_gradient(Shared<K> *s, float *partial, bool first) {
  typedef Size<K> Z;
  int out = threadIdx.x / 16, in = threadIdx.x % 16;
  float sum[Z::TAPS] = {}, bias = 0;
  float *weight = partial + Z::CONV2_WEIGHT + threadIdx.x * Z::TAPS;

#pragma unroll 1
  for (int window = 0; window < WINDOWS2; window++) {
    float g = s->features_gradient[out * WINDOWS2 + window];

    if (g == 0)
      continue;
    for (int reach = s->reach2[out * WINDOWS2 + window]; reach; reach &= reach - 1) {
      int q = __ffs(reach) - 1;
      const float *x =
          s->maps1 + in * Z::MAP + (window / 7 * 2 + q / 2) * Z::ROW + window % 7 * 2 + q % 2;

      bias += g;
#pragma unroll
      for (int t = 0; t < Z::TAPS; t++)
        sum[t] += g * x[t / K * Z::ROW + t % K];
    }
  }
#pragma unroll
  for (int t = 0; t < Z::TAPS; t++)
    weight[t] = first ? sum[t] : weight[t] + sum[t];
  if (in == 0) {
    float *to = partial + Z::CONV2_BIAS + out;

    *to = first ? bias : *to + bias;
  }
}

// A thread a position and eight input channels; it gathers from the K² positions around it the
// output channels that reach them. Leaves the gradient before layer 1's pooling and ReLU.
template <int K, bool MAXIMUM>
static __device__ void conv2_data_gradient(Shared<K> *s, const Run &run) {
  typedef Size<K> Z;
  int half = threadIdx.x / WINDOWS1, position = threadIdx.x % WINDOWS1;
  int y = position / 14, x = position % 14;
  float sum[8] = {};

  if (half > 1)
    return;
#pragma unroll 1
  for (int t = 0; t < Z::TAPS; t++) {
    int oy = y + Z::PAD - t / K, ox = x + Z::PAD - t % K;
    const float *weights = run.conv2_backward + t * 512 + half * 8;
    unsigned channels;

    if (oy < 0 || oy >= 14 || ox < 0 || ox >= 14)
      continue;
    for (channels = s->contributors[oy * 14 + ox]; channels; channels &= channels - 1) {
      int out = __ffs(channels) - 1;
      float g = s->features_gradient[out * WINDOWS2 + oy / 2 * 7 + ox / 2];
      float4 a = reinterpret_cast<const float4 *>(weights + out * 16)[0];
      float4 b = reinterpret_cast<const float4 *>(weights + out * 16)[1];

      sum[0] += g * a.x;
      sum[1] += g * a.y;
      sum[2] += g * a.z;
      sum[3] += g * a.w;
      sum[4] += g * b.x;
      sum[5] += g * b.y;
      sum[6] += g * b.z;
      sum[7] += g * b.w;
    }
  }
#pragma unroll
  for (int i = 0; i < 8; i++) {
    int at = (half * 8 + i) * WINDOWS1 + position;

    s->maps1_gradient[at] = s->reach1[at] ? (MAXIMUM ? sum[i] : sum[i] * 0.25f) : 0;
  }
}

// A thread a channel, one row of taps and two rows of windows; the seven parts are then added in
// order.
template <int K>
static __device__ void conv1_weight_gradient(Shared<K> *s, float *partial, bool first) {
  typedef Size<K> Z;
  const int units = 7 * 16 * K;

  for (int unit = threadIdx.x; unit < units; unit += THREADS) {
    int part = unit / (16 * K), channel = unit / K % 16, row = unit % K;
    float sum[K] = {};

    for (int window = part * 28; window < part * 28 + 28; window++) {
      float g = s->maps1_gradient[channel * WINDOWS1 + window];

      if (g == 0)
        continue;
      for (int reach = s->reach1[channel * WINDOWS1 + window]; reach; reach &= reach - 1) {
        int q = __ffs(reach) - 1;
        const float *x =
            s->image + (window / 14 * 2 + q / 2 + row) * Z::IMAGE_ROW + window % 14 * 2 + q % 2;

#pragma unroll
        for (int t = 0; t < K; t++)
          sum[t] += g * x[t];
      }
    }
#pragma unroll
    for (int t = 0; t < K; t++)
      s->sums[(part * 16 + channel) * Z::TAPS + row * K + t] = sum[t];
  }
  __syncthreads();
  if (threadIdx.x < 16 * Z::TAPS) {
    float *to = partial + Z::CONV1_WEIGHT + threadIdx.x, sum = 0;

#pragma unroll
    for (int part = 0; part < 7; part++)
      sum += s->sums[part * 16 * Z::TAPS + threadIdx.x];
    *to = first ? sum : *to + sum;
  }
  if (threadIdx.x >= THREADS - 16) {
    int channel = threadIdx.x - (THREADS - 16);
    float *to = partial + Z::CONV1_BIAS + channel, sum = 0;

    for (int window = 0; window < WINDOWS1; window++)
      sum += s->maps1_gradient[channel * WINDOWS1 + window] *
             __popc(s->reach1[channel * WINDOWS1 + window]);
    *to = first ? sum : *to + sum;
  }
}

// The gradients of one sample into its chunk's partial sum. Ends at a barrier.
template <int K, bool MAXIMUM>
static __device__ void backward(Shared<K> *s, const Run &run, int slot, float *partial,
                                bool first) {
  linear_backward<K, MAXIMUM>(s, run, slot);
  __syncthreads();
  find_contributors(s);
  conv2_weight_gradient(s, partial, first);
  __syncthreads();
  conv2_data_gradient<K, MAXIMUM>(s, run);
  __syncthreads();
  conv1_weight_gradient(s, partial, first);
  __syncthreads();
}

} // namespace ink
