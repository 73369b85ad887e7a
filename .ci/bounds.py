#!/usr/bin/env python3
"""What was measured on a GPU against what is asked for; ends with 1 where a bound is broken.

    bounds.py LOGS    (the folder that `.ci/device check` leaves: bench/, residency/, processes.log)
"""

import json
import statistics
import sys
from pathlib import Path

# Steps a second of 3000 x 3000 pixels with 100 wavelengths and 25 domains, at least.
STEPS = {"cuda": 2.25e11, "cuda-mixed": 6e11}
# Seconds of a whole process of 1024 x 1024 pixels with 50 domains, at most.
PROCESS = 0.5
# Bytes to the device but for the table and the mask, and beside the image back, at most.
BESIDE = 65536


def entries(folder):
    """The entries of a benchmark that is there."""
    path = folder / "results.json"
    return json.loads(path.read_text())["entries"] if path.exists() else []


def judged(name, value, bound, kept):
    """Prints a line; whether the bound is kept."""
    print(f"{name:<44} {value:>12} {bound:>22} {'ok' if kept else 'BROKEN'}")
    return kept


def main():
    logs = Path(sys.argv[1])
    kept = True
    bench = entries(logs / "bench")
    for entry in bench:
        speed = entry.get("steps_per_second")
        if speed and entry["workload"] in ("spectrum", "domains"):
            name = f"{entry['workload']}/{entry['size']}/{entry['engine']}, {entry['threads']} threads"
            share, ratio = entry.get("fma_share"), entry.get("ratio")
            print(
                f"{name:<44} {speed:12.3e} steps/s"
                + (f", {100 * share:.1f} % of the peak" if share else "")
                + (f", {ratio:.1f} times {entry['baseline']}" if ratio else "")
            )
    for entry in bench:
        least = STEPS.get(entry["engine"])
        if entry["workload"] == "spectrum" and least:
            speed = entry.get("steps_per_second") or 0.0
            name = f"spectrum, {entry['engine']}: steps/s"
            kept &= judged(name, f"{speed:.3e}", f">= {least:.3e}", speed >= least)
    times = {}
    for line in (logs / "processes.log").read_text().splitlines():
        precision, _, rest = line.partition(": ")
        if rest.endswith(" ms"):
            times.setdefault(precision, []).append(float(rest[:-3]) / 1e3)
    for precision, seconds in times.items():
        middle = statistics.median(seconds)
        name = f"whole process, {precision}: s (first {seconds[0]:.3f})"
        kept &= judged(name, f"{middle:.3f}", f"<= {PROCESS}", middle <= PROCESS)
    for entry in entries(logs / "residency"):
        if entry["engine"] not in STEPS:
            continue
        image = 4 * entry["pixels"]
        sent, back = entry["host_to_device_bytes"], entry["device_to_host_bytes"]
        kept &= judged(f"{entry['name']}: bytes sent", sent, f"<= {BESIDE}", sent <= BESIDE)
        name, most = f"{entry['name']}: bytes back", image + BESIDE
        kept &= judged(name, back, f"{image} to {most}", image <= back <= most)
    sys.exit(not kept)


if __name__ == "__main__":
    main()
