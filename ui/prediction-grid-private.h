/* prediction-grid-private: what the files of InkPredictionGrid share: prediction-grid.c shows the
 * images in view, prediction-grid-input.c moves among them. */
#pragma once

#include "ui/prediction-captions.h"
#include "ui/prediction-grid.h"

G_BEGIN_DECLS

struct _InkPredictionGrid {
  GtkWidget parent_instance;

  InkPredictionList *list;
  InkDataset *dataset; /* the one shown; borrowed of the list */
  InkPredictionCaptions *captions;
  GtkAdjustment *adjustments[2]; /* by orientation */
  GtkScrollablePolicy policies[2];

  GPtrArray *cells; /* of the rows in view, in order; those beyond the last image are hidden */
  guint first;      /* the place of the first cell */
  guint columns;    /* 0 before the first layout, as the next */
  int row_height;
  guint cursor, selected; /* the places that the keys are at, and that is chosen */
};

/* prediction-grid.c. The keys, and the view, go to an image, which is chosen as well if asked for.
 */
void ink_prediction_grid_move(InkPredictionGrid *self, guint position, gboolean select);

/* prediction-grid-input.c */
void ink_prediction_grid_add_input(InkPredictionGrid *self);

G_END_DECLS
