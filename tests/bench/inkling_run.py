"""Runs `inkling train` and watches it from outside: what benchmarks of the whole program share."""

import json
import os
import pathlib
import struct
import subprocess
import time

SHARE = pathlib.Path(os.environ.get("XDG_DATA_HOME") or pathlib.Path.home() / ".local/share")
MNIST = SHARE / "inkling/datasets/mnist"
TRAIN_IMAGES, TRAIN_LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"
TEST_IMAGES, TEST_LABELS = "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"
IMAGES_HEADER, LABELS_HEADER = 16, 8


def write_header(file, *shape):
    file.write(bytes([0, 0, 8, len(shape)]) + struct.pack(f">{len(shape)}I", *shape))


def anonymous(process):
    """Bytes of its own memory that are resident now; what it mapped from files does not count."""
    with open(f"/proc/{process.pid}/status", encoding="ascii") as status:
        for line in status:
            if line.startswith("RssAnon:"):
                return 1024 * int(line.split()[1])
    return 0


def train(program, *options):
    """The `done` event of a run on the CPU, and beside it: anonymous (the most bytes, looked at
    when a test is reported), resident (the most bytes ever) and first_test (seconds from the start
    of the process to the line of the first interim test)."""
    start = time.perf_counter()
    command = [program, "train", "--json", "--device=cpu", *map(str, options)]
    first_test, most = None, 0
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        for line in process.stdout:
            event = json.loads(line)
            if event["event"] == "progress":
                first_test = first_test or time.perf_counter() - start
                most = max(most, anonymous(process))
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise subprocess.CalledProcessError(process.returncode, command)
    return event | {"anonymous": most, "resident": 1024 * usage.ru_maxrss, "first_test": first_test}
