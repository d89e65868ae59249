#include "engine/model-file.h"

#include "engine/json.h"
#include "engine/recipe.h"

#include <glib/gi18n.h>

/* The tensor's sizes in PyTorch; returns how many there are. */
static int get_dims(const InkShape *shape, InkTensor tensor, gsize dims[4]) {
  gsize k = shape->kernel;

  switch (tensor) {
  case INK_CONV1_WEIGHT:
    dims[0] = INK_CHANNELS1, dims[1] = 1, dims[2] = k, dims[3] = k;
    return 4;
  case INK_CONV2_WEIGHT:
    dims[0] = INK_CHANNELS2, dims[1] = INK_CHANNELS1, dims[2] = k, dims[3] = k;
    return 4;
  case INK_LINEAR_WEIGHT:
    dims[0] = shape->classes, dims[1] = INK_FEATURES;
    return 2;
  default:
    dims[0] = ink_shape_tensor_size(shape, tensor);
    return 1;
  }
}

void ink_model_file_add_array(InkSafetensors *file, const char *prefix, const InkShape *shape,
                              const float *values) {
  for (InkTensor tensor = 0; tensor < INK_TENSORS; tensor++) {
    g_autofree char *name = g_strconcat(prefix, ink_tensor_name(tensor), NULL);
    gsize dims[4];
    int n_dims = get_dims(shape, tensor, dims);

    ink_safetensors_add(file, name, "F32", n_dims, dims,
                        values + ink_shape_tensor_offset(shape, tensor));
  }
}

gboolean ink_model_file_get_array(InkSafetensors *file, const char *path, const char *prefix,
                                  const InkShape *shape, float *values, GError **error) {
  for (InkTensor tensor = 0; tensor < INK_TENSORS; tensor++) {
    g_autofree char *name = g_strconcat(prefix, ink_tensor_name(tensor), NULL);
    gsize expected[4], dims[4];
    int n_expected = get_dims(shape, tensor, expected), n_dims;
    const float *data = ink_safetensors_get(file, name, "F32", &n_dims, dims);

    if (!data || n_dims != n_expected || memcmp(dims, expected, n_dims * sizeof *dims) != 0) {
      g_autofree char *display = g_filename_display_name(path);

      g_set_error(error, INK_SAFETENSORS_ERROR, 0,
                  _("“%s” is not a model of this network: its tensor “%s” is missing or of another "
                    "shape or type."),
                  display, name);
      return FALSE;
    }
    memcpy(values + ink_shape_tensor_offset(shape, tensor), data,
           ink_shape_tensor_size(shape, tensor) * sizeof(float));
  }
  return TRUE;
}

/* Kernel and classes follow from the shapes alone: metadata could contradict them. */
static gboolean get_shape(InkSafetensors *file, const char *path, InkShape *shape, GError **error) {
  gsize conv[4] = {0}, linear[4] = {0};
  int n_conv = 0, n_linear = 0;

  ink_safetensors_get(file, ink_tensor_name(INK_CONV1_WEIGHT), "F32", &n_conv, conv);
  ink_safetensors_get(file, ink_tensor_name(INK_LINEAR_WEIGHT), "F32", &n_linear, linear);
  if (n_conv == 4 && n_linear == 2 && conv[3] <= 5 && linear[0] <= INK_MAX_CLASSES) {
    *shape = (InkShape){.kernel = conv[3], .pool = INK_POOL_MAX, .classes = linear[0]};
    if (ink_shape_is_valid(shape))
      return TRUE;
  }
  {
    g_autofree char *display = g_filename_display_name(path);

    g_set_error(error, INK_SAFETENSORS_ERROR, 0,
                _("“%s” is not a model of this network: it needs float32 tensors “%s” for kernels "
                  "of 3 or 5 pixels and “%s” for %d to %d classes."),
                display, ink_tensor_name(INK_CONV1_WEIGHT), ink_tensor_name(INK_LINEAR_WEIGHT),
                INK_MIN_CLASSES, INK_MAX_CLASSES);
  }
  return FALSE;
}

static gboolean get_pool(InkSafetensors *file, const char *path, InkPool *pool, GError **error) {
  const char *name = ink_safetensors_get_metadata(file, "pool");
  g_autofree char *display = NULL;

  if (!name || ink_pool_from_name(name, pool))
    return TRUE;
  display = g_filename_display_name(path);
  g_set_error(error, INK_SAFETENSORS_ERROR, 0,
              _("“%s” names the pooling “%s”; Inkling knows “max” and “average”."), display, name);
  return FALSE;
}

static char *names_to_json(InkNetwork *network) {
  g_autoptr(JsonBuilder) builder = json_builder_new_immutable();
  g_autoptr(JsonNode) root = NULL;

  json_builder_begin_array(builder);
  for (int i = 0; i < ink_network_get_shape(network)->classes; i++)
    json_builder_add_string_value(builder, ink_network_get_class_name(network, i));
  json_builder_end_array(builder);
  root = json_builder_get_root(builder);
  return json_to_string(root, FALSE);
}

/* A name stands in a line of a terminal and under a bar: no line ends, no escape sequences. */
static gboolean fits_in_line(const char *name) {
  for (; *name; name = g_utf8_next_char(name))
    if (g_unichar_iscntrl(g_utf8_get_char(name)))
      return FALSE;
  return TRUE;
}

/* NULL unless the text is a list of exactly so many such names. */
static char **names_from_json(const char *text, int classes) {
  g_autoptr(JsonNode) root = ink_json_parse(text, strlen(text), 1, NULL);
  g_auto(GStrv) names = NULL;
  JsonArray *array;

  if (!root || !JSON_NODE_HOLDS_ARRAY(root))
    return NULL;
  array = json_node_get_array(root);
  if (json_array_get_length(array) != (guint)classes)
    return NULL;
  names = g_new0(char *, classes + 1);
  for (int i = 0; i < classes; i++) {
    JsonNode *node = json_array_get_element(array, i);

    if (!JSON_NODE_HOLDS_VALUE(node) || json_node_get_value_type(node) != G_TYPE_STRING)
      return NULL;
    names[i] = g_strdup(json_node_get_string(node));
    if (!fits_in_line(names[i]))
      return NULL;
  }
  return g_steal_pointer(&names);
}

void ink_model_file_add_network(InkSafetensors *file, InkNetwork *network) {
  const InkShape *shape = ink_network_get_shape(network);
  const char *dataset = ink_network_get_dataset(network);
  g_autofree char *kernel = g_strdup_printf("%d", shape->kernel);
  g_autofree char *names = names_to_json(network);

  ink_model_file_add_array(file, "", shape, ink_network_get_parameters(network));
  ink_safetensors_set_metadata(file, "format", "pt"); /* what PyTorch's own loaders look for */
  ink_safetensors_set_metadata(file, "kernel", kernel);
  ink_safetensors_set_metadata(file, "pool", ink_pool_get_name(shape->pool));
  ink_safetensors_set_metadata(file, "class_names", names);
  if (dataset)
    ink_safetensors_set_metadata(file, "dataset", dataset);
}

InkNetwork *ink_model_file_get_network(InkSafetensors *file, const char *path,
                                       const InkPool *pool_override, GError **error) {
  const char *names_json = ink_safetensors_get_metadata(file, "class_names");
  g_auto(GStrv) names = NULL;
  g_autofree float *parameters = NULL;
  InkShape shape;

  if (!get_shape(file, path, &shape, error))
    return NULL;
  if (pool_override)
    shape.pool = *pool_override;
  else if (!get_pool(file, path, &shape.pool, error))
    return NULL;
  if (names_json && !(names = names_from_json(names_json, shape.classes))) {
    g_autofree char *display = g_filename_display_name(path);

    g_set_error(error, INK_SAFETENSORS_ERROR, 0,
                _("The class names in “%s” are not a list of %d names."), display, shape.classes);
    return NULL;
  }
  parameters = g_new(float, ink_shape_parameters(&shape));
  if (!ink_model_file_get_array(file, path, "", &shape, parameters, error))
    return NULL;
  return ink_network_new(&shape, parameters, (const char *const *)names,
                         ink_safetensors_get_metadata(file, "dataset"));
}

InkNetwork *ink_network_load(const char *path, const InkPool *pool_override, GError **error) {
  g_autoptr(InkSafetensors) file = NULL;

  g_return_val_if_fail(path, NULL);

  file = ink_safetensors_load(path, error);
  return file ? ink_model_file_get_network(file, path, pool_override, error) : NULL;
}

gboolean ink_network_save(InkNetwork *network, const char *path, GError **error) {
  g_autoptr(InkSafetensors) file = NULL;

  g_return_val_if_fail(network && path, FALSE);

  file = ink_safetensors_new();
  ink_model_file_add_network(file, network);
  return ink_safetensors_save(file, path, error);
}
