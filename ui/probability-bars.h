/* probability-bars: how likely the network finds each class, one bar a class with its name and
 * percentage; the largest stands out. More bars than fit are scrolled, with the largest in sight.
 *
 * Property: "compact" (boolean, default FALSE): thinner bars for a side pane.
 * Main thread. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define INK_TYPE_PROBABILITY_BARS (ink_probability_bars_get_type())
G_DECLARE_FINAL_TYPE(InkProbabilityBars, ink_probability_bars, INK, PROBABILITY_BARS, GtkWidget)

GtkWidget *ink_probability_bars_new(void);

/* The names of the classes, NULL-terminated, copied. Keeps what is shown when they are the same as
 * before, else shows empty bars. */
void ink_probability_bars_set_classes(InkProbabilityBars *self, const char *const *names);

/* Copied. NULL: empty bars without numbers. Of equal ones the first wins. */
void ink_probability_bars_set_probabilities(InkProbabilityBars *self,
                                            const float *probabilities /* (classes) */);

/* Draws the thinner bars. */
void ink_probability_bars_set_compact(InkProbabilityBars *self, gboolean compact);

G_END_DECLS
