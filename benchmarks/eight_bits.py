"""What 8 bits give the exported networks, and what they take.

    python benchmarks/eight_bits.py [--names tiny adain] [--size 512] [--threads 1] [--rounds 7]

Each network as ONNX with 32 bits and with convolutions in 8 (`wasserstyle export --int8`, with
the example pictures), in ONNX Runtime: seconds for content and style in one go, in alternation
after a warm-up, medians with quartiles; the size of the files; and by how much the picture
changes, in levels of 255. Writes results/eight_bits.json.
"""

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from networks import EXAMPLES, spread
from wasserstyle import image as images
from wasserstyle import networks
from wasserstyle.runs.export import export
from wasserstyle.runs.quantize import export_int8
from wasserstyle.runs.recipe import versions

RESULT = Path(__file__).parent / "results/eight_bits.json"
PAIR = {"content": EXAMPLES / "content/cat.jpg", "style": EXAMPLES / "style/swirls.jpg"}
RANGES = sorted(EXAMPLES.glob("*/*.jpg"))


def measured(name: str, folder: Path, given: argparse.Namespace) -> dict[str, Any]:
    """One network, both ways."""
    method = networks.get(name, {})
    paths = {bits: folder / f"{name}-{bits}.onnx" for bits in ("32", "8")}
    export(method, paths["32"])
    export_int8(method, paths["8"], RANGES)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = given.threads
    sessions = {b: onnxruntime.InferenceSession(str(p), options) for b, p in paths.items()}
    inputs = {
        key: images.to_long_side(images.read(path).rgb, given.size).numpy()
        for key, path in PAIR.items()
    } | {"strength": np.ones(1, np.float32)}
    painted = {bits: session.run(None, inputs)[0] for bits, session in sessions.items()}
    seconds: dict[str, list[float]] = {bits: [] for bits in sessions}
    for _ in range(given.rounds):
        for bits, session in sessions.items():
            began = time.perf_counter()
            session.run(None, inputs)
            seconds[bits].append(time.perf_counter() - began)
    change = 255 * float(np.abs(painted["32"] - painted["8"]).mean())
    megabytes = {bits: round(path.stat().st_size / 2**20, 1) for bits, path in paths.items()}
    return {
        "seconds": {bits: spread(times) for bits, times in seconds.items()},
        "megabytes": megabytes,
        "levels": round(change, 2),
    }


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--names", nargs="+", default=["tiny", "adain"])
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=7)
    given = parser.parse_args()
    result: dict[str, Any] = {"size": given.size, "threads": given.threads}
    with tempfile.TemporaryDirectory() as folder:
        for name in given.names:
            result[name] = measured(name, Path(folder), given)
            print(name, json.dumps(result[name]), flush=True)
    RESULT.write_text(json.dumps(result | {"versions": versions()}, indent=1) + "\n")


if __name__ == "__main__":
    main()
