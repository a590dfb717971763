"""The decoder's beginning in closed form: every convolution solved for the layer it mirrors.

Ours, decision 0014. The decoder is the encoder backwards, so what each of its convolutions
ought to give is known: the map of the encoder on the other side of the mirror. Front to back,
each is the least-squares solution from what those before it give. Some minutes of this are
worth hours of descent from random weights, and descent goes on from it (``inverse``).
"""

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from wasserstyle.features import Extractor
from wasserstyle.features.borders import mirrored
from wasserstyle.nets.attention import StyleAttention
from wasserstyle.nets.decoder import DOUBLINGS, Decoder, convolutions_of, enlarged
from wasserstyle.nets.statistics import covariances, normalised
from wasserstyle.nets.transfer import (
    CHANNELS,
    MIDDLE,
    ByAttention,
    ByTwoAttentions,
    StyleNetwork,
)
from wasserstyle.nets.units import look
from wasserstyle.types import FeatureMap, Image

MIRRORED = (
    ("relu3_4",),
    ("relu3_3", "relu3_2", "relu3_1", "relu2_2"),
    ("relu2_1", "relu1_2"),
    ("relu1_1", "rgb"),
)
"""What each convolution of each block ought to give; the last of a block, but for the image, is
at half its size, because the sizes are doubled after it."""
POSITIONS = 256
"""Drawn from each picture: its neighbours tell little more."""
RIDGE = 1e-3
"""Of the mean square of the inputs."""
NEAREST = (0.3, 0.3, 1.0, 2.0)
"""Queries, keys, values, output: of the components, and of the identity. Normalised features of
512 channels that are alike in half of them have a product of 256, which a tenth of makes a
choice of a few."""

WITH_ITSELF = 1 + NEAREST[-1]
"""Times itself: what a map becomes by attention to itself."""


@torch.no_grad()
def solve(decoder: Decoder, encoder: Extractor, pictures: Iterable[Image], seed: int) -> None:
    """Replace the decoder's weights.

    Args:
        decoder: Its weights are lost.
        encoder: VGG-19.
        pictures: Batches; some hundred crops of 128 px in all are enough.
        seed: Draws the positions.
    """
    generator = torch.Generator().manual_seed(seed)
    batches = list(pictures)
    states = [look(encoder, batch, (MIDDLE,))[MIDDLE] for batch in batches]
    for block, names, doubling in zip(decoder.blocks, MIRRORED, DOUBLINGS, strict=True):
        states = [enlarged(x, doubling) for x in states]
        for convolution, name in zip(convolutions_of(block), names, strict=True):
            goals = (
                _goal(encoder, batch, name, x) for batch, x in zip(batches, states, strict=True)
            )
            fit(convolution, zip(states, goals, strict=True), generator)
            states = [convolution(x) for x in states]
            if name != "rgb":
                states = [x.relu() for x in states]


@torch.no_grad()
def begin(network: StyleNetwork, decoder: Decoder, encoder: Extractor, batch: Image) -> None:
    """Begin with an inverse of the encoder, and where there is attention with nearest features.

    Queries and keys are principal components of the normalised features, values the features;
    what is decoded is a third of the content and two of what it gathers. So the first picture
    already has a style.

    Args:
        network: Its weights are lost.
        decoder: An inverse of the encoder.
        encoder: VGG-19.
        batch: Pictures by which components are found, and two layers of attention joined; two
            dozen are enough.
    """
    network.decoder.load_state_dict(decoder.state_dict())
    if not isinstance(network, ByAttention):
        return
    maps = look(encoder, batch, network.layers)
    for layer, attention in network.attention.items():
        assert isinstance(attention, StyleAttention)
        found = components(normalised(maps[layer]), attention.query.out_channels)
        whole = torch.eye(CHANNELS)
        for convolution, size, rows in zip(
            convolutions_of(attention), NEAREST, (found, found, whole, whole), strict=True
        ):
            convolution.weight.copy_(size * rows[..., None, None])
            _bias(convolution).zero_()
    if isinstance(network, ByTwoAttentions):
        summed = network.summed({layer: WITH_ITSELF * maps[layer] for layer in network.layers})
        fit(network.merge, [(summed, maps[MIDDLE])], torch.Generator().manual_seed(0))
    else:
        convolutions_of(network.decoder)[0].weight.div_(WITH_ITSELF)


def components(x: FeatureMap, count: int) -> Float[Tensor, "count channels"]:
    """The largest principal components of maps whose channels have mean zero."""
    together = covariances(x).double().mean(dim=0)
    return torch.linalg.eigh(together).eigenvectors[:, -count:].T.float()


def fit(
    convolution: nn.Conv2d,
    pairs: Iterable[tuple[FeatureMap, FeatureMap]],
    generator: torch.Generator,
) -> None:
    """Replace a 3x3 convolution by the least-squares one from inputs to what it should give."""
    sums = Sums.of(convolution)
    for x, goal in pairs:
        sums.add(x, goal, generator)
    sums.write(convolution)


def _goal(encoder: Extractor, batch: Image, name: str, like: FeatureMap) -> FeatureMap:
    """The map on the other side of the mirror, at the size of ``like``."""
    goal = encoder(batch, (name,))[name].float()
    return F.adaptive_avg_pool2d(goal, (like.shape[2], like.shape[3]))


@dataclass
class Sums:
    """Of products of a convolution's inputs with each other and with what it ought to give."""

    inputs: Float[Tensor, "_n _n"]
    goals: Float[Tensor, "_n _out"]

    @classmethod
    def of(cls, convolution: nn.Conv2d) -> "Sums":
        """Nothing added yet; one more input, always one, stands for the bias."""
        rows = convolution.weight[0].numel() + 1
        zeros = convolution.weight.new_zeros
        return cls(zeros(rows, rows), zeros(rows, convolution.out_channels))

    def add(self, x: FeatureMap, goal: FeatureMap, generator: torch.Generator) -> None:
        """Add positions of a batch, drawn at random."""
        height, width = x.shape[2:]
        pick = torch.randperm(height * width, generator=generator)[:POSITIONS]
        row, column = (pick // width).to(x.device), (pick % width).to(x.device)
        padded = mirrored(x)
        around = [padded[:, :, row + i, column + j] for i in range(3) for j in range(3)]
        rows = torch.stack(around, dim=2).flatten(1, 2).transpose(1, 2).flatten(0, 1)
        rows = torch.cat([rows, torch.ones_like(rows[:, :1])], dim=1)
        wanted = goal[:, :, row, column].transpose(1, 2).flatten(0, 1)
        self.inputs += rows.T @ rows
        self.goals += rows.T @ wanted

    def write(self, convolution: nn.Conv2d) -> None:
        """The least-squares solution becomes the weights."""
        inputs = self.inputs.double()
        ridge = RIDGE * inputs.diagonal()[:-1].mean()
        inputs.diagonal()[:-1] += ridge
        factor = torch.linalg.cholesky(inputs)
        solved = torch.cholesky_solve(self.goals.double(), factor).float()
        convolution.weight.copy_(solved[:-1].T.reshape(convolution.weight.shape))
        _bias(convolution).copy_(solved[-1])


def _bias(convolution: nn.Conv2d) -> Tensor:
    assert convolution.bias is not None
    return convolution.bias
