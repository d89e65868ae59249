/* The program: a subcommand where one is named, else the window. */
#include "app/command.h"
#include "app/terminal.h"
#include "kernels/cpu/kernels.h"
#ifdef INK_WITH_APP
#include "app/application.h"
#endif

#include <fcntl.h>
#include <glib/gi18n.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct {
  const char *name;
  int (*run)(int argc, char **argv);
  const char *summary;
} Command;

static const Command commands[] = {
    {"train", ink_train_command, N_("Train a network")},
    {"test", ink_test_command, N_("Test a model on labelled images or strokes")},
#ifdef INK_WITH_APP
    {"predict", ink_predict_command, N_("Read image files with a model")},
#endif
    {"devices", ink_devices_command, N_("List what a network can be computed on")},
    {"fetch", ink_fetch_command, N_("Download a data set")},
};

static void print_help(void) {
  g_print(_("Usage:\n"
            "  inkling                      the window\n"
            "  inkling COMMAND [OPTION…]    one of:\n\n"));
  for (gsize i = 0; i < G_N_ELEMENTS(commands); i++)
    g_print("  %-9s %s\n", commands[i].name, _(commands[i].summary));
  g_print(_("\n“inkling COMMAND --help” lists a command’s options; “inkling --version” tells the "
            "version.\n"));
}

static int run_command(const Command *command, int argc, char **argv) {
  g_autofree char *name = g_strdup_printf("inkling %s", command->name);
  g_set_prgname(name);
  /* A reader that has seen enough (“| head”) ends the program quietly, also where it was started
   * with the signal ignored. */
  signal(SIGPIPE, SIG_DFL);
  return command->run(argc, argv);
}

/* The place of a stream that is closed would be taken by a file that is opened later, into which
 * the program would then print. Read-only, so that printing still fails. */
static void hold_streams(void) {
  int file;
  do {
    file = open("/dev/null", O_RDONLY | O_CLOEXEC);
  } while (file >= 0 && file <= STDERR_FILENO);
  if (file >= 0)
    close(file);
}

/* At every end, also where GLib has printed a command's help and ends the program. */
static void check_output(void) {
  if (fflush(stdout) == 0 && !ferror(stdout))
    return;
  g_printerr(_("%s: The output can’t be written; is the disk full?\n"), g_get_prgname());
  _exit(INK_EXIT_FAILED);
}

static int run_window(int argc, char **argv) {
#ifdef INK_WITH_APP
  return ink_application_run(argc, argv);
#else
  g_printerr(_("inkling: This build has no window; give a command.\n"));
  print_help();
  return INK_EXIT_USAGE;
#endif
}

static void check_instruction_set(void) {
  const char *wanted = g_getenv("INKLING_ISA");
  gboolean exists = !wanted;
  for (InkIsa isa = 0; isa < INK_ISAS; isa++)
    exists = exists || g_str_equal(wanted, ink_isa_option(isa));
  if (!exists)
    g_printerr(
        _("inkling: INKLING_ISA is ignored: it must be generic, avx2 or avx512, not “%s”.\n"),
        wanted);
}

int main(int argc, char **argv) {
  hold_streams();
  setlocale(LC_ALL, "");
  ink_terminal_set_up();
  const char *translations = g_getenv("INKLING_LOCALES"); /* of a run that is not installed */
  bindtextdomain("inkling", translations ? translations : INK_LOCALE_FOLDER);
  bind_textdomain_codeset("inkling", "UTF-8");
  textdomain("inkling");

  g_set_prgname("inkling");
  check_instruction_set();
  if (argc < 2)
    return run_window(argc, argv);
  atexit(check_output);
  for (gsize i = 0; i < G_N_ELEMENTS(commands); i++)
    if (g_str_equal(argv[1], commands[i].name))
      return run_command(&commands[i], argc - 1, argv + 1);
  if (g_str_equal(argv[1], "--help") || g_str_equal(argv[1], "-h")) {
    print_help();
    return INK_EXIT_DONE;
  }
  if (g_str_equal(argv[1], "--version")) {
    g_print("Inkling %s\n", INK_VERSION);
    return INK_EXIT_DONE;
  }
  g_printerr(_("inkling: There is no command “%s”; “inkling --help” lists them.\n"), argv[1]);
  return INK_EXIT_USAGE;
}
