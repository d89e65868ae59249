/* evaluation: how many labelled images a network reads right, on all processors. */
#pragma once

#include "engine/network.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* Blocks. Any thread. labels are below the network's class count, count is at least 1. FALSE with a
 * sentence when memory runs out (G_IO_ERROR). */
gboolean ink_evaluate(InkNetwork *network, const guint8 *images /* (count, 28, 28) */,
                      const guint8 *labels /* (count) */, gsize count, gsize *correct,
                      GError **error);

G_END_DECLS
