"""Mixed precision: what is computed in bfloat16 from weights in float32."""

from collections.abc import Callable
from contextlib import ExitStack
from typing import ParamSpec

import torch
from torch import Tensor

from wasserstyle.device import precision_of

Given = ParamSpec("Given")


def reduced(
    network: Callable[Given, Tensor], *inputs: Given.args, **named: Given.kwargs
) -> Tensor:
    """What a network gives, in float32; its convolutions and products are in bfloat16.

    bfloat16 has the range of float32, so no loss needs scaling. All is in float32 where the
    device does not multiply in bfloat16.
    """
    kinds = ("cpu", "cuda") if torch.cuda.is_available() else ("cpu",)
    with ExitStack() as stack:
        for kind in kinds:  # whichever the network is on
            precision = precision_of(torch.device(kind))
            stack.enter_context(
                torch.autocast(kind, precision, enabled=precision != torch.float32)
            )
        return network(*inputs, **named).float()
