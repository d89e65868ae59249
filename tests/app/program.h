/* program: runs the real program and keeps what it said. */
#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>

/* What a program that has ended left behind. */
typedef struct {
  int status; /* exit status, or minus the signal that ended it */
  char *out, *err;
} TestRun;

void test_run_free(TestRun *run);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TestRun, test_run_free)

/* Runs the program with these arguments, to its end. */
#define test_run(...) test_run_arguments((const char *const[]){__VA_ARGS__, NULL})
TestRun *test_run_arguments(const char *const *arguments /* NULL-terminated */);

/* Starts it with its standard output in a pipe, and goes on. */
#define test_start(...) test_start_arguments((const char *const[]){__VA_ARGS__, NULL})
GSubprocess *test_start_arguments(const char *const *arguments);

/* Waits for a started program to end; takes it. out is what has not been read yet. */
TestRun *test_finish(GSubprocess *program);

/* Ends the test unless the run ended with this status, its standard error being one sentence that
 * holds words, or nothing where words is NULL. */
void test_assert_status(const TestRun *run, int status, const char *words);

/* The objects that a run with --json printed, one a line: (JsonObject). */
GPtrArray *test_json_lines(const TestRun *run);
