#include "tests/ui/style-fixture.h"

#include "ui/palette.h"

#include <gtk/gtk.h>

void test_load_style(void) {
  g_autoptr(GtkCssProvider) provider = gtk_css_provider_new();

  ink_palette_install(gdk_display_get_default());
  gtk_css_provider_load_from_resource(provider, "/page/inkling/Inkling/style.css");
  gtk_style_context_add_provider_for_display(gdk_display_get_default(),
                                             GTK_STYLE_PROVIDER(provider),
                                             GTK_STYLE_PROVIDER_PRIORITY_APPLICATION);
}
