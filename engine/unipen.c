#include "engine/unipen.h"
#include "engine/whole-file.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

enum { MAX_FILE = 64 * 1024 * 1024 }; /* some 100,000 digits */

struct _InkUnipen {
  char *name; /* of the file, for sentences */
  char *text;
  char *rest; /* the lines that are still to be read */
  guint line; /* number of the one read last, from 1 */
};

G_DEFINE_QUARK(ink - unipen - error - quark, ink_unipen_error)

/* The next line, without its end; NULL after the last. Cuts the text in place. */
static char *read_line(InkUnipen *self) {
  if (*self->rest == '\0')
    return NULL;
  char *line = self->rest, *end = strchr(line, '\n');
  self->rest = end ? end + 1 : line + strlen(line);
  if (end)
    *end = '\0';
  self->line++;
  return g_strchomp(line);
}

static gboolean has_keyword(const char *line, const char *keyword) {
  gsize length = strlen(keyword);
  return strncmp(line, keyword, length) == 0 &&
         (line[length] == '\0' || g_ascii_isspace(line[length]));
}

static gboolean at_segment(InkUnipen *self) {
  return has_keyword(self->rest, ".SEGMENT");
}

InkUnipen *ink_unipen_open(const char *path, GError **error) {
  g_return_val_if_fail(path, NULL);
  g_autoptr(InkUnipen) self = g_new0(InkUnipen, 1);
  self->name = g_filename_display_name(path);
  gsize length;
  if (!ink_whole_file_read(path, MAX_FILE, &self->text, &length, error))
    return NULL;
  if (strlen(self->text) != length) {
    g_set_error(error, INK_UNIPEN_ERROR, 0,
                _("“%s” is not a UNIPEN file: it holds zero bytes, which no text has."),
                self->name);
    return NULL;
  }
  self->rest = self->text;
  while (!at_segment(self))
    if (read_line(self) == NULL) {
      g_set_error(
          error, INK_UNIPEN_ERROR, 0,
          _("“%s” is not a UNIPEN file with labelled strokes: no line begins with .SEGMENT."),
          self->name);
      return NULL;
    }
  return g_steal_pointer(&self);
}

void ink_unipen_free(InkUnipen *self) {
  if (!self)
    return;
  g_free(self->name);
  g_free(self->text);
  g_free(self);
}

/* What stands between the quotes at the end of a .SEGMENT line. */
static char *parse_label(InkUnipen *self, const char *line, GError **error) {
  const char *first = strchr(line, '"'), *last = strrchr(line, '"');
  if (first != last && g_utf8_validate(first, last - first, NULL))
    return g_strndup(first + 1, last - first - 1);
  g_set_error(error, INK_UNIPEN_ERROR, 0,
              _("“%s” has no label in quotes at the end of line %u, where .SEGMENT needs one."),
              self->name, self->line);
  return NULL;
}

static gboolean parse_point(InkUnipen *self, const char *line, double *x, double *y,
                            GError **error) {
  char *after_x, *after_y;
  *x = g_ascii_strtod(line, &after_x);
  *y = g_ascii_strtod(after_x, &after_y);
  if (after_x != line && after_y != after_x && isfinite(*x) && isfinite(*y))
    return TRUE;
  g_autofree char *shown = g_utf8_make_valid(line, -1);
  g_set_error(error, INK_UNIPEN_ERROR, 0, _("“%s” has “%s” on line %u, where a point is needed."),
              self->name, shown, self->line);
  return FALSE;
}

InkDrawing *ink_unipen_next(InkUnipen *self, char **label, GError **error) {
  g_return_val_if_fail(self && label, NULL);
  *label = NULL;
  const char *line = read_line(self);
  if (!line)
    return NULL;
  g_autofree char *found = parse_label(self, line, error);
  if (!found)
    return NULL;

  g_autoptr(InkDrawing) drawing = ink_drawing_new();
  gboolean pen_down = FALSE, stroke_begun = FALSE;
  while (!at_segment(self) && (line = read_line(self)) != NULL) {
    double x, y;
    if (line[0] == '.') {
      pen_down = has_keyword(line, ".PEN_DOWN");
      stroke_begun = FALSE;
      continue;
    }
    if (!pen_down || line[0] == '\0')
      continue;
    if (!parse_point(self, line, &x, &y, error))
      return NULL;
    (stroke_begun ? ink_drawing_add_point : ink_drawing_begin_stroke)(drawing, x, -y);
    stroke_begun = TRUE;
  }
  *label = g_steal_pointer(&found);
  return g_steal_pointer(&drawing);
}
