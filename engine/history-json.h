/* history-json: a history as JSON text, as checkpoints keep it:
 * {"losses": [[step, steps, loss], …], "tests": [[step, epoch, epoch step, loss, correct, total],
 * …], "epochs": [[step, epoch], …], "planned": steps}. A loss that is not finite is null.
 * Of an epoch, older ones have the step alone: its number is its place. */
#pragma once

#include "engine/history.h"

G_BEGIN_DECLS

/* Free with g_free(). */
char *ink_history_to_json(InkHistory *history);

/* NULL if the text is anything else. */
InkHistory *ink_history_from_json(const char *text);

G_END_DECLS
