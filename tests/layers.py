#!/usr/bin/env python3
"""The layers hold: app → ui → engine → kernels, and an include never points up.

usage: layers.py TOP-FOLDER KERNELS-LIBRARY ENGINE-LIBRARY [--headers]

Speaks TAP. Fails on GLib in kernels, on GTK in engine (in the sources and in what the libraries ask
the linker for), on an upward include, and with --headers (where every layer's libraries are there)
on a header that does not compile alone.
"""

import pathlib
import re
import subprocess
import sys

LAYERS = ["kernels", "engine", "ui", "app"]  # from the lowest
FOREIGN = {
    "kernels": re.compile(r"\b_?(g|gtk|adw|gdk|json|soup|cairo)_[a-z]\w*"),
    "engine": re.compile(r"\b(gtk|adw)_[a-z]\w*"),
}
PACKAGES = {
    "kernels": [],
    "engine": ["gio-unix-2.0", "json-glib-1.0", "cairo", "gdk-pixbuf-2.0"],
    "ui": ["gtk4", "libadwaita-1"],
    "app": ["gtk4", "libadwaita-1", "json-glib-1.0"],
}
MACROS = ["-DKERNEL=5", "-DMAX_POOL=1"]  # those the build gives to kernels/cpu
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)
ANY_INCLUDE = re.compile(r'^\s*#\s*include\s+[<"]([^">]+)[">]', re.MULTILINE)
COMMENT_OR_STRING = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', re.DOTALL)


def sources(top, layer, *suffixes):
    return sorted(path for path in (top / layer).rglob("*") if path.suffix in suffixes)


def find_foreign_names(top, layer):
    for path in sources(top, layer, ".c", ".h", ".cu", ".cuh"):
        code = COMMENT_OR_STRING.sub("", path.read_text())
        for name in sorted({match[0] for match in FOREIGN[layer].finditer(code)}):
            yield f"{path.relative_to(top)} uses {name}"


def find_foreign_symbols(library, layer):
    listing = subprocess.run(["nm", "--undefined-only", library], check=True, text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    for symbol in sorted({line.split()[-1] for line in listing.splitlines() if " U " in line}):
        if FOREIGN[layer].fullmatch(symbol):
            yield f"{pathlib.Path(library).name} needs {symbol}"


def find_upward_includes(top, layer):
    above = set(LAYERS[LAYERS.index(layer) + 1:])
    for path in sources(top, layer, ".c", ".h", ".cu", ".cuh"):
        for include in INCLUDE.findall(path.read_text()):
            beside = (path.parent / include).resolve()
            target = beside.relative_to(top).parts[0] if beside.exists() else include.split("/")[0]
            if target in above:
                yield f"{path.relative_to(top)} includes {include}"


def compiler_flags(layer):
    if not PACKAGES[layer]:
        return []
    return subprocess.run(["pkg-config", "--cflags", *PACKAGES[layer]], check=True, text=True,
                          stdout=subprocess.PIPE).stdout.split()


def find_first_includes(top, layer):
    """What the layer's sources include first, so that the build itself compiles it alone."""
    for path in sources(top, layer, ".c"):
        first = ANY_INCLUDE.search(path.read_text())
        if first:
            yield top / first[1]


def find_dependent_headers(top, layer):
    flags = compiler_flags(layer)
    compiled = set(find_first_includes(top, layer))
    for path in sources(top, layer, ".h"):
        if path in compiled:
            continue
        command = ["cc", "-std=gnu11", "-fsyntax-only", "-x", "c", f"-I{top}", *flags, *MACROS,
                   str(path)]
        done = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode != 0:
            yield f"{path.relative_to(top)} does not compile alone:\n{done.stdout}"


def main():
    top = pathlib.Path(sys.argv[1]).resolve()
    libraries = {"kernels": sys.argv[2], "engine": sys.argv[3]}

    cases = []
    for layer in FOREIGN:
        cases.append((f"names in {layer}", find_foreign_names(top, layer)))
        cases.append((f"symbols in {layer}", find_foreign_symbols(libraries[layer], layer)))
    for layer in LAYERS:
        cases.append((f"includes in {layer}", find_upward_includes(top, layer)))
    if "--headers" in sys.argv:
        for layer in LAYERS:
            cases.append((f"headers in {layer}", find_dependent_headers(top, layer)))

    print(f"1..{len(cases)}")
    for number, (name, faults) in enumerate(cases, start=1):
        faults = list(faults)
        print(f"{'not ok' if faults else 'ok'} {number} {name}")
        for fault in faults:
            print("#", fault.replace("\n", "\n# "))


if __name__ == "__main__":
    main()
