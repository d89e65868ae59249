/* Thousands of damaged histories, as a stranger's checkpoint may hold one: none may crash the
 * reader, and what is read can be written and read again. */
#include "engine/history-json.h"

#include "tests/support/damage.h"

#include <string.h>

enum { ROUNDS = 4000 };

static const char text[] = "{\"losses\":[[0,1,2.5],[1,1,null],[2,8,0.25],[10,8,1]],"
                           "\"tests\":[[0,0,0,2.5,10,100],[9,0,9,0.5,90,100],[17,1,7,0.25,95,100]],"
                           "\"epochs\":[[0,0],[10,1],12],\"planned\":20}";

/* Long enough that points are merged. */
static char *make_long(void) {
  g_autoptr(InkHistory) history = ink_history_new();
  for (int i = 0; i < 3 * INK_HISTORY_CAPACITY; i++)
    ink_history_add_loss(history, i, 1.0f / (i + 1));
  return ink_history_to_json(history);
}

static void try_damaged(const char *json, guint rounds, guint32 seed) {
  g_autoptr(GByteArray) whole = g_byte_array_new();
  g_byte_array_append(whole, (const guint8 *)json, strlen(json));
  g_autoptr(GRand) random = test_damage_random(seed);
  guint read = 0;
  for (guint round = 0; round < rounds; round++) {
    g_autoptr(GByteArray) bytes = test_damage(whole, whole->len, random);
    g_autofree char *damaged = g_strndup((const char *)bytes->data, bytes->len);
    g_autoptr(InkHistory) history = ink_history_from_json(damaged);
    if (!history)
      continue;
    read++;
    g_autofree char *written = ink_history_to_json(history);
    g_autoptr(InkHistory) again = ink_history_from_json(written);
    g_assert_nonnull(again);
  }
  g_assert_cmpuint(read, >, 0); /* a changed digit may well be believed */
}

static void test_short(void) {
  try_damaged(text, test_damage_rounds(ROUNDS), 24);
}

static void test_long(void) {
  g_autofree char *json = make_long();
  try_damaged(json, test_damage_rounds(20), 25);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/fuzz/history/short", test_short);
  g_test_add_func("/fuzz/history/long", test_long);
  return g_test_run();
}
