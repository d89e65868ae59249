/* confusion-matrix: which classes get confused, a row a label and a column a prediction, with each
 * label's share wrong as a bar at the end of its row.
 *
 * Properties: "label" and "predicted" (int, a class or INK_ANY_CLASS; notified): what the person
 * filters by. A click on a cell sets both, on a class at the side or the top one of them, and
 * again clears; so do Return and Space on the cell that the arrow keys move. The content is the
 * accessible description. Main thread. */
#pragma once

#include "ui/confusion.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define INK_TYPE_CONFUSION_MATRIX (ink_confusion_matrix_get_type())
G_DECLARE_FINAL_TYPE(InkConfusionMatrix, ink_confusion_matrix, INK, CONFUSION_MATRIX, GtkWidget)

GtkWidget *ink_confusion_matrix_new(void);

/* The result is the test of this data set; either may be NULL: an empty matrix. */
void ink_confusion_matrix_set_source(InkConfusionMatrix *self, InkDataset *dataset,
                                     InkTestResult *result);

void ink_confusion_matrix_set_filter(InkConfusionMatrix *self, int label, int predicted);

/* The side of a cell at a width of the widget, 3 … 30 px; numbers are shown from 18. */
int ink_confusion_matrix_get_cell_size(InkConfusionMatrix *self, int width);

/* Where a cell is in the widget; FALSE while there is no matrix. */
gboolean ink_confusion_matrix_get_cell(InkConfusionMatrix *self, int label, int predicted,
                                       graphene_rect_t *bounds);

G_END_DECLS
