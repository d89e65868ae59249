#!/usr/bin/python3
"""A person without data, who types paths into the file choosers: the folder of a data set, a model
saved and opened again, and the charts as a table and a picture.

usage: files.py PROGRAM WRITE-DIGITS STROKES.unipen.gz SCHEMA-FOLDER
"""

import sys

import pyatspi

from driver import Session, digits_folder, ok, wait, xdotool

EXPORTS = (
    ("Numbers as CSV…", "numbers.csv", b"run,step,steps,loss"),
    ("Charts as PNG…", "charts.png", b"\x89PNG"),
)


def has_window(session, title):
    return any(window.name == title for window in session.application)


def text(field):
    return field.queryText().getText(0, field.queryText().characterCount)


def click_until_closed(session, title, accept):
    """GTK looks for what the path names in its own time, and until then takes no click. A key
    instead could come a moment late, and press what has the keys after the chooser."""
    buttons = session.all(pyatspi.ROLE_PUSH_BUTTON, f"_{accept} {accept}")  # as GTK 4.8 names it
    if buttons and has_window(session, title):
        buttons[-1].queryAction().doAction(0)
    return not has_window(session, title)


def answer(session, title, path, accept):
    """Of a chooser that opens: where it has no field for a name, a slash asks for the path. Ctrl+L
    would, too, but pressed once more while the field comes it takes it away."""
    wait(f"the window “{title}”", lambda: has_window(session, title))
    wait("a field for the path", lambda: any(
        field.getState().contains(pyatspi.STATE_FOCUSED)
        for field in session.all(pyatspi.ROLE_TEXT)) or xdotool("key", "slash"))
    xdotool("key", "ctrl+a")
    xdotool("type", str(path))
    wait("the path to be typed", lambda: any(
        text(field).startswith(str(path)) for field in session.all(pyatspi.ROLE_TEXT)))
    wait(f"the window “{title}” to close", lambda: click_until_closed(session, title, accept))
    session.look_back()


def read(path):
    return wait(f"the file {path}", lambda: path.exists() and path.read_bytes())


def choose_folder(session, folder):
    session.click(pyatspi.ROLE_PUSH_BUTTON, "Choose a Folder…")
    answer(session, "Choose a Folder with Four IDX Files", folder, "Choose")
    session.one(pyatspi.ROLE_PUSH_BUTTON, "Start")


def train(session):
    xdotool("key", "ctrl+Return")
    wait("the end of the run", lambda: any("test images right" in label.name for label
                                          in session.all(pyatspi.ROLE_LABEL)))


def save_and_open(session, path):
    """By their keys, which the window must have back from the export's menu."""
    xdotool("key", "ctrl+s")
    answer(session, "Save Model", path, "Save")
    assert b"layer1.0.weight" in read(path)
    xdotool("key", "ctrl+o")
    answer(session, "Open Model", path, "Open")
    session.one(pyatspi.ROLE_LABEL, f"Opened “{path.name}”")


def export(session, item, path, beginning):
    session.one(pyatspi.ROLE_PUSH_BUTTON, "Main menu")
    assert session.all(pyatspi.ROLE_PUSH_BUTTON, "Main menu")[-1].queryAction().doAction(0)
    session.click(pyatspi.ROLE_MENU_ITEM, "Export")
    session.click(pyatspi.ROLE_MENU_ITEM, item)
    answer(session, "Export Charts", path, "Export")
    assert read(path).startswith(beginning)


def main():
    program, write_digits, strokes, schemas = sys.argv[1:]
    with digits_folder(write_digits, strokes) as folder:
        print("1..3")
        session = Session(program, folder, schemas, "epochs=1\n",
                          {"XDG_DATA_HOME": str(folder / "nothing")})
        try:
            choose_folder(session, folder / "data/inkling/datasets/mnist")
            ok(1, "a folder is chosen")
            train(session)
            for item, name, beginning in EXPORTS:
                export(session, item, folder / name, beginning)
            ok(2, "the charts are exported")
            save_and_open(session, folder / "model.safetensors")
            ok(3, "a model is saved and opened")
        finally:
            session.process.kill()


main()
