#!/usr/bin/env python3
"""A run speaks the language that is asked for, whatever else the environment says, with its numbers
and, in a window, its letters.

usage: language.py TOP-FOLDER PROGRAM TRANSLATIONS-FOLDER

Runs data/language.sh as ./run does, with nothing installed. Speaks TAP.
"""

import json
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import unicodedata

# “installs …” stands for apt-get.
SCRIPT = """set -eu
. data/setup.sh
. data/language.sh
install_packages() { echo "installs $*"; }
speak_language "$1"
shift
"$@" 2>&1 || true
"""
ASKED = "train", "--epochs", "10001"
SAID = {
    "": "--epochs must be a whole number from 1 to",
    "de": "--epochs muss eine ganze Zahl von 1 bis 1.000 sein",
    "zh_CN": "--epochs 必须是 1 到 1,000 之间的整数",
}
# Environments in which gettext or libc alone would not speak what LANGUAGE asks for.
POOR = ["", "LANG=C", "LANG=C.UTF-8", "LANG=POSIX", "LC_ALL=C", "LC_ALL=C.UTF-8",
        "LC_MESSAGES=C.UTF-8", "LANG=xx_XX.UTF-8"]
# What speaks which language.
LANGUAGES = [
    ("", ""),
    ("LANGUAGE=en LANG=C.UTF-8", ""),
    ("LANGUAGE=xx", ""),
    ("LANGUAGE=xx:de", "de"),
    ("LANGUAGE=zh_CN:de", "zh_CN"),
    ("LANG=de_DE.UTF-8", "de"),
    ("LANG=zh_CN.UTF-8", "zh_CN"),
] + [(f"LANGUAGE={language} {poor}", language) for language in ("de", "zh_CN") for poor in POOR]
FONT = "installs fonts-noto-cjk"
# Whether a Chinese font is installed: the environment, and the Chinese fonts that are there.
FONTS = [
    ("LANGUAGE=zh_CN DISPLAY=:0", "", "zh_CN", True),
    ("LANG=zh_CN.UTF-8 WAYLAND_DISPLAY=wayland-0", "", "zh_CN", True),
    ("LANGUAGE=zh_CN DISPLAY=:0", "Noto Sans CJK SC", "zh_CN", False),
    ("LANGUAGE=zh_CN", "", "zh_CN", False),
    ("LANGUAGE=de DISPLAY=:0", "", "de", False),
    ("DISPLAY=:0", "", "", False),
]
IMAGES = 20


def write_data_set(folder):
    for part in "train", "t10k":
        pathlib.Path(folder, f"{part}-images-idx3-ubyte").write_bytes(
            struct.pack(">4I", 0x803, IMAGES, 28, 28) + bytes(range(196)) * 4 * IMAGES)
        pathlib.Path(folder, f"{part}-labels-idx1-ubyte").write_bytes(
            struct.pack(">2I", 0x801, IMAGES) + bytes(i % 10 for i in range(IMAGES)))


def columns(line):
    """That it takes in a terminal: two a Chinese letter."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in line)


def is_progress(line):
    """JSON, with a fraction that only a decimal point can give."""
    try:
        return json.loads(line).get("loss", 0) % 1 > 0
    except ValueError:
        return False


def main():
    top, program, translations = (pathlib.Path(argument).resolve() for argument in sys.argv[1:])
    folder = tempfile.TemporaryDirectory()
    fonts_of_desktop = pathlib.Path(folder.name, "fc-list")
    fonts_of_desktop.write_text('#!/bin/sh\necho "$FONTS"\n')
    fonts_of_desktop.chmod(0o755)

    def run(environment, *arguments, fonts=""):
        done = subprocess.run(
            ["/bin/sh", "-c", SCRIPT, "run", folder.name, program, *arguments], cwd=top,
            env={"HOME": folder.name, "PATH": f"{folder.name}:{os.environ['PATH']}",
                 "FONTS": fonts, "INKLING_LOCALES": str(translations)}
            | dict(setting.split("=") for setting in environment.split()),
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return done.stdout.decode()

    cases = []
    for environment, language in LANGUAGES:
        said = run(environment, *ASKED)
        cases.append((f"“{environment}” speaks “{language}”", SAID[language] in said, said))
    for environment, fonts, language, installs in FONTS:
        said = run(environment, *ASKED, fonts=fonts)
        verb = "gets" if installs else "needs no"
        cases.append((f"“{environment}” with the fonts “{fonts}” {verb} letters",
                      SAID[language] in said and (FONT in said) == installs, said))
    write_data_set(folder.name)
    train = "train", "--data", folder.name, "--batch", "10", "--steps", "2"
    said = run("LANGUAGE=zh_CN", *train)
    table = said[said.find("\n层 ") + 1:said.find("\n内存")].splitlines()
    cases.append(("the columns of a Chinese table end together",
                  len(table) > 2 and len(set(map(columns, table))) == 1, said))
    said = run("LANGUAGE=de", *train)
    cases.append(("people read a decimal comma in German", "Verlust 2," in said, said))
    said = run("LANGUAGE=de", *train, "--json")
    cases.append(("scripts read a decimal point", any(map(is_progress, said.splitlines())), said))

    print(f"1..{len(cases)}")
    for number, (name, holds, said) in enumerate(cases, start=1):
        print(f"{'ok' if holds else 'not ok'} {number} {name}")
        if not holds:
            print("#", said.replace("\n", "\n# "))


if __name__ == "__main__":
    main()
