#include "ui/keys.h"

#include <gdk/gdk.h>

static void test_number_pad(void) {
  static const char *const keys[] = {"Left", "Right",   "Up",        "Down",
                                     "Home", "Page_Up", "Page_Down", "End"};

  for (guint i = 0; i < G_N_ELEMENTS(keys); i++) {
    g_autofree char *of_pad = g_strconcat("KP_", keys[i], NULL);

    g_assert_cmpuint(ink_keys_plain(gdk_keyval_from_name(of_pad)), ==,
                     gdk_keyval_from_name(keys[i]));
  }
  g_assert_cmpuint(ink_keys_plain(GDK_KEY_KP_Enter), ==, GDK_KEY_Return);
  g_assert_cmpuint(ink_keys_plain(GDK_KEY_ISO_Enter), ==, GDK_KEY_Return);
  g_assert_cmpuint(ink_keys_plain(GDK_KEY_KP_Space), ==, GDK_KEY_space);
}

static void test_others(void) {
  static const guint keys[] = {GDK_KEY_Left,     GDK_KEY_Return,    GDK_KEY_space, GDK_KEY_a,
                               GDK_KEY_KP_Begin, GDK_KEY_KP_Insert, GDK_KEY_KP_5,  GDK_KEY_Escape};

  for (guint i = 0; i < G_N_ELEMENTS(keys); i++)
    g_assert_cmpuint(ink_keys_plain(keys[i]), ==, keys[i]);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/ui/keys/number-pad", test_number_pad);
  g_test_add_func("/ui/keys/others", test_others);
  return g_test_run();
}
