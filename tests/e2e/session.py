#!/usr/bin/python3
"""A whole session with the real program, as a person has it: train, draw, browse, close.

usage: session.py PROGRAM WRITE-DIGITS STROKES.unipen.gz SCHEMA-FOLDER

Runs under a display and a session bus of its own. Finds everything by role and accessible name,
sends pointer and keys through the X server, and reads back what a screen reader would.
"""

import gzip
import math
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

import pyatspi

TIMEOUT = 120
SETTINGS = """[page/inkling/Inkling]
epochs=2
batch=10
eval-samples=uint32 100
"""


def wait(what, condition):
    """Polls until the condition holds something, and returns that."""
    deadline = time.monotonic() + TIMEOUT
    while time.monotonic() < deadline:
        try:
            if found := condition():
                return found
        except LookupError:  # a widget went away between two questions
            pass
        time.sleep(0.02)
    raise AssertionError(f"waited in vain for {what}")


def descendants(node):
    for child in node:
        if child is not None:
            yield child
            yield from descendants(child)


def half(name):
    """GTK 4.8 names a button twice over: by its label, and by what it contains."""
    middle = len(name) // 2
    return name[:middle] if name[:middle] == name[middle + 1:] else name


def size(node):
    """Of a widget; GTK 4.8 has no other sign that it is not on the screen than that it has none."""
    box = node.queryComponent().getExtents(pyatspi.WINDOW_COORDS)
    return box.width, box.height


class Session:
    def __init__(self, program, folder, schemas):
        settings = folder / "config/glib-2.0/settings"
        settings.mkdir(parents=True)
        (settings / "keyfile").write_text(SETTINGS)
        self.log = open(folder / "stderr", "w+")
        self.process = subprocess.Popen([program], stderr=self.log, env=os.environ | {
            "GSETTINGS_BACKEND": "keyfile",
            "GSETTINGS_SCHEMA_DIR": schemas,
            "XDG_CONFIG_HOME": str(folder / "config"),
            "XDG_DATA_HOME": str(folder / "data"),
            "GSK_RENDERER": "cairo",
            "LANG": "C.UTF-8",
        })
        self.application = wait("the program to show itself", self.find_application)

    def find_application(self):
        assert self.process.poll() is None, f"the program ended with {self.process.returncode}"
        for application in pyatspi.Registry.getDesktop(0):
            if application and application.get_process_id() == self.process.pid:
                return application
        return None

    def all(self, role, name=None):
        """What is on the screen now, of a role and perhaps of a name."""
        return [node for node in descendants(self.application)
                if node.getRole() == role and name in (None, node.name, half(node.name))
                and size(node) > (0, 0)]

    def one(self, role, name):
        return wait(f"{role} “{name}”", lambda: self.all(role, name))[0]

    def click(self, role, name):
        node = self.one(role, name)
        wait(f"“{name}” to take a click",
             lambda: node.getState().contains(pyatspi.STATE_SENSITIVE))
        assert node.queryAction().doAction(0), f"“{name}” cannot be clicked"

    def extents(self, node):
        """Where a widget is on the screen: x, y, width, height."""
        box = node.queryComponent().getExtents(pyatspi.WINDOW_COORDS)
        window = subprocess.check_output(
            ["xdotool", "search", "--onlyvisible", "--pid", str(self.process.pid),
             "getwindowgeometry", "--shell", "%1"], text=True)
        origin = dict(line.split("=") for line in window.split())
        return box.x + int(origin["X"]), box.y + int(origin["Y"]), box.width, box.height

    def drag(self, points):
        move = [["mousemove", str(round(x)), str(round(y))] for x, y in points]
        words = move[0] + ["mousedown", "1"] + sum(move[1:], []) + ["mouseup", "1"]
        subprocess.run(["xdotool", *words], check=True)


def ok(number, sentence):
    print(f"ok {number} - {sentence}", flush=True)


def train(session):
    session.click(pyatspi.ROLE_PUSH_BUTTON, "Start")
    session.one(pyatspi.ROLE_PUSH_BUTTON, "Pause")
    session.one(pyatspi.ROLE_PUSH_BUTTON, "Start")


def draw_zero(session):
    session.click(pyatspi.ROLE_PAGE_TAB, "Draw")
    x, y, width, height = session.extents(session.one(pyatspi.ROLE_DRAWING_AREA, "Canvas"))
    turns = [2 * math.pi * i / 40 for i in range(42)]
    session.drag([(x + width * (0.5 + 0.18 * math.sin(t)), y + height * (0.5 - 0.3 * math.cos(t)))
                  for t in turns])

    def answer():
        bars = session.all(pyatspi.ROLE_LEVEL_BAR)
        values = {bar.name: bar.queryValue().currentValue for bar in bars}
        best = max(values, key=values.get, default=None)
        return best if len(values) == 10 and values[best] > 0.3 else None

    return wait("an answer", answer)


def browse(session):
    session.click(pyatspi.ROLE_PAGE_TAB, "Predictions")
    session.click(pyatspi.ROLE_TOGGLE_BUTTON, "Wrong")
    wait("the count of wrong ones", lambda: [
        node for node in session.all(pyatspi.ROLE_LABEL) if "wrong" in node.name])


def close(session):
    session.click(pyatspi.ROLE_PUSH_BUTTON, "Close")
    status = session.process.wait(TIMEOUT)
    session.log.seek(0)
    complaints = session.log.read()
    assert status == 0, f"the program ended with {status}: {complaints}"
    assert not complaints, complaints


def main():
    program, write_digits, strokes, schemas = sys.argv[1:]
    folder = pathlib.Path(tempfile.mkdtemp(prefix="inkling-session-"))
    session = None
    try:
        digits = folder / "data/inkling/datasets/mnist"
        digits.mkdir(parents=True)
        plain = folder / "strokes.unipen"
        plain.write_bytes(gzip.decompress(pathlib.Path(strokes).read_bytes()))
        subprocess.run([write_digits, plain, digits], check=True)

        print("1..5")
        session = Session(program, folder, schemas)
        ok(1, "the program opens a window")
        train(session)
        ok(2, "Start trains a network to the end of its run")
        answer = draw_zero(session)
        assert answer == "0", f"the 0 that was drawn was read as {answer}"
        ok(3, "a 0 drawn with the pointer is read as one")
        browse(session)
        ok(4, "the predictions can be filtered")
        close(session)
        ok(5, "closing the window ends the program, which complained about nothing")
    finally:
        if session and session.process.poll() is None:
            session.process.kill()
        shutil.rmtree(folder)


main()
