/* command: what the subcommands share: their exit statuses, how they read options, and how they
 * say what is wrong. */
#pragma once

#include "engine/network.h"

G_BEGIN_DECLS

/* Exit statuses; scripts rely on them. */
enum { INK_EXIT_DONE = 0, INK_EXIT_FAILED = 1, INK_EXIT_USAGE = 2 };

/* The subcommands. argv[0] is the program; each returns an exit status. */
int ink_train_command(int argc, char **argv);
int ink_test_command(int argc, char **argv);
int ink_predict_command(int argc, char **argv);
int ink_devices_command(int argc, char **argv);
int ink_fetch_command(int argc, char **argv);

/* Reads options into entries' targets, those of --help included (which ends the program). arguments
 * names what may stand beside options ("IMAGE…"), summary is for --help. Values are best taken as
 * G_OPTION_ARG_FILENAME, as they are: of a STRING that is not text GLib does not say which it was.
 * FALSE with a sentence when an option is unknown or lacks its value (G_OPTION_ERROR). */
gboolean ink_command_parse(int argc, char **argv, const GOptionEntry *entries,
                           const char *arguments, const char *summary, GError **error);

/* One option's value as a number within bounds. text NULL: not given, value stays. FALSE with a
 * sentence that names the option and what it may be. */
gboolean ink_command_read_integer(const char *option, const char *text, guint64 minimum,
                                  guint64 maximum, guint64 *value, GError **error);
/* Which of choices (NULL-terminated) text is. text NULL: not given, value stays. */
gboolean ink_command_read_choice(const char *option, const char *text, const char *const *choices,
                                 guint *value, GError **error);

/* --pool max|average. text NULL: not given, *pool stays. */
gboolean ink_command_read_pool(const char *text, InkPool *pool, GError **error);

/* Loads the model that --model (path) and --pool name. NULL: not given, which for the model is an
 * error of the usage. */
InkNetwork *ink_command_load_model(const char *path, const char *pool, GError **error);

/* An error of the usage: the sentence goes with exit status 2. */
void ink_command_set_usage_error(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* Says one sentence on standard error, and takes it. Returns INK_EXIT_FAILED, or INK_EXIT_USAGE
 * (with a word on --help) for G_OPTION_ERROR. */
int ink_command_fail(GError *error);

G_END_DECLS
