/* prediction-cell: one test image in the predictions grid, at ×2, with its label below it, "4", or
 * with label and prediction when they differ, "✗ 4 → 9".
 *
 * A cell belongs to a row of a recycling list: bind and unbind give it one place of the list after
 * the other. It draws itself without children, so that hundreds scroll within a frame. All cells of
 * a grid are of one size: 64 px wide, or wider and two lines high where classes have names. Main
 * thread. */
#pragma once

#include "ui/prediction-list.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define INK_TYPE_PREDICTION_CELL (ink_prediction_cell_get_type())
G_DECLARE_FINAL_TYPE(InkPredictionCell, ink_prediction_cell, INK, PREDICTION_CELL, GtkWidget)

/* Follows the list, of which it takes a reference. */
GtkWidget *ink_prediction_cell_new(InkPredictionList *list);

void ink_prediction_cell_bind(InkPredictionCell *self, guint position);
void ink_prediction_cell_unbind(InkPredictionCell *self);

/* "Image 8, label 5, predicted 5, right". Newly allocated. */
char *ink_prediction_describe(InkPredictionList *list, guint sample);

G_END_DECLS
