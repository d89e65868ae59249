/* first-frame: how long a person waits for the window: from the start of a process until the middle
 * of the screen is painted, of each program in turn.
 *
 * usage: tests/support/with-display bench-first-frame COMMAND…
 *
 * A command is one word of the shell, such as "env LANGUAGE=zh_CN inkling". The programs are
 * started as they are; what is on the screen is asked of the X server. Medians of the rounds after
 * the first, which fills caches. */
#include <glib.h>

#include <X11/Xlib.h>
#include <X11/Xutil.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

enum { ROUNDS = 11, LONGEST = 20 /* s */ };

static unsigned long read_pixel(Display *display) {
  int screen = DefaultScreen(display);
  /* Not where an empty window has nothing but its ground. */
  XImage *image =
      XGetImage(display, RootWindow(display, screen), 500, 400, 1, 1, AllPlanes, ZPixmap);
  unsigned long pixel = XGetPixel(image, 0, 0);

  XDestroyImage(image);
  return pixel;
}

/* Until the pixel is another one, or again the one; returns when. */
static gint64 wait_for(Display *display, unsigned long ground, gboolean covered) {
  gint64 begun = g_get_monotonic_time();

  while ((read_pixel(display) != ground) != covered) {
    if (g_get_monotonic_time() - begun > LONGEST * G_USEC_PER_SEC)
      g_error("The screen did not change.");
    g_usleep(500);
  }
  return g_get_monotonic_time();
}

static double time_start(Display *display, const char *command) {
  unsigned long ground = read_pixel(display);
  gint64 begun = g_get_monotonic_time(), shown;
  g_autoptr(GError) error = NULL;
  g_auto(GStrv) words = NULL;
  GPid child;

  if (!g_shell_parse_argv(command, NULL, &words, &error) ||
      !g_spawn_async(NULL, words, NULL, G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_SEARCH_PATH, NULL, NULL,
                     &child, &error))
    g_error("%s", error->message);
  shown = wait_for(display, ground, TRUE);
  kill(child, SIGTERM);
  waitpid(child, NULL, 0);
  wait_for(display, ground, FALSE);
  return (shown - begun) / 1000.0;
}

static int compare(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;

  return (x > y) - (x < y);
}

int main(int argc, char **argv) {
  Display *display = XOpenDisplay(NULL);
  double(*times)[ROUNDS] = g_malloc_n(argc, sizeof *times);

  if (!display || argc < 2) {
    fprintf(stderr, "usage: with-display bench-first-frame COMMAND…\n");
    return 2;
  }
  for (int i = 1; i < argc; i++)
    time_start(display, argv[i]);
  for (int round = 0; round < ROUNDS; round++)
    for (int i = 1; i < argc; i++)
      times[i][round] = time_start(display, argv[i]);
  printf("| command | median ms | least | most |\n|---|---|---|---|\n");
  for (int i = 1; i < argc; i++) {
    qsort(times[i], ROUNDS, sizeof **times, compare);
    printf("| %s | %.0f | %.0f | %.0f |\n", argv[i], times[i][ROUNDS / 2], times[i][0],
           times[i][ROUNDS - 1]);
  }
  return 0;
}
