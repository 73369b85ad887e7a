#!/usr/bin/env python3
"""Records what dxtbx 3.12, by which DIALS reads images, finds in the CBF files of the program.

    sudo apt install python3-dials
    /usr/bin/python3 record_dxtbx.py ../../../target/release/nanobragg
"""

import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile

import dxtbx

COMMON = (
    "-engine reference -cell 40 50 60 90 90 90 -misset 10 20 30 -default_F 100 -N 5 -lambda 0.98 "
    "-distance 120.5 -pixel 0.172 -Xbeam 4 -Ybeam 9 -phi 12.5 -osc 0.5 -phisteps 1 -exposure 0.1 "
    "-oversample 1 -nonoise -nopgm -cbffile image.cbf"
)
# A size of no Pilatus, the size of one, and saturated pixels behind a sensor.
MORE = [
    "-detpixels 256",
    "-detpixels_f 487 -detpixels_s 195",
    "-detpixels_f 97 -detpixels_s 61 -detector_thick 320 -detector_abs 300 -scale 1e5",
]

program = pathlib.Path(sys.argv[1]).resolve()
record = []
for more in MORE:
    arguments = f"{COMMON} {more}"
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([program, *arguments.split()], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        # dxtbx wants a number in the name.
        path = (pathlib.Path(folder) / "image.cbf").rename(pathlib.Path(folder) / "image_0001.cbf")
        image = dxtbx.load(str(path))
        panel, beam = image.get_detector()[0], image.get_beam()
        pixels = image.get_raw_data()
        record.append({
            "arguments": arguments,
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "format": type(image).__name__,
            "image_size": panel.get_image_size(),
            "pixel_size": panel.get_pixel_size(),
            "distance": panel.get_distance(),
            "beam_centre": [mm / size for mm, size in zip(
                panel.get_beam_centre(beam.get_s0()), panel.get_pixel_size())],
            "wavelength": beam.get_wavelength(),
            "oscillation": image.get_scan().get_oscillation(),
            "mask": [list(rectangle) for rectangle in panel.get_mask()],
            "saturated": panel.get_trusted_range_mask(pixels).count(False),
        })

target = pathlib.Path(__file__).parent / "dxtbx.json"
target.write_text(json.dumps(record, indent=2) + "\n")
