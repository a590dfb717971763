"""A network as one ONNX graph: pictures in, a picture out, any size."""

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from wasserstyle.errors import BadSetting
from wasserstyle.features.vgg import Vgg
from wasserstyle.features.weights import bundled
from wasserstyle.method import Memo, Tools
from wasserstyle.netmethod import MARGIN, STRIDE, NetMethod
from wasserstyle.nets.attention import StyleAttention
from wasserstyle.nets.transfer import StyleNetwork
from wasserstyle.nets.units import look
from wasserstyle.types import FeatureMap, Image, Maps

OPSET = 20
EVERYTHING = 2**31
"""Positions at a time: a graph has no pieces."""
INPUTS, OUTPUT = ("content", "style", "strength"), "picture"


class Whole(nn.Module):
    """Encoder, network and decoder in one.

    Args:
        encoder: VGG-19 in float32.
        network: Trained.
    """

    def __init__(self, encoder: Vgg, network: StyleNetwork) -> None:
        super().__init__()
        self.encoder, self.network = encoder, network
        for module in network.modules():
            if isinstance(module, StyleAttention):
                module.at_once = EVERYTHING

    def forward(self, content: Image, style: Image, strength: Tensor) -> Image:
        """The content painted like the style.

        Args:
            content: (1, 3, H, W), sRGB in [0, 1]; both sides at least 32 px.
            style: (1, 3, any size), the same.
            strength: One number in [0, 1], of shape (1,).
        """
        height, width = content.shape[2], content.shape[3]
        across, down = ((STRIDE - side % STRIDE) % STRIDE for side in (width, height))
        edges = (MARGIN, MARGIN + across, MARGIN, MARGIN + down)
        mine = self._look(F.pad(content, edges, mode="reflect"))
        theirs = self._look(style)
        matched = {layer: self._matched(layer, mine, theirs, strength) for layer in mine}
        painted = self.network.decoder(self.network.join(matched))
        rows, columns = (slice(MARGIN, MARGIN + side) for side in (height, width))
        return painted[:, :, rows, columns].clamp(0, 1)

    def _look(self, image: Image) -> Maps:
        return look(self.encoder, image, self.network.layers)

    def _matched(self, layer: str, mine: Maps, theirs: Maps, strength: Tensor) -> FeatureMap:
        here = mine[layer]
        itself = self.network.match(layer, here, here)
        return itself + strength * (self.network.match(layer, here, theirs[layer]) - itself)


def export(method: NetMethod, path: Path) -> None:
    """Write the network of a method as ONNX, with its weights inside.

    Args:
        method: Which network.
        path: Where to.

    Raises:
        BadSetting: The exporter is not installed.
        BadWeights: The network has no weights.
    """
    if not (find_spec("onnx") and find_spec("onnxscript")):
        raise BadSetting("export needs: pip install 'wasserstyle[export]'")
    encoder = Vgg(bundled("vgg19"))
    tools = Tools(features=encoder, size=STRIDE, memo=Memo())
    whole = Whole(encoder, method.ready(tools)).eval()
    examples = (torch.rand(1, 3, 96, 128), torch.rand(1, 3, 80, 112), torch.ones(1))
    side = torch.export.Dim.DYNAMIC
    shapes: tuple[Mapping[int, object], ...] = ({2: side, 3: side}, {2: side, 3: side}, {})
    partial = path.with_name(f".{path.name}.part")
    torch.onnx.export(
        whole,
        examples,
        str(partial),
        input_names=list(INPUTS),
        output_names=[OUTPUT],
        dynamic_shapes=shapes,
        opset_version=OPSET,
        dynamo=True,
        external_data=False,
        verbose=False,
    )
    partial.replace(path)
