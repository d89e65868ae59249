#!/usr/bin/python3
"""A whole session with the real program, as a person has it: train, draw, browse, close.

usage: session.py PROGRAM WRITE-DIGITS STROKES.unipen.gz SCHEMA-FOLDER

Runs under a display and a session bus of its own. Finds everything by role and accessible name,
sends pointer and keys through the X server, and reads back what a screen reader would.
"""

import math
import sys

import pyatspi

from driver import Session, digits_folder, ok, wait

SETTINGS = """epochs=2
batch=10
eval-samples=uint32 100
"""


def train(session):
    session.click(pyatspi.ROLE_PUSH_BUTTON, "Start")
    stop = session.one(pyatspi.ROLE_PUSH_BUTTON, "Stop")
    wait("the end of the run", lambda: not stop.getState().contains(pyatspi.STATE_SENSITIVE))


def draw_zero(session):
    session.click(pyatspi.ROLE_PAGE_TAB, "Draw")
    x, y, width, height = session.extents(session.one(pyatspi.ROLE_IMAGE, "Canvas"))
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
    wait("the predictions", lambda: session.all(pyatspi.ROLE_TABLE_CELL))
    session.click(pyatspi.ROLE_PUSH_BUTTON, "Wrong")

    def only_wrong():
        names = [cell.name for cell in session.all(pyatspi.ROLE_TABLE_CELL)]
        return names and all(name.endswith("wrong") for name in names)

    wait("the wrong ones alone", only_wrong)


def close(session):
    session.click(pyatspi.ROLE_PUSH_BUTTON, "Close")
    session.process.wait(60)
    assert session.describe_end() == "the program ended with 0: ", session.describe_end()


def main():
    program, write_digits, strokes, schemas = sys.argv[1:]
    with digits_folder(write_digits, strokes) as folder:
        print("1..5")
        session = Session(program, folder, schemas, SETTINGS)
        try:
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
            session.process.kill()


main()
