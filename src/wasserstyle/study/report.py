"""Scores from answers. Pure: judgements in, numbers out.

The published scores (STROTSS, human evaluation), by regime and question:

    score(m) = presentations in which m was chosen, or "equal"
               / presentations in which m appeared                           in [0, 1]

"Equal" counts for both, "neither" for nobody. Where pictures are rated by themselves (the
critic's paper) the score is the mean rating. Attention checks and the raters who fail them are
left out.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wasserstyle.study.answers import Judgement

LEAST_PASSED = 2 / 3
"""Share of the attention checks that a rater must get right (ours)."""
RESAMPLES = 2000
LEVEL = 0.95

Key = tuple[str, str, str]
"""Regime, question, label."""


@dataclass(frozen=True)
class Attention:
    """What came of the attention checks."""

    raters: int
    excluded: frozenset[str]
    checks: int
    passed: int


@dataclass(frozen=True)
class Score:
    """One number with its interval."""

    regime: str
    question: str
    label: str
    value: float
    low: float
    high: float
    shown: int
    """Presentations it appeared in."""


@dataclass(frozen=True)
class Agreement:
    """How far raters say the same of the same."""

    question: str
    alpha: float
    """Krippendorff's; 1: always the same, 0: as by chance. nan: nothing varies."""
    answers: float
    """A comparison, of those with two or more."""
    agreeing: float
    """Of them with the most frequent answer."""

    @property
    def share(self) -> float:
        """Of a comparison's answers that are the most frequent one, on average."""
        return self.agreeing / self.answers if self.answers else float("nan")


def attend(judgements: Sequence[Judgement]) -> tuple[list[Judgement], Attention]:
    """Leave out attention checks, and all of the raters who failed too many of them.

    A rater whose share of right checks is below :data:`LEAST_PASSED` is excluded; who saw
    none is kept.
    """
    seen: defaultdict[str, list[bool]] = defaultdict(list)
    for one in judgements:
        if one.right:
            seen[one.worker].append(one.passed)
    failed = frozenset(w for w, right in seen.items() if sum(right) < LEAST_PASSED * len(right))
    kept = [one for one in judgements if not one.right and one.worker not in failed]
    results = [right for rights in seen.values() for right in rights]
    raters = len({one.worker for one in judgements})
    return kept, Attention(raters, failed, len(results), sum(results))


def scores(judgements: Sequence[Judgement], seed: int = 0) -> list[Score]:
    """The published scores with 95 % intervals, sorted by regime, question, label.

    Intervals are percentiles over 2000 bootstrap samples **of raters**: answers of one rater
    hang together (taste, care), and a repeated study would ask others about the same pictures.
    With few raters, below ten, such intervals are too short.
    """
    keys, credit, shown = _tables(judgements)
    if not keys:
        return []
    raters = len(credit)
    random = np.random.default_rng(seed)
    times = random.multinomial(raters, np.full(raters, 1 / raters), RESAMPLES).astype(float)
    counts = times @ shown
    values = np.divide(
        times @ credit, counts, out=np.full(counts.shape, np.nan), where=counts > 0
    )
    edges = [50 * (1 - LEVEL), 50 * (1 + LEVEL)]
    low, high = np.nanpercentile(values, edges, axis=0)
    total = shown.sum(0)
    mean = credit.sum(0) / total
    return [
        Score(*key, float(mean[k]), float(low[k]), float(high[k]), int(total[k]))
        for k, key in enumerate(keys)
    ]


def credits(one: Judgement) -> list[tuple[str, float]]:
    """What an answer gives to whom."""
    if not one.b:
        return [(one.a, one.number)]
    return [
        (one.a, float(one.answer in ("A", "equal"))),
        (one.b, float(one.answer in ("B", "equal"))),
    ]


def _tables(
    judgements: Sequence[Judgement],
) -> tuple[list[Key], NDArray[np.float64], NDArray[np.float64]]:
    """Keys; credit and appearances, both (raters, keys)."""
    raters = {worker: n for n, worker in enumerate(dict.fromkeys(j.worker for j in judgements))}
    entries = [
        (raters[one.worker], (one.regime, one.question, label), given)
        for one in judgements
        for label, given in credits(one)
    ]
    keys = {key: n for n, key in enumerate(sorted({key for _, key, _ in entries}))}
    credit, shown = (np.zeros((len(raters), len(keys))) for _ in range(2))
    for rater, key, given in entries:
        credit[rater, keys[key]] += given
        shown[rater, keys[key]] += 1
    return list(keys), credit, shown


# -------------------------------------------------------------------- agreement


def agreement(judgements: Sequence[Judgement]) -> list[Agreement]:
    """By question: alpha, nominal for choices and interval for ratings; and majorities."""
    found: list[Agreement] = []
    for question in dict.fromkeys(one.question for one in judgements):
        asked = [one for one in judgements if one.question == question]
        rated = all(not one.b for one in asked)
        units = _units(asked)
        answers, agreeing = majority(units)
        alpha = krippendorff(units, squared if rated else unequal)
        found.append(Agreement(question, alpha, answers, agreeing))
    return found


def _units(judgements: Iterable[Judgement]) -> list[list[Hashable]]:
    """Answers by comparison; the choice by its label, so that the side does not matter."""
    units: defaultdict[Hashable, list[Hashable]] = defaultdict(list)
    for one in judgements:
        chosen = {"A": one.a, "B": one.b}.get(one.answer, one.answer)
        comparison = (one.pair_id, one.question, frozenset({one.a, one.b}))
        units[comparison].append(chosen if one.b else one.number)
    return list(units.values())


def unequal(a: Hashable, b: Hashable) -> float:
    """Difference of names."""
    return float(a != b)


def squared(a: Hashable, b: Hashable) -> float:
    """Difference of numbers."""
    return (float(str(a)) - float(str(b))) ** 2


def krippendorff(
    units: Iterable[Sequence[Hashable]], difference: Callable[[Hashable, Hashable], float]
) -> float:
    """Krippendorff's alpha: 1 - observed / expected disagreement.

    Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011). Units with one value say
    nothing and are left out.

    Returns:
        At most 1; nan where there are no two different values.
    """
    pairable = [unit for unit in units if len(unit) > 1]
    everything = Counter(value for unit in pairable for value in unit)
    n = everything.total()
    expected = _disagreement(everything, difference)
    if not expected:
        return float("nan")
    observed = sum(_disagreement(Counter(u), difference) / (len(u) - 1) for u in pairable)
    return 1 - (n - 1) * observed / expected


def _disagreement(
    values: Mapping[Hashable, int], difference: Callable[[Hashable, Hashable], float]
) -> float:
    """Sum of differences over all ordered pairs."""
    return sum(
        count * other * difference(a, b)
        for a, count in values.items()
        for b, other in values.items()
    )


def majority(units: Iterable[Sequence[Hashable]]) -> tuple[float, float]:
    """Mean number of answers, and of the most frequent one, in units of two or more."""
    pairable = [unit for unit in units if len(unit) > 1]
    if not pairable:
        return 0.0, 0.0
    most = [Counter(unit).most_common(1)[0][1] for unit in pairable]
    return sum(map(len, pairable)) / len(pairable), sum(most) / len(most)
