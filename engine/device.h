/* device: the things that a network can be computed on, found once and named for the person. */
#pragma once

#include "kernels/backend.h"

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
  char *id;    /* "cpu", "cuda:0" */
  char *title; /* "CPU", "NVIDIA H100" */
  const InkBackend *backend;
  InkDevice info;
} InkDeviceEntry;

/* All devices, usable or not, the CPU first. Found at the first call; owned by the library, valid
 * for ever. Any thread. */
const InkDeviceEntry *const *ink_devices_get(guint *n);

/* "cpu", "cuda" (the first usable), "cuda:N", "auto" (a GPU where one works, else the CPU). NULL
 * with a sentence that says what is missing and what to do (INK_DEVICE_ERROR). */
const InkDeviceEntry *ink_device_find(const char *spec, GError **error);

/* Processors that this process may run on. */
int ink_device_processors(void);

#define INK_DEVICE_ERROR (ink_device_error_quark())
GQuark ink_device_error_quark(void);

G_END_DECLS
