// backward: the gradients of one sample, by the threads of one block. Under max-pooling a window's
// gradient reaches one position in four: weight gradients skip the others. The data gradient of
// layer 2 does not: where it would skip differs from lane to lane, so that a warp would wait for
// its busiest lane longer than for all zeros.
#pragma once

#include "kernels/cuda/forward.cuh"

namespace ink {

static __device__ __forceinline__ void load_four(float x[4], const float *from) {
  float4 four = *reinterpret_cast<const float4 *>(from);

  x[0] = four.x, x[1] = four.y, x[2] = four.z, x[3] = four.w;
}

static __device__ __forceinline__ void store_four(float *to, const float x[4]) {
  float4 four = {x[0], x[1], x[2], x[3]};

  *reinterpret_cast<float4 *>(to) = four;
}

// Of the linear layer only what the reduction needs leaves the block: features and dlogits, since
// its weight gradient is their outer product summed over the batch. Then the gradient at each
// window of layer 2; average pooling hands a quarter to each position. A thread has four features;
// what other threads there are clear the maps of gradients for the next phase.
template <int K, bool MAXIMUM>
static __device__ void linear_backward(Shared<K> *s, const Run &run, int slot) {
  const int units = INK_FEATURES / 4;
  int first = 4 * thread_index();

  if (thread_index() < units) {
    const float *weights = run.parameters + Size<K>::LINEAR_WEIGHT + first;
    float sum[4] = {}, x[4];

    // Five loads on their way at once.
#pragma unroll 5
    for (int o = 0; o < run.classes; o++) {
      float w[4];

      load_four(w, weights + o * INK_FEATURES);
#pragma unroll
      for (int j = 0; j < 4; j++)
        sum[j] += s->dlogits[o] * w[j];
    }
    load_four(x, s->features + first);
    store_four(run.features + (size_t)slot * INK_FEATURES + first, x);
#pragma unroll
    for (int j = 0; j < 4; j++) {
      int map = (first + j) / WINDOWS2, window = (first + j) % WINDOWS2;

      x[j] = s->reach2[map * REACH2_ROW + window] ? (MAXIMUM ? sum[j] : sum[j] * 0.25f) : 0;
    }
    store_four(s->features + first, x);
  } else {
    const float zeros[4] = {};

    for (unsigned i = first - 4 * units; i < sizeof s->maps2_gradient / sizeof(float);
         i += 4 * (THREADS - units))
      store_four(s->maps2_gradient + i, zeros);
  }
  for (int o = thread_index(); o < run.classes; o += THREADS)
    run.dlogits[(size_t)slot * run.classes + o] = s->dlogits[o];
}

// Where in its window a position is, given as one bit; none is like the first.
static __device__ __forceinline__ int row_of(int bit) {
  return bit > 2;
}
static __device__ __forceinline__ int column_of(int bit) {
  return (bit & 10) != 0;
}

// Adds g times ROWS × COLUMNS inputs from x on, which is in a row of that parity.
template <int ROWS, int COLUMNS, int PAIR, int ROW>
static __device__ __forceinline__ void add_patch(float *sum, float g, const float *x, int parity) {
  const float *next = x + (parity ? PAIR - ROW : ROW);

#pragma unroll
  for (int row = 0; row < ROWS; row++) {
    const float *from = (row % 2 ? next : x) + row / 2 * PAIR;

#pragma unroll
    for (int column = 0; column < COLUMNS; column++)
      sum[row * COLUMNS + column] += g * from[column];
  }
}

// A thread's share of conv2's weight gradient: some input channels of an output channel, over a
// part of the windows. A lane an output channel: a warp is at one window at a time, in which its
// lanes read at most four values at once, on different banks.
template <int K> struct WeightShare {
  typedef Size<K> Z;
  enum { PARTS = Z::PARTS, INPUTS = PARTS, GROUPS = 16 / INPUTS, UNROLLED = K == 3 ? 7 : 1 };

  float sum[INPUTS][Z::TAPS] = {}, bias = 0;

  static __device__ __forceinline__ int out() {
    return thread_index() % 32;
  }
  static __device__ __forceinline__ int first_input() {
    return thread_index() / 32 % GROUPS * INPUTS;
  }
  static __device__ __forceinline__ int part() {
    return thread_index() / 32 / GROUPS;
  }

  __device__ __forceinline__ void add_position(const float *x, int bit, float g) {
    int row = row_of(bit), column = column_of(bit);

    bias += g;
#pragma unroll
    for (int in = 0; in < INPUTS; in++)
      add_patch<K, K, Z::PAIR, Z::ROW>(sum[in], g,
                                       x + in * Z::MAP + place<Z::PAIR, Z::ROW>(row, column), row);
  }

  // One of the pieces into which the part's rows of windows are divided.
  template <bool MAXIMUM>
  __device__ __forceinline__ void add_piece(const Shared<K> *s, int piece, int pieces) {
    int i = part() * pieces + piece, count = PARTS * pieces;

#pragma unroll 1
    for (int row = i * 7 / count; row < (i + 1) * 7 / count; row++) {
      const float *g = s->features + out() * WINDOWS2 + row * 7;
      const uint8_t *reach = s->reach2 + out() * REACH2_ROW + row * 7;
      const float *x = s->maps1 + first_input() * Z::MAP + row * Z::PAIR;

#pragma unroll UNROLLED
      for (int column = 0; column < 7; column++)
        if (MAXIMUM)
          add_position(x + 2 * column, reach[column], g[column]);
        else
          for (int left = reach[column]; left; left &= left - 1)
            add_position(x + 2 * column, left & -left, g[column]);
    }
  }

  __device__ __forceinline__ void give(PartSums<K> *to) const {
#pragma unroll
    for (int in = 0; in < INPUTS; in++)
#pragma unroll
      for (int t = 0; t < Z::TAPS; t++)
        to->weight[t][first_input() + in][out()] = sum[in][t];
    if (first_input() == 0)
      to->bias[out()] = bias;
  }

  // With what the other part gave, into the chunk's sum, which its first sample sets.
  __device__ __forceinline__ void keep(const PartSums<K> *given, float *partial, bool first) const {
#pragma unroll
    for (int in = 0; in < INPUTS; in++)
#pragma unroll
      for (int t = 0; t < Z::TAPS; t++) {
        int channel = first_input() + in;
        float *to = partial + Z::CONV2_WEIGHT + (t * 16 + channel) * 32 + out();
        float all = PARTS > 1 ? sum[in][t] + given->weight[t][channel][out()] : sum[in][t];

        *to = first ? all : *to + all;
      }
    if (first_input() == 0) {
      float *to = partial + Z::CONV2_BIAS + out();
      float all = PARTS > 1 ? bias + given->bias[out()] : bias;

      *to = first ? all : *to + all;
    }
  }
};

// Some output channels' gradient before layer 2's pooling and ReLU.
template <int K> static __device__ void unpool(Shared<K> *s, int first) {
  typedef Size<K> Z;

#pragma unroll 1
  for (int i = thread_index(); i < Z::AT_A_TIME * WINDOWS2; i += THREADS) {
    int map = i / WINDOWS2, window = i % WINDOWS2;
    int reach = s->reach2[(first + map) * REACH2_ROW + window];
    float g = s->features[first * WINDOWS2 + i];

#pragma unroll
    for (int q = 0; q < 4; q++)
      s->maps2_gradient[map * Z::MAP + place<Z::PAIR, Z::ROW>(window / 7 * 2 + q / 2 + Z::PAD,
                                                              window % 7 * 2 + q % 2 + Z::PAD)] =
          (reach >> q & 1) ? g : 0;
  }
}

// Adds to a thread's share of the gradient at layer 1's windows what comes from the output channels
// from first on, whose maps are there: the convolution with the taps in reverse. Two threads share
// a window of four input channels, each summing half of the output channels.
template <int K>
static __device__ __forceinline__ void add_data_gradient(float sum[4][4], const Shared<K> *s,
                                                         const Run &run, int first) {
  typedef Size<K> Z;
  const int half = Z::AT_A_TIME / 2;
  Share at = my_share();
  int part = at.unit / (4 * WINDOWS2), channel = at.unit / WINDOWS2 % 4 * 4;

  convolve<K, 16>(sum, at, at.unit % WINDOWS2, s->maps2_gradient + part * half * Z::MAP, half,
                  run.conv2_backward + (first + part * half) * Z::TAPS * 16 + channel);
}

// The two parts of the sums at layer 1's windows into its maps, the second's first.
template <int K, bool MAXIMUM>
static __device__ __forceinline__ void merge_gradient(Shared<K> *s, const float sum[4][4],
                                                      int part) {
  typedef Size<K> Z;
  Share at = my_share();
  int map = at.unit / WINDOWS2 % 4 * 4 + at.channel, window = at.unit % WINDOWS2;
  int row = window / 7 * 2 + at.q / 2, column = window % 7 * 2 + at.q % 2;

  if (at.unit / (4 * WINDOWS2) != part)
    return;
#pragma unroll
  for (int i = 0; i < 16; i++)
    if (i == 0 || at.whole) {
      int y = row + i % 4 / 2, x = column + i % 2;
      float *to =
          s->maps1 + (map + i / 4) * Z::MAP + place<Z::PAIR, Z::ROW>(y + Z::PAD, x + Z::PAD);
      float g = sum[i / 4][i % 4];

      if (part == 0) {
        g += *to;
        g = s->reach1[(map + i / 4) * WINDOWS1 + y * 14 + x] ? (MAXIMUM ? g : g * 0.25f) : 0;
      }
      *to = g;
    }
}

// Both gradients of conv2. One waits for shared memory, the other for the multipliers: half of the
// warps begin with one, half with the other.
template <int K, bool MAXIMUM>
static __device__ void conv2_gradients(Shared<K> *s, const Run &run, float *partial, bool first) {
  const int at_a_time = Size<K>::AT_A_TIME, pieces = INK_CHANNELS2 / at_a_time;
  WeightShare<K> weight;
  float data[4][4] = {};

#pragma unroll 1
  for (int piece = 0; piece < pieces; piece++) {
    unpool(s, piece * at_a_time);
    __syncthreads();
#pragma unroll 1
    for (int turn = 0; turn < 2; turn++)
      if (turn == thread_index() / 128 % 2)
        weight.template add_piece<MAXIMUM>(s, piece, pieces);
      else
        add_data_gradient(data, s, run, piece * at_a_time);
    __syncthreads();
  }
  if constexpr (WeightShare<K>::PARTS > 1)
    if (weight.part() == 1)
      weight.give(&s->conv2);
  merge_gradient<K, MAXIMUM>(s, data, 1);
  __syncthreads();
  if (weight.part() == 0)
    weight.keep(&s->conv2, partial, first);
  merge_gradient<K, MAXIMUM>(s, data, 0);
}

// A thread's share of conv1's weight gradient: TAP_ROWS rows of a channel's taps, over half of the
// windows of some rows. A lane a channel and a half: a warp is at two windows at a time, in which
// its lanes read at most eight values at once, with kernel 3 on different banks.
template <int K, bool MAXIMUM>
static __device__ __forceinline__ void conv1_share(const Shared<K> *s, int tap_row, int first_row,
                                                   float *sum, float *bias) {
  typedef Size<K> Z;
  int channel = thread_index() % 16, half = thread_index() % 32 / 16;

#pragma unroll 1
  for (int y = first_row; y < 14; y += Z::WINDOW_GROUPS) {
    const float *g =
        s->maps1 + channel * Z::MAP + place<Z::PAIR, Z::ROW>(y + Z::PAD, Z::PAD) + half * 7;
    const uint8_t *reach = s->reach1 + channel * WINDOWS1 + y * 14 + half * 7;
    const float *x = s->image + y * Z::IMAGE_PAIR + half * 14;

#pragma unroll
    for (int column = 0; column < 7; column++) {
      int left = reach[column];

      do {
        int bit = MAXIMUM ? left : left & -left, row = tap_row + row_of(bit);

        add_patch<Z::TAP_ROWS, K, Z::IMAGE_PAIR, Z::IMAGE_ROW>(
            sum, g[column],
            x + 2 * column + place<Z::IMAGE_PAIR, Z::IMAGE_ROW>(row, column_of(bit)), row % 2);
        *bias += g[column];
        left &= left - 1;
      } while (!MAXIMUM && left);
    }
  }
}

template <int K, bool MAXIMUM>
static __device__ void conv1_weight_gradient(Shared<K> *s, float *partial, bool first) {
  typedef Size<K> Z;
  int warp = thread_index() / 32, group = warp % Z::WINDOW_GROUPS;
  int tap_row = warp / Z::WINDOW_GROUPS * Z::TAP_ROWS;
  int channel = thread_index() % 16, half = thread_index() % 32 / 16;
  float sum[Z::TAP_ROWS * K] = {}, bias = 0;

  // With kernel 5 the last warp is left over.
  if (tap_row < K) {
    conv1_share<K, MAXIMUM>(s, tap_row, group, sum, &bias);
#pragma unroll
    for (int t = 0; t < Z::TAP_ROWS * K; t++) {
      float both = sum[t] + __shfl_xor_sync(~0u, sum[t], 16);

      if (half == 0)
        s->conv1.sum[group][Z::CONV1_WEIGHT + channel * Z::TAPS + tap_row * K + t] = both;
    }
    bias += __shfl_xor_sync(~0u, bias, 16);
    if (half == 0 && tap_row == 0)
      s->conv1.sum[group][Z::CONV1_BIAS + channel] = bias;
  }
  __syncthreads();
  for (int i = thread_index(); i < Z::CONV2_WEIGHT; i += THREADS) {
    float all = 0;

#pragma unroll
    for (int g = 0; g < Z::WINDOW_GROUPS; g++)
      all += s->conv1.sum[g][i];
    partial[i] = first ? all : partial[i] + all;
  }
}

// The gradients of one sample into its chunk's partial sum. Ends at a barrier.
template <int K, bool MAXIMUM>
static __device__ void backward(Shared<K> *s, const Run &run, int slot, int chunk, bool first) {
  float *partial = run.partial + (size_t)chunk * Size<K>::LINEAR_WEIGHT;

  linear_backward<K, MAXIMUM>(s, run, slot);
  __syncthreads();
  conv2_gradients<K, MAXIMUM>(s, run, partial, first);
  __syncthreads();
  conv1_weight_gradient<K, MAXIMUM>(s, partial, first);
  __syncthreads();
}

} // namespace ink
