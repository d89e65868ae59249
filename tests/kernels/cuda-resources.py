"""Holds the module's kernels under their budget of registers, for every architecture that is in it:
512 threads of at most 128 registers fill a multiprocessor's 65,536, and nothing is in local memory, whether
spilled or because its index is not known when it is compiled.

Usage: cuda-resources.py REPORT, the compiler's with -Xptxas -v"""

import re
import sys

REGISTERS = 128
KERNELS = ("train_steps", "step_samples", "step_update", "evaluate")


def kernels(text):
    """(architecture, function, registers, bytes of local memory) of each kernel."""
    architecture = function = local = ""
    for line in text.splitlines():
        if match := re.search(r"Compiling entry function '(\S+)' for '(\w+)'", line):
            function, architecture = match.groups()
        elif match := re.search(r"(\d+) bytes stack frame, (\d+) bytes spill stores", line):
            local = int(match[1]) + int(match[2])
        elif match := re.search(r"Used (\d+) registers", line):
            yield architecture, function, int(match[1]), local


def main():
    with open(sys.argv[1], encoding="utf-8") as report:
        text = report.read()
    found = list(kernels(text))
    print("TAP version 13")
    print(f"1..{len(found) + 1}")
    print(f"{'ok' if found else 'not ok'} 1 - {len(found)} kernels are in the module")
    for number, (architecture, function, registers, local) in enumerate(found, 2):
        name = next((name for name in KERNELS if name in function), function)
        kind = "".join(re.findall(r"ELb[01]|ILi[35]", function))
        good = registers <= REGISTERS and local == 0
        print(f"{'ok' if good else 'not ok'} {number} - {architecture} {name}"
              f" k {re.search('ILi([35])', kind)[1]}{' max' if 'ELb1' in kind else ''}:"
              f" {registers} registers, {local} bytes of local memory")


main()
