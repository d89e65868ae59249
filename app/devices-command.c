/* inkling devices: what a network can be computed on, and why not. */
#include "app/command.h"
#include "app/json-lines.h"
#include "engine/device.h"

#include <glib/gi18n.h>

static void print_json(const InkDeviceEntry *device) {
  g_autoptr(JsonObject) line = ink_json_event("device");
  json_object_set_string_member(line, "id", device->id);
  json_object_set_string_member(line, "name", device->title);
  json_object_set_string_member(line, "detail", device->info.detail);
  json_object_set_int_member(line, "units", device->info.units);
  json_object_set_int_member(line, "memory", device->info.memory);
  json_object_set_boolean_member(line, "usable", device->info.usable);
  if (!device->info.usable)
    json_object_set_string_member(line, "reason", device->info.reason);
  ink_json_print(line);
}

static void print_text(const InkDeviceEntry *device) {
  if (!device->info.usable)
    g_print(_("%-8s not usable: %s\n"), device->id, device->info.reason);
  else
    g_print("%-8s %s, %s\n", device->id, device->title, device->info.detail);
}

int ink_devices_command(int argc, char **argv) {
  gboolean json = FALSE;
  const GOptionEntry entries[] = {
      {"json", 0, 0, G_OPTION_ARG_NONE, &json, N_("Print one JSON object a line"), NULL},
      {NULL},
  };
  GError *error = NULL;
  if (!ink_command_parse(argc, argv, entries, NULL, _("Lists what a network can be computed on."),
                         &error))
    return ink_command_fail(error);
  guint n;
  const InkDeviceEntry *const *devices = ink_devices_get(&n);
  for (guint i = 0; i < n; i++)
    json ? print_json(devices[i]) : print_text(devices[i]);
  return INK_EXIT_DONE;
}
