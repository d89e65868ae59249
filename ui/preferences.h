/* preferences: the few things that the window does on its own, and whether it may. */
#pragma once

#include "ui/settings.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define INK_TYPE_PREFERENCES (ink_preferences_get_type())
G_DECLARE_FINAL_TYPE(InkPreferences, ink_preferences, INK, PREFERENCES, AdwPreferencesWindow)

GtkWidget *ink_preferences_new(InkSettings *settings);

G_END_DECLS
