// launch: kernels are launched through the runtime's functions, so that the host build can stand
// in; and how many blocks of them, so that a test goes on beside the steps that follow it.
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

// How many blocks of this kernel a multiprocessor holds at once; also asks for their shared memory.
template <class Kernel>
static cudaError_t resident_blocks(Kernel kernel, size_t shared, int *each) {
  cudaError_t error = cudaFuncSetAttribute(
      (const void *)kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, (int)shared);

  if (error == cudaSuccess)
    error = cudaOccupancyMaxActiveBlocksPerMultiprocessor(each, kernel, THREADS, shared);
  if (error == cudaSuccess && *each == 0)
    error = cudaErrorLaunchOutOfResources;
  return error;
}

// What a run of steps takes of the device.
struct Occupied {
  int multiprocessors;
  long long samples; // that a block trains, one after the other
};

// Blocks that test so many samples beside steps, on the multiprocessors that these leave free, if
// it takes no longer than the last run of steps did, a sample's training as long as two tests; else
// 0. What is launched next may be other steps than those: what finds no room waits.
static inline int blocks_beside(int each, int multiprocessors, Occupied last, int samples) {
  int blocks = each * (multiprocessors - last.multiprocessors);

  return samples <= 2 * last.samples * blocks ? min(samples, blocks) : 0;
}

} // namespace ink
