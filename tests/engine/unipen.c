/* UNIPEN files: what is read of them, and what is said of those that can't be understood. */
#include "engine/unipen.h"

#include <glib/gstdio.h>
#include <string.h>

static const char sample[] = ".INCLUDE lexicon.dat\r\n"
                             "free text about .SEGMENT lines\n"
                             ".SEGMENT DIGIT 0 ? \"7\"\n"
                             ".COMMENT 7 8 9\n"
                             ".PEN_DOWN\n"
                             " 10 20\n"
                             "  30.5 20 99\n"
                             ".PEN_UP\n"
                             " 31 22\n"
                             ".DT 100\n"
                             ".PEN_DOWN\n"
                             "12 15\n"
                             ".PEN_UP\n"
                             ".SEGMENT DIGIT 1 ? \"ankle boot\"";

static InkUnipen *open_bytes(const char *bytes, gssize length, GError **error) {
  g_autofree char *path = NULL;
  g_autoptr(GError) problem = NULL;
  int file = g_file_open_tmp("unipen-XXXXXX", &path, &problem);
  g_assert_no_error(problem);
  g_close(file, NULL);
  g_assert_true(g_file_set_contents(path, bytes, length, NULL));
  InkUnipen *unipen = ink_unipen_open(path, error);
  g_assert_cmpint(g_unlink(path), ==, 0);
  return unipen;
}

static InkUnipen *open_text(const char *text, GError **error) {
  return open_bytes(text, -1, error);
}

/* The sample's first digit, drawn by hand: y grows downward. */
static InkDrawing *draw_expected(void) {
  InkDrawing *drawing = ink_drawing_new();
  ink_drawing_begin_stroke(drawing, 10, -20);
  ink_drawing_add_point(drawing, 30.5, -20);
  ink_drawing_begin_stroke(drawing, 12, -15);
  return drawing;
}

static void test_strokes(void) {
  g_autoptr(GError) error = NULL;
  g_autoptr(InkUnipen) file = open_text(sample, &error);
  g_assert_no_error(error);

  g_autofree char *first_label = NULL;
  g_autoptr(InkDrawing) first = ink_unipen_next(file, &first_label, &error);
  g_assert_no_error(error);
  g_assert_cmpstr(first_label, ==, "7");
  g_assert_cmpuint(ink_drawing_get_n_strokes(first), ==, 2);
  g_autoptr(InkDrawing) expected = draw_expected();
  guint8 image[INK_PIXELS], expected_image[INK_PIXELS];
  ink_drawing_rasterise(first, image);
  ink_drawing_rasterise(expected, expected_image);
  g_assert_cmpmem(image, INK_PIXELS, expected_image, INK_PIXELS);

  g_autofree char *second_label = NULL;
  g_autoptr(InkDrawing) second = ink_unipen_next(file, &second_label, &error);
  g_assert_no_error(error);
  g_assert_cmpstr(second_label, ==, "ankle boot");
  g_assert_true(ink_drawing_is_empty(second));

  g_autofree char *third_label = NULL;
  g_assert_null(ink_unipen_next(file, &third_label, &error));
  g_assert_no_error(error);
  g_assert_null(third_label);
}

static void test_not_unipen(void) {
  const char *const texts[] = {"", "\n", "nothing of the kind", ".SEGMENTS", "\n .SEGMENT \"1\""};
  for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
    g_autoptr(GError) error = NULL;
    g_assert_null(open_text(texts[i], &error));
    g_assert_error(error, INK_UNIPEN_ERROR, 0);
  }
  /* What follows a zero byte would not be read. */
  static const char zero[] = ".SEGMENT \"1\"\n\0.SEGMENT \"2\"\n";
  g_autoptr(GError) error = NULL;
  g_assert_null(open_bytes(zero, sizeof zero - 1, &error));
  g_assert_error(error, INK_UNIPEN_ERROR, 0);
}

static void test_missing(void) {
  g_autoptr(GError) error = NULL;
  g_assert_null(ink_unipen_open("/proc/nonexistent/strokes.unipen", &error));
  g_assert_error(error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
  g_assert_nonnull(strstr(error->message, "/proc/nonexistent/strokes.unipen"));
  g_assert_true(g_str_has_suffix(error->message, "."));
  g_assert_null(ink_unipen_open("/dev/zero", NULL)); /* which would never end */
}

static void test_damaged(void) {
  const struct {
    const char *text, *words;
  } cases[] = {
      {".SEGMENT DIGIT 0 ? 7\n", "line 1"},
      {".SEGMENT DIGIT 0 ? \"7\n", "line 1"},
      {".SEGMENT DIGIT 0 ? \"\xff\"\n", "line 1"},
      {".SEGMENT \"7\"\n.PEN_DOWN\n12\n", "line 3"},
      {".SEGMENT \"7\"\n.PEN_DOWN\n1 2\nx 2\n", "line 4"},
      {".SEGMENT \"7\"\n.PEN_DOWN\nnan 2\n", "nan 2"},
      {".SEGMENT \"7\"\n.PEN_DOWN\n2 1e999\n", "1e999"},
      {".SEGMENT \"7\"\n.PEN_DOWN\n\xfe 1\n", "line 3"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(InkUnipen) file = open_text(cases[i].text, &error);
    g_assert_no_error(error);
    g_autofree char *label = NULL;
    g_assert_null(ink_unipen_next(file, &label, &error));
    g_assert_error(error, INK_UNIPEN_ERROR, 0);
    g_assert_nonnull(strstr(error->message, cases[i].words));
    g_assert_true(g_utf8_validate(error->message, -1, NULL));
    g_assert_null(label);
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/unipen/strokes", test_strokes);
  g_test_add_func("/unipen/not-unipen", test_not_unipen);
  g_test_add_func("/unipen/missing", test_missing);
  g_test_add_func("/unipen/damaged", test_damaged);
  return g_test_run();
}
