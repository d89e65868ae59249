#include "engine/test-pass.h"

typedef struct {
  InkTestResult result; /* first: what others see of it */
  gint refs;
  guint8 *predicted;
  float *loss;
  float *probabilities;
} ResultData;

G_DEFINE_BOXED_TYPE(InkTestResult, ink_test_result, ink_test_result_ref, ink_test_result_unref)

static InkTestResult *result_new(guint count, guint classes, gboolean complete) {
  ResultData *data = g_new0(ResultData, 1);

  data->refs = 1;
  data->predicted = g_new(guint8, count);
  data->loss = g_new(float, count);
  data->probabilities = g_new(float, (gsize)count *classes);
  data->result = (InkTestResult){
      .count = count,
      .classes = classes,
      .complete = complete,
      .predicted = data->predicted,
      .loss = data->loss,
      .probabilities = data->probabilities,
  };
  return &data->result;
}

InkTestResult *ink_test_result_ref(InkTestResult *result) {
  g_return_val_if_fail(result, NULL);
  g_atomic_int_inc(&((ResultData *)result)->refs);
  return result;
}

void ink_test_result_unref(InkTestResult *result) {
  ResultData *data = (ResultData *)result;

  g_return_if_fail(result);

  if (!g_atomic_int_dec_and_test(&data->refs))
    return;
  g_free(data->predicted);
  g_free(data->loss);
  g_free(data->probabilities);
  g_free(data);
}

void ink_test_pass_begin(InkTestPass *pass, guint count, guint classes, gboolean complete) {
  ink_test_pass_abandon(pass);
  pass->result = result_new(count, classes, complete);
  pass->done = 0;
  pass->loss = 0;
}

gboolean ink_test_pass_is_active(const InkTestPass *pass) {
  return pass->result != NULL;
}

InkStatus ink_test_pass_give(InkTestPass *pass, const InkPace *pace, const InkBackend *backend,
                             InkNet *net) {
  ResultData *data = (ResultData *)pass->result;
  InkTestResult *result = pass->result;
  guint count = MIN(pace->items, result->count - pass->done);
  InkEvaluation evaluation = {
      .split = INK_TEST,
      .first = pass->done,
      .count = count,
      .loss = data->loss + pass->done,
      .predicted = data->predicted + pass->done,
      .probabilities = data->probabilities + (gsize)pass->done * result->classes,
      .correct = &pass->correct,
  };

  pass->given = count;
  pass->begin = g_get_monotonic_time();
  return backend->evaluate(net, &evaluation);
}

void ink_test_pass_advance(InkTestPass *pass, InkPace *pace, double seconds) {
  ResultData *data = (ResultData *)pass->result;

  for (guint i = 0; i < pass->given; i++)
    pass->loss += data->loss[pass->done + i];
  pass->result->correct += pass->correct;
  pass->done += pass->given;
  ink_pace_learn(pace, pass->given, seconds);
  pass->given = 0;
}

gboolean ink_test_pass_is_over(const InkTestPass *pass) {
  return pass->result && pass->done == pass->result->count;
}

InkTestResult *ink_test_pass_take(InkTestPass *pass) {
  return g_steal_pointer(&pass->result);
}

void ink_test_pass_abandon(InkTestPass *pass) {
  g_clear_pointer(&pass->result, ink_test_result_unref);
  pass->given = 0;
}
