#include "engine/device.h"

#include <string.h>

static void test_list(void) {
  guint n, again;
  const InkDeviceEntry *const *devices = ink_devices_get(&n);

  g_assert_cmpuint(n, >=, 1);
  g_assert_cmpstr(devices[0]->id, ==, "cpu");
  g_assert_true(devices[0]->info.usable);
  g_assert_true(ink_devices_get(&again) == devices);
  for (guint i = 0; i < n; i++) {
    g_autoptr(GError) error = NULL;
    const InkDeviceEntry *found = ink_device_find(devices[i]->id, &error);

    g_assert_cmpstr(devices[i]->title, !=, "");
    if (devices[i]->info.usable) {
      g_assert_true(found == devices[i]);
      continue;
    }
    g_assert_null(found);
    g_assert_nonnull(strstr(error->message, devices[i]->info.reason));
    g_assert_true(g_str_has_suffix(error->message, "."));
  }
}

static void test_find(void) {
  static const char *const wrong[] = {"", "gpu", "cpu:", "cpu:1", "cuda:", "cuda:99", "cuda:x"};
  g_autoptr(GError) error = NULL;
  const InkDeviceEntry *device = ink_device_find("auto", &error);

  g_assert_no_error(error);
  g_assert_true(device->info.usable);
  for (guint i = 0; i < G_N_ELEMENTS(wrong); i++) {
    g_autoptr(GError) complaint = NULL;

    g_assert_null(ink_device_find(wrong[i], &complaint));
    g_assert_error(complaint, INK_DEVICE_ERROR, 0);
    g_assert_true(g_str_has_suffix(complaint->message, "."));
  }
}

static void test_processors(void) {
  g_assert_cmpint(ink_device_processors(), >=, 1);
  g_assert_cmpint(ink_device_processors(), <=, (int)g_get_num_processors());
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/device/list", test_list);
  g_test_add_func("/device/find", test_find);
  g_test_add_func("/device/processors", test_processors);
  return g_test_run();
}
