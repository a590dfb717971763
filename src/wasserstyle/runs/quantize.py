"""A network in ONNX in whole numbers: convolutions in 8 bits, two or three times as fast.

Ranges of the activations are those of some pictures, painted in each other's styles (static
quantisation of ONNX Runtime, a scale for every channel of the weights).
"""

import tempfile
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from jaxtyping import Float

from wasserstyle import image as images
from wasserstyle.errors import BadSetting
from wasserstyle.netmethod import NetMethod
from wasserstyle.runs.export import export

MOST, SIDE = 12, 256
"""Pictures that are looked at, and the side of the square they are resized to, pixels."""

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
    from onnxruntime.quantization import CalibrationDataReader, QuantType, quantize_static
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
        quantize_static(
            str(prepared),
            str(made),
            reader,
            op_types_to_quantize=["Conv"],
            per_channel=True,
            activation_type=QuantType.QUInt8,
        )
        made.replace(path)


def _pairs(pictures: Sequence[Path]) -> Iterator[Inputs]:
    """What the network is given."""
    some = [images.composite(images.read(path)) for path in pictures[:MOST]]
    small = [images.resize(picture, SIDE, SIDE).numpy() for picture in some]
    pairs = zip(small, [*small[1:], small[0]], strict=True)
    strength = np.ones(1, np.float32)
    return ({"content": c, "style": s, "strength": strength} for c, s in pairs)
