#include "tests/support/distance.h"

#include <math.h>

double test_relative_distance(const float *a, const float *b, size_t count) {
  double distance = 0, norm = 0;

  for (size_t i = 0; i < count; i++) {
    distance += pow((double)a[i] - b[i], 2);
    norm += pow(b[i], 2);
  }
  return sqrt(distance / norm);
}
