/* cuda-emulation-runtime: the runtime of one imagined GPU. A stream does what it is given only when
 * somebody waits for it, so that whoever reads a result too early, or changes what has not been
 * copied yet, is found out; or, if it is eager, at once, so that what it does not wait for in
 * others has not been done. */
#include "tests/support/cuda-emulation.h"

#include <algorithm>
#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <stdio.h>
#include <stdlib.h>
#include <vector>

/* EMULATED_GPU's names and defaults. */
static long setting(const char *name) {
  static const struct {
    const char *name;
    long value;
  } defaults[] = {
      {"driver", 13000},                   /* CUDA version of the driver; 0: none */
      {"devices", 1},                      /* how many */
      {"major", 9},                        /* compute capability */
      {"minor", 0},           {"mode", 0}, /* compute mode: 2 prohibited, 3 exclusive and taken */
      {"free", 1 << 30},                   /* bytes of free memory */
      {"multiprocessors", 2}, {"cooperative", 1}, /* 0: no cooperative launch */
      {"lost_at", 0}, /* the launch, from 1 since this is so, that the device does not survive */
      {"error", 700}, /* what every call returns from then on */
      {"eager", 0},   /* 1: the stream that was made first does what it is given at once */
  };
  const char *text = getenv("EMULATED_GPU");
  size_t length = strlen(name);

  for (const char *at = text; at && *at; at = strchr(at, ' ') ? strchr(at, ' ') + 1 : NULL)
    if (strncmp(at, name, length) == 0 && at[length] == '=')
      return strtol(at + length + 1, NULL, 10);
  for (const auto &entry : defaults)
    if (strcmp(entry.name, name) == 0)
      return entry.value;
  abort();
}

enum { RUNTIME_VERSION = 13000 };

typedef std::function<cudaError_t()> Work;

struct emulated_graph {
  std::vector<Work> nodes;
};
struct emulated_stream {
  emulated_graph *capture;
  std::deque<Work> work; /* given and not done */
  size_t given, done;    /* counts */
  cudaError_t error;     /* the first; nothing is done after it */
};
struct emulated_event {
  emulated_stream *stream;
  size_t given; /* of the stream's work, when it was recorded */
  std::shared_ptr<std::chrono::steady_clock::time_point> time; /* when the stream came there */
};

typedef std::lock_guard<std::recursive_mutex> Lock;
static std::recursive_mutex mutex;                 /* of all below, and of doing work */
static std::vector<emulated_stream *> streams;     /* in the order in which they were made */
static std::map<const char *, size_t> allocations; /* on the device, and pinned */
static long lost_at, launches;                     /* since lost_at is what it is */

/* As with the runtime, the launch that ends a device succeeds, and what comes after it fails. */
static cudaError_t health() {
  if (lost_at != setting("lost_at"))
    launches = 0;
  lost_at = setting("lost_at");
  return lost_at && launches >= lost_at ? (cudaError_t)setting("error") : cudaSuccess;
}

/* All that the stream was given before its count was so. */
static cudaError_t finish(emulated_stream *stream, size_t given) {
  for (Lock lock(mutex); stream->done < given; stream->done++) {
    if (stream->error == cudaSuccess)
      stream->error = stream->work.front()();
    stream->work.pop_front();
  }
  return stream->error == cudaSuccess ? health() : stream->error;
}

static cudaError_t give(emulated_stream *stream, Work work) {
  Lock lock(mutex);

  if (stream->capture) {
    stream->capture->nodes.push_back(work);
    return cudaSuccess;
  }
  stream->work.push_back(work);
  stream->given++;
  return setting("eager") && stream == streams[0] ? finish(stream, stream->given) : health();
}

static bool is_allocated(const void *address) {
  Lock lock(mutex);
  auto next = allocations.upper_bound((const char *)address);

  return next != allocations.begin() &&
         (const char *)address < std::prev(next)->first + std::prev(next)->second;
}

const char *cudaGetErrorString(cudaError_t error) {
  return error == cudaErrorLaunchFailure ? emulation::failure() : "emulated error";
}

cudaError_t cudaGetLastError() {
  return cudaSuccess;
}

cudaError_t cudaDriverGetVersion(int *version) {
  *version = (int)setting("driver");
  return cudaSuccess;
}

cudaError_t cudaRuntimeGetVersion(int *version) {
  *version = RUNTIME_VERSION;
  return cudaSuccess;
}

cudaError_t cudaGetDeviceCount(int *count) {
  *count = 0;
  if (setting("driver") < RUNTIME_VERSION)
    return cudaErrorInsufficientDriver;
  if (setting("devices") == 0)
    return cudaErrorNoDevice;
  *count = (int)setting("devices");
  return cudaSuccess;
}

cudaError_t cudaGetDeviceProperties(cudaDeviceProp *properties, int device) {
  *properties = cudaDeviceProp();
  snprintf(properties->name, sizeof properties->name, "Emulated GPU %d", device);
  properties->totalGlobalMem = (size_t)1 << 30;
  properties->major = (int)setting("major");
  properties->minor = (int)setting("minor");
  properties->multiProcessorCount = (int)setting("multiprocessors");
  return cudaSuccess;
}

cudaError_t cudaDeviceGetAttribute(int *value, cudaDeviceAttr attribute, int) {
  *value = (int)setting(attribute == cudaDevAttrMultiProcessorCount ? "multiprocessors"
                        : attribute == cudaDevAttrComputeMode       ? "mode"
                                                                    : "cooperative");
  return cudaSuccess;
}

cudaError_t cudaSetDevice(int device) {
  return device >= setting("devices") ? cudaErrorInvalidValue
         : setting("mode") == 3       ? cudaErrorDevicesUnavailable
                                      : health();
}

cudaError_t cudaDeviceReset() {
  return cudaSuccess;
}

cudaError_t cudaMemGetInfo(size_t *free_bytes, size_t *total) {
  *free_bytes = (size_t)setting("free");
  *total = (size_t)1 << 30;
  return cudaSuccess;
}

cudaError_t cudaMalloc(void **data, size_t size) {
  Lock lock(mutex);

  *data = NULL;
  if (health() != cudaSuccess)
    return health();
  if (size > (size_t)setting("free"))
    return cudaErrorMemoryAllocation;
  *data = malloc(size);
  memset(*data, emulation::GARBAGE, size);
  allocations[(const char *)*data] = size;
  return cudaSuccess;
}

/* Waits for all work, as the runtime does. */
cudaError_t cudaFree(void *data) {
  Lock lock(mutex);

  for (emulated_stream *stream : streams)
    finish(stream, stream->given);
  allocations.erase((const char *)data);
  free(data);
  return cudaSuccess;
}

cudaError_t cudaMallocHost(void **data, size_t size) {
  return cudaMalloc(data, size);
}

cudaError_t cudaFreeHost(void *data) {
  return cudaFree(data);
}

/* From and to memory that is not pinned nothing is copied behind the caller's back. */
cudaError_t cudaMemcpyAsync(void *to, const void *from, size_t size, cudaMemcpyKind,
                            cudaStream_t stream) {
  cudaError_t error = give(stream, [=] {
    if (health() == cudaSuccess)
      memcpy(to, from, size);
    return health();
  });

  return is_allocated(to) && is_allocated(from) ? error : cudaStreamSynchronize(stream);
}

cudaError_t cudaMemsetAsync(void *to, int value, size_t size, cudaStream_t stream) {
  return give(stream, [=] {
    if (health() == cudaSuccess)
      memset(to, value, size);
    return health();
  });
}

cudaError_t cudaStreamCreateWithFlags(cudaStream_t *stream, unsigned) {
  Lock lock(mutex);

  *stream = new emulated_stream();
  streams.push_back(*stream);
  return cudaSuccess;
}

cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  return finish(stream, stream->given);
}

/* Not while a graph is made: what it waits for is outside. */
cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned) {
  emulated_stream *other = event->stream;
  size_t given = event->given;

  if (stream->capture)
    return cudaErrorInvalidValue;
  return give(stream, [=] { return finish(other, given); });
}

cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  Lock lock(mutex);

  streams.erase(std::find(streams.begin(), streams.end(), stream));
  delete stream;
  return cudaSuccess;
}

cudaError_t cudaEventCreate(cudaEvent_t *event) {
  *event = new emulated_event();
  return cudaSuccess;
}

cudaError_t cudaEventCreateWithFlags(cudaEvent_t *event, unsigned) {
  return cudaEventCreate(event);
}

cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  auto time = std::make_shared<std::chrono::steady_clock::time_point>();
  cudaError_t error = give(stream, [=] {
    *time = std::chrono::steady_clock::now();
    return cudaSuccess;
  });

  *event = {stream, stream->given, time};
  return error;
}

cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  return finish(event->stream, event->given);
}

cudaError_t cudaEventElapsedTime(float *milliseconds, cudaEvent_t from, cudaEvent_t to) {
  *milliseconds = std::chrono::duration<float, std::milli>(*to->time - *from->time).count();
  return cudaSuccess;
}

cudaError_t cudaEventDestroy(cudaEvent_t event) {
  delete event;
  return cudaSuccess;
}

cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode) {
  stream->capture = new emulated_graph();
  return cudaSuccess;
}

cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t *graph) {
  *graph = stream->capture;
  stream->capture = NULL;
  return cudaSuccess;
}

cudaError_t cudaGraphInstantiate(cudaGraphExec_t *exec, cudaGraph_t graph, unsigned long long) {
  *exec = new emulated_graph(*graph);
  return cudaSuccess;
}

cudaError_t cudaGraphLaunch(cudaGraphExec_t exec, cudaStream_t stream) {
  cudaError_t error = cudaSuccess;

  for (size_t i = 0; i < exec->nodes.size() && error == cudaSuccess; i++)
    error = give(stream, exec->nodes[i]);
  return error;
}

cudaError_t cudaGraphDestroy(cudaGraph_t graph) {
  delete graph;
  return cudaSuccess;
}

cudaError_t cudaGraphExecDestroy(cudaGraphExec_t exec) {
  delete exec;
  return cudaSuccess;
}

cudaError_t cudaFuncSetAttribute(const void *, cudaFuncAttribute, int) {
  return cudaSuccess;
}

cudaError_t emulated_occupancy(int *blocks, int, size_t) {
  *blocks = 1;
  return cudaSuccess;
}

cudaError_t emulated_launch(const cudaLaunchConfig_t *config, std::function<void()> kernel) {
  unsigned blocks = config->gridDim.x, threads = config->blockDim.x;
  size_t shared = config->dynamicSmemBytes;

  if (config->numAttrs && !setting("cooperative"))
    return cudaErrorInvalidValue;
  return give(config->stream, [=] {
    if (health() != cudaSuccess)
      return health();
    launches++;
    if (health() == cudaSuccess && !emulation::run(blocks, threads, shared, kernel))
      return cudaErrorLaunchFailure;
    return cudaSuccess;
  });
}
