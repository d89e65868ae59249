#include "engine/json.h"

/* Counts brackets outside strings; what is malformed is left to the parser. */
static guint depth_of(const char *text, gsize length) {
  guint depth = 0, deepest = 0;
  gboolean in_string = FALSE;

  for (gsize i = 0; i < length; i++) {
    char c = text[i];

    if (in_string && c == '\\')
      i++;
    else if (c == '"')
      in_string = !in_string;
    else if (!in_string && (c == '[' || c == '{'))
      depth++;
    else if (!in_string && (c == ']' || c == '}') && depth > 0)
      depth--;
    deepest = MAX(deepest, depth);
  }
  return deepest;
}

JsonNode *ink_json_parse(const char *text, gsize length, guint max_depth, GError **error) {
  g_autoptr(JsonParser) parser = NULL;
  JsonNode *root;

  /* json-glib would abort on lengths beyond gssize and stop early at a zero byte. */
  if (length > G_MAXINT32 || memchr(text, 0, length) || depth_of(text, length) > max_depth) {
    g_set_error_literal(error, JSON_PARSER_ERROR, JSON_PARSER_ERROR_PARSE, "not plain JSON");
    return NULL;
  }
  parser = json_parser_new_immutable();
  if (!json_parser_load_from_data(parser, text, length, error))
    return NULL;
  root = json_parser_steal_root(parser);
  if (!root)
    g_set_error_literal(error, JSON_PARSER_ERROR, JSON_PARSER_ERROR_PARSE, "empty");
  return root;
}
