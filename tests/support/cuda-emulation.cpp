/* cuda-emulation: fibers that meet at barriers. Built without ThreadSanitizer's instrumentation
 * even for it (then with EMULATION_FOR_TSAN), since only what kernels do is to be checked. */
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
