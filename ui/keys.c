#include "ui/keys.h"

#include <gdk/gdk.h>

guint ink_keys_plain(guint keyval) {
  if (keyval >= GDK_KEY_KP_Home && keyval <= GDK_KEY_KP_End) /* in the order of the plain ones */
    return keyval - GDK_KEY_KP_Home + GDK_KEY_Home;
  switch (keyval) {
  case GDK_KEY_KP_Enter:
  case GDK_KEY_ISO_Enter:
    return GDK_KEY_Return;
  case GDK_KEY_KP_Space:
    return GDK_KEY_space;
  default:
    return keyval;
  }
}
