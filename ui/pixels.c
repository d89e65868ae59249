#include "ui/pixels.h"
#include "ui/palette.h"

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

GdkTexture *ink_pixels_new_digit(const guint8 image[INK_PIXELS], int factor) {
  GdkRGBA paper = ink_palette_get(INK_COLOR_PAPER), ink = ink_palette_get(INK_COLOR_INK);
  guint32 shades[256], colors[INK_PIXELS];

  for (int i = 0; i < 256; i++)
    shades[i] = ink_palette_mix(&paper, &ink, i / 255.0);
  for (int i = 0; i < INK_PIXELS; i++)
    colors[i] = shades[image[i]];
  return ink_pixels_new(colors, INK_SIDE, INK_SIDE, factor);
}

void ink_pixels_paint(cairo_t *cr, const guint32 *colors, int columns, int rows, double x, double y,
                      double size) {
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
  cairo_rectangle(cr, 0, 0, columns, rows);
  cairo_fill(cr);
  cairo_restore(cr);
  cairo_surface_destroy(surface);
}
