/* shades: the colours in which numbers of the network are shown. Main thread. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  INK_SHADES_ACTIVATIONS, /* paper is 0, ink the scale or more, with gamma 0.8 */
  INK_SHADES_WEIGHTS,     /* paper is 0; one colour adds and another subtracts, up to the scale */
} InkShadesKind;

enum { INK_SHADES = 1024 };

/* The colours of −1 … 1 times the scale, in the style in force. */
typedef struct {
  guint32 colors[2 * INK_SHADES + 1];
} InkShades;

void ink_shades_init(InkShades *shades, InkShadesKind kind);

/* Fills colors (0xAARRGGBB) with those of the values; what is not a number is 0. */
void ink_shades_paint(const InkShades *shades, const float *values /* (n) */, gsize n, float scale,
                      guint32 *colors /* (n) */);

/* What the maps of a layer share as their scale: the value that 0.3 % of all exceed; 1 if none is
 * above 0. */
float ink_shades_scale(const float *values /* (n) */, gsize n);

/* What weights share: the largest in size; 1 if all are 0. */
float ink_shades_weight_scale(const float *values /* (n) */, gsize n);

G_END_DECLS
