/* train-fixture: a folder of its own for a test of training in the terminal, with a data set in it.
 */
#pragma once

#include <glib.h>

enum { TRAIN = 600, TEST = 150, CLASSES = 4 };

typedef struct {
  char *folder;
  char *data; /* the data set's folder, in it */
} Fixture;

void test_set_up(Fixture *fixture, gconstpointer data);
void test_tear_down(Fixture *fixture, gconstpointer data);

/* Of a file in the folder; free with g_free(). */
char *test_path_in(Fixture *fixture, const char *name);
