/* drawing: how long it takes from strokes to the probabilities and all feature maps, the work that
 * each motion on the canvas asks for.
 *
 * usage: bench-drawing FILE.unipen
 *
 * Each digit is read several times and its fastest counts. */
#include "engine/classifier.h"
#include "engine/unipen.h"

#include <stdio.h>

enum { REPEATS = 9 };

static int compare(gconstpointer a, gconstpointer b) {
  gint64 x = *(const gint64 *)a, y = *(const gint64 *)b;

  return (x > y) - (x < y);
}

static gint64 time_reading(InkClassifier *classifier, InkDrawing *drawing, gint64 *rasterise) {
  gint64 best = G_MAXINT64;
  guint8 image[INK_PIXELS];
  InkReading reading;

  *rasterise = G_MAXINT64;
  for (int i = 0; i < REPEATS; i++) {
    gint64 start = g_get_monotonic_time(), half, end;

    ink_drawing_rasterise(drawing, image);
    half = g_get_monotonic_time();
    ink_classifier_read(classifier, image, &reading);
    end = g_get_monotonic_time();
    *rasterise = MIN(*rasterise, half - start);
    best = MIN(best, end - start);
  }
  return best;
}

static void print(const char *what, GArray *times) {
  g_array_sort(times, compare);
  printf("%-24s median %3d µs, 99 of 100 within %3d µs, longest %3d µs\n", what,
         (int)g_array_index(times, gint64, times->len / 2),
         (int)g_array_index(times, gint64, times->len * 99 / 100),
         (int)g_array_index(times, gint64, times->len - 1));
}

int main(int argc, char **argv) {
  InkShape shape = {5, INK_POOL_MAX, 10};
  g_autoptr(InkNetwork) network = ink_network_new_random(&shape, 1, NULL, NULL);
  g_autoptr(InkClassifier) classifier = ink_classifier_new();
  g_autoptr(GArray) whole = g_array_new(FALSE, FALSE, sizeof(gint64));
  g_autoptr(GArray) rasterising = g_array_new(FALSE, FALSE, sizeof(gint64));
  g_autoptr(InkUnipen) file = NULL;
  g_autoptr(GError) error = NULL;
  InkDrawing *drawing;
  char *label;

  if (argc != 2 || !(file = ink_unipen_open(argv[1], &error))) {
    fprintf(stderr, "%s\n", error ? error->message : "usage: bench-drawing FILE.unipen");
    return 1;
  }
  ink_classifier_set_network(classifier, network);
  while ((drawing = ink_unipen_next(file, &label, &error))) {
    gint64 rasterise, all = time_reading(classifier, drawing, &rasterise);

    g_array_append_val(whole, all);
    g_array_append_val(rasterising, rasterise);
    ink_drawing_free(drawing);
    g_free(label);
  }
  if (error || whole->len == 0) {
    fprintf(stderr, "%s\n", error ? error->message : "The file holds no digit.");
    return 1;
  }
  print("strokes to 28×28", rasterising);
  print("strokes to probabilities", whole);
  return 0;
}
