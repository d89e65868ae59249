#include "engine/picture.h"
#include "engine/centring.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

/* Larger ones would take gigabytes to decode. */
static const gint64 MOST_PIXELS = 100 * 1000 * 1000;
/* Greys within this share of the way from paper to the strongest ink are paper: the grain of a
 * photograph must not widen the box around the ink. */
static const double GRAIN = 0.15;
/* Less contrast than this, out of 255, is no drawing. */
static const int FAINTEST = 24;
/* A 28×28 image is dark on light when no more than this share of its border is dark. Clothes of
 * Fashion-MNIST reach the border too, but none of its 70,000 images makes even 60 % of it light. */
static const double MOSTLY_LIGHT = 0.25;

typedef struct {
  guint8 *pixels; /* (height, width) */
  int width, height;
} Plane;

G_DEFINE_QUARK(ink - picture - error - quark, ink_picture_error)

static double luma(const guint8 *rgb) {
  return 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2];
}

/* Transparent images show on white what is dark, and on black what is light. */
static guint8 find_backdrop(GdkPixbuf *pixbuf) {
  double sum = 0, weight = 0;

  if (!gdk_pixbuf_get_has_alpha(pixbuf))
    return 255;
  for (int y = 0; y < gdk_pixbuf_get_height(pixbuf); y++) {
    const guint8 *row =
        gdk_pixbuf_read_pixels(pixbuf) + (gsize)y * gdk_pixbuf_get_rowstride(pixbuf);

    for (int x = 0; x < gdk_pixbuf_get_width(pixbuf); x++) {
      const guint8 *rgba = row + 4 * x;

      sum += luma(rgba) * rgba[3];
      weight += rgba[3];
    }
  }
  return sum <= 127.5 * weight ? 255 : 0;
}

/* Greys on the backdrop; *grey is whether every pixel was one. Pixels NULL: too little memory. */
static Plane flatten(GdkPixbuf *pixbuf, gboolean *grey) {
  Plane plane = {NULL, gdk_pixbuf_get_width(pixbuf), gdk_pixbuf_get_height(pixbuf)};
  int channels = gdk_pixbuf_get_n_channels(pixbuf);
  gboolean alpha = gdk_pixbuf_get_has_alpha(pixbuf);
  guint8 backdrop;

  plane.pixels = g_try_new(guint8, (gsize)plane.width * plane.height);
  if (!plane.pixels)
    return plane;
  backdrop = find_backdrop(pixbuf);
  *grey = TRUE;
  for (int y = 0; y < plane.height; y++) {
    const guint8 *row =
        gdk_pixbuf_read_pixels(pixbuf) + (gsize)y * gdk_pixbuf_get_rowstride(pixbuf);

    for (int x = 0; x < plane.width; x++) {
      const guint8 *rgb = row + channels * x;
      double opacity = alpha ? rgb[3] / 255.0 : 1;

      *grey = *grey && rgb[0] == rgb[1] && rgb[1] == rgb[2];
      plane.pixels[(gsize)y * plane.width + x] =
          (guint8)(luma(rgb) * opacity + backdrop * (1 - opacity) + 0.5);
    }
  }
  return plane;
}

/* The grey that a share of the outermost pixels does not exceed; 0.5 is their median. */
static guint8 border_quantile(const Plane *plane, double share) {
  gsize counts[256] = {0}, total = 0, below = 0;

  for (int y = 0; y < plane->height; y++) {
    gboolean whole_row = y == 0 || y == plane->height - 1;

    for (int x = 0; x < plane->width; x += whole_row ? 1 : MAX(plane->width - 1, 1)) {
      counts[plane->pixels[(gsize)y * plane->width + x]]++;
      total++;
    }
  }
  for (int grey = 0;; grey++) {
    below += counts[grey];
    if (below >= share * total)
      return grey;
  }
}

/* Turns greys into ink: 0 for the paper and its grain. Returns the strongest ink. */
static int extract_ink(Plane *plane, guint8 paper) {
  gsize n = (gsize)plane->width * plane->height;
  gboolean light = paper >= 128;
  int peak = 0;

  for (gsize i = 0; i < n; i++) {
    int ink = light ? paper - plane->pixels[i] : plane->pixels[i] - paper;

    plane->pixels[i] = MAX(ink, 0);
    peak = MAX(peak, ink);
  }
  for (gsize i = 0; i < n; i++)
    if (plane->pixels[i] < GRAIN * peak)
      plane->pixels[i] = 0;
  return peak;
}

typedef struct {
  int left, top, right, bottom; /* the last two exclusive */
} Bounds;

static Bounds find_bounds(const Plane *plane) {
  Bounds bounds = {plane->width, plane->height, 0, 0};

  for (int y = 0; y < plane->height; y++)
    for (int x = 0; x < plane->width; x++)
      if (plane->pixels[(gsize)y * plane->width + x] > 0) {
        bounds.left = MIN(bounds.left, x);
        bounds.right = MAX(bounds.right, x + 1);
        bounds.top = MIN(bounds.top, y);
        bounds.bottom = MAX(bounds.bottom, y + 1);
      }
  return bounds;
}

/* Mean of the plane over a rectangle in fractions of pixels; 0 outside. */
static double average(const Plane *plane, double left, double top, double side) {
  int first_x = MAX((int)floor(left), 0), last_x = MIN((int)ceil(left + side), plane->width);
  int first_y = MAX((int)floor(top), 0), last_y = MIN((int)ceil(top + side), plane->height);
  double sum = 0;

  for (int y = first_y; y < last_y; y++) {
    double tall = MIN(y + 1, top + side) - MAX(y, top), row = 0;

    for (int x = first_x; x < last_x; x++)
      row += plane->pixels[(gsize)y * plane->width + x] * (MIN(x + 1, left + side) - MAX(x, left));
    sum += row * tall;
  }
  return sum / (side * side);
}

/* The tight box around the ink, made square, becomes 20×20 pixels. */
static void fit(const Plane *plane, guint8 box[INK_BOX * INK_BOX]) {
  Bounds bounds = find_bounds(plane);
  int width = bounds.right - bounds.left, height = bounds.bottom - bounds.top;
  double side = MAX(width, height), pixel = side / INK_BOX;
  double left = bounds.left - (side - width) / 2, top = bounds.top - (side - height) / 2;

  for (int y = 0; y < INK_BOX; y++)
    for (int x = 0; x < INK_BOX; x++)
      box[y * INK_BOX + x] =
          (guint8)(average(plane, left + x * pixel, top + y * pixel, pixel) + 0.5);
}

/* NULL, or why it can't be read. A pixbuf is NULL where there was no memory for one. */
static const char *read_pixbuf(GdkPixbuf *pixbuf, guint8 image[INK_PIXELS]) {
  gboolean grey;
  Plane plane = pixbuf ? flatten(pixbuf, &grey) : (Plane){0};
  g_autofree guint8 *pixels = plane.pixels;
  guint8 box[INK_BOX * INK_BOX];

  if (!pixels)
    return _("there is not enough memory");
  if (grey && plane.width == INK_SIDE && plane.height == INK_SIDE) {
    gboolean light = border_quantile(&plane, MOSTLY_LIGHT) >= 128;

    for (int i = 0; i < INK_PIXELS; i++)
      image[i] = light ? 255 - pixels[i] : pixels[i];
    return NULL;
  }
  if (extract_ink(&plane, border_quantile(&plane, 0.5)) < FAINTEST)
    return _("nothing in it stands out from its border");
  fit(&plane, box);
  ink_centring_place(box, image);
  return NULL;
}

gboolean ink_picture_from_pixbuf(GdkPixbuf *pixbuf, guint8 image[INK_PIXELS], GError **error) {
  const char *reason;

  g_return_val_if_fail(image != NULL, FALSE);

  reason = read_pixbuf(pixbuf, image);
  if (reason)
    g_set_error(error, INK_PICTURE_ERROR, 0, _("The image can’t be read: %s."), reason);
  return reason == NULL;
}

/* gdk-pixbuf's own words name the file once more, and not always in a sentence. */
static const char *explain(const GError *cause) {
  if (g_error_matches(cause, GDK_PIXBUF_ERROR, GDK_PIXBUF_ERROR_UNKNOWN_TYPE))
    return _("it has no format that is known here, such as PNG or JPEG");
  if (g_error_matches(cause, GDK_PIXBUF_ERROR, GDK_PIXBUF_ERROR_INSUFFICIENT_MEMORY))
    return _("there is not enough memory");
  if (cause->domain == G_FILE_ERROR)
    return _("reading it is not allowed, or failed");
  return _("it is damaged or cut short");
}

static gboolean complain(GError **error, const char *name, const char *reason) {
  g_set_error(error, INK_PICTURE_ERROR, 0, _("“%s” can’t be read as an image: %s."), name, reason);
  return FALSE;
}

/* Looks at the header first, so that a hostile file can't ask for gigabytes. */
static gboolean check_file(const char *path, const char *name, GError **error) {
  int width, height;

  if (!g_file_test(path, G_FILE_TEST_EXISTS)) {
    g_set_error(error, INK_PICTURE_ERROR, 0, _("There is no file “%s”."), name);
    return FALSE;
  }
  if (g_file_test(path, G_FILE_TEST_IS_DIR)) {
    g_set_error(error, INK_PICTURE_ERROR, 0, _("“%s” is a folder, not an image file."), name);
    return FALSE;
  }
  if (!g_file_test(path, G_FILE_TEST_IS_REGULAR)) { /* reading a pipe might never end */
    g_set_error(error, INK_PICTURE_ERROR, 0, _("“%s” is not a file."), name);
    return FALSE;
  }
  if (gdk_pixbuf_get_file_info(path, &width, &height) && (gint64)width * height > MOST_PIXELS) {
    g_set_error(error, INK_PICTURE_ERROR, 0,
                _("The image “%s” is too large: it has %d × %d pixels."), name, width, height);
    return FALSE;
  }
  return TRUE;
}

gboolean ink_picture_load(const char *path, guint8 image[INK_PIXELS], GError **error) {
  g_autoptr(GdkPixbuf) stored = NULL, upright = NULL;
  g_autoptr(GError) cause = NULL;
  g_autofree char *name = NULL;
  const char *reason;

  g_return_val_if_fail(path != NULL && image != NULL, FALSE);

  name = g_filename_display_name(path);
  if (!check_file(path, name, error))
    return FALSE;
  stored = gdk_pixbuf_new_from_file(path, &cause);
  if (!stored)
    return complain(error, name, explain(cause));
  upright = gdk_pixbuf_apply_embedded_orientation(stored);
  reason = read_pixbuf(upright, image);
  return reason ? complain(error, name, reason) : TRUE;
}
