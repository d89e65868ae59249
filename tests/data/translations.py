#!/usr/bin/env python3
"""Every language of data/po/LINGUAS is complete and well-formed, against the sources as they are.

usage: translations.py TOP-FOLDER XGETTEXT-OPTION…

Speaks TAP. Each check is also held against a translation that was damaged on purpose, and must find
the damage.
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

SOURCES = [("app", "*.[ch]"), ("engine", "*.[ch]"), ("kernels", "**/*.[ch]"),
           ("kernels", "**/*.cu*"), ("ui", "*.[ch]"),
           ("ui", "*.ui"), ("data", "*.in")]
# gettext's tools write UTF-8 and English.
ENVIRONMENT = os.environ | {"LC_ALL": "C.UTF-8", "LANGUAGE": "en"}


def run(*command, text=None):
    return subprocess.run(list(map(str, command)), input=text, text=True, env=ENVIRONMENT,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def output(*command, text=None):
    done = run(*command, text=text)
    assert done.returncode == 0, done.stderr
    return done.stdout


def messages(catalogue):
    """The texts of a catalogue without its header."""
    return re.findall(r'^msgid ((?!""\n\n|""\nmsgstr).*)$', catalogue, re.MULTILINE)


def extract(top, options, files):
    return output("xgettext", *options, f"--directory={top}", "--output=-", *files)


def listed_sources(top):
    lines = (top / "data/po/POTFILES").read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def find_unlisted(top, options, listed):
    """Sources with text to translate that POTFILES does not name."""
    sources = [str(path.relative_to(top)) for layer, pattern in SOURCES
               for path in sorted((top / layer).glob(pattern))]
    template = extract(top, options, sources)
    with_text = {name for line in re.findall(r"^#: (.*)$", template, re.MULTILINE)
                 for name in line.split()}
    return [f"{name} is not in POTFILES" for name in sorted(with_text - set(listed))]


def find_unnamed(top, template):
    """Classes of the catalogue's data sets that are words, and that no translator is given."""
    lists = re.findall(r"^classes=(.*)$", (top / "data/datasets.ini").read_text(), re.MULTILINE)
    words = [name for line in lists for name in line.split(";") if name and not name.isdigit()]
    assert words
    return [f"“{word}” is not to be translated" for word in words
            if f'msgid "{word}"\n' not in template]


def find_untranslated(merged):
    for fault, option in ("untranslated", "--untranslated"), ("fuzzy", "--only-fuzzy"):
        found = output("msgattrib", "--no-wrap", "--no-obsolete", option, "-", text=merged)
        yield from (f"{fault}: {message}" for message in messages(found))


def find_malformed(merged):
    """Placeholders, line ends, mnemonics, plural forms and the header, judged by msgfmt."""
    done = run("msgfmt", "--check", "--check-accelerators=_", "--output-file=/dev/null", "-",
               text=merged)
    return done.stderr.splitlines() if done.returncode != 0 else []


def find_lost_ellipses(merged):
    """“…” at the end says that a command asks before it does anything."""
    for has, lacks in ("msgid", "msgstr"), ("msgstr", "msgid"):
        ending = output("msggrep", "--no-wrap", f"--{has}", "--regexp=…$", "-", text=merged)
        found = output("msggrep", "--no-wrap", "--invert-match", f"--{lacks}", "--regexp=…$", "-",
                       text=ending)
        yield from (f"{has} ends with “…”, {lacks} does not: {message}"
                    for message in messages(found))


CHECKS = {"complete": find_untranslated, "well-formed": find_malformed,
          "ellipses": find_lost_ellipses}
# What is done to a translation, and the check that must find it.
DAMAGE = {
    "a text without translation": ("complete", r'(msgid "Pause"\nmsgstr) ".*"', r'\1 ""'),
    "a fuzzy translation": ("complete", r'(?=msgid "Pause"\n)', "#, fuzzy\n"),
    "a missing text": ("complete", r'msgid "Pause"\nmsgstr ".*"\n', ""),
    "another placeholder": ("well-formed", r'(msgid "Saved “%s”"\nmsgstr ".*)%s', r"\1%d"),
    "a lost placeholder": ("well-formed", r'(msgid "Saved “%s”"\nmsgstr ".*)%s', r"\1"),
    "a lost line end": ("well-formed", r'(msgid "Data set: %s\\n"\nmsgstr ".*)\\n"', r'\1"'),
    "a lost mnemonic": ("well-formed", r'(msgid "_Cancel"\nmsgstr ".*)_', r"\1"),
    "a missing plural form": ("well-formed", r'(Plural-Forms: nplurals=)\d', r"\g<1>3"),
    "an unterminated text": ("well-formed", r'(msgid "Pause"\nmsgstr ".*)"', r"\1"),
    "a lost ellipsis": ("ellipses", r'(msgid "PNG Image…"\nmsgstr ".*)…"', r'\1"'),
    "an ellipsis too many": ("ellipses", r'(msgid "Pause"\nmsgstr ".*)"', r'\1…"'),
}


def merge(translation, template):
    """The translation of every text of the template; placeholders as the sources have them."""
    with tempfile.NamedTemporaryFile("w", suffix=".pot") as file:
        file.write(template)
        file.flush()
        done = run("msgmerge", "--quiet", "--no-wrap", "--no-fuzzy-matching", "-", file.name,
                   text=translation)
    # What cannot even be read is for msgfmt to complain about.
    return done.stdout if done.returncode == 0 else translation


def find_overlooked(translation, template, name):
    check, pattern, replacement = DAMAGE[name]
    damaged, n = re.subn(pattern, replacement, translation, count=1)
    if n == 0:
        yield "the text to damage is not there any more; choose another"
    elif not list(CHECKS[check](merge(damaged, template))):
        yield "was not found"


def main():
    top, options = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2:]
    listed = listed_sources(top)
    template = extract(top, options, listed)
    languages = re.findall(r"^\w+", (top / "data/po/LINGUAS").read_text(), re.MULTILINE)

    cases = [("sources in POTFILES", find_unlisted(top, options, listed)),
             ("a source that POTFILES lacks is found",
              [] if find_unlisted(top, options, listed[1:]) else ["was not found"]),
             ("classes in data/datasets.ini", find_unnamed(top, template)),
             ("a class that no translator is given is found",
              [] if find_unnamed(top, template.replace('"Ankle boot"', '""')) else ["was not found"])]
    for language in languages:
        translation = output("msgcat", "--no-wrap", top / f"data/po/{language}.po")
        merged = merge(translation, template)
        cases += [(f"{language} {name}", check(merged)) for name, check in CHECKS.items()]
        cases += [(f"{name} in {language} is found", find_overlooked(translation, template, name))
                  for name in DAMAGE]

    print(f"1..{len(cases)}")
    for number, (name, faults) in enumerate(cases, start=1):
        faults = list(faults)
        print(f"{'not ok' if faults else 'ok'} {number} {name}")
        for fault in faults:
            print("#", fault)


if __name__ == "__main__":
    main()
