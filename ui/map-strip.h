/* map-strip: the filters or feature maps of one layer, a tile for each channel, pixels repeated a
 * whole number of times. The tile that the pointer or the arrow keys choose has a ring.
 *
 * Signals: "chosen" ()    – another tile, see ink_map_strip_get_chosen()
 *          "activated" () – the chosen one was clicked, or Return pressed
 * Main thread. */
#pragma once

#include "ui/shades.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define INK_TYPE_MAP_STRIP (ink_map_strip_get_type())
G_DECLARE_FINAL_TYPE(InkMapStrip, ink_map_strip, INK, MAP_STRIP, GtkWidget)

/* channels tiles, `columns` in a row, each `tile` pixels large. */
GtkWidget *ink_map_strip_new(InkShadesKind kind, int channels);
void ink_map_strip_set_tiles(InkMapStrip *self, int columns, int tile);

/* Copied. NULL: empty tiles. */
void ink_map_strip_set_maps(InkMapStrip *self, const float *maps /* (channels, side, side) */,
                            int side, float scale);

/* −1: none. Not signalled. */
void ink_map_strip_set_chosen(InkMapStrip *self, int channel);
int ink_map_strip_get_chosen(InkMapStrip *self);

/* One map of it as large as fits into `size` pixels, or NULL when it is empty. */
GdkTexture *ink_map_strip_enlarge(InkMapStrip *self, int channel, int size);

G_END_DECLS
