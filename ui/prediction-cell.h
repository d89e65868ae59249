/* prediction-cell: one test image in the predictions grid, at ×2, with its caption below it.
 *
 * The grid gives its cells one place of the list after the other. A cell draws itself without
 * children, from what is drawn already, so that a page of them changes within a frame. All cells of
 * a grid are of one size: 64 px wide, or wider where classes have names. Main thread. */
#pragma once

#include "ui/prediction-captions.h"
#include "ui/prediction-list.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define INK_TYPE_PREDICTION_CELL (ink_prediction_cell_get_type())
G_DECLARE_FINAL_TYPE(InkPredictionCell, ink_prediction_cell, INK, PREDICTION_CELL, GtkWidget)

/* Both have to live as long as the cell has a parent. */
GtkWidget *ink_prediction_cell_new(InkPredictionList *list, InkPredictionCaptions *captions);

void ink_prediction_cell_get_size(InkPredictionCaptions *captions, int *width, int *height);

/* Takes what the list knows about the image at a place that exists; cheap where that is what is
 * shown. */
void ink_prediction_cell_show(InkPredictionCell *self, guint position);
guint ink_prediction_cell_get_position(InkPredictionCell *self);

void ink_prediction_cell_set_selected(InkPredictionCell *self, gboolean selected);

/* The picture was drawn in another style or of another data set. */
void ink_prediction_cell_forget(InkPredictionCell *self);

G_END_DECLS
