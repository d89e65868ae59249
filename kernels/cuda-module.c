/* The CUDA backend is a module, so that the program starts, and says why in plain words, where
 * there is none. Without it the backend has one device, which can't be used. */
#include "kernels/registry.h"
#include "kernels/text.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const InkBackend *backend;
static const char *missing;

static size_t no_devices(InkDevice *devices, size_t capacity) {
  if (capacity > 0) {
    devices[0] = (InkDevice){.name = "NVIDIA GPU"};
    snprintf(devices[0].reason, INK_MESSAGE, "%s", missing);
  }
  return 1;
}

static InkStatus cannot_open(const InkNetOptions *options, InkNet **net,
                             char message[INK_MESSAGE]) {
  *net = NULL;
  snprintf(message, INK_MESSAGE, "%s", missing);
  return INK_NO_DEVICE;
}

/* Never called with a net, since none was opened. */
static void close_nothing(InkNet *net) {}

static const InkBackend stand_in = {
    .abi = INK_BACKEND_ABI,
    .name = "cuda",
    .devices = no_devices,
    .open = cannot_open,
    .close = close_nothing,
};

/* Beside the program's libraries, or where the environment says (a program that is not installed).
 */
static void *open_module(void) {
  const char *folder = getenv("INKLING_MODULES");
  char path[4096];

  snprintf(path, sizeof path, "%s/inkling-cuda.so", folder ? folder : INK_MODULE_FOLDER);
  return dlopen(path, RTLD_NOW | RTLD_LOCAL);
}

static void find_module(void) {
  const InkBackend *(*entry)(void) = NULL;
  void *module = open_module();

  backend = &stand_in;
  if (!module) {
    missing =
        _("This copy of Inkling was built without NVIDIA support: install the CUDA Toolkit and "
          "build it again.");
    return;
  }
  *(void **)&entry = dlsym(module, "ink_backend_module");
  if (!entry || entry()->abi != INK_BACKEND_ABI) {
    missing = _("Inkling’s NVIDIA module is of another version than the program: build and install "
                "both again.");
    dlclose(module);
    return;
  }
  backend = entry();
}

const InkBackend *ink_cuda_backend(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;

  pthread_once(&once, find_module);
  return backend;
}
