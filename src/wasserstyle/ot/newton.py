"""The optimal map between Gaussians by products of matrices alone, for many at once.

:func:`wasserstyle.ot.gaussian.monge_map` takes eigenvalues, which a graph of ONNX does not know
and whose gradients explode where they are equal. Inside a network the roots are those of the
coupled Newton-Schulz iteration (Higham, Functions of Matrices, 2008, Eq. 6.35).
"""

import torch
from jaxtyping import Float
from torch import Tensor

ROUNDS = 24
"""Iterations: each brings a small root nearer by half of itself. Enough for eigenvalues down to
a hundred millionth of the matrix's norm."""
RIDGE = 1e-2
"""Added to every eigenvalue, in shares of their mean: where nothing varies nothing moves."""
LEAST = 1e-5
"""Added besides, for a cloud that is a point."""

Matrices = Float[Tensor, "batch d d"]


def roots(a: Matrices) -> tuple[Matrices, Matrices]:
    """Square roots of symmetric positive definite matrices, and the inverses of the roots."""
    norm = a.square().sum(dim=(1, 2), keepdim=True).sqrt()
    eye = torch.eye(a.shape[1], dtype=a.dtype, device=a.device)
    root, inverse = a / norm, eye.expand_as(a)
    for _ in range(ROUNDS):
        step = 1.5 * eye - 0.5 * (inverse @ root)
        root, inverse = root @ step, step @ inverse
    return root * norm.sqrt(), inverse / norm.sqrt()


def monge_maps(x: Matrices, y: Matrices, ridge: float = RIDGE) -> Matrices:
    """Linear parts T of the optimal maps from N(., x) to N(., y): T x T = y but for the ridge.

    Args:
        x: Covariances.
        y: As many.
        ridge: Added to every eigenvalue of both, in shares of their mean; above 1e-4.
    """
    x, y = _ridged(x, ridge), _ridged(y, ridge)
    root, inverse = roots(x)
    middle, _ = roots(root @ y @ root)
    return inverse @ middle @ inverse


def _ridged(a: Matrices, ridge: float) -> Matrices:
    mean = a.diagonal(dim1=1, dim2=2).mean(dim=1)[:, None, None]
    eye = torch.eye(a.shape[1], dtype=a.dtype, device=a.device)
    return a + (ridge * mean + LEAST) * eye
