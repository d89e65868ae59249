/* format: numbers as a person reads them, by the locale. All results are newly allocated. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* "98.2 %" with the given decimals; "0 %" and "100 %" when it rounds to them. share is 0 … 1. */
char *ink_format_percent(double share, int decimals);
/* "10,000"; grouped also where the locale has no separator, as in C.UTF-8 */
char *ink_format_count(gint64 count);
/* "16 s", "2 min 5 s", "1 h 3 min" */
char *ink_format_duration(double seconds);
/* "0.083", "1.24", "12.3": three significant digits; "–" when not finite */
char *ink_format_loss(double loss);
/* "1.44", "−0.31": two decimals and a true minus; a number of the network */
char *ink_format_value(double value);

G_END_DECLS
