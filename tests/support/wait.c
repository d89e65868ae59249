#include "tests/support/wait.h"

static gboolean do_nothing(gpointer data) {
  return G_SOURCE_CONTINUE;
}

void test_turn(void) {
  static guint ticks;

  if (ticks == 0)
    ticks = g_timeout_add(20, do_nothing, NULL);
  g_main_context_iteration(NULL, TRUE);
}
