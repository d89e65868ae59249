#include "ui/window.h"
#include "ui/draw-page.h"
#include "ui/layout.h"
#include "ui/predictions-page.h"
#include "ui/train-page.h"

#include <glib/gi18n.h>

struct _InkWindow {
  AdwApplicationWindow parent_instance;

  InkLayoutBin *layout_bin;
  AdwToastOverlay *toasts;
  AdwViewSwitcherTitle *title;
  AdwViewStack *pages;

  GtkWidget *train_page, *draw_page, *predictions_page;
};

G_DEFINE_FINAL_TYPE(InkWindow, ink_window, ADW_TYPE_APPLICATION_WINDOW)

static void show_toast(GtkWidget *widget, const char *action, GVariant *parameter) {
  InkWindow *self = INK_WINDOW(widget);

  adw_toast_overlay_add_toast(self->toasts, adw_toast_new(g_variant_get_string(parameter, NULL)));
}

static void follow_layout(InkWindow *self) {
  InkLayout layout = ink_layout_bin_get_layout(self->layout_bin);

  adw_view_switcher_title_set_view_switcher_enabled(self->title, layout == INK_LAYOUT_WIDE);
  ink_train_page_set_layout(INK_TRAIN_PAGE(self->train_page), layout);
  ink_draw_page_set_layout(INK_DRAW_PAGE(self->draw_page), layout);
  ink_predictions_page_set_layout(INK_PREDICTIONS_PAGE(self->predictions_page), layout);
}

static GtkWidget *add_page(InkWindow *self, GtkWidget *page, const char *name, const char *title,
                           const char *icon) {
  adw_view_stack_add_titled(self->pages, page, name, title);
  adw_view_stack_page_set_icon_name(adw_view_stack_get_page(self->pages, page), icon);
  return page;
}

static void ink_window_class_init(InkWindowClass *klass) {
  GtkWidgetClass *widget = GTK_WIDGET_CLASS(klass);

  g_type_ensure(INK_TYPE_LAYOUT_BIN);
  gtk_widget_class_set_template_from_resource(widget, "/page/inkling/Inkling/window.ui");
  gtk_widget_class_bind_template_child(widget, InkWindow, layout_bin);
  gtk_widget_class_bind_template_child(widget, InkWindow, toasts);
  gtk_widget_class_bind_template_child(widget, InkWindow, title);
  gtk_widget_class_bind_template_child(widget, InkWindow, pages);
  gtk_widget_class_install_action(widget, "win.toast", "s", show_toast);
}

static void ink_window_init(InkWindow *self) {
  gtk_widget_init_template(GTK_WIDGET(self));
  self->train_page =
      add_page(self, ink_train_page_new(NULL), "train", _("Train"), "inkling-train-symbolic");
  self->draw_page =
      add_page(self, ink_draw_page_new(NULL), "draw", _("Draw"), "document-edit-symbolic");
  self->predictions_page = add_page(self, ink_predictions_page_new(NULL), "predictions",
                                    _("Predictions"), "view-grid-symbolic");
  g_signal_connect_object(self->layout_bin, "notify::layout", G_CALLBACK(follow_layout), self,
                          G_CONNECT_SWAPPED);
}

GtkWidget *ink_window_new(AdwApplication *application) {
  return g_object_new(INK_TYPE_WINDOW, "application", application, NULL);
}
