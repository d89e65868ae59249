#include "ui/format.h"

#include <glib/gi18n.h>
#include <locale.h>
#include <math.h>

char *ink_format_percent(double share, int decimals) {
  double percent = share * 100, unit = pow(10, -decimals);

  if (percent < unit / 2 || percent >= 100 - unit / 2)
    decimals = 0;
  /* Translators: a percentage, such as "98.2 %". The space is a no-break space. */
  return g_strdup_printf(_("%.*f\u00a0%%"), decimals, percent);
}

/* Groups by commas, or by narrow spaces where the comma is the decimal point. */
static void group(GString *digits) {
  const char *separator = g_str_equal(localeconv()->decimal_point, ",") ? "\u202f" : ",";

  for (gssize place = (gssize)digits->len - 3; place > 0 && g_ascii_isdigit(digits->str[place - 1]);
       place -= 3)
    g_string_insert(digits, place, separator);
}

char *ink_format_count(gint64 count) {
  GString *text = g_string_new(NULL);

  g_string_printf(text, "%'" G_GINT64_FORMAT, count);
  if (*localeconv()->thousands_sep == '\0')
    group(text);
  return g_string_free(text, FALSE);
}

char *ink_format_duration(double seconds) {
  gint64 whole = llround(fmax(seconds, 0));

  if (seconds < 9.95)
    return g_strdup_printf(_("%.1f\u00a0s"), fmax(seconds, 0));
  if (whole < 60)
    return g_strdup_printf(_("%d\u00a0s"), (int)whole);
  if (whole < 3600)
    return g_strdup_printf(_("%d\u00a0min %d\u00a0s"), (int)(whole / 60), (int)(whole % 60));
  return g_strdup_printf(_("%d\u00a0h %d\u00a0min"), (int)(whole / 3600), (int)(whole % 3600 / 60));
}

char *ink_format_loss(double loss) {
  if (!isfinite(loss))
    return g_strdup("–");
  return g_strdup_printf("%.*f", fabs(loss) < 1 ? 3 : fabs(loss) < 10 ? 2 : 1, loss);
}

char *ink_format_value(double value) {
  /* What rounds to zero has no sign. */
  return g_strdup_printf("%s%.2f", value <= -0.005 ? "−" : "", fabs(value));
}
