#include "engine/live-network.h"

#include <glib/gi18n.h>

gboolean ink_live_network_is(const InkLiveNetwork *self, const InkDeviceEntry *device,
                             const InkNetOptions *options, const InkDataset *dataset) {
  return self->net && self->device == device && self->dataset == dataset &&
         self->options.shape.kernel == options->shape.kernel &&
         self->options.shape.pool == options->shape.pool &&
         self->options.shape.classes == options->shape.classes &&
         self->options.threads == options->threads;
}

static InkStatus load(InkLiveNetwork *self, InkSplit split) {
  return self->device->backend->load(self->net, split, ink_dataset_get_images(self->dataset, split),
                                     ink_dataset_get_labels(self->dataset, split),
                                     ink_dataset_get_count(self->dataset, split));
}

char *ink_live_network_open(InkLiveNetwork *self, const InkDeviceEntry *device,
                            const InkNetOptions *options, InkDataset *dataset) {
  char message[INK_MESSAGE] = "";
  InkStatus status;
  char *sentence = NULL;

  g_assert(!self->net);

  if (options->shape.classes != ink_dataset_get_classes(dataset))
    return g_strdup_printf(
        _("The network tells %d classes apart, but the data set has %d; reset the "
          "network or choose its own data set."),
        options->shape.classes, ink_dataset_get_classes(dataset));
  self->device = device;
  self->options = *options;
  self->options.queued = TRUE;
  self->dataset = ink_dataset_ref(dataset);
  status = device->backend->open(&self->options, &self->net, message);
  if (status == INK_OK)
    status = load(self, INK_TRAIN);
  if (status == INK_OK)
    status = load(self, INK_TEST);
  if (status != INK_OK) {
    sentence = *message ? g_strdup(message) : ink_live_network_explain(self, status);
    ink_live_network_close(self);
  }
  return sentence;
}

static void clear_taken(InkLiveNetwork *self) {
  g_free(self->taken.parameters);
  g_free(self->taken.m);
  g_free(self->taken.v);
  self->taken = (InkTakenState){0};
}

/* What is on its way is not wanted any more. */
static void forget(InkLiveNetwork *self) {
  clear_taken(self);
  g_clear_pointer(&self->snapshot, g_free);
}

void ink_live_network_close(InkLiveNetwork *self) {
  if (self->net)
    self->device->backend->close(self->net);
  self->net = NULL;
  forget(self);
  g_clear_pointer(&self->dataset, ink_dataset_unref);
}

InkStatus ink_live_network_put(InkLiveNetwork *self, const InkCheckpoint *checkpoint) {
  return self->device->backend->put(self->net, ink_network_get_parameters(checkpoint->network),
                                    checkpoint->m, checkpoint->v, checkpoint->adam_updates);
}

static InkNetwork *network_like(InkNetwork *like, const float *parameters) {
  return ink_network_new(ink_network_get_shape(like), parameters, ink_network_get_class_names(like),
                         ink_network_get_dataset(like));
}

gboolean ink_live_network_queues(const InkLiveNetwork *self) {
  return self->device->backend->wait != NULL;
}

InkStatus ink_live_network_wait(InkLiveNetwork *self, gsize pending) {
  return ink_live_network_queues(self) ? self->device->backend->wait(self->net, pending) : INK_OK;
}

void ink_live_network_drop(InkLiveNetwork *self) {
  if (self->net)
    ink_live_network_wait(self, 0);
  forget(self);
}

InkStatus ink_live_network_begin_take(InkLiveNetwork *self) {
  gsize n = ink_shape_parameters(&self->options.shape);
  InkTakenState *taken = &self->taken;

  g_assert(!taken->parameters);

  *taken = (InkTakenState){g_new(float, n), g_new(float, n), g_new(float, n), 0};
  return self->device->backend->get(self->net, taken->parameters, taken->m, taken->v,
                                    &taken->updates);
}

InkStatus ink_live_network_take(InkLiveNetwork *self, InkNetwork *like,
                                InkCheckpoint **checkpoint) {
  g_autoptr(InkNetwork) network = NULL;
  InkStatus status = INK_OK;

  if (!self->taken.parameters) {
    status = ink_live_network_begin_take(self);
    if (status == INK_OK)
      status = ink_live_network_wait(self, 0);
  }
  if (status == INK_OK) {
    network = network_like(like, self->taken.parameters);
    *checkpoint = ink_checkpoint_new(network, &(InkRecipe){0});
    (*checkpoint)->m = g_steal_pointer(&self->taken.m);
    (*checkpoint)->v = g_steal_pointer(&self->taken.v);
    (*checkpoint)->adam_updates = self->taken.updates;
  }
  clear_taken(self);
  return status;
}

InkStatus ink_live_network_begin_snapshot(InkLiveNetwork *self) {
  g_assert(!self->snapshot);

  self->snapshot = g_new(float, ink_shape_parameters(&self->options.shape));
  return self->device->backend->get(self->net, self->snapshot, NULL, NULL, NULL);
}

InkNetwork *ink_live_network_end_snapshot(InkLiveNetwork *self, InkNetwork *like) {
  g_autofree float *parameters = g_steal_pointer(&self->snapshot);

  return parameters ? network_like(like, parameters) : NULL;
}

char *ink_live_network_explain(const InkLiveNetwork *self, InkStatus status) {
  const char *device = self->device->title;

  switch (status) {
  case INK_NO_MEMORY:
    return g_strdup_printf(_("There is too little memory on “%s” to train this network; choose a "
                             "smaller batch size or another device."),
                           device);
  case INK_NO_DEVICE:
    return g_strdup_printf(_("The device “%s” can’t be used; choose another."), device);
  case INK_DEVICE_LOST:
    return g_strdup_printf(_("The device “%s” stopped working; choose another, or start again."),
                           device);
  default:
    return g_strdup_printf(_("The device “%s” refused the work; choose another."), device);
  }
}
