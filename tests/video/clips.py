"""Videos to test with: a square that moves over a still ground, with noise and a tone."""

from fractions import Fraction

import av
import numpy as np

SIZE = (48, 64)
RATE = 12


def frame_at(number, size=SIZE, noise=0.0):
    """Rows, columns and colours in 8 bits."""
    rows, columns = np.mgrid[: size[0], : size[1]]
    picture = np.stack([60 + rows, 120 + columns, 200 - rows], axis=2).astype(float)
    left = 4 + 3 * number
    picture[10:22, left : left + 12] = (230, 40, 40)
    noisy = picture + noise * np.random.default_rng(number).normal(size=picture.shape)
    return noisy.clip(0, 255).astype(np.uint8)


def write_clip(path, frames=10, *, size=SIZE, noise=0.0, sound="aac", turn=None):
    """A video, and a tone of the same length unless ``sound`` is None."""
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=RATE)
        video.width, video.height, video.pix_fmt = size[1], size[0], "yuv420p"
        video.options = {"crf": "8"}
        audio = container.add_stream(sound, rate=44_100) if sound else None
        for number in range(frames):
            frame = av.VideoFrame.from_ndarray(frame_at(number, size, noise), format="rgb24")
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        if audio is not None:
            _tone(container, audio, frames / RATE)


def _tone(container, audio, seconds):
    samples = np.arange(int(44_100 * seconds)) * 440 * 2 * np.pi / 44_100
    wave = (0.3 * np.sin(samples)).astype(np.float32)
    layout, _kind = (
        "mono",
        audio.codec_context.format.name if audio.codec_context.format else "fltp",
    )
    for start in range(0, len(wave), 1024):
        piece = wave[start : start + 1024][None]
        frame = av.AudioFrame.from_ndarray(piece, format="fltp", layout=layout)
        frame.sample_rate, frame.pts, frame.time_base = 44_100, start, Fraction(1, 44_100)
        for packet in audio.encode(frame):
            container.mux(packet)
    container.mux(audio.encode(None))
