// layout: what stands where, on the device and in a block's shared memory.
#pragma once

#include "kernels/cuda/port.cuh"
#include "kernels/shape.h"

#include <stdint.h>

namespace ink {

enum {
  THREADS = 512, // of a block; every mapping below is for this number
  WARPS = THREADS / 32,
  WINDOWS1 = 14 * 14,     // pooling windows of layer 1, a channel
  WINDOWS2 = 7 * 7,       // and of layer 2
  MOST_CHUNKS = 128,      // partial sums of a batch, see chunk_size()
  GROUPS = 8,             // fixed parts in which the reduction sums the chunks or samples
  SIDES = WARPS / GROUPS, // pieces that a block reduces at a time
  TILE = 5,               // rows of 32 parameters of a piece, at most
  // Bytes from one channel of reach2 to the next, an odd number of words: the 32 channels at one
  // window fall on as many banks.
  REACH2_ROW = 52,
  // Floats from one channel of gradient1 to the next: sixteen channels at one window fall on
  // sixteen banks, and on the others at the window seven further.
  GRADIENT1_ROW = WINDOWS1 + 2,
};

// The gradient of a batch is summed in chunks of neighbouring samples whose size depends on the
// batch alone, never on the device: results are the same to the bit for every grid.
static __host__ __device__ inline int chunk_size(int batch) {
  return (batch + MOST_CHUNKS - 1) / MOST_CHUNKS;
}
static __host__ __device__ inline int chunk_count(int batch) {
  return (batch + chunk_size(batch) - 1) / chunk_size(batch);
}

// Of a batch or any smaller one: the last of an epoch may be cut in more chunks than the others.
static inline int most_chunks(int batch) {
  return batch < MOST_CHUNKS ? batch : MOST_CHUNKS;
}

// Sizes that follow from the kernel size.
template <int K> struct Size {
  enum {
    TAPS = K * K,
    PAD = K / 2,
    // Floats of a row of the padded image and of a padded map of layer 1, and of two such rows with
    // what follows them: so many that the float2 of neighbouring windows, from window row to window
    // row, fall on neighbouring banks.
    IMAGE_ROW = 28 + K - 1,
    IMAGE_PAIR = K == 3 ? 60 : 92, // 28 mod 32
    ROW = 14 + K - 1,
    PAIR = 46, // 14 mod 32
    // A map. Its multiples to 15 are even and different mod 32: sixteen channels at one position
    // fall on sixteen banks.
    MAP = PAIR * ROW / 2 + (K == 3 ? 2 : 0),
    // What a position of a window of layer 2 sees of a map is K rows, what any of the four sees K +
    // 1: half of those.
    HALF = (K + 1) / 2,
    // Rows of taps of which a warp has conv1's weight gradient, and groups of windows that are
    // summed for them.
    TAP_ROWS = K == 3 ? 3 : 1,
    WINDOW_GROUPS = WARPS * TAP_ROWS / K,
    // Rows of a piece of the convolutions' parameters, see update.cuh.
    ROWS = K == 3 ? 2 : 3,
    CONV1_WEIGHT = 0, // offsets in the flat parameters
    CONV1_BIAS = 16 * TAPS,
    CONV2_WEIGHT = CONV1_BIAS + 16,
    CONV2_BIAS = CONV2_WEIGHT + 32 * 16 * TAPS,
    LINEAR_WEIGHT = CONV2_BIAS + 32, // all before it are the convolutions' parameters
  };
};

// Where row and column of a padded image or map are.
template <int PAIR, int ROW>
static __device__ __forceinline__ int place(unsigned row, unsigned column) {
  return row / 2 * PAIR + row % 2 * ROW + column;
}

// Where conv2_backward has a weight.
template <int K> static __host__ __device__ inline int place_backward(int out, int in, int tap) {
  typedef Size<K> Z;
  const int middle = Z::HALF - 1;
  int row = tap / K, column = tap % K, half = row > middle;

  return out * Z::TAPS * 16 + (row == middle
                                   ? (middle * 2 * K + column) * 16 + in
                                   : (((row - half * Z::HALF) * K + column) * 2 + half) * 16 + in);
}

// Everything a launch works on. Pointers are to device memory.
struct Run {
  // data, resident
  const uint8_t *images; // (count, 28, 28)
  const uint8_t *labels; // (count)
  int classes;

  // parameters: the flat array of shape.h, and copies in the order in which the kernels read them
  float *parameters, *m, *v; // (P)
  float *conv1_taps;         // (TAPS, 16)
  float *conv2_forward;      // (16 in, TAPS, 32 out)
  // Of each of 32 outputs (HALF − 1, K, 2, 16 in), the rows of taps above the middle one and those
  // below it side by side, and (K, 16 in), the middle one.
  float *conv2_backward;

  // a training run of several steps
  const uint32_t *order; // (samples)
  int samples, batch;
  const float *step_size;  // (steps) learning rate / (1 − β1ᵗ)
  const float *root_scale; // (steps) 1 / √(1 − β2ᵗ)
  float *loss;             // (steps)

  // one step's in-between
  // Gradients of the convolutions, (chunks, LINEAR_WEIGHT) as in the parameters but for conv2's
  // weights, which are (32 out, TAPS, 16 in).
  float *partial;
  float *features; // (batch, 1568)
  float *dlogits;  // (batch, C) gradient of the mean loss; TILE floats more may be read

  // what a pass says of each sample; of a training run, the last step's. Only sample_loss is never
  // NULL.
  float *sample_loss;          // (batch or count)
  uint8_t *predicted;          // (batch or count)
  float *probability;          // (batch) of the predicted class
  float *probabilities;        // (count, C)
  float *logits;               // (count, C)
  unsigned long long *correct; // (1) how many are predicted right is added

  // feature maps of a single image, or NULL
  float *conv1_map, *pool1_map, *conv2_map, *pool2_map;
};

// Sums of groups on their way to a piece's parameters.
struct UpdateShared {
  float part[SIDES][GROUPS][TILE][32];
};

// conv1's gradients of each group of windows on their way to be added, as in the parameters.
template <int K> struct GroupSums { float sum[Size<K>::WINDOW_GROUPS][Size<K>::CONV2_WEIGHT]; };

// One sample on its way through the network; then the update.
template <int K> struct Shared {
  float image[Size<K>::IMAGE_PAIR * Size<K>::IMAGE_ROW / 2]; // 0 … 1, zero padding around
  float maps1[16 * Size<K>::MAP + Size<K>::PAIR];            // pooled layer 1, zero padding around
  union {
    // What the windows of layer 1 have to do with the loss.
    alignas(16) float gradient1[16 * GRADIENT1_ROW];
    UpdateShared update;
  };
  GroupSums<K> conv1;
  // Pooled layer 2, channel-first; backward, the gradient of each position that it reaches.
  alignas(16) float features[INK_FEATURES];
  float logits[INK_MAX_CLASSES], dlogits[INK_MAX_CLASSES];
  int label;
  // For each window which of its four positions the gradient goes to (bit 2·row + column): the
  // maximum's, or under average pooling all that are above zero.
  uint8_t reach1[16 * WINDOWS1], reach2[INK_CHANNELS2 * REACH2_ROW];
};

} // namespace ink
