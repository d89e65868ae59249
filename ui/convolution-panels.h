/* convolution-panels: the matrices of numbers that a convolution-stage shows: where they stand and
 * what is in them. Main thread. */
#pragma once

#include "ui/convolution.h"
#include "ui/layout.h"
#include "ui/shades.h"

G_BEGIN_DECLS

/* In the order in which they stand. */
typedef enum {
  INK_PANEL_INPUT,    /* the image, or sixteen maps four by four */
  INK_PANEL_PATCH,    /* what lies under the filter */
  INK_PANEL_FILTER,   /* its weights */
  INK_PANEL_PRODUCTS, /* each product; of sixteen maps the sum of each */
  INK_PANEL_MAP,      /* before pooling, as far as it is made */
  INK_PANEL_POOLED,
  INK_PANELS,
} InkPanelName;

enum {
  INK_PANEL_CAPTION = 18, /* room for a line of text above a panel */
  INK_PANEL_GAP = 24,     /* room for a sign between two panels, at least */
  INK_PANEL_CELLS = 56 * 56,
};

typedef struct {
  double x, y; /* of its first cell */
  int columns; /* and as many rows */
  int size;    /* pixels a cell */
} InkPanel;

/* The place of every panel in a width, for the sizes of the convolution (NULL: of layer 1). Returns
 * the height. */
double ink_panels_place(const InkConvolution *convolution, InkLayout layout, int width,
                        InkPanel panels[INK_PANELS]);

/* The panel is the last of its row. */
gboolean ink_panel_ends_row(InkPanelName panel, InkLayout layout);

/* Fills the colours of a panel's cells at a position (convolution-stage.h). */
void ink_panel_paint(const InkConvolution *convolution, InkPanelName panel, int position,
                     guint32 colors[INK_PANEL_CELLS]);

/* The pixel of the map at a position, and back: the four pixels of each 2×2 block come one after
 * the other. */
void ink_convolution_locate(int side, int position, int *row, int *column);
int ink_convolution_position(int side, int row, int column);

G_END_DECLS
