/* drawing: how long it takes from strokes to the probabilities and all feature maps, the work that
 * each motion on the canvas asks for.
 *
 * usage: bench-drawing FILE.unipen
 *
 * Each digit is read several times and its median counts. */
#include "engine/classifier.h"
#include "engine/unipen.h"
#include "tests/bench/measure.h"

#include <stdio.h>

enum { REPEATS = 9 };

/* Seconds until the digit is read; those for its image go to *rasterise. */
static double time_reading(InkClassifier *classifier, InkDrawing *drawing, double *rasterise) {
  double whole[REPEATS], half[REPEATS];
  guint8 image[INK_PIXELS];
  InkReading reading;

  for (int i = 0; i < REPEATS; i++) {
    double start = measure_now();

    ink_drawing_rasterise(drawing, image);
    half[i] = measure_now() - start;
    ink_classifier_read(classifier, image, &reading);
    whole[i] = measure_now() - start;
  }
  *rasterise = measure_median(half, REPEATS);
  return measure_median(whole, REPEATS);
}

static void print(const char *what, GArray *times) {
  double *seconds = (double *)times->data;

  measure_median(seconds, times->len); /* sorts */
  printf("%-24s median %3.0f µs, 99 of 100 within %3.0f µs, longest %3.0f µs\n", what,
         1e6 * seconds[times->len / 2], 1e6 * seconds[times->len * 99 / 100],
         1e6 * seconds[times->len - 1]);
}

int main(int argc, char **argv) {
  InkShape shape = {5, INK_POOL_MAX, 10};
  g_autoptr(InkNetwork) network = ink_network_new_random(&shape, 1, NULL, NULL);
  g_autoptr(InkClassifier) classifier = ink_classifier_new();
  g_autoptr(GArray) whole = g_array_new(FALSE, FALSE, sizeof(double));
  g_autoptr(GArray) rasterising = g_array_new(FALSE, FALSE, sizeof(double));
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
    double rasterise, all = time_reading(classifier, drawing, &rasterise);

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
