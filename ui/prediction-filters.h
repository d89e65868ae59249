/* prediction-filters: the controls that choose which predictions are shown, and in which order.
 *
 * Signal: "changed" () – the person chose another filter. Main thread. */
#pragma once

#include "ui/layout.h"
#include "ui/prediction-list.h"

G_BEGIN_DECLS

#define INK_TYPE_PREDICTION_FILTERS (ink_prediction_filters_get_type())
G_DECLARE_FINAL_TYPE(InkPredictionFilters, ink_prediction_filters, INK, PREDICTION_FILTERS, GtkBox)

/* Whose classes are offered. Another data set than before drops what was chosen of the classes. */
void ink_prediction_filters_set_dataset(InkPredictionFilters *self, InkDataset *dataset);

/* Setting does not emit. */
void ink_prediction_filters_set(InkPredictionFilters *self, const InkPredictionFilter *filter);
InkPredictionFilter ink_prediction_filters_get(InkPredictionFilters *self);

/* One row, or several for a narrow window or large text. */
void ink_prediction_filters_set_layout(InkPredictionFilters *self, InkLayout layout);

/* Gives them the keys. */
void ink_prediction_filters_focus(InkPredictionFilters *self);

G_END_DECLS
