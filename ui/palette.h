/* palette: every colour that carries a meaning, in light, dark and high contrast, for cairo and for
 * CSS alike. Main thread; follows AdwStyleManager. */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

typedef enum {
  INK_COLOR_LOSS,     /* smoothed loss, winning bar */
  INK_COLOR_LOSS_RAW, /* each batch */
  INK_COLOR_ACCURACY,
  INK_COLOR_PREVIOUS, /* previous runs */
  INK_COLOR_RIGHT,
  INK_COLOR_WRONG,
  INK_COLOR_AXIS, /* axis and secondary text */
  INK_COLOR_GRID,
  INK_COLOR_BAR, /* bars that do not win */
  INK_COLOR_TRACK,
  INK_COLOR_PAPER,
  INK_COLOR_INK,
  INK_COLOR_MATRIX_LOW,
  INK_COLOR_MATRIX_HIGH,
  INK_COLOR_CARD,
  INK_COLOR_TEXT,
  INK_COLOR_FOCUS,        /* the ring around what has the keys, or is chosen */
  INK_COLOR_FILTER_PLUS,  /* a weight that adds */
  INK_COLOR_FILTER_MINUS, /* a weight that subtracts */
  INK_COLORS,
} InkColor;

typedef enum {
  INK_STYLE_LIGHT,
  INK_STYLE_DARK,
  INK_STYLE_CONTRAST_LIGHT,
  INK_STYLE_CONTRAST_DARK
} InkStyle;

/* The style in force now, and a colour in a style. */
InkStyle ink_palette_get_style(void);
GdkRGBA ink_palette_get_in(InkColor color, InkStyle style);
/* The colour in the style in force. */
GdkRGBA ink_palette_get(InkColor color);

/* 0xAARRGGBB as cairo and GDK_MEMORY_B8G8R8A8 want it on a little-endian machine; share 0 gives a,
 * 1 gives b. */
guint32 ink_palette_mix(const GdkRGBA *a, const GdkRGBA *b, double share);

/* 1 … 21, both opaque: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio */
double ink_palette_contrast(const GdkRGBA *a, const GdkRGBA *b);

/* Defines @ink_loss, @ink_accuracy … for the style sheets of the display, now and whenever the
 * style changes. Names are those of the enum in lower case. */
void ink_palette_install(GdkDisplay *display);

G_END_DECLS
