/* measure: what benchmarks of the CPU backend share: clock, median, and a network to train. A
 * failure ends the program. */
#pragma once

#include "engine/dataset.h"

/* A network with random weights and a data set's two splits, which is trained in one order. */
typedef struct {
  InkNet *net;
  InkShape shape;
  size_t batch, count; /* images of the training split */
  uint32_t *order;     /* (count) */
} MeasuredNet;

double measure_now(void); /* seconds */

/* Sorts the values. 0 < n. */
double measure_median(double *values, size_t n);

/* The data set, or the end of the program with its sentence. */
InkDataset *measure_open_dataset(const char *folder_or_name);

/* threads: 0 for one a processor. The data set must outlive it. */
MeasuredNet measure_open_net(const InkDataset *dataset, int kernel, size_t batch, int threads);
void measure_close_net(MeasuredNet *measured);

/* Steps first … first + steps − 1 of the epoch, each a whole batch, in one call; returns the
 * seconds they took. */
double measure_train(MeasuredNet *measured, size_t first, size_t steps);
