/* find: widgets in the tree, as a person finds them: by what they are and what they say; and
 * whether it can be read. */
#pragma once

#include <gtk/gtk.h>

/* The nth widget of a type, from 0, in the order of the tree; NULL if there is none. */
gpointer test_find(GtkWidget *root, GType type, guint nth);

/* The first mapped label or inscription with exactly this text; NULL if there is none. */
GtkWidget *test_find_text(GtkWidget *root, const char *text);

/* The first widget with this action; NULL if there is none. */
GtkWidget *test_find_action(GtkWidget *root, const char *action);

/* The first widget of a type whose accessible label this is (needs GTK_A11Y=test); NULL if there is
 * none. */
gpointer test_find_named(GtkWidget *root, GType type, const char *name);

/* Whether an inscription, which takes what room it gets, shows its text whole. */
gboolean test_shows_inscription(GtkInscription *inscription);
