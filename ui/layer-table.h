/* layer-table: a row for each layer of the network with its output shape and parameters; in the end
 * the total and its size in memory. Main thread. */
#pragma once

#include "kernels/shape.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define INK_TYPE_LAYER_TABLE (ink_layer_table_get_type())
G_DECLARE_FINAL_TYPE(InkLayerTable, ink_layer_table, INK, LAYER_TABLE, AdwBin)

void ink_layer_table_set_shape(InkLayerTable *self, const InkShape *shape);

G_END_DECLS
