#include "ui/window-private.h"

#include "ui/device-popover.h"
#include "ui/draw-page.h"
#include "ui/late-menu.h"
#include "ui/predictions-page.h"
#include "ui/preferences.h"
#include "ui/train-page.h"

#include <glib/gi18n.h>

G_DEFINE_FINAL_TYPE(InkWindow, ink_window, ADW_TYPE_APPLICATION_WINDOW)

/* gtk_actionable_set_detailed_action_name() warns of the moment between name and target. */
static void set_action(GtkActionable *button, const char *detailed) {
  g_autofree char *name = NULL;
  g_autoptr(GVariant) target = NULL;

  g_action_parse_detailed_name(detailed, &name, &target, NULL);
  gtk_actionable_set_action_name(button, NULL);
  gtk_actionable_set_action_target_value(button, target);
  gtk_actionable_set_action_name(button, name);
}

void ink_window_show_trouble(InkWindow *self, const char *sentence, const char *label,
                             const char *action) {
  gtk_label_set_label(self->info_label, sentence);
  gtk_widget_set_visible(GTK_WIDGET(self->info_button), label != NULL);
  if (label) {
    gtk_label_set_label(self->info_button_label, label);
    set_action(GTK_ACTIONABLE(self->info_button), action);
  }
  gtk_widget_set_visible(GTK_WIDGET(self->info_bar), TRUE);
  gtk_info_bar_set_revealed(self->info_bar, TRUE);
}

void ink_window_hide_trouble(InkWindow *self) {
  gtk_info_bar_set_revealed(self->info_bar, FALSE);
}

/* Pages. All have a place at once; those that the first frame does not show are built after it, or
 * when somebody asks for them before. */

static void build_draw_page(InkWindow *self) {
  if (self->draw_page)
    return;
  self->draw_page = ink_draw_page_new(self->trainer);
  ink_draw_page_set_layout(INK_DRAW_PAGE(self->draw_page),
                           ink_layout_bin_get_layout(self->layout_bin));
  adw_bin_set_child(self->draw_place, self->draw_page);
}

static void build_predictions_page(InkWindow *self) {
  if (self->predictions_page)
    return;
  self->predictions_page = ink_predictions_page_new(self->trainer);
  ink_predictions_page_set_layout(INK_PREDICTIONS_PAGE(self->predictions_page),
                                  ink_layout_bin_get_layout(self->layout_bin));
  adw_bin_set_child(self->predictions_place, self->predictions_page);
}

/* One at a time, so that neither keeps a frame waiting for both. */
static gboolean build_next_page(gpointer data) {
  InkWindow *self = data;

  if (!self->draw_page)
    build_draw_page(self);
  else
    build_predictions_page(self);
  if (!self->predictions_page)
    return G_SOURCE_CONTINUE;
  self->build_source = 0;
  return G_SOURCE_REMOVE;
}

static void on_first_frame(GdkFrameClock *clock, InkWindow *self) {
  g_signal_handlers_disconnect_by_func(clock, on_first_frame, self);
  ink_window_open_last(self);
  self->build_source = g_idle_add(build_next_page, self);
}

/* With the page come the keys; the stack would give them to what it thinks is next. */
static void page_action(GtkWidget *widget, const char *action, GVariant *parameter) {
  InkWindow *self = INK_WINDOW(widget);
  GtkWidget *place;

  adw_view_stack_set_visible_child_name(self->pages, g_variant_get_string(parameter, NULL));
  place = adw_view_stack_get_visible_child(self->pages);
  gtk_widget_grab_focus(place == self->train_page ? place : adw_bin_get_child(ADW_BIN(place)));
}

static void open_in_draw(GtkWidget *widget, const char *action, GVariant *parameter) {
  InkWindow *self = INK_WINDOW(widget);
  InkDataset *dataset = ink_trainer_get_dataset(self->trainer);
  guint32 index = g_variant_get_uint32(parameter);

  if (!dataset || index >= ink_dataset_get_count(dataset, INK_TEST))
    return;
  build_draw_page(self);
  ink_draw_page_set_picture(INK_DRAW_PAGE(self->draw_page),
                            ink_dataset_get_images(dataset, INK_TEST) + (gsize)index * INK_PIXELS);
  adw_view_stack_set_visible_child(self->pages, GTK_WIDGET(self->draw_place));
}

static void toggle_sidebar(GtkWidget *widget, const char *action, GVariant *parameter) {
  GtkToggleButton *button = GTK_TOGGLE_BUTTON(INK_WINDOW(widget)->sidebar_button);

  if (gtk_widget_get_visible(GTK_WIDGET(button)))
    gtk_toggle_button_set_active(button, !gtk_toggle_button_get_active(button));
}

/* GTK writes "Page_Up" where the language has no name of its own for the key. */
static void name_keys(GtkWidget *widget) {
  if (GTK_IS_LABEL(widget) && gtk_widget_get_ancestor(widget, GTK_TYPE_SHORTCUT_LABEL)) {
    g_autofree char *name = g_strdelimit(g_strdup(gtk_label_get_text(GTK_LABEL(widget))), "_", ' ');

    gtk_label_set_text(GTK_LABEL(widget), name);
  }
  for (GtkWidget *child = gtk_widget_get_first_child(widget); child;
       child = gtk_widget_get_next_sibling(child))
    name_keys(child);
}

/* Built when asked for: as GTK's help overlay it would cost every start. */
static void show_shortcuts(GtkWidget *widget, const char *action, GVariant *parameter) {
  g_autoptr(GtkBuilder) builder =
      gtk_builder_new_from_resource("/page/inkling/Inkling/shortcuts.ui");
  GtkWindow *shortcuts = GTK_WINDOW(gtk_builder_get_object(builder, "shortcuts"));

  name_keys(GTK_WIDGET(shortcuts));
  gtk_window_set_transient_for(shortcuts, GTK_WINDOW(widget));
  gtk_window_present(shortcuts);
}

/* The header's toggle stands for the side column of the page that is shown, if that folds. */
static void follow_page(InkWindow *self) {
  GtkWidget *page = adw_view_stack_get_visible_child(self->pages);
  AdwFlap *flap = NULL;

  if (page == self->train_page) {
    flap = ink_train_page_get_flap(INK_TRAIN_PAGE(page));
  } else if (page == GTK_WIDGET(self->draw_place)) {
    build_draw_page(self);
  } else if (page == GTK_WIDGET(self->predictions_place)) {
    build_predictions_page(self);
    flap = ink_predictions_page_get_flap(INK_PREDICTIONS_PAGE(self->predictions_page));
  }
  if (ink_layout_bin_get_layout(self->layout_bin) != INK_LAYOUT_MEDIUM)
    flap = NULL;
  g_clear_pointer(&self->sidebar_binding, g_binding_unbind);
  if (flap)
    self->sidebar_binding =
        g_object_bind_property(flap, "reveal-flap", self->sidebar_button, "active",
                               G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE);
  gtk_widget_set_visible(self->sidebar_button, flap != NULL);
}

/* Its buttons are made where it is shown first: they are a tenth of the window's widgets. */
static void show_switcher(InkWindow *self, gboolean in_title, gboolean in_bar) {
  if (in_title)
    adw_view_switcher_title_set_stack(self->title, self->pages);
  if (in_bar)
    adw_view_switcher_bar_set_stack(self->switcher_bar, self->pages);
  adw_view_switcher_title_set_view_switcher_enabled(self->title, in_title);
  adw_view_switcher_bar_set_reveal(self->switcher_bar, in_bar);
}

void ink_window_follow_layout(InkWindow *self) {
  InkLayout layout = ink_layout_bin_get_layout(self->layout_bin);
  gboolean narrow = layout == INK_LAYOUT_NARROW;
  gboolean paged = g_str_equal(gtk_stack_get_visible_child_name(self->view), "pages");

  gtk_widget_set_visible(self->controls, paged);
  gtk_widget_set_visible(self->device_button, paged);
  show_switcher(self, paged && layout == INK_LAYOUT_WIDE, paged && layout != INK_LAYOUT_WIDE);
  gtk_widget_set_visible(self->run_buttons, !narrow);
  gtk_widget_set_visible(self->run_menu_button, narrow);

  ink_train_page_set_layout(INK_TRAIN_PAGE(self->train_page), layout);
  if (self->draw_page)
    ink_draw_page_set_layout(INK_DRAW_PAGE(self->draw_page), layout);
  if (self->predictions_page)
    ink_predictions_page_set_layout(INK_PREDICTIONS_PAGE(self->predictions_page), layout);
  follow_page(self);
  ink_window_follow_run(self);
}

static GtkWidget *add_page(InkWindow *self, GtkWidget *page, const char *name, const char *title,
                           const char *icon) {
  AdwViewStackPage *entry = adw_view_stack_add_titled(self->pages, page, name, title);

  adw_view_stack_page_set_icon_name(entry, icon);
  return page;
}

static void add_pages(InkWindow *self) {
  self->train_page = add_page(self, ink_train_page_new(self->trainer), "train", _("Train"),
                              "inkling-train-symbolic");
  self->draw_place =
      ADW_BIN(add_page(self, adw_bin_new(), "draw", _("Draw"), "document-edit-symbolic"));
  self->predictions_place =
      ADW_BIN(add_page(self, adw_bin_new(), "predictions", _("Predictions"), "view-grid-symbolic"));
  g_signal_connect_object(self->pages, "notify::visible-child", G_CALLBACK(follow_page), self,
                          G_CONNECT_SWAPPED);
}

static void build_device_popover(GtkMenuButton *button, gpointer trainer) {
  if (!gtk_menu_button_get_popover(button))
    gtk_menu_button_set_popover(button, ink_device_popover_new(trainer));
}

static void add_menus(InkWindow *self) {
  ink_late_menu_set(self->main_menu_button, self->main_menu);
  ink_late_menu_set(GTK_MENU_BUTTON(self->run_menu_button), self->run_menu);
  gtk_menu_button_set_create_popup_func(GTK_MENU_BUTTON(self->device_button), build_device_popover,
                                        self->trainer, NULL);
}

static void realize(GtkWidget *widget) {
  GTK_WIDGET_CLASS(ink_window_parent_class)->realize(widget);
  g_signal_connect_object(gtk_widget_get_frame_clock(widget), "after-paint",
                          G_CALLBACK(on_first_frame), widget, 0);
}

static gboolean close_request(GtkWindow *window) {
  InkWindow *self = INK_WINDOW(window);

  if (ink_window_asks_before_closing(self))
    return GDK_EVENT_STOP;
  ink_window_end_session(self);
  return GTK_WINDOW_CLASS(ink_window_parent_class)->close_request(window);
}

static void dispose(GObject *object) {
  InkWindow *self = INK_WINDOW(object);

  if (self->loading)
    g_cancellable_cancel(self->loading);
  g_clear_object(&self->loading);
  g_clear_handle_id(&self->remember_source, g_source_remove);
  g_clear_handle_id(&self->build_source, g_source_remove);
  g_clear_pointer(&self->sidebar_binding, g_binding_unbind);
  g_clear_pointer(&self->saved_network, ink_network_unref);
  g_queue_clear_full(&self->sentences, g_free);
  g_clear_object(&self->settings);
  g_clear_object(&self->trainer);
  G_OBJECT_CLASS(ink_window_parent_class)->dispose(object);
}

static void bind_children(GtkWidgetClass *widget) {
  gtk_widget_class_bind_template_child(widget, InkWindow, layout_bin);
  gtk_widget_class_bind_template_child(widget, InkWindow, toasts);
  gtk_widget_class_bind_template_child(widget, InkWindow, title);
  gtk_widget_class_bind_template_child(widget, InkWindow, switcher_bar);
  gtk_widget_class_bind_template_child(widget, InkWindow, controls);
  gtk_widget_class_bind_template_child(widget, InkWindow, sidebar_button);
  gtk_widget_class_bind_template_child(widget, InkWindow, start_button);
  gtk_widget_class_bind_template_child(widget, InkWindow, start_content);
  gtk_widget_class_bind_template_child(widget, InkWindow, run_buttons);
  gtk_widget_class_bind_template_child(widget, InkWindow, run_menu_button);
  gtk_widget_class_bind_template_child(widget, InkWindow, device_button);
  gtk_widget_class_bind_template_child(widget, InkWindow, device_content);
  gtk_widget_class_bind_template_child(widget, InkWindow, main_menu_button);
  gtk_widget_class_bind_template_child(widget, InkWindow, main_menu);
  gtk_widget_class_bind_template_child(widget, InkWindow, run_menu);
  gtk_widget_class_bind_template_child(widget, InkWindow, run_revealer);
  gtk_widget_class_bind_template_child(widget, InkWindow, run_bar);
  gtk_widget_class_bind_template_child(widget, InkWindow, run_progress);
  gtk_widget_class_bind_template_child(widget, InkWindow, epoch_label);
  gtk_widget_class_bind_template_child(widget, InkWindow, epoch_numbers);
  gtk_widget_class_bind_template_child(widget, InkWindow, step_label);
  gtk_widget_class_bind_template_child(widget, InkWindow, speed_label);
  gtk_widget_class_bind_template_child(widget, InkWindow, info_bar);
  gtk_widget_class_bind_template_child(widget, InkWindow, info_label);
  gtk_widget_class_bind_template_child(widget, InkWindow, info_button);
  gtk_widget_class_bind_template_child(widget, InkWindow, info_button_label);
  gtk_widget_class_bind_template_child(widget, InkWindow, view);
  gtk_widget_class_bind_template_child(widget, InkWindow, pages);
  gtk_widget_class_bind_template_callback(widget, ink_window_follow_layout);
  gtk_widget_class_bind_template_callback(widget, ink_window_hide_trouble);
}

static void ink_window_class_init(InkWindowClass *klass) {
  GtkWidgetClass *widget = GTK_WIDGET_CLASS(klass);

  G_OBJECT_CLASS(klass)->dispose = dispose;
  widget->realize = realize;
  GTK_WINDOW_CLASS(klass)->close_request = close_request;
  g_type_ensure(INK_TYPE_LAYOUT_BIN);
  gtk_widget_class_set_template_from_resource(widget, "/page/inkling/Inkling/window.ui");
  bind_children(widget);
  gtk_widget_class_install_action(widget, "win.page", "s", page_action);
  gtk_widget_class_install_action(widget, "win.open-in-draw", "u", open_in_draw);
  gtk_widget_class_install_action(widget, "win.toggle-sidebar", NULL, toggle_sidebar);
  gtk_widget_class_install_action(widget, "win.show-help-overlay", NULL, show_shortcuts);
  ink_window_data_install_actions(widget);
  ink_window_run_install_actions(widget);
  ink_window_files_install_actions(widget);
  ink_window_toasts_install_actions(widget);
}

static void ink_window_init(InkWindow *self) {
  self->settings = ink_settings_new();
  self->trainer = ink_trainer_new();
  ink_trainer_set_background(self->trainer, TRUE);
  gtk_widget_init_template(GTK_WIDGET(self));
  ink_window_session_init(self);
  add_pages(self);
  add_menus(self);
  ink_window_run_init(self);
  ink_window_data_init(self);
  ink_window_follow_layout(self);
}

GtkWidget *ink_window_new(AdwApplication *application) {
  return g_object_new(INK_TYPE_WINDOW, "application", application, NULL);
}

void ink_window_show_preferences(InkWindow *self) {
  GtkWidget *preferences;

  g_return_if_fail(INK_IS_WINDOW(self));
  preferences = ink_preferences_new(self->settings);
  gtk_window_set_transient_for(GTK_WINDOW(preferences), GTK_WINDOW(self));
  gtk_window_present(GTK_WINDOW(preferences));
}
