"""How long until the engine is where the authors' program ends?

    python benchmarks/equal_objective.py [--sizes 256 512] [--seeds 0 1] [--only trace ...]

For three example pairs: the plain reference (tests/reference: the authors' arithmetic, schedule
and optimiser, float32) and the engine's presets. Every result, on its way and at its end, is
scored by one evaluator: the authors' objective at the final scale, in float32, on fixed
positions of their own seed (4096 of output and content, 5000 of the style). Runs draw theirs
anew in every update, and meet some of these pixels by chance. All begin with the same pictures,
shrunk as the authors shrink them (without antialiasing), which is not how a user's are: both
would have other objectives then.

* trace  scores along every run, kept in out/equal_objective (hours for the reference, whose
         images reference_runs.py makes; stop and start again as you like);
* clock  how long set-up and a step of each take at each scale: rounds in alternation, medians
         with quartiles, on an idle machine;
* weigh  the peak memory of separate processes, each several times: the heap is never the same;
* report time of a step of a run = set-ups and steps before it by the clock. So what else the
         machine did during hours of tracing does not matter, and a trace has its times on every
         machine that was clocked. Writes the JSON and the plot results/equal_objective.*.
"""

import argparse
import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise, product
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import torch
from torch.nn.functional import interpolate

from reference_runs import (
    EVERY,
    ITERATIONS,
    KEPT,
    PAIRS,
    alpha_of,
    authors,
    exact_losses,
    path_of,
    pictures,
    run,
)
from wasserstyle import methods
from wasserstyle.device import processor
from wasserstyle.errors import Cancelled
from wasserstyle.features.sampling import hypercolumns, uniform
from wasserstyle.features.vgg import Vgg
from wasserstyle.features.weights import bundled
from wasserstyle.method import NoMemo, Style, Tools
from wasserstyle.methods.strotss import LAYERS
from wasserstyle.optim import Step, scales
from wasserstyle.ot.gaussian import moments
from wasserstyle.runs import Options, Stylizer
from wasserstyle.runs.resources import peak_bytes, pick_device, pick_precision
from wasserstyle.types import everywhere

ROOT = Path(__file__).parent.parent
RESULT = ROOT / "benchmarks/results/equal_objective.json"
PRESETS = ("default", "fast", "best")
WITHIN = 1.01
STEPS = 4
WEIGHED = (512, 1024)
WEIGHED_AS: dict[str, dict[str, Any]] = {
    "bfloat16": {"precision": "bfloat16"},
    "float32": {"precision": "float32"},
    "float32, window=320": {"precision": "float32", "window": 320},
}
"""Settings of the default whose memory is weighed beside the authors' program's."""
WEIGHERS = ("reference", *WEIGHED_AS)
Pair = tuple[str, str]


# ------------------------------------------------------------------ the evaluator
class Evaluator:
    """The authors' objective of an output, on positions of its own.

    Args:
        content: Of the size that outputs are scored at.
        style: As the runs see it.
        alpha: Weight of the content.
    """

    def __init__(self, content: torch.Tensor, style: torch.Tensor, alpha: float) -> None:
        generator = torch.Generator().manual_seed(99)
        self.shape, self.alpha = content.shape[2:], alpha
        self.network = Vgg(bundled("vgg16"))
        self.at = uniform(everywhere(content))(4096, generator)
        style_at = uniform(everywhere(style))(5000, generator)
        with torch.no_grad():
            self.c = hypercolumns(self.network(content, LAYERS), self.at)
            self.y = hypercolumns(self.network(style, LAYERS), style_at)
            self.moments = moments(self.y)

    @classmethod
    def of(cls, pair: Pair, size: int) -> "Evaluator":
        """Of a pair as all runs are given it, with the authors' α of the size."""
        content, style = (authors.resized(x, size) for x in pictures(pair))
        return cls(content, style, alpha_of(size))

    def __call__(self, output: torch.Tensor) -> float:
        """Score."""
        return self.terms(output)["total"]

    @torch.no_grad()
    def terms(self, output: torch.Tensor) -> dict[str, float]:
        """All terms and their total; an output of a coarser scale is enlarged first."""
        if output.shape[2:] != self.shape:
            output = interpolate(output, self.shape, mode="bilinear", align_corners=False)
        x = hypercolumns(self.network(output.clamp(0, 1), LAYERS), self.at)
        found = exact_losses(x, self.c, self.y, self.moments, alpha=self.alpha)
        return {name: round(float(value), 5) for name, value in found.items()}


# ------------------------------------------------------------------ runs and their scores
Trace = list[tuple[int, int, float]]
"""Scale, updates made there, score; in order."""


def trace_reference(pair: Pair, seed: int, size: int) -> Trace:
    """Scores of the authors' program; its runs are made if they are not kept."""
    run(pair, seed, size)
    score, trace = Evaluator.of(pair, size), []
    for scale in authors.scale_sizes(size):
        kept = torch.load(path_of(pair, seed, scale, last=scale == size))
        some = sorted(kept) if scale == size else [ITERATIONS]
        # the image of an iteration is the one that it began with
        trace += [(scale, iteration - 1, score(kept[iteration])) for iteration in some]
    return trace


def extractor(preset: str) -> Vgg:
    """The network at the precision that the preset runs at here."""
    wanted = methods.get("strotss").preset(preset).precision
    return Vgg(bundled("vgg16"), getattr(torch, pick_precision(wanted, pick_device("cpu"))))


def trace_preset(preset: str, pair: Pair, seed: int, size: int) -> Trace:
    """Scores of a preset, every 5 updates at the last scale (best: 10)."""
    content, style = (authors.resized(x, size) for x in pictures(pair))
    method, score, trace = methods.get("strotss").preset(preset), Evaluator.of(pair, size), []
    every = max(1, method.iterations // 50) * 5 if method.iterations > EVERY else 2

    def observe(step: Step) -> None:
        last = step.stage == step.stages - 1
        if step.iteration == step.iterations or (last and step.iteration % every == 0):
            trace.append((step.size, step.iteration, score(step.image())))

    tools = Tools(features=extractor(preset), size=size, seed=seed)
    method.stylize(content, [Style(style)], tools=tools, observe=observe)
    return trace


def kept_trace(who: str, pair: Pair, seed: int, size: int) -> Path:
    """Where the scores of a run are kept."""
    return KEPT / f"{pair[0]}-{pair[1]}-{seed}" / f"{size}-{who}.json"


def trace(who: str, pair: Pair, seed: int, size: int) -> None:
    """Score a run, unless its scores are kept."""
    path = kept_trace(who, pair, seed, size)
    if path.exists():
        return
    if who == "reference":
        scores = trace_reference(pair, seed, size)
    else:
        scores = trace_preset(who, pair, seed, size)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(scores))
    print(f"{size} px {pair[0]} {seed} {who:10}{scores[-1][2]:.4f}", flush=True)


# ------------------------------------------------------------------ the clock
Clocks = dict[str, dict[str, dict[str, float]]]
"""Of one pair on one machine: by scale, seconds of set-up and step of the reference and of the
default, whose steps all presets make."""


def clock_reference(pair: Pair, scale: int) -> tuple[float, list[float]]:
    """Seconds of set-up, and of steps of the plain program."""
    (content, style), network = pictures(pair), Vgg(bundled("vgg16"))
    start = time.perf_counter()
    state = authors.begin(
        content,
        style,
        network,
        size=scale,
        alpha=alpha_of(scale),
        generator=torch.Generator().manual_seed(0),
    )
    at = [time.perf_counter()]
    for _ in range(STEPS - 1):
        authors.one_step(state)
        at.append(time.perf_counter())
    return at[0] - start, [b - a for a, b in pairwise(at)][1:]


def clock_preset(preset: str) -> Callable[[Pair, int], tuple[float, list[float]]]:
    """The same of a preset."""
    method, network = methods.get("strotss").preset(preset), extractor(preset)

    def clock(pair: Pair, scale: int) -> tuple[float, list[float]]:
        content, style = (authors.resized(x, scale) for x in pictures(pair))
        at = [time.perf_counter()]

        def observe(_: Step) -> None:
            at.append(time.perf_counter())
            if len(at) > STEPS + 1:
                raise Cancelled

        tools = Tools(features=network, size=scale)
        with contextlib.suppress(Cancelled):
            replace(method, coarsest=scale).stylize(
                content, [Style(style)], tools=tools, observe=observe
            )
        steps = [b - a for a, b in pairwise(at[1:])]
        return at[1] - at[0] - median(steps), steps

    return clock


def clock(pair: Pair, scale: int, rounds: int) -> dict[str, dict[str, float]]:
    """Both at one scale, in alternating rounds."""
    clocks = {"reference": clock_reference, "default": clock_preset("default")}
    seen = {who: ([], []) for who in clocks}
    for _ in range(rounds):
        for who, measure in clocks.items():
            set_up, steps = measure(pair, scale)
            seen[who][0].append(set_up)
            seen[who][1].extend(steps)
    return {who: _spread(set_ups, steps) for who, (set_ups, steps) in seen.items()}


def _spread(set_ups: list[float], steps: list[float]) -> dict[str, float]:
    low, middle, high = quantiles(steps, n=4)
    values = {"set_up": median(set_ups), "step": middle, "step_low": low, "step_high": high}
    return {name: round(value, 4) for name, value in values.items()}


def peak(who: str, size: int) -> int:
    """Peak memory of a fresh process that makes a few steps at the final scale, MB."""
    threads = ["--threads", str(torch.get_num_threads())]
    here = [sys.executable, __file__, "--peak", who, str(size), *threads]
    done = subprocess.run(here, check=True, capture_output=True, text=True)
    return int(done.stdout)


def begin_run(settings: dict[str, Any], size: int) -> None:
    """A real run of the default with few updates, ended soon after the final scale began."""
    content, style = pictures(PAIRS[0])
    preset = methods.get("strotss").preset("default")
    method = replace(preset, iterations=4, **settings)
    stylizer = Stylizer(style, options=Options(method=method, size=size), memo=NoMemo())

    def observe(step: Step) -> None:
        if step.size == size and step.iteration == 2 * STEPS:
            raise Cancelled

    stylizer.stylize(content, observe=observe)


def peak_here(who: str, size: int) -> None:
    """Make a few updates, up to the final scale, and print the peak of this process."""
    if who == "reference":
        clock_reference(PAIRS[0], size)
    else:
        begin_run(WEIGHED_AS[who], size)
    print(round(peak_bytes() / 2**20))


# ------------------------------------------------------------------ the report
def with_times(scores: Trace, clocks: Clocks, who: str) -> Trace:
    """Seconds since the beginning instead of scale and updates."""
    clocked = "reference" if who == "reference" else "default"
    timed, begun, scale_before, before = [], 0.0, None, 0
    for scale, updates, score in scores:
        tick = clocks[str(scale)][clocked]
        if scale != scale_before:
            if scale_before is not None:
                begun += before * clocks[str(scale_before)][clocked]["step"]
            begun += tick["set_up"]
        scale_before, before = scale, updates
        timed.append((round(begun + updates * tick["step"], 2), scale, score))
    return timed


def first_below(timed: Trace, level: float) -> float | None:
    """Seconds until a score is at or below a level; None: never."""
    return next((seconds for seconds, _, score in timed if score <= level), None)


def timed_on(machine: dict, traces: dict[str, dict[str, Trace]]) -> dict[str, dict[str, Trace]]:
    """All traces by the clocks of one machine."""
    clocks = {" x ".join(pair): machine["clock"].get(pair[0]) for pair in PAIRS}
    found = {name: clocks[name.split(", ")[1]] for name in traces}
    return {
        name: {who: with_times(trace, found[name], who) for who, trace in whos.items()}
        for name, whos in traces.items()
        if found[name] and {str(scale) for scale, *_ in whos["reference"]} <= found[name].keys()
    }


def compare(curves: dict[str, Trace]) -> dict[str, dict]:
    """Who was where when, of one pair, seed and size."""
    end_seconds, _, end = curves["reference"][-1]
    row = {"reference": {"objective": end, "seconds": end_seconds}}
    row["reference"]["first within 1 %"] = first_below(curves["reference"], WITHIN * end)
    for who in curves.keys() - {"reference"}:
        there = first_below(curves[who], WITHIN * end)
        seconds, _, objective = curves[who][-1]
        row[who] = {"objective": objective, "seconds": seconds, "first within 1 %": there}
        row[who]["ratio"] = there and round(end_seconds / there, 1)
    return row


def report(sizes: list[int], seeds: list[int]) -> None:
    """Put traces, old and new, and the clocks of all machines together."""
    kept = json.loads(RESULT.read_text())
    for size, pair, seed in product(sizes, PAIRS, seeds):
        name = f"{size} px, {pair[0]} x {pair[1]}, seed {seed}"
        for who in ("reference", *PRESETS):
            path = kept_trace(who, pair, seed, size)
            if path.exists():
                kept["traces"].setdefault(name, {})[who] = json.loads(path.read_text())
    whole = {name: whos for name, whos in sorted(kept["traces"].items()) if "reference" in whos}
    for label, machine in kept["machines"].items():
        print(f"\n{label}")
        machine["runs"] = {n: compare(c) for n, c in timed_on(machine, whole).items()}
        for name, row in machine["runs"].items():
            _show(name, row)
    keep(kept)
    draw(timed_on(next(iter(kept["machines"].values())), whole))


def _show(name: str, row: dict) -> None:
    print(f"\n{name}\n{'':12}objective   seconds   first within 1 %   ratio")
    for who, cells in row.items():
        there, ratio = cells["first within 1 %"], cells.get("ratio")
        print(
            f"{who:12}{cells['objective']:9.4f}{cells['seconds']:10.1f}{there!s:>19}{ratio!s:>8}"
        )


def machines() -> dict[str, dict]:
    """What was found, by the names of machines; the manual is about the first."""
    return json.loads(RESULT.read_text())["machines"]


def rows_of_manual() -> list[str]:
    """Lines of the tables of docs/speed.md: the first machine's, then the others'."""
    return [
        _row(name, run)
        for machine in machines().values()
        for name, run in machine["runs"].items()
    ]


def peaks_of_manual() -> list[str]:
    """Lines of its table of memory: medians, and the least and the most where they differ."""
    machines: dict[str, dict] = json.loads(RESULT.read_text())["peak_megabytes"]
    return [
        " | ".join(
            [f"| {name}, {size} px", *(_peaks(peaks.get(who)) for who in WEIGHERS), ""]
        ).strip()
        for name, sizes in machines.items()
        for size, peaks in sizes.items()
    ]


def _peaks(found: list[int] | None) -> str:
    if found is None:
        return "-"
    low, high = min(found), max(found)
    return f"{median(found):.0f} MB" + (f" ({low} to {high})" if low < high else "")


def _row(name: str, row: dict) -> str:
    theirs, end = row["reference"]["seconds"], row["reference"]["objective"]
    ours = [row.get(who) for who in ("default", "best")]
    there = [
        f"{one['first within 1 %']:.0f} s, {one['ratio']}x" if one and one["ratio"] else "-"
        for one in ours
    ]
    ends = [f"{one['objective'] / end - 1:+.1%}" if one else "-" for one in ours]
    return " | ".join([f"| {name}", f"{theirs:.0f} s", *there, f"{end:.4f}", *ends, ""]).strip()


def draw(runs: dict[str, dict[str, Trace]]) -> None:
    """Objective against time, one panel a pair and size, all seeds in it."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    panels = sorted({name.rsplit(",", 1)[0] for name in runs})
    figure, axes = plt.subplots(
        1, len(panels), figsize=(4.2 * len(panels), 3.6), squeeze=False, layout="constrained"
    )
    colours = {
        "reference": "black",
        "fast": "tab:orange",
        "default": "tab:blue",
        "best": "tab:green",
    }
    for axis, panel in zip(axes[0], panels, strict=True):
        for name, curves in runs.items():
            if not name.startswith(panel):
                continue
            for who, curve in curves.items():
                seconds, _, scores = zip(*curve, strict=True)
                label = who if name.endswith("seed 0") else None
                axis.plot(seconds, scores, color=colours[who], lw=1.3, label=label)
            axis.axhline(curves["reference"][-1][2], color="grey", lw=0.6, ls=":")
        end = min(curves["reference"][-1][2] for curves in runs.values())
        axis.set(title=panel, xscale="log", xlabel="seconds", ylim=(0.9 * end, 2.2 * end))
        axis.legend(frameon=False)
    axes[0][0].set_ylabel("the authors' objective")
    figure.savefig(RESULT.with_suffix(".png"), dpi=110)


def main() -> None:
    """Trace, clock, report."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[256, 512])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1])
    parser.add_argument("--pairs", type=int, nargs="+", default=list(range(len(PAIRS))))
    parser.add_argument("--who", nargs="+", default=["reference", *PRESETS])
    parser.add_argument("--weigh", nargs="+", choices=WEIGHERS, default=list(WEIGHERS))
    parser.add_argument("--only", nargs="+", default=["trace", "clock", "weigh", "report"])
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peak", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    if arguments.peak:
        peak_here(arguments.peak[0], int(arguments.peak[1]))
        return
    if "trace" in arguments.only:
        every = product(arguments.sizes, arguments.seeds, arguments.pairs, arguments.who)
        for size, seed, number, who in every:
            trace(who, PAIRS[number], seed, size)
    if "clock" in arguments.only:
        measure(arguments.sizes, [PAIRS[n] for n in arguments.pairs], arguments.rounds)
    if "weigh" in arguments.only:
        weigh(arguments.rounds, arguments.weigh)
    if "report" in arguments.only:
        report(arguments.sizes, arguments.seeds)


def this_machine() -> str:
    """Its processor, and the precision that it multiplies in: some share a name."""
    return f"{processor()}, {pick_precision('auto', pick_device('cpu'))}"


def measure(sizes: list[int], pairs: list[Pair], rounds: int) -> None:
    """Clock pairs at every scale on this machine, and write it."""
    kept = machines()
    own = kept[this_machine()] = {
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
    }
    own |= {"clock": {}, "runs": {}}
    clock(PAIRS[0], 64, 1)  # to warm up
    for pair in pairs:
        table = {str(scale): clock(pair, scale, rounds) for scale in scales(max(sizes), 64)}
        own["clock"][pair[0]] = table
        for scale, ticks in table.items():
            line = "  ".join(f"{who} {t['step'] * 1e3:.0f}" for who, t in ticks.items())
            print(f"{pair[0]} {scale} px, ms a step: {line}", flush=True)
        keep({"machines": kept})


def weigh(rounds: int, whose: list[str]) -> None:
    """Peaks of the authors' program and of the default as :data:`WEIGHED_AS`; write each.

    In bfloat16 also where the processor only imitates it, which takes no less, and long.
    """
    kept = json.loads(RESULT.read_text())["peak_megabytes"]
    own = kept.setdefault(this_machine(), {})
    for size, who in product(WEIGHED, whose):
        found = sorted(peak(who, size) for _ in range(rounds))
        own.setdefault(str(size), {})[who] = found
        print(f"{size} px, {who}, peak MB: {found}", flush=True)
        keep({"peak_megabytes": kept})


def keep(part: dict) -> None:
    """Write a part of the result; the others stay."""
    before = json.loads(RESULT.read_text()) if RESULT.exists() else {}
    RESULT.write_text(json.dumps(before | part, indent=1) + "\n")


if __name__ == "__main__":
    main()
