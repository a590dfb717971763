"""A critic of feature vectors: the dual of Wasserstein-1, learned (Gulrajani et al. 2017)."""

from collections.abc import Callable
from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor, nn

from wasserstyle.types import Scalar

WIDTH, HIDDEN = 256, 3
"""Of the hidden layers, and how many (the fourth paper: three of 256)."""

Vectors = Float[Tensor, "_vectors _channels"]
ScoreOf = Callable[[Vectors], Float[Tensor, " _vectors"]]


class Critic(nn.Module):
    """One number for each vector, whatever the others are; no normalisation layers.

    Args:
        channels: Of a vector.
        condition: Of what it is judged by beside itself; 0: nothing.
    """

    def __init__(self, channels: int, condition: int = 0) -> None:
        super().__init__()
        widths = [channels + condition, *[WIDTH] * HIDDEN]
        layers: list[nn.Module] = []
        for a, b in pairwise(widths):
            layers += [nn.Linear(a, b), nn.ReLU()]
        self.layers = nn.Sequential(*layers, nn.Linear(WIDTH, 1))

    def forward(
        self, vectors: Vectors, condition: Float[Tensor, "_vectors _more"] | None = None
    ) -> Float[Tensor, " _vectors"]:
        """Scores: high where the style has its features, once it is trained."""
        whole = vectors if condition is None else torch.cat([vectors, condition], dim=1)
        return self.layers(whole)[:, 0]


def gradient_penalty(
    score: ScoreOf, real: Vectors, made: Vectors, generator: torch.Generator
) -> tuple[Scalar, Scalar]:
    """Mean of ``(|∇D| - 1)²`` between pairs of vectors, and the mean of ``|∇D|``.

    Its gradient reaches the critic's weights. Pairs are as given: shuffle them if they must not
    belong together.

    Args:
        score: The critic, with what it is conditioned on.
        real: Vectors of the style.
        made: As many of the output.
        generator: Draws where between the two.
    """
    share = torch.rand(len(real), 1, generator=generator).to(real)
    between = torch.lerp(made.detach(), real.detach(), share).requires_grad_()
    (slope,) = torch.autograd.grad(score(between).sum(), between, create_graph=True)
    length = slope.square().sum(dim=1).add(1e-12).sqrt()
    return (length - 1).square().mean(), length.detach().mean()


def wasserstein1_estimate(score: ScoreOf, real: Vectors, made: Vectors) -> Scalar:
    """``mean D(real) - mean D(made)``: the distance, as far as the critic has learned it."""
    return score(real).mean() - score(made).mean()
