"""What a screen reader can't do without, held against every accessible object of a program."""

import collections
import re

import pyatspi

from driver import descendants, half, is_on_screen

TYPE_NAME = re.compile(r"(Gtk|Adw|Ink)[A-Z]\w*")  # what GTK calls what has no name
IMAGES = pyatspi.ROLE_IMAGE, pyatspi.ROLE_ICON
BARS = (pyatspi.ROLE_LEVEL_BAR, pyatspi.ROLE_PROGRESS_BAR, pyatspi.ROLE_SLIDER,
        pyatspi.ROLE_SPIN_BUTTON)
CONTAINERS = (pyatspi.ROLE_LIST, pyatspi.ROLE_LIST_BOX, pyatspi.ROLE_SCROLL_PANE,
              pyatspi.ROLE_TABLE)
WHOLES = pyatspi.ROLE_COMBO_BOX, pyatspi.ROLE_PUSH_BUTTON


def is_named(node):
    return node.name != "" and not TYPE_NAME.fullmatch(node.name)


def takes_focus(node):
    return node.getState().contains(pyatspi.STATE_FOCUSABLE)


def holds_focus_itself(node, ancestors):
    """Whether the focus can rest on it, and not on what is in it or around it."""
    if node.getRole() in CONTAINERS:
        contents = [child for child in descendants(node) if is_on_screen(child)]
        if any(map(takes_focus, contents)) or not any(map(is_named, contents)):
            return False
        if is_named(ancestors[-1]):
            return False  # as the only child of what says its name
    return not any(ancestor.getRole() in WHOLES and takes_focus(ancestor)
                   for ancestor in ancestors)


def needs_name(node, ancestors):
    if node.getRole() in IMAGES:  # a button speaks for its icon
        return not node.description and not any(
            takes_focus(ancestor) and is_named(ancestor) for ancestor in ancestors)
    return takes_focus(node) and holds_focus_itself(node, ancestors)


def has_value(node):
    try:
        value = node.queryValue()
    except NotImplementedError:
        return False
    return value.minimumValue <= value.currentValue <= value.maximumValue != value.minimumValue


def find_faults_of(node, ancestors):
    if needs_name(node, ancestors) and not is_named(node):
        yield "no name"
    if node.name != node.name.strip():
        yield "spaces around the name"
    if half(node.name) != node.name:
        yield "the name twice"
    if node.getRole() in BARS and not has_value(node):
        yield "no value"


def find_twins(children):
    names = collections.Counter((child.getRoleName(), child.name)
                                for child in children if takes_focus(child) and is_named(child))
    return [f"{count} × {role} “{name}”" for (role, name), count in names.items() if count > 1]


def find_faults(node, ancestors=()):
    """Sentences on what is wrong, each with the way to it; none when all is well."""
    way = " › ".join(f"{each.getRoleName()} “{each.name}”" for each in (*ancestors[-4:], node))
    children = [child for child in node if child is not None and is_on_screen(child)]

    for fault in (*find_faults_of(node, ancestors), *find_twins(children)):
        yield f"{fault}: {way}"
    for child in children:
        yield from find_faults(child, (*ancestors, node))


def check(session, moment, excused=()):
    """Fails with all that is wrong in the program's windows, but for what is excused by its end."""
    faults = [fault for fault in find_faults(session.application)
              if not fault.endswith(tuple(excused))]
    assert not faults, "\n".join([f"{moment}:", *faults])
