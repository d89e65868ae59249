/* text: sentences for people, in the language that the program chose, by the gettext of libc. */
#pragma once

#include <libintl.h>

#define _(text) dgettext("inkling", text)
