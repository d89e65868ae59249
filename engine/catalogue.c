#include "engine/catalogue.h"

#include "kernels/shape.h"

#include "catalogue-resource.h"

static void clear_file(InkCatalogueFile *file) {
  g_free(file->name);
  g_free(file->sha256);
}

static void free_entry(gpointer data) {
  InkCatalogueEntry *entry = data;
  g_free(entry->name);
  g_free(entry->title);
  g_free(entry->licence);
  g_strfreev(entry->classes);
  g_strfreev(entry->mirrors);
  g_strfreev(entry->folders);
  for (int i = 0; i < INK_FILES; i++)
    clear_file(&entry->files[i]);
  g_free(entry);
}

/* The list must have one item a file, or `minimum` … `maximum` items. */
static char **get_list(GKeyFile *keys, const char *name, const char *key, guint minimum,
                       guint maximum, GError **error) {
  gsize length;
  g_auto(GStrv) list = g_key_file_get_string_list(keys, name, key, &length, error);
  if (!list)
    return NULL;
  if (length < minimum || length > maximum) {
    g_set_error(error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_INVALID_VALUE,
                "[%s] %s has %" G_GSIZE_FORMAT " items.", name, key, length);
    return NULL;
  }
  return g_steal_pointer(&list);
}

static char **get_optional_list(GKeyFile *keys, const char *name, const char *key) {
  char **list = g_key_file_get_string_list(keys, name, key, NULL, NULL);
  return list ? list : g_new0(char *, 1);
}

static gboolean parse_files(GKeyFile *keys, InkCatalogueEntry *entry, GError **error) {
  g_auto(GStrv) files = get_list(keys, entry->name, "files", INK_FILES, INK_FILES, error);
  if (!files)
    return FALSE;
  g_auto(GStrv) bytes = get_list(keys, entry->name, "bytes", INK_FILES, INK_FILES, error);
  if (!bytes)
    return FALSE;
  g_auto(GStrv) downloads =
      get_list(keys, entry->name, "download-bytes", INK_FILES, INK_FILES, error);
  if (!downloads)
    return FALSE;
  g_auto(GStrv) sums = get_list(keys, entry->name, "sha256", INK_FILES, INK_FILES, error);
  if (!sums)
    return FALSE;

  for (int i = 0; i < INK_FILES; i++) {
    InkCatalogueFile *file = &entry->files[i];
    file->name = g_strdup(files[i]);
    file->sha256 = g_strdup(sums[i]);
    if (!g_ascii_string_to_unsigned(bytes[i], 10, 1, G_MAXINT64, &file->bytes, error) ||
        !g_ascii_string_to_unsigned(downloads[i], 10, 1, G_MAXINT64, &file->download_bytes, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean parse_entry(GKeyFile *keys, InkCatalogueEntry *entry, GError **error) {
  entry->title = g_key_file_get_string(keys, entry->name, "title", error);
  if (!entry->title)
    return FALSE;
  entry->licence = g_key_file_get_string(keys, entry->name, "licence", error);
  if (!entry->licence)
    return FALSE;
  entry->classes = get_list(keys, entry->name, "classes", INK_MIN_CLASSES, INK_MAX_CLASSES, error);
  if (!entry->classes)
    return FALSE;
  entry->mirrors = get_optional_list(keys, entry->name, "mirrors");
  entry->folders = get_optional_list(keys, entry->name, "folders");
  return parse_files(keys, entry, error);
}

GPtrArray *ink_catalogue_parse(const char *text, GError **error) {
  g_return_val_if_fail(text != NULL, NULL);

  g_autoptr(GKeyFile) keys = g_key_file_new();
  if (!g_key_file_load_from_data(keys, text, strlen(text), G_KEY_FILE_NONE, error))
    return NULL;
  g_autoptr(GPtrArray) entries = g_ptr_array_new_with_free_func(free_entry);
  g_auto(GStrv) names = g_key_file_get_groups(keys, NULL);
  for (char **name = names; *name; name++) {
    InkCatalogueEntry *entry = g_new0(InkCatalogueEntry, 1);
    entry->name = g_strdup(*name);
    g_ptr_array_add(entries, entry);
    if (!parse_entry(keys, entry, error))
      return NULL;
  }
  return g_steal_pointer(&entries);
}

static gpointer read_catalogue(gpointer data) {
  g_autoptr(GBytes) text = g_resource_lookup_data(
      ink_catalogue_get_resource(), "/inkling/datasets.ini", G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  g_assert(text != NULL);
  g_autofree char *terminated = g_strndup(g_bytes_get_data(text, NULL), g_bytes_get_size(text));
  g_autoptr(GError) error = NULL;
  GPtrArray *entries = ink_catalogue_parse(terminated, &error);
  if (!entries)
    g_error("datasets.ini: %s", error->message);
  return entries;
}

const GPtrArray *ink_catalogue_get(void) {
  static GOnce once = G_ONCE_INIT;
  return g_once(&once, read_catalogue, NULL);
}

const InkCatalogueEntry *ink_catalogue_find(const char *name) {
  g_return_val_if_fail(name != NULL, NULL);

  const GPtrArray *entries = ink_catalogue_get();
  for (guint i = 0; i < entries->len; i++) {
    const InkCatalogueEntry *entry = g_ptr_array_index(entries, i);
    if (g_str_equal(entry->name, name))
      return entry;
  }
  return NULL;
}

char *ink_catalogue_list_names(void) {
  const GPtrArray *entries = ink_catalogue_get();
  GString *names = g_string_new(NULL);
  for (guint i = 0; i < entries->len; i++) {
    const InkCatalogueEntry *entry = g_ptr_array_index(entries, i);
    g_string_append_printf(names, "%s%s", i > 0 ? ", " : "", entry->name);
  }
  return g_string_free(names, FALSE);
}

char *ink_catalogue_find_file(const char *folder, const char *name) {
  g_return_val_if_fail(folder != NULL, NULL);
  g_return_val_if_fail(name != NULL, NULL);

  g_autofree char *raw = g_build_filename(folder, name, NULL);
  if (g_file_test(raw, G_FILE_TEST_EXISTS))
    return g_steal_pointer(&raw);
  g_autofree char *gzipped = g_strconcat(raw, ".gz", NULL);
  if (g_file_test(gzipped, G_FILE_TEST_EXISTS))
    return g_steal_pointer(&gzipped);
  return NULL;
}

static gboolean is_whole(const InkCatalogueEntry *entry, const char *folder) {
  for (int i = 0; i < INK_FILES; i++) {
    g_autofree char *path = ink_catalogue_find_file(folder, entry->files[i].name);
    if (!path)
      return FALSE;
  }
  return TRUE;
}

char *ink_catalogue_user_folder(const InkCatalogueEntry *entry) {
  g_return_val_if_fail(entry != NULL, NULL);

  return g_build_filename(g_get_user_data_dir(), "inkling", "datasets", entry->name, NULL);
}

char *ink_catalogue_locate(const InkCatalogueEntry *entry) {
  g_return_val_if_fail(entry != NULL, NULL);

  g_autofree char *user = ink_catalogue_user_folder(entry);
  if (is_whole(entry, user))
    return g_steal_pointer(&user);
  for (const char *const *data = g_get_system_data_dirs(); *data; data++) {
    g_autofree char *folder = g_build_filename(*data, "inkling", "datasets", entry->name, NULL);
    if (is_whole(entry, folder))
      return g_steal_pointer(&folder);
  }
  for (char **folder = entry->folders; *folder; folder++) {
    if (is_whole(entry, *folder))
      return g_strdup(*folder);
  }
  return NULL;
}

guint64 ink_catalogue_download_bytes(const InkCatalogueEntry *entry) {
  g_return_val_if_fail(entry != NULL, 0);

  guint64 bytes = 0;
  for (int i = 0; i < INK_FILES; i++)
    bytes += entry->files[i].download_bytes;
  return bytes;
}
