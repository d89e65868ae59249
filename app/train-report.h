/* train-report: what inkling train tells a person, in the order of the original program: the data,
 * the network, the interim tests, the time, and what the network makes of the test images. */
#pragma once

#include "engine/dataset.h"
#include "engine/history.h"
#include "engine/trainer.h"

G_BEGIN_DECLS

/* Sizes of the data, the first two training images, the network and its layers. */
void ink_train_report_begin(InkDataset *dataset, const InkShape *shape);

/* "Epoch 0 | Step 50 | Loss … | Test Accuracy …" */
void ink_train_report_test(const InkTestPoint *test);

/* The line of progress at the foot of a terminal. */
void ink_train_report_progress(const InkProgress *progress);

/* The time, the accuracy, the first 100 predictions and labels, ten predictions with images. */
void ink_train_report_end(InkDataset *dataset, const InkProgress *progress, InkTestResult *result);

G_END_DECLS
