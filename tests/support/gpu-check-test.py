"""tests/gpu-check where there is no GPU: its sentences for what is missing, and that it goes through all
of its parts. The program, the benchmark and the emulated GPU are real; tools and tests are stand-ins
that note their names.

Usage: gpu-check-test.py PROGRAM BENCH_GPU EMULATED_MODULE"""

import os
import pathlib
import random
import shutil
import struct
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(__file__).resolve().parents[2]
PROGRAM, BENCH, MODULE = (pathlib.Path(argument).resolve() for argument in sys.argv[1:])
TOOLS = ["cc", "c++", "meson", "ninja", "nvcc", "nvidia-smi", "compute-sanitizer", "pkg-config", "python3"]
TESTS = ["kernels/kernels-" + name for name in ("cuda", "cuda-queue", "golden", "network", "determinism")]
TESTS += ["engine/engine-" + name for name in ("checkpoint", "classifier", "trainer", "trainer-history",
                                               "trainer-random", "training", "accuracy")]
STUB = """#!/bin/sh
echo "$(basename "$0") $*" >>"{log}"
{body}
"""
BODIES = {
    "meson": 'case "$*" in *" --suite budget"*) exit 1 ;; esac',
    # It runs what follows its options.
    "compute-sanitizer": 'while [ "${1#--}" != "$1" ]; do shift 2; done; exec "$@"',
    "nvidia-smi": "echo 1980",
    "python3": '[ "$1" = -c ] || echo "| PyTorch, $3 | $4 | 1.0 ms | 98.00 % |"',
}


class Place:
    """A build folder, tools and MNIST, all of them stand-ins."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.log = self.folder / "log"
        self.build = self.folder / "build"
        for name in TOOLS:
            self.write_stub(f"tools/{name}", BODIES.get(name, ""))
        for name in TESTS:
            self.write_stub(f"build/tests/{name}", "")
        for name, target in [("build/app/inkling", PROGRAM), ("build/tests/bench/bench-gpu", BENCH),
                             ("build/kernels/cuda/inkling-cuda.so", MODULE)]:
            self.path(name).symlink_to(target)
        self.path("build/meson-logs/meson-log.txt").write_text(f"Source dir: {SOURCE}\n")
        for split, count in ("train", 3), ("t10k", 2):
            self.write_mnist(split, count)

    def path(self, name):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def write_stub(self, name, body):
        path = self.path(name)
        path.write_text(STUB.format(log=self.log, body=body))
        path.chmod(0o755)

    def write_mnist(self, split, count):
        name = f"data/inkling/datasets/mnist/{split}-%s-ubyte"
        images, labels = random.randbytes(count * 784), bytes(i % 10 for i in range(count))
        self.path(name % "images-idx3").write_bytes(struct.pack(">4I", 0x803, count, 28, 28) + images)
        self.path(name % "labels-idx1").write_bytes(struct.pack(">2I", 0x801, count) + labels)

    def run(self, path=os.environ["PATH"], **environment):
        self.log.write_text("")
        return subprocess.run(
            [shutil.which("sh"), SOURCE / "tests/gpu-check", self.build], capture_output=True, text=True,
            env=os.environ | {"PATH": f"{self.folder}/tools:{path}",
                              "XDG_DATA_HOME": str(self.folder / "data"),
                              "CUDA_HOME": str(self.folder / "toolkit")} | environment)

    def called(self):
        return [line.split(" ")[0] for line in self.log.read_text().splitlines()]


def fails_with(done, sentence):
    assert done.returncode == 1, (done.returncode, done.stdout, done.stderr)
    assert sentence in done.stderr.splitlines()[-1], done.stderr
    assert done.stderr.endswith(".\n"), done.stderr


def test_missing(place):
    """Each by its name, where nothing but the shell's own is there besides."""
    place.path("few/dirname").symlink_to(shutil.which("dirname"))
    for name in "meson", "ninja", "cc", "c++", "pkg-config", "nvcc":
        tool = place.path(f"tools/{name}")
        tool.rename(place.path("hidden"))
        fails_with(place.run(path=place.path("few")), f"there is no {name} on the PATH")
        place.path("hidden").rename(tool)


def test_libraries(place):
    place.write_stub("tools/pkg-config", "exit 1")
    fails_with(place.run(), "needs the development files of GLib and json-glib")


def test_no_gpu(place):
    done = place.run(EMULATED_GPU="devices=0")
    fails_with(done, "The rest needs an NVIDIA GPU that works")
    assert "check that one is installed" in done.stdout, done.stdout


def test_failure(place):
    """Of a test, and of the sanitizer: nothing comes after it."""
    place.write_stub("tools/compute-sanitizer", "exit 1")
    fails_with(place.run(), "compute-sanitizer’s memcheck found something in seed-gpu")
    place.write_stub("build/tests/engine/engine-trainer", "exit 1")
    fails_with(place.run(), "engine/engine-trainer failed on the device")
    assert place.called()[-1] == "engine-trainer", place.called()


def test_whole(place):
    done = place.run()
    assert done.returncode == 0, (done.stdout, done.stderr)
    assert "may be slow" in done.stdout, done.stdout
    called = place.called()
    assert [name for name in called if name.startswith(("kernels-", "engine-"))] == [
        name.split("/")[1] for name in TESTS], called
    assert called.count("compute-sanitizer") == 6, called
    table = done.stdout[done.stdout.index("multiprocessors at 1980 MHz"):].splitlines()[2:]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table]
    assert [row[:2] for row in rows[2:]] == [["Inkling", preset] for preset in ("seed-cpu", "seed-gpu")] + [
        [f"PyTorch, {mode}", preset] for preset in ("seed-cpu", "seed-gpu")
        for mode in ("eager", "graph", "compiled")], table
    for row in rows[:4]:
        assert len(row) == len(rows[0]), table
    for row in rows[2:4]:
        for cell in row[2], row[4], row[5], row[8]:
            assert float(cell.split()[0]) > 0, table


def main():
    tests = [(name[5:], test) for name, test in globals().items() if name.startswith("test_")]
    print(f"TAP version 13\n1..{len(tests)}")
    failed = False
    for number, (name, test) in enumerate(tests, 1):
        with tempfile.TemporaryDirectory() as folder:
            try:
                test(Place(folder))
                print(f"ok {number} - {name}", flush=True)
            except AssertionError as error:
                failed = True
                print(f"not ok {number} - {name}\n# {error!r}".replace("\\n", "\n# "), flush=True)
    sys.exit(failed)


main()
