#include "engine/centring.h"

static guint8 at(const guint8 image[INK_PIXELS], int x, int y) {
  return image[y * INK_SIDE + x];
}

static void test_nothing(void) {
  guint8 box[INK_BOX * INK_BOX] = {0}, image[INK_PIXELS];

  ink_centring_place(box, image);
  for (int i = 0; i < INK_PIXELS; i++)
    g_assert_cmpint(image[i], ==, 0);
}

/* One pixel, wherever it is in the box, goes to the middle one and becomes 255. */
static void test_one_pixel(void) {
  for (int i = 0; i < INK_BOX * INK_BOX; i++) {
    guint8 box[INK_BOX * INK_BOX] = {0}, image[INK_PIXELS];

    box[i] = 40;
    ink_centring_place(box, image);
    g_assert_cmpint(at(image, 14, 14), ==, 255);
  }
}

/* Heavy at one end: the centre of mass asks for a shift that would push the other end out. */
static void test_never_clips(void) {
  guint8 box[INK_BOX * INK_BOX] = {0}, image[INK_PIXELS];

  for (int y = 0; y < INK_BOX; y++)
    box[y * INK_BOX] = 255;
  for (int x = 0; x < INK_BOX; x++)
    box[5 * INK_BOX + x] = 2;
  ink_centring_place(box, image);
  g_assert_cmpint(at(image, 8, 4), ==, 255);
  g_assert_cmpint(at(image, 27, 9), ==, 2);
}

static void test_scales_to_peak(void) {
  guint8 box[INK_BOX * INK_BOX] = {0}, image[INK_PIXELS];

  box[0] = 100;
  box[1] = 50;
  box[2] = 100;
  ink_centring_place(box, image);
  g_assert_cmpint(at(image, 13, 14), ==, 255);
  g_assert_cmpint(at(image, 14, 14), ==, 128);
  g_assert_cmpint(at(image, 15, 14), ==, 255);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/centring/nothing", test_nothing);
  g_test_add_func("/centring/one-pixel", test_one_pixel);
  g_test_add_func("/centring/never-clips", test_never_clips);
  g_test_add_func("/centring/scales-to-peak", test_scales_to_peak);
  return g_test_run();
}
