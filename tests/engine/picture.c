#include "engine/picture.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>

/* A ring of ink on paper, in greys, `side` pixels large and off the middle; thicker at one side, so
 * that its centre of mass is not where rounding may send it either way. */
static GdkPixbuf *paint_ring(int side, guint8 paper, guint8 ink) {
  GdkPixbuf *pixbuf = gdk_pixbuf_new(GDK_COLORSPACE_RGB, FALSE, 8, side, side);
  int stride = gdk_pixbuf_get_rowstride(pixbuf);

  for (int y = 0; y < side; y++)
    for (int x = 0; x < side; x++) {
      double r = hypot((x + 0.5) / side - 0.4, (y + 0.5) / side - 0.55);
      double thickness = x + y < 0.95 * side ? 0.08 : 0.05;
      guint8 grey = fabs(r - 0.25) < thickness ? ink : paper;

      memset(gdk_pixbuf_get_pixels(pixbuf) + y * stride + 3 * x, grey, 3);
    }
  return pixbuf;
}

static GdkPixbuf *from_image(const guint8 image[INK_PIXELS], gboolean inverted) {
  GdkPixbuf *pixbuf = gdk_pixbuf_new(GDK_COLORSPACE_RGB, FALSE, 8, INK_SIDE, INK_SIDE);
  int stride = gdk_pixbuf_get_rowstride(pixbuf);

  for (int i = 0; i < INK_PIXELS; i++)
    memset(gdk_pixbuf_get_pixels(pixbuf) + i / INK_SIDE * stride + i % INK_SIDE * 3,
           inverted ? 255 - image[i] : image[i], 3);
  return pixbuf;
}

static void read_pixbuf(GdkPixbuf *pixbuf, guint8 image[INK_PIXELS]) {
  g_autoptr(GError) error = NULL;

  g_assert_true(ink_picture_from_pixbuf(pixbuf, image, &error));
  g_assert_no_error(error);
}

static void assert_near(const guint8 a[INK_PIXELS], const guint8 b[INK_PIXELS], int most) {
  for (int i = 0; i < INK_PIXELS; i++)
    g_assert_cmpint(ABS(a[i] - b[i]), <=, most);
}

/* 28×28 greys go in as they are: neither moved nor stretched. */
static void test_as_is(void) {
  guint8 original[INK_PIXELS] = {0}, image[INK_PIXELS];

  for (int i = 0; i < 90; i++)
    original[200 + i] = 3 + 2 * i;
  for (int inverted = 0; inverted < 2; inverted++) {
    g_autoptr(GdkPixbuf) pixbuf = from_image(original, inverted);

    read_pixbuf(pixbuf, image);
    g_assert_cmpmem(image, INK_PIXELS, original, INK_PIXELS);
  }
}

static void test_any_size_and_polarity(void) {
  g_autoptr(GdkPixbuf) reference = paint_ring(1000, 0, 255);
  guint8 expected[INK_PIXELS], image[INK_PIXELS];
  static const struct {
    int side;
    guint8 paper, ink;
  } cases[] = {{1000, 255, 0}, {1000, 40, 200}, {1000, 220, 90}, {500, 0, 255}, {333, 255, 0}};

  read_pixbuf(reference, expected);
  g_assert_cmpint(expected[14 * INK_SIDE + 14], ==, 0); /* the hole */
  for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(GdkPixbuf) ring = paint_ring(cases[i].side, cases[i].paper, cases[i].ink);

    read_pixbuf(ring, image);
    /* The smallest ring is 193 pixels wide, 9.7 to one of the image: as far as an edge can be off.
     */
    assert_near(image, expected, 255 / 9.7);
  }
}

static void test_fills_the_box(void) {
  g_autoptr(GdkPixbuf) ring = paint_ring(300, 255, 0);
  int left = INK_SIDE, right = -1, peak = 0;
  guint8 image[INK_PIXELS];

  read_pixbuf(ring, image);
  for (int i = 0; i < INK_PIXELS; i++)
    if (image[i] > 0) {
      left = MIN(left, i % INK_SIDE);
      right = MAX(right, i % INK_SIDE);
      peak = MAX(peak, image[i]);
    }
  g_assert_cmpint(right - left + 1, ==, 20);
  g_assert_cmpint(peak, ==, 255);
}

/* Ink on nothing, dark or light. */
static void test_transparent(void) {
  g_autoptr(GdkPixbuf) opaque = paint_ring(400, 0, 255);
  guint8 expected[INK_PIXELS], image[INK_PIXELS];

  read_pixbuf(opaque, expected);
  for (int shade = 0; shade <= 255; shade += 255) {
    g_autoptr(GdkPixbuf) pixbuf = gdk_pixbuf_add_alpha(opaque, TRUE, 0, 0, 0);
    guint8 *pixels = gdk_pixbuf_get_pixels(pixbuf);

    for (int y = 0; y < 400; y++)
      for (int x = 0; x < 400; x++)
        memset(pixels + y * gdk_pixbuf_get_rowstride(pixbuf) + 4 * x, shade, 3);
    read_pixbuf(pixbuf, image);
    assert_near(image, expected, 1);
  }
}

static void test_one_pixel_wide(void) {
  for (int tall = 0; tall < 2; tall++) {
    g_autoptr(GdkPixbuf) pixbuf =
        gdk_pixbuf_new(GDK_COLORSPACE_RGB, FALSE, 8, tall ? 1 : 90, tall ? 90 : 1);
    guint8 image[INK_PIXELS];

    gdk_pixbuf_fill(pixbuf, 0);
    memset(gdk_pixbuf_get_pixels(pixbuf), 255, 3);
    read_pixbuf(pixbuf, image);
  }
}

static void assert_refused(const char *path, const char *sentence) {
  g_autoptr(GError) error = NULL;
  g_autofree char *name = g_filename_display_basename(path);
  guint8 image[INK_PIXELS];

  g_assert_false(ink_picture_load(path, image, &error));
  g_assert_nonnull(error);
  g_assert_true(error->domain == INK_PICTURE_ERROR);
  g_assert_nonnull(strstr(error->message, name));
  g_assert_nonnull(strstr(error->message, sentence));
  g_assert_null(strchr(error->message, '\n'));
  g_assert_true(g_utf8_validate(error->message, -1, NULL)); /* a window shows it */
}

static void write_file(const char *path, const char *text, gssize length) {
  g_autoptr(GError) error = NULL;

  g_file_set_contents(path, text, length, &error);
  g_assert_no_error(error);
}

static void test_files(void) {
  g_autoptr(GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp("picture-XXXXXX", &error);
  g_autofree char *path = g_build_filename(folder, "image.png", NULL);
  g_autofree char *bytes = NULL;
  g_autoptr(GdkPixbuf) ring = paint_ring(200, 255, 0), blank = paint_ring(200, 9, 9);
  guint8 expected[INK_PIXELS], image[INK_PIXELS];
  gsize length;

  g_assert_no_error(error);
  assert_refused(path, "There is no file");
  assert_refused("/proc/nonexistent/\xff.png", "There is no file");
  assert_refused(folder, "is a folder");
  g_assert_cmpint(mkfifo(path, 0600), ==, 0);
  assert_refused(path, "is not a file"); /* nor waited for */
  g_remove(path);
  write_file(path, "", 0);
  assert_refused(path, "can’t be read as an image: it is damaged or cut short.");
  write_file(path, "hello", -1);
  assert_refused(path, "can’t be read as an image: it is damaged or cut short.");

  g_assert_true(gdk_pixbuf_save(ring, path, "png", &error, NULL));
  g_assert_true(ink_picture_load(path, image, &error));
  g_assert_no_error(error);
  read_pixbuf(ring, expected);
  g_assert_cmpmem(image, INK_PIXELS, expected, INK_PIXELS);

  g_assert_true(g_file_get_contents(path, &bytes, &length, &error));
  write_file(path, bytes, length / 2);
  assert_refused(path, "can’t be read as an image: it is damaged or cut short.");

  /* A header that promises 60,000 × 60,000 pixels. */
  memcpy(bytes + 16, "\0\0\xea\x60\0\0\xea\x60", 8);
  write_file(path, bytes, length);
  assert_refused(path, "");

  g_assert_true(gdk_pixbuf_save(blank, path, "png", &error, NULL));
  assert_refused(path, "can’t be read as an image: nothing in it stands out from its border.");

  g_remove(path);
  g_rmdir(folder);
}

static void assert_unread(GdkPixbuf *pixbuf, const char *sentence) {
  g_autoptr(GError) error = NULL;
  guint8 image[INK_PIXELS];

  g_assert_false(ink_picture_from_pixbuf(pixbuf, image, &error));
  g_assert_error(error, INK_PICTURE_ERROR, 0);
  g_assert_cmpstr(error->message, ==, sentence);
}

static void test_pasted(void) {
  g_autoptr(GdkPixbuf) blank = paint_ring(200, 9, 9);

  assert_unread(blank, "The image can’t be read: nothing in it stands out from its border.");
  assert_unread(NULL, "The image can’t be read: there is not enough memory.");
}

#if !defined __SANITIZE_ADDRESS__ && !defined __SANITIZE_THREAD__ /* they end the program */
/* Its rows lie on each other, so that it takes no memory itself. */
static void test_too_large(void) {
  const guint8 pixels[3] = {0};
  g_autoptr(GdkPixbuf) huge = gdk_pixbuf_new_from_data(pixels, GDK_COLORSPACE_RGB, FALSE, 8,
                                                       G_MAXINT, G_MAXINT, 1, NULL, NULL);

  assert_unread(huge, "The image can’t be read: there is not enough memory.");
}
#endif

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/picture/as-is", test_as_is);
  g_test_add_func("/picture/any-size-and-polarity", test_any_size_and_polarity);
  g_test_add_func("/picture/fills-the-box", test_fills_the_box);
  g_test_add_func("/picture/transparent", test_transparent);
  g_test_add_func("/picture/one-pixel-wide", test_one_pixel_wide);
  g_test_add_func("/picture/files", test_files);
  g_test_add_func("/picture/pasted", test_pasted);
#if !defined __SANITIZE_ADDRESS__ && !defined __SANITIZE_THREAD__
  g_test_add_func("/picture/too-large", test_too_large);
#endif
  return g_test_run();
}
