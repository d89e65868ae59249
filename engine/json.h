/* json: json-glib's parser behind a check that a stranger's text can't overflow its recursion. */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* The root of a JSON text of UTF-8 whose brackets are nested at most max_depth deep; NULL with the
 * parser's message otherwise (JSON_PARSER_ERROR). Free with json_node_unref(). */
JsonNode *ink_json_parse(const char *text, gsize length, guint max_depth, GError **error);

G_END_DECLS
