/* settings: what the window remembers from one start to the next, as GObject properties.
 *
 * They are kept by GSettings (schema page.inkling.Inkling); where the schema is not installed they
 * start at their defaults and last as long as the object. Properties: "width", "height" (int),
 * "maximized" (boolean), "dataset" (string: name or folder), "device" (string), "threads" (int, 0:
 * all), "notify-when-finished", "stay-awake" (boolean), and the fields of the recipe. Main
 * thread. */
#pragma once

#include "engine/recipe.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define INK_TYPE_SETTINGS (ink_settings_get_type())
G_DECLARE_FINAL_TYPE(InkSettings, ink_settings, INK, SETTINGS, GObject)

InkSettings *ink_settings_new(void);

gboolean ink_settings_get_boolean(InkSettings *self, const char *name);
int ink_settings_get_int(InkSettings *self, const char *name);
const char *ink_settings_get_string(InkSettings *self, const char *name); /* borrowed */

/* The recipe last used; the first preset where what is kept makes no valid one. */
InkRecipe ink_settings_get_recipe(InkSettings *self);
void ink_settings_set_recipe(InkSettings *self, const InkRecipe *recipe);
/* FALSE if nothing of it was ever set: then it is the default, or kept nowhere. */
gboolean ink_settings_has_recipe(InkSettings *self);

G_END_DECLS
