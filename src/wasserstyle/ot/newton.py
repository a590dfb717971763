"""The optimal map between Gaussians by products of matrices alone, for many at once.

:func:`wasserstyle.ot.gaussian.monge_map` takes eigenvalues, which a graph of ONNX does not know
and whose gradients explode where they are equal. Inside a network the roots are those of the
coupled Newton-Schulz iteration (Higham, Functions of Matrices, 2008, Eq. 6.35).
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor


@dataclass(frozen=True)
class Care:
    """How near to singular matrices may be."""

    ridge: float
    """Added to every eigenvalue, in shares of their mean: what does not vary does not move."""
    least: float
    """Added besides, for a cloud that is a point."""
    rounds: int
    """Iterations: each brings a small root nearer by half of itself."""


CODES = Care(ridge=1e-2, least=1e-5, rounds=24)
"""For many channels, in float32."""
COLOURS = Care(ridge=1e-5, least=1e-9, rounds=28)
"""For three, in float64: within a thousandth of what eigenvalues give."""

Matrices = Float[Tensor, "batch d d"]


def roots(a: Matrices, rounds: int) -> tuple[Matrices, Matrices]:
    """Square roots of symmetric positive definite matrices, and the inverses of the roots."""
    norm = a.square().sum(dim=(1, 2), keepdim=True).sqrt()
    eye = torch.eye(a.shape[1], dtype=a.dtype, device=a.device)
    root, inverse = a / norm, eye.expand_as(a)
    for _ in range(rounds):
        step = 1.5 * eye - 0.5 * (inverse @ root)
        root, inverse = root @ step, step @ inverse
    return root * norm.sqrt(), inverse / norm.sqrt()


def monge_maps(x: Matrices, y: Matrices, care: Care = CODES) -> Matrices:
    """Linear parts T of the optimal maps from N(., x) to N(., y): T x T = y but for the ridge.

    Args:
        x: Covariances.
        y: As many.
        care: With which the roots are found.
    """
    x, y = _ridged(x, care), _ridged(y, care)
    root, inverse = roots(x, care.rounds)
    middle, _ = roots(root @ y @ root, care.rounds)
    return inverse @ middle @ inverse


def _ridged(a: Matrices, care: Care) -> Matrices:
    mean = a.diagonal(dim1=1, dim2=2).mean(dim=1)[:, None, None]
    eye = torch.eye(a.shape[1], dtype=a.dtype, device=a.device)
    return a + (care.ridge * mean + care.least) * eye
