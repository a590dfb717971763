"""A critic of feature vectors: the dual of Wasserstein-1, learned (Gulrajani et al. 2017)."""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor, nn

from wasserstyle.types import Scalar

WIDTH, HIDDEN = 256, 3
"""Of the hidden layers, and how many (the fourth paper: three of 256)."""

Vectors = Float[Tensor, "*_sets _vectors _channels"]
Scores = Float[Tensor, "*_sets _vectors"]
ScoreOf = Callable[[Vectors], Scores]


class Critic(nn.Module):
    """One number for each vector, whatever the others are; no normalisation layers.

    Args:
        channels: Of a vector.
        condition: Of what a set of vectors is judged by beside them; 0: nothing.
    """

    def __init__(self, channels: int, condition: int = 0) -> None:
        super().__init__()
        self.first = nn.Linear(channels, WIDTH)
        self.given = nn.Linear(condition, WIDTH, bias=False) if condition else None
        layers: list[nn.Module] = [nn.ReLU()]
        for _ in range(HIDDEN - 1):
            layers += [nn.Linear(WIDTH, WIDTH), nn.ReLU()]
        self.rest = nn.Sequential(*layers, nn.Linear(WIDTH, 1))

    def forward(
        self, vectors: Vectors, condition: Float[Tensor, "*_sets _more"] | None = None
    ) -> Scores:
        """Scores: high where the style has its features, once it is trained.

        What it is conditioned on is one more input of the first layer, computed once a set.
        """
        hidden = self.first(vectors)
        if self.given is not None and condition is not None:
            hidden = hidden + self.given(condition).unsqueeze(-2)
        return self.rest(hidden).squeeze(-1)


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
    share = torch.rand(*real.shape[:-1], 1, generator=generator).to(real)
    between = torch.lerp(made.detach(), real.detach(), share).requires_grad_()
    (slope,) = torch.autograd.grad(score(between).sum(), between, create_graph=True)
    length = slope.square().sum(dim=-1).add(1e-12).sqrt()
    return (length - 1).square().mean(), length.detach().mean()


def wasserstein1_estimate(score: ScoreOf, real: Vectors, made: Vectors) -> Scalar:
    """``mean D(real) - mean D(made)``: the distance, as far as the critic has learned it."""
    return score(real).mean() - score(made).mean()
