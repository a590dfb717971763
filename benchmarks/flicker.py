"""How much a video flickers where nothing moves, frame by frame and smoothed.

    python benchmarks/flicker.py [--frames 24] [--size 256]

The clip is made here: a photograph with the noise of a sensor (3 levels), before which another
one is pushed to the right, 8 pixels a frame; H.264. Flicker is the mean change of the painted
picture from frame to frame, in levels of 255, where the clip itself stands still. Writes
results/flicker.json.
"""

import argparse
import json
import tempfile
from pathlib import Path

import av
import numpy as np
import torch
from PIL import Image

from wasserstyle.runs.recipe import versions
from wasserstyle.runs.stylizer import Stylizer, make_options
from wasserstyle.video import files, run
from wasserstyle.video.smooth import Smoother

ROOT = Path(__file__).parent.parent
RESULT = ROOT / "benchmarks/results/flicker.json"
GROUND, MOVING = (ROOT / f"examples/content/{name}.jpg" for name in ("coffee", "cat"))
STYLE = ROOT / "examples/style/watercolour.jpg"
METHODS = ("adain", "sanet", "tiny", "wasserstein_critic", "color_transport")
NOISE, STEP, RATE, SMOOTH = 3.0, 8, 12, 0.7


def write_clip(path: Path, frames: int, size: int) -> None:
    """The clip."""
    shape = (size, size * 2 // 3 // 2 * 2)
    still, moving = (np.asarray(Image.open(p).resize(shape), float) for p in (GROUND, MOVING))
    inset = moving[::3, ::3]
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = *shape, "yuv420p"
        stream.options = {"crf": "16"}
        for number in range(frames):
            noise = NOISE * np.random.default_rng(number).normal(size=still.shape)
            frame = still + noise
            left = STEP * number % shape[0]
            seen = inset[:, : shape[0] - left]
            frame[40 : 40 + len(seen), left : left + seen.shape[1]] = seen
            pixels = frame.clip(0, 255).astype(np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode(None))


def flicker(method: str, clip: files.Clip, folder: Path, size: int) -> dict[str, float]:
    """Of a method's video."""
    stylizer = Stylizer(STYLE, options=make_options(method, "default", {"size": size}))
    out = folder / f"{method}.mkv"
    done = run.paint(stylizer, clip, out, smooth=SMOOTH, tell=lambda *_: None)
    return {"frame by frame": round(done.raw_flicker, 3), "smoothed": round(done.flicker, 3)}


def of_itself(clip: files.Clip) -> float:
    """Flicker of the clip: its noise."""
    smoother = Smoother(0.0)
    for _, frame in files.frames(clip.path, 0):
        smoother(frame, frame)
    return round(smoother.raw.level, 3)


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=24)
    parser.add_argument("--size", type=int, default=256)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_clip(folder / "clip.mkv", given.frames, given.size)
        clip = files.probe(folder / "clip.mkv")
        table: dict[str, object] = {}
        for method in METHODS:
            table[method] = flicker(method, clip, folder, given.size)
            print(method, table[method], flush=True)
        result = {
            "frames": given.frames,
            "size": given.size,
            "smooth": SMOOTH,
            "clip itself": of_itself(clip),
            "flicker": table,
            "threads": torch.get_num_threads(),
            "versions": versions(),
        }
    RESULT.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
