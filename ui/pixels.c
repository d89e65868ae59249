#include "ui/pixels.h"
#include "ui/palette.h"

enum { RADIUS = 6 };

/* Repeats each colour factor × factor times; stride: from one row of pixels to the next. */
static void magnify(const guint32 *colors, int columns, int rows, int factor, guint32 *pixels,
                    gsize stride) {
  for (int row = 0; row < rows; row++) {
    guint32 *line = pixels + row * factor * stride;

    for (int x = 0; x < columns * factor; x++)
      line[x] = colors[row * columns + x / factor];
    for (int copy = 1; copy < factor; copy++)
      memcpy(line + copy * stride, line, (gsize)columns * factor * sizeof *line);
  }
}

GdkTexture *ink_pixels_new(const guint32 *colors, int columns, int rows, int factor) {
  gsize width = (gsize)columns * factor, height = (gsize)rows * factor;
  guint32 *pixels;
  g_autoptr(GBytes) bytes = NULL;

  g_return_val_if_fail(columns > 0 && rows > 0 && factor > 0, NULL);

  pixels = g_new(guint32, width * height);
  magnify(colors, columns, rows, factor, pixels, width);
  bytes = g_bytes_new_take(pixels, width * height * sizeof *pixels);
  return gdk_memory_texture_new(width, height, GDK_MEMORY_DEFAULT, bytes, width * sizeof *pixels);
}

/* The colours of all values of a pixel, mixed anew only when the style changes. */
static const guint32 *get_shades(void) {
  static GdkRGBA paper, ink;
  static guint32 shades[256];
  GdkRGBA paper_now = ink_palette_get(INK_COLOR_PAPER), ink_now = ink_palette_get(INK_COLOR_INK);

  if (gdk_rgba_equal(&paper, &paper_now) && gdk_rgba_equal(&ink, &ink_now))
    return shades;
  paper = paper_now;
  ink = ink_now;
  for (int i = 0; i < 256; i++)
    shades[i] = ink_palette_mix(&paper, &ink, i / 255.0);
  return shades;
}

static void color_digit(const guint8 image[INK_PIXELS], guint32 colors[INK_PIXELS]) {
  const guint32 *shades = get_shades();

  for (int i = 0; i < INK_PIXELS; i++)
    colors[i] = shades[image[i]];
}

GdkTexture *ink_pixels_new_digit(const guint8 image[INK_PIXELS], int factor) {
  guint32 colors[INK_PIXELS];

  color_digit(image, colors);
  return ink_pixels_new(colors, INK_SIDE, INK_SIDE, factor);
}

void ink_pixels_paint(cairo_t *cr, const guint32 *colors, int columns, int rows, double x, double y,
                      double size) {
  cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, columns, rows);

  magnify(colors, columns, rows, 1, (guint32 *)cairo_image_surface_get_data(surface),
          cairo_image_surface_get_stride(surface) / sizeof *colors);
  cairo_surface_mark_dirty(surface);
  cairo_save(cr);
  cairo_translate(cr, x, y);
  cairo_scale(cr, size, size);
  cairo_rectangle(cr, 0, 0, columns, rows);
  cairo_set_source_surface(cr, surface, 0, 0);
  cairo_pattern_set_filter(cairo_get_source(cr), CAIRO_FILTER_NEAREST);
  cairo_fill(cr);
  cairo_restore(cr);
  cairo_surface_destroy(surface);
}

/* Frames */

/* What a frame lets through of the image, and what its line covers: traced once for all images of
 * a size. */
typedef struct {
  int side, scale;
  cairo_surface_t *image, *line;
} Frame;

/* A rounded square, `inset` units inside of one from 0 to side. */
static void trace_frame(cairo_t *cr, double side, double inset) {
  double start = RADIUS, end = side - RADIUS, radius = RADIUS - inset;

  cairo_new_sub_path(cr);
  cairo_arc(cr, end, start, radius, -G_PI_2, 0);
  cairo_arc(cr, end, end, radius, 0, G_PI_2);
  cairo_arc(cr, start, end, radius, G_PI_2, G_PI);
  cairo_arc(cr, start, start, radius, G_PI, 1.5 * G_PI);
  cairo_close_path(cr);
}

static cairo_t *create_surface(cairo_format_t format, int side, int scale,
                               cairo_surface_t **surface) {
  *surface = cairo_image_surface_create(format, side * scale, side * scale);
  cairo_surface_set_device_scale(*surface, scale, scale);
  return cairo_create(*surface);
}

static const Frame *get_frame(int side, int scale) {
  static Frame frame;
  cairo_t *cr;

  if (frame.side == side && frame.scale == scale)
    return &frame;
  g_clear_pointer(&frame.image, cairo_surface_destroy);
  g_clear_pointer(&frame.line, cairo_surface_destroy);
  frame.side = side;
  frame.scale = scale;
  cr = create_surface(CAIRO_FORMAT_A8, side, scale, &frame.image);
  trace_frame(cr, side, 0.5);
  cairo_fill(cr);
  cairo_destroy(cr);
  cr = create_surface(CAIRO_FORMAT_A8, side, scale, &frame.line);
  cairo_set_fill_rule(cr, CAIRO_FILL_RULE_EVEN_ODD);
  trace_frame(cr, side, 0);
  trace_frame(cr, side, 1);
  cairo_fill(cr);
  cairo_destroy(cr);
  return &frame;
}

cairo_surface_t *ink_pixels_new_framed_digit(const guint8 image[INK_PIXELS], int factor, int scale,
                                             const GdkRGBA *line) {
  const Frame *frame = get_frame(INK_SIDE * factor + 2, scale);
  guint32 colors[INK_PIXELS], *pixels;
  cairo_surface_t *surface;
  cairo_t *cr = create_surface(CAIRO_FORMAT_ARGB32, frame->side, scale, &surface);
  gsize stride = cairo_image_surface_get_stride(surface) / sizeof *pixels;

  color_digit(image, colors);
  pixels = (guint32 *)cairo_image_surface_get_data(surface);
  magnify(colors, INK_SIDE, INK_SIDE, factor * scale, pixels + scale * (stride + 1), stride);
  cairo_surface_mark_dirty(surface);
  cairo_set_operator(cr, CAIRO_OPERATOR_DEST_IN);
  cairo_set_source_surface(cr, frame->image, 0, 0);
  cairo_paint(cr);
  cairo_set_operator(cr, CAIRO_OPERATOR_OVER);
  gdk_cairo_set_source_rgba(cr, line);
  cairo_mask_surface(cr, frame->line, 0, 0);
  cairo_destroy(cr);
  return surface;
}

void ink_pixels_append(GtkSnapshot *snapshot, cairo_surface_t *picture, float x, float y,
                       float width, float height) {
  cairo_t *cr = gtk_snapshot_append_cairo(snapshot, &GRAPHENE_RECT_INIT(x, y, width, height));

  cairo_set_source_surface(cr, picture, x, y);
  cairo_paint(cr);
  cairo_destroy(cr);
}
