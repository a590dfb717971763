"""What an iteration costs, part by part, and against the authors' arithmetic.

    python benchmarks/step_cost.py [--sizes 64 128 256 512] [--rounds 7]

Parts are timed on their own with real tensors; "whole" is a real step of the optimisation loop.
The reference is the plain re-statement in tests/reference (dense gradients, style covariance
every step, float32). Peaks are of separate processes that run three steps at each size.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from statistics import median, quantiles

import torch

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from reference import authors  # noqa: E402
from wasserstyle import image as images  # noqa: E402
from wasserstyle import methods  # noqa: E402
from wasserstyle.device import processor  # noqa: E402
from wasserstyle.features.sampling import hypercolumns, uniform  # noqa: E402
from wasserstyle.features.vgg import Vgg  # noqa: E402
from wasserstyle.features.weights import bundled  # noqa: E402
from wasserstyle.losses.content import self_similarity  # noqa: E402
from wasserstyle.losses.style import (  # noqa: E402
    moment_distance_in_columns,
    moments,
    palette_cosine_euclidean,
)
from wasserstyle.method import Style, Tools  # noqa: E402
from wasserstyle.optim.rules import RULES, Optimiser  # noqa: E402
from wasserstyle.ot.costs import directions  # noqa: E402
from wasserstyle.ot.relaxed import relaxed_emd_of_directions  # noqa: E402
from wasserstyle.pyramid import decompose, reconstruct  # noqa: E402
from wasserstyle.runs.resources import peak_bytes, pick_device, pick_precision  # noqa: E402
from wasserstyle.types import everywhere  # noqa: E402

CONTENT, STYLE = ROOT / "examples/content/astronaut.jpg", ROOT / "examples/style/swirls.jpg"
PRESETS = ("default", "authors")
Part = Callable[[], object]


def timed(part: Part) -> float:
    """Milliseconds of one call."""
    start = time.perf_counter()
    part()
    return (time.perf_counter() - start) * 1e3


def extractor(preset: str) -> Vgg:
    """The network at the precision that the preset would run at here."""
    method = methods.get("strotss").preset(preset)
    precision = pick_precision(method.precision, pick_device("cpu"))
    return Vgg(bundled("vgg16"), getattr(torch, precision))


def parts(preset: str, size: int) -> dict[str, Part]:
    """Forward and backward of each part of a step, on tensors of a real step."""
    method, network = methods.get("strotss").preset(preset), extractor(preset)
    content, style = (images.to_long_side(images.read(p).rgb, size) for p in (CONTENT, STYLE))
    generator = torch.Generator().manual_seed(0)
    layers = {"rgb", *method.layers}
    bands = [b.requires_grad_() for b in decompose(content, 5)]
    optimiser = Optimiser(RULES["adam"], bands)
    image = content.clone().requires_grad_()
    maps = network(image, layers)
    leaves = {k: v.detach().requires_grad_() for k, v in maps.items()}
    at = uniform(everywhere(image))(method.samples, generator)
    x = hypercolumns(leaves, at).detach().requires_grad_()
    style_at = uniform(everywhere(style))(method.style_pool, generator)
    pool = hypercolumns(network(style, layers), style_at)
    y, c, style_moments = pool[: method.style_samples], x.detach().clone(), moments(pool)
    v = directions(y)
    columns = torch.randperm(x.shape[1])[: method.covariance_columns]
    search = maps[method.layers[-1]].dtype

    def loss(term: Callable[[], torch.Tensor]) -> Part:
        return lambda: term().backward()

    def pyramid() -> None:
        optimiser.clear()
        reconstruct(bands).sum().backward()
        optimiser.step(1e-2)

    return {
        "vgg forward": lambda: network(image, layers),
        "vgg both": lambda: sum(m.sum() for m in network(image, layers).values()).backward(),
        "sampling output": lambda: hypercolumns(leaves, at).sum().backward(),
        "sampling content": lambda: hypercolumns(
            {k: m.detach() for k, m in leaves.items()}, at
        ),
        "self-similarity": loss(lambda: self_similarity(x, c)),
        "transport": loss(lambda: relaxed_emd_of_directions(directions(x), v, search=search)),
        "moments": loss(lambda: moment_distance_in_columns(x, style_moments, columns)),
        "palette": loss(lambda: palette_cosine_euclidean(x[:, :3], y[:, :3])),
        "pyramid and optimiser": pyramid,
    }


def whole(preset: str, size: int, steps: int = 4) -> Callable[[], list[float]]:
    """Milliseconds of real steps at one scale, the first left out."""
    method = replace(methods.get("strotss").preset(preset), iterations=steps, coarsest=size)
    content, style = images.read(CONTENT).rgb, Style(images.read(STYLE).rgb)
    network = extractor(preset)

    def run() -> list[float]:
        at: list[float] = []
        tools = Tools(features=network, size=size)
        method.stylize(
            content, [style], tools=tools, observe=lambda _: at.append(time.perf_counter())
        )
        return [(b - a) * 1e3 for a, b in pairwise(at)]

    return run


def reference(size: int) -> Part:
    """One iteration of the authors' arithmetic."""
    network = Vgg(bundled("vgg16"))
    content, style = images.read(CONTENT).rgb, images.read(STYLE).rgb
    state = authors.begin(
        content,
        style,
        network,
        size=size,
        alpha=16.0 * 64 / size,
        generator=torch.Generator().manual_seed(0),
    )
    return lambda: authors.one_step(state)


def spread(values: list[float]) -> dict[str, float]:
    """Median and quartiles, milliseconds."""
    low, _, high = quantiles(values, n=4)
    return {"median": round(median(values), 2), "low": round(low, 2), "high": round(high, 2)}


def measure(size: int, rounds: int) -> dict[str, dict[str, dict[str, float]]]:
    """All presets and the reference at one size, in alternating rounds."""
    tables: dict[str, dict[str, list[float]]] = {name: {} for name in (*PRESETS, "reference")}
    pieces = {preset: parts(preset, size) for preset in PRESETS}
    steps = {preset: whole(preset, size) for preset in PRESETS}
    plain = reference(size)
    for number in range(rounds + 1):  # the first round warms up
        for preset in PRESETS:
            for name, part in pieces[preset].items():
                tables[preset].setdefault(name, []).extend([timed(part)] if number else [])
            times = steps[preset]()
            tables[preset].setdefault("whole", []).extend(times if number else [])
        tables["reference"].setdefault("whole", []).extend([timed(plain)] if number else [])
    return {who: {k: spread(v) for k, v in table.items()} for who, table in tables.items()}


def peak_megabytes(who: str, size: int) -> float:
    """Peak resident memory of a fresh process that makes three steps."""
    done = subprocess.run(
        [sys.executable, __file__, "--peak", who, str(size)],
        check=True,
        capture_output=True,
        text=True,
    )
    return float(done.stdout)


def peak_here(who: str, size: int) -> None:
    """Make three steps and print the peak of this process."""
    if who == "reference":
        step = reference(size)
        for _ in range(3):
            step()
    else:
        whole(who, size, steps=3)()
    print(peak_bytes() / 2**20)


def show(size: int, tables: dict[str, dict[str, dict[str, float]]]) -> None:
    """Print one size."""
    for who, table in tables.items():
        total = table["whole"]["median"]
        print(f"\n{who} at {size} px: {total:.0f} ms a step")
        for name, value in table.items():
            middle, low, high = value["median"], value["low"], value["high"]
            print(f"  {name:24}{middle:8.1f} ms {middle / total:5.0%}  [{low:.1f}, {high:.1f}]")
    ratio = tables["reference"]["whole"]["median"] / tables["default"]["whole"]["median"]
    print(f"\nat {size} px a step of the reference costs {ratio:.1f} default steps")


def main() -> None:
    """Measure, print, write results/step_cost.json."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[64, 128, 256, 512])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--peak", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.peak:
        peak_here(arguments.peak[0], int(arguments.peak[1]))
        return
    results: dict[str, object] = {
        "machine": processor(),
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
        "sizes": {},
    }
    for size in arguments.sizes:
        tables = measure(size, arguments.rounds)
        show(size, tables)
        peaks = {who: round(peak_megabytes(who, size)) for who in (*PRESETS, "reference")}
        print("peak memory, MB:", peaks)
        results["sizes"][str(size)] = {"milliseconds": tables, "peak_megabytes": peaks}
    target = ROOT / "benchmarks/results/step_cost.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(results, indent=1) + "\n")
    print(f"wrote {target.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
