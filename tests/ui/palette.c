#include "ui/confusion-drawing.h"
#include "ui/palette.h"

/* What stands on what. Text needs 4.5, a graphic that alone carries a meaning 3. Raw points, grid
 * lines and tracks are left out: other things carry their meaning, except in high contrast. */
typedef struct {
  const char *name;
  InkColor color, background;
  double ratio, contrast_ratio; /* 0: nothing to hold */
} Case;

static const Case cases[] = {
    {"text", INK_COLOR_TEXT, INK_COLOR_CARD, 4.5, 7},
    {"axis text", INK_COLOR_AXIS, INK_COLOR_CARD, 4.5, 7},
    {"right, as text", INK_COLOR_RIGHT, INK_COLOR_CARD, 4.5, 4.5},
    {"wrong, as text", INK_COLOR_WRONG, INK_COLOR_CARD, 4.5, 4.5},
    {"last loss, as text", INK_COLOR_LOSS, INK_COLOR_CARD, 4.5, 4.5},
    {"last accuracy, as text", INK_COLOR_ACCURACY, INK_COLOR_CARD, 4.5, 4.5},
    {"previous run", INK_COLOR_PREVIOUS, INK_COLOR_CARD, 3, 4.5},
    {"bar", INK_COLOR_BAR, INK_COLOR_CARD, 3, 3},
    {"bar on its track", INK_COLOR_BAR, INK_COLOR_TRACK, 3, 3},
    {"winning bar on its track", INK_COLOR_LOSS, INK_COLOR_TRACK, 3, 3},
    {"share wrong on its track", INK_COLOR_WRONG, INK_COLOR_TRACK, 3, 3},
    {"each batch", INK_COLOR_LOSS_RAW, INK_COLOR_CARD, 0, 4.5},
    {"ink", INK_COLOR_INK, INK_COLOR_PAPER, 7, 7},
    {"weight that adds", INK_COLOR_FILTER_PLUS, INK_COLOR_PAPER, 3, 3},
    {"weight that subtracts", INK_COLOR_FILTER_MINUS, INK_COLOR_PAPER, 3, 3},
};

static const char *const style_names[] = {
    [INK_STYLE_LIGHT] = "light",
    [INK_STYLE_DARK] = "dark",
    [INK_STYLE_CONTRAST_LIGHT] = "light high contrast",
    [INK_STYLE_CONTRAST_DARK] = "dark high contrast",
};

static void check(const char *name, InkStyle style, GdkRGBA color, GdkRGBA background,
                  double wanted) {
  double ratio = ink_palette_contrast(&color, &background);

  g_test_message("%s, %s: %.2f", name, style_names[style], ratio);
  if (ratio < wanted)
    g_test_fail_printf("%s has a contrast of %.2f in %s, which is less than %.1f", name, ratio,
                       style_names[style], wanted);
}

static void test_contrast(void) {
  for (InkStyle style = INK_STYLE_LIGHT; style <= INK_STYLE_CONTRAST_DARK; style++)
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
      check(cases[i].name, style, ink_palette_get_in(cases[i].color, style),
            ink_palette_get_in(cases[i].background, style),
            style < INK_STYLE_CONTRAST_LIGHT ? cases[i].ratio : cases[i].contrast_ratio);
}

static void test_matrix(void) {
  for (InkStyle style = INK_STYLE_LIGHT; style <= INK_STYLE_CONTRAST_DARK; style++) {
    for (int i = 0; i <= 1000; i++) {
      GdkRGBA background = ink_confusion_get_tint_color(style, i / 1000.0);
      GdkRGBA text = ink_confusion_get_text_color(&background);

      g_assert_cmpfloat(ink_palette_contrast(&text, &background), >=, 4.5);
    }
    check("count on the diagonal", style, ink_palette_get_in(INK_COLOR_AXIS, style),
          ink_confusion_get_diagonal_color(style), 4.5);
  }
}

/* The ratio itself, at the values that WCAG gives. */
static void test_ratio(void) {
  GdkRGBA black = {0, 0, 0, 1}, white = {1, 1, 1, 1}, grey;

  gdk_rgba_parse(&grey, "#767676");
  g_assert_cmpfloat_with_epsilon(ink_palette_contrast(&black, &white), 21, 1e-6);
  g_assert_cmpfloat_with_epsilon(ink_palette_contrast(&white, &black), 21, 1e-6);
  g_assert_cmpfloat_with_epsilon(ink_palette_contrast(&white, &white), 1, 1e-6);
  g_assert_cmpfloat_with_epsilon(ink_palette_contrast(&grey, &white), 4.54, 0.005);
}

int main(int argc, char *argv[]) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/ui/palette/ratio", test_ratio);
  g_test_add_func("/ui/palette/contrast", test_contrast);
  g_test_add_func("/ui/palette/matrix", test_matrix);
  return g_test_run();
}
