/* tensors: the backend's own layout of the parameters (channels last, each tensor aligned) and the
 * way to and from the flat PyTorch layout of kernels/shape.h. */
#pragma once

#include "kernels/cpu/kernels.h"

/* Floats of all six tensors with their padding; a multiple of 16. */
size_t ink_tensors_size(const InkShape *shape);

/* First float of a tensor in the backend's layout; INK_TENSORS gives the end of the last. */
size_t ink_tensors_offset(const InkShape *shape, InkTensor tensor);

/* The six tensors within base, (size) floats. */
InkTensors ink_tensors(const InkShape *shape, float *base);

/* The padding is left as it is. */
void ink_tensors_pack(const InkShape *shape, const float *flat /* (P) */, float *packed);
void ink_tensors_unpack(const InkShape *shape, const float *packed, float *flat /* (P) */);
