// update: the batch's gradient summed in a fixed order, and Adam where each sum ends. The work is
// split by parameter over the grid, so the result does not depend on the number of blocks.
#pragma once

#include "kernels/cuda/forward.cuh"

namespace ink {

// The block's memory in this phase: GROUPS part sums of 32 parameters, up to TILE of them deep.
enum { TILE = 5 };
struct UpdateShared {
  float part[GROUPS][TILE][32];
};

// Adam (Kingma, Ba 2015) as PyTorch computes it: ε is added to the bias-corrected root. Keeps the
// copies of the convolutions' weights in step.
template <int K> static __device__ void adam(const Run &run, int step, int i, float gradient) {
  typedef Size<K> Z;
  float m = 0.9f * run.m[i] + (1 - 0.9f) * gradient;
  float v = 0.999f * run.v[i] + (1 - 0.999f) * gradient * gradient;
  float value =
      run.parameters[i] - run.step_size[step] * m / (sqrtf(v) * run.root_scale[step] + 1e-8f);

  run.m[i] = m;
  run.v[i] = v;
  run.parameters[i] = value;
  if (i < Z::CONV1_BIAS) {
    run.conv1_taps[i % Z::TAPS * 16 + i / Z::TAPS] = value;
  } else if (i >= Z::CONV2_WEIGHT && i < Z::CONV2_BIAS) {
    int w = i - Z::CONV2_WEIGHT, tap = w % Z::TAPS, in = w / Z::TAPS % 16, out = w / Z::TAPS / 16;

    run.conv2_forward[(in * Z::TAPS + tap) * 32 + out] = value;
    run.conv2_backward[(tap * 32 + out) * 16 + in] = value;
  }
}

// The groups' sums of one parameter, in order.
static __device__ __forceinline__ float total(const UpdateShared *s, int depth, int lane) {
  float sum = 0;

#pragma unroll
  for (int g = 0; g < GROUPS; g++)
    sum += s->part[g][depth][lane];
  return sum;
}

// 32 parameters of the convolutions: a warp a group of chunks, a lane a parameter.
template <int K>
static __device__ void update_convolutions(UpdateShared *s, const Run &run, int step, int chunks,
                                           int block) {
  int lane = threadIdx.x % 32, group = threadIdx.x / 32, i = block * 32 + lane;

  if (group < GROUPS) {
    int each = (chunks + GROUPS - 1) / GROUPS;
    int end = min(chunks, (group + 1) * each);
    float sum = 0;

    if (i < Size<K>::LINEAR_WEIGHT)
#pragma unroll 4
      for (int c = group * each; c < end; c++)
        sum += run.partial[(size_t)c * Size<K>::LINEAR_WEIGHT + i];
    s->part[group][0][lane] = sum;
  }
  __syncthreads();
  if (group == 0 && i < Size<K>::LINEAR_WEIGHT)
    adam<K>(run, step, i, total(s, 0, lane));
  __syncthreads();
}

// 32 inputs × TILE classes of the linear layer: the outer products of features and dlogits summed
// over the batch; a warp a group of samples, a lane an input.
template <int K>
static __device__ void update_linear(UpdateShared *s, const Run &run, int step, int batch,
                                     int inputs, int classes) {
  int lane = threadIdx.x % 32, group = threadIdx.x / 32;
  int i = inputs * 32 + lane, first = classes * TILE, count = min((int)TILE, run.classes - first);

  if (group < GROUPS) {
    int each = (batch + GROUPS - 1) / GROUPS;
    int end = min(batch, (group + 1) * each);
    float sum[TILE] = {};

#pragma unroll 4
    for (int b = group * each; b < end; b++) {
      float x = run.features[(size_t)b * INK_FEATURES + i];

#pragma unroll
      for (int o = 0; o < TILE; o++)
        if (o < count)
          sum[o] += x * run.dlogits[(size_t)b * run.classes + first + o];
    }
#pragma unroll
    for (int o = 0; o < TILE; o++)
      s->part[group][o][lane] = sum[o];
  }
  __syncthreads();
  if (group < count)
    adam<K>(run, step, Size<K>::LINEAR_WEIGHT + (first + group) * INK_FEATURES + i,
            total(s, group, lane));
  __syncthreads();
}

// The linear layer's bias, a thread a class, and the batch's mean loss.
template <int K> static __device__ void update_bias(const Run &run, int step, int batch) {
  int o = threadIdx.x;

  if (o < run.classes) {
    float sum = 0;

    for (int b = 0; b < batch; b++)
      sum += run.dlogits[(size_t)b * run.classes + o];
    adam<K>(run, step, Size<K>::LINEAR_WEIGHT + run.classes * INK_FEATURES + o, sum);
  } else if (o / 32 == WARPS - 1) {
    float sum = 0;

    for (int b = o % 32; b < batch; b += 32)
      sum += run.sample_loss[b];
    sum = warp_sum(sum);
    if (o % 32 == 0)
      run.loss[step] = sum / batch;
  }
}

// One step's update, its pieces dealt out to the blocks.
template <int K>
static __device__ void update(UpdateShared *s, const Run &run, int step, int batch) {
  const int conv_blocks = (Size<K>::LINEAR_WEIGHT + 31) / 32;
  int tiles = (run.classes + TILE - 1) / TILE, linear_blocks = INK_FEATURES / 32 * tiles;
  int chunks = chunk_count(batch);

  for (int piece = blockIdx.x; piece < 1 + linear_blocks + conv_blocks; piece += gridDim.x) {
    if (piece == 0)
      update_bias<K>(run, step, batch);
    else if (piece <= linear_blocks)
      update_linear<K>(s, run, step, batch, (piece - 1) / tiles, (piece - 1) % tiles);
    else
      update_convolutions<K>(s, run, step, chunks, piece - 1 - linear_blocks);
  }
}

} // namespace ink
