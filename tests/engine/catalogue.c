/* The catalogue that is compiled in, the look-up order, and what a bad catalogue is told. */
#include "engine/catalogue.h"

#include "tests/support/idx-files.h"

#include <glib/gstdio.h>

static void test_built_in(void) {
  const GPtrArray *entries = ink_catalogue_get();
  g_assert_cmpuint(entries->len, ==, 2);
  g_assert_true(ink_catalogue_get() == entries);

  const InkCatalogueEntry *mnist = ink_catalogue_find("mnist");
  g_assert_true(g_ptr_array_index(entries, 0) == mnist);
  g_assert_cmpstr(mnist->title, ==, "MNIST");
  g_assert_cmpuint(g_strv_length(mnist->classes), ==, 10);
  g_assert_cmpstr(mnist->classes[7], ==, "7");
  g_assert_cmpuint(mnist->files[INK_FILE_TEST_LABELS].bytes, ==, 10008);
  g_assert_cmpuint(g_strv_length(mnist->mirrors), ==, 2);
  g_assert_cmpuint(ink_catalogue_download_bytes(mnist), ==, 11594722);
  for (int i = 0; i < INK_FILES; i++)
    g_assert_cmpuint(strlen(mnist->files[i].sha256), ==, 64);

  const InkCatalogueEntry *fashion = ink_catalogue_find("fashion-mnist");
  g_assert_cmpstr(fashion->classes[9], ==, "Ankle boot");
  g_assert_cmpstr(fashion->folders[0], ==, "/usr/share/datasets/fashion-mnist");
  g_assert_null(ink_catalogue_find("MNIST"));

  g_autofree char *names = ink_catalogue_list_names();
  g_assert_cmpstr(names, ==, "mnist, fashion-mnist");
}

static void make_files(const char *folder, int count, const char *suffix) {
  g_assert_cmpint(g_mkdir_with_parents(folder, 0700), ==, 0);
  for (int i = 0; i < count; i++) {
    g_autofree char *name = g_strconcat(ink_catalogue_find("mnist")->files[i].name, suffix, NULL);
    test_write(folder, name, "x", 1);
  }
}

static void test_locate(void) {
  const InkCatalogueEntry *mnist = ink_catalogue_find("mnist");
  g_assert_null(ink_catalogue_locate(mnist));

  g_autofree char *system =
      g_build_filename(g_get_system_data_dirs()[0], "inkling", "datasets", "mnist", NULL);
  make_files(system, INK_FILES, ".gz");
  g_autofree char *found = ink_catalogue_locate(mnist);
  g_assert_cmpstr(found, ==, system);

  /* A folder that lacks a file is passed over. */
  g_autofree char *user = ink_catalogue_user_folder(mnist);
  make_files(user, INK_FILES - 1, "");
  g_autofree char *still = ink_catalogue_locate(mnist);
  g_assert_cmpstr(still, ==, system);

  make_files(user, INK_FILES, "");
  g_autofree char *first = ink_catalogue_locate(mnist);
  g_assert_cmpstr(first, ==, user);
}

static void test_find_file(void) {
  g_autofree char *folder = test_make_folder();
  g_assert_null(ink_catalogue_find_file(folder, "labels"));
  test_write(folder, "labels.gz", "x", 1);
  g_autofree char *gzipped = ink_catalogue_find_file(folder, "labels");
  g_assert_true(g_str_has_suffix(gzipped, "/labels.gz"));
  test_write(folder, "labels", "x", 1);
  g_autofree char *raw = ink_catalogue_find_file(folder, "labels");
  g_assert_true(g_str_has_suffix(raw, "/labels"));
  test_remove_folder(g_steal_pointer(&folder));
}

#define WHOLE                                                                                      \
  "[tiny]\ntitle=Tiny\nlicence=MIT\nclasses=a;b\nfiles=w;x;y;z\nbytes=1;2;3;4\n"                   \
  "download-bytes=5;6;7;8\nsha256=p;q;r;s\n"

static void test_parse(void) {
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) entries = ink_catalogue_parse(WHOLE, &error);
  g_assert_no_error(error);
  g_assert_cmpuint(entries->len, ==, 1);
  const InkCatalogueEntry *tiny = g_ptr_array_index(entries, 0);
  g_assert_cmpstr(tiny->files[INK_FILE_TEST_IMAGES].name, ==, "y");
  g_assert_cmpuint(tiny->files[INK_FILE_TEST_IMAGES].download_bytes, ==, 7);
  g_assert_null(tiny->mirrors[0]);
  g_assert_null(tiny->folders[0]);

  static const char *const bad[] = {
      "[tiny]\n",                       /* everything is missing */
      "title=Tiny\n",                   /* no group */
      WHOLE "classes=only\n",           /* one class */
      WHOLE "files=w;x;y\n",            /* three files */
      WHOLE "bytes=1;2;3;4;5\n",        /* five sizes */
      WHOLE "bytes=1;2;3;many\n",       /* not a number */
      WHOLE "download-bytes=1;2;3;0\n", /* nothing to download */
  };
  for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
    g_autoptr(GError) reason = NULL;
    g_assert_null(ink_catalogue_parse(bad[i], &reason));
    g_assert_nonnull(reason);
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func("/catalogue/built-in", test_built_in);
  g_test_add_func("/catalogue/locate", test_locate);
  g_test_add_func("/catalogue/find-file", test_find_file);
  g_test_add_func("/catalogue/parse", test_parse);
  return g_test_run();
}
