// update: the batch's gradient summed in a fixed order, and Adam where each sum ends. The work is
// split by parameter over the grid, so the result does not depend on the number of blocks.
//
// A piece is up to TILE rows of 32 parameters. It is summed by one side of a block: a warp a group
// of samples or chunks, a lane a parameter. In order: the linear layer's biases, its weights (32
// inputs of TILE classes), and all parameters of the convolutions (ROWS rows), as they stand in a
// partial sum.
#pragma once

#include "kernels/cuda/forward.cuh"

namespace ink {

// Loads that are on their way at once: what is summed comes from the L2 cache.
enum { AT_ONCE = 8 };

// One parameter and its moments.
struct Adam {
  int i; // in the flat parameters; −1: none
  float value, m, v;
};

static __device__ __forceinline__ Adam load_adam(const Run &run, int i) {
  Adam a = {i, 0, 0, 0};

  if (i >= 0) {
    a.value = run.parameters[i];
    a.m = run.m[i];
    a.v = run.v[i];
  }
  return a;
}

// Adam (Kingma, Ba 2015) as PyTorch computes it: ε is added to the bias-corrected root. Keeps the
// copies of the convolutions' weights in step.
template <int K>
static __device__ void step_adam(const Run &run, int step, const Adam &a, float gradient) {
  typedef Size<K> Z;
  int i = a.i;
  float m = 0.9f * a.m + (1 - 0.9f) * gradient;
  float v = 0.999f * a.v + (1 - 0.999f) * gradient * gradient;
  float value = a.value - run.step_size[step] * m / (sqrtf(v) * run.root_scale[step] + 1e-8f);

  run.m[i] = m;
  run.v[i] = v;
  run.parameters[i] = value;
  if (i < Z::CONV1_BIAS) {
    run.conv1_taps[i % Z::TAPS * 16 + i / Z::TAPS] = value;
  } else if (i >= Z::CONV2_WEIGHT && i < Z::CONV2_BIAS) {
    int w = i - Z::CONV2_WEIGHT, tap = w % Z::TAPS, in = w / Z::TAPS % 16, out = w / Z::TAPS / 16;

    run.conv2_forward[(in * Z::TAPS + tap) * 32 + out] = value;
    run.conv2_backward[place_backward<K>(out, in, tap)] = value;
  }
}

// Which pieces there are, and what a lane has to do with one of them.
template <int K> struct Pieces {
  enum { ROWS = Size<K>::ROWS, CONVOLUTIONS = Size<K>::LINEAR_WEIGHT / (32 * ROWS) };
  static_assert(CONVOLUTIONS * 32 * ROWS == Size<K>::LINEAR_WEIGHT, "whole pieces");
  int classes, biases, tiles, weights;

  __host__ __device__ explicit Pieces(int classes_) : classes(classes_) {
    biases = (classes + 31) / 32;
    tiles = (classes + TILE - 1) / TILE;
    weights = INK_FEATURES / 32 * tiles;
  }
  __host__ __device__ int count() const {
    return biases + weights + CONVOLUTIONS;
  }

  // The place in a partial sum is the parameter's but for conv2's weights.
  static __device__ int of_partial(int j) {
    typedef Size<K> Z;
    int w = j - Z::CONV2_WEIGHT;

    return j < Z::CONV2_WEIGHT || j >= Z::CONV2_BIAS
               ? j
               : Z::CONV2_WEIGHT + (w / 16 / Z::TAPS * 16 + w % 16) * Z::TAPS + w / 16 % Z::TAPS;
  }

  // The parameter of a row and lane, −1: none.
  __device__ int parameter(int piece, int row, int lane) const {
    int tile = piece - biases, o = tile % tiles * TILE + row;

    if (piece < biases)
      return row == 0 && piece * 32 + lane < classes
                 ? Size<K>::LINEAR_WEIGHT + classes * INK_FEATURES + piece * 32 + lane
                 : -1;
    if (tile < weights)
      return row < TILE && o < classes
                 ? Size<K>::LINEAR_WEIGHT + o * INK_FEATURES + tile / tiles * 32 + lane
                 : -1;
    return row < ROWS ? of_partial(((tile - weights) * ROWS + row) * 32 + lane) : -1;
  }

  // The sums of a group's samples or chunks.
  __device__ void sum(const Run &run, int piece, int group, int lane, int batch,
                      float sums[TILE]) const;
};

// Adds from[first·stride], from[(first + 1)·stride] … to the end to the first row's sum, and what
// stands 32 further to the next row's.
template <int ROWS>
static __device__ __forceinline__ void sum_strided(float *sums, const float *from, size_t stride,
                                                   int first, int end) {
#pragma unroll 1
  for (int b = first; b < end; b += AT_ONCE) {
    float x[AT_ONCE][ROWS];

#pragma unroll
    for (int k = 0; k < AT_ONCE; k++)
#pragma unroll
      for (int row = 0; row < ROWS; row++)
        x[k][row] = b + k < end ? from[(b + k) * stride + row * 32] : 0;
#pragma unroll
    for (int k = 0; k < AT_ONCE; k++)
#pragma unroll
      for (int row = 0; row < ROWS; row++)
        sums[row] += x[k][row];
  }
}

template <int K>
__device__ void Pieces<K>::sum(const Run &run, int piece, int group, int lane, int batch,
                               float sums[TILE]) const {
  int parts = piece < biases + weights ? batch : chunk_count(batch);
  int each = (parts + GROUPS - 1) / GROUPS, begin = group * each, end = min(parts, begin + each);
  int tile = piece - biases;

  if (piece < biases) {
    if (piece * 32 + lane < classes)
      sum_strided<1>(sums, run.dlogits + piece * 32 + lane, classes, begin, end);
  } else if (tile >= weights) {
    sum_strided<ROWS>(sums, run.partial + (tile - weights) * ROWS * 32 + lane,
                      Size<K>::LINEAR_WEIGHT, begin, end);
  } else {
    // The outer product of features and dlogits. Rows beyond the last class are summed too, from
    // whatever follows, and used by nobody.
    const float *x = run.features + (size_t)begin * INK_FEATURES + tile / tiles * 32 + lane;
    const float *d = run.dlogits + (size_t)begin * classes + tile % tiles * TILE;

#pragma unroll 1
    for (int left = end - begin; left > 0; left -= AT_ONCE, x += AT_ONCE * INK_FEATURES)
#pragma unroll
      for (int k = 0; k < AT_ONCE; k++, d += classes)
        if (k < left) {
          float feature = x[k * INK_FEATURES];

#pragma unroll
          for (int row = 0; row < TILE; row++)
            sums[row] += feature * d[row];
        }
  }
}

// The groups' sums of one parameter, in order.
static __device__ __forceinline__ float total(const float part[GROUPS][TILE][32], int row,
                                              int lane) {
  float sum = 0;

#pragma unroll
  for (int g = 0; g < GROUPS; g++)
    sum += part[g][row][lane];
  return sum;
}

// The batch's mean loss, by one warp.
static __device__ __forceinline__ void write_loss(const Run &run, int step, int batch) {
  int lane = thread_index() % 32;
  float sum = 0;

  for (int b = lane; b < batch; b += 32)
    sum += run.sample_loss[b];
  sum = warp_sum(sum);
  if (lane == 0)
    run.loss[step] = sum / batch;
}

// One step's update, its pieces dealt out to the blocks before any gets a second one.
template <int K>
static __device__ void update(UpdateShared *s, const Run &run, int step, int batch) {
  int lane = thread_index() % 32, group = thread_index() / 32 % GROUPS;
  int side = thread_index() / 32 / GROUPS;
  Pieces<K> pieces(run.classes);

  for (int first = blockIdx.x; first < pieces.count(); first += gridDim.x * SIDES) {
    int piece = first + side * gridDim.x;
    Adam adam = {-1, 0, 0, 0};

    if (piece < pieces.count()) {
      float sums[TILE] = {};

      adam = load_adam(run, pieces.parameter(piece, group, lane));
      pieces.sum(run, piece, group, lane, batch, sums);
#pragma unroll
      for (int row = 0; row < TILE; row++)
        s->part[side][group][row][lane] = sums[row];
    }
    __syncthreads();
    if (adam.i >= 0)
      step_adam<K>(run, step, adam, total(s->part[side], group, lane));
    if (piece == 0 && group == GROUPS - 1)
      write_loss(run, step, batch);
    __syncthreads();
  }
}

} // namespace ink
