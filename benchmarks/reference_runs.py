"""Runs of the authors' program, kept on disk: hours of them, so every scale is a checkpoint.

    python benchmarks/reference_runs.py [--sizes 256 512] [--seeds 0 1] [--threads 1]

Kept in out/equal_objective/: the images of every tenth iteration of every scale; the last one
also as a picture in benchmarks/results/reference/. A 512 px run is a 256 px run that goes on:
both share their coarser scales. The runs may be stopped and started again, and processes may
share the work: what is there or begun is left alone.

The losses are computed by the package's exact forms, which give the same values and gradients
(tests/reference) in two thirds of the time; only what the images are depends on these runs,
never how long the authors' program takes: see equal_objective.py.
"""

import argparse
import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

import torch

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from reference import authors  # noqa: E402
from wasserstyle import image as images  # noqa: E402
from wasserstyle.features.vgg import Vgg  # noqa: E402
from wasserstyle.features.weights import bundled  # noqa: E402
from wasserstyle.losses.content import self_similarity  # noqa: E402
from wasserstyle.losses.style import (  # noqa: E402
    Moments,
    moment_distance,
    moments,
    palette_cosine_euclidean,
)
from wasserstyle.ot.relaxed import relaxed_emd_cosine  # noqa: E402

KEPT = ROOT / "out/equal_objective"
ENDS = ROOT / "benchmarks/results/reference"
"""Where runs ended, as pictures."""
PAIRS = (("astronaut", "swirls"), ("coffee", "watercolour"), ("cat", "hatching"))
SIZE = 512
"""Long side of the pictures that every run is given, pixels."""
ITERATIONS, EVERY = 250, 10


def pictures(pair: tuple[str, str]) -> tuple[torch.Tensor, torch.Tensor]:
    """Content and style with a long side of 512 px, cropped so that all halves are whole."""
    paths = ROOT / f"examples/content/{pair[0]}.jpg", ROOT / f"examples/style/{pair[1]}.jpg"
    resized = [images.to_long_side(images.read(path).rgb, SIZE) for path in paths]
    content, style = (x[..., : x.shape[2] // 8 * 8, : x.shape[3] // 8 * 8] for x in resized)
    return content.contiguous(), style.contiguous()


def alpha_of(size: int) -> float:
    """The authors' α at content weight 1."""
    return 16.0 * authors.COARSEST / size


def exact_losses(
    x: torch.Tensor, c: torch.Tensor, y: torch.Tensor, of_y: Moments, *, alpha: float
) -> dict[str, torch.Tensor]:
    """The authors' terms and total by the package's exact forms, given the style's moments."""
    terms = {
        "content": self_similarity(x, c),
        "transport": relaxed_emd_cosine(x, y),
        "moments": moment_distance(x, of_y),
        "palette": palette_cosine_euclidean(x[:, :3], y[:, :3]),
    }
    whole = alpha * terms["content"] + terms["transport"] + terms["moments"]
    return terms | {"total": (whole + terms["palette"] / max(alpha, 1)) / (alpha + 2)}


@contextlib.contextmanager
def exact_shortcuts() -> Iterator[None]:
    """Let the program use the package's exact forms; the style's moments are made once."""
    kept: dict[int, Moments] = {}

    def losses(x, c, y, alpha):  # noqa: ANN001, ANN202 - as the function it stands for
        if id(y) not in kept:
            kept.clear()
            kept[id(y)] = moments(y)
        return exact_losses(x, c, y, kept[id(y)], alpha=alpha)

    plain, authors.losses = authors.losses, losses
    try:
        yield
    finally:
        authors.losses = plain


def path_of(pair: tuple[str, str], seed: int, scale: int, *, last: bool) -> Path:
    """Where the images of one scale are kept."""
    ending = "last" if last else "on"
    return KEPT / f"{pair[0]}-{pair[1]}-{seed}" / f"{scale}-{ending}.pt"


def run_scale(
    pair: tuple[str, str], seed: int, scale: int, previous: torch.Tensor | None, *, last: bool
) -> dict[int, torch.Tensor]:
    """One scale of the program: iteration from 1 -> the image it began with."""
    content, style = pictures(pair)
    state = authors.begin(
        content,
        style,
        Vgg(bundled("vgg16")),
        size=scale,
        alpha=alpha_of(scale),
        generator=torch.Generator().manual_seed(1000 * seed + scale),
        previous=previous,
        last=last,
    )
    kept = {}
    for iteration in range(1, ITERATIONS + 1):
        image, _ = authors.one_step(state)
        if iteration % EVERY == 0 or iteration == 1:
            kept[iteration] = image
            print(f"{pair[0]} x {pair[1]}, {scale} px: {iteration}/{ITERATIONS}", flush=True)
    return kept


def show(pair: tuple[str, str], seed: int, size: int) -> None:
    """Write where a run ended as a picture."""
    image = torch.load(path_of(pair, seed, size, last=True))[ITERATIONS].clamp(0, 1)
    ENDS.mkdir(parents=True, exist_ok=True)
    images.write(image, end_of(pair, seed, size))


def end_of(pair: tuple[str, str], seed: int, size: int) -> Path:
    """The picture of where a run ended."""
    return ENDS / f"{pair[0]}-{pair[1]}-{seed}-{size}.png"


@exact_shortcuts()
def run(pair: tuple[str, str], seed: int, size: int) -> None:
    """All scales of a run that are not there yet."""
    previous = None
    for scale in authors.scale_sizes(size):
        path = path_of(pair, seed, scale, last=scale == size)
        begun = path.with_suffix(".begun")
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                begun.touch(exist_ok=False)
            except FileExistsError:
                print(f"{path.parent.name} {path.stem}: another process is at it", flush=True)
                return
            kept = run_scale(pair, seed, scale, previous, last=scale == size)
            partial = path.with_suffix(".partial")
            torch.save(kept, partial)
            partial.replace(path)
            begun.unlink()
            print(f"{path.parent.name} {path.stem}: done", flush=True)
        previous = torch.load(path)[ITERATIONS]
    show(pair, seed, size)


def main() -> None:
    """Run what is missing."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[256, 512])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1])
    parser.add_argument("--pairs", type=int, nargs="+", default=range(len(PAIRS)))
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    for size in arguments.sizes:
        for seed in arguments.seeds:
            for number in arguments.pairs:
                run(PAIRS[number], seed, size)


if __name__ == "__main__":
    main()
