"""What a screen reader can't do without, held against every accessible object of a program."""

import collections
from functools import cached_property
import re

import pyatspi

from driver import half, is_on_screen

TYPE_NAME = re.compile(r"(Gtk|Adw|Ink)[A-Z]\w*")  # what GTK calls what has no name
IMAGES = pyatspi.ROLE_IMAGE, pyatspi.ROLE_ICON
BARS = (pyatspi.ROLE_LEVEL_BAR, pyatspi.ROLE_PROGRESS_BAR, pyatspi.ROLE_SLIDER,
        pyatspi.ROLE_SPIN_BUTTON)
CONTAINERS = (pyatspi.ROLE_LIST, pyatspi.ROLE_LIST_BOX, pyatspi.ROLE_SCROLL_PANE,
              pyatspi.ROLE_TABLE)
WHOLES = pyatspi.ROLE_COMBO_BOX, pyatspi.ROLE_PUSH_BUTTON


class Seen:
    """An accessible object of which each thing is asked once, as every question is a message to the
    program and back."""

    def __init__(self, node):
        self.node = node

    @cached_property
    def name(self):
        return self.node.name

    @cached_property
    def description(self):
        return self.node.description

    @cached_property
    def role(self):
        return self.node.getRole()

    @cached_property
    def is_named(self):
        return self.name != "" and not TYPE_NAME.fullmatch(self.name)

    @cached_property
    def takes_focus(self):
        return self.node.getState().contains(pyatspi.STATE_FOCUSABLE)

    @cached_property
    def is_on_screen(self):
        return is_on_screen(self.node)

    @cached_property
    def children(self):
        return [Seen(child) for child in self.node if child is not None]

    def descendants(self):
        for child in self.children:
            yield child
            yield from child.descendants()

    def __str__(self):
        return f"{self.node.getRoleName()} “{self.name}”"


def holds_focus_itself(seen, ancestors):
    """Whether the focus can rest on it, and not on what is in it or around it."""
    if seen.role in CONTAINERS:
        contents = [each for each in seen.descendants() if each.is_on_screen]
        if any(each.takes_focus for each in contents) or not any(each.is_named for each in contents):
            return False
        if ancestors[-1].is_named:
            return False  # as the only child of what says its name
    return not any(ancestor.role in WHOLES and ancestor.takes_focus for ancestor in ancestors)


def needs_name(seen, ancestors):
    if seen.role in IMAGES:  # a button speaks for its icon
        return not seen.description and not any(
            ancestor.takes_focus and ancestor.is_named for ancestor in ancestors)
    return seen.takes_focus and holds_focus_itself(seen, ancestors)


def has_value(node):
    try:
        value = node.queryValue()
    except NotImplementedError:
        return False
    return value.minimumValue <= value.currentValue <= value.maximumValue != value.minimumValue


def find_faults_of(seen, ancestors):
    if not seen.is_named and needs_name(seen, ancestors):
        yield "no name"
    if seen.name != seen.name.strip():
        yield "spaces around the name"
    if half(seen.name) != seen.name:
        yield "the name twice"
    if seen.role in BARS and not has_value(seen.node):
        yield "no value"


def find_twins(shown):
    names = collections.Counter(str(each) for each in shown if each.is_named and each.takes_focus)
    return [f"{count} × {name}" for name, count in names.items() if count > 1]


def find_faults(seen, ancestors=()):
    """Sentences on what is wrong, each with the way to it; none when all is well."""
    shown = [child for child in seen.children if child.is_on_screen]

    for fault in (*find_faults_of(seen, ancestors), *find_twins(shown)):
        yield f"{fault}: " + " › ".join(map(str, (*ancestors[-4:], seen)))
    for child in shown:
        yield from find_faults(child, (*ancestors, seen))


def check(session, moment, excused=()):
    """Fails with all that is wrong in the program's windows, but for what is excused by its end."""
    faults = [fault for fault in find_faults(Seen(session.application))
              if not fault.endswith(tuple(excused))]
    assert not faults, "\n".join([f"{moment}:", *faults])
