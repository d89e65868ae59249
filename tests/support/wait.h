/* wait: tests wait for conditions, never for time. */
#pragma once

#include <glib.h>

/* Turns the main loop until the condition holds; fails after five minutes. */
#define test_wait_until(condition)                                                                 \
  G_STMT_START {                                                                                   \
    gint64 test_deadline = g_get_monotonic_time() + 300 * G_USEC_PER_SEC;                          \
    while (!(condition)) {                                                                         \
      test_turn();                                                                                 \
      if (g_get_monotonic_time() > test_deadline)                                                  \
        g_error("%s:%d: never came true: %s", __FILE__, __LINE__, #condition);                     \
    }                                                                                              \
  }                                                                                                \
  G_STMT_END

/* One turn of the main loop, at most 20 ms long. */
void test_turn(void);
