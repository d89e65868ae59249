/* confusion: how often each label is read as each class, counted from a test. Pure. */
#pragma once

#include "engine/trainer.h"

G_BEGIN_DECLS

enum { INK_ANY_CLASS = -1 };

typedef struct {
  InkDataset *dataset; /* borrowed: names the classes; NULL: nothing tested */
  int classes;
  guint counts[INK_MAX_CLASSES][INK_MAX_CLASSES]; /* [label][predicted] */
  guint totals[INK_MAX_CLASSES];                  /* images of each label */
  guint largest; /* of all counts off the diagonal: the most frequent mistake */
} InkConfusion;

/* The result is the test of this data set, which must live as long; either may be NULL: all zero.
 */
void ink_confusion_count(InkConfusion *confusion, InkDataset *dataset, InkTestResult *result);

/* 0 … 1; 0 where there are no images of the label. */
double ink_confusion_get_share_wrong(const InkConfusion *confusion, int label);

/* How strongly to tint a cell, 0 … 1: logarithmic, so that one mistake is seen beside hundreds. */
double ink_confusion_get_tint(const InkConfusion *confusion, int label, int predicted);

/* The whole matrix in words, a line a label, most frequent mistake first. Newly allocated. */
char *ink_confusion_describe(const InkConfusion *confusion);


G_END_DECLS
