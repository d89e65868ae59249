#include "app/terminal.h"

#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { DEFAULT_COLUMNS = 80, BAR_COLUMNS = 20, GAP = 4 };

static gboolean progress_shown;

/* GLib alone would write a question mark for every letter that the character set lacks, and bytes
 * that are no text, as names of files may have, as they are. */
static void write_text(const char *text, FILE *file) {
  g_autofree char *valid = g_utf8_make_valid(text, -1);
  g_autofree char *written = g_locale_from_utf8(valid, -1, NULL, NULL, NULL);
  if (!written)
    written = g_str_to_ascii(valid, NULL);
  fputs(written, file);
  fflush(file);
}

static void write_output(const char *text) {
  write_text(text, stdout);
}

static void write_error(const char *text) {
  write_text(text, stderr);
}

void ink_terminal_set_up(void) {
  g_set_print_handler(write_output);
  g_set_printerr_handler(write_error);
}

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

static guint columns_of(gunichar letter) {
  return g_unichar_iszerowidth(letter) ? 0 : g_unichar_iswide(letter) ? 2 : 1;
}

guint ink_terminal_count_columns(const char *text) {
  guint columns = 0;
  g_return_val_if_fail(text, 0);
  for (const char *at = text; *at; at = g_utf8_next_char(at))
    columns += columns_of(g_utf8_get_char(at));
  return columns;
}

/* As much of the text as fits. Returns how many columns are left. */
static guint append_cut(GString *line, const char *text, guint columns) {
  for (const char *at = text; *at; at = g_utf8_next_char(at)) {
    guint needed = columns_of(g_utf8_get_char(at));
    if (needed > columns)
      break;
    g_string_append_unichar(line, g_utf8_get_char(at));
    columns -= needed;
  }
  return columns;
}

static void append_padded(GString *line, const char *text, guint columns) {
  for (guint left = append_cut(line, text, columns); left > 0; left--)
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
  g_autoptr(GString) cut = g_string_new(NULL);
  append_cut(cut, line->str, get_columns() - 1);
  g_print("\r\033[K%s", cut->str);
  progress_shown = TRUE;
}

void ink_terminal_clear_progress(void) {
  if (progress_shown)
    g_print("\r\033[K");
  progress_shown = FALSE;
}
