// backward: the gradients of one sample, by the threads of one block. Under max-pooling a window's
// gradient reaches one position in four, and ReLU makes many zero: weight gradients skip both. The
// data gradient of layer 2 does not: where it would skip differs from lane to lane, so that a warp
// would wait for its busiest lane longer than for all zeros.
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
      int i = j * THREADS + thread_index();

      if (i < INK_FEATURES)
        sum[j] += s->dlogits[o] * weights[o * INK_FEATURES + i];
    }
#pragma unroll
  for (int j = 0; j < 4; j++) {
    int i = j * THREADS + thread_index();

    if (i < INK_FEATURES) {
      s->features_gradient[i] = s->reach2[i] ? (MAXIMUM ? sum[j] : sum[j] * 0.25f) : 0;
      run.features[(size_t)slot * INK_FEATURES + i] = s->features[i];
    }
  }
  for (int o = thread_index(); o < run.classes; o += THREADS)
    run.dlogits[(size_t)slot * run.classes + o] = s->dlogits[o];
}

// Each output channel's windows that contribute, in order, by one warp.
template <int K, bool MAXIMUM> static __device__ void list_contributions(Shared<K> *s) {
  typedef Size<K> Z;
  int lane = thread_index() % 32;

  for (int out = thread_index() / 32; out < INK_CHANNELS2; out += WARPS) {
    int count = 0;

    for (int first = 0; first < WINDOWS2; first += 32) {
      int window = first + lane, i = out * WINDOWS2 + window;
      float g = window < WINDOWS2 ? s->features_gradient[i] : 0;
      unsigned contributing = __ballot_sync(~0u, g != 0);

      if (g != 0) {
        int reach = s->reach2[i], q = MAXIMUM ? __ffs(reach) - 1 : 0;
        int to = count + __popc(contributing & ((1u << lane) - 1));

        s->contributions[out][to].g = g;
        s->contributions[out][to].where =
            place<Z::PAIR, Z::ROW>(window / 7 * 2 + q / 2, window % 7 * 2 + q % 2) |
            (MAXIMUM ? q / 2 : reach) << 16;
      }
      count += __popc(contributing);
    }
    if (lane == 0)
      s->contribution_count[out] = count;
  }
}

// Adds g times the K × K inputs from x on, which is in a row of that parity.
template <int K, int PAIR, int ROW>
static __device__ __forceinline__ void add_patch(float sum[K * K], float g, const float *x,
                                                 int parity) {
  const float *next = x + (parity ? PAIR - ROW : ROW);

#pragma unroll
  for (int row = 0; row < K; row++) {
    const float *from = (row % 2 ? next : x) + row / 2 * PAIR;

#pragma unroll
    for (int column = 0; column < K; column++)
      sum[row * K + column] += g * from[column];
  }
}

// A thread a pair of channels, its K² sums in registers; the sixteen lanes with one output channel
// read sixteen banks. first: the chunk's first sample sets the partial sum, later ones add to it.
template <int K, bool MAXIMUM>
static __device__ void conv2_weight_gradient(Shared<K> *s, float *partial, bool first) {
  typedef Size<K> Z;
  int out = thread_index() / 16, in = thread_index() % 16, count = s->contribution_count[out];
  const float *map = s->maps1 + in * Z::MAP;
  float sum[Z::TAPS] = {}, bias = 0;
  float *weight = partial + Z::CONV2_WEIGHT + thread_index();

#pragma unroll 1
  for (int i = 0; i < count; i++) {
    Contribution c = s->contributions[out][i];
    const float *x = map + (c.where & 0xffff);

    if (MAXIMUM) {
      bias += c.g;
      add_patch<K, Z::PAIR, Z::ROW>(sum, c.g, x, c.where >> 16);
    } else {
      for (int reach = c.where >> 16; reach; reach &= reach - 1) {
        int q = __ffs(reach) - 1;

        bias += c.g;
        add_patch<K, Z::PAIR, Z::ROW>(sum, c.g, x + place<Z::PAIR, Z::ROW>(q / 2, q % 2), q / 2);
      }
    }
  }
#pragma unroll
  for (int t = 0; t < Z::TAPS; t++)
    weight[t * 512] = first ? sum[t] : weight[t * 512] + sum[t];
  if (in == 0) {
    float *to = partial + Z::CONV2_BIAS + out;

    *to = first ? bias : *to + bias;
  }
}

// Sixteen channels of the gradient before layer 2's pooling and ReLU, into layer 1's maps, which
// are of no more use: their padding is right for it as well.
template <int K> static __device__ void unpool(Shared<K> *s, int first) {
  typedef Size<K> Z;

  for (int i = thread_index(); i < 16 * WINDOWS2; i += THREADS) {
    int window = i % WINDOWS2, from = first * WINDOWS2 + i;
    float g = s->features_gradient[from];
    float *map = s->maps1 + i / WINDOWS2 * Z::MAP;

#pragma unroll
    for (int q = 0; q < 4; q++)
      map[place<Z::PAIR, Z::ROW>(window / 7 * 2 + q / 2 + Z::PAD,
                                 window % 7 * 2 + q % 2 + Z::PAD)] =
          (s->reach2[from] >> q & 1) ? g : 0;
  }
}

// The two parts of the sums at layer 1's windows, the second's through shared memory to the first's
// threads.
template <int K, bool MAXIMUM>
static __device__ __forceinline__ void merge_gradient(Shared<K> *s, const float sum[4][4]) {
  Share at = my_share();
  int part = at.unit / (4 * WINDOWS2), map = at.unit / WINDOWS2 % 4 * 4 + at.channel;
  int window = at.unit % WINDOWS2;
  int first = map * WINDOWS1 + (window / 7 * 2 + at.q / 2) * 14 + window % 7 * 2 + at.q % 2;

  if (part == 1)
#pragma unroll
    for (int i = 0; i < 16; i++)
      if (i == 0 || at.whole)
        s->maps1_gradient[first + i / 4 * WINDOWS1 + i % 4 / 2 * 14 + i % 2] = sum[i / 4][i % 4];
  __syncthreads();
  if (part == 0)
#pragma unroll
    for (int i = 0; i < 16; i++) {
      int to = first + i / 4 * WINDOWS1 + i % 4 / 2 * 14 + i % 2;
      float g = sum[i / 4][i % 4] + s->maps1_gradient[to];

      s->maps1_gradient[to] = s->reach1[to] ? (MAXIMUM ? g : g * 0.25f) : 0;
    }
}

// The gradient at layer 1's windows: the convolution with the taps in reverse, sixteen output
// channels at a time. Two threads share a window of four input channels, each summing half of the
// output channels.
template <int K, bool MAXIMUM>
static __device__ void conv2_data_gradient(Shared<K> *s, const Run &run) {
  typedef Size<K> Z;
  float sum[4][4] = {};

#pragma unroll 1
  for (int out = 0; out < INK_CHANNELS2; out += 16) {
    unpool(s, out);
    __syncthreads();
    Share at = my_share();
    int part = at.unit / (4 * WINDOWS2), channel = at.unit / WINDOWS2 % 4 * 4;

    convolve<K, 16>(sum, at, at.unit % WINDOWS2, s->maps1 + part * 8 * Z::MAP, 8,
                    run.conv2_backward + (out + part * 8) * Z::TAPS * 16 + channel);
    __syncthreads();
  }
  merge_gradient<K, MAXIMUM>(s, sum);
}

// A warp a channel, its lanes sharing the windows, whose sums are then added.
template <int K>
static __device__ void conv1_weight_gradient(Shared<K> *s, float *partial, bool first) {
  typedef Size<K> Z;
  int channel = thread_index() / 32, lane = thread_index() % 32;
  float sum[Z::TAPS] = {}, bias = 0, mine = 0;

#pragma unroll 1
  for (int window = lane; window < WINDOWS1; window += 32) {
    float g = s->maps1_gradient[channel * WINDOWS1 + window];

    if (g == 0)
      continue;
    for (int reach = s->reach1[channel * WINDOWS1 + window]; reach; reach &= reach - 1) {
      int q = __ffs(reach) - 1;

      bias += g;
      add_patch<K, Z::IMAGE_PAIR, Z::IMAGE_ROW>(
          sum, g,
          s->image +
              place<Z::IMAGE_PAIR, Z::IMAGE_ROW>(window / 14 * 2 + q / 2, window % 14 * 2 + q % 2),
          q / 2);
    }
  }
#pragma unroll
  for (int t = 0; t < Z::TAPS; t++) {
    float all = warp_sum(sum[t]);

    mine = lane == t ? all : mine;
  }
  bias = warp_sum(bias);
  if (lane < Z::TAPS) {
    float *to = partial + Z::CONV1_WEIGHT + channel * Z::TAPS + lane;

    *to = first ? mine : *to + mine;
  } else if (lane == 31) {
    float *to = partial + Z::CONV1_BIAS + channel;

    *to = first ? bias : *to + bias;
  }
}

template <int K> static __device__ __forceinline__ float *partial_of(const Run &run, int chunk) {
  return run.partial + (size_t)chunk * Size<K>::LINEAR_WEIGHT;
}

// The gradients of one sample into its chunk's partial sum. Ends at a barrier.
template <int K, bool MAXIMUM>
static __device__ void backward(Shared<K> *s, const Run &run, int slot, int chunk, bool first) {
  linear_backward<K, MAXIMUM>(s, run, slot);
  __syncthreads();
  list_contributions<K, MAXIMUM>(s);
  __syncthreads();
  conv2_weight_gradient<K, MAXIMUM>(s, partial_of<K>(run, chunk), first);
  __syncthreads();
  conv2_data_gradient<K, MAXIMUM>(s, run);
  __syncthreads();
  conv1_weight_gradient(s, partial_of<K>(run, chunk), first);
  __syncthreads();
}

} // namespace ink
