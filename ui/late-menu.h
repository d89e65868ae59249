/* late-menu: the menu of a button, built when it is first opened: the first frame shows none. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

void ink_late_menu_set(GtkMenuButton *button, GMenuModel *model);

G_END_DECLS
