/* chart-scale: where a value stands on an axis, which ticks the axis gets, and how a noisy loss is
 * smoothed. Pure functions of their arguments. */
#pragma once

#include "engine/history.h"

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  INK_SCALE_LINEAR,
  INK_SCALE_LOG,       /* of values above 0 */
  INK_SCALE_ERROR_LOG, /* of shares below 1: the logarithm of what is missing to 1 */
} InkScaleKind;

/* low is at place 0, high at place 1; low < high. */
typedef struct {
  InkScaleKind kind;
  double low, high;
} InkScale;

/* Losses and errors below these are drawn at them: a logarithm has no place for 0. */
#define INK_LOSS_FLOOR 1e-7

double ink_scale_place(const InkScale *scale, double value);
double ink_scale_value(const InkScale *scale, double place);

/* At most `most` ticks (at least 2) from low to high, ascending; returns how many. 1, 2, 5 and
 * their decimal multiples; on the error scale 0, 50, 80, 90, 95, 98, 99 % … */
enum { INK_SCALE_MAX_TICKS = 64 };
guint ink_scale_ticks(const InkScale *scale, guint most, double ticks[INK_SCALE_MAX_TICKS]);

/* Axes that show min … max with some air, their ends on round numbers where that keeps them still
 * while a run goes on. */
InkScale ink_scale_for_loss(gboolean log, double min, double max);
InkScale ink_scale_for_accuracy(gboolean log, double min, double max);

/* 1 − accuracy is held at half an image at least, so that 100 % has a place on the error scale. */
double ink_accuracy_held(guint correct, guint total);

/* exp of the mean log loss over the last min(14, 1 + step / 8) steps, so that the start does not
 * lag. Losses that are not finite are left out; NAN where none is left. A point that stands for
 * more steps than the window is its own mean. */
void ink_smooth_losses(const InkLossPoint *points, guint n, double *smoothed /* (n) */);

G_END_DECLS
