/* inkling train: a run in the terminal. */
#include "app/command.h"
#include "app/interrupts.h"
#include "app/json-lines.h"
#include "app/terminal.h"
#include "app/train-options.h"
#include "app/train-report.h"
#include "engine/schedule.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <math.h>
#include <unistd.h>

typedef struct {
  const InkTrainOptions *options;
  InkDataset *dataset;
  InkTrainer *trainer;
  GMainLoop *loop;
  gint64 last_test; /* the update of the interim test that was reported last; −1: none */
  gboolean interrupted, failed;
} Run;

static void print_data_json(InkDataset *dataset) {
  g_autoptr(JsonObject) line = ink_json_event("data");
  json_object_set_int_member(line, "train", ink_dataset_get_count(dataset, INK_TRAIN));
  json_object_set_int_member(line, "test", ink_dataset_get_count(dataset, INK_TEST));
  json_object_set_string_member(line, "name", ink_dataset_get_name(dataset));
  json_object_set_int_member(line, "classes", ink_dataset_get_classes(dataset));
  ink_json_print(line);
}

static void print_test_json(const InkTestPoint *test) {
  g_autoptr(JsonObject) line = ink_json_event("progress");
  json_object_set_int_member(line, "epoch", test->epoch);
  json_object_set_int_member(line, "step", test->epoch_step);
  ink_json_set_number(line, "loss", test->loss);
  ink_json_set_number(line, "test_accuracy", (double)test->correct / test->total);
  ink_json_print(line);
}

static void print_done_json(const Run *run, const InkTestResult *result) {
  const InkProgress *progress = ink_trainer_get_progress(run->trainer);
  g_autoptr(JsonObject) line = ink_json_event("done");
  json_object_set_string_member(line, "device", ink_trainer_get_device(run->trainer)->id);
  json_object_set_int_member(line, "threads", ink_trainer_get_threads(run->trainer));
  json_object_set_int_member(line, "epochs", progress->epochs);
  json_object_set_int_member(line, "steps", progress->updates);
  ink_json_set_number(line, "seconds", progress->seconds);
  ink_json_set_number(line, "images_per_second", progress->images_per_second);
  json_object_set_int_member(line, "test_correct", result->correct);
  json_object_set_int_member(line, "test_total", result->count);
  ink_json_set_number(line, "test_accuracy", (double)result->correct / result->count);
  json_object_set_boolean_member(line, "interrupted", run->interrupted);
  ink_json_print(line);
}

/* The interim tests: the one after the last step is told of at the end. */
static void report_new_tests(Run *run) {
  const InkRecipe *recipe = ink_trainer_get_recipe(run->trainer);
  guint n, first;
  const InkTestPoint *tests = ink_history_get_tests(ink_trainer_get_history(run->trainer), &n);
  for (first = n; first > 0 && tests[first - 1].step > run->last_test; first--)
    ;
  for (guint i = first; i < n; i++) {
    if (ink_schedule_test_follows(recipe, tests[i].epoch_step))
      (run->options->json ? print_test_json : ink_train_report_test)(&tests[i]);
    run->last_test = tests[i].step;
  }
}

static void on_progress(InkTrainer *trainer, Run *run) {
  report_new_tests(run);
  if (!run->options->json)
    ink_train_report_progress(ink_trainer_get_progress(trainer));
}

static void on_failed(InkTrainer *trainer, const char *sentence, Run *run) {
  report_new_tests(run);
  ink_command_fail(g_error_new_literal(G_IO_ERROR, G_IO_ERROR_FAILED, sentence));
  run->failed = TRUE;
  /* Nobody is there to choose another device. */
  if (ink_trainer_get_state(trainer) == INK_TRAINER_PAUSED)
    ink_trainer_interrupt(trainer);
}

static void on_ended(InkTrainer *trainer, Run *run) {
  report_new_tests(run);
  ink_terminal_clear_progress();
  g_main_loop_quit(run->loop);
}

static gboolean on_interrupt(gpointer data) {
  Run *run = data;
  if (ink_trainer_get_state(run->trainer) == INK_TRAINER_IDLE)
    return G_SOURCE_CONTINUE; /* the run is over */
  run->interrupted = TRUE;
  ink_trainer_interrupt(run->trainer);
  return G_SOURCE_CONTINUE;
}

static void train(Run *run) {
  g_autoptr(GMainLoop) loop = run->loop = g_main_loop_new(NULL, FALSE);
  g_signal_connect(run->trainer, "progress", G_CALLBACK(on_progress), run);
  g_signal_connect(run->trainer, "failed", G_CALLBACK(on_failed), run);
  g_signal_connect(run->trainer, "ended", G_CALLBACK(on_ended), run);
  ink_trainer_start(run->trainer);
  if (!run->failed) /* at once: the system has no thread left */
    g_main_loop_run(loop);
}

/* Tried, under the kind of name that saving makes first, as nothing else tells it of every folder,
 * every person and every length of a name. */
static gboolean takes_file(const char *path) {
  g_autofree char *probe = g_strconcat(path, ".XXXXXX", NULL);
  int file = g_mkstemp(probe);
  if (file < 0)
    return FALSE;
  close(file);
  g_unlink(probe);
  return TRUE;
}

/* A long run should not end in a file that can't be written. */
static gboolean check_place(const char *option, const char *path, GError **error) {
  if (!path)
    return TRUE;
  if (!*path) {
    ink_command_set_usage_error(error, _("%s needs the name of a file."), option);
    return FALSE;
  }
  g_autofree char *folder = g_path_get_dirname(path);
  if (g_file_test(path, G_FILE_TEST_EXISTS) && !g_file_test(path, G_FILE_TEST_IS_REGULAR))
    g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                _("“%s” can’t be written: there is a folder or a device of that name; choose "
                  "another."),
                path);
  else if (!g_file_test(folder, G_FILE_TEST_IS_DIR))
    g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_NOENT,
                _("“%s” can’t be written: there is no folder “%s”."), path, folder);
  else if (takes_file(path))
    return TRUE;
  else if (errno == ENAMETOOLONG)
    g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_NAMETOOLONG,
                _("“%s” can’t be written: its name is too long; choose another."), path);
  else
    g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_ACCES,
                _("“%s” can’t be written: the folder “%s” takes no new files; choose another."),
                path, folder);
  return FALSE;
}

/* The recipe of a fresh run: the preset's, or of the model it starts from, with what was given. */
static gboolean set_up_fresh(Run *run, GError **error) {
  const InkTrainOptions *options = run->options;
  InkPreset preset = INK_PRESET_SEED_CPU;
  if (options->preset)
    ink_preset_from_name(options->preset, &preset);
  InkRecipe recipe = ink_recipe_for_preset(preset);
  if (!ink_train_options_apply(options, &recipe, error))
    return FALSE;
  if (!options->init) {
    ink_trainer_set_recipe(run->trainer, &recipe);
    return TRUE;
  }
  g_autoptr(InkNetwork) network =
      ink_network_load(options->init, options->pool ? &recipe.pool : NULL, error);
  if (!network)
    return FALSE;
  const InkShape *shape = ink_network_get_shape(network);
  int classes = ink_dataset_get_classes(run->dataset);
  if (shape->classes != classes) {
    g_set_error(error, INK_DATASET_ERROR, INK_DATASET_ERROR_INVALID,
                _("“%s” knows %d classes, but %s has %d; give a model trained on it."),
                options->init, shape->classes, ink_dataset_get_title(run->dataset), classes);
    return FALSE;
  }
  if ((options->kernel || options->preset) && shape->kernel != recipe.kernel) {
    ink_command_set_usage_error(error, _("“%s” has kernel %d, not %d; leave out %s."),
                                options->init, shape->kernel, recipe.kernel,
                                options->kernel ? "--kernel" : "--preset");
    return FALSE;
  }
  recipe.kernel = shape->kernel;
  recipe.pool = shape->pool;
  ink_trainer_set_recipe(run->trainer, &recipe);
  ink_trainer_set_network(run->trainer, network);
  return TRUE;
}

/* --steps can’t be less than what the run has done already. */
static gboolean check_steps(const InkCheckpoint *checkpoint, guint64 max_steps, const char *path,
                            GError **error) {
  guint64 done = checkpoint->run.finished ? 0 : checkpoint->run.updates;
  if (max_steps == 0 || done <= max_steps)
    return TRUE;
  ink_command_set_usage_error(error,
                              _("--steps counts from the beginning of the run, of which “%s” has "
                                "done %'llu already; give more."),
                              path, (unsigned long long)done);
  return FALSE;
}

static gboolean set_up_resumed(Run *run, GError **error) {
  const char *path = run->options->resume;
  g_autoptr(InkCheckpoint) checkpoint = ink_checkpoint_load(path, error);
  if (!checkpoint || !ink_checkpoint_fits(checkpoint, path, run->dataset, error))
    return FALSE;
  ink_trainer_resume(run->trainer, checkpoint);
  InkRecipe recipe = *ink_trainer_get_recipe(run->trainer);
  recipe.max_steps = 0; /* --steps is of one command */
  if (!ink_train_options_apply(run->options, &recipe, error) ||
      !check_steps(checkpoint, recipe.max_steps, path, error))
    return FALSE;
  ink_trainer_set_recipe(run->trainer, &recipe);
  guint n;
  const InkTestPoint *tests = ink_history_get_tests(ink_trainer_get_history(run->trainer), &n);
  if (n > 0)
    run->last_test = tests[n - 1].step;
  return TRUE;
}

static gboolean set_up(Run *run, GError **error) {
  const InkTrainOptions *options = run->options;
  if (!check_place("--save", options->save, error) ||
      !check_place("--checkpoint", options->checkpoint, error))
    return FALSE;
  const InkDeviceEntry *device = ink_device_find(options->device ? options->device : "auto", error);
  if (!device)
    return FALSE;
  run->dataset = ink_dataset_open(options->data ? options->data : "mnist", error);
  if (!run->dataset)
    return FALSE;
  run->trainer = ink_trainer_new();
  run->last_test = -1;
  ink_trainer_set_device(run->trainer, device, options->threads);
  ink_trainer_set_dataset(run->trainer, run->dataset);
  if (!(options->resume ? set_up_resumed : set_up_fresh)(run, error))
    return FALSE;
  ink_trainer_set_checkpoint(run->trainer, options->checkpoint);
  return TRUE;
}

/* Also after a failed run: what it had learned before is kept. */
static gboolean save(Run *run, GError **error) {
  if (!run->options->save || ink_trainer_get_progress(run->trainer)->total_updates == 0)
    return TRUE;
  return ink_network_save(ink_trainer_get_network(run->trainer), run->options->save, error);
}

/* Trains, reports and saves. A Ctrl+C that comes after the last step does not lose the model. */
static gboolean run_to_end(Run *run, GError **error) {
  InkInterrupts interrupts;
  ink_interrupts_catch(&interrupts, on_interrupt, run);
  train(run);
  InkTestResult *result = ink_trainer_get_test_result(run->trainer);
  gboolean done = ink_trainer_get_outcome(run->trainer) == INK_OUTCOME_FINISHED || run->interrupted;
  if (done && result && run->options->json)
    print_done_json(run, result);
  else if (done && result)
    ink_train_report_end(run->dataset, ink_trainer_get_progress(run->trainer), result);
  gboolean saved = save(run, error);
  ink_interrupts_release(&interrupts);
  return saved;
}

static gboolean run_train(Run *run, GError **error) {
  if (!set_up(run, error))
    return FALSE;
  if (run->options->json)
    print_data_json(run->dataset);
  else
    ink_train_report_begin(run->dataset,
                           ink_network_get_shape(ink_trainer_get_network(run->trainer)));
  return run_to_end(run, error);
}

int ink_train_command(int argc, char **argv) {
  g_auto(InkTrainOptions) options = {0};
  Run run = {.options = &options};
  GError *error = NULL;
  int status = INK_EXIT_DONE;
  if (!ink_train_options_parse(&options, argc, argv, &error) || !run_train(&run, &error))
    status = ink_command_fail(error);
  g_clear_object(&run.trainer);
  g_clear_pointer(&run.dataset, ink_dataset_unref);
  return run.failed ? INK_EXIT_FAILED : status;
}
