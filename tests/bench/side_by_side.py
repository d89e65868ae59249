"""Trains the same network with Inkling and with another program in turn, and prints how many times
as fast Inkling is: what the comparisons share."""

import argparse
import json
import os
import statistics
import subprocess
import sys

from inkling_run import MNIST, TRAIN_IMAGES

PRESETS = {"seed-cpu": (5, 200), "seed-gpu": (3, 100)}  # kernel, batch


def parse_options(description):
    parser = argparse.ArgumentParser(description=description,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("inkling", help="the program, built for release")
    parser.add_argument("--data", default=MNIST, help="MNIST's folder (default: %(default)s)")
    parser.add_argument("--preset", choices=PRESETS, action="append", help="default: both")
    parser.add_argument("--isa", choices=["avx512", "avx2"], action="append",
                        help="hold the programs to an instruction set (default: what the machine "
                             "has, and AVX2 where that is AVX-512)")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)),
                        help="default: %(default)s")
    parser.add_argument("--rounds", type=int, default=5, help="default: %(default)s")
    parser.add_argument("--epochs", type=int, default=2, help="default: %(default)s")
    options = parser.parse_args()
    if not os.path.exists(os.path.join(options.data, TRAIN_IMAGES)):
        sys.exit(f"MNIST is not in {options.data}: “inkling fetch mnist” gets it, --data names "
                 "another folder.")
    options.preset = options.preset or list(PRESETS)
    options.isa = options.isa or levels(options.inkling)
    return options


def levels(inkling):
    """The machine's instruction set, and AVX2 below it. None: not to be held to any."""
    devices = subprocess.run([inkling, "devices", "--json"], stdout=subprocess.PIPE, text=True,
                             check=True).stdout
    return ["avx512", "avx2"] if "AVX-512" in devices else [None]


def last_object(command, environment):
    """The JSON object in the last line that the command prints."""
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True,
                          env=os.environ | environment)
    return json.loads(done.stdout.splitlines()[-1])


def environment_of(isa, others):
    return {"INKLING_ISA": isa} | others.get(isa, {}) if isa else {}


def compare(options, others, isa_environment):
    """others(kernel, batch): command lines by name, and what each needs in its environment.
    isa_environment: what holds them to an instruction set, by its name."""
    print("| instruction set | preset | program | median seconds | least–most | test accuracy | "
          "Inkling is faster by | median of the rounds' ratios |\n|---|---|---|---|---|---|---|---|")
    for isa in options.isa:
        environment = environment_of(isa, isa_environment)
        for preset in options.preset:
            programs = {"Inkling": ([options.inkling, "train", "--json", "--device=cpu",
                                     f"--preset={preset}", f"--data={options.data}",
                                     f"--threads={options.threads}",
                                     f"--epochs={options.epochs}"], {})}
            programs |= others(*PRESETS[preset])
            results = {name: [] for name in programs}
            for _ in range(options.rounds):
                for name, (command, own) in programs.items():
                    results[name].append(last_object(command, environment | own))
            print_rows(isa or "", preset, results)


def print_rows(isa, preset, results):
    seconds = {name: [r["seconds"] for r in of] for name, of in results.items()}
    median = {name: statistics.median(of) for name, of in seconds.items()}
    best = min(of for name, of in median.items() if name != "Inkling")
    for name, of in results.items():
        accuracy = statistics.median(r["test_accuracy"] for r in of)
        ratio = rounds = ""
        if name != "Inkling":
            ratio = f"{median[name] / median['Inkling']:.1f} times"
            # Where other users of a host slow it for minutes, both programs of a round are slowed.
            rounds = statistics.median(a / b for a, b in zip(seconds[name], seconds["Inkling"]))
            rounds = f"{rounds:.1f} times"
        if median[name] == best and len(results) > 2:
            ratio = f"**{ratio}**, at its best"
        print(f"| {isa} | {preset} | {name} | {median[name]:.2f} | {min(seconds[name]):.2f}–"
              f"{max(seconds[name]):.2f} | {accuracy:.2%} | {ratio} | {rounds} |", flush=True)
