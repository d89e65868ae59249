#include "kernels/cpu/net.h"

#include <math.h>

static int largest(const float *logits, int classes) {
  int best = 0;

  for (int c = 1; c < classes; c++)
    if (logits[c] > logits[best])
      best = c;
  return best;
}

int ink_softmax(const float *logits, int classes, float *probabilities) {
  int best = largest(logits, classes);
  float sum = 0;

  for (int c = 0; c < classes; c++)
    sum += probabilities[c] = expf(logits[c] - logits[best]);
  for (int c = 0; c < classes; c++)
    probabilities[c] /= sum;
  return best;
}

/* Not from the probability, which may have become 0 where the loss is still finite. */
float ink_cross_entropy(const float *logits, int classes, int label) {
  float most = logits[largest(logits, classes)], sum = 0;

  for (int c = 0; c < classes; c++)
    sum += expf(logits[c] - most);
  return logf(sum) + (most - logits[label]);
}
