"""Fig. 3 and the slides, 2.1 and 2.2: what transport and self-similarity see."""

from replication.paint import Order, both, order_of, paint
from replication.report import Found
from replication.scope import Scope
from wasserstyle.evaluation.figures import self_similarity_maps, transport_plan

POINTS = {"cat": ((0.36, 0.42), (0.15, 0.9), (0.8, 0.62))}
"""On an eye's corner, in the background, on the nose; (row, column) in [0, 1]."""


def orders(scope: Scope) -> list[Order]:
    """What is painted."""
    return [order_of(scope, scope.pairs[0], "strotss")]


def run(scope: Scope) -> Found:
    """Maps of the content and of the result, and where the result's points go in the style."""
    pair = scope.pairs[0]
    content, style = both(scope, pair)
    result = paint(scope, pair, "strotss").image
    maps = self_similarity_maps({"content": content, "result": result}, POINTS[pair[0]])
    return Found(
        title="Self-similarity and transport",
        published="rows of the self-similarity matrix as maps (Fig. 3; slides 2.2); relaxed"
        " transport as a formula only (slides 2.1).",
        comment="Dark is alike. The maps of the result keep the pattern of the content's and"
        " not its colours. In the relaxed plans many points may go to one; the optimal plan"
        " uses each once and costs more.",
        figures={
            "Cosine distance of every place to the marked ones": maps,
            "Sixteen points of the result and of the style, matched three ways": (
                transport_plan(result, style)
            ),
        },
    )
