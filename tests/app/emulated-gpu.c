/* The program where an NVIDIA GPU can't be used, or is lost: one sentence each, and the CPU
 * instead. The GPU is emulated. */
#include "engine/network.h"
#include "tests/app/program.h"
#include "tests/support/idx-files.h"

#include <string.h>

enum { TRAIN = 60, TEST = 20, CLASSES = 3 };

typedef struct {
  const char *gpu, *says;
} Trouble;

typedef struct {
  char *folder, *data;
} Fixture;

static void set_up(Fixture *fixture, gconstpointer data) {
  fixture->folder = test_make_folder();
  fixture->data = g_build_filename(fixture->folder, "data", NULL);
  g_assert_cmpint(g_mkdir_with_parents(fixture->data, 0755), ==, 0);
  test_write_dataset(fixture->data, TRAIN, TEST, CLASSES, 1);
}

static void tear_down(Fixture *fixture, gconstpointer data) {
  g_unsetenv("EMULATED_GPU");
  g_free(fixture->data);
  test_remove_folder(fixture->folder);
}

/* The device that a run says it was on. */
static char *device_of(const TestRun *run) {
  g_autoptr(GPtrArray) lines = test_json_lines(run);

  return g_strdup(json_object_get_string_member(lines->pdata[lines->len - 1], "device"));
}

static TestRun *train(Fixture *fixture, const char *device) {
  return test_run("train", "--data", fixture->data, "--preset", "seed-gpu", "--batch", "10",
                  "--device", device, "--json");
}

static void test_works(Fixture *fixture, gconstpointer data) {
  static const char *const names[] = {"cuda", "cuda:0", "auto"};

  for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
    g_autoptr(TestRun) run = train(fixture, names[i]);
    g_autofree char *device = NULL;

    test_assert_status(run, 0, NULL);
    device = device_of(run);
    g_assert_cmpstr(device, ==, "cuda:0");
  }
}

static void test_unusable(Fixture *fixture, gconstpointer data) {
  const Trouble *trouble = data;
  g_autoptr(TestRun) devices = NULL, on_gpu = NULL, on_any = NULL;
  g_autofree char *device = NULL;
  const char *reason, *end;

  g_setenv("EMULATED_GPU", trouble->gpu, TRUE);
  devices = test_run("devices");
  test_assert_status(devices, 0, NULL);
  reason = strstr(devices->out, "cuda:0   not usable: ");
  g_assert_nonnull(reason);
  g_assert_nonnull(strstr(reason, trouble->says));
  end = strchr(reason, '\n');
  g_assert_true(end[-1] == '.' && end[1] == '\0');

  on_gpu = train(fixture, "cuda");
  test_assert_status(on_gpu, 1, trouble->says);
  on_any = train(fixture, "auto");
  test_assert_status(on_any, 0, NULL);
  device = device_of(on_any);
  g_assert_cmpstr(device, ==, "cpu");
}

/* Nobody is there to choose another device: the run ends, and what came back is saved. */
static void test_lost(Fixture *fixture, gconstpointer data) {
  g_autofree char *saved = g_build_filename(fixture->folder, "kept.safetensors", NULL);
  g_autoptr(TestRun) run = NULL;
  g_autoptr(InkNetwork) kept = NULL;

  g_setenv("EMULATED_GPU", "lost_at=8", TRUE);
  run = test_run("train", "--data", fixture->data, "--preset", "seed-gpu", "--batch", "10",
                 "--device", "cuda", "--save", saved, "--json");
  test_assert_status(run, 1, "“Emulated GPU 0” stopped working");
  g_assert_null(strstr(run->out, "\"done\""));
  kept = ink_network_load(saved, NULL, NULL);
  g_assert_nonnull(kept);
}

int main(int argc, char **argv) {
  static const struct {
    const char *path;
    Trouble trouble;
  } troubles[] = {
      {"no-driver", {"driver=0", "No NVIDIA driver was found"}},
      {"old-driver", {"driver=12040", "is made for CUDA 12.4, but Inkling needs 13.0"}},
      {"no-device", {"devices=0", "check that one is installed"}},
      {"hidden-devices", {"devices=0", "that CUDA_VISIBLE_DEVICES does not hide it"}},
      {"old-device", {"major=7 minor=0", "compute capability 7.0, and Inkling needs at least 7.5"}},
      {"little-memory", {"free=10000000", "has only 9 MB of free memory"}},
      {"exclusive", {"mode=3", "Another program has the GPU to itself"}},
      {"prohibited", {"mode=2", "nvidia-smi -c DEFAULT"}},
  };

  g_test_init(&argc, &argv, NULL);
  g_test_add("/emulated-gpu/works", Fixture, NULL, set_up, test_works, tear_down);
  for (guint i = 0; i < G_N_ELEMENTS(troubles); i++) {
    g_autofree char *path = g_strconcat("/emulated-gpu/unusable/", troubles[i].path, NULL);

    g_test_add(path, Fixture, &troubles[i].trouble, set_up, test_unusable, tear_down);
  }
  g_test_add("/emulated-gpu/lost", Fixture, NULL, set_up, test_lost, tear_down);
  return g_test_run();
}
