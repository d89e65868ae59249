/* model-file: how a network and arrays of its shape stand in a safetensors file. Models and
 * checkpoints share it, so that a checkpoint can be opened as a model. */
#pragma once

#include "engine/network.h"
#include "engine/safetensors.h"

G_BEGIN_DECLS

/* The parameters under PyTorch's names; kernel, pool, class names and data set as metadata. */
void ink_model_file_add_network(InkSafetensors *file, InkNetwork *network);

/* The same back, as ink_network_load() describes it; path names the file in errors. */
InkNetwork *ink_model_file_get_network(InkSafetensors *file, const char *path,
                                       const InkPool *pool_override, GError **error);

/* An array of P floats that belong to the parameters, such as Adam's moments, as six tensors named
 * prefix + PyTorch's name. */
void ink_model_file_add_array(InkSafetensors *file, const char *prefix, const InkShape *shape,
                              const float *values /* (P) */);
gboolean ink_model_file_get_array(InkSafetensors *file, const char *path, const char *prefix,
                                  const InkShape *shape, float *values /* (P) */, GError **error);

G_END_DECLS
