#include "tests/support/fake-backend.h"

#include "tests/support/training.h"

#include <math.h>
#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static struct {
  gboolean hold, waiting;
  InkStatus train_status, open_status;
  gint64 spoil_from, updates;
} fake;

/* Waits while held. */
static void pass_gate(void) {
  while (fake.hold) {
    fake.waiting = TRUE;
    pthread_cond_broadcast(&changed);
    pthread_cond_wait(&changed, &lock);
  }
  fake.waiting = FALSE;
}

static InkStatus fake_open(const InkNetOptions *options, InkNet **net, char message[INK_MESSAGE]) {
  InkNetOptions blocking = *options;
  InkStatus status;

  pthread_mutex_lock(&lock);
  status = fake.open_status;
  pthread_mutex_unlock(&lock);
  if (status != INK_OK) {
    g_strlcpy(message, "The fake device is out of order.", INK_MESSAGE);
    return status;
  }
  blocking.queued = FALSE;
  return test_device()->backend->open(&blocking, net, message);
}

static void spoil(const InkTrainRun *run, gint64 first) {
  gsize steps = (run->samples + run->batch - 1) / run->batch;

  for (gsize i = 0; i < steps; i++)
    if (fake.spoil_from >= 0 && first + (gint64)i >= fake.spoil_from)
      run->loss[i] = NAN;
  fake.updates += steps;
}

static InkStatus fake_train(InkNet *net, const InkTrainRun *run) {
  InkStatus status;

  pthread_mutex_lock(&lock);
  pass_gate();
  status = fake.train_status;
  pthread_mutex_unlock(&lock);
  if (status == INK_OK)
    status = test_device()->backend->train(net, run);
  pthread_mutex_lock(&lock);
  if (status == INK_OK)
    spoil(run, fake.updates);
  pthread_mutex_unlock(&lock);
  return status;
}

static InkStatus fake_evaluate(InkNet *net, const InkEvaluation *evaluation) {
  pthread_mutex_lock(&lock);
  pass_gate();
  pthread_mutex_unlock(&lock);
  return test_device()->backend->evaluate(net, evaluation);
}

const InkDeviceEntry *test_backend_device(void) {
  static InkBackend backend;
  static InkDeviceEntry device;

  /* Made once: a training thread may be reading it. */
  if (backend.name)
    return &device;
  backend = *test_device()->backend;
  backend.name = "fake";
  backend.open = fake_open;
  backend.train = fake_train;
  backend.evaluate = fake_evaluate;
  backend.wait = NULL;
  device.id = (char *)"fake";
  device.title = (char *)"Fake device";
  device.backend = &backend;
  device.info.usable = TRUE;
  return &device;
}

void test_backend_reset(void) {
  pthread_mutex_lock(&lock);
  memset(&fake, 0, sizeof fake);
  fake.spoil_from = -1;
  pthread_mutex_unlock(&lock);
}

void test_backend_hold(gboolean hold) {
  pthread_mutex_lock(&lock);
  fake.hold = hold;
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&lock);
}

void test_backend_wait_held(void) {
  pthread_mutex_lock(&lock);
  while (!fake.waiting)
    pthread_cond_wait(&changed, &lock);
  pthread_mutex_unlock(&lock);
}

void test_backend_set_train_status(InkStatus status) {
  pthread_mutex_lock(&lock);
  fake.train_status = status;
  pthread_mutex_unlock(&lock);
}

void test_backend_set_open_status(InkStatus status) {
  pthread_mutex_lock(&lock);
  fake.open_status = status;
  pthread_mutex_unlock(&lock);
}

void test_backend_spoil_from(gint64 update) {
  pthread_mutex_lock(&lock);
  fake.spoil_from = update;
  pthread_mutex_unlock(&lock);
}
