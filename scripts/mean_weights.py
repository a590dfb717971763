"""Weights half way between those that a training began with and those that it ended with.

    python scripts/mean_weights.py BEFORE AFTER OUT

What a network learns in steps of few pairs is its style and noise alike; half way most of the
style is there, and less of the noise (decision 0025; Wortsman et al., Robust fine-tuning of
zero-shot models, CVPR 2022).
"""

import sys
from pathlib import Path

from safetensors.torch import load_file

from wasserstyle.errors import BadWeights
from wasserstyle.nets import files

SHARE = 0.5
"""Of the later weights."""


def between(before: Path, after: Path, out: Path) -> None:
    """Write the mean; its header is that of the later weights, and says so.

    Raises:
        BadWeights: The later ones are none of ours, or they are of different networks.
    """
    about = {**files.about(after), "mean": SHARE}
    old, new = load_file(before), load_file(after)
    if {k: v.shape for k, v in old.items()} != {k: v.shape for k, v in new.items()}:
        raise BadWeights(f"{before} and {after} are of different networks")
    mean = {name: old[name].float().lerp(new[name].float(), SHARE) for name in new}
    files.save(mean, about, out)


if __name__ == "__main__":
    between(*map(Path, sys.argv[1:]))
