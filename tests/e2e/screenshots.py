#!/usr/bin/python3
"""Pictures of the real window: every page, light and dark, and the widths it folds at.

usage: screenshots.py PROGRAM SCHEMA-FOLDER OUTPUT-FOLDER  (see data/take-screenshots)
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

import pyatspi

from driver import Session, wait, xdotool

FRAME = 5  # pixels around a window that no window manager decorates
GTK_SETTINGS = """[Settings]
gtk-font-name=Cantarell 11
gtk-decoration-layout=:close
"""
FOUR = [[(0.47, 0.17), (0.33, 0.38), (0.32, 0.52), (0.45, 0.53), (0.66, 0.42)],
        [(0.63, 0.20), (0.65, 0.45), (0.60, 0.85)]]


class Photographer(Session):
    def __init__(self, program, schemas, output, width, height, style):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="inkling-screenshots-"))
        gtk = self.home / "config/gtk-4.0/settings.ini"
        gtk.parent.mkdir(parents=True)
        gtk.write_text(GTK_SETTINGS)
        self.output, self.width, self.height = output, width, height
        super().__init__(
            program, self.home, schemas,
            f"width={width + 2 * FRAME}\nheight={height + 2 * FRAME}\n",
            {"ADW_DEBUG_COLOR_SCHEME": f"prefer-{style}",
             "XDG_DATA_HOME": str(pathlib.Path.home() / ".local/share")})

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.home)

    def take(self, name):
        time.sleep(0.5)  # the tree is ahead of the screen
        subprocess.run(["import", "-window", "root",
                        "-crop", f"{self.width}x{self.height}+{FRAME}+{FRAME}", "+repage",
                        self.output / f"{name}.png"], check=True)
        print(f"{name}.png")

    def point(self, role, name, right, down):
        """Moves the pointer to a place within a widget, given as shares of its size."""
        x, y, width, height = self.extents(self.one(role, name))
        xdotool("mousemove", round(x + width * right), round(y + height * down))

    def start(self):
        """Trains until two thirds of the run are done."""
        self.click(pyatspi.ROLE_PUSH_BUTTON, "Start")
        bar = self.one(pyatspi.ROLE_PROGRESS_BAR, "Training")
        wait("most of the run", lambda: bar.queryValue().currentValue > 0.66)

    def finish(self):
        stop = self.one(pyatspi.ROLE_PUSH_BUTTON, "Stop")
        wait("the end of the run", lambda: not stop.getState().contains(pyatspi.STATE_SENSITIVE))

        def has_toast():
            return any("test images right" in label.name for label in self.all(pyatspi.ROLE_LABEL))

        wait("the toast", has_toast)  # after the test of all images
        wait("the toast to go", lambda: not has_toast())

    def draw(self):
        self.click(pyatspi.ROLE_PAGE_TAB, "Draw")
        x, y, width, height = self.extents(self.one(pyatspi.ROLE_IMAGE, "Canvas"))
        for stroke in FOUR:
            self.drag([(x + width * right, y + height * down) for right, down in stroke])
        wait("an answer", lambda: any(
            bar.queryValue().currentValue > 0.3 for bar in self.all(pyatspi.ROLE_LEVEL_BAR)))


def take_wide(arguments, style):
    with Photographer(*arguments, 1180, 780, style) as window:
        window.start()
        window.point(pyatspi.ROLE_PANEL, "Loss and test accuracy", 0.35, 0.5)
        window.take(f"train-{style}")
        window.finish()
        window.draw()
        window.take(f"draw-{style}")
        window.click(pyatspi.ROLE_PAGE_TAB, "Predictions")
        wait("the predictions", lambda: window.all(pyatspi.ROLE_TABLE_CELL))
        window.take(f"predictions-{style}")


def take_folded(arguments, name, width, height):
    with Photographer(*arguments, width, height, "light") as window:
        window.start()
        window.take(name)


def main():
    program, schemas, output = sys.argv[1:]
    arguments = program, schemas, pathlib.Path(output)
    arguments[2].mkdir(exist_ok=True)
    take_wide(arguments, "light")
    take_wide(arguments, "dark")
    take_folded(arguments, "medium", 760, 600)
    take_folded(arguments, "narrow", 400, 780)


main()
