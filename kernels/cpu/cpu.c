/* cpu: the backend table, and opening and closing a network. */
#define _GNU_SOURCE
#include "kernels/backend.h"
#include "kernels/cpu/net.h"
#include "kernels/cpu/tensors.h"
#include "kernels/text.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { HUGE_PAGE = 2 << 20, MAX_THREADS = 256 };

static int processors(void) {
  cpu_set_t set;

  if (sched_getaffinity(0, sizeof set, &set) != 0)
    return 1;
  return CPU_COUNT(&set) < MAX_THREADS ? CPU_COUNT(&set) : MAX_THREADS;
}

static size_t cpu_devices(InkDevice *devices, size_t capacity) {
  if (capacity > 0) {
    InkDevice *device = &devices[0];

    *device = (InkDevice){.units = processors(), .usable = true};
    device->memory = (size_t)sysconf(_SC_PHYS_PAGES) * (size_t)sysconf(_SC_PAGESIZE);
    snprintf(device->name, sizeof device->name, "CPU");
    snprintf(device->detail, sizeof device->detail, "%s", ink_isa_name(ink_isa_best()));
  }
  return 1;
}

/* Hands out aligned pieces of a block; with base NULL it only measures. */
typedef struct {
  char *base;
  size_t used;
} Arena;

static void *take(Arena *arena, size_t bytes) {
  void *piece = arena->base ? arena->base + arena->used : NULL;

  arena->used += (bytes + INK_ALIGNMENT - 1) / INK_ALIGNMENT * INK_ALIGNMENT;
  return piece;
}

static void lay_out(InkNet *net, Arena *arena) {
  size_t floats = ink_tensors_size(&net->shape) * sizeof(float);
  int workers = ink_workers_count(net->workers);

  net->parameters = take(arena, floats);
  net->m = take(arena, floats);
  net->v = take(arena, floats);
  for (int i = 0; i < INK_MAX_CHUNKS; i++)
    net->gradients[i] = take(arena, floats);
  net->prepared = take(arena, net->kernels->prepared_size * sizeof(float));
  net->maps = take(arena, (INK_PIXELS * 16 + INK_WINDOWS1 * 32) * sizeof(float));
  for (int i = 0; i < workers; i++) {
    void *workspace = take(arena, sizeof(InkWorkspace));

    if (arena->base)
      net->workspaces[i] = workspace;
  }
}

static void cpu_close(InkNet *net) {
  if (!net)
    return;
  ink_workers_free(net->workers);
  if (net->memory)
    munmap(net->memory, net->memory_size);
  free(net->workspaces);
  free(net);
}

/* Everything that a step touches, zeroed, in huge pages where the system has them. */
static bool allocate(InkNet *net) {
  Arena arena = {NULL, 0};
  uintptr_t start;

  net->workspaces = calloc((size_t)ink_workers_count(net->workers), sizeof *net->workspaces);
  if (!net->workspaces)
    return false;
  lay_out(net, &arena);
  /* To the end of the last huge page, and one more as the first begins somewhere in the block. */
  net->memory_size = (arena.used + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE + HUGE_PAGE;
  net->memory =
      mmap(NULL, net->memory_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (net->memory == MAP_FAILED) {
    net->memory = NULL;
    return false;
  }
  madvise(net->memory, net->memory_size, MADV_HUGEPAGE);
  start = ((uintptr_t)net->memory + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
  arena = (Arena){(char *)start, 0};
  lay_out(net, &arena);
  return true;
}

static InkStatus cpu_open(const InkNetOptions *options, InkNet **result,
                          char message[INK_MESSAGE]) {
  InkStatus status = INK_NO_MEMORY;
  int threads = options->threads > 0 ? options->threads : processors();
  InkNet *net = NULL;

  *result = NULL;
  if (!ink_shape_is_valid(&options->shape) || options->device != 0 || options->threads < 0) {
    snprintf(message, INK_MESSAGE,
             _("The network’s shape, device or number of threads is not valid."));
    return INK_BAD_ARGUMENT;
  }
  if (threads > MAX_THREADS)
    threads = MAX_THREADS;
  snprintf(message, INK_MESSAGE, _("There is not enough memory to open the network."));
  net = calloc(1, sizeof *net);
  if (!net)
    goto fail;
  net->shape = options->shape;
  net->kernels = ink_kernels(ink_isa_best(), net->shape.kernel, net->shape.pool);
  net->workers = ink_workers_new(threads);
  if (!net->workers) {
    snprintf(message, INK_MESSAGE, _("%d threads could not be started; ask for fewer."), threads);
    goto fail;
  }
  if (!allocate(net))
    goto fail;
  message[0] = '\0';
  *result = net;
  return INK_OK;

fail:
  cpu_close(net);
  return status;
}

void ink_net_prepare(InkNet *net) {
  InkTensors parameters = ink_tensors(&net->shape, net->parameters);

  net->kernels->prepare(&parameters, 0, net->prepared);
  net->kernels->prepare(&parameters, 16, net->prepared);
}

static InkStatus cpu_put(InkNet *net, const float *parameters, const float *m, const float *v,
                         int64_t updates) {
  size_t bytes = ink_tensors_size(&net->shape) * sizeof(float);

  if (!m != !v || updates < 0)
    return INK_BAD_ARGUMENT;
  ink_tensors_pack(&net->shape, parameters, net->parameters);
  memset(net->m, 0, bytes);
  memset(net->v, 0, bytes);
  net->updates = 0;
  if (m) {
    ink_tensors_pack(&net->shape, m, net->m);
    ink_tensors_pack(&net->shape, v, net->v);
    net->updates = updates;
  }
  ink_net_prepare(net);
  return INK_OK;
}

static InkStatus cpu_get(InkNet *net, float *parameters, float *m, float *v, int64_t *updates) {
  if (parameters)
    ink_tensors_unpack(&net->shape, net->parameters, parameters);
  if (m)
    ink_tensors_unpack(&net->shape, net->m, m);
  if (v)
    ink_tensors_unpack(&net->shape, net->v, v);
  if (updates)
    *updates = net->updates;
  return INK_OK;
}

static InkStatus cpu_load(InkNet *net, InkSplit split, const uint8_t *images, const uint8_t *labels,
                          size_t count) {
  for (size_t i = 0; i < count; i++)
    if (labels[i] >= net->shape.classes)
      return INK_BAD_ARGUMENT;
  net->splits[split] = (InkSamples){images, labels, count};
  return INK_OK;
}

const InkBackend *ink_cpu_backend(void) {
  static const InkBackend backend = {
      .abi = INK_BACKEND_ABI,
      .name = "cpu",
      .devices = cpu_devices,
      .open = cpu_open,
      .close = cpu_close,
      .put = cpu_put,
      .get = cpu_get,
      .load = cpu_load,
      .train = ink_net_train,
      .evaluate = ink_net_evaluate,
      .infer = ink_net_infer,
  };

  return &backend;
}
