/* inkling fetch: downloads a data set of the catalogue. */
#include "app/command.h"
#include "app/interrupts.h"
#include "app/terminal.h"
#include "engine/fetch.h"

#include <glib/gi18n.h>

typedef struct {
  GMainLoop *loop;
  GCancellable *cancellable;
  GError *error;
} Fetch;

static void on_progress(guint64 done_bytes, guint64 total_bytes, gpointer data) {
  g_autofree char *done = g_format_size(done_bytes), *total = g_format_size(total_bytes);
  g_autofree char *text = g_strdup_printf(_("%s of %s"), done, total);
  ink_terminal_show_progress(total_bytes > 0 ? (double)done_bytes / total_bytes : 0, text);
}

static void on_fetched(GObject *source, GAsyncResult *result, gpointer data) {
  Fetch *fetch = data;
  ink_fetch_finish(result, &fetch->error);
  g_main_loop_quit(fetch->loop);
}

static gboolean on_interrupt(gpointer data) {
  Fetch *fetch = data;
  g_cancellable_cancel(fetch->cancellable);
  return G_SOURCE_CONTINUE;
}

static int fetch_entry(const InkCatalogueEntry *entry) {
  g_autoptr(GMainLoop) loop = g_main_loop_new(NULL, FALSE);
  g_autoptr(GCancellable) cancellable = g_cancellable_new();
  Fetch fetch = {.loop = loop, .cancellable = cancellable};
  InkInterrupts interrupts;
  ink_interrupts_catch(&interrupts, on_interrupt, &fetch);
  ink_fetch_async(entry, on_progress, NULL, cancellable, on_fetched, &fetch);
  g_main_loop_run(loop);
  ink_interrupts_release(&interrupts);
  ink_terminal_clear_progress();
  if (fetch.error)
    return ink_command_fail(fetch.error);
  g_autofree char *folder = ink_catalogue_user_folder(entry);
  g_print(_("%s is in “%s”.\n"), entry->title, folder);
  return INK_EXIT_DONE;
}

int ink_fetch_command(int argc, char **argv) {
  g_auto(GStrv) given = NULL;
  const GOptionEntry entries[] = {
      {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &given, NULL, NULL},
      {NULL},
  };
  g_autofree char *names = ink_catalogue_list_names();
  g_autofree char *summary =
      g_strdup_printf(_("Downloads a data set: %s. Without a name: mnist."), names);
  GError *error = NULL;
  if (!ink_command_parse(argc, argv, entries, _("[DATASET]"), summary, &error))
    return ink_command_fail(error);
  const char *name = given ? given[0] : "mnist";
  const InkCatalogueEntry *entry = ink_catalogue_find(name);
  if (given && given[1])
    ink_command_set_usage_error(&error, _("“%s” is one argument too many."), given[1]);
  else if (!entry)
    ink_command_set_usage_error(&error, _("There is no data set “%s” to download; give one of %s."),
                                name, names);
  return error ? ink_command_fail(error) : fetch_entry(entry);
}
