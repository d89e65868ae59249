"""The real program in a real window, driven as a person would and read as a screen reader does."""

import contextlib
import gzip
import os
import pathlib
import shutil
import subprocess
import tempfile
import time

import pyatspi
from gi.repository import GLib

TIMEOUT = 120  # seconds
# What is raised about a widget that went away between two questions. libatspi then says "The
# application no longer exists", though only the widget does not.
GONE = GLib.GError, LookupError, NotImplementedError


def wait(what, condition):
    """Polls until the condition holds something, and returns that."""
    deadline = time.monotonic() + TIMEOUT
    trouble = None
    while time.monotonic() < deadline:
        try:
            if found := condition():
                return found
        except GONE as error:
            trouble = error
        time.sleep(0.02)
    raise AssertionError(f"waited in vain for {what}") from trouble


def children(node):
    with contextlib.suppress(*GONE):
        yield from filter(None, node)


def is_hidden_box(node):
    try:
        return node.getRole() == pyatspi.ROLE_FILLER and not is_on_screen(node)
    except GONE:
        return True


def descendants(node):
    """All below it, but for boxes that are not on the screen: each question is a message to the
    program and back, and half of a window is on pages that are not open."""
    for child in children(node):
        if not is_hidden_box(child):
            yield child
            yield from descendants(child)


def half(name):
    """GTK 4.8 names a button twice over: by its label, and by what it contains."""
    middle = len(name) // 2
    return name[:middle] if middle and name[:middle] == name[middle + 1:] else name


def size(node):
    """Of a widget; GTK 4.8 has no other sign that it is not on the screen than that it has none."""
    box = node.queryComponent().getExtents(pyatspi.WINDOW_COORDS)
    return box.width, box.height


def is_on_screen(node):
    try:
        return min(size(node)) > 0
    except NotImplementedError:  # a page of a stack, which is not a widget itself
        return True


def ok(number, sentence):
    print(f"ok {number} - {sentence}", flush=True)


@contextlib.contextmanager
def digits_folder(write_digits, strokes):
    """A home for the program, with real digits as its MNIST; gone at the end."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="inkling-"))
    try:
        digits = folder / "data/inkling/datasets/mnist"
        digits.mkdir(parents=True)
        plain = folder / "strokes.unipen"
        plain.write_bytes(gzip.decompress(pathlib.Path(strokes).read_bytes()))
        subprocess.run([write_digits, plain, digits], check=True)
        yield folder
    finally:
        shutil.rmtree(folder)


def xdotool(*words):
    return subprocess.check_output(["xdotool", *map(str, words)], text=True)


class Session:
    def __init__(self, program, folder, schemas, settings, environment=()):
        """Starts the program with its home in the folder; settings: the lines of a key
        file; None: as the session before left them."""
        keyfile = folder / "config/glib-2.0/settings/keyfile"
        keyfile.parent.mkdir(parents=True, exist_ok=True)
        if settings is not None:
            keyfile.write_text("[page/inkling/Inkling]\n" + settings)
        self.log = open(folder / "stderr", "w+")
        self.process = subprocess.Popen([program], stderr=self.log, env=os.environ | {
            "GSETTINGS_BACKEND": "keyfile",
            "GSETTINGS_SCHEMA_DIR": schemas,
            "XDG_CONFIG_HOME": str(folder / "config"),
            "XDG_DATA_HOME": str(folder / "data"),
            "XDG_STATE_HOME": str(folder / "state"),
            "GSK_RENDERER": "cairo",
            "LANG": "C.UTF-8",
        } | dict(environment))
        self.application = wait("the program to show itself", self.find_application)

    def describe_end(self):
        self.log.seek(0)
        return f"the program ended with {self.process.returncode}: {self.log.read()}"

    def find_application(self):
        assert self.process.poll() is None, self.describe_end()
        for application in pyatspi.Registry.getDesktop(0):
            if application and application.get_process_id() == self.process.pid:
                return application
        return None

    def find(self, role, name):
        """What is on the screen now, of a role and, unless it is None, of a name."""
        def matches(node):
            with contextlib.suppress(*GONE):
                return node.getRole() == role and name in (None, half(node.name.strip())) \
                    and min(size(node)) > 0

        assert self.process.poll() is None, self.describe_end()
        return filter(matches, descendants(self.application))

    def all(self, role, name=None):
        return list(self.find(role, name))

    def one(self, role, name):
        return wait(f"{role} “{name}”", lambda: next(self.find(role, name), None))

    def click(self, role, name):
        node = self.one(role, name)
        wait(f"“{name}” to take a click",
             lambda: node.getState().contains(pyatspi.STATE_SENSITIVE))
        assert node.queryAction().doAction(0), f"“{name}” cannot be clicked"

    def extents(self, node):
        """Where a widget is on the screen: x, y, width, height."""
        box = node.queryComponent().getExtents(pyatspi.WINDOW_COORDS)
        window = xdotool("search", "--onlyvisible", "--pid", self.process.pid).split()[0]
        geometry = xdotool("getwindowgeometry", "--shell", window)
        origin = dict(line.split("=") for line in geometry.split())
        return box.x + int(origin["X"]), box.y + int(origin["Y"]), box.width, box.height

    def look_back(self):
        """Gives the keyboard focus to the program's window, as a window manager does when a dialog
        closes."""
        window = xdotool("search", "--onlyvisible", "--pid", self.process.pid).split()[0]
        xdotool("windowfocus", window)
        wait("the window to have the keys",
             lambda: self.application[0].getState().contains(pyatspi.STATE_ACTIVE))

    def look_away(self):
        """Takes the keyboard focus from the program, as another window does that is clicked."""
        xdotool("mousemove", 1355, 855)
        root = xdotool("getmouselocation", "--shell").split("WINDOW=")[1].strip()
        xdotool("windowfocus", root)
        wait("the window to be in the background",
             lambda: not self.application[0].getState().contains(pyatspi.STATE_ACTIVE))

    def drag(self, points):
        moves = [("mousemove", round(x), round(y)) for x, y in points]
        xdotool(*moves[0], "mousedown", 1, *(word for move in moves[1:] for word in move),
                "mouseup", 1)
