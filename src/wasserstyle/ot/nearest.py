"""The nearest point of another cloud: transport with one marginal constraint dropped."""

import torch
from jaxtyping import Float, Int
from torch import Tensor

AT_ONCE = 1 << 22
"""Products that are held at once: what is needed beside the clouds does not grow."""


@torch.no_grad()
def nearest(x: Float[Tensor, "n d"], keys: Float[Tensor, "m d"]) -> Int[Tensor, " n"]:
    """Index j of the largest ``<x_i, y_j>``, for each i, without a graph.

    Where keys have unit length, y_j is the nearest point by cosine distance; neither the length
    of x nor a shift that all keys share changes which it is.

    Args:
        x: Points whose partners are sought.
        keys: Where they are sought; products are formed in their precision, and where that is
            too coarse to tell two keys apart, either may be taken.

    Returns:
        Indices into ``keys``.

    Example:
        >>> x = torch.tensor([[3.0, 0.1], [0.0, 2.0]])
        >>> nearest(x, torch.tensor([[0.0, 1.0], [1.0, 0.0]]))
        tensor([1, 0])
    """
    rows = max(1, AT_ONCE // len(keys))
    pieces = x.split(rows)
    # max and not argmax: in bfloat16 that is four times slower
    return torch.cat([(piece.to(keys.dtype) @ keys.T).max(dim=1).indices for piece in pieces])
