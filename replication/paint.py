"""Pictures of experiments: painted once, kept with their recipe and time."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from replication.scope import Pair, Scope
from wasserstyle import image as images
from wasserstyle.runs import Stylizer
from wasserstyle.runs.stylizer import make_options
from wasserstyle.types import Image


@dataclass(frozen=True, kw_only=True)
class Order:
    """What to paint."""

    pair: Pair
    method: str
    preset: str = "default"
    size: int
    settings: Mapping[str, Any]

    def file(self, scope: Scope) -> Path:
        """Where it is kept: the name changes with whatever the picture depends on."""
        said = json.dumps([self.size, dict(self.settings)], sort_keys=True)
        mark = hashlib.sha256(said.encode()).hexdigest()[:8]
        return scope.kept / f"{'-'.join(self.pair)}-{self.method}-{self.preset}-{mark}.png"


@dataclass(frozen=True)
class Painted:
    """A picture and what it took."""

    image: Image
    seconds: float


def order_of(
    scope: Scope, pair: Pair, method: str, preset: str = "default", **settings: object
) -> Order:
    """A picture by a method with some settings, its size the scope's."""
    given = {**scope.quick.get(method, {}), **settings}
    return Order(pair=pair, method=method, preset=preset, size=scope.size, settings=given)


def paint(
    scope: Scope, pair: Pair, method: str, preset: str = "default", **settings: object
) -> Painted:
    """The same, painted unless it is there."""
    return keep(scope, order_of(scope, pair, method, preset, **settings))


def keep(scope: Scope, order: Order) -> Painted:
    """A picture, painted unless it is there."""
    path = order.file(scope)
    record = path.with_suffix(".json")
    if not record.exists():
        content, style = scope.paths(order.pair)
        options = make_options(
            order.method, order.preset, {"size": order.size, "seed": 0, **order.settings}
        )
        result = Stylizer(style, options=options).stylize(content)
        result.save(path)
        images.write_text(json.dumps({"seconds": result.seconds}), record)
        print(f"{path.stem}: {result.seconds:.0f} s", flush=True)
    return Painted(images.read(path).rgb, json.loads(record.read_text())["seconds"])


def seconds_of(scope: Scope, order: Order) -> float:
    """The same, for a worker that only has to see to it."""
    return keep(scope, order).seconds


def cost(scope: Scope, order: Order, turn: int) -> dict[str, float]:
    """Seconds and peak bytes of a run in a process of its own; kept."""
    path = order.file(scope)
    record = path.with_name(f"{path.stem}-cost-{turn}.json")
    if not record.exists():
        content, style = scope.paths(order.pair)
        picture = path.with_name(f"{path.stem}-cost.png")
        sets = [t for name, v in order.settings.items() for t in ("--set", f"{name}={v}")]
        command = [
            *(sys.executable, "-m", "wasserstyle", "transfer", str(content), str(style)),
            *("-o", str(picture), "--method", order.method, "--preset", order.preset),
            *("--size", str(order.size), "--seed", "0", "--json", "--quiet"),
            *("--threads", str(torch.get_num_threads())),
        ]
        done = subprocess.run([*command, *sets], stdout=subprocess.PIPE, text=True, check=True)
        found = json.loads(done.stdout)
        kept = {"seconds": found["seconds"], "peak_bytes": found["peak_bytes"]}
        images.write_text(json.dumps(kept), record)
        print(f"{record.stem}: {kept['seconds']:.0f} s", flush=True)
    return json.loads(record.read_text())


def both(scope: Scope, pair: Pair) -> tuple[Image, Image]:
    """Content and style at the size of what is painted."""
    content, style = (images.read(path).rgb for path in scope.paths(pair))
    return images.to_long_side(content, scope.size), images.to_long_side(style, scope.size)
