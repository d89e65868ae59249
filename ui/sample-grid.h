/* sample-grid: some training images with their labels: the first ones before a run; during one the
 * current batch, wrong ones first, with what the network took them for. Main thread.
 *
 * As many columns as fit (twelve at most), and one or two rows. What it shows is in its accessible
 * description. */
#pragma once

#include "engine/trainer.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define INK_TYPE_SAMPLE_GRID (ink_sample_grid_get_type())
G_DECLARE_FINAL_TYPE(InkSampleGrid, ink_sample_grid, INK, SAMPLE_GRID, GtkWidget)

GtkWidget *ink_sample_grid_new(void);

/* The first images of the training split; nothing for NULL. */
void ink_sample_grid_show_first(InkSampleGrid *self, InkDataset *dataset);

/* The samples of a batch; what is needed of it is copied. */
void ink_sample_grid_show_batch(InkSampleGrid *self, InkDataset *dataset,
                                const InkBatchView *batch);

void ink_sample_grid_set_rows(InkSampleGrid *self, int rows); /* default 2 */

/* Positions within the batch of its first `most` samples to show: the wrong ones in order, then the
 * right ones in order. Returns how many; *right is the number of right ones in the whole batch. */
guint ink_sample_grid_order(const InkBatchView *batch, const guint8 *labels, guint most,
                            guint *order /* (most) */, guint *right);

G_END_DECLS
