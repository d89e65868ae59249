/* checkpoint-writer: writes checkpoints on a thread of its own, because an fsync can take longer
 * than many steps of training. Of checkpoints that come faster than the disk takes them only the
 * newest is written. All functions are the training thread's. */
#pragma once

#include "engine/checkpoint.h"

G_BEGIN_DECLS

typedef struct _InkCheckpointWriter InkCheckpointWriter;

InkCheckpointWriter *ink_checkpoint_writer_new(void);
/* Waits until all is written. */
void ink_checkpoint_writer_free(InkCheckpointWriter *writer);

/* Takes a reference; returns at once. NULL: removes the file, if it is there. */
void ink_checkpoint_writer_submit(InkCheckpointWriter *writer, const char *path,
                                  InkCheckpoint *checkpoint);
/* Waits until all that was submitted is on the disk. */
void ink_checkpoint_writer_flush(InkCheckpointWriter *writer);

/* One sentence if writing or removing failed since the last call, else NULL; free with g_free().
 * Failures to write in a row are told once. */
char *ink_checkpoint_writer_take_error(InkCheckpointWriter *writer);
/* TRUE: what was written last failed. */
gboolean ink_checkpoint_writer_is_failing(InkCheckpointWriter *writer);

G_END_DECLS
