/* feature-maps: the inside of the network as a card: the filters of the first layer and the feature
 * maps of both, before or after pooling, for one image. The map pointed at is shown large.
 *
 * Signal: "map-activated" (int layer, int channel) – a map was clicked or chosen with Return;
 *         layer 0: a filter, 1 or 2: a map of that layer
 * Main thread. */
#pragma once

#include "engine/classifier.h"
#include "ui/layout.h"

G_BEGIN_DECLS

#define INK_TYPE_FEATURE_MAPS (ink_feature_maps_get_type())
G_DECLARE_FINAL_TYPE(InkFeatureMaps, ink_feature_maps, INK, FEATURE_MAPS, GtkWidget)

GtkWidget *ink_feature_maps_new(void);
void ink_feature_maps_set_layout(InkFeatureMaps *self, InkLayout layout);

/* Whose filters are shown. Takes a reference. NULL: none. */
void ink_feature_maps_set_network(InkFeatureMaps *self, InkNetwork *network);

/* Copied. NULL: no maps. */
void ink_feature_maps_set_reading(InkFeatureMaps *self, const InkReading *reading);

G_END_DECLS
