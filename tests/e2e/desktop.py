#!/usr/bin/python3
"""A run and the desktop around the window: suspend is inhibited, and the end is notified of.

usage: desktop.py PROGRAM WRITE-DIGITS STROKES.unipen.gz SCHEMA-FOLDER
"""

import subprocess
import sys

import pyatspi

from driver import Session, digits_folder, ok, wait

SETTINGS = "epochs=3\nbatch=10\n"
SERVICES = """
import sys
from gi.repository import Gio, GLib

XML = '''<node>
<interface name="org.freedesktop.Notifications">
 <method name="Notify">
  <arg type="s"/><arg type="u"/><arg type="s"/><arg type="s"/><arg type="s"/>
  <arg type="as"/><arg type="a{sv}"/><arg type="i"/><arg type="u" direction="out"/>
 </method>
</interface>
<interface name="org.gnome.SessionManager">
 <method name="Inhibit">
  <arg type="s"/><arg type="u"/><arg type="s"/><arg type="u"/><arg type="u" direction="out"/>
 </method>
 <method name="Uninhibit"><arg type="u"/></method>
</interface>
</node>'''

def on_call(bus, sender, path, interface, method, arguments, invocation):
    print(method, *arguments.unpack(), flush=True)
    invocation.return_value(None if method == "Uninhibit" else GLib.Variant("(u)", (7,)))

bus = Gio.bus_get_sync(Gio.BusType.SESSION)
for interface in Gio.DBusNodeInfo.new_for_xml(XML).interfaces:
    bus.register_object("/" + interface.name.replace(".", "/"), interface, on_call, None, None)
    Gio.bus_own_name_on_connection(bus, interface.name, 0, lambda *_: print("ready", flush=True), None)
GLib.MainLoop().run()
"""


class Desktop:
    """What a desktop offers to programs on the session bus, and what they asked of it."""

    def __init__(self, folder):
        self.log = folder / "desktop"
        # Read by its name: through the same open file, reading would move where the next is written.
        with open(self.log, "w") as log:
            self.process = subprocess.Popen([sys.executable, "-c", SERVICES], stdout=log)
        wait("the services", lambda: self.calls("ready") == ["ready"] * 2)

    def calls(self, method):
        lines = self.log.read_text().splitlines()
        return [line.strip() for line in lines if line.startswith(method)]


def main():
    with digits_folder(*sys.argv[2:4]) as folder:
        desktop = Desktop(folder)
        session = Session(sys.argv[1], folder, sys.argv[4], SETTINGS)
        try:
            print("1..2")
            session.look_away()
            session.click(pyatspi.ROLE_PUSH_BUTTON, "Start")
            wait("suspend to be inhibited", lambda: desktop.calls("Inhibit"))
            wait("suspend to be allowed again", lambda: desktop.calls("Uninhibit 7"))
            ok(1, "the computer stays awake for a run and no longer")
            said = wait("a notification", lambda: desktop.calls("Notify"))
            assert len(said) == 1 and "Training finished" in said[0], said
            assert "test images right after" in said[0], said
            ok(2, "the end of a run in the background is notified of")
        finally:
            session.process.kill()
            desktop.process.kill()


main()
