/* cuda-emulation: fibers that meet at barriers (the first half), and a runtime for one imagined GPU
 * (the second). Built without ThreadSanitizer's instrumentation even for it (then with
 * EMULATION_FOR_TSAN), since only what kernels do is to be checked. */
#include "tests/support/cuda-emulation.h"

#include <deque>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string>
#include <sys/mman.h>
#include <ucontext.h>
#include <vector>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef EMULATION_FOR_TSAN
#include <sanitizer/tsan_interface.h>
#endif
/* Jumping between fibers makes no system calls, as swapcontext() does; but sanitizers want to see
 * each switch. */
#if defined __SANITIZE_ADDRESS__ || defined EMULATION_FOR_TSAN
enum { JUMPS = false };
#else
enum { JUMPS = true };
#endif

dim3 threadIdx, blockIdx, blockDim, gridDim;

namespace emulation {

enum { GARBAGE = 0xcd };
static const size_t STACK = 128 << 10;

/* Threads that meet: who has come, and where. Two generations alternate, so that one who is already
 * at the next meeting is not ordered before those still leaving this one. */
struct Meeting {
  unsigned members = 0, arrived = 0, generation = 0;
  const char *file = NULL;
  int line = 0;
  struct Fiber *waiting = NULL; /* linked by Fiber.next; nothing is allocated while fibers run */
  char order[2];                /* addresses for ThreadSanitizer */
};

struct Warp {
  Meeting meeting;
  uint32_t lanes[2][32];
};

struct Block {
  Meeting meeting;
  std::vector<Warp> warps;
  void *shared = NULL;
};

struct Fiber {
  dim3 thread, of_block;
  Block *block = NULL;
  Warp *warp = NULL;
  bool done = false;
  Fiber *next = NULL; /* among those that can run, or that wait at the same meeting */
  ucontext_t context; /* where it starts; without JUMPS also where it goes on */
  jmp_buf left;       /* with JUMPS: where it goes on, once it has run */
  bool has_left = false;
  void *stack = NULL;
  void *fake_stack = NULL; /* AddressSanitizer's */
  void *tsan = NULL;       /* ThreadSanitizer's */
};

static std::deque<Fiber> pool; /* by block and thread; kept between launches for their stacks */
static Fiber *runnable;        /* a stack: the order in which fibers run is nobody's promise */
static Fiber host;             /* the caller of run() */
static Fiber *current = &host;
static Meeting grid;
static const std::function<void()> *body;
static std::string problem; /* written by the host alone */
static struct {
  const char *file[2];
  int line[2];
} divergence; /* the two places where threads met; a fiber leaves them here */

static void order_before(void *address) {
#ifdef EMULATION_FOR_TSAN
  __tsan_release(address);
#else
  (void)address;
#endif
}

static void order_after(void *address) {
#ifdef EMULATION_FOR_TSAN
  __tsan_acquire(address);
#else
  (void)address;
#endif
}

static void go_to(Fiber *self, Fiber *next, bool ending) {
  if (!JUMPS) {
    if (ending)
      setcontext(&next->context);
    swapcontext(&self->context, &next->context);
    return;
  }
  if (!ending) {
    self->has_left = true;
    if (_setjmp(self->left))
      return;
  }
  if (next->has_left)
    _longjmp(next->left, 1);
  setcontext(&next->context);
}

/* Returns when somebody switches back; never, when the fiber has ended. */
static void switch_to(Fiber *next, bool ending) {
  Fiber *self = current;

  if (next == self)
    return;
#ifdef __SANITIZE_ADDRESS__
  __sanitizer_start_switch_fiber(ending ? NULL : &self->fake_stack, next->stack,
                                 next->stack ? STACK : 0);
#endif
#ifdef EMULATION_FOR_TSAN
  __tsan_switch_to_fiber(next->tsan, __tsan_switch_to_fiber_no_sync);
#endif
  current = next;
  threadIdx = next->thread;
  blockIdx = next->of_block;
  go_to(self, next, ending);
#ifdef __SANITIZE_ADDRESS__
  __sanitizer_finish_switch_fiber(self->fake_stack, NULL, NULL);
#endif
}

/* The next fiber that can run; when there is none, back to the host, which sees whether all is
 * done. */
static void yield(bool ending) {
  Fiber *next = &host;

  if (!divergence.line[0] && runnable) {
    next = runnable;
    runnable = next->next;
  }
  switch_to(next, ending);
}

static void meet(Meeting *meeting, const char *file, int line) {
  char *order = &meeting->order[meeting->generation % 2];
  Fiber *self = current;

  if (meeting->arrived == 0) {
    meeting->file = file;
    meeting->line = line;
  } else if (meeting->line != line || strcmp(meeting->file, file) != 0) {
    divergence = {{meeting->file, file}, {meeting->line, line}};
    yield(false);
  }
  order_before(order);
  if (++meeting->arrived < meeting->members) {
    self->next = meeting->waiting;
    meeting->waiting = self;
    yield(false);
  } else {
    while (meeting->waiting) {
      Fiber *waiting = meeting->waiting;

      meeting->waiting = waiting->next;
      waiting->next = runnable;
      runnable = waiting;
    }
    meeting->arrived = 0;
    meeting->generation++;
  }
  order_after(order);
}

void block_barrier(const char *file, int line) {
  meet(&current->block->meeting, file, line);
}

void all_blocks_barrier(const char *file, int line) {
  meet(&grid, file, line);
}

const uint32_t *warp_exchange(uint32_t bits, const char *file, int line) {
  Warp *warp = current->warp;
  uint32_t *lanes = warp->lanes[warp->meeting.generation % 2];

  lanes[current->thread.x % 32] = bits;
  meet(&warp->meeting, file, line);
  return lanes;
}

void *shared_bytes() {
  return current->block->shared;
}

static char start,
    end; /* what orders a launch after the calls before it, and before those after it */

static void fiber_main() {
#ifdef __SANITIZE_ADDRESS__
  __sanitizer_finish_switch_fiber(NULL, NULL, NULL);
#endif
  order_after(&start);
  (*body)();
  order_before(&end);
  current->done = true;
  yield(true);
}

static void prepare(Fiber *fiber) {
  if (!fiber->stack)
    fiber->stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
#ifdef __SANITIZE_ADDRESS__
  __asan_unpoison_memory_region(fiber->stack, STACK);
#endif
#ifdef EMULATION_FOR_TSAN
  if (!fiber->tsan)
    fiber->tsan = __tsan_create_fiber(0);
#endif
  fiber->done = fiber->has_left = false;
  getcontext(&fiber->context);
  fiber->context.uc_stack.ss_sp = fiber->stack;
  fiber->context.uc_stack.ss_size = STACK;
  fiber->context.uc_link = NULL;
  makecontext(&fiber->context, fiber_main, 0);
}

/* What was wrong with the launch, if anything. */
static std::string judge(const std::vector<Fiber *> &fibers) {
  unsigned waiting = 0;

  if (divergence.line[0])
    return std::string("divergent barrier: ") + divergence.file[0] + ":" +
           std::to_string(divergence.line[0]) + " and " + divergence.file[1] + ":" +
           std::to_string(divergence.line[1]);
  for (Fiber *fiber : fibers)
    waiting += !fiber->done;
  if (waiting)
    return "barrier not met by all: " + std::to_string(waiting) + " of " +
           std::to_string(fibers.size()) + " threads wait for ever";
  return "";
}

bool run(unsigned blocks, unsigned threads, size_t shared, const std::function<void()> &kernel) {
  std::vector<Block> all(blocks);
  std::vector<Fiber *> fibers;

  divergence = {};
  runnable = NULL;
  grid = Meeting();
  grid.members = blocks * threads;
  body = &kernel;
  while (pool.size() < (size_t)blocks * threads)
    pool.emplace_back();
  for (unsigned b = 0; b < blocks; b++) {
    Block *block = &all[b];

    block->meeting.members = threads;
    block->warps.resize((threads + 31) / 32);
    if (shared && posix_memalign(&block->shared, 16, shared) != 0)
      abort();
    if (shared)
      memset(block->shared, GARBAGE, shared);
    for (unsigned t = 0; t < threads; t++) {
      Fiber *fiber = &pool[(size_t)b * threads + t];

      prepare(fiber);
      fiber->thread = dim3(t, 0, 0);
      fiber->of_block = dim3(b, 0, 0);
      fiber->block = block;
      fiber->warp = &block->warps[t / 32];
      fiber->warp->meeting.members++;
      fiber->next = runnable;
      runnable = fiber;
      fibers.push_back(fiber);
    }
  }
  blockDim = dim3(threads);
  gridDim = dim3(blocks);
#ifdef EMULATION_FOR_TSAN
  host.tsan = __tsan_get_current_fiber();
#endif
  order_before(&start);
  yield(false);
  order_after(&end);
  problem = judge(fibers);
  for (Block &block : all)
    free(block.shared);
  return problem.empty();
}

const char *failure() {
  return problem.c_str();
}

} // namespace emulation

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
      {"lost_at", 0}, /* the launch, from 1 since this is set, that the device does not survive */
      {"error", 700}, /* what every call returns from then on */
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

struct emulated_graph {
  std::vector<std::function<cudaError_t()>> nodes;
};
struct emulated_stream {
  emulated_graph *capture;
};

static long launches; /* since lost_at is set */

/* As with the runtime, the launch that ends a device succeeds, and what comes after it fails. */
static cudaError_t health() {
  if (!setting("lost_at"))
    launches = 0;
  return launches && launches >= setting("lost_at") ? (cudaError_t)setting("error") : cudaSuccess;
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
  *data = NULL;
  if (health() != cudaSuccess)
    return health();
  if (size > (size_t)setting("free"))
    return cudaErrorMemoryAllocation;
  *data = malloc(size);
  memset(*data, emulation::GARBAGE, size);
  return cudaSuccess;
}

cudaError_t cudaFree(void *data) {
  free(data);
  return cudaSuccess;
}

cudaError_t cudaMallocHost(void **data, size_t size) {
  return cudaMalloc(data, size);
}

cudaError_t cudaFreeHost(void *data) {
  return cudaFree(data);
}

cudaError_t cudaMemcpyAsync(void *to, const void *from, size_t size, cudaMemcpyKind, cudaStream_t) {
  if (health() == cudaSuccess)
    memcpy(to, from, size);
  return health();
}

cudaError_t cudaMemsetAsync(void *to, int value, size_t size, cudaStream_t) {
  if (health() == cudaSuccess)
    memset(to, value, size);
  return health();
}

cudaError_t cudaStreamCreateWithFlags(cudaStream_t *stream, unsigned) {
  *stream = new emulated_stream();
  return cudaSuccess;
}

cudaError_t cudaStreamSynchronize(cudaStream_t) {
  return health();
}

cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  delete stream;
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

cudaError_t cudaGraphLaunch(cudaGraphExec_t exec, cudaStream_t) {
  for (const auto &node : exec->nodes) {
    cudaError_t error = node();

    if (error != cudaSuccess)
      return error;
  }
  return cudaSuccess;
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
  auto node = [=] {
    if (health() != cudaSuccess)
      return health();
    launches++;
    if (health() == cudaSuccess && !emulation::run(blocks, threads, shared, kernel))
      return cudaErrorLaunchFailure;
    return cudaSuccess;
  };

  if (config->numAttrs && !setting("cooperative"))
    return cudaErrorInvalidValue;
  if (config->stream && config->stream->capture) {
    config->stream->capture->nodes.push_back(node);
    return cudaSuccess;
  }
  return node();
}
