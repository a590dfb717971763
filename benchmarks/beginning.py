"""Does a network's picture as the beginning (`--init`) save STROTSS any time?

    python benchmarks/beginning.py [--size 256] [--pairs 3] [--network wasserstein_critic]

The default preset, begun with the content and with the network's picture at a quarter, a half
and all of the size (coarser scales are left out), scored as in equal_objective.py: the authors'
objective on positions of their own seed. Seconds are the steps until a run is within 1 % of the
authors' end, by the clock of equal_objective.json (two threads), and the network's own, timed
here. Writes results/beginning.json.
"""

import argparse
import json
import time
from pathlib import Path
from typing import Any

import torch

from equal_objective import (
    PAIRS,
    WITHIN,
    Evaluator,
    Pair,
    authors,
    extractor,
    first_below,
    machines,
    with_times,
)
from equal_objective import RESULT as EQUAL
from reference_runs import pictures
from wasserstyle import networks
from wasserstyle.features.vgg import Vgg
from wasserstyle.features.weights import bundled
from wasserstyle.method import Style, Tools
from wasserstyle.methods.strotss import Strotss
from wasserstyle.optim import Step

RESULT = Path(__file__).parent / "results/beginning.json"
EVERY = 4
SHARES = (0.25, 0.5, 1.0)


def begun(pair: Pair, size: int, network: str, share: float) -> torch.Tensor:
    """The network's picture."""
    content, style = pictures(pair)
    vgg = Vgg(bundled("vgg19"))
    method = networks.get(network, {"precision": "float32"})
    tools = Tools(features=vgg, size=round(size * share))
    return method.stylize(content, [Style(style)], tools=tools)


def trace(pair: Pair, size: int, start: torch.Tensor | None) -> list[tuple[int, int, float]]:
    """Scale, step and score of a run."""
    content, style = (authors.resized(x, size) for x in pictures(pair))
    score, found = Evaluator.of(pair, size), []

    def observe(step: Step) -> None:
        last = step.stage == step.stages - 1
        if step.iteration == step.iterations or (last and step.iteration % EVERY == 0):
            found.append((step.size, step.iteration, score(step.image())))

    tools = Tools(features=extractor("default"), size=size, start=start)
    Strotss().stylize(content, [Style(style)], tools=tools, observe=observe)
    return found


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--network", default="wasserstein_critic")
    given = parser.parse_args()
    rows: list[dict[str, Any]] = []
    for pair in PAIRS[: given.pairs]:
        name = f"{given.size} px, {' x '.join(pair)}, seed 0"
        goal = json.loads(EQUAL.read_text())["traces"][name]["reference"][-1][-1]
        clocks = next(iter(machines().values()))["clock"][pair[0]]
        for share in (None, *SHARES):
            began = time.perf_counter()
            start = None if share is None else begun(pair, given.size, given.network, share)
            first = time.perf_counter() - began if share else 0.0
            found = trace(pair, given.size, start)
            there = first_below(with_times(found, clocks, "default"), WITHIN * goal)
            row = {
                "pair": " x ".join(pair),
                "begun at": share and round(given.size * share),
                "scales": sorted({side for side, *_ in found}),
                "authors' end": goal,
                "end": found[-1][-1],
                "network's seconds": round(first, 2),
                "seconds to within 1 %": there and round(there + first, 1),
            }
            rows.append(row)
            print(row, flush=True)
    kept = {"size": given.size, "network": given.network, "runs": rows}
    RESULT.write_text(json.dumps(kept, indent=1) + "\n")


if __name__ == "__main__":
    main()
