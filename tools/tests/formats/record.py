#!/usr/bin/env python3
"""Records what fabio, cctbx and NumPy find in the files of the program.

    python -m venv venv && venv/bin/pip install fabio==2026.6.0 cctbx-base==2025.11 numpy
    venv/bin/python record.py ../../../target/release/nanobragg
"""

import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile

from iotbx.detectors.pilatus_minicbf import PilatusImage
import fabio
import numpy as np

ARGUMENTS = (
    "-engine reference -cell 40 50 60 90 90 90 -misset 10 20 30 -default_F 100 -N 5 -lambda 0.98 "
    "-distance 120.5 -pixel 0.172 -detpixels_f 97 -detpixels_s 61 -Xbeam 4 -Ybeam 9 -phi 12.5 -osc 0.1 "
    "-phisteps 3 -detector_thick 320 -detector_abs 300 -exposure 0.1 -oversample 1 -nonoise -nopgm "
    "-npyfile image.npy -cbffile image.cbf"
)

program = pathlib.Path(sys.argv[1]).resolve()
with tempfile.TemporaryDirectory() as folder:
    subprocess.run([program, *ARGUMENTS.split()], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    folder = pathlib.Path(folder)
    cbf = fabio.open(str(folder / "image.cbf"))
    assert (cbf.data == fabio.open(str(folder / "intimage.img")).data).all()
    array = np.load(folder / "image.npy")
    assert (array.ravel() == np.fromfile(folder / "floatimage.bin", np.float32)).all()
    minicbf = PilatusImage(str(folder / "image.cbf"))
    minicbf.readHeader()

def image(array):
    return {
        "shape": array.shape,
        "dtype": str(array.dtype),
        "sha256": hashlib.sha256(array.tobytes()).hexdigest(),
    }

keys = ["WAVELENGTH", "DISTANCE", "PIXEL_SIZE", "OSC_START", "OSC_RANGE", "CCD_IMAGE_SATURATION",
        "BEAM_CENTER_X", "BEAM_CENTER_Y"]
record = {
    "arguments": ARGUMENTS,
    "fabio": image(cbf.data),
    "cctbx": {key: minicbf.parameters[key] for key in keys},
    "numpy": image(array),
}
target = pathlib.Path(__file__).parent / "expected.json"
target.write_text(json.dumps(record, indent=2) + "\n")
