// launch: kernels are launched through the runtime's functions, so that the host build can stand
// in.
#pragma once

#include "kernels/cuda/layout.cuh"

namespace ink {

// A kernel on grid blocks of THREADS threads with shared bytes each.
template <class... Parameters, class... Arguments>
static cudaError_t launch(cudaStream_t stream, bool cooperative, int grid, size_t shared,
                          void (*kernel)(Parameters...), Arguments... arguments) {
  cudaLaunchConfig_t config = {};
  cudaLaunchAttribute attribute = {};

  attribute.id = cudaLaunchAttributeCooperative;
  attribute.val.cooperative = 1;
  config.gridDim = dim3(grid);
  config.blockDim = dim3(THREADS);
  config.dynamicSmemBytes = shared;
  config.stream = stream;
  config.attrs = &attribute;
  config.numAttrs = cooperative ? 1 : 0;
  return cudaLaunchKernelEx(&config, kernel, Parameters(arguments)...);
}

// How many blocks of this kernel the device holds at once; also asks for their shared memory.
template <class Kernel>
static cudaError_t resident_blocks(Kernel kernel, size_t shared, int multiprocessors, int *blocks) {
  int each = 0;
  cudaError_t error = cudaFuncSetAttribute(
      (const void *)kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, (int)shared);

  if (error == cudaSuccess)
    error = cudaOccupancyMaxActiveBlocksPerMultiprocessor(&each, kernel, THREADS, shared);
  if (error == cudaSuccess && each == 0)
    error = cudaErrorLaunchOutOfResources;
  *blocks = each * multiprocessors;
  return error;
}

} // namespace ink
