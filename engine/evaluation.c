#include "engine/evaluation.h"
#include "kernels/backend.h"

#include <glib/gi18n.h>

gboolean ink_evaluate(InkNetwork *network, const guint8 *images, const guint8 *labels, gsize count,
                      gsize *correct, GError **error) {
  g_return_val_if_fail(network && images && labels, FALSE);
  g_return_val_if_fail(count > 0 && correct, FALSE);
  const InkBackend *backend = ink_cpu_backend();
  const InkNetOptions options = {.shape = *ink_network_get_shape(network)};
  const InkEvaluation evaluation = {.split = INK_TEST, .count = count, .correct = correct};
  char message[INK_MESSAGE] = "";
  InkNet *net;

  InkStatus status = backend->open(&options, &net, message);
  if (status == INK_OK)
    status = backend->put(net, ink_network_get_parameters(network), NULL, NULL, 0);
  if (status == INK_OK)
    status = backend->load(net, INK_TEST, images, labels, count);
  if (status == INK_OK)
    status = backend->evaluate(net, &evaluation);
  backend->close(net);

  if (status == INK_OK)
    return TRUE;
  g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_FAILED,
                      *message != '\0' ? message
                                       : _("There is too little memory to test the network."));
  return FALSE;
}
