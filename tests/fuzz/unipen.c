/* Thousands of damaged files of pen strokes, each made by a repeatable rule: none may crash the
 * reader or the drawing, and each refusal is one sentence that names the file. */
#include "engine/unipen.h"

#include "tests/support/damage.h"
#include "tests/support/idx-files.h"

#include <string.h>

enum { ROUNDS = 4000 };

static const char text[] = ".VERSION 1.0\n"
                           ".SEGMENT DIGIT 0 ? \"3\"\n.COMMENT 3 4\n"
                           ".PEN_DOWN\n 10 20\n 30 40.5\n 1e3 -7\n.PEN_UP\n"
                           ".PEN_DOWN\n 5 5\n.PEN_UP\n\n"
                           ".SEGMENT DIGIT 1 ? \"a b\"\r\n.PEN_DOWN\r\n 1 2\r\n 3 4\r\n.PEN_UP\r\n";

/* Draws all digits of the file. FALSE with a sentence, as soon as there is one. */
static gboolean draw_all(const char *path, GError **error) {
  g_autoptr(InkUnipen) file = ink_unipen_open(path, error);
  if (!file)
    return FALSE;
  for (;;) {
    GError *problem = NULL;
    g_autofree char *label = NULL;
    g_autoptr(InkDrawing) drawing = ink_unipen_next(file, &label, &problem);
    g_assert_true((drawing == NULL) == (label == NULL));
    if (!drawing) {
      if (problem)
        g_propagate_error(error, problem);
      return !problem;
    }
    guint8 image[INK_PIXELS];
    ink_drawing_rasterise(drawing, image);
  }
}

static void test_damaged(void) {
  char *folder = test_make_folder();
  g_autofree char *path = g_build_filename(folder, "file", NULL);
  g_autoptr(GByteArray) whole = g_byte_array_new();
  g_byte_array_append(whole, (const guint8 *)text, strlen(text));
  g_autoptr(GRand) random = test_damage_random(23);
  guint refused = 0, rounds = test_damage_rounds(ROUNDS);
  for (guint round = 0; round < rounds; round++) {
    g_autoptr(GByteArray) bytes = test_damage(whole, 60, random);
    g_autoptr(GError) error = NULL;
    test_write(folder, "file", bytes->data, bytes->len);
    gboolean read = draw_all(path, &error);
    g_assert_true(read == (error == NULL));
    if (read)
      continue;
    refused++;
    g_assert_nonnull(strstr(error->message, path));
    g_assert_true(g_str_has_suffix(error->message, "."));
    g_assert_true(g_utf8_validate(error->message, -1, NULL));
  }
  g_assert_cmpuint(refused, >, rounds / 4);
  test_remove_folder(folder);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/fuzz/unipen/damaged", test_damaged);
  return g_test_run();
}
