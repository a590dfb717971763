"""The report of a study: one page that needs no other file, two tables, one plot."""

import base64
import csv
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from jinja2 import Environment, FileSystemLoader
from matplotlib.figure import Figure

from wasserstyle.errors import BadSetting
from wasserstyle.study import answers, report
from wasserstyle.study.answers import Judgement
from wasserstyle.study.plan import REGIMES
from wasserstyle.study.report import Score

ORDER = ("low", "default", "high")
"""Along a curve; other settings follow in the order of their names."""
MARKS = "osD^vP*X"


def write_report(title: str, judgements: Sequence[Judgement], folder: Path) -> Path:
    """Write ``index.html``, ``answers.csv``, ``scores.csv``, ``tradeoff.png``; return the page.

    Raises:
        BadSetting: There are no answers that count, or the folder cannot be written to.
    """
    kept, attention = report.attend(judgements)
    if not kept:
        raise BadSetting(
            f"no answers that count: {len(judgements)} answers, {attention.raters} raters, "
            f"{len(attention.excluded)} of them excluded"
        )
    scores = report.scores(kept)
    plot = _plot(scores, rated=not kept[0].b)
    page = (
        _environment()
        .get_template("report.html")
        .render(
            title=title,
            attention=attention,
            least_passed=report.LEAST_PASSED,
            judgements=judgements,
            kept=kept,
            raters=attention.raters - len(attention.excluded),
            rows=_rows(scores),
            agreement=report.agreement(kept),
            rated=not kept[0].b,
            plot=base64.b64encode(plot).decode(),
        )
    )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        answers.write(judgements, folder / "answers.csv")
        _write_scores(scores, folder / "scores.csv")
        (folder / "tradeoff.png").write_bytes(plot)
        (folder / "index.html").write_text(page, encoding="utf-8")
    except OSError as error:
        raise BadSetting(f"{folder}: cannot be written ({error.strerror})") from error
    return folder / "index.html"


def curves(scores: Sequence[Score]) -> dict[str, dict[str, list[tuple[Score, Score]]]]:
    """By regime and method: content and style score of each setting, low stylisation first."""
    found: dict[str, dict[str, dict[str, dict[str, Score]]]] = {}
    for one in scores:
        method, _, setting = one.label.partition("/")
        curve = found.setdefault(one.regime, {}).setdefault(method, {})
        curve.setdefault(setting, {})[one.question] = one
    return {
        regime: {
            method: [
                (both["content"], both["style"])
                for _, both in sorted(curve.items(), key=lambda item: _place(item[0]))
                if len(both) == 2
            ]
            for method, curve in found[regime].items()
        }
        for regime in sorted(found, key=lambda r: (*REGIMES, r).index(r))
    }


def _place(setting: str) -> tuple[int, str]:
    return (ORDER.index(setting) if setting in ORDER else len(ORDER), setting)


def _rows(scores: Sequence[Score]) -> list[tuple[str, str, Score, Score]]:
    """Regime, label, content, style; the table of the page."""
    return [
        (regime, content.label, content, style)
        for regime, methods in curves(scores).items()
        for curve in methods.values()
        for content, style in curve
    ]


def _environment() -> Environment:
    loader = FileSystemLoader(Path(__file__).parent / "templates")
    return Environment(loader=loader, autoescape=True)


def _write_scores(scores: Sequence[Score], path: Path) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("regime", "question", "label", "score", "low", "high", "shown"))
        for one in scores:
            numbers = (f"{value:.6f}" for value in (one.value, one.low, one.high))
            writer.writerow((one.regime, one.question, one.label, *numbers, one.shown))


def _plot(scores: Sequence[Score], *, rated: bool) -> bytes:
    """Style over content, a panel for each regime and a connected curve for each method."""
    regimes = curves(scores)
    figure = Figure(figsize=(1.5 + 4.6 * len(regimes), 5.2), dpi=130, layout="constrained")
    panels = figure.subplots(1, len(regimes), squeeze=False, sharex=True, sharey=True)[0]
    methods = list(dict.fromkeys(m for found in regimes.values() for m in found))
    for panel, (regime, found) in zip(panels, regimes.items(), strict=True):
        for method, curve in found.items():
            place = methods.index(method)
            x, y = ([one[side].value for one in curve] for side in (0, 1))
            panel.errorbar(
                *(x, y),
                xerr=_bars([content for content, _ in curve]),
                yerr=_bars([style for _, style in curve]),
                label=method,
                color=f"C{place}",
                marker=MARKS[place % len(MARKS)],
                elinewidth=0.8,
                capsize=2,
            )
        panel.set(title=regime, xlim=(0, 1), ylim=(0, 1), aspect="equal")
        panel.set_xlabel("content rating" if rated else "content score")
        panel.grid(color="0.9")
        panel.set_axisbelow(True)
        panel.spines[["top", "right"]].set_visible(False)
    panels[0].set_ylabel("style rating" if rated else "style score")
    pairs = (pair for p in panels for pair in zip(*p.get_legend_handles_labels(), strict=True))
    handles = {label: handle for handle, label in pairs}
    figure.legend(handles.values(), handles, loc="outside right center", frameon=False)
    file = BytesIO()
    figure.savefig(file, format="png")
    return file.getvalue()


def _bars(scores: Sequence[Score]) -> tuple[list[float], list[float]]:
    """Lengths below and above."""
    return (
        [max(0.0, one.value - one.low) for one in scores],
        [max(0.0, one.high - one.value) for one in scores],
    )
