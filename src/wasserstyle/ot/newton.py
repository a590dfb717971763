"""The optimal map between Gaussians by products of matrices alone, for many at once.

:func:`wasserstyle.ot.gaussian.monge_map` takes eigenvalues, which a graph of ONNX does not know
and whose gradients explode where they are equal. Inside a network the roots are those of the
coupled Newton-Schulz iteration (Higham, Functions of Matrices, 2008, Eq. 6.35), every round of
it scaled for the smallest root that there may be then (Chen and Chow, A Stable Scaling of
Newton-Schulz, 2014): a ridge says how small that is, and half of the rounds are enough.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import sqrt

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

    def share(self, d: int) -> float:
        """Of the norm of a ridged d x d matrix, what its least eigenvalue is at least."""
        return self.ridge / (d * (1 + self.ridge))


CODES = Care(ridge=1e-2, least=1e-5)
"""For many channels."""
COLOURS = Care(ridge=1e-6, least=1e-9)
"""For three."""
NEAR = 1e-8
"""How near to one the smallest scaled root ends."""

Matrices = Float[Tensor, "batch d d"]


def roots(a: Matrices, share: float) -> tuple[Matrices, Matrices]:
    """Square roots of symmetric positive definite matrices, and the inverses of the roots.

    Args:
        a: Matrices.
        share: Their eigenvalues are at least so much of their norm.
    """
    norm = a.square().sum(dim=(1, 2), keepdim=True).sqrt()
    eye = torch.eye(a.shape[1], dtype=a.dtype, device=a.device)
    root, inverse = a / norm, eye.expand_as(a)
    for scale in _scales(share):
        step = 1.5 * scale * eye - 0.5 * scale**3 * (inverse @ root)
        root, inverse = root @ step, step @ inverse
    return root * norm.sqrt(), inverse / norm.sqrt()


def _scales(share: float) -> Iterator[float]:
    """Of every round: where the least and the largest root get equally near to one."""
    least = sqrt(share)
    while least < 1 - NEAR:
        scale = sqrt(3 / (1 + least + least**2))
        yield scale
        least *= 1.5 * scale - 0.5 * scale**3 * least**2


def monge_maps(x: Matrices, y: Matrices, care: Care = CODES) -> Matrices:
    """Linear parts T of the optimal maps from N(., x) to N(., y): T x T = y but for the ridge.

    Args:
        x: Covariances.
        y: As many.
        care: With which the roots are found.
    """
    x, y = _ridged(x, care), _ridged(y, care)
    share = care.share(x.shape[1])
    root, inverse = roots(x, share)
    middle, _ = roots(root @ y @ root, share**2)
    return inverse @ middle @ inverse


def _ridged(a: Matrices, care: Care) -> Matrices:
    mean = a.diagonal(dim1=1, dim2=2).mean(dim=1)[:, None, None]
    eye = torch.eye(a.shape[1], dtype=a.dtype, device=a.device)
    return a + (care.ridge * mean + care.least) * eye
