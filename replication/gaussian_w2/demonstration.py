"""Appendix A, and Section 4: content survives without a content loss; Gram matrices err."""

import torch

from replication.paint import Order, both, order_of, paint
from replication.report import Found
from replication.scope import Scope
from wasserstyle.evaluation.scores import Judge
from wasserstyle.image.sheet import Cell, contact_sheet
from wasserstyle.ot.gaussian import Moments, wasserstein2

WITHOUT, WITH = {"content_share": 0.0}, {}
METRICS = ("self_similarity", "ssim", "gaussian_w2", "sliced_w2")


def orders(scope: Scope) -> list[Order]:
    """What is painted."""
    return [
        order_of(scope, pair, "gaussian_w2", **settings)
        for pair in scope.pairs
        for settings in (WITHOUT, WITH)
    ]


def run(scope: Scope) -> Found:
    """Pictures without and with a content term, and the two Gaussians of Eq. 4."""
    cells: list[Cell] = []
    rows: list[dict[str, object]] = []
    for pair in scope.pairs:
        content, style = both(scope, pair)
        judge = Judge.of(content, style, METRICS)
        cells += [Cell(content, "content"), Cell(style, "style")]
        for label, settings in (("no content term", WITHOUT), ("default", WITH)):
            image = paint(scope, pair, "gaussian_w2", **settings).image
            cells.append(Cell(image, label))
            rows.append({"pair": " x ".join(pair), "setting": label, **judge.score(image)})
    return Found(
        title="Transport between Gaussians",
        published="demonstrations without a content loss (Appendix A); the Gram loss does not"
        " tell N(0, 1) from N(1, 0), the Wasserstein distance does (Sec. 4).",
        comment=f"For N(0, 1) and N(1, 0): Gram loss {gram():g}, W2² {squared():g}. Without a"
        " content term the content is still there, as the paper says; SSIM: more is nearer.",
        table=rows,
        figures={
            "Without a content term, and with the default's": contact_sheet(
                cells, columns=4, side=scope.size
            )
        },
    )


def _gaussians() -> tuple[Moments, Moments]:
    zero, one = torch.zeros(1, dtype=torch.float64), torch.ones(1, dtype=torch.float64)
    return Moments(zero, one[:, None]), Moments(one, zero[:, None])


def gram() -> float:
    """Eq. 4 of the two."""
    second = [m.covariance + m.mean.outer(m.mean) for m in _gaussians()]
    return float((second[0] - second[1]).square().sum())


def squared() -> float:
    """Eq. 2 of the two: (0 - 1)² + (1 - 0)² = 2."""
    return float(wasserstein2(*_gaussians()))
