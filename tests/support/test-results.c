#include "tests/support/test-results.h"
#include "engine/test-pass.h"

InkTestResult *test_result_new(InkDataset *dataset, guint count, gboolean complete,
                               TestPredict predict) {
  const guint8 *labels = ink_dataset_get_labels(dataset, INK_TEST);
  int classes = ink_dataset_get_classes(dataset);
  InkTestPass pass = {0};
  InkTestResult *result;

  g_assert_cmpuint(count, <=, ink_dataset_get_count(dataset, INK_TEST));
  ink_test_pass_begin(&pass, count, classes, complete);
  result = ink_test_pass_take(&pass);
  for (guint i = 0; i < count; i++) {
    /* A result is constant only to those who get it from a trainer. */
    guint8 *predicted = (guint8 *)&result->predicted[i];
    float *probabilities = (float *)&result->probabilities[(gsize)i * classes];
    float probability = 1;

    predict(i, labels[i], classes, predicted, &probability, (float *)&result->loss[i]);
    for (int j = 0; j < classes; j++)
      probabilities[j] = j == *predicted ? probability : (1 - probability) / (classes - 1);
    result->correct += *predicted == labels[i];
  }
  return result;
}
