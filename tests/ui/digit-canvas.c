#include "ui/digit-canvas.h"
#include "ui/palette.h"
#include "tests/support/input.h"

#include <adwaita.h>
#include <math.h>

enum { WIDTH = 500, SIDE = 400, LEFT = (WIDTH - SIDE) / 2 };

/* A canvas that is given more than its square. */
typedef struct {
  GtkWidget *window;
  InkDigitCanvas *canvas;
  InkDrawing *drawing;
  guint changes;
} Fixture;

static void count_change(Fixture *f) {
  f->changes++;
}

static void set_up(Fixture *f, gconstpointer data) {
  f->window = gtk_window_new();
  f->canvas = INK_DIGIT_CANVAS(ink_digit_canvas_new());
  f->drawing = ink_digit_canvas_get_drawing(f->canvas);
  g_signal_connect_swapped(f->canvas, "changed", G_CALLBACK(count_change), f);
  gtk_window_set_decorated(GTK_WINDOW(f->window), FALSE);
  gtk_window_set_child(GTK_WINDOW(f->window), GTK_WIDGET(f->canvas));
  gtk_window_set_default_size(GTK_WINDOW(f->window), WIDTH, SIDE);
  test_show_window(GTK_WINDOW(f->window));
  g_assert_cmpint(gtk_widget_get_width(GTK_WIDGET(f->canvas)), ==, WIDTH);
  g_assert_cmpint(gtk_widget_get_height(GTK_WIDGET(f->canvas)), ==, SIDE);
}

static void tear_down(Fixture *f, gconstpointer data) {
  gtk_window_destroy(GTK_WINDOW(f->window));
}

/* Draws through points, in pixels of the square, with all motions sent at once: faster than any
 * frame can follow. */
static void draw(Fixture *f, const double (*points)[2], guint n) {
  g_autoptr(GString) events = g_string_new(NULL);

  test_point_at(GTK_WIDGET(f->canvas), LEFT + points[0][0], points[0][1]);
  g_string_append(events, "mousedown 1");
  for (guint i = 1; i < n; i++)
    g_string_append_printf(events, " mousemove_relative -- %d %d",
                           (int)(points[i][0] - points[i - 1][0]),
                           (int)(points[i][1] - points[i - 1][1]));
  g_string_append(events, " mouseup 1");
  test_send(GTK_WIDGET(f->canvas), "%s", events->str);
}

static void draw_line(Fixture *f) {
  static const double line[][2] = {{100, 100}, {200, 200}, {300, 300}};

  draw(f, line, G_N_ELEMENTS(line));
}

/* The image that the network sees of these points. */
static void rasterise(const double (*points)[2], guint n, guint8 image[INK_PIXELS]) {
  g_autoptr(InkDrawing) drawing = ink_drawing_new();

  for (guint i = 0; i < n; i++)
    ink_drawing_add_point(drawing, points[i][0], points[i][1]);
  ink_drawing_rasterise(drawing, image);
}

static void test_loses_no_point(Fixture *f, gconstpointer data) {
  enum { N = 60 };
  double zigzag[N][2];
  guint8 expected[INK_PIXELS], image[INK_PIXELS];

  for (int i = 0; i < N; i++) {
    zigzag[i][0] = i % 2 ? 320 : 80;
    zigzag[i][1] = 40 + 5 * i;
  }
  draw(f, zigzag, N);
  g_assert_cmpuint(ink_drawing_get_n_strokes(f->drawing), ==, 1);
  rasterise(zigzag, N, expected);
  ink_drawing_rasterise(f->drawing, image);
  for (int i = 0; i < INK_PIXELS; i++)
    g_assert_cmpint(ABS(image[i] - expected[i]), <=, 8);
}

static void test_stroke(Fixture *f, gconstpointer data) {
  draw_line(f);
  g_assert_cmpuint(ink_drawing_get_n_strokes(f->drawing), ==, 1);
  g_assert_cmpuint(f->changes, >=, 3);
  draw_line(f);
  g_assert_cmpuint(ink_drawing_get_n_strokes(f->drawing), ==, 2);
}

/* A hand that trembles while it taps makes a dot all the same. */
static void test_tap(Fixture *f, gconstpointer data) {
  static const double tap[][2] = {{200, 200}, {201, 200}, {201, 202}, {200, 201}};
  guint8 image[INK_PIXELS];
  guint ink = 0;

  draw(f, tap, G_N_ELEMENTS(tap));
  ink_drawing_rasterise(f->drawing, image);
  for (int i = 0; i < INK_PIXELS; i++)
    ink += image[i] > 0;
  g_assert_cmpuint(ink, ==, 9);
}

static void test_outside_the_square(Fixture *f, gconstpointer data) {
  test_click(GTK_WIDGET(f->canvas), LEFT / 2, SIDE / 2);
  g_assert_true(ink_drawing_is_empty(f->drawing));
  test_click(GTK_WIDGET(f->canvas), LEFT + 10, SIDE / 2);
  g_assert_false(ink_drawing_is_empty(f->drawing));
}

static void test_undo(Fixture *f, gconstpointer data) {
  guint8 picture[INK_PIXELS] = {[300] = 200};
  guint changes;

  draw_line(f);
  draw_line(f);
  changes = f->changes;
  ink_digit_canvas_undo(f->canvas);
  g_assert_cmpuint(ink_drawing_get_n_strokes(f->drawing), ==, 1);
  ink_digit_canvas_redo(f->canvas);
  g_assert_cmpuint(ink_drawing_get_n_strokes(f->drawing), ==, 2);
  ink_digit_canvas_clear(f->canvas);
  g_assert_true(ink_drawing_is_empty(f->drawing));
  ink_digit_canvas_set_picture(f->canvas, picture);
  g_assert_nonnull(ink_drawing_get_picture(f->drawing));
  ink_digit_canvas_undo(f->canvas);
  ink_digit_canvas_undo(f->canvas);
  g_assert_cmpuint(ink_drawing_get_n_strokes(f->drawing), ==, 2);
  g_assert_cmpuint(f->changes, ==, changes + 6);
}

/* What the canvas paints at the next frame; NULL for nothing. */
static GskRenderNode *paint(Fixture *f) {
  GtkSnapshot *snapshot = gtk_snapshot_new();

  GTK_WIDGET_GET_CLASS(f->canvas)->snapshot(GTK_WIDGET(f->canvas), snapshot);
  return gtk_snapshot_free_to_node(snapshot);
}

/* How opaque a pixel of the square is: paper is the card's, not the canvas's. */
static int opacity_at(Fixture *f, int x, int y) {
  g_autoptr(GskRenderNode) node = paint(f);
  g_autofree guint32 *pixels = g_new(guint32, WIDTH * SIDE);
  g_autoptr(GdkTexture) texture = NULL;

  if (!node)
    return 0;
  texture = gsk_renderer_render_texture(gtk_native_get_renderer(GTK_NATIVE(f->window)), node,
                                        &GRAPHENE_RECT_INIT(0, 0, WIDTH, SIDE));
  gdk_texture_download(texture, (guchar *)pixels, WIDTH * sizeof *pixels);
  return pixels[y * WIDTH + LEFT + x] >> 24;
}

static void test_paints_where_drawn(Fixture *f, gconstpointer data) {
  static const double line[][2] = {{50, 200}, {350, 200}};

  g_assert_cmpint(opacity_at(f, 150, 190), ==, 0);
  draw(f, line, G_N_ELEMENTS(line));
  g_assert_cmpint(opacity_at(f, 150, 190), ==, 255); /* 24 pixels wide: 188 … 212 */
  g_assert_cmpint(opacity_at(f, 150, 186), ==, 0);
  ink_digit_canvas_undo(f->canvas);
  g_assert_cmpint(opacity_at(f, 150, 190), ==, 0);
  ink_digit_canvas_redo(f->canvas);
  g_assert_cmpint(opacity_at(f, 150, 190), ==, 255);
}

/* Strokes stand at the same place of the square when it becomes larger. */
static void test_resize(Fixture *f, gconstpointer data) {
  guint8 before[INK_PIXELS], after[INK_PIXELS];

  draw_line(f);
  ink_drawing_rasterise(f->drawing, before);
  gtk_window_set_default_size(GTK_WINDOW(f->window), 300, 300);
  test_wait_until(gtk_widget_get_width(GTK_WIDGET(f->canvas)) == 300);
  ink_drawing_rasterise(f->drawing, after);
  g_assert_cmpmem(before, INK_PIXELS, after, INK_PIXELS);
}

static void test_guide_fades(Fixture *f, gconstpointer data) {
  static const double away[][2] = {{20, 20}, {40, 20}};

  g_assert_cmpint(opacity_at(f, 200, 100) + opacity_at(f, 199, 100) + opacity_at(f, 200, 104) +
                      opacity_at(f, 199, 104),
                  >, 0);
  draw(f, away, G_N_ELEMENTS(away));
  test_wait_until(opacity_at(f, 200, 100) == 0 && opacity_at(f, 199, 100) == 0 &&
                  opacity_at(f, 200, 104) == 0 && opacity_at(f, 199, 104) == 0);
}

#define ADD(path, function) g_test_add(path, Fixture, NULL, set_up, function, tear_down)

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  adw_init();
  ADD("/ui/digit-canvas/loses-no-point", test_loses_no_point);
  ADD("/ui/digit-canvas/stroke", test_stroke);
  ADD("/ui/digit-canvas/tap", test_tap);
  ADD("/ui/digit-canvas/outside-the-square", test_outside_the_square);
  ADD("/ui/digit-canvas/undo", test_undo);
  ADD("/ui/digit-canvas/paints-where-drawn", test_paints_where_drawn);
  ADD("/ui/digit-canvas/resize", test_resize);
  ADD("/ui/digit-canvas/guide-fades", test_guide_fades);
  return g_test_run();
}
