#include "engine/network.h"

#include "kernels/numbers.h"

#include <glib/gi18n.h>

#include <math.h>

/* Epochs count their streams from 0; the initial weights take the one that none reaches. */
static const guint64 INIT_STREAM = G_MAXUINT64;

struct _InkNetwork {
  gint refs;
  InkShape shape;
  float *parameters; /* (P) */
  char **class_names;
  char *dataset;
};

G_DEFINE_BOXED_TYPE(InkNetwork, ink_network, ink_network_ref, ink_network_unref)

static char **number_names(int classes) {
  char **names = g_new0(char *, classes + 1);

  for (int i = 0; i < classes; i++)
    names[i] = g_strdup_printf("%d", i);
  return names;
}

static char **copy_names(const char *const *class_names, int classes) {
  char **names = g_new0(char *, classes + 1);

  for (int i = 0; i < classes; i++)
    names[i] = g_strdup(class_names[i]);
  return names;
}

static InkNetwork *new_undefined(const InkShape *shape, const char *const *class_names,
                                 const char *dataset) {
  InkNetwork *network = g_new0(InkNetwork, 1);

  network->refs = 1;
  network->shape = *shape;
  network->parameters = g_new(float, ink_shape_parameters(shape));
  network->class_names =
      class_names ? copy_names(class_names, shape->classes) : number_names(shape->classes);
  network->dataset = g_strdup(dataset);
  return network;
}

InkNetwork *ink_network_new(const InkShape *shape, const float *parameters,
                            const char *const *class_names, const char *dataset) {
  InkNetwork *network;

  g_return_val_if_fail(shape && ink_shape_is_valid(shape) && parameters, NULL);

  network = new_undefined(shape, class_names, dataset);
  memcpy(network->parameters, parameters, ink_shape_parameters(shape) * sizeof(float));
  return network;
}

InkNetwork *ink_network_new_random(const InkShape *shape, guint64 seed,
                                   const char *const *class_names, const char *dataset) {
  InkRandom random = ink_random(seed, INIT_STREAM);
  InkNetwork *network;

  g_return_val_if_fail(shape && ink_shape_is_valid(shape), NULL);

  network = new_undefined(shape, class_names, dataset);
  for (InkTensor tensor = 0; tensor < INK_TENSORS; tensor++) {
    float bound = 1.0f / sqrtf(ink_shape_fan_in(shape, tensor));
    float *values = network->parameters + ink_shape_tensor_offset(shape, tensor);

    for (gsize i = 0; i < ink_shape_tensor_size(shape, tensor); i++)
      values[i] = bound * ink_random_signed(&random);
  }
  return network;
}

InkNetwork *ink_network_ref(InkNetwork *network) {
  g_return_val_if_fail(network, NULL);
  g_atomic_int_inc(&network->refs);
  return network;
}

void ink_network_unref(InkNetwork *network) {
  g_return_if_fail(network);

  if (!g_atomic_int_dec_and_test(&network->refs))
    return;
  g_free(network->parameters);
  g_strfreev(network->class_names);
  g_free(network->dataset);
  g_free(network);
}

const InkShape *ink_network_get_shape(InkNetwork *network) {
  g_return_val_if_fail(network, NULL);
  return &network->shape;
}

const float *ink_network_get_parameters(InkNetwork *network) {
  g_return_val_if_fail(network, NULL);
  return network->parameters;
}

const float *ink_network_get_tensor(InkNetwork *network, InkTensor tensor) {
  g_return_val_if_fail(network && tensor < INK_TENSORS, NULL);
  return network->parameters + ink_shape_tensor_offset(&network->shape, tensor);
}

const char *ink_network_get_class_name(InkNetwork *network, int i) {
  g_return_val_if_fail(network && i >= 0 && i < network->shape.classes, NULL);
  return network->class_names[i];
}

const char *const *ink_network_get_class_names(InkNetwork *network) {
  g_return_val_if_fail(network, NULL);
  return (const char *const *)network->class_names;
}

const char *ink_network_get_dataset(InkNetwork *network) {
  g_return_val_if_fail(network, NULL);
  return network->dataset;
}

void ink_network_describe(const InkShape *shape, InkLayer layers[INK_LAYERS]) {
  gsize sizes[INK_TENSORS];

  g_return_if_fail(shape && ink_shape_is_valid(shape) && layers);

  for (InkTensor tensor = 0; tensor < INK_TENSORS; tensor++)
    sizes[tensor] = ink_shape_tensor_size(shape, tensor);
  layers[0] = (InkLayer){N_("Convolution"),
                         {INK_CHANNELS1, INK_SIDE, INK_SIDE},
                         sizes[INK_CONV1_WEIGHT] + sizes[INK_CONV1_BIAS]};
  layers[1] = (InkLayer){N_("Pooling"), {INK_CHANNELS1, INK_SIDE / 2, INK_SIDE / 2}, 0};
  layers[2] = (InkLayer){N_("Convolution"),
                         {INK_CHANNELS2, INK_SIDE / 2, INK_SIDE / 2},
                         sizes[INK_CONV2_WEIGHT] + sizes[INK_CONV2_BIAS]};
  layers[3] = (InkLayer){N_("Pooling"), {INK_CHANNELS2, INK_SIDE / 4, INK_SIDE / 4}, 0};
  layers[4] = (InkLayer){
      N_("Linear"), {shape->classes, 0, 0}, sizes[INK_LINEAR_WEIGHT] + sizes[INK_LINEAR_BIAS]};
}
