// backward: the gradients of one sample, by the threads of one block. Under max-pooling a window's
// gradient reaches one position in four, or none where ReLU gave zero: the others are skipped.
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
// what other threads there are clear the gradient of layer 1 for the next phase.
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

    for (unsigned i = first - 4 * units; i < sizeof s->gradient1 / sizeof(float);
         i += 4 * (THREADS - units))
      store_four(s->gradient1 + i, zeros);
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

// Both gradients of conv2 go through the windows of an output channel. A lane is an input channel
// and a half of the rows that a window sees, so that all lanes of a warp are at one window, and go
// one way where the gradient reaches one of its positions, or none.

static __device__ __forceinline__ int input_channel() {
  return thread_index() % 16;
}
static __device__ __forceinline__ int lower_half() {
  return thread_index() % 32 / 16;
}

// Hands a window's gradient to the positions that it reaches.
template <bool MAXIMUM, class Gradient>
static __device__ __forceinline__ void hand_on(Gradient &to, int index, unsigned reach, float g) {
  if (!MAXIMUM) {
    if (reach & 1)
      to.template add<0, 0>(index, g);
    if (reach & 2)
      to.template add<0, 1>(index, g);
    if (reach & 4)
      to.template add<1, 0>(index, g);
    if (reach & 8)
      to.template add<1, 1>(index, g);
  } else if (reach & 15) {
    if (reach & 12) {
      if (reach & 8)
        to.template add<1, 1>(index, g);
      else
        to.template add<1, 0>(index, g);
    } else {
      if (reach & 2)
        to.template add<0, 1>(index, g);
      else
        to.template add<0, 0>(index, g);
    }
  }
}

// What the gradient reaches in an output channel's row of windows, four bits a window.
template <int K>
static __device__ __forceinline__ unsigned row_reach(const Shared<K> *s, int out, int row) {
  const uint8_t *reach = s->reach2 + out * REACH2_ROW + row * 7;
  unsigned all = 0;

#pragma unroll
  for (int column = 0; column < 7; column++)
    all |= (unsigned)reach[column] << 4 * column;
  return all;
}

// conv2's weight gradient of some output channels, by one warp: a lane has an input channel's upper
// or lower rows of taps. The lower ones end with a row too much, which is dropped: it may see a row
// beyond the map.
template <int K> struct WeightGradient {
  typedef Size<K> Z;
  enum { OUTPUTS = K == 3 ? 4 : 2 };

  float sum[OUTPUTS][Z::HALF][K] = {};
  float x[Z::HALF + 1][K + 1]; // what the lane sees of the map at one window

  template <int ROW, int COLUMN> __device__ __forceinline__ void add(int output, float g) {
#pragma unroll
    for (int i = 0; i < Z::HALF; i++)
#pragma unroll
      for (int j = 0; j < K; j++)
        sum[output][i][j] = multiply_add(g, x[ROW + i][COLUMN + j], sum[output][i][j]);
  }

  // Two columns more, from the first of these rows on and the one after it.
  __device__ __forceinline__ void see(const float *even, const float *odd) {
#pragma unroll
    for (int i = 0; i <= Z::HALF; i++) {
      const float *from = (i % 2 ? odd : even) + i / 2 * Z::PAIR;
      float2 pair = *reinterpret_cast<const float2 *>(from);

#pragma unroll
      for (int j = 0; j < K - 1; j++)
        x[i][j] = x[i][j + 2];
      x[i][K - 1] = pair.x;
      x[i][K] = pair.y;
    }
  }

  template <bool MAXIMUM>
  __device__ __forceinline__ void add_row(const Shared<K> *s, int first, int row,
                                          unsigned reach[OUTPUTS]) {
    int top = 2 * row + lower_half() * Z::HALF;
    const float *even = s->maps1 + input_channel() * Z::MAP + place<Z::PAIR, Z::ROW>(top, 0);
    const float *odd = even + (top % 2 ? Z::PAIR - Z::ROW : Z::ROW);
    const float *g = s->features + first * WINDOWS2 + row * 7;

#pragma unroll
    for (int column = 0; column < K - 1; column += 2)
      see(even + column, odd + column);
#pragma unroll
    for (int column = 0; column < 7; column++) {
      float each[OUTPUTS];

      see(even + 2 * column + K - 1, odd + 2 * column + K - 1);
#pragma unroll
      for (int o = 0; o < OUTPUTS; o++)
        each[o] = by_now(g[o * WINDOWS2 + column]);
#pragma unroll
      for (int o = 0; o < OUTPUTS; o++)
        hand_on<MAXIMUM>(*this, o, reach[o] >> 4 * column, each[o]);
    }
  }

  // Into the chunk's sum, which its first sample sets. A row of taps at a time, whose loads are on
  // their way at once.
  __device__ __forceinline__ void keep(float *partial, int out, bool first) {
#pragma unroll
    for (int i = 0; i < Z::HALF; i++) {
      int row = lower_half() * Z::HALF + i;
      float *to = partial + Z::CONV2_WEIGHT + (out * Z::TAPS + row * K) * 16 + input_channel();

      if (row == K)
        continue;
      if (!first)
#pragma unroll
        for (int o = 0; o < OUTPUTS; o++)
#pragma unroll
          for (int j = 0; j < K; j++)
            sum[o][i][j] += to[(o * Z::TAPS + j) * 16];
#pragma unroll
      for (int o = 0; o < OUTPUTS; o++)
#pragma unroll
        for (int j = 0; j < K; j++)
          to[(o * Z::TAPS + j) * 16] = sum[o][i][j];
    }
  }
};

// Of four output channels, as many at a time as there are registers for.
template <int K, bool MAXIMUM>
static __device__ void conv2_weight_gradient(const Shared<K> *s, int first_out, float *partial,
                                             bool first) {
  typedef WeightGradient<K> Gradient;
  int lane = thread_index() % 32;
  unsigned mine = row_reach(s, first_out + lane / 8, min(lane % 8, 6));

#pragma unroll 1
  for (int done = 0; done < 4; done += Gradient::OUTPUTS) {
    Gradient gradient;

#pragma unroll 1
    for (int row = 0; row < 7; row++) {
      unsigned reach[Gradient::OUTPUTS];

#pragma unroll
      for (int o = 0; o < Gradient::OUTPUTS; o++)
        reach[o] = __shfl_sync(~0u, mine, (done + o) * 8 + row);
      gradient.template add_row<MAXIMUM>(s, first_out + done, row, reach);
    }
    gradient.keep(partial, first_out + done, first);
  }
}

// By a warp, a lane an output channel.
template <int K, bool MAXIMUM>
static __device__ void conv2_bias_gradient(const Shared<K> *s, float *partial, bool first) {
  int out = thread_index() % 32;
  float *to = partial + Size<K>::CONV2_BIAS + out, sum = 0;

#pragma unroll 7
  for (int window = 0; window < WINDOWS2; window++) {
    float g = s->features[out * WINDOWS2 + window];

    sum += MAXIMUM ? g : g * __popc(s->reach2[out * REACH2_ROW + window]);
  }
  *to = first ? sum : *to + sum;
}

// The gradient at layer 1's windows that comes from a row of layer 2's, by one warp: a lane has the
// upper or lower half of the rows that they see of an input channel's padded map.
template <int K> struct DataGradient {
  typedef Size<K> Z;

  float sum[Z::HALF][Z::ROW] = {}, taps[Z::HALF + 1][K];

  template <int ROW, int COLUMN> __device__ __forceinline__ void add(int window, float g) {
#pragma unroll
    for (int i = 0; i < Z::HALF; i++)
#pragma unroll
      for (int j = 0; j < K; j++) {
        float *to = &sum[i][2 * window + COLUMN + j];

        *to = multiply_add(g, taps[1 - ROW + i][j], *to);
      }
  }

  // Of output channels [first, end).
  template <bool MAXIMUM>
  __device__ __forceinline__ void add_outputs(const Shared<K> *s, const Run &run, int row,
                                              int first, int end) {
    int lane = thread_index() % 32;
    unsigned mine = row_reach(s, lane, row);
    bool lower = lower_half();
    const float *others = run.conv2_backward + first * Z::TAPS * 16 + lane;
    const float *middle =
        run.conv2_backward + first * Z::TAPS * 16 + (Z::HALF - 1) * K * 32 + lane % 16;
    const float *gradients = s->features + first * WINDOWS2 + row * 7;

#pragma unroll 1
    for (int out = first; out < end;
         out++, others += Z::TAPS * 16, middle += Z::TAPS * 16, gradients += WINDOWS2) {
      unsigned reach = __shfl_sync(~0u, mine, out);
      float g[7];

      // Row i is what the lane's row i has of a window's lower positions, row i + 1 of its upper
      // ones.
      if (reach == 0)
        continue;
#pragma unroll
      for (int j = 0; j < K; j++) {
        float tap = middle[j * 16];

#pragma unroll
        for (int i = 1; i < Z::HALF; i++)
          taps[i][j] = others[((i - 1) * K + j) * 32];
        taps[0][j] = lower ? tap : 0;
        taps[Z::HALF][j] = lower ? 0 : tap;
      }
#pragma unroll
      for (int column = 0; column < 7; column++)
        g[column] = by_now(gradients[column]);
#pragma unroll
      for (int column = 0; column < 7; column++)
        hand_on<MAXIMUM>(*this, column, reach >> 4 * column, g[column]);
    }
  }

  __device__ __forceinline__ void give(float *gradient1, int row) const {
#pragma unroll
    for (int i = 0; i < Z::HALF; i++) {
      int y = 2 * row + lower_half() * Z::HALF + i - Z::PAD;
      float *to = gradient1 + input_channel() * GRADIENT1_ROW + y * 14;

      if (y >= 0 && y < 14)
#pragma unroll
        for (int x = 0; x < 14; x++)
          to[x] += sum[i][x + Z::PAD];
    }
  }
};

// Both gradients of conv2, half of the warps for each. Of the data's seven have a row of windows,
// and the last what they leave of all rows, and the biases. Rows that see the same rows of layer 1
// hand out their sums in turns.
template <int K, bool MAXIMUM>
static __device__ void conv2_gradients(Shared<K> *s, const Run &run, float *partial, bool first) {
  enum { DATA = INK_CHANNELS2 / 4, LAST = DATA + 7, LEFT = 29 };
  static_assert((int)LAST + 1 == (int)WARPS, "a warp for each");
  int warp = thread_index() / 32, row = warp < DATA || warp == LAST ? -1 : warp - DATA;

  if (warp < DATA)
    conv2_weight_gradient<K, MAXIMUM>(s, warp * 4, partial, first);
  if (warp == LAST) {
    conv2_bias_gradient<K, MAXIMUM>(s, partial, first);
#pragma unroll 1
    for (int each = 0; each < 7; each++) {
      DataGradient<K> data;

      data.template add_outputs<MAXIMUM>(s, run, each, LEFT, INK_CHANNELS2);
      data.give(s->gradient1, each);
      // The next row's upper half goes on with the sums of this one's lower.
      __syncwarp();
    }
  }
  // Only now, or its sums would take registers from what is before.
  DataGradient<K> data;
  if (row >= 0)
    data.template add_outputs<MAXIMUM>(s, run, row, 0, LEFT);
#pragma unroll 1
  for (int turn = 0; turn < Size<K>::HALF; turn++) {
    __syncthreads();
    if (row % Size<K>::HALF == turn)
      data.give(s->gradient1, row);
  }
  __syncthreads();
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
    const float *gradient = s->gradient1 + channel * GRADIENT1_ROW + y * 14 + half * 7;
    const uint8_t *reach = s->reach1 + channel * WINDOWS1 + y * 14 + half * 7;
    const float *x = s->image + y * Z::IMAGE_PAIR + half * 14;

#pragma unroll
    for (int column = 0; column < 7; column++) {
      int left = reach[column];
      float g = left ? MAXIMUM ? gradient[column] : gradient[column] * 0.25f : 0;

      do {
        int bit = MAXIMUM ? left : left & -left, row = tap_row + row_of(bit);

        add_patch<Z::TAP_ROWS, K, Z::IMAGE_PAIR, Z::IMAGE_ROW>(
            sum, g, x + 2 * column + place<Z::IMAGE_PAIR, Z::IMAGE_ROW>(row, column_of(bit)),
            row % 2);
        *bias += g;
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
  conv1_weight_gradient<K, MAXIMUM>(s, partial, first);
  __syncthreads();
}

} // namespace ink
