#include "ui/class-names.h"

#include <glib/gi18n.h>

/* Those of data/datasets.ini that are words. */
static const char *const known[] = {
    N_("T-shirt"), N_("Trouser"), N_("Pullover"), N_("Dress"), N_("Coat"),
    N_("Sandal"),  N_("Shirt"),   N_("Sneaker"),  N_("Bag"),   N_("Ankle boot"),
};

const char *ink_class_names_translate(const char *name) {
  for (guint i = 0; i < G_N_ELEMENTS(known); i++)
    if (g_str_equal(name, known[i]))
      return _(name);
  return name;
}

const char *ink_class_names_get(const InkDataset *dataset, int label) {
  return ink_class_names_translate(ink_dataset_get_class_name(dataset, label));
}

gboolean ink_class_names_are_digits(const char *const *names) {
  g_return_val_if_fail(names != NULL, FALSE);

  for (guint i = 0; names[i]; i++)
    if (!g_ascii_isdigit(names[i][0]) || names[i][1] != '\0')
      return FALSE;
  return TRUE;
}
