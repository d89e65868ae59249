#include "ui/shades.h"
#include "ui/palette.h"

#include <math.h>

static const double GAMMA = 0.8;

void ink_shades_init(InkShades *shades, InkShadesKind kind) {
  GdkRGBA paper = ink_palette_get(INK_COLOR_PAPER), ink = ink_palette_get(INK_COLOR_INK);
  GdkRGBA plus = ink_palette_get(INK_COLOR_FILTER_PLUS),
          minus = ink_palette_get(INK_COLOR_FILTER_MINUS);

  for (int i = -INK_SHADES; i <= INK_SHADES; i++) {
    double share = (double)ABS(i) / INK_SHADES;
    guint32 *color = &shades->colors[i + INK_SHADES];

    if (kind == INK_SHADES_ACTIVATIONS)
      *color = ink_palette_mix(&paper, &ink, i > 0 ? pow(share, GAMMA) : 0);
    else
      *color = ink_palette_mix(&paper, i > 0 ? &plus : &minus, share);
  }
}

void ink_shades_paint(const InkShades *shades, const float *values, gsize n, float scale,
                      guint32 *colors) {
  for (gsize i = 0; i < n; i++) {
    float share = values[i] / scale;
    int shade = isnan(share) ? 0 : (int)(CLAMP(share, -1, 1) * INK_SHADES);

    colors[i] = shades->colors[shade + INK_SHADES];
  }
}

float ink_shades_scale(const float *values, gsize n) {
  guint counts[INK_SHADES] = {0};
  gsize above = 0;
  float most = 0;

  for (gsize i = 0; i < n; i++)
    if (isfinite(values[i]))
      most = MAX(most, values[i]);
  if (most <= 0)
    return 1;
  for (gsize i = 0; i < n; i++)
    if (values[i] > 0)
      counts[(int)(MIN(values[i] / most, 1) * (INK_SHADES - 1))]++;
  for (int shade = INK_SHADES - 1; shade > 0; shade--) {
    above += counts[shade];
    if (above > n * 0.003)
      return most * (shade + 1) / INK_SHADES;
  }
  return most / INK_SHADES;
}

float ink_shades_weight_scale(const float *values, gsize n) {
  float most = 0;

  for (gsize i = 0; i < n; i++)
    if (isfinite(values[i]))
      most = MAX(most, fabsf(values[i]));
  return most > 0 ? most : 1;
}
