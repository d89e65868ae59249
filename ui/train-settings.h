/* train-settings: the data set, the network's shape, how it is trained, and its layers. What it
 * shows is the trainer's recipe; what the person changes goes to the trainer at once.
 *
 * Another data set goes through the window's actions win.set-dataset and win.choose-data-folder.
 * During a run only learning rate, epochs and the test interval can be changed: the others show a
 * lock. Main thread. */
#pragma once

#include "engine/trainer.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define INK_TYPE_TRAIN_SETTINGS (ink_train_settings_get_type())
G_DECLARE_FINAL_TYPE(InkTrainSettings, ink_train_settings, INK, TRAIN_SETTINGS, GtkBox)

/* Keeps a reference. Once. */
void ink_train_settings_set_trainer(InkTrainSettings *self, InkTrainer *trainer);

/* A learning rate by its place on the slider, log10: two significant digits. */
double ink_learning_rate_at(double log10_rate);

G_END_DECLS
