/* live-network: a network opened on a device with a data set resident: what trains. Of the
 * training thread. */
#pragma once

#include "engine/checkpoint.h"
#include "engine/device.h"

G_BEGIN_DECLS

/* Parameters and Adam's state on their way from the device. */
typedef struct {
  float *parameters, *m, *v;
  gint64 updates;
} InkTakenState;

typedef struct {
  const InkDeviceEntry *device;
  InkNet *net; /* NULL: closed */
  InkNetOptions options;
  InkDataset *dataset; /* kept alive: the CPU backend reads it in place */
  InkTakenState taken; /* parameters NULL: none is */
  float *snapshot;     /* on its way; NULL: none is */
} InkLiveNetwork;

/* Whether it is open just so. */
gboolean ink_live_network_is(const InkLiveNetwork *self, const InkDeviceEntry *device,
                             const InkNetOptions *options, const InkDataset *dataset);

/* Opens it, closed before, with undefined parameters. NULL, or one sentence (g_free()). */
char *ink_live_network_open(InkLiveNetwork *self, const InkDeviceEntry *device,
                            const InkNetOptions *options, InkDataset *dataset);
void ink_live_network_close(InkLiveNetwork *self);

/* Parameters and Adam's state in and out. take() fills the checkpoint's network and Adam alone;
 * the names of the classes and the data set are those of `like`. */
InkStatus ink_live_network_put(InkLiveNetwork *self, const InkCheckpoint *checkpoint);
InkStatus ink_live_network_take(InkLiveNetwork *self, InkNetwork *like, InkCheckpoint **checkpoint);

/* Queues what the next take() will give: the state as it is now, whatever is queued until then. */
InkStatus ink_live_network_begin_take(InkLiveNetwork *self);

/* Whether work can be queued, and waiting for all calls but the last so many. */
gboolean ink_live_network_queues(const InkLiveNetwork *self);
InkStatus ink_live_network_wait(InkLiveNetwork *self, gsize pending);

/* Waits for all, and forgets what was on its way. */
void ink_live_network_drop(InkLiveNetwork *self);

/* The parameters alone, for others to see: begin queues them as they are now, and end makes a
 * network of them once they have been waited for; NULL: none was begun. */
InkStatus ink_live_network_begin_snapshot(InkLiveNetwork *self);
InkNetwork *ink_live_network_end_snapshot(InkLiveNetwork *self, InkNetwork *like);

/* One sentence about what a status other than INK_OK means; free with g_free(). */
char *ink_live_network_explain(const InkLiveNetwork *self, InkStatus status);

G_END_DECLS
