"""Frames out of a video file and into one, piece by piece; its sound is copied."""

import heapq
import io
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeAlias

import av
import numpy as np
import torch
from av.container import InputContainer, OutputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Stream
from av.video.reformatter import ColorRange, Colorspace
from numpy.typing import NDArray

from wasserstyle.errors import BadImage, CannotWrite
from wasserstyle.types import Image

AnyPacket: TypeAlias = "Packet[Any]"  # generic for type checkers only
Levels = NDArray[np.uint8]
"""Rows, columns and colours in 8 bits."""
SUFFIXES = (".mp4", ".mov", ".mkv")
BT709 = 1
"""Number of the standard in headers of video: primaries, transfer, matrix."""
QUALITY = "17"
"""Constant rate factor of H.264: 17 is nearly lossless to the eye."""


@dataclass(frozen=True)
class Clip:
    """What a video file says of itself."""

    path: Path
    frames: int
    """As the file says or, where it does not, by its duration."""
    rate: Fraction
    time_base: Fraction
    size: tuple[int, int]
    """(height, width) as it is shown."""


def probe(path: Path) -> Clip:
    """Look at the first frame.

    Raises:
        BadImage: The file is missing, or there is no video in it.
    """
    with _opened(path) as container:
        stream = container.streams.video[0]
        rate = stream.average_rate or Fraction(25)
        seconds = (container.duration or 0) / av.time_base
        first = next(_pictures(container, path), None)
        if first is None:
            raise BadImage(f"{path}: no frame can be read")
        size = (first[1].shape[2], first[1].shape[3])
        count = stream.frames or max(1, round(seconds * rate))
        return Clip(path, count, rate, stream.time_base or Fraction(1, 90_000), size)


def frames(path: Path, start: int = 0) -> Iterator[tuple[int, Image]]:
    """Presentation time and picture of every frame from number ``start``, sRGB in [0, 1]."""
    with _opened(path) as container:
        for number, frame in enumerate(_pictures(container, path)):
            if number >= start:
                yield frame


def write_segment(path: Path, clip: Clip, pieces: Sequence[tuple[int, Image]]) -> None:
    """Write some frames as a file of their own; it is there only when complete."""
    partial = path.with_suffix(".part")
    with av.open(str(partial), "w", format="nut") as container:
        stream = container.add_stream("libx264", rate=clip.rate)
        stream.pix_fmt = "yuv420p"
        height, width = pieces[0][1].shape[2:]
        stream.width, stream.height = width - width % 2, height - height % 2
        stream.options = {"crf": QUALITY, "preset": "medium", "bf": "0"}  # joined without delay
        context = stream.codec_context
        context.time_base = clip.time_base
        context.color_primaries = context.color_trc = context.colorspace = BT709
        for time, image in pieces:
            frame = av.VideoFrame.from_ndarray(_array(image), format="rgb24")
            frame = frame.reformat(
                format="yuv420p",
                dst_colorspace=Colorspace.ITU709,
                dst_color_range=ColorRange.MPEG,
            )
            frame.pts, frame.time_base = time, clip.time_base
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    partial.replace(path)


def join(segments: Sequence[Path], clip: Clip, out: Path, note: str) -> None:
    """Put segments and the sound of the video together, without touching either.

    Args:
        segments: In their order.
        clip: Whose sound it gets.
        out: Where to; replaced only when complete.
        note: Kept in the file's comment.

    Raises:
        CannotWrite: No right or room to write there.
    """
    partial = out.with_name(f".{out.name}.part{out.suffix}")
    try:
        with av.open(str(partial), "w", format=_format(out)) as target:
            target.metadata["comment"] = note
            _mux(segments, clip, target)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise CannotWrite(f"{out}: cannot write there ({error.strerror})") from error
    partial.replace(out)


def check_target(clip: Clip, out: Path) -> None:
    """Raise unless the sound of a video can be kept in a file of this kind.

    Raises:
        CannotWrite: Unknown suffix, or sound that such a file cannot hold.
    """
    if out.suffix.lower() not in SUFFIXES:
        raise CannotWrite(f"{out}: write one of {', '.join(SUFFIXES)}")
    if not out.parent.is_dir():
        raise CannotWrite(f"{out.parent}: no such folder")
    with _opened(clip.path) as source, av.open(io.BytesIO(), "w", format=_format(out)) as file:
        for sound in source.streams.audio:
            if sound.codec_context.name not in file.supported_codecs:
                raise CannotWrite(
                    f"{out}: cannot hold sound in {sound.codec_context.name}; write .mkv"
                )


def _opened(path: Path) -> InputContainer:
    try:
        container = av.open(str(path))
    except (OSError, ValueError) as error:
        raise BadImage(f"{path}: not a video that can be read") from error
    if not container.streams.video:
        container.close()
        raise BadImage(f"{path}: no video in it")
    return container


def _pictures(container: InputContainer, path: Path) -> Iterator[tuple[int, Image]]:
    """Time and picture of every frame, as it is shown."""
    stream = container.streams.video[0]
    stream.thread_type = "AUTO"
    try:
        for number, frame in enumerate(container.decode(stream)):
            array = upright(
                np.asarray(frame.to_ndarray(format="rgb24"), np.uint8), frame.rotation
            )
            image = torch.from_numpy(array).permute(2, 0, 1)[None]
            yield frame.pts if frame.pts is not None else number, image.float() / 255
    except FFmpegError as error:
        raise BadImage(f"{path}: damaged ({error.strerror})") from error


def upright(array: Levels, rotation: int) -> Levels:
    """A picture turned by a multiple of 90 degrees, counterclockwise."""
    return np.ascontiguousarray(np.rot90(array, round(rotation / 90)))


def _array(image: Image) -> Levels:
    """Rows, columns and colours in 8 bits, even in both."""
    height, width = (n - n % 2 for n in image.shape[2:])
    levels = (image[0, :, :height, :width] * 255).round().clamp(0, 255).to(torch.uint8)
    return np.ascontiguousarray(levels.permute(1, 2, 0).cpu().numpy())


def _format(out: Path) -> str:
    return {".mp4": "mp4", ".mov": "mov", ".mkv": "matroska"}[out.suffix.lower()]


def _mux(segments: Sequence[Path], clip: Clip, target: OutputContainer) -> None:
    """Packets of the painted frames and of the sound, by their times."""
    with ExitStack() as stack:
        pieces = [stack.enter_context(av.open(str(path))) for path in segments]
        source = stack.enter_context(_opened(clip.path))
        video = target.add_stream_from_template(pieces[0].streams.video[0])
        sounds = {s.index: target.add_stream_from_template(s) for s in source.streams.audio}
        painted = (
            packet for piece in pieces for packet in _packets(piece, piece.streams.video, video)
        )
        heard = [
            _packets(again, [again.streams[index]], sound)
            for index, sound in sounds.items()
            for again in [stack.enter_context(_opened(clip.path))]
        ]
        for packet in heapq.merge(painted, *heard, key=_second):
            target.mux_one(packet)


def _packets(
    container: InputContainer, streams: Sequence[Stream], into: Stream
) -> Iterator[AnyPacket]:
    """Packets of streams, for another file."""
    for packet in container.demux(*streams):
        if packet.dts is not None:
            packet.stream = into
            yield packet


def _second(packet: AnyPacket) -> float:
    return float((packet.dts or 0) * (packet.time_base or 0))
