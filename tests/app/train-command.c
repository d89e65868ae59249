/* inkling train: what it prints, what it refuses, and what it writes. */
#include "engine/network.h"
#include "tests/app/program.h"
#include "tests/app/train-fixture.h"
#include "tests/support/idx-files.h"

#include <pty.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* The members of an object, in their order, as "a b c". */
static char *list_members(JsonObject *object) {
  g_autoptr(GList) members = json_object_get_members(object);
  g_autoptr(GString) list = g_string_new(NULL);
  for (GList *i = members; i; i = i->next)
    g_string_append_printf(list, "%s%s", i == members ? "" : " ", (const char *)i->data);
  return g_string_free(g_steal_pointer(&list), FALSE);
}

static void assert_members(JsonObject *object, const char *expected) {
  g_autofree char *members = list_members(object);
  g_assert_cmpstr(members, ==, expected);
}

static void assert_progress(JsonObject *line, int epoch, int step) {
  assert_members(line, "event epoch step loss test_accuracy");
  g_assert_cmpint(json_object_get_int_member(line, "epoch"), ==, epoch);
  g_assert_cmpint(json_object_get_int_member(line, "step"), ==, step);
  g_assert_cmpfloat(json_object_get_double_member(line, "loss"), >, 0);
  g_assert_cmpfloat(json_object_get_double_member(line, "test_accuracy"), <=, 1);
}

/* Two epochs of 12 steps with a test after steps 0, 5 and 10 of each. */
static void test_json(Fixture *fixture, gconstpointer data) {
  g_autoptr(TestRun) run =
      test_run("train", "--data", fixture->data, "--device", "cpu", "--batch", "50", "--threads",
               "2", "--eval-every", "5", "--eval-samples", "all", "--json");
  test_assert_status(run, 0, NULL);
  g_autoptr(GPtrArray) lines = test_json_lines(run);
  g_assert_cmpuint(lines->len, ==, 1 + 2 * 3 + 1);

  JsonObject *first = lines->pdata[0];
  assert_members(first, "event train test name classes");
  g_assert_cmpint(json_object_get_int_member(first, "train"), ==, TRAIN);
  g_assert_cmpint(json_object_get_int_member(first, "test"), ==, TEST);
  for (int i = 0; i < 6; i++)
    assert_progress(lines->pdata[1 + i], i / 3, i % 3 * 5);

  JsonObject *done = lines->pdata[7];
  assert_members(done, "event device threads epochs steps seconds images_per_second test_correct "
                       "test_total test_accuracy interrupted");
  g_assert_cmpstr(json_object_get_string_member(done, "device"), ==, "cpu");
  g_assert_cmpint(json_object_get_int_member(done, "threads"), ==, 2);
  g_assert_cmpint(json_object_get_int_member(done, "epochs"), ==, 2);
  g_assert_cmpint(json_object_get_int_member(done, "steps"), ==, 24);
  g_assert_cmpfloat(json_object_get_double_member(done, "seconds"), >, 0);
  g_assert_cmpfloat(json_object_get_double_member(done, "images_per_second"), >, 0);
  g_assert_cmpint(json_object_get_int_member(done, "test_total"), ==, TEST);
  g_assert_cmpfloat(json_object_get_double_member(done, "test_accuracy"), ==,
                    json_object_get_int_member(done, "test_correct") / (double)TEST);
  g_assert_cmpfloat(json_object_get_double_member(done, "test_accuracy"), >, 0.9);
  g_assert_false(json_object_get_boolean_member(done, "interrupted"));
}

/* Each of words is found in text after the one before it. */
static void assert_in_order(const char *text, const char *const *words, gsize n) {
  const char *rest = text;
  for (gsize i = 0; i < n; i++) {
    const char *found = strstr(rest, words[i]);
    if (!found)
      g_error("“%s” is missing or stands too early in:\n%s", words[i], text);
    rest = found + strlen(words[i]);
  }
}

static void test_text(Fixture *fixture, gconstpointer data) {
  static const char *const words[] = {
      "600 × 1 × 28 × 28",
      "labels: 600",
      "150 × 1 × 28 × 28",
      "labels: 150",
      "first training images",
      "█",
      "layer1: convolution 1 → 16, kernel 5 × 5",
      "layer2: convolution 16 → 32",
      "output_layer: linear 1568 → 4",
      "Layer",
      "Output",
      "Parameters",
      "Convolution",
      "16 × 28 × 28",
      "416\n",
      "Pooling",
      "16 × 14 × 14",
      "0\n",
      "Convolution",
      "32 × 14 × 14",
      "12832\n",
      "Pooling",
      "32 × 7 × 7",
      "0\n",
      "Linear",
      "4",
      "6276\n",
      "19524\n",
      "Memory:",
      "Epoch 0 | Step 0 | Loss ",
      " | Test Accuracy ",
      "Epoch 0 | Step 5 |",
      "Epoch 1 | Step 0 |",
      "Epoch 1 | Step 10 |",
      "Time cost: ",
      "of 150 test images",
      "first predictions:",
      "first labels:",
      "first test images",
      "█",
  };
  g_autoptr(TestRun) run = test_run("train", "--data", fixture->data, "--batch", "50",
                                    "--eval-every", "5", "--device", "cpu");
  test_assert_status(run, 0, NULL);
  assert_in_order(run->out, words, G_N_ELEMENTS(words));
  g_assert_null(strchr(run->out, '\r')); /* no line of progress in a pipe */
}

/* What a terminal shows in the end: each line as it is after its last redrawing in place. */
static char *read_terminal(int terminal, guint *redrawings) {
  g_autoptr(GString) shown = g_string_new(NULL), line = g_string_new(NULL);
  static const char erase[] = "\r\033[K";
  char c;
  /* A terminal without a program at its other end gives an error, not an end. */
  while (read(terminal, &c, 1) == 1) {
    g_string_append_c(line, c);
    if (g_str_has_suffix(line->str, erase)) {
      g_string_truncate(line, 0);
      ++*redrawings;
    }
    if (c == '\n') {
      g_string_append(shown, line->str);
      g_string_truncate(line, 0);
    }
  }
  return g_string_free(g_steal_pointer(&shown), FALSE);
}

/* On a terminal a line of progress comes and goes, and nothing of it is left. */
static void test_terminal(Fixture *fixture, gconstpointer data) {
  g_autoptr(GError) error = NULL;
  int terminal, inner;
  g_assert_cmpint(openpty(&terminal, &inner, NULL, NULL, NULL), ==, 0);
  g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_NONE);
  g_subprocess_launcher_take_stdout_fd(launcher, inner);
  g_subprocess_launcher_setenv(launcher, "TERM", "xterm", TRUE);
  g_subprocess_launcher_setenv(launcher, "LC_ALL", "C.UTF-8", TRUE);
  g_autoptr(GSubprocess) program =
      g_subprocess_launcher_spawn(launcher, &error, g_getenv("INKLING_PROGRAM"), "train", "--data",
                                  fixture->data, "--device", "cpu", "--batch", "20", NULL);
  g_assert_no_error(error);
  g_clear_object(&launcher); /* closes the inner end here */

  guint redrawings = 0;
  g_autofree char *shown = read_terminal(terminal, &redrawings);
  g_assert_true(g_subprocess_wait_check(program, NULL, &error));
  g_assert_no_error(error);
  g_assert_cmpuint(redrawings, >=, 2);
  g_assert_nonnull(strstr(shown, "\nEpoch 0 | Step 0 |"));
  g_assert_nonnull(strstr(shown, "\nTime cost: "));
  g_assert_null(strstr(shown, "images/s"));
  close(terminal);
}

static void test_impossible_values(Fixture *fixture, gconstpointer data) {
  const struct {
    const char *option, *value;
  } cases[] = {
      {"--batch", "0"},
      {"--batch", "5x"},
      {"--batch", "-5"},
      {"--batch", "10001"},
      {"--batch", ""},
      {"--epochs", "-1"},
      {"--epochs", "0"},
      {"--epochs", "1e3"},
      {"--lr", "nan"},
      {"--lr", "0"},
      {"--lr", "-0.1"},
      {"--lr", "inf"},
      {"--lr", "1.5"},
      {"--lr", "0.1x"},
      {"--lr", ""},
      {"--seed", "-1"},
      {"--seed", "x"},
      {"--kernel", "4"},
      {"--pool", "median"},
      {"--threads", "0"},
      {"--threads", "9999999999"},
      {"--eval-every", "0"},
      {"--eval-samples", "0"},
      {"--eval-samples", "some"},
      {"--steps", "0"},
      {"--steps", "1.5"},
      {"--order", "random"},
      {"--preset", "seed-tpu"},
      {"--preset", "custom"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(TestRun) run =
        test_run("train", "--data", fixture->data, cases[i].option, cases[i].value);
    test_assert_status(run, 2, cases[i].option);
    g_assert_nonnull(strstr(run->err, cases[i].value));
    g_assert_cmpstr(run->out, ==, "");
  }
  g_autoptr(TestRun) no_text = test_run("train", "--lr", "\xff");
  test_assert_status(no_text, 2, "--lr must be a number");
  g_autoptr(TestRun) missing = test_run("train", "--batch");
  test_assert_status(missing, 2, "--batch. Try");
  g_autoptr(TestRun) extra = test_run("train", "--json", "now");
  test_assert_status(extra, 2, "now");
}

static void test_what_is_not_there(Fixture *fixture, gconstpointer data) {
  g_autoptr(TestRun) folder = test_run("train", "--data", "/proc/nonexistent/images");
  test_assert_status(folder, 1, "/proc/nonexistent/images");
  g_autoptr(TestRun) name = test_run("train", "--data", "nosuchset");
  test_assert_status(name, 1, "nosuchset");
  g_autoptr(TestRun) init =
      test_run("train", "--data", fixture->data, "--init", "/proc/nonexistent/m");
  test_assert_status(init, 1, "/proc/nonexistent/m");
  g_autoptr(TestRun) resume =
      test_run("train", "--data", fixture->data, "--resume", "/proc/nonexistent/c");
  test_assert_status(resume, 1, "/proc/nonexistent/c");
  g_autoptr(TestRun) save =
      test_run("train", "--data", fixture->data, "--save", "/proc/nonexistent/m.safetensors");
  test_assert_status(save, 1, "/proc/nonexistent/m.safetensors");
  g_assert_cmpstr(save->out, ==, ""); /* said before the work, not after it */
  g_autoptr(TestRun) closed = test_run("train", "--data", fixture->data, "--checkpoint", "/proc/c");
  test_assert_status(closed, 1,
                     "“/proc/c” can’t be written: the folder “/proc” takes no new files");
  g_assert_cmpstr(closed->out, ==, "");
  g_autoptr(TestRun) taken = test_run("train", "--data", fixture->data, "--save", fixture->data);
  test_assert_status(taken, 1, "can’t be written: there is a folder");
  g_assert_cmpstr(taken->out, ==, "");
  g_autofree char *model = test_path_in(fixture, "m"), *same = test_path_in(fixture, "data/../m");
  g_autoptr(TestRun) shared =
      test_run("train", "--data", fixture->data, "--save", model, "--checkpoint", same);
  test_assert_status(shared, 2, "--save and --checkpoint");
  g_autoptr(TestRun) nameless = test_run("train", "--data", fixture->data, "--save", "");
  test_assert_status(nameless, 2, "--save");
  g_autofree char *endless = g_strnfill(250, 'a'), *long_name = test_path_in(fixture, endless);
  g_autoptr(TestRun) too_long = test_run("train", "--data", fixture->data, "--save", long_name);
  test_assert_status(too_long, 1, "its name is too long");
  g_assert_cmpstr(too_long->out, ==, "");
  g_autoptr(TestRun) device = test_run("train", "--data", fixture->data, "--device", "abacus");
  test_assert_status(device, 1, "abacus");
  g_autoptr(TestRun) cuda = test_run("train", "--data", fixture->data, "--device", "cuda:99");
  test_assert_status(cuda, 1, "cuda:99");
}

/* No file larger than this: as a disk that is full by the end of the run. */
static void leave_no_room(gpointer data) {
  struct rlimit limit = {1024, 1024};
  signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &limit);
}

static void test_unwritable_save(Fixture *fixture, gconstpointer data) {
  g_autoptr(GError) error = NULL;
  g_autofree char *model = test_path_in(fixture, "model.safetensors");
  g_autoptr(GSubprocessLauncher) launcher =
      g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE);
  g_subprocess_launcher_setenv(launcher, "LC_ALL", "C.UTF-8", TRUE);
  g_subprocess_launcher_set_child_setup(launcher, leave_no_room, NULL, NULL);
  GSubprocess *program = g_subprocess_launcher_spawn(
      launcher, &error, g_getenv("INKLING_PROGRAM"), "train", "--data", fixture->data, "--steps",
      "2", "--device", "cpu", "--save", model, "--json", NULL);
  g_assert_no_error(error);
  g_autoptr(TestRun) run = test_finish(program);
  test_assert_status(run, 1, model);
  g_assert_nonnull(strstr(run->out, "\"done\"")); /* the run itself went well */
  g_assert_false(g_file_test(model, G_FILE_TEST_EXISTS));
}

static InkNetwork *load(const char *path) {
  g_autoptr(GError) error = NULL;
  InkNetwork *network = ink_network_load(path, NULL, &error);
  g_assert_no_error(error);
  return network;
}

static gsize parameter_bytes(InkNetwork *network) {
  return ink_shape_parameters(ink_network_get_shape(network)) * sizeof(float);
}

static void assert_same_weights(const char *path1, const char *path2) {
  g_autoptr(InkNetwork) network1 = load(path1), network2 = load(path2);
  g_assert_cmpmem(ink_network_get_parameters(network1), parameter_bytes(network1),
                  ink_network_get_parameters(network2), parameter_bytes(network2));
}

static JsonObject *last_of(GPtrArray *lines) {
  return lines->pdata[lines->len - 1];
}

static void test_same_seed_same_weights(Fixture *fixture, gconstpointer data) {
  g_autofree char *one = test_path_in(fixture, "1"), *two = test_path_in(fixture, "2");
  g_autofree char *other = test_path_in(fixture, "3");
  const struct {
    const char *path, *threads, *seed;
  } runs[] = {{one, "1", "7"}, {two, "3", "7"}, {other, "1", "8"}};
  for (gsize i = 0; i < G_N_ELEMENTS(runs); i++) {
    g_autoptr(TestRun) run = test_run("train", "--data", fixture->data, "--steps", "5", "--batch",
                                      "50", "--device", "cpu", "--threads", runs[i].threads,
                                      "--seed", runs[i].seed, "--save", runs[i].path, "--json");
    test_assert_status(run, 0, NULL);
    g_autoptr(GPtrArray) lines = test_json_lines(run);
    g_assert_cmpint(json_object_get_int_member(last_of(lines), "steps"), ==, 5);
  }
  assert_same_weights(one, two);
  g_autoptr(InkNetwork) network1 = load(one), network3 = load(other);
  g_assert_cmpint(memcmp(ink_network_get_parameters(network1), ink_network_get_parameters(network3),
                         parameter_bytes(network1)),
                  !=, 0);
}

/* 7 updates, then from the checkpoint on to 20, across the end of an epoch of 12: the same as 20 at
 * once. */
static void test_resume(Fixture *fixture, gconstpointer data) {
  g_autofree char *straight = test_path_in(fixture, "straight"),
                  *whole = test_path_in(fixture, "whole");
  g_autofree char *checkpoint = test_path_in(fixture, "checkpoint");
  g_autoptr(TestRun) at_once =
      test_run("train", "--data", fixture->data, "--batch", "50", "--steps", "20", "--device",
               "cpu", "--eval-every", "5", "--save", straight, "--json");
  test_assert_status(at_once, 0, NULL);
  g_autoptr(TestRun) first =
      test_run("train", "--data", fixture->data, "--batch", "50", "--steps", "7", "--device", "cpu",
               "--eval-every", "5", "--checkpoint", checkpoint, "--json");
  test_assert_status(first, 0, NULL);
  g_autoptr(TestRun) fewer =
      test_run("train", "--data", fixture->data, "--resume", checkpoint, "--steps", "6");
  test_assert_status(fewer, 2, "done 7 already");
  g_autoptr(TestRun) second =
      test_run("train", "--data", fixture->data, "--resume", checkpoint, "--steps", "20",
               "--device", "cpu", "--save", whole, "--json");
  test_assert_status(second, 0, NULL);
  assert_same_weights(straight, whole);

  /* The second part reports the tests of its own part, and the same ones. */
  g_autoptr(GPtrArray) all = test_json_lines(at_once), rest = test_json_lines(second);
  g_assert_cmpuint(all->len, ==, 1 + 5 + 1); /* after steps 0, 5, 10; 0, 5 */
  g_assert_cmpuint(rest->len, ==, 1 + 3 + 1);
  for (guint i = 1; i <= 3; i++) {
    JsonObject *a = all->pdata[2 + i], *b = rest->pdata[i];
    assert_progress(b, json_object_get_int_member(a, "epoch"),
                    json_object_get_int_member(a, "step"));
    g_assert_cmpfloat(json_object_get_double_member(a, "loss"), ==,
                      json_object_get_double_member(b, "loss"));
  }
}

static void test_resume_fixes_the_recipe(Fixture *fixture, gconstpointer data) {
  const char *const options[][2] = {
      {"--batch", "10"}, {"--kernel", "3"},   {"--pool", "max"},        {"--seed", "1"},
      {"--init", "m"},   {"--order", "file"}, {"--preset", "seed-cpu"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(options); i++) {
    g_autoptr(TestRun) run =
        test_run("train", "--data", fixture->data, "--resume", "c", options[i][0], options[i][1]);
    test_assert_status(run, 2, options[i][0]);
  }
}

/* A model keeps its kernel and pooling when training starts from it. */
static void test_init(Fixture *fixture, gconstpointer data) {
  g_autofree char *first = test_path_in(fixture, "first"),
                  *second = test_path_in(fixture, "second");
  g_autoptr(TestRun) make = test_run("train", "--data", fixture->data, "--steps", "1", "--kernel",
                                     "3", "--pool", "average", "--save", first, "--json");
  test_assert_status(make, 0, NULL);
  g_autoptr(TestRun) on = test_run("train", "--data", fixture->data, "--steps", "1", "--init",
                                   first, "--save", second, "--json");
  test_assert_status(on, 0, NULL);
  g_autoptr(InkNetwork) network = load(second);
  g_assert_cmpint(ink_network_get_shape(network)->kernel, ==, 3);
  g_assert_cmpint(ink_network_get_shape(network)->pool, ==, INK_POOL_AVERAGE);

  g_autoptr(TestRun) other =
      test_run("train", "--data", fixture->data, "--init", first, "--kernel", "5", "--json");
  test_assert_status(other, 2, "--kernel");
  g_autofree char *letters = test_path_in(fixture, "letters");
  g_assert_cmpint(g_mkdir_with_parents(letters, 0755), ==, 0);
  test_write_dataset(letters, 100, 100, 26, 1);
  g_autoptr(TestRun) classes = test_run("train", "--data", letters, "--init", first, "--json");
  test_assert_status(classes, 1, first);
}

/* Weights so large that the first loss is not finite: the run ends with a sentence. */
static void test_not_finite(Fixture *fixture, gconstpointer data) {
  const InkShape shape = {.kernel = 3, .pool = INK_POOL_MAX, .classes = CLASSES};
  g_autofree char *init = test_path_in(fixture, "init"), *save = test_path_in(fixture, "model");
  g_autofree float *parameters = g_new(float, ink_shape_parameters(&shape));
  for (gsize i = 0; i < ink_shape_parameters(&shape); i++)
    parameters[i] = 1e30f;
  g_autoptr(GError) error = NULL;
  g_autoptr(InkNetwork) network = ink_network_new(&shape, parameters, NULL, NULL);
  ink_network_save(network, init, &error);
  g_assert_no_error(error);

  g_autoptr(TestRun) run = test_run("train", "--data", fixture->data, "--init", init, "--device",
                                    "cpu", "--save", save, "--json");
  test_assert_status(run, 1, "loss");
  g_autoptr(GPtrArray) lines = test_json_lines(run);
  g_assert_cmpuint(lines->len, ==, 1);
}

#define ADD(name, data, function)                                                                  \
  g_test_add("/train/" name, Fixture, data, test_set_up, function, test_tear_down)

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  ADD("json", NULL, test_json);
  ADD("text", NULL, test_text);
  ADD("terminal", NULL, test_terminal);
  ADD("impossible-values", NULL, test_impossible_values);
  ADD("what-is-not-there", NULL, test_what_is_not_there);
  ADD("unwritable-save", NULL, test_unwritable_save);
  ADD("same-seed-same-weights", NULL, test_same_seed_same_weights);
  ADD("resume", NULL, test_resume);
  ADD("resume-fixes-the-recipe", NULL, test_resume_fixes_the_recipe);
  ADD("init", NULL, test_init);
  ADD("not-finite", NULL, test_not_finite);
  return g_test_run();
}
