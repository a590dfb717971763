"""What each term does: moments only, R_A, R_B, both, with moments, with the palette."""

from replication.paint import Order
from replication.report import Found
from replication.scope import Scope
from replication.variants import Variant, compare, orders_of

TRANSPORT = ("content", "transport")
ROWS = {
    "l_m": {"terms": ("content", "moments")},
    "R_A": {"terms": TRANSPORT, "transport": "relaxed_a"},
    "R_B": {"terms": TRANSPORT, "transport": "relaxed_b"},
    "l_r": {"terms": TRANSPORT},
    "l_r + l_m": {"terms": (*TRANSPORT, "moments")},
    "l_r + l_m + l_p": {},
}


VARIANTS = {label: Variant("strotss", settings) for label, settings in ROWS.items()}


def orders(scope: Scope) -> list[Order]:
    """What is painted."""
    return orders_of(scope, VARIANTS)


def run(scope: Scope) -> Found:
    """A row of pictures for every pair, a column for every ablation, and mean scores."""
    found = compare(scope, VARIANTS)
    return Found(
        title="Ablation of the style loss",
        published="l_m alone has the style but no large structures; R_A alone uses a part of"
        " the style; R_B alone is hardly stylised; l_r has good forms and wrong saturation; l_m"
        " mends magnitudes; l_p the palette (recalled of the paper's figure).",
        comment="The content term is in all of them; means over pairs; less is nearer. Seen:"
        " R_B alone leaves photographs with some colours changed, R_A alone and l_r bring"
        " strokes and the wrong saturation; l_m brings most of the style, both together also"
        " its larger forms (suns, flowers), and l_p colours that the rest had missed.",
        table=found.table("style loss"),
        figures={"The style loss by its terms": found.sheet},
    )
