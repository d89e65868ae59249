#!/usr/bin/python3
"""What `meson install` puts into a prefix works from there, with nothing of the build around it.

usage: install.py BUILD-FOLDER PREFIX MODULE-FOLDER WRITE-DIGITS STROKES.unipen.gz

The program knows its prefix, so the build must be configured with one that is its own to write to.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import gi
import pyatspi

from driver import Session, digits_folder, ok, wait

gi.require_version("GdkPixbuf", "2.0")
from gi.repository import GdkPixbuf  # noqa: E402

ID = "page.inkling.Inkling"
COMMANDS = "train", "test", "predict", "devices", "fetch"
FILES = {
    "bin/inkling",
    f"share/applications/{ID}.desktop",
    f"share/glib-2.0/schemas/{ID}.gschema.xml",
    f"share/icons/hicolor/scalable/apps/{ID}.svg",
    f"share/icons/hicolor/symbolic/apps/{ID}-symbolic.svg",
    "share/locale/de/LC_MESSAGES/inkling.mo",
    "share/locale/zh_CN/LC_MESSAGES/inkling.mo",
    "share/man/man1/inkling.1",
    f"share/metainfo/{ID}.metainfo.xml",
}


def install(build, **environment):
    subprocess.run(["meson", "install", "-C", build, "--no-rebuild", "--quiet"], check=True,
                   stdout=sys.stderr, env=os.environ | environment)


def list_files(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def run(program, *arguments, **environment):
    done = subprocess.run([program, *arguments], env=os.environ | environment,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def make_german(folder):
    """A locale that the system may lack, and the environment that speaks it."""
    subprocess.run(["localedef", "-c", "-i", "de_DE", "-f", "UTF-8", folder / "de_DE.UTF-8"],
                   check=True, stdout=subprocess.DEVNULL)
    return {"LOCPATH": str(folder), "LC_ALL": "de_DE.UTF-8", "LANGUAGE": "de"}


def check_modules(program, modules):
    """A module that is none is noticed, so that is where the program looks."""
    modules.mkdir(parents=True, exist_ok=True)
    module = modules / "inkling-cuda.so"
    with open("/proc/self/maps") as maps:
        module.symlink_to(next(line.split()[-1] for line in maps if "/libc." in line))
    devices = [json.loads(line) for line in run(program, "devices", "--json").splitlines()]
    module.unlink()
    assert devices[0]["id"] == "cpu" and devices[0]["usable"], devices
    assert "of another version" in devices[1]["reason"], devices


def check_predict(program, folder):
    model, picture = folder / "model.safetensors", folder / "nine.pgm"
    digits = folder / "data/inkling/datasets/mnist"
    run(program, "train", "--data", digits, "--steps", "2", "--save", model)
    images = (digits / "t10k-images-idx3-ubyte").read_bytes()
    picture.write_bytes(b"P5 28 28 255\n" + images[16:16 + 28 * 28])
    answer = json.loads(run(program, "predict", "--json", "--model", model, picture))
    assert len(answer["probabilities"]) == 10, answer


def check_window(program, prefix, folder, german):
    """Reads its settings by the installed schema and speaks German."""
    session = Session(program, folder, "", "epochs=7\n", german | {
        "XDG_DATA_DIRS": f"{prefix / 'share'}:/usr/local/share:/usr/share"})
    try:
        session.one(pyatspi.ROLE_PUSH_BUTTON, "Starten")
        epochs = session.one(pyatspi.ROLE_SPIN_BUTTON, "Epochen")
        wait("the epochs of the settings", lambda: epochs.queryValue().currentValue == 7)
        session.click(pyatspi.ROLE_PUSH_BUTTON, "Schließen")
        session.process.wait(60)
        assert session.describe_end() == "the program ended with 0: ", session.describe_end()
    finally:
        session.process.kill()


def check_man_page(program, page):
    faults = subprocess.run(["groff", "-man", "-Tutf8", "-ww", "-z", page], check=True, text=True,
                            stderr=subprocess.PIPE).stderr
    assert not faults, faults
    text = page.read_text().replace("\\-", "-")
    for command in COMMANDS:
        options = set(re.findall(r"--[a-z-]+", run(program, command, "--help")))
        assert options, command
        missing = {option for option in options if not re.search(rf"{option}\b", text)}
        assert not missing, (command, missing)


def main():
    build, prefix, modules = (pathlib.Path(argument) for argument in sys.argv[1:4])
    program = prefix / "bin/inkling"
    with digits_folder(*sys.argv[4:]) as folder:
        print("1..8")
        with tempfile.TemporaryDirectory() as staging:
            install(build, DESTDIR=staging)
            staged = list_files(pathlib.Path(staging) / prefix.relative_to("/"))
        assert staged == FILES, staged ^ FILES
        ok(1, "what is staged for a package is all that is needed")
        install(build)
        assert (prefix / "share/glib-2.0/schemas/gschemas.compiled").exists()
        ok(2, "what is installed has its settings compiled")

        assert run(program, "--version").startswith("Inkling "), run(program, "--version")
        check_modules(program, modules)
        ok(3, "the installed program lists devices, and looks for the GPU's module in its folder")
        german = make_german(folder)
        assert "Ein Netz trainieren" in run(program, "--help", **german)
        ok(4, "it finds its translations")
        check_predict(program, folder)
        ok(5, "it trains and predicts")
        check_window(program, prefix, folder, german)
        ok(6, "its window opens with its settings and translations")

        for icon in sorted(path for path in FILES if path.endswith(".svg")):
            assert GdkPixbuf.Pixbuf.new_from_file_at_size(str(prefix / icon), 64, 64)
        ok(7, "its icons are pictures")
        check_man_page(program, prefix / "share/man/man1/inkling.1")
        ok(8, "its man page has no faults, and every option")


main()
