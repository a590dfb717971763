"""The product of a matrix with its own transpose, with a backward pass of half the price."""

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor


class _SelfProduct(torch.autograd.Function):
    """d/dx of <G, x xᵀ> is (G + Gᵀ) x: one product, where autograd makes two."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:  # noqa: ANN401 - torch's context has no type
        ctx.save_for_backward(x)
        return x @ x.T

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Tensor) -> Tensor:  # noqa: ANN401 - see forward
        (x,), (gradient,) = ctx.saved_tensors, grad_outputs
        return (gradient + gradient.T) @ x


def self_product(x: Float[Tensor, "n d"]) -> Float[Tensor, "n n"]:
    """``x xᵀ``; same value and gradient as the plain product."""
    return _SelfProduct.apply(x)
