"""``wasserstyle export``: a network for other programs."""

from pathlib import Path
from typing import Annotated

import typer

from wasserstyle.cli.options import Set


def export(
    name: Annotated[str, typer.Argument(help="adain, sanet, tiny, wasserstein_critic.")],
    out: Annotated[
        Path, typer.Option("-o", "--out", help="Where to: .onnx", show_default=False)
    ],
    setting: Set = None,
) -> None:
    """Write a network as ONNX: content, style and strength in, a picture out, any size.

    [dim]wasserstyle export adain -o adain.onnx[/dim]
    """
    import logging
    import warnings

    from wasserstyle import networks
    from wasserstyle.runs.export import export as write
    from wasserstyle.runs.values import parse_assignments

    logging.getLogger("torch.onnx").setLevel(logging.ERROR)  # of operators nobody asked for
    warnings.simplefilter("ignore", FutureWarning)
    write(networks.get(name, parse_assignments(name, setting or [])), out)
    print(out)
