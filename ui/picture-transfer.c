#include "ui/picture-transfer.h"
#include "engine/picture.h"

#include <glib/gi18n.h>

/* One image on its way. */
typedef struct {
  InkPictureFunc func;
  gpointer data;
  char *path;          /* of a file, or NULL: */
  GBytes *encoded;     /* an image file's contents, or NULL: */
  GdkTexture *texture; /* what has been decoded already */
  guint8 image[INK_PIXELS];
} Transfer;

static void transfer_free(Transfer *transfer) {
  g_free(transfer->path);
  g_clear_pointer(&transfer->encoded, g_bytes_unref);
  g_clear_object(&transfer->texture);
  g_free(transfer);
}

static GdkPixbuf *decode(GBytes *encoded) {
  g_autoptr(GInputStream) stream = g_memory_input_stream_new_from_bytes(encoded);

  return gdk_pixbuf_new_from_stream(stream, NULL, NULL);
}

static GError *no_image(void) {
  return g_error_new_literal(INK_PICTURE_ERROR, 0, _("The clipboard holds no image."));
}

static gboolean load(Transfer *transfer, GError **error) {
  g_autoptr(GdkPixbuf) pixbuf = NULL;

  if (transfer->path)
    return ink_picture_load(transfer->path, transfer->image, error);
  pixbuf = transfer->encoded ? decode(transfer->encoded)
                             : gdk_pixbuf_get_from_texture(transfer->texture);
  if (!pixbuf) {
    g_propagate_error(error, no_image());
    return FALSE;
  }
  return ink_picture_from_pixbuf(pixbuf, transfer->image, error);
}

/* On a thread: a large image takes longer than a frame. */
static void run(GTask *task, gpointer source, gpointer data, GCancellable *cancellable) {
  GError *error = NULL;

  if (g_task_return_error_if_cancelled(task))
    return;
  if (load(data, &error))
    g_task_return_boolean(task, TRUE);
  else
    g_task_return_error(task, error);
}

static void finish(GObject *source, GAsyncResult *result, gpointer data) {
  Transfer *transfer = g_task_get_task_data(G_TASK(result));
  g_autoptr(GError) error = NULL;

  if (!gtk_widget_get_root(GTK_WIDGET(source)))
    return; /* closed meanwhile */
  if (g_task_propagate_boolean(G_TASK(result), &error))
    transfer->func(transfer->image, NULL, transfer->data);
  else if (!g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    transfer->func(NULL, error, transfer->data);
}

/* The widget's one transfer: what it was waiting for until now is wanted no more. */
static GCancellable *supersede(GtkWidget *widget) {
  GCancellable *newest = g_cancellable_new();

  g_cancellable_cancel(g_object_get_data(G_OBJECT(widget), "ink-picture-transfer"));
  g_object_set_data_full(G_OBJECT(widget), "ink-picture-transfer", newest, g_object_unref);
  return newest;
}

static GTask *start(GtkWidget *widget, InkPictureFunc func, gpointer data) {
  GTask *task = g_task_new(widget, supersede(widget), finish, NULL);
  Transfer *transfer = g_new0(Transfer, 1);

  transfer->func = func;
  transfer->data = data;
  g_task_set_task_data(task, transfer, (GDestroyNotify)transfer_free);
  return task;
}

static void take_files(GTask *task, GdkFileList *files) {
  Transfer *transfer = g_task_get_task_data(task);
  g_autoptr(GSList) list = gdk_file_list_get_files(files);

  transfer->path = list ? g_file_get_path(list->data) : NULL;
  if (transfer->path)
    g_task_run_in_thread(task, run);
  else
    g_task_return_new_error(task, INK_PICTURE_ERROR, 0,
                            _("Only files on this computer can be opened."));
}

static void take_value(GTask *task, const GValue *value) {
  Transfer *transfer = g_task_get_task_data(task);

  if (G_VALUE_HOLDS(value, GDK_TYPE_FILE_LIST)) {
    take_files(task, g_value_get_boxed(value));
  } else {
    transfer->texture = g_value_dup_object(value);
    g_task_run_in_thread(task, run);
  }
}

static void take_file_list(GObject *clipboard, GAsyncResult *result, gpointer data) {
  g_autoptr(GTask) task = data;
  const GValue *value = gdk_clipboard_read_value_finish(GDK_CLIPBOARD(clipboard), result, NULL);

  if (value)
    take_value(task, value);
  else
    g_task_return_error(task, no_image());
}

static void take_contents(GObject *memory, GAsyncResult *result, gpointer data) {
  g_autoptr(GTask) task = data;
  Transfer *transfer = g_task_get_task_data(task);

  if (g_output_stream_splice_finish(G_OUTPUT_STREAM(memory), result, NULL) < 0) {
    g_task_return_error(task, no_image());
    return;
  }
  transfer->encoded = g_memory_output_stream_steal_as_bytes(G_MEMORY_OUTPUT_STREAM(memory));
  g_task_run_in_thread(task, run);
}

static void take_stream(GObject *clipboard, GAsyncResult *result, gpointer data) {
  GTask *task = data;
  g_autoptr(GOutputStream) memory = g_memory_output_stream_new_resizable();
  g_autoptr(GInputStream) stream =
      gdk_clipboard_read_finish(GDK_CLIPBOARD(clipboard), result, NULL, NULL);

  if (stream) {
    g_output_stream_splice_async(
        memory, stream, G_OUTPUT_STREAM_SPLICE_CLOSE_SOURCE | G_OUTPUT_STREAM_SPLICE_CLOSE_TARGET,
        G_PRIORITY_DEFAULT, g_task_get_cancellable(task), take_contents, task);
  } else {
    g_task_return_error(task, no_image());
    g_object_unref(task);
  }
}

/* Not as a texture: GDK decodes those on the main thread, a large one for half a second. */
static void read_image(GdkClipboard *clipboard, GTask *task) {
  g_autoptr(GdkContentFormats) formats = gdk_content_formats_union_deserialize_mime_types(
      gdk_content_formats_new_for_gtype(GDK_TYPE_TEXTURE));

  gdk_clipboard_read_async(clipboard,
                           (const char **)gdk_content_formats_get_mime_types(formats, NULL),
                           G_PRIORITY_DEFAULT, g_task_get_cancellable(task), take_stream, task);
}

void ink_picture_paste(GtkWidget *widget, InkPictureFunc func, gpointer data) {
  GdkClipboard *clipboard = gtk_widget_get_clipboard(widget);
  GdkContentFormats *formats = gdk_clipboard_get_formats(clipboard);
  GTask *task = start(widget, func, data);

  if (gdk_content_formats_contain_gtype(formats, GDK_TYPE_FILE_LIST) ||
      gdk_content_formats_contain_mime_type(formats, "text/uri-list"))
    gdk_clipboard_read_value_async(clipboard, GDK_TYPE_FILE_LIST, G_PRIORITY_DEFAULT,
                                   g_task_get_cancellable(task), take_file_list, task);
  else
    read_image(clipboard, task);
}

typedef struct {
  InkPictureFunc func;
  gpointer data;
} Receiver;

static gboolean drop(GtkDropTarget *target, const GValue *value, double x, double y,
                     Receiver *receiver) {
  g_autoptr(GTask) task = start(gtk_event_controller_get_widget(GTK_EVENT_CONTROLLER(target)),
                                receiver->func, receiver->data);

  take_value(task, value);
  return TRUE;
}

static void receiver_free(gpointer receiver, GClosure *closure) {
  g_free(receiver);
}

void ink_picture_accept_drops(GtkWidget *widget, InkPictureFunc func, gpointer data) {
  GtkDropTarget *target = gtk_drop_target_new(G_TYPE_INVALID, GDK_ACTION_COPY);
  Receiver *receiver = g_new(Receiver, 1);

  *receiver = (Receiver){func, data};
  gtk_drop_target_set_gtypes(target, (GType[]){GDK_TYPE_FILE_LIST, GDK_TYPE_TEXTURE}, 2);
  g_signal_connect_data(target, "drop", G_CALLBACK(drop), receiver, receiver_free, 0);
  gtk_widget_add_controller(widget, GTK_EVENT_CONTROLLER(target));
}
