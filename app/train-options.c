#include "app/train-options.h"
#include "app/command.h"

#include <glib/gi18n.h>

enum { MAX_THREADS = 256 };

void ink_train_options_clear(InkTrainOptions *options) {
  char **const owned[] = {
      &options->data,         &options->device,        &options->init,   &options->save,
      &options->checkpoint,   &options->resume,        &options->preset, &options->epochs,
      &options->batch,        &options->learning_rate, &options->seed,   &options->kernel,
      &options->pool,         &options->eval_every,    &options->steps,  &options->order,
      &options->eval_samples,
  };
  for (gsize i = 0; i < G_N_ELEMENTS(owned); i++)
    g_clear_pointer(owned[i], g_free);
}

static gboolean read_int(const char *option, const char *text, int maximum, int *value,
                         GError **error) {
  guint64 wide = *value;
  if (!ink_command_read_integer(option, text, 1, maximum, &wide, error))
    return FALSE;
  *value = (int)wide;
  return TRUE;
}

static gboolean read_learning_rate(const char *text, double *value, GError **error) {
  if (!text)
    return TRUE;
  char *end;
  double number = g_ascii_strtod(text, &end);
  if (end != text && *end == '\0' && number > 0 && number <= 1) {
    *value = number;
    return TRUE;
  }
  ink_command_set_usage_error(
      error, _("--lr must be a number greater than 0 and at most 1, not “%s”."), text);
  return FALSE;
}

static gboolean read_kernel(const char *text, int *kernel, GError **error) {
  static const char *const choices[] = {"3", "5", NULL};
  guint choice = *kernel == 5;
  if (!ink_command_read_choice("--kernel", text, choices, &choice, error))
    return FALSE;
  *kernel = choice == 1 ? 5 : 3;
  return TRUE;
}

static gboolean read_eval_samples(const char *text, guint *samples, GError **error) {
  if (g_strcmp0(text, "all") == 0) {
    *samples = 0;
    return TRUE;
  }
  guint64 wide = *samples;
  if (!ink_command_read_integer("--eval-samples", text, 1, G_MAXUINT, &wide, NULL)) {
    ink_command_set_usage_error(
        error, _("--eval-samples must be a whole number from 1, or all, not “%s”."), text);
    return FALSE;
  }
  *samples = (guint)wide;
  return TRUE;
}

static gboolean read_order(const char *text, gboolean *shuffled, GError **error) {
  static const char *const choices[] = {"file", "shuffled", NULL};
  guint choice = *shuffled;
  if (!ink_command_read_choice("--order", text, choices, &choice, error))
    return FALSE;
  *shuffled = choice;
  return TRUE;
}

gboolean ink_train_options_apply(const InkTrainOptions *options, InkRecipe *recipe,
                                 GError **error) {
  g_return_val_if_fail(options && recipe, FALSE);
  return read_int("--epochs", options->epochs, INK_MAX_EPOCHS, &recipe->epochs, error) &&
         read_int("--batch", options->batch, INK_MAX_BATCH, &recipe->batch, error) &&
         read_learning_rate(options->learning_rate, &recipe->learning_rate, error) &&
         ink_command_read_integer("--seed", options->seed, 0, G_MAXUINT64, &recipe->seed, error) &&
         read_kernel(options->kernel, &recipe->kernel, error) &&
         ink_command_read_pool(options->pool, &recipe->pool, error) &&
         read_int("--eval-every", options->eval_every, INK_MAX_EVAL_EVERY, &recipe->eval_every,
                  error) &&
         read_eval_samples(options->eval_samples, &recipe->eval_samples, error) &&
         ink_command_read_integer("--steps", options->steps, 1, G_MAXINT64, &recipe->max_steps,
                                  error) &&
         read_order(options->order, &recipe->shuffled, error);
}

static gboolean check_preset(const char *name, GError **error) {
  InkPreset preset;
  if (!name || (ink_preset_from_name(name, &preset) && preset != INK_PRESET_CUSTOM))
    return TRUE;
  ink_command_set_usage_error(error, _("--preset must be seed-cpu or seed-gpu, not “%s”."), name);
  return FALSE;
}

/* A checkpoint goes on with the run that it was taken from. */
static gboolean check_resume(const InkTrainOptions *options, GError **error) {
  const struct {
    const char *option, *value;
  } fixed[] = {
      {"--preset", options->preset}, {"--init", options->init}, {"--batch", options->batch},
      {"--seed", options->seed},     {"--pool", options->pool}, {"--kernel", options->kernel},
      {"--order", options->order},
  };
  for (gsize i = 0; options->resume && i < G_N_ELEMENTS(fixed); i++)
    if (fixed[i].value) {
      ink_command_set_usage_error(
          error, _("--resume goes on with the checkpoint’s own %1$s; leave %1$s out."),
          fixed[i].option);
      return FALSE;
    }
  return TRUE;
}

/* The model, written last, would take the place of the checkpoint. */
static gboolean check_files(const InkTrainOptions *options, GError **error) {
  if (!options->save || !options->checkpoint)
    return TRUE;
  g_autofree char *model = g_canonicalize_filename(options->save, NULL);
  g_autofree char *checkpoint = g_canonicalize_filename(options->checkpoint, NULL);
  if (!g_str_equal(model, checkpoint))
    return TRUE;
  ink_command_set_usage_error(error, _("--save and --checkpoint need files of their own."));
  return FALSE;
}

static gboolean check(InkTrainOptions *options, const char *threads, GError **error) {
  InkRecipe recipe = ink_recipe_for_preset(INK_PRESET_SEED_CPU);
  return check_preset(options->preset, error) && check_resume(options, error) &&
         check_files(options, error) &&
         read_int("--threads", threads, MAX_THREADS, &options->threads, error) &&
         ink_train_options_apply(options, &recipe, error);
}

gboolean ink_train_options_parse(InkTrainOptions *options, int argc, char **argv, GError **error) {
  g_return_val_if_fail(options, FALSE);
  g_autofree char *threads = NULL;
  const GOptionEntry entries[] = {
      {"preset", 0, 0, G_OPTION_ARG_FILENAME, &options->preset,
       N_("seed-cpu (kernel 5, batch 200; default) or seed-gpu (kernel 3, batch 100)"), N_("NAME")},
      {"data", 0, 0, G_OPTION_ARG_FILENAME, &options->data,
       N_("Data set: a folder or a name (default: mnist)"), N_("DIR|NAME")},
      {"device", 0, 0, G_OPTION_ARG_FILENAME, &options->device,
       N_("cpu, cuda, cuda:N or auto (default)"), N_("DEVICE")},
      {"threads", 0, 0, G_OPTION_ARG_FILENAME, &threads,
       N_("Processors to use (default: all); the result is the same"), "N"},
      {"epochs", 0, 0, G_OPTION_ARG_FILENAME, &options->epochs,
       N_("Passes over the training images (default: 2)"), "N"},
      {"batch", 0, 0, G_OPTION_ARG_FILENAME, &options->batch, N_("Images a step"), "N"},
      {"lr", 0, 0, G_OPTION_ARG_FILENAME, &options->learning_rate,
       N_("Adam’s learning rate (default: 0.001)"), "X"},
      {"seed", 0, 0, G_OPTION_ARG_FILENAME, &options->seed,
       N_("Decides the first weights and the order of the images (default: 42)"), "N"},
      {"kernel", 0, 0, G_OPTION_ARG_FILENAME, &options->kernel,
       N_("Side of the convolutions’ kernels"), "3|5"},
      {"pool", 0, 0, G_OPTION_ARG_FILENAME, &options->pool, N_("Pooling (default: max)"),
       "max|average"},
      {"eval-every", 0, 0, G_OPTION_ARG_FILENAME, &options->eval_every,
       N_("Steps between interim tests (default: 50)"), "N"},
      {"eval-samples", 0, 0, G_OPTION_ARG_FILENAME, &options->eval_samples,
       N_("Test images of an interim test (default: the first 2000)"), "N|all"},
      {"steps", 0, 0, G_OPTION_ARG_FILENAME, &options->steps,
       N_("Stop after so many updates of the run (default: no limit)"), "N"},
      {"order", 0, 0, G_OPTION_ARG_FILENAME, &options->order,
       N_("Take the images shuffled (default) or as the file has them"), "shuffled|file"},
      {"init", 0, 0, G_OPTION_ARG_FILENAME, &options->init,
       N_("Start from the weights of a model file"), N_("MODEL")},
      {"save", 0, 0, G_OPTION_ARG_FILENAME, &options->save, N_("Write the model at the end"),
       N_("FILE")},
      {"checkpoint", 0, 0, G_OPTION_ARG_FILENAME, &options->checkpoint,
       N_("Write a checkpoint at each interim test and at the end"), N_("FILE")},
      {"resume", 0, 0, G_OPTION_ARG_FILENAME, &options->resume,
       N_("Go on from a checkpoint, with its recipe; after a finished run with another"),
       N_("CHECKPOINT")},
      {"json", 0, 0, G_OPTION_ARG_NONE, &options->json, N_("Print one JSON object a line"), NULL},
      {NULL},
  };
  return ink_command_parse(argc, argv, entries, NULL, _("Trains a network."), error) &&
         check(options, threads, error);
}
