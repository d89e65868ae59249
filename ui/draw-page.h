/* draw-page: let the network read you. The canvas, the answer, and the inside of the network.
 * Talks to the window through its actions (listed in window.h), never by including it. Main
 * thread. */
#pragma once

#include "engine/trainer.h"
#include "ui/layout.h"

G_BEGIN_DECLS

#define INK_TYPE_DRAW_PAGE (ink_draw_page_get_type())
G_DECLARE_FINAL_TYPE(InkDrawPage, ink_draw_page, INK, DRAW_PAGE, AdwBin)

/* Keeps a reference to the trainer. */
GtkWidget *ink_draw_page_new(InkTrainer *trainer);
void ink_draw_page_set_layout(InkDrawPage *self, InkLayout layout);

/* Replaces what is drawn by an image, 0 paper and 255 ink, as one undoable step. */
void ink_draw_page_set_picture(InkDrawPage *self, const guint8 *image /* (28, 28) */);

G_END_DECLS
