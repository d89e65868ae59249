/* The CUDA module built for the host: the real sources, after the emulation. */
#include "tests/support/cuda-emulation.h"

#include "kernels/cuda/calls.cu"
#include "kernels/cuda/cuda.cu"
#include "kernels/cuda/devices.cu"
#include "kernels/cuda/work.cu"
