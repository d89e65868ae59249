/* class-names: how the classes of a data set are spoken of. */
#pragma once

#include "engine/dataset.h"

G_BEGIN_DECLS

/* A class's name in the language of the window, where it is one of the catalogue's; else as it is.
 * In files it is always as it is. */
const char *ink_class_names_translate(const char *name);
const char *ink_class_names_get(const InkDataset *dataset, int label);

/* Whether all names (NULL-terminated) are digits, and the classes may be called so. */
gboolean ink_class_names_are_digits(const char *const *names);

G_END_DECLS
