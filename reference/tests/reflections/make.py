#!/usr/bin/env python3
"""Makes the reflection files of this folder, and what gemmi and cctbx read in them.

    python -m venv venv && venv/bin/pip install gemmi==0.7.5 cctbx-base==2025.11 numpy
    venv/bin/python make.py

NAME.mtz, NAME.cif  reflections of made-up crystals: random numbers, no structure behind them
NAME.p1             all of P1, one "h k l F" to a line, as gemmi and cctbx agree on it. The first line
                    tells the largest h, k, l, the number of absent reflections within them, and the
                    sum of 3h^2 + 5k^2 + 7l^2 over those
operations.txt      for each line of space_groups.txt the Hall symbol, the number of operations, and
                    a digest of them
"""

import gzip
import hashlib
import math
import pathlib
import random
import struct

# cctbx comes first: behind gemmi, its import fails.
from cctbx import sgtbx
from iotbx.reflection_file_reader import any_reflection_file
import gemmi
import numpy as np

HERE = pathlib.Path(__file__).parent
TABLE = HERE / "../../src/reflections/symmetry/space_groups.txt"

# Name, space group, cell, resolution, what the file holds.
MTZ = [
    ("p1", "P 1", (9, 10, 11, 80, 95, 105), 4.0, "FP"),
    ("p212121", "P 21 21 21", (14, 17, 20, 90, 90, 90), 4.0, "FP"),
    ("p21212-b", "P 21 2 21", (14, 17, 20, 90, 90, 90), 4.5, "FP"),
    ("c2", "C 1 2 1", (20, 11, 16, 90, 105, 90), 4.0, "F(+)"),
    ("i2", "I 1 2 1", (18, 11, 16, 90, 98, 90), 4.5, "FP"),
    ("p1121", "P 1 1 21", (14, 16, 12, 90, 90, 100), 4.0, "F(+)"),
    ("p43212", "P 43 21 2", (16, 16, 22, 90, 90, 90), 4.0, "FP"),
    ("i213", "I 21 3", (24, 24, 24, 90, 90, 90), 4.0, "F(+)"),
    ("f432", "F 4 3 2", (32, 32, 32, 90, 90, 90), 4.5, "FP"),
    ("p6122", "P 61 2 2", (16, 16, 30, 90, 90, 120), 4.5, "IMEAN"),
    ("h3", "R 3:H", (20, 20, 18, 90, 90, 120), 4.0, "IMEAN"),
    ("r3", "R 3:R", (13, 13, 13, 97, 97, 97), 3.6, "I(+)"),
]
# The same, and which symmetry the file gives.
CIF = [
    ("p21", "P 1 21 1", (14, 12, 16, 90, 100, 90), 4.0, "pdbx_F_plus", "_symmetry.space_group_name_H-M 'P 1 21 1'"),
    ("h32", "R 3 2:H", (20, 20, 30, 90, 90, 120), 4.5, "intensity_meas", "_symmetry.space_group_name_H-M 'H 3 2'"),
    ("r32", "R 3 2:R", (13, 13, 13, 97, 97, 97), 3.6, "F_meas_au", "_symmetry.space_group_name_H-M 'R 3 2 :R'"),
    ("fdd2", "F d d 2", (24, 30, 14, 90, 90, 90), 4.0, "F_meas", "_symmetry.space_group_name_Hall 'F 2 -2d'"),
    ("p21c", "P 1 21/c 1", (9, 12, 10, 90, 103, 90), 3.0, "F_squared_meas", None),
]


def value(kind):
    if kind[0].upper() == "I" or "squared" in kind:
        return np.float32(random.gauss(300, 300))
    return np.float32(random.uniform(5, 500))


def unique(group, cell, resolution):
    rows = gemmi.make_miller_array(gemmi.UnitCell(*cell), group, resolution)
    rows = [tuple(int(n) for n in row) for row in rows]
    # Some are missing, as in every file.
    return [row for row in rows if random.random() > 0.1]


def values(group, rows, kind):
    """Columns of a value or of a pair; NaN where there is none."""
    pair = "+" in kind or "plus" in kind
    table = []
    for row in rows:
        plus = value(kind)
        if not pair:
            table.append([plus])
            continue
        centric = group.operations().is_reflection_centric(row)
        minus = plus if centric else value(kind)
        lost = random.random()
        if not centric and lost < 0.1:
            plus = np.float32("nan")
        elif not centric and lost < 0.2:
            minus = np.float32("nan")
        table.append([plus, minus])
    return table


def make_mtz(name, symbol, cell, resolution, kind):
    group = gemmi.SpaceGroup(symbol)
    rows = unique(group, cell, resolution)
    table = values(group, rows, kind)
    mtz = gemmi.Mtz(with_base=True)
    mtz.spacegroup = group
    mtz.cell.set(*cell)
    mtz.add_dataset("made-up")
    kinds = {"FP": "F", "F(+)": "G", "IMEAN": "J", "I(+)": "K"}
    mtz.add_column(kind, kinds[kind])
    if "+" in kind:
        mtz.add_column(kind.replace("+", "-"), kinds[kind])
    # Columns that are no structure factors, or none to begin with.
    mtz.add_column("FWT", "F")
    mtz.add_column("PHWT", "P")
    data = [[*row, *stored, 3.25, 12.5] for row, stored in zip(rows, table)]
    mtz.set_data(np.array(data, np.float32))
    mtz.write_to_file(str(HERE / f"{name}.mtz"))


def make_cif(name, symbol, cell, resolution, kind, symmetry):
    group = gemmi.SpaceGroup(symbol)
    rows = unique(group, cell, resolution)
    table = values(group, rows, kind)
    text = f"data_{name}\n"
    if symmetry:
        names = ["_cell.length_a", "_cell.length_b", "_cell.length_c", "_cell.angle_alpha",
                 "_cell.angle_beta", "_cell.angle_gamma"]
        dot = "."
        text += symmetry + "\n"
    else:
        # A small molecule.
        names = ["_cell_length_a", "_cell_length_b", "_cell_length_c", "_cell_angle_alpha",
                 "_cell_angle_beta", "_cell_angle_gamma"]
        dot = "_"
        text += "loop_\n_symmetry_equiv_pos_as_xyz\n"
        text += "".join(f"'{operation.triplet()}'\n" for operation in group.operations())
    text += "".join(f"{key} {number}\n" for key, number in zip(names, cell))
    labels = [kind, kind.replace("plus", "minus")] if "plus" in kind else [kind]
    tags = ["index_h", "index_k", "index_l", *labels, "status"]
    text += "loop_\n" + "".join(f"_refln{dot}{tag}\n" for tag in tags)
    for row, stored in zip(rows, table):
        numbers = ["?" if math.isnan(n) else f"{n:.2f}" for n in stored]
        text += " ".join([*map(str, row), *numbers, "o"]) + "\n"
    (HERE / f"{name}.cif").write_text(text)


def amplitude(number, kind):
    return math.sqrt(max(number, 0)) if kind[0].upper() == "I" or "squared" in kind else number


def with_friedel_mates(known):
    """Where one of two mates is missing, both are equal."""
    for index, number in list(known.items()):
        known.setdefault(tuple(-n for n in index), number)
    return known


def by_gemmi(path, kind):
    pair = kind.replace("+", "-").replace("plus", "minus")
    labels = [kind] if pair == kind else [kind, pair]
    if path.suffix == ".mtz":
        file = gemmi.read_mtz_file(str(path))
        rows = np.column_stack([file.column_with_label(c).array for c in ["H", "K", "L", *labels]])
        group, cell = file.spacegroup, file.cell
    else:
        block = gemmi.cif.read(str(path)).sole_block()
        prefix = "_refln_" if block.find_values("_refln_index_h") else "_refln."
        table = block.find(prefix, ["index_h", "index_k", "index_l", *labels])
        rows = [[gemmi.cif.as_number(v) for v in row] for row in table]
        if prefix == "_refln_":
            operations = gemmi.GroupOps([gemmi.Op(gemmi.cif.as_string(v)) for v in block.find_values("_symmetry_equiv_pos_as_xyz")])
            group = gemmi.find_spacegroup_by_ops(operations)
        else:
            refln = gemmi.as_refln_blocks(gemmi.cif.read(str(path)))[0]
            group = refln.spacegroup
            if hall := block.find_value("_symmetry.space_group_name_Hall"):
                group = gemmi.find_spacegroup_by_ops(gemmi.symops_from_hall(gemmi.cif.as_string(hall)))
    operations = group.operations()
    known, mates = {}, {}
    for h, k, l, *stored in rows:
        index = [int(h), int(k), int(l)]
        for operation in operations:
            same = tuple(operation.apply_to_hkl(index))
            for table, number, at in zip([known, mates], stored, [same, tuple(-n for n in same)]):
                if not math.isnan(number):
                    table[at] = amplitude(float(number), kind)
    for index, number in mates.items():
        known.setdefault(index, number)
    return with_friedel_mates(known), operations


def by_cctbx(path, kind):
    for array in any_reflection_file(str(path)).as_miller_arrays():
        labels = array.info().labels
        if any(label.replace("_refln.", "").replace("_refln_", "") == kind for label in labels):
            break
    else:
        raise SystemExit(f"{path}: cctbx finds no {kind}")
    if array.anomalous_flag() is None:
        array = array.customized_copy(anomalous_flag=False)
    array = array.customized_copy(sigmas=None).expand_to_p1()
    if not array.anomalous_flag():
        array = array.generate_bijvoet_mates()
    known = {tuple(index): amplitude(float(number), kind) for index, number in zip(array.indices(), array.data())}
    group = any_reflection_file(str(path)).as_miller_arrays()[0].space_group()
    return with_friedel_mates(known), group


def record(path, kind):
    first, operations = by_gemmi(path, kind)
    second, group = by_cctbx(path, kind)
    assert set(first) == set(second), path
    assert all(math.isclose(first[i], second[i], rel_tol=1e-15) for i in first), path
    most = [max(index[axis] for index in first) for axis in range(3)]
    absent, checksum = 0, 0
    for h in range(-most[0], most[0] + 1):
        for k in range(-most[1], most[1] + 1):
            for l in range(-most[2], most[2] + 1):
                is_absent = operations.is_systematically_absent((h, k, l))
                assert is_absent == group.is_sys_absent((h, k, l)), (path, h, k, l)
                if is_absent:
                    absent += 1
                    checksum += 3 * h * h + 5 * k * k + 7 * l * l
    with open(path.with_suffix(".p1"), "w") as out:
        print(*most, absent, checksum, file=out)
        for index in sorted(first):
            print(*index, repr(first[index]).removesuffix(".0"), file=out)
    print(path.name, len(first), "reflections of P1,", absent, "absent")


def big_endian(source, target):
    """The same file as a machine of the other byte order writes it."""
    data = bytearray((HERE / source).read_bytes())
    header = struct.unpack("<i", data[4:8])[0]
    end = 4 * (header - 1)
    for at in [4, *range(80, end, 4)]:
        data[at:at + 4] = data[at:at + 4][::-1]
    data[8:10] = b"\x11\x11"
    (HERE / target).write_bytes(data)


def operations():
    lines = []
    for line in TABLE.read_text().splitlines():
        if line.startswith("#"):
            continue
        hall = line.split("|")[2]
        ours = set()
        for operation in gemmi.symops_from_hall(hall):
            rotation = [n // 24 for row in operation.rot for n in row]
            ours.add((*rotation, *(n % 24 for n in operation.tran)))
        theirs = set()
        for operation in sgtbx.space_group(hall):
            translation = [n * 24 // operation.t().den() % 24 for n in operation.t().num()]
            theirs.add((*operation.r().num(), *translation))
        assert ours == theirs, hall
        text = "\n".join(sorted("".join(f"{n} " for n in operation) for operation in ours))
        lines.append(f"{hall}|{len(ours)}|{hashlib.sha256(text.encode()).hexdigest()[:16]}")
    (HERE / "operations.txt").write_text("\n".join(lines) + "\n")


random.seed(20)
operations()
for case in MTZ:
    make_mtz(*case)
    record(HERE / f"{case[0]}.mtz", case[4])
for case in CIF:
    make_cif(*case)
    record(HERE / f"{case[0]}.cif", case[4])
big_endian("h3.mtz", "h3-big-endian.mtz")
(HERE / "p21.cif.gz").write_bytes(gzip.compress((HERE / "p21.cif").read_bytes(), mtime=0))
