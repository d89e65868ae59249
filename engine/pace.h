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

/* What a device says it does at once (InkDevice.at_once), in items of so many samples. */
static inline void ink_pace_begin(InkPace *pace, int at_once, guint samples) {
  pace->items = MAX(1, (guint)at_once / samples);
}

/* Call after a slice with what it was, which may be less than would have fitted. Grows at most
 * twofold at a time: one measurement, on a cold machine or a busy one, says little. */
static inline void ink_pace_learn(InkPace *pace, guint items, double seconds) {
  double fitting = items * INK_SLICE_SECONDS / MAX(seconds, 1e-9);

  pace->items = CLAMP(fitting, 1.0, MIN(2.0 * MAX(items, pace->items), 1e9));
}

G_END_DECLS
