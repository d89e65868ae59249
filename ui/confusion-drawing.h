/* confusion-drawing: how a confusion matrix looks: its layout in a given width, its colours and its
 * cells, names and bars in cairo. Main thread. */
#pragma once

#include "ui/confusion.h"
#include "ui/palette.h"

G_BEGIN_DECLS

/* Where things are, in pixels from the top left corner. */
typedef struct {
  GtkWidget *widget;             /* borrowed: the font */
  const InkConfusion *confusion; /* borrowed */
  int cell;                      /* the side of a cell with the gap to the next one, 3 … 30 */
  int left, top;                 /* of the first cell */
  int line;                      /* the height of a line of small text */
  int bar, share;                /* the left of the bars, and the right of all */
  gboolean names;                /* whether names fit; without shares, small ones */
  gboolean shares;               /* whether the numbers of shares fit, too */
  gboolean turned;               /* whether names over the columns run upwards */
} InkConfusionLayout;

InkConfusionLayout ink_confusion_lay_out(GtkWidget *widget, const InkConfusion *confusion,
                                         int width);

void ink_confusion_draw(const InkConfusionLayout *layout, cairo_t *cr);

/* Around a cell, or a whole row or column if the other one is INK_ANY_CLASS. */
void ink_confusion_draw_ring(const InkConfusionLayout *layout, cairo_t *cr, int row, int column,
                             InkColor color);

/* The colour of a cell off the diagonal, tint 0 … 1, and of the text on it: black or white. */
GdkRGBA ink_confusion_get_tint_color(InkStyle style, double tint);
GdkRGBA ink_confusion_get_text_color(const GdkRGBA *background);
/* The colour of the diagonal, on which text has the axis colour. */
GdkRGBA ink_confusion_get_diagonal_color(InkStyle style);

G_END_DECLS
