#include "ui/settings.h"

#include <string.h>

/* The schema and the properties say the same, so that it makes no difference which one holds. */
static void test_schema(void) {
  g_autoptr(GSettingsSchemaSource) source = g_settings_schema_source_new_from_directory(
      g_getenv("GSETTINGS_SCHEMA_DIR"), NULL, TRUE, NULL);
  g_autoptr(GSettingsSchema) schema =
      g_settings_schema_source_lookup(source, "page.inkling.Inkling", FALSE);
  g_autoptr(GTypeClass) klass = g_type_class_ref(INK_TYPE_SETTINGS);
  g_auto(GStrv) keys = g_settings_schema_list_keys(schema);
  guint n;
  g_autofree GParamSpec **properties = g_object_class_list_properties(G_OBJECT_CLASS(klass), &n);

  g_assert_cmpuint(n, ==, g_strv_length(keys));
  for (guint i = 0; i < n; i++) {
    g_autoptr(GSettingsSchemaKey) key = g_settings_schema_get_key(schema, properties[i]->name);
    g_autoptr(GVariant) value = g_settings_schema_key_get_default_value(key);
    g_auto(GValue) unboxed = G_VALUE_INIT;

    g_dbus_gvariant_to_gvalue(value, &unboxed);
    g_assert_true(G_VALUE_HOLDS(&unboxed, properties[i]->value_type));
    g_assert_true(g_param_value_defaults(properties[i], &unboxed));
  }
}

static void test_recipe(void) {
  g_autoptr(InkSettings) settings = ink_settings_new();
  InkRecipe recipe = ink_settings_get_recipe(settings);
  g_autoptr(InkSettings) later = NULL;

  g_assert_cmpint(ink_recipe_get_preset(&recipe), ==, INK_PRESET_SEED_CPU);
  recipe.kernel = 3;
  recipe.pool = INK_POOL_AVERAGE;
  recipe.learning_rate = 0.01;
  recipe.seed = G_MAXUINT64;
  ink_settings_set_recipe(settings, &recipe);

  later = ink_settings_new();
  recipe = ink_settings_get_recipe(later);
  g_assert_cmpint(recipe.kernel, ==, 3);
  g_assert_cmpint(recipe.pool, ==, INK_POOL_AVERAGE);
  g_assert_cmpfloat(recipe.learning_rate, ==, 0.01);
  g_assert_cmpuint(recipe.seed, ==, G_MAXUINT64);
}

/* What someone wrote with another program does no harm. */
static void test_impossible_recipe(void) {
  g_autoptr(InkSettings) settings = ink_settings_new();
  InkRecipe recipe;

  g_object_set(settings, "kernel", 4, NULL);
  recipe = ink_settings_get_recipe(settings);
  g_assert_cmpint(recipe.kernel, ==, 5);
}

/* Without the schema everything works as long as the program runs. */
static void test_no_schema(void) {
  if (g_test_subprocess()) {
    g_autoptr(InkSettings) settings = NULL;

    g_setenv("GSETTINGS_SCHEMA_DIR", "/nowhere", TRUE);
    g_setenv("XDG_DATA_HOME", "/nowhere", TRUE);
    g_setenv("XDG_DATA_DIRS", "/nowhere", TRUE);
    settings = ink_settings_new();
    g_assert_cmpint(ink_settings_get_int(settings, "width"), ==, 1180);
    g_object_set(settings, "width", 800, "dataset", "fashion-mnist", NULL);
    g_assert_cmpint(ink_settings_get_int(settings, "width"), ==, 800);
    g_assert_cmpstr(ink_settings_get_string(settings, "dataset"), ==, "fashion-mnist");
    return;
  }
  g_test_trap_subprocess(NULL, 0, G_TEST_SUBPROCESS_INHERIT_STDERR);
  g_test_trap_assert_passed();
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/settings/schema", test_schema);
  g_test_add_func("/settings/recipe", test_recipe);
  g_test_add_func("/settings/impossible-recipe", test_impossible_recipe);
  g_test_add_func("/settings/no-schema", test_no_schema);
  return g_test_run();
}
