/* layout: the three widths that the window is laid out for, and the bin that finds out which one
 * holds. (libadwaita has breakpoints only from 1.4.) Main thread. */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

typedef enum {
  INK_LAYOUT_WIDE,   /* from 1,150: two columns */
  INK_LAYOUT_MEDIUM, /* 720 … 1,149: the side column folds */
  INK_LAYOUT_NARROW, /* below 720: one scrolling column */
} InkLayout;

InkLayout ink_layout_for_width(int width);

/* A page's side column stands beside its content where that is wide. Elsewhere it folds, and is
 * hidden until somebody asks for it. */
void ink_layout_fold(AdwFlap *flap, InkLayout layout);

/* How much larger than usual the desktop shows text: 1, or 1.5. */
double ink_layout_get_text_scale(GtkWidget *widget);
/* Whether that leaves no room beside each other for what usually has it. */
gboolean ink_layout_is_text_large(GtkWidget *widget);

/* Holds the window's whole content, asks for no more than a phone's width whatever the content
 * wants, and has the property "layout" (int, InkLayout; notified outside of allocation). */
#define INK_TYPE_LAYOUT_BIN (ink_layout_bin_get_type())
G_DECLARE_FINAL_TYPE(InkLayoutBin, ink_layout_bin, INK, LAYOUT_BIN, GtkWidget)

void ink_layout_bin_set_child(InkLayoutBin *self, GtkWidget *child);
InkLayout ink_layout_bin_get_layout(InkLayoutBin *self);

G_END_DECLS
