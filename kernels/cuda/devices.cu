// devices: the NVIDIA GPUs, and for each that can't be used, or when there is none, why.
#include "kernels/cuda/net.cuh"
#include "kernels/text.h"

#include <stdio.h>

// What a run of steps with a large batch takes besides the data.
static const size_t NEEDED_MEMORY = (size_t)64 << 20;

// Samples of a multiprocessor. The slowest there are, with 64 lanes at 1 GHz, train one with kernel
// 5 in 170 µs by tests/bench/gpu-model.py.
enum { AT_ONCE = 128 };

// The oldest that this toolkit still compiles for.
enum { OLDEST_MAJOR = 7, OLDEST_MINOR = 5 };

static void version(int number, char text[16]) {
  snprintf(text, 16, "%d.%d", number / 1000, number % 1000 / 10);
}

// Why there is no device at all.
static void explain(cudaError_t error, char reason[INK_MESSAGE]) {
  int driver = 0, runtime = 0;
  char has[16], needs[16];

  cudaDriverGetVersion(&driver);
  cudaRuntimeGetVersion(&runtime);
  version(driver, has);
  version(runtime, needs);
  if (driver == 0)
    snprintf(reason, INK_MESSAGE,
             _("No NVIDIA driver was found: install the driver of your graphics "
               "card to train on it."));
  else if (error == cudaErrorInsufficientDriver)
    snprintf(reason, INK_MESSAGE,
             _("The NVIDIA driver is made for CUDA %s, but Inkling needs %s: update the driver."),
             has, needs);
  else if (error == cudaErrorNoDevice || error == cudaSuccess)
    snprintf(reason, INK_MESSAGE,
             _("The NVIDIA driver shows no GPU: check that one is installed and "
               "that CUDA_VISIBLE_DEVICES does not hide it."));
  else
    snprintf(reason, INK_MESSAGE,
             _("The NVIDIA driver does not work (%s): restart the computer or "
               "install the driver anew."),
             cudaGetErrorString(error));
}

cudaError_t ink_cuda_probe(int device, size_t *free_memory) {
  size_t total;
  ink::Check check;

  check(cudaSetDevice(device)) && check(cudaMemGetInfo(free_memory, &total)) &&
      check(*free_memory < NEEDED_MEMORY ? cudaErrorMemoryAllocation : cudaSuccess);
  return check.error;
}

void ink_cuda_explain(cudaError_t error, size_t free_memory, char message[INK_MESSAGE]) {
  if (error == cudaErrorMemoryAllocation)
    snprintf(message, INK_MESSAGE,
             _("The GPU has only %zu MB of free memory, and Inkling needs %zu MB: close other "
               "programs that use it, or train on the CPU."),
             free_memory >> 20, NEEDED_MEMORY >> 20);
  else if (error == cudaErrorDevicesUnavailable)
    snprintf(message, INK_MESSAGE,
             _("Another program has the GPU to itself: close it, or train on the CPU."));
  else
    snprintf(message, INK_MESSAGE, _("The GPU cannot be used (%s): train on the CPU."),
             cudaGetErrorString(error));
}

// Whether a network could be opened now. What the driver set up to answer that is given back: a
// program that only asks should keep no memory of the GPU, nor the GPU from others.
static void try_out(InkDevice *device) {
  size_t free_memory = 0;
  cudaError_t error = ink_cuda_probe(device->index, &free_memory);

  device->usable = error == cudaSuccess;
  if (error != cudaSuccess)
    ink_cuda_explain(error, free_memory, device->reason);
  if (ink_cuda_open_nets() == 0)
    cudaDeviceReset();
  cudaGetLastError();
}

static void describe(int index, InkDevice *device) {
  cudaDeviceProp properties;
  int mode = cudaComputeModeDefault;
  ink::Check check;

  *device = InkDevice{};
  device->index = index;
  snprintf(device->name, sizeof device->name, "NVIDIA GPU %d", index);
  check(cudaGetDeviceProperties(&properties, index));
  check(cudaDeviceGetAttribute(&mode, cudaDevAttrComputeMode, index));
  if (check.error != cudaSuccess) {
    snprintf(device->reason, INK_MESSAGE, _("The GPU does not answer (%s): restart the computer."),
             cudaGetErrorString(check.error));
    return;
  }
  snprintf(device->name, sizeof device->name, "%.95s", properties.name);
  snprintf(device->detail, sizeof device->detail, "compute capability %d.%d", properties.major,
           properties.minor);
  device->units = properties.multiProcessorCount;
  device->at_once = AT_ONCE * properties.multiProcessorCount;
  device->memory = properties.totalGlobalMem;
  if (properties.major * 10 + properties.minor < OLDEST_MAJOR * 10 + OLDEST_MINOR)
    snprintf(
        device->reason, INK_MESSAGE,
        _("This GPU has compute capability %d.%d, and Inkling needs at least %d.%d: use the CPU "
          "or a newer GPU."),
        properties.major, properties.minor, OLDEST_MAJOR, OLDEST_MINOR);
  else if (mode == cudaComputeModeProhibited)
    snprintf(device->reason, INK_MESSAGE,
             _("This GPU is set to refuse programs: allow them with "
               "\"nvidia-smi -c DEFAULT\"."));
  else
    try_out(device);
}

size_t ink_cuda_devices(InkDevice *devices, size_t capacity) {
  int count = 0;
  cudaError_t error = cudaGetDeviceCount(&count);

  if (error != cudaSuccess || count == 0) {
    cudaGetLastError();
    if (capacity > 0) {
      devices[0] = InkDevice{};
      snprintf(devices[0].name, sizeof devices[0].name, "NVIDIA GPU");
      explain(error, devices[0].reason);
    }
    return 1;
  }
  for (int i = 0; i < count && (size_t)i < capacity; i++)
    describe(i, &devices[i]);
  return count;
}
