#!/usr/bin/python3
"""Sessions that end before their time, and what the next one has of them.

usage: restore.py PROGRAM WRITE-DIGITS STROKES.unipen.gz SCHEMA-FOLDER
"""

import signal
import sys

import pyatspi

from driver import Session, descendants, digits_folder, ok, wait

SETTINGS = """epochs=1000
threads=1
batch=10
eval-every=20
eval-samples=uint32 100
"""


def read_texts(session):
    return [node.name for node in descendants(session.application)
            if node.getRole() == pyatspi.ROLE_LABEL]


def read_progress(session):
    return session.one(pyatspi.ROLE_PROGRESS_BAR, "Training").queryValue().currentValue


def train(session):
    """Starts, or goes on, and returns how far the run is once it has got further."""
    before = read_progress(session) if session.all(pyatspi.ROLE_PROGRESS_BAR, "Training") else 0
    session.click(pyatspi.ROLE_PUSH_BUTTON, "Start")
    return wait("more progress", lambda: (now := read_progress(session)) > before and now)


def wait_until_paused(session):
    wait("the run to be there, paused", lambda: "Paused" in read_texts(session))
    session.one(pyatspi.ROLE_PUSH_BUTTON, "Start")


def has_losses(session):
    return "loss" in session.one(pyatspi.ROLE_PANEL, "Loss and test accuracy").description.lower()


def turn_to(session, page):
    session.click(pyatspi.ROLE_PAGE_TAB, page)


def end(session, number):
    session.process.send_signal(number)
    return session.process.wait(60)


def survive_kill(start, checkpoint):
    session = start(SETTINGS)
    train(session)
    wait("the first checkpoint", checkpoint.exists)
    first = checkpoint.stat().st_ino
    wait("another in its place", lambda: checkpoint.stat().st_ino != first)
    assert end(session, signal.SIGKILL) == -signal.SIGKILL

    session = start(None)
    wait_until_paused(session)
    assert read_progress(session) > 0
    assert has_losses(session)
    ok(1, "a program that was killed in a run stands where its last test was")
    turn_to(session, "Predictions")
    wait("the predictions", lambda: session.all(pyatspi.ROLE_TABLE_CELL))
    ok(2, "it shows what it makes of the test images")
    turn_to(session, "Train")
    train(session)
    ok(3, "Start goes on")
    return session


def survive_end(start, session, number):
    reached = read_progress(session)
    assert end(session, number) == 0, session.describe_end()
    assert session.describe_end() == "the program ended with 0: ", session.describe_end()
    following = start(None)
    wait_until_paused(following)
    assert read_progress(following) >= reached, (read_progress(following), reached)
    return following


def main():
    program, write_digits, strokes, schemas = sys.argv[1:]
    with digits_folder(write_digits, strokes) as folder:
        sessions = []

        def start(settings):
            sessions.append(Session(program, folder, schemas, settings))
            return sessions[-1]

        print("1..6")
        try:
            session = survive_kill(start, folder / "state/inkling/window.safetensors")
            session = survive_end(start, session, signal.SIGTERM)
            ok(4, "asked to end, it keeps the last step and says nothing")
            train(session)
            session = survive_end(start, session, signal.SIGHUP)
            ok(5, "so it does when its terminal goes")
            session.click(pyatspi.ROLE_PUSH_BUTTON, "Stop")
            session.click(pyatspi.ROLE_PUSH_BUTTON, "Close")
            assert session.process.wait(60) == 0
            ok(6, "what is stopped is closed without a question")
        finally:
            for session in sessions:
                session.process.kill()
                session.process.wait()


main()
