/* device-popover: what the network is computed on: the devices, for each unusable one the reason,
 * and how many processors train. Sets the trainer's device; the window remembers it. Main
 * thread. */
#pragma once

#include "engine/trainer.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define INK_TYPE_DEVICE_POPOVER (ink_device_popover_get_type())
G_DECLARE_FINAL_TYPE(InkDevicePopover, ink_device_popover, INK, DEVICE_POPOVER, GtkPopover)

/* Keeps a reference to the trainer. */
GtkWidget *ink_device_popover_new(InkTrainer *trainer);

G_END_DECLS
