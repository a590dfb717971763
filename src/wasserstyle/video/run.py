"""One video from beginning to end; run again, it goes on where it was stopped."""

import json
import shutil
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from wasserstyle import image as images
from wasserstyle.batch import Crew, in_order, opened, results
from wasserstyle.errors import BadImage
from wasserstyle.hashes import sha256_of
from wasserstyle.image import Source
from wasserstyle.runs.stylizer import Options, Stylizer
from wasserstyle.types import Image
from wasserstyle.video import files
from wasserstyle.video.smooth import Smoother

SEGMENT = 48
"""Frames that a stop loses at most, and those that are being painted."""
FRAMES = "frames"
"""Key of how many are done, beside the state after them."""
CHUNK = 4
"""Frames that a worker paints at a time."""
AHEAD = 3
"""Chunks for each worker that may wait in memory for one before them."""
LEVELS = 255


@dataclass(frozen=True)
class Chunk:
    """Some frames, one after the other."""

    times: list[int]
    frames: list[Tensor]
    """(1, 3, H, W), in 8 bits."""


@dataclass(frozen=True)
class Painted:
    """What there is to say of a video that is done."""

    frames: int
    flicker: float
    """Mean change where the video is still, in levels of 255."""
    raw_flicker: float
    """The same of the frames one by one."""


def paint(
    stylizer: Stylizer,
    clip: files.Clip,
    out: Path,
    *,
    smooth: float,
    tell: Callable[[int, str], None],
    crew: Crew | None = None,
) -> Painted:
    """Paint every frame and write the video with its sound.

    Finished segments are kept beside ``out`` until it is complete; a later call with the same
    video, styles and settings goes on after the last of them with the same frames.

    Args:
        stylizer: Styles, method, size.
        clip: The video.
        out: .mp4, .mov or .mkv.
        smooth: Share of the last frame in parts that are still, in [0, 1).
        tell: Called after every frame with its number from 1, and what is to be said.
        crew: Who paints the frames, some at a time; None: this process.

    Raises:
        StyleError: A frame cannot be read; no right or room to write.
    """
    recipe = _recipe(stylizer, clip, smooth)
    parts = _Parts(out.with_name(f"{out.name}.parts"), recipe)
    smoother = Smoother(smooth)
    done = parts.begin(smoother)
    pieces: list[tuple[int, Image]] = []
    frames = _painted(stylizer, files.frames(clip.path, done), crew or Crew())
    with closing(frames):
        for number, (time, frame, painted) in enumerate(frames, start=done + 1):
            size = (painted.shape[2], painted.shape[3])
            pieces.append((time, smoother(images.resize(frame, *size), painted)))
            tell(number, f"flicker {smoother.smooth.level:.2f} ({smoother.raw.level:.2f})")
            done = number
            if len(pieces) == SEGMENT:
                parts.keep(clip, pieces, smoother, done)
                pieces = []
    if pieces:
        parts.keep(clip, pieces, smoother, done)
    files.join(parts.segments(), clip, out, json.dumps(recipe))
    shutil.rmtree(parts.folder)
    return Painted(done, smoother.smooth.level, smoother.raw.level)


@dataclass(frozen=True)
class _Brush:
    """Makes, in a worker, what paints chunks of frames there."""

    styles: Sequence[Source]
    shares: Sequence[float]
    options: Options

    def __call__(self) -> Callable[[Chunk], list[Image]]:
        return partial(
            _paint_chunk, Stylizer(self.styles, style_weights=self.shares, options=self.options)
        )


def _painted(
    stylizer: Stylizer, frames: Iterator[tuple[int, Image]], crew: Crew
) -> Generator[tuple[int, Image, Image]]:
    """Time, frame and painted frame, in their order.

    Frames go to the workers as bytes: that is what they are, and a quarter of the size.
    """
    there = _Brush(stylizer.pictures, stylizer.shares, stylizer.options)
    make = partial(partial, _paint_chunk, stylizer) if crew.here else there
    chunks = iter(lambda: list(islice(frames, CHUNK)), [])
    with opened(make, crew) as workers:
        done = results(
            workers,
            (
                Chunk(
                    [time for time, _ in chunk],
                    [(frame * LEVELS).round().to(torch.uint8) for _, frame in chunk],
                )
                for chunk in chunks
            ),
            retries=crew.retries,
            ahead=AHEAD * workers.count,
        )
        for one in in_order(done):
            if one.error is not None:
                raise BadImage(f"frames from {one.item.times[0]}: {one.error}")
            given = map(_as_floats, one.item.frames)
            yield from zip(one.item.times, given, one.value, strict=True)


def _paint_chunk(stylizer: Stylizer, chunk: Chunk) -> list[Image]:
    return [stylizer.stylize(_as_floats(frame)).image for frame in chunk.frames]


def _as_floats(frame: Tensor) -> Image:
    """As :func:`files.frames` gives it, to the bit."""
    return frame.float() / LEVELS


@dataclass(frozen=True)
class _Parts:
    """A folder of finished segments."""

    folder: Path
    recipe: Mapping[str, Any]

    def begin(self, smoother: Smoother) -> int:
        """Frames that are done; the smoother is as it was after them."""
        text, note = json.dumps(self.recipe, sort_keys=True), self.folder / "recipe.json"
        if note.exists() and note.read_text("utf-8") == text:
            kept = self.segments()
            if not kept:
                return 0
            state = load_file(self._state(len(kept)))
            done = int(state.pop(FRAMES))
            smoother.resume(state)
            return done
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        note.write_text(text, "utf-8")
        return 0

    def segments(self) -> list[Path]:
        """Those that are complete."""
        return sorted(self.folder.glob("*.nut"))

    def keep(
        self, clip: files.Clip, pieces: list[tuple[int, Image]], smoother: Smoother, done: int
    ) -> None:
        """Write a segment, and first what goes on after it."""
        number = len(self.segments()) + 1
        save_file(smoother.state() | {FRAMES: torch.tensor(done)}, self._state(number))
        files.write_segment(self.folder / f"{number:06}.nut", clip, pieces)
        self._state(number - 1).unlink(missing_ok=True)

    def _state(self, number: int) -> Path:
        return self.folder / f"{number:06}.safetensors"


def _recipe(stylizer: Stylizer, clip: files.Clip, smooth: float) -> dict[str, Any]:
    """What the frames depend on: the recipe of the first of them, and the video."""
    _, first = next(files.frames(clip.path))
    plain = stylizer.recipe(images.read(first))
    return plain | {
        "video": {"name": clip.path.name, "sha256": sha256_of(clip.path), "smooth": smooth}
    }
