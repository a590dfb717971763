"""``--dry-run``: what a run would take, and that nothing stands in its way."""

import json as jsonlib

import torch

from wasserstyle.cli.paint import Request, Show, prepare
from wasserstyle.runs.estimate import Estimate, estimate
from wasserstyle.runs.stylizer import Stylizer


def expect(request: Request, show: Show) -> int:
    """Check all that a run checks, say what it would take, and write nothing.

    Raises:
        StyleError: As the run would, before it starts.
    """
    run = prepare(request, show)
    expected = estimate(run.stylizer, run.content)
    height, width = run.stylizer.size_of(run.content)
    if show.json:
        record = {"seconds": round(expected.seconds, 3), "bytes": round(expected.bytes)}
        record |= {"height": height, "width": width}
        arithmetic = {"precision": run.stylizer.precision, "device": str(run.stylizer.device)}
        print(jsonlib.dumps(record | arithmetic, sort_keys=True))
    elif not show.quiet:
        print(_line(expected, (height, width), run.stylizer))
        for note in run.guidance.notes:
            print(f"note: {note}")
    return 0


def _line(expected: Estimate, size: tuple[int, int], stylizer: Stylizer) -> str:
    count, how = torch.get_num_threads(), stylizer.precision
    if stylizer.device.type == "cpu":
        how += f", {count} thread{'s' * (count > 1)}"
    return f"{size[1]} x {size[0]} px: {expected} on {stylizer.device} ({how})"
