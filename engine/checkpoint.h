/* checkpoint: a moment of training, from which it can go on to the same bits: in memory, and as a
 * safetensors file that can also be opened as a model.
 *
 * Immutable and atomically reference counted: made by the training thread or read from a file. */
#pragma once

#include "engine/dataset.h"
#include "engine/history.h"
#include "engine/network.h"
#include "engine/recipe.h"

G_BEGIN_DECLS

/* Where in its run training stands. */
typedef struct {
  gboolean finished;    /* all epochs done, or stopped: training on is a new run */
  gint64 epochs_before; /* begun in earlier runs since reset: epoch e shuffles by stream
                           epochs_before + e */
  int epoch;            /* of the next step, from 0 within the run */
  int epoch_step;       /* the next step, from 0 within the epoch */
  gint64 updates;       /* done in this run */
  double seconds;       /* training loop with its interim tests */
} InkRunPosition;

typedef struct {
  InkNetwork *network;
  float *m, *v;         /* (P) Adam's moments; NULL together: zeros */
  gint64 adam_updates;  /* Adam's step count */
  gint64 total_updates; /* since reset; more than Adam's if a run failed and its last updates were
                           taken back */
  InkRecipe recipe;
  InkRunPosition run;
  char *dataset_identity; /* nullable */
  InkHistory *history;    /* nullable; not shared with anybody who changes it */

  /*< private >*/
  gint refs;
} InkCheckpoint;

/* A beginning: the network with a fresh Adam and no run. Takes a reference. */
InkCheckpoint *ink_checkpoint_new(InkNetwork *network, const InkRecipe *recipe);
InkCheckpoint *ink_checkpoint_ref(InkCheckpoint *checkpoint);
void ink_checkpoint_unref(InkCheckpoint *checkpoint);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(InkCheckpoint, ink_checkpoint_unref)

/* Writes a temporary file, fsyncs and renames. Errors name the file. */
gboolean ink_checkpoint_save(const InkCheckpoint *checkpoint, const char *path, GError **error);

/* Believes nothing before it is checked: one sentence that names the file, in
 * INK_SAFETENSORS_ERROR or G_FILE_ERROR. Any thread. */
InkCheckpoint *ink_checkpoint_load(const char *path, GError **error);
/* Whether training can go on with these images: else one sentence that names the file from which it
 * was loaded, in INK_SAFETENSORS_ERROR. */
gboolean ink_checkpoint_fits(const InkCheckpoint *checkpoint, const char *path,
                             const InkDataset *dataset, GError **error);

G_END_DECLS
