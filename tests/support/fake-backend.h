/* fake-backend: the backend of test_device() with a hand on its train(): to hold it, to make it fail, to spoil
 * its loss. One for all tests of a program; call test_backend_reset() before each. */
#pragma once

#include "engine/device.h"

/* A device of it, "fake". */
const InkDeviceEntry *test_backend_device(void);

void test_backend_reset(void);

/* While held, train() and evaluate() do not return; test_backend_wait_held() returns once one of
 * them is waiting. */
void test_backend_hold(gboolean hold);
void test_backend_wait_held(void);

/* What the next calls of train() return instead of working; INK_OK: they work again. */
void test_backend_set_train_status(InkStatus status);
/* The same of open(). */
void test_backend_set_open_status(InkStatus status);

/* From this update on (counted over all nets since reset) losses are NAN; −1: never. */
void test_backend_spoil_from(gint64 update);

