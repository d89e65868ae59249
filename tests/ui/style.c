#include <gtk/gtk.h>

static void on_parsing_error(GtkCssProvider *provider, GtkCssSection *section, GError *error) {
  g_autofree char *place = gtk_css_section_to_string(section);

  g_error("%s: %s", place, error->message);
}

static void test_style(void) {
  g_autoptr(GtkCssProvider) provider = gtk_css_provider_new();
  g_autofree char *css = NULL;

  g_signal_connect(provider, "parsing-error", G_CALLBACK(on_parsing_error), NULL);
  gtk_css_provider_load_from_resource(provider, "/page/inkling/Inkling/style.css");
  css = gtk_css_provider_to_string(provider);
  g_assert_nonnull(strstr(css, "progressbar.run"));
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/style/parses", test_style);
  return g_test_run();
}
