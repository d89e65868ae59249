#include "app/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

enum { DEFAULT_COLUMNS = 80, BAR_COLUMNS = 20, GAP = 4 };

static gboolean progress_shown;

static gboolean has_blocks(void) {
  return g_get_charset(NULL);
}

static guint get_columns(void) {
  struct winsize size;
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    return size.ws_col;
  return DEFAULT_COLUMNS;
}

static gboolean can_redraw(void) {
  const char *term = g_getenv("TERM");
  return isatty(STDOUT_FILENO) && term && !g_str_equal(term, "dumb");
}

/* One character for two pixels, one above the other, which makes pixels about square. */
static const char *character_for(guint8 upper, guint8 lower) {
  static const char *const blocks[] = {" ", "▄", "▀", "█"};
  static const char *const shades[] = {" ", ".", ":", "+", "#"};
  if (has_blocks())
    return blocks[(upper >= 128) * 2 + (lower >= 128)];
  return shades[(upper + lower) * G_N_ELEMENTS(shades) / (2 * 255 + 1)];
}

static void append_padded(GString *line, const char *text, guint columns) {
  g_autofree char *cut = g_utf8_substring(text, 0, MIN(g_utf8_strlen(text, -1), (glong)columns));
  g_string_append(line, cut);
  for (glong i = g_utf8_strlen(cut, -1); i < (glong)columns; i++)
    g_string_append_c(line, ' ');
}

static void print_line(GString *line) {
  g_print("%s\n", g_strchomp(line->str));
  g_string_truncate(line, 0);
}

static void print_row(const guint8 *const *images, const char *const *captions, guint n) {
  g_autoptr(GString) line = g_string_new(NULL);
  for (guint i = 0; i < n; i++)
    append_padded(line, captions[i], INK_SIDE + GAP);
  print_line(line);
  for (guint y = 0; y < INK_SIDE; y += 2) {
    for (guint i = 0; i < n; i++) {
      const guint8 *upper = images[i] + y * INK_SIDE, *lower = upper + INK_SIDE;
      for (guint x = 0; x < INK_SIDE; x++)
        g_string_append(line, character_for(upper[x], lower[x]));
      append_padded(line, "", GAP);
    }
    print_line(line);
  }
}

void ink_terminal_print_images(const guint8 *const *images, const char *const *captions, guint n) {
  g_return_if_fail(images && captions);
  guint fit = MAX(1, (get_columns() + GAP) / (INK_SIDE + GAP));
  for (guint i = 0; i < n; i += fit)
    print_row(images + i, captions + i, MIN(fit, n - i));
}

void ink_terminal_show_progress(double fraction, const char *text) {
  g_return_if_fail(text);
  if (!can_redraw())
    return;
  g_autoptr(GString) line = g_string_new(NULL);
  guint filled = (guint)(CLAMP(fraction, 0, 1) * BAR_COLUMNS);
  for (guint i = 0; i < BAR_COLUMNS; i++)
    g_string_append(line, has_blocks() ? (i < filled ? "█" : "░") : (i < filled ? "#" : "-"));
  g_string_append_printf(line, " %s", text);
  /* A full line would wrap, and could not be redrawn in place. */
  guint columns = MIN(get_columns() - 1, (guint)g_utf8_strlen(line->str, -1));
  g_autofree char *cut = g_utf8_substring(line->str, 0, columns);
  g_print("\r\033[K%s", cut);
  progress_shown = TRUE;
}

void ink_terminal_clear_progress(void) {
  if (progress_shown)
    g_print("\r\033[K");
  progress_shown = FALSE;
}
