/* workbench: what one call of the CPU backend's kernels needs, without a network around it. */
#pragma once

#include "kernels/cpu/kernels.h"

typedef struct {
  const InkKernels *kernels;
  InkShape shape;
  float *packed, *packed_gradients, *prepared;
  InkTensors parameters, gradients; /* within the first two */
  InkWorkspace *work;               /* ready for conv1_forward() */
} Workbench;

/* parameters (P) in the flat layout of kernels/shape.h. Aborts when memory runs out. */
Workbench *workbench_new(const InkShape *shape, const InkKernels *kernels, const float *parameters);
void workbench_free(Workbench *bench);
