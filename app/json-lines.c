#include "app/json-lines.h"

#include <math.h>
#include <stdio.h>

JsonObject *ink_json_event(const char *event) {
  g_return_val_if_fail(event, NULL);
  JsonObject *object = json_object_new();
  json_object_set_string_member(object, "event", event);
  return object;
}

void ink_json_set_number(JsonObject *object, const char *name, double value) {
  if (isfinite(value))
    json_object_set_double_member(object, name, value);
  else
    json_object_set_null_member(object, name);
}

void ink_json_print(JsonObject *object) {
  g_return_if_fail(object);
  g_autoptr(JsonNode) node = json_node_init_object(json_node_alloc(), object);
  g_autofree char *text = json_to_string(node, FALSE);
  /* Not g_print(), which would convert to the terminal's character set: JSON is UTF-8. */
  puts(text);
  fflush(stdout);
}
