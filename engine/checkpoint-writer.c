#include "engine/checkpoint-writer.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <pthread.h>

struct _InkCheckpointWriter {
  pthread_t thread;
  gboolean has_thread; /* without one (the system has no more) submit() writes by itself */
  pthread_mutex_t lock;
  pthread_cond_t changed;
  /* Under the lock: */
  char *path;          /* of what waits; NULL: nothing does */
  InkCheckpoint *next; /* NULL: the file is to be removed */
  gboolean busy;
  gboolean quit;
  char *error;      /* not yet taken */
  gboolean failing; /* the last write failed: the next failure is no news */
};

static void remove_file(const char *path, GError **error) {
  g_autofree char *name = NULL;

  if (g_unlink(path) == 0 || errno == ENOENT || errno == ENOTDIR)
    return;
  g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(errno),
              _("“%s” can’t be removed: %s. Remove it yourself, or the next start brings back what "
                "it holds."),
              name = g_filename_display_name(path), g_strerror(errno));
}

/* Call with the lock held; it is released for as long as the disk takes. */
static void write_next(InkCheckpointWriter *writer) {
  g_autoptr(InkCheckpoint) checkpoint = g_steal_pointer(&writer->next);
  g_autofree char *path = g_steal_pointer(&writer->path);
  g_autoptr(GError) error = NULL;

  writer->busy = TRUE;
  pthread_mutex_unlock(&writer->lock);
  if (checkpoint)
    ink_checkpoint_save(checkpoint, path, &error);
  else
    remove_file(path, &error);
  pthread_mutex_lock(&writer->lock);
  writer->busy = FALSE;
  if (error && (!checkpoint || (!writer->failing && !writer->error))) {
    g_free(writer->error);
    writer->error = g_strdup(error->message);
  }
  writer->failing = error != NULL;
  pthread_cond_broadcast(&writer->changed);
}

static void *writer_main(void *data) {
  InkCheckpointWriter *writer = data;

  pthread_mutex_lock(&writer->lock);
  while (writer->path || !writer->quit) {
    if (writer->path)
      write_next(writer);
    else
      pthread_cond_wait(&writer->changed, &writer->lock);
  }
  pthread_mutex_unlock(&writer->lock);
  return NULL;
}

InkCheckpointWriter *ink_checkpoint_writer_new(void) {
  InkCheckpointWriter *writer = g_new0(InkCheckpointWriter, 1);

  pthread_mutex_init(&writer->lock, NULL);
  pthread_cond_init(&writer->changed, NULL);
  writer->has_thread = pthread_create(&writer->thread, NULL, writer_main, writer) == 0;
  return writer;
}

void ink_checkpoint_writer_free(InkCheckpointWriter *writer) {
  pthread_mutex_lock(&writer->lock);
  writer->quit = TRUE;
  pthread_cond_broadcast(&writer->changed);
  pthread_mutex_unlock(&writer->lock);
  if (writer->has_thread)
    pthread_join(writer->thread, NULL);
  pthread_cond_destroy(&writer->changed);
  pthread_mutex_destroy(&writer->lock);
  g_free(writer->path);
  g_free(writer->error);
  g_free(writer);
}

void ink_checkpoint_writer_submit(InkCheckpointWriter *writer, const char *path,
                                  InkCheckpoint *checkpoint) {
  pthread_mutex_lock(&writer->lock);
  g_clear_pointer(&writer->next, ink_checkpoint_unref);
  writer->next = checkpoint ? ink_checkpoint_ref(checkpoint) : NULL;
  g_free(writer->path);
  writer->path = g_strdup(path);
  if (writer->has_thread)
    pthread_cond_broadcast(&writer->changed);
  else
    write_next(writer);
  pthread_mutex_unlock(&writer->lock);
}

void ink_checkpoint_writer_flush(InkCheckpointWriter *writer) {
  pthread_mutex_lock(&writer->lock);
  while (writer->path || writer->busy)
    pthread_cond_wait(&writer->changed, &writer->lock);
  pthread_mutex_unlock(&writer->lock);
}

char *ink_checkpoint_writer_take_error(InkCheckpointWriter *writer) {
  char *error;

  pthread_mutex_lock(&writer->lock);
  error = g_steal_pointer(&writer->error);
  pthread_mutex_unlock(&writer->lock);
  return error;
}

gboolean ink_checkpoint_writer_is_failing(InkCheckpointWriter *writer) {
  gboolean failing;

  pthread_mutex_lock(&writer->lock);
  failing = writer->failing;
  pthread_mutex_unlock(&writer->lock);
  return failing;
}
