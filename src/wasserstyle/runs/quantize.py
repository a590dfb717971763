"""A network in ONNX in whole numbers: convolutions in 8 bits, two or three times as fast.

Ranges of the activations are those of some pictures, painted in each other's styles (static
quantisation of ONNX Runtime, a scale for every channel of the weights). Weights take 7 of the 8
bits: where a processor has no instructions for 8 bits, ONNX Runtime adds two products in 16
bits, and larger weights overflow.
"""

import io
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import redirect_stdout
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from jaxtyping import Float

from wasserstyle import image as images
from wasserstyle.errors import BadSetting
from wasserstyle.netmethod import NetMethod
from wasserstyle.runs.export import export

MOST, SIDE = 12, 192
"""Pictures that are looked at, and the side of the square they are resized to, pixels. What all
layers give for all of them is held at once: 4 GB for VGG-19 and its mirror."""
WITHIN = 99.99
"""Percent of a layer's activations that lie in its range. A few are far out, and with them in
it all others would have coarser steps (ours: decision 0021)."""

Inputs = dict[str, Float[np.ndarray, "..."]]


def export_int8(method: NetMethod, path: Path, pictures: Sequence[Path]) -> None:
    """Write the network of a method as ONNX, with convolutions in 8 bits.

    Args:
        method: Which network.
        path: Where to.
        pictures: Each is a content once, and the next one its style.

    Raises:
        BadSetting: There are no pictures; exporter or quantiser are not installed.
        BadImage: One of the pictures cannot be read.
        BadWeights: The network has no weights.
    """
    if not pictures:
        raise BadSetting("8 bits need pictures to take ranges from; that folder has none")
    if not find_spec("onnxruntime"):
        raise BadSetting("8 bits need: pip install 'wasserstyle[export]'")
    from onnxruntime.quantization import (
        CalibrationDataReader,
        CalibrationMethod,
        QuantType,
        quantize_static,
    )
    from onnxruntime.quantization.shape_inference import quant_pre_process

    class Reader(CalibrationDataReader):
        def __init__(self) -> None:
            self.left = _pairs(pictures)

        def get_next(self) -> Inputs:
            return next(self.left, {})  # nothing more: an empty one

    reader = Reader()
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        plain, prepared, made = (Path(folder) / f"{name}.onnx" for name in ("a", "b", "c"))
        export(method, plain)
        quant_pre_process(str(plain), str(prepared), skip_symbolic_shape=True)
        with redirect_stdout(io.StringIO()):  # it prints what it does
            quantize_static(
                str(prepared),
                str(made),
                reader,
                op_types_to_quantize=["Conv"],
                per_channel=True,
                reduce_range=True,
                activation_type=QuantType.QUInt8,
                calibrate_method=CalibrationMethod.Percentile,
                extra_options={"CalibPercentile": WITHIN},
            )
        made.replace(path)


def _pairs(pictures: Sequence[Path]) -> Iterator[Inputs]:
    """What the network is given."""
    some = [images.composite(images.read(path)) for path in pictures[:MOST]]
    small = [images.resize(picture, SIDE, SIDE).numpy() for picture in some]
    pairs = zip(small, [*small[1:], small[0]], strict=True)
    strength = np.ones(1, np.float32)
    return ({"content": c, "style": s, "strength": strength} for c, s in pairs)
