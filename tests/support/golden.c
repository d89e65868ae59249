#include "tests/support/golden.h"

#include <json-glib/json-glib.h>
#include <string.h>

typedef struct {
  gsize begin, end; /* bytes within the file */
} Span;

/* A safetensors file: the header's length as 8 bytes, a JSON object, the data. */
Golden *golden_open(const char *path) {
  g_autoptr(GError) error = NULL;
  g_autoptr(JsonParser) parser = json_parser_new();
  Golden *golden = g_new0(Golden, 1);
  char *contents;
  gsize length;
  guint64 header;
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;

  g_file_get_contents(path, &contents, &length, &error);
  g_assert_no_error(error);
  golden->file = g_bytes_new_take(contents, length);
  memcpy(&header, contents, sizeof header);
  header = GUINT64_FROM_LE(header);
  json_parser_load_from_data(parser, contents + 8, (gssize)header, &error);
  g_assert_no_error(error);

  golden->tensors = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
  json_object_iter_init(&iter, json_node_get_object(json_parser_get_root(parser)));
  while (json_object_iter_next(&iter, &name, &node)) {
    JsonArray *offsets;
    Span *span;

    if (strcmp(name, "__metadata__") == 0)
      continue;
    offsets = json_object_get_array_member(json_node_get_object(node), "data_offsets");
    span = g_new(Span, 1);
    span->begin = 8 + header + (gsize)json_array_get_int_element(offsets, 0);
    span->end = 8 + header + (gsize)json_array_get_int_element(offsets, 1);
    g_hash_table_insert(golden->tensors, g_strdup(name), span);
  }
  return golden;
}

void golden_free(Golden *golden) {
  g_hash_table_unref(golden->tensors);
  g_bytes_unref(golden->file);
  g_free(golden);
}

static gconstpointer find(Golden *golden, const char *name, gsize *bytes) {
  Span *span = g_hash_table_lookup(golden->tensors, name);
  const char *base = g_bytes_get_data(golden->file, NULL);

  g_assert_nonnull(span);
  *bytes = span->end - span->begin;
  return base + span->begin;
}

const float *golden_floats(Golden *golden, const char *prefix, const char *name, gsize *count) {
  g_autofree char *full = g_strconcat(prefix, name, NULL);
  gsize bytes;
  const float *values = find(golden, full, &bytes);

  *count = bytes / sizeof(float);
  return values;
}

int golden_int(Golden *golden, const char *name) {
  gsize bytes;
  gint32 value;

  memcpy(&value, find(golden, name, &bytes), sizeof value);
  return GINT32_FROM_LE(value);
}
