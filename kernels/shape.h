/* shape: the family of networks that Inkling trains, and where each parameter stands.
 *
 *   image (28, 28) → conv(1→16, k) + ReLU + pool 2 → (14, 14, 16)
 *                  → conv(16→32, k) + ReLU + pool 2 → (7, 7, 32)
 *                  → linear(1568→C)
 *
 * Parameters are one flat array of floats: six tensors one after the other, each in PyTorch's
 * layout (row-major; a weight is (out, in, k, k) or (out, in)). The 1568 inputs of the linear
 * layer are ordered channel, row, column, as PyTorch's reshape of (32, 7, 7) leaves them.
 * All functions are pure and may be called from any thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
  INK_SIDE = 28,       /* pixels a side of an image */
  INK_PIXELS = 784,    /* 28 × 28 */
  INK_CHANNELS1 = 16,  /* feature maps of the first convolution */
  INK_CHANNELS2 = 32,  /* feature maps of the second convolution */
  INK_FEATURES = 1568, /* 32 × 7 × 7, the inputs of the linear layer */
  INK_MIN_CLASSES = 2,
  INK_MAX_CLASSES = 64,
};

typedef enum { INK_POOL_MAX, INK_POOL_AVERAGE } InkPool;

typedef struct {
  int kernel;   /* 3 or 5, "same" padding */
  InkPool pool; /* 2×2, stride 2, both layers */
  int classes;  /* INK_MIN_CLASSES … INK_MAX_CLASSES */
} InkShape;

/* In the order in which they stand in the flat array. */
typedef enum {
  INK_CONV1_WEIGHT,  /* (16, 1, k, k)  layer1.0.weight */
  INK_CONV1_BIAS,    /* (16)           layer1.0.bias */
  INK_CONV2_WEIGHT,  /* (32, 16, k, k) layer2.0.weight */
  INK_CONV2_BIAS,    /* (32)           layer2.0.bias */
  INK_LINEAR_WEIGHT, /* (C, 1568)      output_layer.weight */
  INK_LINEAR_BIAS,   /* (C)            output_layer.bias */
  INK_TENSORS,
} InkTensor;

bool ink_shape_is_valid(const InkShape *shape);

/* Number of floats of one tensor, its first index in the flat array, and of all six together
 * (28,938 for k 5 and 20,490 for k 3 with ten classes). */
size_t ink_shape_tensor_size(const InkShape *shape, InkTensor tensor);
size_t ink_shape_tensor_offset(const InkShape *shape, InkTensor tensor);
size_t ink_shape_parameters(const InkShape *shape);

/* Inputs that feed one output of the tensor's layer: k², 16·k² or 1568. */
size_t ink_shape_fan_in(const InkShape *shape, InkTensor tensor);

/* PyTorch's name of the tensor in the original program. */
const char *ink_tensor_name(InkTensor tensor);

#ifdef __cplusplus
}
#endif
