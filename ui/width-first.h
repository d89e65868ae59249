/* width-first: the layout of a widget whose one child is as wide as it likes, at any height. GTK's
 * stacks ask what width their child needs at the height that they have; a label that wraps answers
 * by trying one width after the other, and lays out its text for each. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define INK_TYPE_WIDTH_FIRST (ink_width_first_get_type())
G_DECLARE_FINAL_TYPE(InkWidthFirst, ink_width_first, INK, WIDTH_FIRST, GtkLayoutManager)

G_END_DECLS
