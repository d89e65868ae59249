/* prediction-grid: the test images of a list, row by row, to scroll, to walk through by keys and to
 * choose one of.
 *
 * It has cells for the rows in view alone, and shows other images in the same cells as it scrolls:
 * GtkGridView keeps thirty rows of two widgets a cell, and to page through those takes longer than
 * a frame. Each cell is a widget with a name, the focus and its state, for a screen reader.
 *
 * Property: "selected" (uint), the place that is chosen, or GTK_INVALID_LIST_POSITION.
 * Signal: "activate" () – the person asks for more of the chosen image. Main thread. */
#pragma once

#include "ui/prediction-list.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define INK_TYPE_PREDICTION_GRID (ink_prediction_grid_get_type())
G_DECLARE_FINAL_TYPE(InkPredictionGrid, ink_prediction_grid, INK, PREDICTION_GRID, GtkWidget)

/* Takes a reference, and follows the list; once. */
void ink_prediction_grid_set_list(InkPredictionGrid *self, InkPredictionList *list);
InkPredictionList *ink_prediction_grid_get_list(InkPredictionGrid *self); /* borrowed */

/* Chooses a place or none; the keys and the scroll stay where they are. */
void ink_prediction_grid_select(InkPredictionGrid *self, guint position);
guint ink_prediction_grid_get_selected(InkPredictionGrid *self);

/* Chooses a place that exists, scrolls to it, and lets the keys go on from it. */
void ink_prediction_grid_go_to(InkPredictionGrid *self, guint position);

/* 0 before it is laid out. */
guint ink_prediction_grid_get_columns(InkPredictionGrid *self);

G_END_DECLS
