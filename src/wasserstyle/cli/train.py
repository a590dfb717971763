"""``wasserstyle train``: weights for a network, from two folders of pictures."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from wasserstyle.cli.options import Device, Quiet, Set, Threads


def train(
    network: Annotated[
        str, typer.Argument(help="adain, sanet, tiny, wasserstein_critic; or decoder.")
    ],
    content: Annotated[
        list[Path], typer.Option(help="Folder of photographs; or several.", show_default=False)
    ],
    style: Annotated[
        list[Path], typer.Option(help="Folder of paintings; or several.", show_default=False)
    ],
    out: Annotated[
        Path,
        typer.Option(
            "-o", "--out", help="Folder of weights, card and logs.", show_default=False
        ),
    ],
    steps: Annotated[int, typer.Option(min=1, help="Batches to learn from.")] = 20_000,
    batch: Annotated[int, typer.Option(min=1, help="Pairs in a batch.")] = 4,
    crop: Annotated[int, typer.Option(min=64, help="Side of a crop, pixels.")] = 256,
    begin: Annotated[
        Path | None,
        typer.Option(
            help="Weights to begin with: of this network or of a decoder.",
            show_default="the closed form",
        ),
    ] = None,
    teaching: Annotated[
        str,
        typer.Option(
            help="Losses: default; even (less grid and eyes); of wasserstein_critic also paper."
        ),
    ] = "default",
    setting: Set = None,
    every: Annotated[int, typer.Option(min=1, help="Steps between checkpoints.")] = 200,
    minutes: Annotated[
        float, typer.Option(help="Stop after so many; run again to go on.", show_default="none")
    ] = float("inf"),
    seed: Annotated[int, typer.Option(min=0, help="The same seed, the same weights.")] = 0,
    device: Device = "auto",
    threads: Threads = None,
    quiet: Quiet = False,
) -> None:
    """Train a network; run the same command again to go on after a stop.

    On several GPUs: torchrun --nproc-per-node 4 -m wasserstyle train ...

    [dim]wasserstyle train adain --content photos --style paintings -o mine[/dim]
    """
    import torch

    from wasserstyle import processes
    from wasserstyle.cli.counting import counting
    from wasserstyle.runs.resources import pick_device
    from wasserstyle.runs.values import parse_assignments
    from wasserstyle.training.loop import Plan
    from wasserstyle.training.run import DECODER, Order, run

    if threads:
        torch.set_num_threads(threads)
    order = Order(
        network=network,
        contents=tuple(content),
        styles=tuple(style),
        folder=out,
        teaching=teaching,
        settings={} if network == DECODER else parse_assignments(network, setting or []),
        start=begin,
        plan=Plan(steps=steps, folder=out, every=every, seconds=60 * minutes),
        batch=batch,
        crop=crop,
        seed=seed,
        device=pick_device(device),
    )
    with (
        processes.together(),
        counting(steps, quiet=quiet or bool(processes.number())) as counter,
    ):

        def tell(done: int, noted: Mapping[str, float]) -> None:
            counter.update(done, "  ".join(f"{k} {v:.3g}" for k, v in list(noted.items())[-4:]))

        weights = run(order, tell, counter.say)
        if not quiet and not processes.number():
            print(weights)
