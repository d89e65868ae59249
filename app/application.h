/* application: the program as a desktop knows it: one window, preferences, about. */
#pragma once

/* Shows the window; returns the exit status. argv[0] is the program. */
int ink_application_run(int argc, char **argv);
