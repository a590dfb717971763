"""A network as one ONNX graph: pictures in, a picture out, any size."""

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from wasserstyle.errors import BadSetting
from wasserstyle.features.vgg import Vgg
from wasserstyle.features.weights import bundled
from wasserstyle.method import Memo, Tools
from wasserstyle.netmethod import STRIDE, NetMethod, decoded_part
from wasserstyle.nets.attention import StyleAttention
from wasserstyle.nets.grain import grain, grained
from wasserstyle.nets.halos import evened
from wasserstyle.nets.transfer import StyleNetwork
from wasserstyle.nets.units import look
from wasserstyle.ot.newton import COLOURS, monge_maps
from wasserstyle.types import FeatureMap, Image, Maps

OPSET = 20
INPUTS, OUTPUT = ("content", "style", "strength"), "picture"


Finish = Callable[[Image, Image, Image, Tensor], Image]
"""Painted, content, style and strength to the picture."""


class Whole(nn.Module):
    """Encoder, network and decoder in one.

    Args:
        encoder: VGG-19 in float32.
        network: Trained.
        share: Of the style's grain in the content.
        finish: What becomes of colours and halos.
    """

    def __init__(
        self, encoder: Vgg, network: StyleNetwork, share: float, finish: Finish
    ) -> None:
        super().__init__()
        self.encoder, self.network, self.share, self.finish = encoder, network, share, finish
        for module in network.modules():
            if isinstance(module, StyleAttention):
                module.at_once = None  # a graph has no pieces

    def forward(self, content: Image, style: Image, strength: Tensor) -> Image:
        """The content painted like the style.

        Args:
            content: (1, 3, H, W), sRGB in [0, 1]; both sides at least 64 px.
            style: (1, 3, any size), the same.
            strength: One number in [0, 1], of shape (1,).
        """
        height, width = content.shape[2], content.shape[3]
        across, down = ((STRIDE - side % STRIDE) % STRIDE for side in (width, height))
        margin = self.network.margin + self.network.around
        edges = (margin, margin + across, margin, margin + down)
        begun = grained(content, grain(style), self.share * strength)
        shown = self._look(F.pad(begun, edges, mode="reflect"))
        mine = decoded_part(shown, self.network)
        theirs = self._look(style)
        matched = {layer: self._matched(layer, mine, theirs, strength) for layer in mine}
        painted = self.network.decoder(self.network.join(matched))
        first = self.network.margin
        rows, columns = (slice(first, first + side) for side in (height, width))
        picture = painted[:, :, rows, columns].clamp(0, 1)
        return self.finish(picture, content, style, strength).clamp(0, 1)

    def _look(self, image: Image) -> Maps:
        return self.network.view(image, look(self.encoder, image, self.network.needs))

    def _matched(self, layer: str, mine: Maps, theirs: Maps, strength: Tensor) -> FeatureMap:
        here = mine[layer]
        itself = self.network.match(layer, here, here)
        return itself + strength * (self.network.match(layer, here, theirs[layer]) - itself)


def _as_painted(painted: Image, content: Image, style: Image, strength: Tensor) -> Image:
    """What the network gives."""
    return painted


def _carried(painted: Image, content: Image, style: Image, strength: Tensor) -> Image:
    """Halos taken back, and colours moved as in :mod:`wasserstyle.recolour`, by products."""
    painted = evened(painted, content)
    (own, a), (mine, b), (goal, c) = (_gaussian(x) for x in (painted, content, style))
    eye, share = torch.eye(3).to(b), strength.to(b)
    step = eye + share * (monge_maps(b, c, COLOURS) - eye)
    t = monge_maps(a, step @ b @ step, COLOURS)
    moved = mine + share * (goal - mine) + t @ (painted.double().flatten(2) - own)
    return moved.to(painted).reshape(painted.shape)


def _gaussian(image: Image) -> tuple[Tensor, Tensor]:
    """Mean, (1, 3, 1), and covariance, (1, 3, 3), of colours; float64."""
    flat = image.double().flatten(2)
    mean = flat.mean(dim=2, keepdim=True)
    centred = flat - mean
    return mean, (centred @ centred.transpose(1, 2)) / flat.shape[2]


FINISHES: Mapping[str, Finish] = {"transport": _carried, "network": _as_painted}


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
    network, finish = method.ready(tools), FINISHES[method.palette]
    whole = Whole(encoder, network, method.grain, finish).eval()
    examples = (torch.rand(1, 3, 96, 128), torch.rand(1, 3, 80, 112), torch.ones(1))
    side = torch.export.Dim.DYNAMIC
    shapes: tuple[Mapping[int, object], ...] = ({2: side, 3: side}, {2: side, 3: side}, {})
    path.parent.mkdir(parents=True, exist_ok=True)
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
