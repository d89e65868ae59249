#include "ui/pixels.h"
#include "ui/palette.h"

enum { RADIUS = 6 };

GdkTexture *ink_pixels_new(const guint32 *colors, int columns, int rows, int factor) {
  gsize width = (gsize)columns * factor, height = (gsize)rows * factor;
  guint32 *pixels;
  g_autoptr(GBytes) bytes = NULL;

  g_return_val_if_fail(columns > 0 && rows > 0 && factor > 0, NULL);

  pixels = g_new(guint32, width * height);
  for (gsize y = 0; y < height; y++)
    for (gsize x = 0; x < width; x++)
      pixels[y * width + x] = colors[y / factor * columns + x / factor];
  bytes = g_bytes_new_take(pixels, width * height * sizeof *pixels);
  return gdk_memory_texture_new(width, height, GDK_MEMORY_DEFAULT, bytes, width * sizeof *pixels);
}

static void color_digit(const guint8 image[INK_PIXELS], guint32 colors[INK_PIXELS]) {
  GdkRGBA paper = ink_palette_get(INK_COLOR_PAPER), ink = ink_palette_get(INK_COLOR_INK);
  guint32 shades[256];

  for (int i = 0; i < 256; i++)
    shades[i] = ink_palette_mix(&paper, &ink, i / 255.0);
  for (int i = 0; i < INK_PIXELS; i++)
    colors[i] = shades[image[i]];
}

GdkTexture *ink_pixels_new_digit(const guint8 image[INK_PIXELS], int factor) {
  guint32 colors[INK_PIXELS];

  color_digit(image, colors);
  return ink_pixels_new(colors, INK_SIDE, INK_SIDE, factor);
}

/* Fills the path with the colours from (x, y) on, each pixel `size` units large. */
static void fill_with_pixels(cairo_t *cr, const guint32 *colors, int columns, int rows, double x,
                             double y, double size) {
  cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, columns, rows);
  guchar *pixels = cairo_image_surface_get_data(surface);

  for (int row = 0; row < rows; row++)
    memcpy(pixels + (gsize)row * cairo_image_surface_get_stride(surface), colors + row * columns,
           columns * sizeof *colors);
  cairo_surface_mark_dirty(surface);
  cairo_save(cr);
  cairo_translate(cr, x, y);
  cairo_scale(cr, size, size);
  cairo_set_source_surface(cr, surface, 0, 0);
  cairo_pattern_set_filter(cairo_get_source(cr), CAIRO_FILTER_NEAREST);
  cairo_fill(cr);
  cairo_restore(cr);
  cairo_surface_destroy(surface);
}

void ink_pixels_paint(cairo_t *cr, const guint32 *colors, int columns, int rows, double x, double y,
                      double size) {
  cairo_rectangle(cr, x, y, columns * size, rows * size);
  fill_with_pixels(cr, colors, columns, rows, x, y, size);
}

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

cairo_surface_t *ink_pixels_new_framed_digit(const guint8 image[INK_PIXELS], int factor, int scale,
                                             const GdkRGBA *line) {
  int side = INK_SIDE * factor + 2;
  cairo_surface_t *surface =
      cairo_image_surface_create(CAIRO_FORMAT_ARGB32, side * scale, side * scale);
  guint32 colors[INK_PIXELS];
  cairo_t *cr;

  cairo_surface_set_device_scale(surface, scale, scale);
  cr = cairo_create(surface);
  color_digit(image, colors);
  trace_frame(cr, side, 0.5);
  fill_with_pixels(cr, colors, INK_SIDE, INK_SIDE, 1, 1, factor);
  gdk_cairo_set_source_rgba(cr, line);
  cairo_set_fill_rule(cr, CAIRO_FILL_RULE_EVEN_ODD);
  trace_frame(cr, side, 0);
  trace_frame(cr, side, 1);
  cairo_fill(cr);
  cairo_destroy(cr);
  return surface;
}

void ink_pixels_append(GtkSnapshot *snapshot, cairo_surface_t *picture, float x, float y,
                       float side) {
  cairo_t *cr = gtk_snapshot_append_cairo(snapshot, &GRAPHENE_RECT_INIT(x, y, side, side));

  cairo_set_source_surface(cr, picture, x, y);
  cairo_paint(cr);
  cairo_destroy(cr);
}
