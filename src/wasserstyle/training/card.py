"""A model card: what weights are, how they came to be, and what they cannot do."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from wasserstyle.device import processor
from wasserstyle.training.logs import judged

ROWS = 10
"""Of the curves."""
LIMITS = """\
* Trained on small crops: strokes are as large as the styles show them at 512 px.
* Faces, text and thin lines suffer as in all networks of this kind; STROTSS keeps them better.
* A style unlike all paintings it has seen comes out as its colours and little more."""


def card(about: Mapping[str, Any], curve: Sequence[Mapping[str, Any]]) -> str:
    """A card in Markdown.

    Args:
        about: As in the header of the weights.
        curve: Rows of the table of the training.
    """
    lines = [
        f"# {about['network']}",
        "",
        *_parts(about),
        f"* settings: {about['settings'] or 'default'}",
        "",
        "## Curves",
        "",
        *tables(curve),
        "",
        "## Limits",
        "",
        LIMITS,
        "",
    ]
    return "\n".join(lines)


def tables(curve: Sequence[Mapping[str, Any]]) -> list[str]:
    """Of the losses, and of what judges the fixed grid."""
    return [
        *_table([row for row in curve if not judged(row)]),
        "",
        *_table([row for row in curve if judged(row)]),
    ]


def _parts(about: Mapping[str, Any]) -> list[str]:
    """A line for each training of a chain that began with the weights of the one before."""
    hours, before = about["seconds"] / 3600, about.get("before")
    line = (
        f"* steps of `{about['network']}`: {about['steps']} of {about['batch']} pairs, losses "
        f"`{about['teaching']}`, seed {about['seed']}; crops of {about['crop']} px from "
        f"{about['contents']} contents, {about['styles']} styles; {hours:.1f} h on "
        f"{about['machine']}"
    )
    return [*(_parts(before) if before else []), line]


def machine(device: torch.device) -> str:
    """In words."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"{processor()}, threads: {torch.get_num_threads()}"


def _table(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Some rows of a table, evenly spread, the first and the last among them."""
    if not rows:
        return []
    last = len(rows) - 1
    picked = sorted({round(n * last / (ROWS - 1)) for n in range(ROWS)})
    names = [name for name in rows[0] if name != "seconds"]
    head = [f"| {' | '.join(names)} |", "|" + "---|" * len(names)]
    body = [[f"{rows[n].get(name, float('nan')):.4g}" for name in names] for n in picked]
    return head + [f"| {' | '.join(cells)} |" for cells in body]
