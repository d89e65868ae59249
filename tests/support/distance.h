/* distance: how far one array of floats is from another. */
#pragma once

#include <stddef.h>

/* Relative L2: ‖a − b‖ / ‖b‖, both of count floats. */
double test_relative_distance(const float *a, const float *b, size_t count);
