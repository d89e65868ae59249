/* write-digits: makes a data set of the handwritten digits that the repository holds as pen
 * strokes, so that the test of the whole program has real ones wherever it runs.
 *
 * usage: write-digits STROKES.unipen.gz FOLDER */
#include "engine/unipen.h"
#include "tests/support/idx-files.h"

#include <stdlib.h>

enum { TEST_EVERY = 6 };

typedef struct {
  GByteArray *images, *labels;
} Split;

static void write_split(const char *folder, const char *name, Split *split) {
  uint32_t count = split->labels->len;
  g_autofree char *images_name = g_strdup_printf("%s-images-idx3-ubyte", name);
  g_autofree char *labels_name = g_strdup_printf("%s-labels-idx1-ubyte", name);
  g_autoptr(GByteArray) images =
      test_idx(3, (uint32_t[]){count, INK_SIDE, INK_SIDE}, split->images->data);
  g_autoptr(GByteArray) labels = test_idx(1, &count, split->labels->data);

  test_write(folder, images_name, images->data, images->len);
  test_write(folder, labels_name, labels->data, labels->len);
  g_byte_array_unref(split->images);
  g_byte_array_unref(split->labels);
}

int main(int argc, char **argv) {
  g_autoptr(GError) error = NULL;
  g_autoptr(InkUnipen) strokes = ink_unipen_open(argv[1], &error);
  Split train = {g_byte_array_new(), g_byte_array_new()};
  Split test = {g_byte_array_new(), g_byte_array_new()};
  InkDrawing *drawing;
  char *name;

  if (!strokes)
    g_error("%s", error->message);
  for (guint i = 0; (drawing = ink_unipen_next(strokes, &name, &error)); i++) {
    Split *split = i % TEST_EVERY == 0 ? &test : &train;
    guint8 image[INK_PIXELS], label = atoi(name);

    ink_drawing_rasterise(drawing, image);
    g_byte_array_append(split->images, image, INK_PIXELS);
    g_byte_array_append(split->labels, &label, 1);
    ink_drawing_free(drawing);
    g_free(name);
  }
  if (error)
    g_error("%s", error->message);
  write_split(argv[2], "train", &train);
  write_split(argv[2], "t10k", &test);
  return 0;
}
