#include "app/interrupts.h"

#include <glib-unix.h>

static const int signals[] = {SIGINT, SIGTERM, SIGHUP};

G_STATIC_ASSERT(G_N_ELEMENTS(signals) == G_N_ELEMENTS(((InkInterrupts *)0)->sources));

/* The flag gives the signal its own effect back also where the main loop waits for a reader of the
 * program's output. */
static guint catch_signal(int signal, GSourceFunc function, gpointer data) {
  struct sigaction action;
  guint source;

  sigaction(signal, NULL, &action);
  if (action.sa_handler == SIG_IGN)
    return 0;
  source = g_unix_signal_add(signal, function, data);
  sigaction(signal, NULL, &action);
  action.sa_flags |= SA_RESETHAND;
  sigaction(signal, &action, NULL);
  return source;
}

void ink_interrupts_catch(InkInterrupts *interrupts, GSourceFunc function, gpointer data) {
  g_return_if_fail(interrupts && function);
  for (gsize i = 0; i < G_N_ELEMENTS(signals); i++)
    interrupts->sources[i] = catch_signal(signals[i], function, data);
}

void ink_interrupts_release(InkInterrupts *interrupts) {
  g_return_if_fail(interrupts);
  for (gsize i = 0; i < G_N_ELEMENTS(signals); i++)
    g_clear_handle_id(&interrupts->sources[i], g_source_remove);
}
