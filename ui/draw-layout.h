/* draw-layout: where the parts of the Draw page stand in each of the three widths. Its children
 * are, in this order: the canvas, what the network sees, the buttons, the answer, the feature maps.
 * The canvas is square, and in the wide layout takes the height that is left. In the others it gives
 * way to the answer, so that both are seen without scrolling. Main thread. */
#pragma once

#include "ui/layout.h"

G_BEGIN_DECLS

#define INK_TYPE_DRAW_LAYOUT (ink_draw_layout_get_type())
G_DECLARE_FINAL_TYPE(InkDrawLayout, ink_draw_layout, INK, DRAW_LAYOUT, GtkWidget)

void ink_draw_layout_set_layout(InkDrawLayout *self, InkLayout layout);
/* What is seen without scrolling, the widget's parent, may have another height. */
void ink_draw_layout_follow_view(InkDrawLayout *self);

G_END_DECLS
