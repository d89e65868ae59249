#!/usr/bin/python3
"""Every shortcut of the program does what the shortcuts window says, and Escape never stops a run.

usage: keys.py PROGRAM WRITE-DIGITS STROKES.unipen.gz SCHEMA-FOLDER APPLICATION.c SHORTCUTS.ui
"""

import pathlib
import re
import sys

import pyatspi

from driver import Session, descendants, digits_folder, ok, wait, xdotool

ENDLESS = "epochs=1000\nbatch=10\neval-samples=uint32 100\n"


def press(*keys):
    xdotool("key", *keys)


def has_button(session, name, sensitive=True):
    return any(button.getState().contains(pyatspi.STATE_SENSITIVE) == sensitive
               for button in session.all(pyatspi.ROLE_PUSH_BUTTON, name))


def await_button(session, name, sensitive=True):
    wait(f"“{name}” to be {'' if sensitive else 'in'}sensitive",
         lambda: has_button(session, name, sensitive))


def step_of(session):
    return next((label.name for label in session.all(pyatspi.ROLE_LABEL)
                 if label.name.startswith("step ")), None)


def run(session):
    press("ctrl+Return")
    await_button(session, "Pause")
    began = wait("a step", lambda: step_of(session))
    for page in "alt+2", "alt+3", "alt+1":
        press(page, "Escape")
    wait("the run to go on", lambda: step_of(session) not in (None, began))
    assert has_button(session, "Pause") and has_button(session, "Stop")
    ok(1, "Ctrl+Return starts, and Escape does not stop")

    press("ctrl+Return")
    await_button(session, "Start")
    await_button(session, "Step")
    paused = step_of(session)
    press("ctrl+period")
    wait("one step more", lambda: step_of(session) != paused)
    press("ctrl+shift+Return")
    await_button(session, "Stop", sensitive=False)
    ok(2, "Ctrl+Return pauses, Ctrl+. does a step, Ctrl+Shift+Return stops")


def turn_pages(session):
    press("alt+2")
    wait("the canvas", lambda: session.all(pyatspi.ROLE_IMAGE, "Canvas"))
    press("alt+3")
    wait("the predictions", lambda: session.all(pyatspi.ROLE_TABLE_CELL))
    press("ctrl+f")
    wait("the filters to have the keys", lambda: any(
        node.name == "All" and node.getState().contains(pyatspi.STATE_FOCUSED)
        for node in descendants(session.application)))
    press("alt+1")
    wait("the chart", lambda: session.all(pyatspi.ROLE_PANEL, "Loss and test accuracy"))
    ok(3, "Alt+1, 2, 3 turn the pages, and Ctrl+F goes to the filters")


def open_windows(session):
    for key, name in (("ctrl+o", "Open Model"), ("ctrl+s", "Save Model"),
                      ("ctrl+comma", "Preferences"), ("ctrl+question", "Keyboard Shortcuts")):
        press(key)
        wait(f"“{name}”", lambda: any(window.name == name for window in session.application))
        press("Escape")
        wait(f"“{name}” to close",
             lambda: all(window.name != name for window in session.application))
    press("F10")
    session.one(pyatspi.ROLE_MENU_ITEM, "About Inkling")
    press("Escape")
    wait("the menu to close", lambda: not session.all(pyatspi.ROLE_MENU_ITEM))
    press("ctrl+r")
    question = "Forget What Was Learned?"
    wait("the question", lambda: session.all(pyatspi.ROLE_LABEL, question))
    press("Escape")
    wait("the question to go", lambda: not session.all(pyatspi.ROLE_LABEL, question))
    ok(4, "the keys of files, windows, menu and Reset")


def fold(session):
    def is_open():
        return session.one(pyatspi.ROLE_PUSH_BUTTON, "Side column").getState().contains(
            pyatspi.STATE_PRESSED)

    wait("the side column to be folded", lambda: not is_open())
    press("F9")
    wait("the side column", is_open)
    press("F9")
    wait("the side column to go", lambda: not is_open())
    ok(5, "F9 shows and hides the side column")


def quit_program(session, key):
    press(key)
    session.process.wait(60)
    end = session.describe_end()
    assert session.process.returncode == 0 and "Gtk-WARNING" not in end, end


def compare(application, shortcuts):
    """What the program listens to against what its shortcuts window tells of."""
    keys = re.findall(r'\{"(?:win|app|window)[.:\w-]+", \{"([^"]+)"',
                      pathlib.Path(application).read_text())
    told = pathlib.Path(shortcuts).read_text().replace("&lt;", "<").replace("&gt;", ">")
    told = set(" ".join(re.findall(r'name="accelerator">([^<]*(?:<\w+>[^<]*)*)</', told)).split())
    missing = [key for key in keys if key not in told]
    assert len(keys) > 10 and not missing, (keys, missing)
    ok(7, "the shortcuts window leaves none out")


def main():
    program, write_digits, strokes, schemas, application, shortcuts = sys.argv[1:]
    with digits_folder(write_digits, strokes) as folder:
        print("1..7")
        session = Session(program, folder, schemas, ENDLESS)
        try:
            session.one(pyatspi.ROLE_PUSH_BUTTON, "Start")
            run(session)
            turn_pages(session)
            open_windows(session)
            quit_program(session, "ctrl+w")
            session = Session(program, folder, schemas, "width=800\nheight=700\n")
            fold(session)
            quit_program(session, "ctrl+q")
            ok(6, "Ctrl+W closes the window, and Ctrl+Q quits")
            compare(application, shortcuts)
        finally:
            session.process.kill()


main()
