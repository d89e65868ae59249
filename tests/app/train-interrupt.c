/* inkling train: how it is interrupted, and what it does when nobody reads what it prints. */
#define _GNU_SOURCE /* F_SETPIPE_SZ */

#include "engine/network.h"
#include "tests/app/program.h"
#include "tests/app/train-fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

static GSubprocess *start_long_run(Fixture *fixture, const char *save, const char *checkpoint) {
  return test_start("train", "--data", fixture->data, "--epochs", "1000", "--batch", "10",
                    "--eval-every", "1", "--device", "cpu", "--save", save, "--checkpoint",
                    checkpoint, "--json");
}

/* Reads whole lines up to one that holds words, and nothing beyond, so that whoever reads next
 * finds the rest. */
static void read_until(GSubprocess *program, const char *words) {
  GInputStream *out = g_subprocess_get_stdout_pipe(program);
  g_autoptr(GString) line = g_string_new(NULL);
  g_autoptr(GError) error = NULL;
  char c;
  for (;;) {
    g_assert_cmpint(g_input_stream_read(out, &c, 1, NULL, &error), ==, 1);
    g_assert_no_error(error);
    g_string_append_c(line, c);
    if (c != '\n')
      continue;
    if (strstr(line->str, words))
      return;
    g_string_truncate(line, 0);
  }
}

/* Whether a process still catches a signal, as /proc has it. */
static gboolean catches(const char *pid, int number) {
  g_autofree char *path = g_build_filename("/proc", pid, "status", NULL), *status = NULL;
  g_assert_true(g_file_get_contents(path, &status, NULL, NULL));
  const char *mask = strstr(status, "SigCgt:");
  g_assert_nonnull(mask);
  return g_ascii_strtoull(mask + strlen("SigCgt:"), NULL, 16) >> (number - 1) & 1;
}

static void test_interrupt(Fixture *fixture, gconstpointer data) {
  g_autofree char *save = test_path_in(fixture, "model"),
                  *checkpoint = test_path_in(fixture, "checkpoint");
  GSubprocess *program = start_long_run(fixture, save, checkpoint);
  read_until(program, "progress");
  g_subprocess_send_signal(program, GPOINTER_TO_INT(data));
  g_autoptr(TestRun) run = test_finish(program);
  test_assert_status(run, 0, NULL);
  g_autoptr(GPtrArray) lines = test_json_lines(run);
  JsonObject *done = lines->pdata[lines->len - 1];
  g_assert_cmpstr(json_object_get_string_member(done, "event"), ==, "done");
  g_assert_true(json_object_get_boolean_member(done, "interrupted"));
  g_assert_cmpint(json_object_get_int_member(done, "test_total"), ==, TEST);
  gint64 steps = json_object_get_int_member(done, "steps");
  g_assert_cmpint(steps, <, 1000 * TRAIN / 10);

  g_autoptr(GError) error = NULL;
  g_autoptr(InkNetwork) network = ink_network_load(save, NULL, &error);
  g_assert_no_error(error);
  g_autofree char *more = g_strdup_printf("%" G_GINT64_FORMAT, steps + 1);
  g_autoptr(TestRun) resumed =
      test_run("train", "--data", fixture->data, "--resume", checkpoint, "--steps", more, "--json");
  test_assert_status(resumed, 0, NULL);
}

/* A long run by way of a shell, in which words stand before and after the program. */
static GSubprocess *start_in_shell(Fixture *fixture, const char *before, const char *checkpoint,
                                   const char *after) {
  g_autofree char *command = g_strdup_printf(
      "%s exec '%s' train --data '%s' --checkpoint '%s' --epochs 1000 --batch 10 --json %s", before,
      g_getenv("INKLING_PROGRAM"), fixture->data, checkpoint, after);
  g_autoptr(GError) error = NULL;
  GSubprocess *program =
      g_subprocess_new(G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE, &error,
                       "/bin/sh", "-c", command, NULL);
  g_assert_no_error(error);
  return program;
}

/* As under nohup. */
static void test_ignored(Fixture *fixture, gconstpointer data) {
  g_autofree char *checkpoint = test_path_in(fixture, "checkpoint");
  GSubprocess *program = start_in_shell(fixture, "trap '' HUP;", checkpoint, "");
  read_until(program, "progress");
  g_assert_true(catches(g_subprocess_get_identifier(program), SIGTERM));
  g_assert_false(catches(g_subprocess_get_identifier(program), SIGHUP));
  g_subprocess_send_signal(program, SIGTERM);
  g_autoptr(TestRun) run = test_finish(program);
  test_assert_status(run, 0, NULL);
}

/* What is opened later does not take the place of an output that is closed, and get what is
 * printed. */
static void test_closed_output(Fixture *fixture, gconstpointer data) {
  g_autofree char *checkpoint = test_path_in(fixture, "checkpoint");
  GSubprocess *program = start_in_shell(fixture, "", checkpoint, ">&-");
  while (!g_file_test(checkpoint, G_FILE_TEST_EXISTS)) /* it is at work */
    g_thread_yield();
  g_autofree char *link =
      g_build_filename("/proc", g_subprocess_get_identifier(program), "fd/1", NULL);
  g_autofree char *place = g_file_read_link(link, NULL);
  g_assert_cmpstr(place, ==, "/dev/null");
  g_subprocess_send_signal(program, SIGINT);
  g_autoptr(TestRun) run = test_finish(program);
  test_assert_status(run, 1, "can’t be written");
}

/* A program that waits for someone to read its output hears of the first signal, and heeds the
 * second. */
static void test_second_interrupt(Fixture *fixture, gconstpointer data) {
  g_autofree char *checkpoint = test_path_in(fixture, "checkpoint"),
                  *pipe = test_path_in(fixture, "pipe"),
                  *to_pipe = g_strdup_printf("--eval-every 1 > '%s'", pipe);
  g_assert_no_errno(mkfifo(pipe, 0600));
  int file = open(pipe, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  g_assert_no_errno(file);
  int capacity = fcntl(file, F_SETPIPE_SZ, 4096), waiting = 0;
  g_assert_no_errno(capacity);
  GSubprocess *program = start_in_shell(fixture, "", checkpoint, to_pipe);
  while (waiting < capacity - 200) { /* a line is shorter */
    g_assert_no_errno(ioctl(file, FIONREAD, &waiting));
    g_thread_yield();
  }
  g_subprocess_send_signal(program, SIGINT);
  while (catches(g_subprocess_get_identifier(program), SIGINT))
    g_thread_yield();
  g_subprocess_send_signal(program, SIGINT);
  g_autoptr(TestRun) run = test_finish(program);
  g_assert_cmpint(run->status, ==, -SIGINT);
  close(file);
}

/* As with “| head -1”. */
static void test_closed_pipe(Fixture *fixture, gconstpointer data) {
  g_autofree char *save = test_path_in(fixture, "model"),
                  *checkpoint = test_path_in(fixture, "checkpoint");
  g_autoptr(GSubprocess) program = start_long_run(fixture, save, checkpoint);
  g_autoptr(GError) error = NULL;
  char message[16];
  read_until(program, "data");
  g_input_stream_close(g_subprocess_get_stdout_pipe(program), NULL, &error);
  g_assert_no_error(error);
  g_assert_cmpint(g_input_stream_read(g_subprocess_get_stderr_pipe(program), message,
                                      sizeof message, NULL, &error),
                  ==, 0);
  g_assert_no_error(error);
  g_subprocess_wait(program, NULL, &error);
  g_assert_no_error(error);
  g_assert_true(g_subprocess_get_if_signaled(program));
  g_assert_cmpint(g_subprocess_get_term_sig(program), ==, SIGPIPE);
}

#define ADD(name, data, function)                                                                  \
  g_test_add("/train-interrupt/" name, Fixture, data, test_set_up, function, test_tear_down)

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  ADD("interrupt", GINT_TO_POINTER(SIGINT), test_interrupt);
  ADD("terminate", GINT_TO_POINTER(SIGTERM), test_interrupt);
  ADD("hang-up", GINT_TO_POINTER(SIGHUP), test_interrupt);
  ADD("ignored", NULL, test_ignored);
  ADD("closed-output", NULL, test_closed_output);
  ADD("second-interrupt", NULL, test_second_interrupt);
  ADD("closed-pipe", NULL, test_closed_pipe);
  return g_test_run();
}
