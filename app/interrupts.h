/* interrupts: how a command hears that it is to end: by Ctrl+C, by kill, or as its terminal closes.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
  guint sources[3]; /* one a signal; 0: it is ignored */
} InkInterrupts;

/* Calls the function in the main loop at the first SIGINT, SIGTERM or SIGHUP. The signal then has
 * its own effect again, so that a second one ends the program at once. A signal that the program
 * was started to ignore (nohup, “&” in a script) stays ignored. */
void ink_interrupts_catch(InkInterrupts *interrupts, GSourceFunc function, gpointer data);

void ink_interrupts_release(InkInterrupts *interrupts);

G_END_DECLS
