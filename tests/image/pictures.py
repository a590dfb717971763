"""Small pictures and the files that hold them, made on the fly."""

import struct
import zlib
from io import BytesIO

import numpy as np
import torch
from PIL import Image as PilImage


def noise(height=24, width=32, channels=3, dtype=np.uint8):
    top = np.iinfo(dtype).max
    rng = np.random.default_rng(0)
    return rng.integers(0, top, (height, width, channels), dtype=dtype, endpoint=True)


def image(height=24, width=32, channels=3):
    return torch.rand(1, channels, height, width, generator=torch.Generator().manual_seed(0))


def hwc(tensor):
    return tensor[0].permute(1, 2, 0).numpy()


def encoded(pil, kind, **options):
    file = BytesIO()
    pil.save(file, kind, **options)
    return file.getvalue()


def smooth():
    """A picture that lossy formats keep well."""
    y, x = np.mgrid[0:24, 0:32]
    return np.stack([y * 9, x * 7, 255 - y * 5], 2).astype(np.uint8)


def forged_png(width, height, depth=8):
    def chunk(kind, data):
        crc = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", crc)

    header = struct.pack(">IIBBBBB", width, height, depth, 2, 0, 0, 0)
    pixels = zlib.compress(bytes(1000))
    parts = [chunk(b"IHDR", header), chunk(b"IDAT", pixels), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def pil(array):
    return PilImage.fromarray(array)
