"""The paper's comparison: three networks, what they score, how long they take."""

from replication.paint import Order
from replication.report import Found
from replication.scope import Scope
from replication.variants import Variant, compare, orders_of

PUBLISHED = {"adain": "0.038", "sanet": "0.078", "wasserstein_critic": "0.039"}
"""Seconds a picture, of unstated size, on an RTX 2080 Ti."""
AS_PAINTED = {"palette": "network", "grain": 0.0}
"""No network of the papers has grain in its content, or its colours moved afterwards."""
OWN = {"wasserstein_critic": {"reach": "single"}}
"""The one that the paper's table times."""


def orders(scope: Scope) -> list[Order]:
    """What is painted."""
    return orders_of(scope, _variants(scope))


def run(scope: Scope) -> Found:
    """A sheet, and mean scores."""
    found = compare(scope, _variants(scope))
    rows = found.table("network")
    return Found(
        title="Networks that paint in one pass",
        published="seconds a picture in the table; the critic's pictures preferred (figures).",
        comment="The example pairs, means; less is nearer; colours as the networks paint them."
        " On seventeen other pairs, and timed at three sizes: [networks](networks.md).",
        table=[{"published seconds": PUBLISHED[row["network"]], **row} for row in rows],
        figures={"The three networks": found.sheet},
    )


def _variants(scope: Scope) -> dict[str, Variant]:
    names = [name for name in PUBLISHED if not scope.only or name in scope.only]
    return {name: Variant(name, AS_PAINTED | OWN.get(name, {})) for name in names}
