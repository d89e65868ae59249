/* prediction-captions: what stands below the images of the predictions grid: "4", or with label and
 * prediction where they differ, "✗ 4 → 9", on two lines where classes have names. Each is drawn
 * once, as text is slow, and shown below every image that it fits. Main thread. */
#pragma once

#include "engine/dataset.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

typedef struct InkPredictionCaptions InkPredictionCaptions;

/* In the font of a widget, which has to live as long. */
InkPredictionCaptions *ink_prediction_captions_new(GtkWidget *widget);
void ink_prediction_captions_free(InkPredictionCaptions *captions);

/* Whose classes they name; takes a reference. NULL: none, and none can be asked for. */
void ink_prediction_captions_set_dataset(InkPredictionCaptions *captions, InkDataset *dataset);

/* The room they have: wider ones are made smaller. */
void ink_prediction_captions_set_width(InkPredictionCaptions *captions, int width);

/* Whether they are names, on two lines. */
gboolean ink_prediction_captions_are_names(InkPredictionCaptions *captions);
int ink_prediction_captions_get_height(InkPredictionCaptions *captions);

/* Draws one in the middle of its width. */
void ink_prediction_captions_append(InkPredictionCaptions *captions, GtkSnapshot *snapshot,
                                    int label, int predicted, float middle, float top);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(InkPredictionCaptions, ink_prediction_captions_free)

G_END_DECLS
