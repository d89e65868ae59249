/* test-results: what a network might have made of a data set's test images, as a test wishes. */
#pragma once

#include "engine/trainer.h"

/* Of the first count test images: what is predicted for image i with the given label, how likely
 * that is (the rest is shared by the other classes), and its loss. */
typedef void (*TestPredict)(guint i, int label, int classes, guint8 *predicted, float *probability,
                            float *loss);

InkTestResult *test_result_new(InkDataset *dataset, guint count, gboolean complete,
                               TestPredict predict);
