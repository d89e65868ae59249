/* prediction-list: the test images that a network was tested on, filtered and ordered: what the
 * predictions grid shows. Main thread. */
#pragma once

#include "ui/confusion.h"

G_BEGIN_DECLS

typedef enum { INK_SHOW_ALL, INK_SHOW_WRONG, INK_SHOW_RIGHT } InkShow;

typedef enum {
  INK_ORDER_INDEX,
  INK_ORDER_LEAST_SURE,   /* by the probability of the prediction, ascending */
  INK_ORDER_HIGHEST_LOSS, /* descending; a loss that is not a number comes first */
} InkOrder;

typedef struct {
  InkShow show;
  int label, predicted; /* a class or INK_ANY_CLASS */
  InkOrder order;
} InkPredictionFilter;

#define INK_TYPE_PREDICTION_LIST (ink_prediction_list_get_type())
G_DECLARE_FINAL_TYPE(InkPredictionList, ink_prediction_list, INK, PREDICTION_LIST, GObject)

/* Empty and unfiltered, by index.
 *
 * Signal: "updated" () – which images are shown, or what is known about them, changed. */
InkPredictionList *ink_prediction_list_new(void);

/* Takes references. The result is the test of this data set; either may be NULL: nothing tested. */
void ink_prediction_list_set_source(InkPredictionList *self, InkDataset *dataset,
                                    InkTestResult *result);
InkDataset *ink_prediction_list_get_dataset(InkPredictionList *self);   /* borrowed, nullable */
InkTestResult *ink_prediction_list_get_result(InkPredictionList *self); /* borrowed, nullable */

void ink_prediction_list_set_filter(InkPredictionList *self, const InkPredictionFilter *filter);
const InkPredictionFilter *ink_prediction_list_get_filter(InkPredictionList *self);

/* How many tested images have the filter's label and prediction, and how many of those are wrong,
 * whether or not they are shown. */
void ink_prediction_list_count(InkPredictionList *self, guint *tested, guint *wrong);

/* How many are shown. */
guint ink_prediction_list_get_length(InkPredictionList *self);

/* The test image at a place that exists. */
guint ink_prediction_list_get_sample(InkPredictionList *self, guint position);

/* Where a test image stands; FALSE if it is not shown. */
gboolean ink_prediction_list_find(InkPredictionList *self, guint sample, guint *position);

G_END_DECLS
