#include "ui/convolution-stage.h"
#include "ui/convolution-panels.h"
#include "ui/keys.h"
#include "ui/palette.h"
#include "ui/pixels.h"

#include <glib/gi18n.h>
#include <math.h>

struct _InkConvolutionStage {
  GtkWidget parent_instance;

  InkLayout layout;
  const InkConvolution *convolution; /* NULL: nothing is drawn */
  int position;
  double pointer_x, pointer_y; /* where it was last */
};

enum { MOVED, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE(InkConvolutionStage, ink_convolution_stage, GTK_TYPE_WIDGET)

static const char *caption_of(const InkConvolution *c, InkPanelName panel) {
  switch (panel) {
  case INK_PANEL_INPUT:
    return c && c->layer == 2 ? _("Maps of layer 1") : _("Your drawing");
  case INK_PANEL_PATCH:
    return _("Under the filter");
  case INK_PANEL_FILTER:
    return _("Filter");
  case INK_PANEL_PRODUCTS:
    return c && c->layer == 2 ? _("Sum of each map") : _("Products");
  case INK_PANEL_MAP:
    return _("Feature map");
  default:
    return _("After pooling");
  }
}

/* Painting. */

static void set_color(cairo_t *cr, InkColor color) {
  GdkRGBA rgba = ink_palette_get(color);

  gdk_cairo_set_source_rgba(cr, &rgba);
}

/* A frame around cells of a panel, outside of them. */
static void frame(cairo_t *cr, const InkPanel *panel, int row, int column, int cells,
                  double width) {
  cairo_set_line_width(cr, width);
  cairo_rectangle(cr, panel->x + column * panel->size - width / 2,
                  panel->y + row * panel->size - width / 2, cells * panel->size + width,
                  cells * panel->size + width);
  cairo_stroke(cr);
}

static void paint_panel(InkConvolutionStage *self, cairo_t *cr, const InkPanel *panel,
                        InkPanelName name) {
  guint32 colors[INK_PANEL_CELLS];
  double side = panel->columns * panel->size;

  set_color(cr, INK_COLOR_PAPER);
  cairo_rectangle(cr, panel->x, panel->y, side, side);
  cairo_fill(cr);
  if (self->convolution) {
    ink_panel_paint(self->convolution, name, self->position, colors);
    ink_pixels_paint(cr, colors, panel->columns, panel->columns, panel->x, panel->y, panel->size);
  }
  set_color(cr, INK_COLOR_GRID);
  frame(cr, panel, 0, 0, panel->columns, 1);
}

/* Lines between the sixteen maps. */
static void paint_blocks(const InkConvolution *c, cairo_t *cr, const InkPanel *panel) {
  int blocks = ink_convolution_get_blocks(c);
  double block = (double)panel->columns / blocks * panel->size;

  set_color(cr, INK_COLOR_GRID);
  cairo_set_line_width(cr, 1);
  for (int i = 1; i < blocks; i++) {
    cairo_move_to(cr, panel->x + i * block + 0.5, panel->y);
    cairo_rel_line_to(cr, 0, panel->columns * panel->size);
    cairo_move_to(cr, panel->x, panel->y + i * block + 0.5);
    cairo_rel_line_to(cr, panel->columns * panel->size, 0);
  }
  cairo_stroke(cr);
}

/* The window on every input, the pixel it makes, the block that is pooled, and what becomes of
 * it. */
static void paint_marks(InkConvolutionStage *self, cairo_t *cr, const InkPanel panels[INK_PANELS]) {
  const InkConvolution *c = self->convolution;
  int blocks = ink_convolution_get_blocks(c), row, column;

  ink_convolution_locate(c->side, self->position, &row, &column);
  set_color(cr, INK_COLOR_LOSS);
  for (int i = 0; i < c->inputs; i++)
    frame(cr, &panels[INK_PANEL_INPUT], i / blocks * c->side + row - c->kernel / 2,
          i % blocks * c->side + column - c->kernel / 2, c->kernel, blocks == 1 ? 2 : 1);
  frame(cr, &panels[INK_PANEL_MAP], row & ~1, column & ~1, 2, 1);
  frame(cr, &panels[INK_PANEL_MAP], row, column, 1, 2);
  frame(cr, &panels[INK_PANEL_POOLED], row / 2, column / 2, 1, 2);
}

/* Text with its middle at (x, y), within width. */
static void paint_text(GtkWidget *widget, GtkSnapshot *snapshot, const char *text, double x,
                       double y, double width, double scale, InkColor color) {
  g_autoptr(PangoLayout) layout = gtk_widget_create_pango_layout(widget, text);
  g_autoptr(PangoAttrList) attributes = pango_attr_list_new();
  GdkRGBA rgba = ink_palette_get(color);
  int text_width, text_height;

  pango_attr_list_insert(attributes, pango_attr_scale_new(scale));
  pango_layout_set_attributes(layout, attributes);
  pango_layout_set_ellipsize(layout, PANGO_ELLIPSIZE_END);
  pango_layout_set_width(layout, width * PANGO_SCALE);
  pango_layout_set_alignment(layout, PANGO_ALIGN_CENTER);
  pango_layout_get_pixel_size(layout, &text_width, &text_height);
  gtk_snapshot_save(snapshot);
  gtk_snapshot_translate(snapshot, &GRAPHENE_POINT_INIT(x - width / 2, y - text_height / 2.0));
  gtk_snapshot_append_layout(snapshot, layout, &rgba);
  gtk_snapshot_restore(snapshot);
}

static void paint_texts(InkConvolutionStage *self, GtkSnapshot *snapshot,
                        const InkPanel panels[INK_PANELS]) {
  static const char *const signs[INK_PANELS] = {"→", "×", "=", "→", "→", NULL};

  for (int i = 0; i < INK_PANELS; i++) {
    const InkPanel *panel = &panels[i];
    double breadth = panel->columns * panel->size;

    paint_text(GTK_WIDGET(self), snapshot, caption_of(self->convolution, i), panel->x + breadth / 2,
               panel->y - INK_PANEL_CAPTION / 2.0, breadth + INK_PANEL_GAP, 0.88, INK_COLOR_AXIS);
    if (!ink_panel_ends_row(i, self->layout))
      paint_text(GTK_WIDGET(self), snapshot, signs[i], (panel->x + breadth + panel[1].x) / 2,
                 panel->y + panel->columns * panel->size / 2.0, INK_PANEL_GAP, 1.2, INK_COLOR_AXIS);
  }
}

static void snapshot(GtkWidget *widget, GtkSnapshot *snapshot) {
  InkConvolutionStage *self = INK_CONVOLUTION_STAGE(widget);
  int width = gtk_widget_get_width(widget), height = gtk_widget_get_height(widget);
  InkPanel panels[INK_PANELS];
  cairo_t *cr;

  ink_panels_place(self->convolution, self->layout, width, panels);
  cr = gtk_snapshot_append_cairo(snapshot, &GRAPHENE_RECT_INIT(0, 0, width, height));
  for (int i = 0; i < INK_PANELS; i++)
    paint_panel(self, cr, &panels[i], i);
  if (self->convolution) {
    if (self->convolution->inputs > 1)
      for (int i = INK_PANEL_INPUT; i <= INK_PANEL_FILTER; i++)
        paint_blocks(self->convolution, cr, &panels[i]);
    paint_marks(self, cr, panels);
  }
  cairo_destroy(cr);
  paint_texts(self, snapshot, panels);
}

/* Choosing a pixel. */

static void move_to(InkConvolutionStage *self, int row, int column) {
  int side = self->convolution->side;
  int position =
      ink_convolution_position(side, CLAMP(row, 0, side - 1), CLAMP(column, 0, side - 1));

  if (position == self->position)
    return;
  ink_convolution_stage_set_position(self, position);
  g_signal_emit(self, signals[MOVED], 0);
}

/* A pixel of the map, of an input, or a block that is pooled. */
static void point(InkConvolutionStage *self, double x, double y) {
  static const InkPanelName pointable[] = {INK_PANEL_INPUT, INK_PANEL_MAP, INK_PANEL_POOLED};
  InkPanel panels[INK_PANELS];

  /* GTK tells where a resting pointer is whenever something moves below it. */
  if (!self->convolution || (x == self->pointer_x && y == self->pointer_y))
    return;
  self->pointer_x = x;
  self->pointer_y = y;
  ink_panels_place(self->convolution, self->layout, gtk_widget_get_width(GTK_WIDGET(self)), panels);
  for (guint i = 0; i < G_N_ELEMENTS(pointable); i++) {
    const InkPanel *panel = &panels[pointable[i]];
    int column = floor((x - panel->x) / panel->size), row = floor((y - panel->y) / panel->size);
    int side = self->convolution->side;

    if (column < 0 || column >= panel->columns || row < 0 || row >= panel->columns)
      continue;
    if (pointable[i] == INK_PANEL_POOLED)
      move_to(self, 2 * row + 1, 2 * column + 1);
    else
      move_to(self, row % side, column % side);
  }
}

static gboolean press_key(InkConvolutionStage *self, guint key) {
  int row, column;

  if (!self->convolution)
    return FALSE;
  ink_convolution_locate(self->convolution->side, self->position, &row, &column);
  switch (ink_keys_plain(key)) {
  case GDK_KEY_Left:
    move_to(self, row, column - 1);
    return TRUE;
  case GDK_KEY_Right:
    move_to(self, row, column + 1);
    return TRUE;
  case GDK_KEY_Up:
    move_to(self, row - 1, column);
    return TRUE;
  case GDK_KEY_Down:
    move_to(self, row + 1, column);
    return TRUE;
  default:
    return FALSE;
  }
}

void ink_convolution_stage_set_layout(InkConvolutionStage *self, InkLayout layout) {
  g_return_if_fail(INK_IS_CONVOLUTION_STAGE(self));
  self->layout = layout;
  gtk_widget_queue_resize(GTK_WIDGET(self));
}

void ink_convolution_stage_set_convolution(InkConvolutionStage *self,
                                           const InkConvolution *convolution) {
  g_return_if_fail(INK_IS_CONVOLUTION_STAGE(self));
  self->convolution = convolution;
  if (convolution)
    self->position = MIN(self->position, convolution->side * convolution->side - 1);
  gtk_widget_queue_resize(GTK_WIDGET(self));
}

void ink_convolution_stage_set_position(InkConvolutionStage *self, int position) {
  g_return_if_fail(INK_IS_CONVOLUTION_STAGE(self) && position >= 0);
  self->position = position;
  gtk_widget_queue_draw(GTK_WIDGET(self));
}

int ink_convolution_stage_get_position(InkConvolutionStage *self) {
  g_return_val_if_fail(INK_IS_CONVOLUTION_STAGE(self), 0);
  return self->position;
}

/* The widget. */

static GtkSizeRequestMode get_request_mode(GtkWidget *widget) {
  return GTK_SIZE_REQUEST_CONSTANT_SIZE;
}

static void measure(GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                    int *natural, int *minimum_baseline, int *natural_baseline) {
  InkConvolutionStage *self = INK_CONVOLUTION_STAGE(widget);
  InkPanel panels[INK_PANELS];
  double height = ink_panels_place(self->convolution, self->layout, 0, panels);

  if (orientation == GTK_ORIENTATION_VERTICAL) {
    *minimum = *natural = ceil(height) + 1;
  } else {
    *minimum = 0;
    for (int i = 0; i < INK_PANELS; i++)
      *minimum = MAX(*minimum, panels[i].x + panels[i].columns * panels[i].size);
    *natural = *minimum;
  }
}

static void ink_convolution_stage_class_init(InkConvolutionStageClass *klass) {
  GtkWidgetClass *widget = GTK_WIDGET_CLASS(klass);

  widget->get_request_mode = get_request_mode;
  widget->measure = measure;
  widget->snapshot = snapshot;
  signals[MOVED] = g_signal_new("moved", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_css_name(widget, "convolutionstage");
  gtk_widget_class_set_accessible_role(widget, GTK_ACCESSIBLE_ROLE_IMG);
}

static void ink_convolution_stage_init(InkConvolutionStage *self) {
  GtkWidget *widget = GTK_WIDGET(self);
  GtkEventController *motion = gtk_event_controller_motion_new();
  GtkEventController *keys = gtk_event_controller_key_new();

  g_signal_connect_swapped(motion, "motion", G_CALLBACK(point), self);
  g_signal_connect_swapped(keys, "key-pressed", G_CALLBACK(press_key), self);
  gtk_widget_add_controller(widget, motion);
  gtk_widget_add_controller(widget, keys);
  gtk_widget_set_focusable(widget, TRUE);
  g_signal_connect_object(adw_style_manager_get_default(), "notify::dark",
                          G_CALLBACK(gtk_widget_queue_draw), self, G_CONNECT_SWAPPED);
}
