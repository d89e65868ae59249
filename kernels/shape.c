#include "kernels/shape.h"

bool ink_shape_is_valid(const InkShape *shape) {
  return (shape->kernel == 3 || shape->kernel == 5) &&
         (shape->pool == INK_POOL_MAX || shape->pool == INK_POOL_AVERAGE) &&
         shape->classes >= INK_MIN_CLASSES && shape->classes <= INK_MAX_CLASSES;
}

size_t ink_shape_tensor_size(const InkShape *shape, InkTensor tensor) {
  size_t taps = (size_t)shape->kernel * shape->kernel, classes = shape->classes;

  switch (tensor) {
  case INK_CONV1_WEIGHT:
    return INK_CHANNELS1 * taps;
  case INK_CONV1_BIAS:
    return INK_CHANNELS1;
  case INK_CONV2_WEIGHT:
    return INK_CHANNELS2 * INK_CHANNELS1 * taps;
  case INK_CONV2_BIAS:
    return INK_CHANNELS2;
  case INK_LINEAR_WEIGHT:
    return classes * INK_FEATURES;
  case INK_LINEAR_BIAS:
    return classes;
  case INK_TENSORS:
    break;
  }
  return 0;
}

size_t ink_shape_tensor_offset(const InkShape *shape, InkTensor tensor) {
  size_t offset = 0;

  for (InkTensor t = 0; t < tensor; t++)
    offset += ink_shape_tensor_size(shape, t);
  return offset;
}

size_t ink_shape_parameters(const InkShape *shape) {
  return ink_shape_tensor_offset(shape, INK_TENSORS);
}

size_t ink_shape_fan_in(const InkShape *shape, InkTensor tensor) {
  size_t taps = (size_t)shape->kernel * shape->kernel;

  if (tensor == INK_CONV1_WEIGHT || tensor == INK_CONV1_BIAS)
    return taps;
  if (tensor == INK_CONV2_WEIGHT || tensor == INK_CONV2_BIAS)
    return INK_CHANNELS1 * taps;
  return INK_FEATURES;
}

const char *ink_tensor_name(InkTensor tensor) {
  static const char *const names[INK_TENSORS] = {
      [INK_CONV1_WEIGHT] = "layer1.0.weight",      [INK_CONV1_BIAS] = "layer1.0.bias",
      [INK_CONV2_WEIGHT] = "layer2.0.weight",      [INK_CONV2_BIAS] = "layer2.0.bias",
      [INK_LINEAR_WEIGHT] = "output_layer.weight", [INK_LINEAR_BIAS] = "output_layer.bias",
  };

  return tensor < INK_TENSORS ? names[tensor] : NULL;
}
