#include "ui/convolution-panels.h"

#include <math.h>

/* Room for the frame of a panel that stands at the edge. */
enum { ROW_GAP = 12, EDGE = 3 };

void ink_convolution_locate(int side, int position, int *row, int *column) {
  int block = position / 4, blocks = side / 2;

  *row = block / blocks * 2 + position % 4 / 2;
  *column = block % blocks * 2 + position % 2;
}

int ink_convolution_position(int side, int row, int column) {
  return (row / 2 * (side / 2) + column / 2) * 4 + row % 2 * 2 + column % 2;
}

static void size_panels(const InkConvolution *c, InkLayout layout, InkPanel panels[INK_PANELS]) {
  int blocks = ink_convolution_get_blocks(c);
  int large = layout == INK_LAYOUT_NARROW ? 140 : 168,
      small = layout == INK_LAYOUT_NARROW ? 80 : 110;
  const struct {
    int cells, pixels;
  } sizes[INK_PANELS] = {
      [INK_PANEL_INPUT] = {blocks * c->side, large},
      [INK_PANEL_PATCH] = {blocks * c->kernel, small},
      [INK_PANEL_FILTER] = {blocks * c->kernel, small},
      [INK_PANEL_PRODUCTS] = {c->inputs == 1 ? c->kernel : blocks, small},
      [INK_PANEL_MAP] = {c->side, large},
      [INK_PANEL_POOLED] = {c->side / 2, large},
  };

  for (int i = 0; i < INK_PANELS; i++)
    panels[i] = (InkPanel){.columns = sizes[i].cells, .size = sizes[i].pixels / sizes[i].cells};
}

gboolean ink_panel_ends_row(InkPanelName panel, InkLayout layout) {
  switch (layout) {
  case INK_LAYOUT_WIDE:
    return panel == INK_PANEL_POOLED;
  case INK_LAYOUT_MEDIUM:
    return panel == INK_PANEL_PRODUCTS || panel == INK_PANEL_POOLED;
  default:
    return panel == INK_PANEL_INPUT || panel == INK_PANEL_PRODUCTS || panel == INK_PANEL_POOLED;
  }
}

/* Panels first … last in the middle of the width and of their row. Returns the row's height. */
static int place_row(int width, double y, InkPanel *panels, int first, int last) {
  int breadth = 0, height = 0, gaps = last - first;
  double gap, x;

  for (int i = first; i <= last; i++) {
    breadth += panels[i].columns * panels[i].size;
    height = MAX(height, panels[i].columns * panels[i].size);
  }
  gap =
      CLAMP((double)(width - 2 * EDGE - breadth) / MAX(gaps, 1), INK_PANEL_GAP, 2 * INK_PANEL_GAP);
  x = MAX((width - breadth - gap * gaps) / 2, EDGE);
  for (int i = first; i <= last; i++) {
    panels[i].x = floor(x);
    panels[i].y =
        floor(y + INK_PANEL_CAPTION + (height - panels[i].columns * panels[i].size) / 2.0);
    x += panels[i].columns * panels[i].size + gap;
  }
  return INK_PANEL_CAPTION + height;
}

double ink_panels_place(const InkConvolution *convolution, InkLayout layout, int width,
                        InkPanel panels[INK_PANELS]) {
  static const InkConvolution layer1 = {.inputs = 1, .kernel = 5, .side = INK_SIDE};
  double y = 0;
  int first = 0;

  size_panels(convolution ? convolution : &layer1, layout, panels);
  for (int i = 0; i < INK_PANELS; i++)
    if (ink_panel_ends_row(i, layout)) {
      y += place_row(width, y, panels, first, i) + ROW_GAP;
      first = i + 1;
    }
  return y - ROW_GAP + EDGE;
}

/* Puts a (size, size) matrix into its place among the inputs' matrices. */
static void put_block(const InkConvolution *c, int input, const float *block, int size,
                      float *cells) {
  int blocks = ink_convolution_get_blocks(c), columns = blocks * size;

  for (int i = 0; i < size * size; i++)
    cells[(input / blocks * size + i / size) * columns + input % blocks * size + i % size] =
        block[i];
}

static void fill_input(const InkConvolution *c, float *cells) {
  for (int i = 0; i < c->inputs; i++)
    put_block(c, i, c->input + (gsize)i * c->side * c->side, c->side, cells);
}

static void fill_patch(const InkConvolution *c, int row, int column, float *cells) {
  float patch[INK_MOST_WEIGHTS];

  for (int i = 0; i < c->inputs; i++) {
    ink_convolution_get_patch(c, i, row, column, patch);
    put_block(c, i, patch, c->kernel, cells);
  }
}

static void fill_filter(const InkConvolution *c, float *cells) {
  for (int i = 0; i < c->inputs; i++)
    put_block(c, i, c->weights + (gsize)i * c->kernel * c->kernel, c->kernel, cells);
}

/* Of one input each product; of sixteen the sum of each. */
static void fill_products(const InkConvolution *c, int row, int column, float *cells) {
  float products[INK_MOST_WEIGHTS];

  if (c->inputs == 1)
    ink_convolution_get_products(c, 0, row, column, cells);
  else
    for (int i = 0; i < c->inputs; i++)
      cells[i] = ink_convolution_get_products(c, i, row, column, products);
}

/* What is still to come is faint. */
static void fill_map(const float *map, int side, int reached, float *cells) {
  for (int i = 0; i < side * side; i++)
    cells[i] = map[i] * (ink_convolution_position(side, i / side, i % side) <= reached ? 1 : 0.15f);
}

static void fill_pooled(const float *map, int side, int reached, float *cells) {
  for (int i = 0; i < side * side; i++)
    cells[i] = map[i] * (4 * i + 3 <= reached ? 1 : 0.15f);
}

/* Numbers, and what the strongest of them is shown as. */
typedef struct {
  InkShadesKind kind;
  float scale;
  gsize n;
  float cells[INK_PANEL_CELLS];
} Content;

static void fill(const InkConvolution *c, InkPanelName panel, int position, Content *content) {
  gsize pixels = (gsize)c->side * c->side, weights = (gsize)c->kernel * c->kernel * c->inputs;
  float input = c->layer == 1 ? 1 : ink_shades_scale(c->input, c->inputs * pixels);
  float weight = ink_shades_weight_scale(c->weights, weights);
  int row, column;

  ink_convolution_locate(c->side, position, &row, &column);
  switch (panel) {
  case INK_PANEL_INPUT:
    *content = (Content){INK_SHADES_ACTIVATIONS, input, c->inputs * pixels, {0}};
    fill_input(c, content->cells);
    break;
  case INK_PANEL_PATCH:
    *content = (Content){INK_SHADES_ACTIVATIONS, input, weights, {0}};
    fill_patch(c, row, column, content->cells);
    break;
  case INK_PANEL_FILTER:
    *content = (Content){INK_SHADES_WEIGHTS, weight, weights, {0}};
    fill_filter(c, content->cells);
    break;
  case INK_PANEL_PRODUCTS:
    *content = (Content){INK_SHADES_WEIGHTS,
                         input * weight * (c->inputs == 1 ? 1 : 2),
                         c->inputs == 1 ? weights : (gsize)c->inputs,
                         {0}};
    fill_products(c, row, column, content->cells);
    break;
  case INK_PANEL_MAP:
    *content = (Content){INK_SHADES_ACTIVATIONS, ink_shades_scale(c->map, pixels), pixels, {0}};
    fill_map(c->map, c->side, position, content->cells);
    break;
  default:
    *content = (Content){INK_SHADES_ACTIVATIONS, ink_shades_scale(c->map, pixels), pixels / 4, {0}};
    fill_pooled(c->pooled, c->side / 2, position, content->cells);
    break;
  }
}

void ink_panel_paint(const InkConvolution *convolution, InkPanelName panel, int position,
                     guint32 colors[INK_PANEL_CELLS]) {
  InkShades shades;
  Content content;

  g_return_if_fail(convolution != NULL);

  fill(convolution, panel, position, &content);
  ink_shades_init(&shades, content.kind);
  ink_shades_paint(&shades, content.cells, content.n, content.scale, colors);
}
