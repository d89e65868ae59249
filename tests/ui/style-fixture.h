/* style-fixture: the program's style sheet, for tests of widgets without the program. */
#pragma once

/* As the application does: sizes of text and margins are part of what is tested. After adw_init(),
 * once. */
void test_load_style(void);
