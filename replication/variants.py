"""Variants of one thing on all pairs: a sheet to look at, and their scores."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from replication.paint import Order, both, order_of, paint
from replication.scope import Scope
from wasserstyle.evaluation.scores import Judge
from wasserstyle.image.sheet import Cell, contact_sheet
from wasserstyle.types import Image

METRICS = (
    *("self_similarity", "lpips_vgg"),
    *("gaussian_w2", "sliced_w2", "patch_swd", "colour_emd"),
)


@dataclass(frozen=True)
class Variant:
    """A method and its settings, where they are not the default's."""

    method: str
    settings: Mapping[str, Any]


@dataclass(frozen=True)
class Compared:
    """What became of them."""

    sheet: Image
    """A row for every pair: content, style, and the variants in their order."""
    scores: Mapping[str, Mapping[str, float]]
    """By label: metrics and seconds, means over the pairs."""

    def table(self, head: str) -> list[dict[str, Any]]:
        """Rows without seconds."""
        return [
            {head: label, **{k: v for k, v in row.items() if k != "seconds"}}
            for label, row in self.scores.items()
        ]


def orders_of(scope: Scope, variants: Mapping[str, Variant]) -> list[Order]:
    """What has to be painted for a comparison."""
    return [
        order_of(scope, pair, variant.method, **variant.settings)
        for pair in scope.pairs
        for variant in variants.values()
    ]


def compare(scope: Scope, variants: Mapping[str, Variant]) -> Compared:
    """Paint and score all of them."""
    cells: list[Cell] = []
    sums = {label: dict.fromkeys((*METRICS, "seconds"), 0.0) for label in variants}
    for pair in scope.pairs:
        content, style = both(scope, pair)
        judge = Judge.of(content, style, METRICS)
        cells += [Cell(content, "content"), Cell(style, "style")]
        for label, variant in variants.items():
            painted = paint(scope, pair, variant.method, **variant.settings)
            cells.append(Cell(painted.image, label))
            found = {**judge.score(painted.image), "seconds": painted.seconds}
            for name, value in found.items():
                sums[label][name] += value / len(scope.pairs)
    sheet = contact_sheet(cells, columns=2 + len(variants), side=scope.size)
    return Compared(sheet, sums)
