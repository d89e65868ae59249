#include "engine/drawing.h"

#include <math.h>
#include <string.h>

typedef struct {
  int left, right, top, bottom; /* inclusive */
  int peak;
  double x, y; /* centre of mass, from the edge of the first pixel */
} Ink;

static Ink measure(const guint8 image[INK_PIXELS]) {
  Ink ink = {INK_SIDE, -1, INK_SIDE, -1, 0, 0, 0};
  double mass = 0;

  for (int y = 0; y < INK_SIDE; y++)
    for (int x = 0; x < INK_SIDE; x++) {
      int value = image[y * INK_SIDE + x];

      if (value == 0)
        continue;
      ink.left = MIN(ink.left, x);
      ink.right = MAX(ink.right, x);
      ink.top = MIN(ink.top, y);
      ink.bottom = MAX(ink.bottom, y);
      ink.peak = MAX(ink.peak, value);
      ink.x += value * (x + 0.5);
      ink.y += value * (y + 0.5);
      mass += value;
    }
  ink.x /= mass;
  ink.y /= mass;
  return ink;
}

static void draw(InkDrawing *drawing, const double (*points)[2], int n, double scale, double dx,
                 double dy) {
  ink_drawing_begin_stroke(drawing, points[0][0] * scale + dx, points[0][1] * scale + dy);
  for (int i = 1; i < n; i++)
    ink_drawing_add_point(drawing, points[i][0] * scale + dx, points[i][1] * scale + dy);
}

static const double seven[][2] = {{0, 0}, {30, -2}, {60, 0}, {40, 50}, {30, 110}};
static const double bar[][2] = {{15, 55}, {60, 52}};

static InkDrawing *draw_seven(double scale, double dx, double dy) {
  InkDrawing *drawing = ink_drawing_new();

  draw(drawing, seven, G_N_ELEMENTS(seven), scale, dx, dy);
  draw(drawing, bar, G_N_ELEMENTS(bar), scale, dx, dy);
  return drawing;
}

static void assert_recipe(const guint8 image[INK_PIXELS]) {
  Ink ink = measure(image);

  g_assert_cmpint(MAX(ink.right - ink.left, ink.bottom - ink.top) + 1, ==, 20);
  g_assert_cmpint(ink.peak, ==, 255);
  g_assert_cmpfloat(fabs(ink.x - 14.5), <=, 0.5 + 1e-9);
  g_assert_cmpfloat(fabs(ink.y - 14.5), <=, 0.5 + 1e-9);
}

static void assert_near(const guint8 a[INK_PIXELS], const guint8 b[INK_PIXELS], int most) {
  for (int i = 0; i < INK_PIXELS; i++)
    g_assert_cmpint(ABS(a[i] - b[i]), <=, most);
}

static void test_recipe(void) {
  g_autoptr(InkDrawing) drawing = draw_seven(1, 0, 0);
  guint8 image[INK_PIXELS];

  ink_drawing_rasterise(drawing, image);
  assert_recipe(image);
}

/* A straight line of any direction: its longest side is 20 pixels and its width 2.2. */
static void test_line(void) {
  for (int degrees = 0; degrees < 180; degrees += 15) {
    g_autoptr(InkDrawing) drawing = ink_drawing_new();
    double angle = degrees * G_PI / 180, area = 0;
    guint8 image[INK_PIXELS];

    ink_drawing_begin_stroke(drawing, 5, 7);
    ink_drawing_add_point(drawing, 5 + 3 * cos(angle), 7 + 3 * sin(angle));
    ink_drawing_rasterise(drawing, image);
    assert_recipe(image);

    for (int i = 0; i < INK_PIXELS; i++)
      area += image[i] / 255.0;
    /* (17.8 / max(|cos|, |sin|)) × 2.2, and two half discs. */
    g_assert_cmpfloat_with_epsilon(
        area, 17.8 / MAX(fabs(cos(angle)), fabs(sin(angle))) * 2.2 + G_PI * 1.1 * 1.1, 1.5);
  }
}

static void test_dot(void) {
  g_autoptr(InkDrawing) drawing = ink_drawing_new();
  guint8 image[INK_PIXELS];
  double area = 0;
  Ink ink;

  ink_drawing_begin_stroke(drawing, 100, 200);
  ink_drawing_rasterise(drawing, image);
  ink = measure(image);
  g_assert_cmpint(ink.right - ink.left + 1, ==, 3);
  g_assert_cmpint(ink.bottom - ink.top + 1, ==, 3);
  g_assert_cmpint(ink.peak, ==, 255);
  g_assert_cmpfloat_with_epsilon(ink.x, 14.5, 0.05);
  g_assert_cmpfloat_with_epsilon(ink.y, 14.5, 0.05);
  for (int i = 0; i < INK_PIXELS; i++)
    area += image[i] / 255.0;
  g_assert_cmpfloat_with_epsilon(area, G_PI * 1.5 * 1.5, 0.2);
}

static void test_empty(void) {
  g_autoptr(InkDrawing) drawing = ink_drawing_new();
  guint8 image[INK_PIXELS];

  memset(image, 1, INK_PIXELS);
  ink_drawing_rasterise(drawing, image);
  for (int i = 0; i < INK_PIXELS; i++)
    g_assert_cmpint(image[i], ==, 0);
  g_assert_true(ink_drawing_is_empty(drawing));
  g_assert_false(ink_drawing_can_undo(drawing));
  g_assert_false(ink_drawing_can_redo(drawing));
  ink_drawing_undo(drawing);
  ink_drawing_redo(drawing);
  ink_drawing_clear(drawing);
  g_assert_false(ink_drawing_can_undo(drawing));
}

/* Where it is drawn and how large changes nothing beyond rounding. */
static void test_invariance(void) {
  static const double frames[][3] = {{1, 500, -300}, {0.002, 0.3, 0.4}, {37, -9, 12}, {3.7, 0, 0}};
  g_autoptr(InkDrawing) reference = draw_seven(1, 0, 0);
  guint8 expected[INK_PIXELS], image[INK_PIXELS];

  ink_drawing_rasterise(reference, expected);
  for (guint i = 0; i < G_N_ELEMENTS(frames); i++) {
    g_autoptr(InkDrawing) drawing = draw_seven(frames[i][0], frames[i][1], frames[i][2]);

    ink_drawing_rasterise(drawing, image);
    assert_near(image, expected, 4);
  }
}

/* Any scribble obeys the recipe, and a pixel is never lost at the edge. */
static void test_scribbles(void) {
  g_autoptr(GRand) random = g_rand_new_with_seed(7);

  for (int round = 0; round < 200; round++) {
    g_autoptr(InkDrawing) drawing = ink_drawing_new();
    guint8 image[INK_PIXELS];
    Ink ink;

    for (int stroke = 0; stroke <= round % 5; stroke++) {
      ink_drawing_begin_stroke(drawing, g_rand_double(random), g_rand_double(random));
      for (int i = 0; i < 1 + round % 17; i++)
        ink_drawing_add_point(drawing, g_rand_double(random), g_rand_double(random));
    }
    ink_drawing_rasterise(drawing, image);
    ink = measure(image);
    g_assert_cmpint(MAX(ink.right - ink.left, ink.bottom - ink.top) + 1, ==, 20);
    g_assert_cmpint(ink.peak, ==, 255);
    if (ink.left > 0 && ink.right < 27)
      g_assert_cmpfloat(fabs(ink.x - 14.5), <=, 0.5 + 1e-9);
    if (ink.top > 0 && ink.bottom < 27)
      g_assert_cmpfloat(fabs(ink.y - 14.5), <=, 0.5 + 1e-9);
  }
}

static void test_thousand_strokes(void) {
  g_autoptr(InkDrawing) drawing = ink_drawing_new();
  guint8 image[INK_PIXELS];

  for (int i = 0; i < 1000; i++) {
    ink_drawing_begin_stroke(drawing, 50 + 50 * cos(i), 50 + 50 * sin(i));
    ink_drawing_add_point(drawing, 50 + 40 * cos(i), 50 + 40 * sin(i));
  }
  g_assert_cmpuint(ink_drawing_get_n_strokes(drawing), ==, 1000);
  ink_drawing_rasterise(drawing, image);
  assert_recipe(image);
  for (int i = 0; i < 1000; i++)
    ink_drawing_undo(drawing);
  g_assert_true(ink_drawing_is_empty(drawing));
}

/* A pen at rest sends the same point again and again. */
static void test_repeated_points(void) {
  g_autoptr(InkDrawing) once = draw_seven(1, 0, 0), again = ink_drawing_new();
  g_autoptr(InkDrawing) dot = ink_drawing_new();
  guint8 expected[INK_PIXELS], image[INK_PIXELS];

  for (guint i = 0; i < G_N_ELEMENTS(seven); i++)
    for (int j = 0; j < 50; j++)
      if (i == 0 && j == 0)
        ink_drawing_begin_stroke(again, seven[i][0], seven[i][1]);
      else
        ink_drawing_add_point(again, seven[i][0], seven[i][1]);
  draw(again, bar, G_N_ELEMENTS(bar), 1, 0, 0);
  ink_drawing_rasterise(once, expected);
  ink_drawing_rasterise(again, image);
  g_assert_cmpmem(image, INK_PIXELS, expected, INK_PIXELS);

  ink_drawing_begin_stroke(dot, 3, 3);
  ink_drawing_add_point(dot, 3, 3);
  ink_drawing_rasterise(dot, image);
  g_assert_cmpint(measure(image).right - measure(image).left, ==, 2);
}

static void test_impossible_points(void) {
  static const double bad[] = {NAN, INFINITY, -INFINITY, 1e300};
  g_autoptr(InkDrawing) clean = draw_seven(1, 0, 0), drawing = ink_drawing_new();
  guint8 expected[INK_PIXELS], image[INK_PIXELS];

  for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
    ink_drawing_begin_stroke(drawing, bad[i], 0);
    ink_drawing_add_point(drawing, 0, bad[i]);
  }
  g_assert_true(ink_drawing_is_empty(drawing));

  /* A stroke whose first point is bad begins at the next. */
  ink_drawing_begin_stroke(drawing, NAN, 0);
  for (guint i = 0; i < G_N_ELEMENTS(seven); i++) {
    ink_drawing_add_point(drawing, seven[i][0], seven[i][1]);
    ink_drawing_add_point(drawing, bad[i % G_N_ELEMENTS(bad)], seven[i][1]);
  }
  ink_drawing_begin_stroke(drawing, 0, INFINITY);
  for (guint i = 0; i < G_N_ELEMENTS(bar); i++)
    ink_drawing_add_point(drawing, bar[i][0], bar[i][1]);
  g_assert_cmpuint(ink_drawing_get_n_strokes(drawing), ==, 2);
  ink_drawing_rasterise(clean, expected);
  ink_drawing_rasterise(drawing, image);
  g_assert_cmpmem(image, INK_PIXELS, expected, INK_PIXELS);
}

static void test_undo(void) {
  g_autoptr(InkDrawing) drawing = draw_seven(1, 0, 0);
  guint8 both[INK_PIXELS], one[INK_PIXELS], image[INK_PIXELS], picture[INK_PIXELS] = {[400] = 9};

  ink_drawing_rasterise(drawing, both);
  ink_drawing_undo(drawing);
  g_assert_cmpuint(ink_drawing_get_n_strokes(drawing), ==, 1);
  ink_drawing_rasterise(drawing, one);
  ink_drawing_redo(drawing);
  g_assert_false(ink_drawing_can_redo(drawing));

  ink_drawing_clear(drawing);
  g_assert_true(ink_drawing_is_empty(drawing));
  ink_drawing_set_picture(drawing, picture);
  g_assert_cmpuint(ink_drawing_get_n_strokes(drawing), ==, 0);
  g_assert_false(ink_drawing_is_empty(drawing));
  ink_drawing_rasterise(drawing, image);
  g_assert_cmpmem(image, INK_PIXELS, picture, INK_PIXELS);

  ink_drawing_undo(drawing); /* the picture */
  g_assert_null(ink_drawing_get_picture(drawing));
  g_assert_true(ink_drawing_is_empty(drawing));
  ink_drawing_undo(drawing); /* the clear */
  ink_drawing_rasterise(drawing, image);
  g_assert_cmpmem(image, INK_PIXELS, both, INK_PIXELS);
  ink_drawing_undo(drawing); /* the bar of the seven */
  ink_drawing_rasterise(drawing, image);
  g_assert_cmpmem(image, INK_PIXELS, one, INK_PIXELS);

  /* A new stroke ends what could be redone, and a point after undo is a stroke of its own. */
  ink_drawing_add_point(drawing, 5, 5);
  g_assert_cmpuint(ink_drawing_get_n_strokes(drawing), ==, 2);
  g_assert_false(ink_drawing_can_redo(drawing));
}

static void test_stroke_on_picture(void) {
  g_autoptr(InkDrawing) drawing = ink_drawing_new();
  guint8 picture[INK_PIXELS] = {0}, image[INK_PIXELS];

  picture[3 * INK_SIDE + 3] = 77;
  ink_drawing_set_picture(drawing, picture);
  ink_drawing_begin_stroke(drawing, 0.5, 0.25);
  ink_drawing_add_point(drawing, 0.5, 0.75);
  ink_drawing_rasterise(drawing, image);
  g_assert_cmpint(image[3 * INK_SIDE + 3], ==, 77);
  g_assert_cmpint(image[14 * INK_SIDE + 13], ==, 255);
  g_assert_cmpint(image[14 * INK_SIDE + 14], ==, 255);
  g_assert_cmpint(image[14 * INK_SIDE + 17], ==, 0);
  g_assert_cmpint(image[3 * INK_SIDE + 14], ==, 0);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/drawing/recipe", test_recipe);
  g_test_add_func("/drawing/line", test_line);
  g_test_add_func("/drawing/dot", test_dot);
  g_test_add_func("/drawing/empty", test_empty);
  g_test_add_func("/drawing/invariance", test_invariance);
  g_test_add_func("/drawing/scribbles", test_scribbles);
  g_test_add_func("/drawing/thousand-strokes", test_thousand_strokes);
  g_test_add_func("/drawing/repeated-points", test_repeated_points);
  g_test_add_func("/drawing/impossible-points", test_impossible_points);
  g_test_add_func("/drawing/undo", test_undo);
  g_test_add_func("/drawing/stroke-on-picture", test_stroke_on_picture);
  return g_test_run();
}
