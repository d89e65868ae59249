#include "kernels/cpu/tensors.h"

size_t ink_tensors_offset(const InkShape *shape, InkTensor tensor) {
  const size_t floats = INK_ALIGNMENT / sizeof(float);
  size_t offset = 0;

  for (InkTensor t = 0; t < tensor; t++)
    offset += (ink_shape_tensor_size(shape, t) + floats - 1) / floats * floats;
  return offset;
}

size_t ink_tensors_size(const InkShape *shape) {
  return ink_tensors_offset(shape, INK_TENSORS);
}

InkTensors ink_tensors(const InkShape *shape, float *base) {
  return (InkTensors){
      .conv1_weight = base + ink_tensors_offset(shape, INK_CONV1_WEIGHT),
      .conv1_bias = base + ink_tensors_offset(shape, INK_CONV1_BIAS),
      .conv2_weight = base + ink_tensors_offset(shape, INK_CONV2_WEIGHT),
      .conv2_bias = base + ink_tensors_offset(shape, INK_CONV2_BIAS),
      .linear_weight = base + ink_tensors_offset(shape, INK_LINEAR_WEIGHT),
      .linear_bias = base + ink_tensors_offset(shape, INK_LINEAR_BIAS),
  };
}

/* Where element i of a tensor in PyTorch's layout stands in ours. */
static size_t packed_index(const InkShape *shape, InkTensor tensor, size_t i) {
  size_t taps = (size_t)shape->kernel * shape->kernel;

  switch (tensor) {
  case INK_CONV1_WEIGHT: /* (16, k²) → (k², 16) */
    return i % taps * INK_CHANNELS1 + i / taps;
  case INK_CONV2_WEIGHT: { /* (32, 16, k²) → (32, k², 16) */
    size_t out = i / (INK_CHANNELS1 * taps), in = i / taps % INK_CHANNELS1;

    return (out * taps + i % taps) * INK_CHANNELS1 + in;
  }
  case INK_LINEAR_WEIGHT: { /* (C, 32, 49) → (C, 49, 32) */
    size_t class = i / INK_FEATURES, channel = i / INK_WINDOWS2 % INK_CHANNELS2;

    return class * INK_FEATURES + i % INK_WINDOWS2 * INK_CHANNELS2 + channel;
  }
  default:
    return i;
  }
}

void ink_tensors_pack(const InkShape *shape, const float *flat, float *packed) {
  for (InkTensor t = 0; t < INK_TENSORS; t++) {
    const float *from = flat + ink_shape_tensor_offset(shape, t);
    float *to = packed + ink_tensors_offset(shape, t);
    size_t size = ink_shape_tensor_size(shape, t);

    for (size_t i = 0; i < size; i++)
      to[packed_index(shape, t, i)] = from[i];
  }
}

void ink_tensors_unpack(const InkShape *shape, const float *packed, float *flat) {
  for (InkTensor t = 0; t < INK_TENSORS; t++) {
    const float *from = packed + ink_tensors_offset(shape, t);
    float *to = flat + ink_shape_tensor_offset(shape, t);
    size_t size = ink_shape_tensor_size(shape, t);

    for (size_t i = 0; i < size; i++)
      to[i] = from[packed_index(shape, t, i)];
  }
}
