/* window-fixture: a whole window in a home of its own, for the tests of the window's files. */
#pragma once

#include "tests/support/input.h"
#include "ui/window-private.h"

typedef struct {
  char *folder; /* of MNIST, in test_home */
  InkWindow *window;
} Fixture;

extern char *test_home; /* of the program's data; with or without MNIST, as the test wants */

/* What the last window left is gone. with_data: MNIST is there, and opened. */
void test_set_up(Fixture *f, gconstpointer with_data);
void test_tear_down(Fixture *f, gconstpointer with_data);

#define WITH_DATA GINT_TO_POINTER(TRUE)
#define ADD(path, with_data, test)                                                                 \
  g_test_add(path, Fixture, with_data, test_set_up, test, test_tear_down)

/* Instead of gtk_test_init() and g_test_run(); the first before adding tests. */
void test_window_init(int *argc, char ***argv);
int test_window_run(void);

void test_open_window(Fixture *f);
void test_close_window(Fixture *f);
/* As the person who comes back the next day; waits for the data set. */
void test_reopen(Fixture *f);
char *test_checkpoint_path(void); /* free with g_free() */

void test_set_epochs(Fixture *f, int epochs);
void test_activate(Fixture *f, const char *action);
InkTrainerState test_state(Fixture *f);
void test_set_dataset(Fixture *f, const char *folder);
const char *test_dataset_name(Fixture *f);
void test_train_to_the_end(Fixture *f);
gboolean test_has_trouble(Fixture *f, const char *part); /* a sentence with this in it is shown */

/* Another window of this type that is open, such as a dialog; NULL: none. */
gpointer test_find_toplevel(GType type);
/* Answers the one question that is asked. */
void test_answer(const char *label);
