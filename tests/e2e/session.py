#!/usr/bin/python3
"""A whole session with the real program, as a person has it who hears the window and can't see it.

usage: session.py PROGRAM WRITE-DIGITS STROKES.unipen.gz SCHEMA-FOLDER

Train, draw, browse, close, under a display and a session bus of its own. Everything is found by
role and accessible name and read back from the accessibility tree; pointer and keys go through the
X server. Every page is held against the rules of rules.py before, during and after the run.
"""

import math
import re
import sys

import pyatspi

from driver import Session, descendants, digits_folder, ok, wait, xdotool
from rules import check

SETTINGS = """epochs=1000
threads=1
batch=10
eval-samples=uint32 100
"""
MOST_TABS = 20
PAGES = "Train", "Draw", "Predictions"


def is_open(session, page):
    return session.one(pyatspi.ROLE_PAGE_TAB, page).getState().contains(pyatspi.STATE_SELECTED)


def turn_to(session, page):
    session.click(pyatspi.ROLE_PAGE_TAB, page)
    wait(f"the page {page}", lambda: is_open(session, page))


def look_around(session, when):
    """Leaves the Train page open."""
    for page in reversed(PAGES):
        turn_to(session, page)
        check(session, f"{page} {when}")


def read_texts(node):
    return [child.name for child in descendants(node) if child.getRole() == pyatspi.ROLE_LABEL]


def read_chart(session):
    return session.one(pyatspi.ROLE_PANEL, "Loss and test accuracy").description


def is_running(session):
    return session.one(pyatspi.ROLE_PUSH_BUTTON, "Stop").getState().contains(
        pyatspi.STATE_SENSITIVE)


def train(session):
    untrained = read_chart(session)
    session.click(pyatspi.ROLE_PUSH_BUTTON, "Start")
    bar = session.one(pyatspi.ROLE_PROGRESS_BAR, "Training")
    first = wait("the first progress", lambda: bar.queryValue().currentValue)
    wait("more progress", lambda: bar.queryValue().currentValue > first)
    wait("the epoch", lambda: [text for text in read_texts(session.application)
                               if re.fullmatch(r"Epoch \d+ of 1,?000", text)])
    said = wait("the chart to tell the losses", lambda: read_chart(session) != untrained
                and read_chart(session))
    wait("the chart to go on", lambda: read_chart(session) != said)
    wait("the batch", lambda: session.all(pyatspi.ROLE_PANEL, "Current batch")[0].description)


def stop(session):
    session.click(pyatspi.ROLE_PUSH_BUTTON, "Stop")
    wait("the end of the run", lambda: not is_running(session))
    session.one(pyatspi.ROLE_PUSH_BUTTON, "Start")


def read_probabilities(panel):
    """Of the ten classes, by name."""
    bars = {node.name: node.queryValue().currentValue for node in descendants(panel)
            if node.getRole() == pyatspi.ROLE_LEVEL_BAR}
    assert len(bars) == 10, bars
    return bars


def read_answer(session):
    """What the answer card says, once its bars say the same."""
    panel = session.one(pyatspi.ROLE_PANEL, "Answer")
    bars, texts = read_probabilities(panel), read_texts(panel)
    sentence = next((i for i, text in enumerate(texts)
                     if text.startswith(("Almost certain.", "Fairly sure.", "Unsure."))), None)
    if sentence is None:
        return None
    answer, percent = texts[sentence - 2:sentence]
    agree = answer == max(bars, key=bars.get) and abs(sum(bars.values()) - 1) < 0.01 and \
        abs(float(percent.split()[0]) / 100 - bars[answer]) < 0.001
    return answer if agree else None


def draw_zero(session):
    turn_to(session, "Draw")
    x, y, width, height = session.extents(session.one(pyatspi.ROLE_IMAGE, "Canvas"))
    turns = [2 * math.pi * i / 40 for i in range(42)]
    session.drag([(x + width * (0.5 + 0.18 * math.sin(t)), y + height * (0.5 - 0.3 * math.cos(t)))
                  for t in turns])
    wait("the answer 0", lambda: read_answer(session) == "0")


def read_cells(session):
    """What the grid shows: number, label and prediction of each image, as far as it is in sight."""
    pattern = re.compile(r"Image ([\d,]+), label (\d), predicted (\d), (?:right|wrong)")
    return [pattern.fullmatch(cell.name).groups()
            for cell in session.all(pyatspi.ROLE_TABLE_CELL)]


def filter_wrong(session):
    session.click(pyatspi.ROLE_PUSH_BUTTON, "Wrong")
    wait("the wrong ones alone", lambda: (cells := read_cells(session))
         and all(label != predicted for _, label, predicted in cells))


def read_detail(session):
    """Of the image whose detail is shown: its number, label and prediction, and its loss."""
    number = next(image.name.removeprefix("Image ") for image in session.all(pyatspi.ROLE_IMAGE)
                  if image.name.startswith("Image "))
    texts = read_texts(session.application)
    label, predicted = next(match.groups() for text in texts
                            if (match := re.fullmatch(r"Label (\d), predicted (\d)", text)))
    assert any(re.fullmatch(r"Loss [\d.]+", text) for text in texts), texts
    return number, label, predicted


def has_keys(node):
    return node.getState().contains(pyatspi.STATE_FOCUSED)


def tab_to(session, matches):
    """Presses Tab until the keys are with what is looked for, and returns that."""
    for _ in range(MOST_TABS):
        node = wait("the keys to be with something",
                    lambda: next(filter(has_keys, descendants(session.application)), None))
        if matches(node):
            return node
        xdotool("key", "Tab")
        wait(f"Tab to leave “{node.name}”", lambda: not has_keys(node))
    raise AssertionError(f"{MOST_TABS} times Tab do not lead there")


def move_in_grid(session):
    """With the keys, from the first image to the second; returns what is said of that."""
    xdotool("key", "ctrl+f")
    tab_to(session, lambda node: node.getRole() == pyatspi.ROLE_TABLE_CELL)
    xdotool("key", "Home", "Right")
    wait("the second image to have the keys",
         lambda: has_keys(session.all(pyatspi.ROLE_TABLE_CELL)[1]))
    chosen = read_cells(session)[1]
    wait("its detail", lambda: read_detail(session) == chosen)
    bars = read_probabilities(session.all(pyatspi.ROLE_PANEL, "Probabilities")[-1])
    assert max(bars, key=bars.get) == chosen[2], (chosen, bars)
    return chosen


def choose_confused(session, label, predicted):
    """With the keys, a cell of the matrix."""
    matrix = tab_to(session, lambda node: node.name.startswith("Confusion matrix"))
    assert re.search(rf"^{label}: \d+ images, .*, \d+ read as {predicted}\b", matrix.description,
                     re.MULTILINE), matrix.description
    xdotool("key", *["Down"] * int(label), *["Right"] * int(predicted))
    wait("the matrix to name the cell",
         lambda: f"Label {label}, predicted {predicted}: " in matrix.name)
    xdotool("key", "Return")
    wait("those images alone", lambda: (cells := read_cells(session))
         and all(cell[1:] == (label, predicted) for cell in cells))


def open_in_draw(session, predicted):
    session.click(pyatspi.ROLE_PUSH_BUTTON, "Open in Draw")
    wait("the page Draw", lambda: is_open(session, "Draw"))
    wait("the same answer there", lambda: read_answer(session) == predicted)


def close(session):
    session.click(pyatspi.ROLE_PUSH_BUTTON, "Close")
    session.process.wait(60)
    assert session.describe_end() == "the program ended with 0: ", session.describe_end()


def main():
    program, write_digits, strokes, schemas = sys.argv[1:]
    with digits_folder(write_digits, strokes) as folder:
        print("1..10")
        session = Session(program, folder, schemas, SETTINGS)
        try:
            look_around(session, "before training")
            ok(1, "the program opens a window, and every page of it can be read")
            train(session)
            ok(2, "Start trains, and the progress, the chart and the batch tell so")
            look_around(session, "during the run")
            ok(3, "every page can be read while a network trains")
            stop(session)
            look_around(session, "after the run")
            ok(4, "Stop ends the run, and every page can be read")
            draw_zero(session)
            check(session, "Draw with a drawing")
            ok(5, "a 0 drawn with the pointer is read as one, with ten probabilities")
            turn_to(session, "Predictions")
            filter_wrong(session)
            ok(6, "the predictions are filtered")
            _, label, predicted = move_in_grid(session)
            ok(7, "the keys move in the grid, and the detail of an image is read")
            choose_confused(session, label, predicted)
            ok(8, "a cell of the matrix is chosen with the keys, and its images are shown")
            open_in_draw(session, predicted)
            ok(9, "an image is opened on the canvas")
            close(session)
            ok(10, "closing the window ends the program, which complained about nothing")
        finally:
            session.process.kill()


main()
