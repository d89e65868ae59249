#define _GNU_SOURCE /* sched_getaffinity() */

#include "engine/device.h"

#include "kernels/registry.h"

#include <glib/gi18n.h>

#include <sched.h>
#include <unistd.h>

G_DEFINE_QUARK(ink_device_error, ink_device_error)

enum { MAX_DEVICES = 16 }; /* a backend */

static InkDeviceEntry *entry_new(const InkBackend *backend, const InkDevice *info) {
  InkDeviceEntry *entry = g_new0(InkDeviceEntry, 1);
  gboolean is_cpu = backend == ink_cpu_backend();

  entry->id = is_cpu ? g_strdup("cpu") : g_strdup_printf("%s:%d", backend->name, info->index);
  entry->title = g_strdup(info->name);
  entry->backend = backend;
  entry->info = *info;
  return entry;
}

/* Found on its own: a program that stays on the CPU never wakes a GPU's driver, which takes its
 * time. */
static const InkDeviceEntry *cpu_device(void) {
  static InkDeviceEntry *entry;

  if (g_once_init_enter(&entry)) {
    InkDevice device;

    ink_cpu_backend()->devices(&device, 1);
    g_once_init_leave(&entry, entry_new(ink_cpu_backend(), &device));
  }
  return entry;
}

static GPtrArray *find_all(void) {
  GPtrArray *entries = g_ptr_array_new();

  g_ptr_array_add(entries, (gpointer)cpu_device());
  for (gsize i = 0; i < ink_backends(); i++) {
    const InkBackend *backend = ink_backend(i);
    InkDevice devices[MAX_DEVICES];
    gsize n = backend == ink_cpu_backend() ? 0 : backend->devices(devices, MAX_DEVICES);

    for (gsize j = 0; j < MIN(n, MAX_DEVICES); j++)
      g_ptr_array_add(entries, entry_new(backend, &devices[j]));
  }
  return entries;
}

const InkDeviceEntry *const *ink_devices_get(guint *n) {
  static GPtrArray *entries;

  g_return_val_if_fail(n, NULL);

  if (g_once_init_enter(&entries))
    g_once_init_leave(&entries, find_all());
  *n = entries->len;
  return (const InkDeviceEntry *const *)entries->pdata;
}

/* The first whose id is `spec` or begins with it and a colon, a usable one if there is one. */
static const InkDeviceEntry *match(const char *spec) {
  g_autofree char *prefix = g_strconcat(spec, ":", NULL);
  const InkDeviceEntry *found = NULL;
  guint n;
  const InkDeviceEntry *const *entries = ink_devices_get(&n);

  for (guint i = 0; i < n; i++) {
    if (!g_str_equal(entries[i]->id, spec) && !g_str_has_prefix(entries[i]->id, prefix))
      continue;
    if (entries[i]->info.usable)
      return entries[i];
    if (!found)
      found = entries[i];
  }
  return found;
}

static const InkDeviceEntry *choose(void) {
  guint n;
  const InkDeviceEntry *const *entries = ink_devices_get(&n);

  for (guint i = 0; i < n; i++) {
    if (entries[i]->backend != ink_cpu_backend() && entries[i]->info.usable)
      return entries[i];
  }
  return cpu_device();
}

const InkDeviceEntry *ink_device_find(const char *spec, GError **error) {
  const InkDeviceEntry *entry;

  g_return_val_if_fail(spec, NULL);

  if (g_str_equal(spec, "cpu"))
    return cpu_device();
  entry = g_str_equal(spec, "auto") ? choose() : match(spec);
  if (entry && entry->info.usable)
    return entry;
  if (entry)
    g_set_error(error, INK_DEVICE_ERROR, 0, _("The device “%s” can’t be used: %s"), spec,
                entry->info.reason);
  else
    g_set_error(error, INK_DEVICE_ERROR, 0,
                _("There is no device “%s”; “inkling devices” lists those of this computer."),
                spec);
  return NULL;
}

int ink_device_processors(void) {
  cpu_set_t set;

  if (sched_getaffinity(0, sizeof set, &set) == 0)
    return CPU_COUNT(&set);
  return MAX(1, sysconf(_SC_NPROCESSORS_ONLN));
}
