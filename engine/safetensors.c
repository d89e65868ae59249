#include "engine/safetensors.h"

#include "engine/json.h"
#include "engine/whole-file.h"

#include <glib/gi18n.h>
#include <glib/gstdio.h>

enum {
  LENGTH_BYTES = 8,            /* the header's length before the header */
  MAX_FILE = 64 * 1024 * 1024, /* far above any model here */
  MAX_DIMS = 4,
  HEADER_DEPTH = 3, /* {"name": {"shape": [ */
};

typedef struct {
  char *name;
  char *dtype;
  int n_dims;
  gsize dims[MAX_DIMS];
  gsize begin, size; /* in the file's data */
  gpointer data;     /* a copy of its own, so that it is aligned whatever stands before it */
} Tensor;

struct _InkSafetensors {
  GPtrArray *tensors;   /* Tensor, in the order of the data */
  GHashTable *metadata; /* char * → char * */
};

G_DEFINE_QUARK(ink_safetensors_error, ink_safetensors_error)

static void tensor_free(gpointer data) {
  Tensor *tensor = data;

  g_free(tensor->name);
  g_free(tensor->dtype);
  g_free(tensor->data);
  g_free(tensor);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Tensor, tensor_free)

InkSafetensors *ink_safetensors_new(void) {
  InkSafetensors *file = g_new0(InkSafetensors, 1);

  file->tensors = g_ptr_array_new_with_free_func(tensor_free);
  file->metadata = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
  return file;
}

void ink_safetensors_free(InkSafetensors *file) {
  g_ptr_array_unref(file->tensors);
  g_hash_table_unref(file->metadata);
  g_free(file);
}

/* Bytes of one element; 0: not a type of the format. */
static gsize dtype_size(const char *dtype) {
  static const struct {
    const char *name;
    gsize size;
  } types[] = {
      {"F32", 4},  {"F64", 8}, {"I32", 4}, {"I64", 8},     {"U8", 1},
      {"BOOL", 1}, {"I8", 1},  {"I16", 2}, {"F16", 2},     {"BF16", 2},
      {"U16", 2},  {"U32", 4}, {"U64", 8}, {"F8_E5M2", 1}, {"F8_E4M3", 1},
  };

  for (guint i = 0; i < G_N_ELEMENTS(types); i++)
    if (g_str_equal(dtype, types[i].name))
      return types[i].size;
  return 0;
}

/* Every complaint about a file's content is this sentence; `what` names the spot. */
static void set_invalid(GError **error, const char *path, const char *what) {
  g_autofree char *name = g_filename_display_name(path);

  g_set_error(error, INK_SAFETENSORS_ERROR, 0, _("“%s” is damaged or not a safetensors file: %s."),
              name, what);
}

static gboolean get_size(JsonNode *node, gsize *size) {
  if (!JSON_NODE_HOLDS_VALUE(node) || json_node_get_value_type(node) != G_TYPE_INT64 ||
      json_node_get_int(node) < 0)
    return FALSE;
  *size = json_node_get_int(node);
  return TRUE;
}

static JsonArray *get_array(JsonObject *object, const char *member) {
  JsonNode *node = json_object_get_member(object, member);

  return node && JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;
}

/* One entry of the header: {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}. */
static Tensor *parse_tensor(const char *name, JsonNode *node, gsize data_size) {
  g_autoptr(Tensor) tensor = g_new0(Tensor, 1);
  JsonObject *object = JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
  JsonNode *dtype = object ? json_object_get_member(object, "dtype") : NULL;
  JsonArray *shape = object ? get_array(object, "shape") : NULL;
  JsonArray *offsets = object ? get_array(object, "data_offsets") : NULL;
  gsize end, size;

  if (!dtype || !JSON_NODE_HOLDS_VALUE(dtype) || json_node_get_value_type(dtype) != G_TYPE_STRING)
    return NULL;
  if (!shape || json_array_get_length(shape) > MAX_DIMS)
    return NULL;
  if (!offsets || json_array_get_length(offsets) != 2)
    return NULL;
  tensor->name = g_strdup(name);
  tensor->dtype = g_strdup(json_node_get_string(dtype));
  tensor->n_dims = json_array_get_length(shape);
  size = dtype_size(tensor->dtype);
  for (int i = 0; i < tensor->n_dims; i++) {
    if (!get_size(json_array_get_element(shape, i), &tensor->dims[i]) ||
        !g_size_checked_mul(&size, size, tensor->dims[i]))
      return NULL;
  }
  if (!get_size(json_array_get_element(offsets, 0), &tensor->begin) ||
      !get_size(json_array_get_element(offsets, 1), &end))
    return NULL;
  if (dtype_size(tensor->dtype) == 0 || tensor->begin > end || end > data_size ||
      end - tensor->begin != size)
    return NULL;
  tensor->size = size;
  return g_steal_pointer(&tensor);
}

static gboolean parse_metadata(InkSafetensors *file, JsonNode *node) {
  JsonObjectIter iter;
  const char *key;
  JsonNode *value;

  if (!JSON_NODE_HOLDS_OBJECT(node))
    return FALSE;
  json_object_iter_init(&iter, json_node_get_object(node));
  while (json_object_iter_next(&iter, &key, &value)) {
    if (!JSON_NODE_HOLDS_VALUE(value) || json_node_get_value_type(value) != G_TYPE_STRING)
      return FALSE;
    ink_safetensors_set_metadata(file, key, json_node_get_string(value));
  }
  return TRUE;
}

static gboolean parse_header(InkSafetensors *file, const char *path, JsonNode *root,
                             gsize data_size, GError **error) {
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;

  if (!JSON_NODE_HOLDS_OBJECT(root)) {
    set_invalid(error, path, _("its header isn’t a list of tensors"));
    return FALSE;
  }
  json_object_iter_init(&iter, json_node_get_object(root));
  while (json_object_iter_next(&iter, &name, &node)) {
    gboolean is_metadata = g_str_equal(name, "__metadata__");
    Tensor *tensor = is_metadata ? NULL : parse_tensor(name, node, data_size);

    if (tensor) {
      g_ptr_array_add(file->tensors, tensor);
    } else if (!is_metadata || !parse_metadata(file, node)) {
      g_autofree char *what = g_strdup_printf(_("its header describes “%s” wrongly"), name);

      set_invalid(error, path, what);
      return FALSE;
    }
  }
  return TRUE;
}

static int compare_begin(gconstpointer a, gconstpointer b) {
  const Tensor *x = *(Tensor *const *)a, *y = *(Tensor *const *)b;

  if (x->begin != y->begin)
    return x->begin < y->begin ? -1 : 1;
  return x->size < y->size ? -1 : x->size > y->size; /* empty ones first */
}

/* As the format demands, the tensors cover the data without a gap or an overlap. */
static gboolean take_data(InkSafetensors *file, const guint8 *data, gsize data_size) {
  gsize end = 0;

  g_ptr_array_sort(file->tensors, compare_begin);
  for (guint i = 0; i < file->tensors->len; i++) {
    Tensor *tensor = g_ptr_array_index(file->tensors, i);

    if (tensor->begin != end)
      return FALSE;
    end += tensor->size;
  }
  if (end != data_size)
    return FALSE;
  for (guint i = 0; i < file->tensors->len; i++) {
    Tensor *tensor = g_ptr_array_index(file->tensors, i);

    tensor->data = g_memdup2(data + tensor->begin, tensor->size);
  }
  return TRUE;
}

InkSafetensors *ink_safetensors_load(const char *path, GError **error) {
  g_autoptr(InkSafetensors) file = ink_safetensors_new();
  g_autofree char *contents = NULL;
  g_autoptr(JsonNode) root = NULL;
  guint64 header_size;
  gsize length, data_size;

  g_return_val_if_fail(path, NULL);

  if (!ink_whole_file_read(path, MAX_FILE, &contents, &length, error))
    return NULL;
  if (length < LENGTH_BYTES) {
    set_invalid(error, path, length == 0 ? _("it is empty") : _("it is too short"));
    return NULL;
  }
  memcpy(&header_size, contents, LENGTH_BYTES);
  header_size = GUINT64_FROM_LE(header_size);
  if (header_size > length - LENGTH_BYTES) {
    set_invalid(error, path, _("it ends within its header"));
    return NULL;
  }
  root = ink_json_parse(contents + LENGTH_BYTES, header_size, HEADER_DEPTH, NULL);
  if (!root) {
    set_invalid(error, path, _("its header isn’t JSON"));
    return NULL;
  }
  data_size = length - LENGTH_BYTES - header_size;
  if (!parse_header(file, path, root, data_size, error))
    return NULL;
  if (!take_data(file, (const guint8 *)contents + LENGTH_BYTES + header_size, data_size)) {
    set_invalid(error, path, _("its tensors don’t fill it exactly"));
    return NULL;
  }
  return g_steal_pointer(&file);
}

static Tensor *find(InkSafetensors *file, const char *name) {
  for (guint i = 0; i < file->tensors->len; i++) {
    Tensor *tensor = g_ptr_array_index(file->tensors, i);

    if (g_str_equal(tensor->name, name))
      return tensor;
  }
  return NULL;
}

gconstpointer ink_safetensors_get(InkSafetensors *file, const char *name, const char *dtype,
                                  int *n_dims, gsize dims[4]) {
  Tensor *tensor;

  g_return_val_if_fail(file && name && dtype && n_dims && dims, NULL);

  tensor = find(file, name);
  if (!tensor || !g_str_equal(tensor->dtype, dtype))
    return NULL;
  *n_dims = tensor->n_dims;
  memcpy(dims, tensor->dims, sizeof tensor->dims);
  return tensor->data;
}

const char *ink_safetensors_get_metadata(InkSafetensors *file, const char *key) {
  g_return_val_if_fail(file && key, NULL);
  return g_hash_table_lookup(file->metadata, key);
}

void ink_safetensors_add(InkSafetensors *file, const char *name, const char *dtype, int n_dims,
                         const gsize *dims, gconstpointer data) {
  Tensor *tensor;

  g_return_if_fail(file && name && dtype && n_dims >= 0 && n_dims <= MAX_DIMS);
  g_return_if_fail(dtype_size(dtype) > 0 && !find(file, name));

  tensor = g_new0(Tensor, 1);
  tensor->name = g_strdup(name);
  tensor->dtype = g_strdup(dtype);
  tensor->n_dims = n_dims;
  tensor->size = dtype_size(dtype);
  for (int i = 0; i < n_dims; i++) {
    tensor->dims[i] = dims[i];
    tensor->size *= dims[i];
  }
  tensor->data = g_memdup2(data, tensor->size);
  g_ptr_array_add(file->tensors, tensor);
}

void ink_safetensors_set_metadata(InkSafetensors *file, const char *key, const char *value) {
  g_return_if_fail(file && key && value);
  g_hash_table_insert(file->metadata, g_strdup(key), g_strdup(value));
}

static void build_metadata(JsonBuilder *builder, GHashTable *metadata) {
  GHashTableIter iter;
  gpointer key, value;

  json_builder_set_member_name(builder, "__metadata__");
  json_builder_begin_object(builder);
  g_hash_table_iter_init(&iter, metadata);
  while (g_hash_table_iter_next(&iter, &key, &value)) {
    json_builder_set_member_name(builder, key);
    json_builder_add_string_value(builder, value);
  }
  json_builder_end_object(builder);
}

static void build_tensor(JsonBuilder *builder, const Tensor *tensor, gsize begin) {
  json_builder_set_member_name(builder, tensor->name);
  json_builder_begin_object(builder);
  json_builder_set_member_name(builder, "dtype");
  json_builder_add_string_value(builder, tensor->dtype);
  json_builder_set_member_name(builder, "shape");
  json_builder_begin_array(builder);
  for (int i = 0; i < tensor->n_dims; i++)
    json_builder_add_int_value(builder, tensor->dims[i]);
  json_builder_end_array(builder);
  json_builder_set_member_name(builder, "data_offsets");
  json_builder_begin_array(builder);
  json_builder_add_int_value(builder, begin);
  json_builder_add_int_value(builder, begin + tensor->size);
  json_builder_end_array(builder);
  json_builder_end_object(builder);
}

static char *build_header(InkSafetensors *file) {
  g_autoptr(JsonBuilder) builder = json_builder_new_immutable();
  g_autoptr(JsonNode) root = NULL;
  gsize begin = 0;

  json_builder_begin_object(builder);
  if (g_hash_table_size(file->metadata) > 0)
    build_metadata(builder, file->metadata);
  for (guint i = 0; i < file->tensors->len; i++) {
    const Tensor *tensor = g_ptr_array_index(file->tensors, i);

    build_tensor(builder, tensor, begin);
    begin += tensor->size;
  }
  json_builder_end_object(builder);
  root = json_builder_get_root(builder);
  return json_to_string(root, FALSE);
}

static GByteArray *serialise(InkSafetensors *file) {
  GByteArray *bytes = g_byte_array_new();
  g_autofree char *header = build_header(file);
  gsize length = strlen(header), padding = -length % LENGTH_BYTES;
  guint64 size = GUINT64_TO_LE(length + padding);

  /* Spaces after the header align the data, as the reference implementation does. */
  g_byte_array_append(bytes, (const guint8 *)&size, LENGTH_BYTES);
  g_byte_array_append(bytes, (const guint8 *)header, length);
  g_byte_array_append(bytes, (const guint8 *)"       ", padding);
  for (guint i = 0; i < file->tensors->len; i++) {
    const Tensor *tensor = g_ptr_array_index(file->tensors, i);

    g_byte_array_append(bytes, tensor->data, tensor->size);
  }
  return bytes;
}

/* GLib's own words name its temporary file; these name the cause. */
static const char *explain(const char *path, const GError *cause) {
  g_autofree char *folder = g_path_get_dirname(path);

  if (g_error_matches(cause, G_FILE_ERROR, G_FILE_ERROR_NOSPC))
    return _("the disk is full");
  if (g_error_matches(cause, G_FILE_ERROR, G_FILE_ERROR_ACCES) ||
      g_error_matches(cause, G_FILE_ERROR, G_FILE_ERROR_PERM) ||
      g_error_matches(cause, G_FILE_ERROR, G_FILE_ERROR_ROFS))
    return _("writing there is not allowed");
  if (g_error_matches(cause, G_FILE_ERROR, G_FILE_ERROR_NOENT) ||
      g_error_matches(cause, G_FILE_ERROR, G_FILE_ERROR_NOTDIR))
    return g_file_test(folder, G_FILE_TEST_IS_DIR) ? _("its folder takes no new files")
                                                   : _("there is no such folder");
  return cause->message;
}

gboolean ink_safetensors_save(InkSafetensors *file, const char *path, GError **error) {
  g_autoptr(GByteArray) bytes = NULL;
  g_autofree char *name = NULL;
  g_autoptr(GError) cause = NULL;
  GStatBuf info;

  g_return_val_if_fail(file && path, FALSE);

  name = g_filename_display_name(path);
  /* Renaming would put a file in the place of a device or a pipe. */
  if (g_stat(path, &info) == 0 && !S_ISREG(info.st_mode)) {
    g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                _("Can’t save “%s”: there is something there that is not a file."), name);
    return FALSE;
  }
  bytes = serialise(file);
  if (!g_file_set_contents_full(path, (const char *)bytes->data, bytes->len,
                                G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0644,
                                &cause)) {
    g_set_error(error, cause->domain, cause->code, _("Can’t save “%s”: %s."), name,
                explain(path, cause));
    return FALSE;
  }
  return TRUE;
}
