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
    int8: Annotated[
        Path | None,
        typer.Option(
            help="Convolutions in 8 bits; a folder of pictures to take ranges from.",
            show_default="32 bits",
        ),
    ] = None,
    setting: Set = None,
) -> None:
    """Write a network as ONNX: content, style and strength in, a picture out, any size.

    [dim]wasserstyle export adain -o adain.onnx --int8 photos[/dim]
    """
    import logging
    import warnings

    from wasserstyle import networks
    from wasserstyle.image import pictures_in
    from wasserstyle.runs.export import export as write
    from wasserstyle.runs.quantize import export_int8
    from wasserstyle.runs.values import parse_assignments

    logging.getLogger("torch.onnx").setLevel(logging.ERROR)  # of operators nobody asked for
    warnings.simplefilter("ignore", FutureWarning)
    logging.getLogger().setLevel(logging.ERROR)  # of advice on how to prepare a graph
    method = networks.get(name, parse_assignments(name, setting or []))
    if int8 is None:
        write(method, out)
    else:
        export_int8(method, out, pictures_in(int8, "**/*"))
    print(out)
