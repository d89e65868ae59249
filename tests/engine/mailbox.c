#include "engine/mailbox.h"

#include "tests/support/wait.h"

#include <pthread.h>

enum { POSTS = 20000 };

typedef struct {
  InkMailbox *mailbox;
  guint taken;       /* reports */
  gint64 next;       /* the step expected next */
  gboolean in_order; /* every step came once and in order */
  gboolean free_it;  /* the mailbox, within the function */
} Reader;

static void take(InkReport *report, gpointer user_data) {
  Reader *reader = user_data;

  reader->taken++;
  for (guint i = 0; i < report->losses->len; i++)
    if (g_array_index(report->losses, InkLossPoint, i).step != reader->next++)
      reader->in_order = FALSE;
  if (reader->free_it)
    g_clear_pointer(&reader->mailbox, ink_mailbox_free);
}

static void set_up(Reader *reader, gconstpointer data) {
  reader->mailbox = ink_mailbox_new(take, reader);
  reader->in_order = TRUE;
}

static void tear_down(Reader *reader, gconstpointer data) {
  g_clear_pointer(&reader->mailbox, ink_mailbox_free);
}

static void post(InkMailbox *mailbox, gint64 step, gboolean urgent) {
  InkReport *report = ink_mailbox_open(mailbox);
  InkLossPoint point = {.step = step, .steps = 1};

  g_array_append_val(report->losses, point);
  ink_mailbox_close(mailbox, urgent);
}

static void *post_many(void *data) {
  for (int i = 0; i < POSTS; i++)
    post(data, i, i % 1000 == 0);
  return NULL;
}

/* Nothing is lost, and far fewer reports come than were written. */
static void test_many(Reader *reader, gconstpointer data) {
  pthread_t thread;
  gint64 begin = g_get_monotonic_time();
  double frames;

  g_assert_cmpint(pthread_create(&thread, NULL, post_many, reader->mailbox), ==, 0);
  test_wait_until(reader->next == POSTS);
  pthread_join(thread, NULL);
  frames = (g_get_monotonic_time() - begin) * 60.0 / G_USEC_PER_SEC;
  g_assert_true(reader->in_order);
  /* One a frame, and one more for each urgent one. */
  g_assert_cmpfloat(reader->taken, <=, frames + POSTS / 1000 + 2);
}

/* After one report the next waits for a frame, unless it is urgent. */
static void test_urgent(Reader *reader, gconstpointer data) {
  gint64 first, second;

  post(reader->mailbox, 0, TRUE);
  g_assert_true(g_main_context_iteration(NULL, FALSE));
  g_assert_cmpuint(reader->taken, ==, 1);

  post(reader->mailbox, 1, TRUE);
  g_assert_true(g_main_context_iteration(NULL, FALSE));
  g_assert_cmpuint(reader->taken, ==, 2);

  first = g_get_monotonic_time();
  post(reader->mailbox, 2, FALSE);
  test_wait_until(reader->taken == 3);
  second = g_get_monotonic_time();
  g_assert_cmpint(second - first, >, G_USEC_PER_SEC / 60 - 5000);

  post(reader->mailbox, 3, FALSE);
  post(reader->mailbox, 4, TRUE); /* takes the one before along */
  g_assert_true(g_main_context_iteration(NULL, FALSE));
  g_assert_cmpuint(reader->taken, ==, 4);
  g_assert_cmpint(reader->next, ==, 5);
  g_main_context_iteration(NULL, FALSE);
  g_assert_cmpuint(reader->taken, ==, 4);
}

static void test_freed_unread(Reader *reader, gconstpointer data) {
  post(reader->mailbox, 0, TRUE);
  g_clear_pointer(&reader->mailbox, ink_mailbox_free);
  g_main_context_iteration(NULL, FALSE);
  g_assert_cmpuint(reader->taken, ==, 0);
}

static void test_freed_within(Reader *reader, gconstpointer data) {
  reader->free_it = TRUE;
  post(reader->mailbox, 0, TRUE);
  test_wait_until(reader->taken == 1);
  g_assert_null(reader->mailbox);
}

#define ADD(name, function) g_test_add("/mailbox/" name, Reader, NULL, set_up, function, tear_down)

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  ADD("many", test_many);
  ADD("urgent", test_urgent);
  ADD("freed-unread", test_freed_unread);
  ADD("freed-within", test_freed_within);
  return g_test_run();
}
