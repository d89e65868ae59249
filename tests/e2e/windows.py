#!/usr/bin/python3
"""What a session seldom opens can be read as well: menus, windows, narrow pages, and trouble.

usage: windows.py PROGRAM WRITE-DIGITS STROKES.unipen.gz SCHEMA-FOLDER
"""

import contextlib
import pathlib
import re
import sys
import tempfile

import pyatspi

from driver import Session, descendants, digits_folder, ok, wait, xdotool
from rules import check

# Widgets of GTK 4.8 and libadwaita 1.2 that leave parts of their own without a name.
SEARCH_OF_SHORTCUTS = "push button “GtkImage”"
ICON_OF_ABOUT = "image “GtkImage”"
VERSION_IN_ABOUT = "push button “GtkButton”"


@contextlib.contextmanager
def running(*arguments):
    session = Session(*arguments)
    try:
        yield session
    finally:
        session.process.kill()
        session.process.wait()


def open_menu(session, name):
    """The button that takes the click is within one of the same name."""
    session.one(pyatspi.ROLE_PUSH_BUTTON, name)
    button = session.all(pyatspi.ROLE_PUSH_BUTTON, name)[-1]
    assert button.queryAction().doAction(0)


def look_into_menus(session):
    open_menu(session, "Main menu")
    session.one(pyatspi.ROLE_MENU_ITEM, "About Inkling")
    check(session, "the main menu")
    xdotool("key", "Escape")
    device = next(button.name for button in session.all(pyatspi.ROLE_PUSH_BUTTON)
                  if button.name.startswith("CPU"))
    open_menu(session, device)
    session.one(pyatspi.ROLE_CHECK_BOX, "CPU")
    check(session, "the devices")
    xdotool("key", "Escape")


def look_into_window(session, item, name, *excused):
    """Of a menu item; the tree has windows in any order, and they have a close button each. Returns
    all that it says."""
    open_menu(session, "Main menu")
    session.click(pyatspi.ROLE_MENU_ITEM, item)
    window = wait(f"the window “{name}”", lambda: next(
        (window for window in session.application if window.name == name), None))
    check(session, f"the window “{name}”", excused)
    said = [node.name for node in descendants(window)]
    xdotool("key", "Escape")
    wait(f"the window “{name}” to close",
         lambda: all(window.name != name for window in session.application))
    return said


def look_at_no_data(arguments):
    program, schemas = arguments
    with tempfile.TemporaryDirectory() as home, \
            running(program, pathlib.Path(home), schemas, "") as session:
        session.one(pyatspi.ROLE_LABEL, "Get the handwritten digits")
        session.one(pyatspi.ROLE_PUSH_BUTTON, "Choose a Folder…")
        check(session, "no data set", [ICON_OF_ABOUT])


def look_at_trouble(arguments, folder):
    program, schemas = arguments
    with running(program, folder, schemas, "dataset='/nowhere'\n") as session:
        session.one(pyatspi.ROLE_PUSH_BUTTON, "Choose a Folder…")
        check(session, "a data set that is gone")


def look_at_narrow_pages(arguments, folder):
    program, schemas = arguments
    with running(program, folder, schemas, "width=370\nheight=780\n") as session:
        session.one(pyatspi.ROLE_PUSH_BUTTON, "Run menu")
        for page in "Draw", "Predictions", "Train":
            session.click(pyatspi.ROLE_PAGE_TAB, page)
            check(session, f"{page}, narrow")
        open_menu(session, "Run menu")
        session.one(pyatspi.ROLE_MENU_ITEM, "Stop")
        check(session, "the run menu")


def look_for_drivers(session):
    """Drawn by cairo, the window has no use for GL's drivers, which take a third of its start."""
    maps = pathlib.Path(f"/proc/{session.process.pid}/maps").read_text()
    if int(re.search(r"libgtk-4\.so\.1\.(\d+)", maps)[1]) < 1400:
        assert "_dri.so" not in maps, re.findall(r"\S+_dri\.so", maps)


def main():
    program, write_digits, strokes, schemas = sys.argv[1:]
    arguments = program, schemas
    with digits_folder(write_digits, strokes) as folder:
        print("1..8")
        with running(program, folder, schemas, "") as session:
            look_into_menus(session)
            ok(1, "the menus can be read")
            look_into_window(session, "Preferences", "Preferences")
            ok(2, "the preferences can be read")
            said = look_into_window(session, "Keyboard Shortcuts", "Keyboard Shortcuts",
                                    SEARCH_OF_SHORTCUTS)
            assert "Page Up" in said and "Page_Up" not in said, said
            ok(3, "the shortcuts can be read")
            look_into_window(session, "About Inkling", "About", ICON_OF_ABOUT, VERSION_IN_ABOUT)
            ok(4, "the about window can be read")
            look_for_drivers(session)
            ok(5, "no driver of GL is loaded in vain")
        look_at_trouble(arguments, folder)
        ok(6, "trouble can be read")
        look_at_narrow_pages(arguments, folder)
        ok(7, "the narrow pages can be read")
        look_at_no_data(arguments)
        ok(8, "the offer to get data can be read")


main()
