/* predictions-page: what the network got right and wrong. The grid of all test images, the
 * confusion matrix and the selected image.
 *
 * Talks to the window through its actions (listed in window.h), never by including it. Main
 * thread. */
#pragma once

#include "engine/trainer.h"
#include "ui/layout.h"

G_BEGIN_DECLS

#define INK_TYPE_PREDICTIONS_PAGE (ink_predictions_page_get_type())
G_DECLARE_FINAL_TYPE(InkPredictionsPage, ink_predictions_page, INK, PREDICTIONS_PAGE, AdwBin)

/* Keeps a reference to the trainer. */
GtkWidget *ink_predictions_page_new(InkTrainer *trainer);
void ink_predictions_page_set_layout(InkPredictionsPage *self, InkLayout layout);
/* What the matrix and the detail fold into, owned by the page. */
AdwFlap *ink_predictions_page_get_flap(InkPredictionsPage *self);

G_END_DECLS
