/* cuda-emulation: as much of CUDA C++ and its runtime as kernels/cuda uses, on the CPU, so that the
 * real kernel source is tested where there is no GPU. Included before any kernel source by the host
 * build (g++ -x c++ -include …); the machinery is in cuda-emulation.cpp and
 * cuda-emulation-runtime.cpp.
 *
 * The threads of a block are fibers that run one after the other between the points where they
 * meet: barriers, warp exchanges, grid barriers. All blocks of a launch are alive at once. A
 * barrier that not all threads meet, or that they meet at different lines, fails the launch with a
 * sentence (emulation::failure()). Shared and device memory have their exact size and begin as
 * garbage, so that AddressSanitizer sees every access beyond them; under ThreadSanitizer each fiber
 * is a thread to it, ordered by the barriers alone, so that a missing one is a reported race.
 * Streams do what they are given only when it is waited for, or one of them at once.
 *
 * The device that is emulated is described by the environment variable EMULATED_GPU, read at each
 * call, as "name=value name=value": see the list in cuda-emulation-runtime.cpp. */
#pragma once

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <functional>

#define __global__ static
#define __device__
#define __host__
#define __forceinline__ inline __attribute__((always_inline))
#define __launch_bounds__(...)

struct dim3 {
  unsigned x, y, z;
  dim3(unsigned a = 1, unsigned b = 1, unsigned c = 1) : x(a), y(b), z(c) {}
};
struct alignas(8) float2 {
  float x, y;
};
struct alignas(16) float4 {
  float x, y, z, w;
};

static inline int min(int a, int b) {
  return a < b ? a : b;
}
static inline int __ffs(unsigned x) {
  return __builtin_ffs((int)x);
}
static inline int __popc(unsigned x) {
  return __builtin_popcount(x);
}
template <class T> static inline T atomicAdd(T *to, T value) {
  return __atomic_fetch_add(to, value, __ATOMIC_RELAXED);
}
static inline float __int_as_float(int bits) {
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

/* Of the running fiber. */
extern dim3 threadIdx, blockIdx, blockDim, gridDim;

namespace emulation {

enum { GARBAGE = 0xcd }; /* what memory begins with */

void *shared_bytes();
void block_barrier(const char *file, int line);
void all_blocks_barrier(const char *file, int line);
/* Leaves bits for the other lanes of the warp and returns what the 32 left; valid until the lane's
 * next exchange but one. */
const uint32_t *warp_exchange(uint32_t bits, const char *file, int line);

/* Runs kernel on every thread of blocks × threads. FALSE: failure() says what was wrong. */
bool run(unsigned blocks, unsigned threads, size_t shared, const std::function<void()> &kernel);
const char *failure();

template <class T> static inline T shuffle(T value, int from, const char *file, int line) {
  static_assert(sizeof(T) == 4, "shuffles move 32 bits");
  uint32_t bits;
  T result;

  memcpy(&bits, &value, 4);
  memcpy(&result, &warp_exchange(bits, file, line)[from], 4);
  return result;
}

static inline unsigned ballot(int predicate, const char *file, int line) {
  const uint32_t *lanes = warp_exchange(predicate != 0, file, line);
  unsigned votes = 0;

  for (int i = 0; i < 32; i++)
    votes |= lanes[i] << i;
  return votes;
}

} // namespace emulation

#define __syncthreads() emulation::block_barrier(__FILE__, __LINE__)
#define __syncwarp() (void)emulation::warp_exchange(0, __FILE__, __LINE__)
#define __shfl_sync(mask, value, lane) emulation::shuffle(value, lane, __FILE__, __LINE__)
#define __shfl_xor_sync(mask, value, lanes)                                                        \
  emulation::shuffle(value, (threadIdx.x % 32) ^ (lanes), __FILE__, __LINE__)
#define __ballot_sync(mask, predicate) emulation::ballot(predicate, __FILE__, __LINE__)
static inline int thread_index() {
  return (int)threadIdx.x;
}
static inline float multiply_add(float a, float b, float c) {
  return a * b + c;
}
static inline float by_now(float x) {
  return x;
}
/* Reads it, so that an address beyond the array is found. */
static inline void touch(const void *address) {
  volatile char unused = *static_cast<const char *>(address);
  (void)unused;
}
#define grid_barrier() emulation::all_blocks_barrier(__FILE__, __LINE__)

template <class T> static inline T *shared_memory() {
  return static_cast<T *>(emulation::shared_bytes());
}

/* The runtime, as far as it is called. */
enum cudaError_t {
  cudaSuccess = 0,
  cudaErrorInvalidValue = 1,
  cudaErrorMemoryAllocation = 2,
  cudaErrorInsufficientDriver = 35,
  cudaErrorDevicesUnavailable = 46,
  cudaErrorNoDevice = 100,
  cudaErrorIllegalAddress = 700,
  cudaErrorLaunchOutOfResources = 701,
  cudaErrorLaunchFailure = 719,
};
enum cudaMemcpyKind { cudaMemcpyDefault = 4 };
enum { cudaStreamNonBlocking = 1, cudaEventDisableTiming = 2 };
enum cudaStreamCaptureMode { cudaStreamCaptureModeThreadLocal = 1 };
enum cudaDeviceAttr {
  cudaDevAttrMultiProcessorCount = 16,
  cudaDevAttrComputeMode = 20,
  cudaDevAttrCooperativeLaunch = 95,
};
enum cudaComputeMode { cudaComputeModeDefault = 0, cudaComputeModeProhibited = 2 };
enum cudaFuncAttribute { cudaFuncAttributeMaxDynamicSharedMemorySize = 8 };
enum cudaLaunchAttributeID { cudaLaunchAttributeCooperative = 2 };

struct cudaDeviceProp {
  char name[256];
  size_t totalGlobalMem;
  int major, minor, multiProcessorCount;
};
struct cudaLaunchAttribute {
  cudaLaunchAttributeID id;
  struct {
    int cooperative;
  } val;
};
struct emulated_stream;
struct emulated_event;
struct emulated_graph;
typedef emulated_stream *cudaStream_t;
typedef emulated_event *cudaEvent_t;
typedef emulated_graph *cudaGraph_t, *cudaGraphExec_t;
struct cudaLaunchConfig_t {
  dim3 gridDim, blockDim;
  size_t dynamicSmemBytes;
  cudaStream_t stream;
  cudaLaunchAttribute *attrs;
  unsigned numAttrs;
};

const char *cudaGetErrorString(cudaError_t error);
cudaError_t cudaGetLastError();
cudaError_t cudaDriverGetVersion(int *version);
cudaError_t cudaRuntimeGetVersion(int *version);
cudaError_t cudaGetDeviceCount(int *count);
cudaError_t cudaGetDeviceProperties(cudaDeviceProp *properties, int device);
cudaError_t cudaDeviceGetAttribute(int *value, cudaDeviceAttr attribute, int device);
cudaError_t cudaSetDevice(int device);
cudaError_t cudaDeviceReset();
cudaError_t cudaMemGetInfo(size_t *free, size_t *total);
cudaError_t cudaMalloc(void **data, size_t size);
cudaError_t cudaFree(void *data);
cudaError_t cudaMallocHost(void **data, size_t size);
cudaError_t cudaFreeHost(void *data);
cudaError_t cudaMemcpyAsync(void *to, const void *from, size_t size, cudaMemcpyKind kind,
                            cudaStream_t stream);
cudaError_t cudaMemsetAsync(void *to, int value, size_t size, cudaStream_t stream);
cudaError_t cudaStreamCreateWithFlags(cudaStream_t *stream, unsigned flags);
cudaError_t cudaStreamSynchronize(cudaStream_t stream);
cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned flags);
cudaError_t cudaStreamDestroy(cudaStream_t stream);
cudaError_t cudaEventCreate(cudaEvent_t *event);
cudaError_t cudaEventCreateWithFlags(cudaEvent_t *event, unsigned flags);
cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream);
cudaError_t cudaEventSynchronize(cudaEvent_t event);
cudaError_t cudaEventElapsedTime(float *milliseconds, cudaEvent_t from, cudaEvent_t to);
cudaError_t cudaEventDestroy(cudaEvent_t event);
cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode mode);
cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t *graph);
cudaError_t cudaGraphInstantiate(cudaGraphExec_t *exec, cudaGraph_t graph,
                                 unsigned long long flags);
cudaError_t cudaGraphLaunch(cudaGraphExec_t exec, cudaStream_t stream);
cudaError_t cudaGraphDestroy(cudaGraph_t graph);
cudaError_t cudaGraphExecDestroy(cudaGraphExec_t exec);
cudaError_t cudaFuncSetAttribute(const void *function, cudaFuncAttribute attribute, int value);
cudaError_t emulated_occupancy(int *blocks, int threads, size_t shared);
cudaError_t emulated_launch(const cudaLaunchConfig_t *config, std::function<void()> kernel);

template <class Kernel>
static inline cudaError_t
cudaOccupancyMaxActiveBlocksPerMultiprocessor(int *blocks, Kernel, int threads, size_t shared) {
  return emulated_occupancy(blocks, threads, shared);
}

template <class... Parameters, class... Arguments>
static inline cudaError_t cudaLaunchKernelEx(const cudaLaunchConfig_t *config,
                                             void (*kernel)(Parameters...),
                                             Arguments... arguments) {
  return emulated_launch(config, [=] { kernel(arguments...); });
}
