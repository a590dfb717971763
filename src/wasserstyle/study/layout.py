"""From a plan to the list of what raters are asked. Pure: the same plan, the same list.

The published design (STROTSS, human evaluation): content and style questions apart; all
pictures of different methods on the same content and style are compared, a method never with
itself. **All settings with all settings**, not only equal ones: the recalled 1410 to 1890
comparisons a point are 30 pairings x 4.98 votes x 9.4 to 12.7 opponents; with three settings
for most of five methods a point has 10 to 12 opponents that way, and 4 if only equal settings
meet.

With method m at s_m settings, P pairs and Q = 2 questions:

    compare    P · Q · ((Σ s_m)² - Σ s_m²) / 2        5 methods (3, 3, 3, 3, 1): 132 a pair
    rate       P · Q · Σ s_m                          the critic's paper: 100 pairs, 3 methods

Attention checks come on top, one for each pair and question: the reference itself beside an
unrelated picture; or, to be rated, the reference itself.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from itertools import combinations
from random import Random

from wasserstyle.study.plan import QUESTIONS, Pair, Plan

ANSWERS = {
    "compare": ("A", "B", "equal", "neither"),
    "rate": tuple(f"{tenths / 10:g}" for tenths in range(11)),
}
"""What may be answered, by design."""
REFERENCE, UNRELATED = "reference", "unrelated"


@dataclass(frozen=True)
class Shown:
    """A picture under judgement."""

    label: str
    """``method/setting``; or what stands for it in an attention check."""
    picture: str
    """Its name in the folder of pictures."""


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """One thing to be asked; of each rater at most once."""

    key: str
    pair: str
    regime: str
    question: str
    reference: str
    """Picture C."""
    first: Shown
    second: Shown | None
    """None: the first is rated by itself."""
    check: bool = False
    """Whether the first is known to be right."""
    rank: int = 0
    """Where the load is equal, the lowest rank is given out first."""


def picture_name(pair: Pair, label: str) -> str:
    """Where a picture is: ``content``, ``style`` or ``method/setting``, of a pair."""
    return f"{pair.name}/{label.replace('/', '--')}.png"


def labels(plan: Plan) -> list[tuple[str, str]]:
    """Method and label of everything that is painted for each pair."""
    return [(p.name, f"{p.name}/{setting}") for p in plan.methods for setting in p.settings]


def lay_out(plan: Plan) -> list[Comparison]:
    """All comparisons, then all attention checks, with ranks drawn by the plan's seed."""
    asked = [
        _ask(pair, question, first, second)
        for pair in plan.pairs
        for question in QUESTIONS
        for first, second in _opponents(plan, pair)
    ]
    checks = [_check(plan, pair, question) for pair in plan.pairs for question in QUESTIONS]
    ranks = list(range(len(asked) + len(checks)))
    Random(f"{plan.seed}/rank").shuffle(ranks)
    return [replace(c, rank=rank) for c, rank in zip(asked + checks, ranks, strict=True)]


def count(settings: Sequence[int], pairs: int, design: str) -> int:
    """The formulas above; attention checks are not in it."""
    total = sum(settings)
    each = total if design == "rate" else (total**2 - sum(s * s for s in settings)) // 2
    return pairs * len(QUESTIONS) * each


def swapped(seed: int, key: str, number: int) -> bool:
    """Whether the first is shown as B when a comparison is given out for the n-th time."""
    return Random(f"{seed}/order/{key}/{number}").random() < 0.5


def check_places(seed: int, rater: int, session: int, checks: int) -> frozenset[int]:
    """Which of a rater's comparisons are attention checks, counted from 0; never the first."""
    places = range(1, session + checks)
    return frozenset(Random(f"{seed}/checks/{rater}").sample(places, checks))


def fingerprint(comparisons: Sequence[Comparison], size: int) -> str:
    """Changes with all that must not change once there are answers."""
    plain = json.dumps([size, *map(asdict, comparisons)], sort_keys=True)
    return hashlib.sha256(plain.encode()).hexdigest()


def _opponents(plan: Plan, pair: Pair) -> list[tuple[Shown, Shown | None]]:
    """What is judged on one pair and question."""
    shown = [(m, Shown(label, picture_name(pair, label))) for m, label in labels(plan)]
    if plan.design == "rate":
        return [(one, None) for _, one in shown]
    return [(a, b) for (mine, a), (theirs, b) in combinations(shown, 2) if mine != theirs]


def _ask(pair: Pair, question: str, first: Shown, second: Shown | None) -> Comparison:
    versus = f"~{second.label}" if second else ""
    return Comparison(
        key=f"{pair.name}:{question}:{first.label}{versus}",
        pair=pair.name,
        regime=pair.regime,
        question=question,
        reference=picture_name(pair, question),
        first=first,
        second=second,
    )


def _check(plan: Plan, pair: Pair, question: str) -> Comparison:
    """The reference itself, beside the same of another pair, else the pair's other picture."""
    first = Shown(REFERENCE, picture_name(pair, question))
    others = [p for p in plan.pairs if getattr(p, question) != getattr(pair, question)]
    if others:
        unrelated = picture_name(
            Random(f"{plan.seed}/{pair.name}/{question}").choice(others), question
        )
    else:
        (other,) = set(QUESTIONS) - {question}
        unrelated = picture_name(pair, other)
    second = Shown(UNRELATED, unrelated) if plan.design == "compare" else None
    return replace(_ask(pair, question, first, second), check=True)
