"""The earth mover's distance itself, between clouds of equally many points of equal mass."""

from jaxtyping import Float
from torch import Tensor

from wasserstyle.ot.assignment import assignment
from wasserstyle.types import Scalar


def emd(cost: Float[Tensor, "n n"]) -> Scalar:
    """Least mean cost of matching every point with one of its own.

    Among the cheapest plans between equally many points of equal mass there is a permutation
    (Birkhoff), so that this is exact. The gradient is that of the matching held still. Time
    grows with the cube of the number of points: 0.1 s for 1000, some seconds for 4000.

    Example:
        >>> import torch
        >>> emd(torch.tensor([[0.0, 1.0], [0.0, 9.0]]))
        tensor(0.5000)
    """
    return cost.gather(1, assignment(cost)[:, None]).mean()
