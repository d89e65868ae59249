/* train-page: make the network learn. The settings, the two charts of the run and the sample grid.
 *
 * Talks to the window through its actions (listed in window.h), never by including it. Main
 * thread. */
#pragma once

#include "engine/trainer.h"
#include "ui/layout.h"

G_BEGIN_DECLS

#define INK_TYPE_TRAIN_PAGE (ink_train_page_get_type())
G_DECLARE_FINAL_TYPE(InkTrainPage, ink_train_page, INK, TRAIN_PAGE, AdwBin)

/* Keeps a reference to the trainer. */
GtkWidget *ink_train_page_new(InkTrainer *trainer);
void ink_train_page_set_layout(InkTrainPage *self, InkLayout layout);
/* What the settings column folds into, owned by the page. */
AdwFlap *ink_train_page_get_flap(InkTrainPage *self);

/* Writes the charts to path: format is "png", "svg", "pdf" or "csv". FALSE with one sentence that
 * names the file. */
gboolean ink_train_page_export(InkTrainPage *self, const char *format, const char *path,
                               GError **error);

G_END_DECLS
