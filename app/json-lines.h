/* json-lines: what --json prints: one object a line, flushed at once so that a reader can follow.
 */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* A new object whose first member is "event"; members keep the order in which they are set. */
JsonObject *ink_json_event(const char *event);

/* A number, or null when it is not finite: JSON has no word for those. */
void ink_json_set_number(JsonObject *object, const char *name, double value);

void ink_json_print(JsonObject *object);

G_END_DECLS
