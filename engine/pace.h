/* pace: how many items (steps, images) fit into a slice of work, learnt from the slices before, so
 * that the training thread looks up often enough whatever it computes on. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A slice should take so long: a pause takes effect within one, and the sample grid gets a fresh
 * batch at display rate. */
#define INK_SLICE_SECONDS 0.015

typedef struct {
  guint items; /* of the next slice, at least 1 */
} InkPace;

/* Call after a slice with what it was. Grows at most fourfold at a time: a first measurement on a
 * cold machine says little. */
static inline void ink_pace_learn(InkPace *pace, guint items, double seconds) {
  double fitting = items * INK_SLICE_SECONDS / MAX(seconds, 1e-9);

  pace->items = CLAMP(fitting, 1.0, MIN(4.0 * items, 1e9));
}

G_END_DECLS
