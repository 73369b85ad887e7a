#!/usr/bin/env python3
"""The loops that add terms, in machine code: instructions of each, and that none waits for local memory.

    loops.py SASS    (what `nvdisasm -c` says of a GPU's machine code)

A loop that adds blocks of terms reads wavelengths or orientations from shared memory and has no loop
within. Its instructions are for as many terms as it reads, and a step cannot take less time than these
take to be issued.
"""

import re
import sys
from collections import Counter

NAME = re.compile(r"^\.text\.(\w+):")
LABEL = re.compile(r"^(\.L_x_\d+):")
INSTRUCTION = re.compile(r"/\*[0-9a-f]{4,}\*/\s+(?:@!?U?P\w+\s+)?(\w+)(\S*)\s*(.*?);")
TARGET = re.compile(r"`\((\.L_x_\d+)\)")
# What goes to local memory, and what reads a block's terms.
LOCAL = {"LDL", "STL"}


def functions(lines):
    """Names of kernels, and their instructions with the places of their labels."""
    found = {}
    for line in lines:
        if name := NAME.match(line):
            code, labels = found.setdefault(name[1], ([], {}))
        elif found and (label := LABEL.match(line)):
            labels[label[1]] = len(code)
        elif found and (instruction := INSTRUCTION.search(line)):
            code.append(instruction.groups())
    return found


def innermost(code, labels):
    """Loops without a loop within, as their instructions."""
    ends = [
        (labels[target[1]], place)
        for place, (name, _, rest) in enumerate(code)
        if name == "BRA" and (target := TARGET.search(rest)) and labels.get(target[1], place + 1) <= place
    ]
    for start, end in sorted(ends):
        if not any(start <= s and e <= end and (s, e) != (start, end) for s, e in ends):
            yield code[start : end + 1]


def main():
    wrong = False
    with open(sys.argv[1]) as text:
        kernels = functions(text)
    for kernel, (code, labels) in sorted(kernels.items()):
        if not kernel.endswith(("_double", "_mixed")):
            continue
        sizes = []
        for loop in innermost(code, labels):
            names = Counter(name for name, _, _ in loop)
            if not names["LDS"] or not names["DFMA"]:
                continue
            sizes.append(len(loop))
            if names.keys() & LOCAL:
                print(f"  {kernel}: a loop of {len(loop)} instructions goes to local memory")
                wrong = True
        print(f"  {kernel:<20} {len(sizes)} loops of {' '.join(map(str, sizes))} instructions")
        wrong |= not sizes
    sys.exit(wrong)


if __name__ == "__main__":
    main()
