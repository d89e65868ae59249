/* terminal: pictures in block characters, and a line of progress that is drawn in place.
 *
 * All of it goes to standard output; one thread. */
#pragma once

#include "kernels/shape.h"

#include <glib.h>

G_BEGIN_DECLS

/* After setlocale(): from now on what g_print() and g_printerr() write is valid text, and spelt
 * with the letters that the terminal's character set has. */
void ink_terminal_set_up(void);

/* How many columns a text takes: two a Chinese letter. */
guint ink_terminal_count_columns(const char *text);

/* n images of paper 0 and ink 255, each under its caption, as many side by side as fit. Half blocks
 * where the character set has them, else shades of ASCII. */
void ink_terminal_print_images(const guint8 *const *images /* (n), each (28, 28) */,
                               const char *const *captions /* (n) */, guint n);

/* Shows a bar filled to fraction (0 … 1) with text beside it, in place of the last one. Nothing
 * happens where standard output is not a terminal that can. */
void ink_terminal_show_progress(double fraction, const char *text);

/* Takes the line of progress away; before anything else is printed. */
void ink_terminal_clear_progress(void);

G_END_DECLS
