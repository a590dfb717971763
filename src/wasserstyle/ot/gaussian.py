"""Transport between Gaussians: closed forms."""

import torch
from jaxtyping import Float
from torch import Tensor


def sqrtm_psd(a: Float[Tensor, "d d"]) -> Float[Tensor, "d d"]:
    """Square root of a symmetric positive semi-definite matrix, by eigenvalues."""
    values, vectors = torch.linalg.eigh(a)
    return (vectors * values.clamp_min(0).sqrt()) @ vectors.T


def monge_map(cov_x: Float[Tensor, "d d"], cov_y: Float[Tensor, "d d"]) -> Float[Tensor, "d d"]:
    """Linear part T of the optimal map from N(m_x, cov_x) to N(m_y, cov_y).

    The map is ``t(x) = m_y + T (x - m_x)`` with
    ``T = A^-1/2 (A^1/2 B A^1/2)^1/2 A^-1/2``, A = cov_x, B = cov_y (Pitié and Kokaram 2007).
    T is symmetric and positive semi-definite, and T A T = B where A has full rank; directions
    in which A has no variance are mapped to zero.
    """
    values, vectors = torch.linalg.eigh(cov_x)
    kept = values > values.max() * 1e-7
    root = values.clamp_min(0).sqrt()
    inverse = torch.where(kept, 1 / root.clamp_min(1e-30), 0)
    half, half_inverse = ((vectors * v) @ vectors.T for v in (root, inverse))
    return half_inverse @ sqrtm_psd(half @ cov_y @ half) @ half_inverse
