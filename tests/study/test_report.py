"""Scores as they are defined, agreement as it is published, and known preferences recovered."""

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wasserstyle.errors import BadSetting
from wasserstyle.study import answers, report
from wasserstyle.study.answers import Judgement
from wasserstyle.study.pages import curves, write_report


def judged(answer, a="x/low", b="y/low", worker="w", pair="p", **more):
    more = {"question": "style", "regime": "unpaired"} | more
    return Judgement(pair_id=pair, a=a, b=b, answer=answer, worker=worker, **more)


def values(judgements):
    return {one.label: one.value for one in report.scores(judgements)}


# -------------------------------------------------------------------- scores


@pytest.mark.parametrize(
    ("given", "x", "y"),
    [("A", 1, 0), ("B", 0, 1), ("equal", 1, 1), ("neither", 0, 0)],
)
def test_one_answer(given, x, y):
    assert values([judged(given)]) == {"x/low": x, "y/low": y}
    assert values([judged(given, a="y/low", b="x/low")]) == {"x/low": y, "y/low": x}


def test_the_score_is_a_share_of_the_presentations_a_picture_appeared_in():
    given = [judged("A"), judged("equal"), judged("neither"), judged("A", a="z/low", b="x/low")]
    assert values(given) == {"x/low": 2 / 4, "y/low": 1 / 3, "z/low": 1}
    assert {s.label: s.shown for s in report.scores(given)} == {
        "x/low": 4,
        "y/low": 3,
        "z/low": 1,
    }


def test_questions_and_regimes_are_apart():
    given = [judged("A"), judged("B", question="content"), judged("B", regime="paired")]
    found = {(s.regime, s.question, s.label): s.value for s in report.scores(given)}
    assert found[("unpaired", "style", "x/low")] == 1
    assert found[("unpaired", "content", "x/low")] == 0
    assert found[("paired", "style", "x/low")] == 0
    assert len(found) == 6


def test_ratings_are_averaged():
    given = [judged(value, b="") for value in ("0.5", "0.7", "0.9")]
    (score,) = report.scores(given)
    assert score.value == pytest.approx(0.7)
    assert score.shown == 3


@given(st.lists(st.sampled_from(["A", "B", "equal", "neither"]), min_size=1, max_size=20))
def test_intervals_hold_the_score_and_stay_in_range(given):
    for one in report.scores([judged(a, worker=f"w{n}") for n, a in enumerate(given)]):
        assert 0 <= one.low <= one.value <= one.high <= 1


def test_the_interval_is_that_of_raters_and_not_of_answers():
    """Twenty raters who each repeat themselves 50 times know no more than twenty answers."""
    chosen = [judged("AB"[n % 2], worker=f"w{n}") for n in range(20)]
    once, often = (report.scores(chosen * times)[0] for times in (1, 50))
    assert (once.low, once.high) == (often.low, often.high)
    width = 2 * 1.96 * math.sqrt(0.25 / 20)
    assert once.high - once.low == pytest.approx(width, abs=0.06)


# -------------------------------------------------------------------- attention


def test_who_fails_the_checks_is_left_out_with_all_answers():
    def checks(worker, *rights):
        return [
            judged(
                "A" if right else "neither",
                worker=worker,
                right="A",
                a="reference",
                b="unrelated",
            )
            for right in rights
        ]

    given = [
        *(judged("A", worker="good"), judged("A", worker="slip"), judged("B", worker="bad")),
        judged("A", worker="unseen"),
        *checks("good", True, True),
        *checks("slip", True, True, False),
        *checks("bad", True, False),
    ]
    kept, attention = report.attend(given)
    assert {one.worker for one in kept} == {"good", "slip", "unseen"}
    assert not any(one.right for one in kept)
    assert (attention.raters, attention.excluded) == (4, {"bad"})
    assert (attention.checks, attention.passed) == (7, 5)


@pytest.mark.parametrize(("given", "passed"), [("0.5", True), ("1", True), ("0.4", False)])
def test_the_reference_itself_must_be_rated_high(given, passed):
    assert judged(given, b="", right=">=0.5").passed is passed


# -------------------------------------------------------------------- agreement


def units(*rows):
    """Columns of a table of observers by units; a dot is missing."""
    columns = zip(*(row.split() for row in rows), strict=True)
    return [[int(v) if v.isdigit() else v for v in column if v != "."] for column in columns]


def test_krippendorff_as_published():
    """Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), sections A to D."""
    binary = units("0 1 0 0 0 0 0 0 1 0", "1 1 1 0 0 1 0 0 0 0")
    assert report.krippendorff(binary, report.unequal) == pytest.approx(0.095, abs=5e-4)
    names = units("a a b b d c c c e d d a", "b a b b b c c c e d d d")
    assert report.krippendorff(names, report.unequal) == pytest.approx(0.692, abs=5e-4)
    missing = units(
        "1 2 3 3 2 1 4 1 2 . . .",
        "1 2 3 3 2 2 4 1 2 5 . 3",
        ". 3 3 3 2 3 4 2 2 5 1 .",
        "1 2 3 3 2 4 4 1 2 5 1 .",
    )
    assert report.krippendorff(missing, report.unequal) == pytest.approx(0.743, abs=5e-4)
    assert report.krippendorff(missing, report.squared) == pytest.approx(0.849, abs=5e-4)


def test_agreement_at_its_ends():
    assert report.krippendorff([["a", "a"], ["b", "b"]], report.unequal) == 1
    assert report.krippendorff([["a", "b"], ["b", "a"]], report.unequal) < 0
    assert math.isnan(report.krippendorff([["a", "a"], ["b"]], report.unequal))
    assert math.isnan(report.krippendorff([], report.unequal))


def test_the_majority():
    assert report.majority([[1, 1, 2], [1, 2], [3]]) == (2.5, 1.5)
    assert report.majority([[1]]) == (0, 0)


def test_agreement_does_not_depend_on_the_side():
    given = [
        *(judged("A"), judged("B", a="y/low", b="x/low", worker="v")),
        *(judged("equal", pair="q"), judged("equal", pair="q", worker="v")),
    ]
    (found,) = report.agreement(given)
    assert (found.alpha, found.answers, found.agreeing, found.share) == (1, 2, 2, 1)


# -------------------------------------------------------------------- known preferences

QUALITY = {"good": 1.2, "middle": 0.2, "poor": -0.9}
NEITHER, EQUAL = 0.1, 0.15


def chance(a, b):
    """Of A, B, equal, neither: Bradley and Terry's, with some who do not choose."""
    wins = 1 / (1 + math.exp(QUALITY[b] - QUALITY[a]))
    rest = 1 - NEITHER - EQUAL
    return [rest * wins, rest * (1 - wins), EQUAL, NEITHER]


def expected(name):
    """Its score, were raters asked without end: chosen or equal, over all opponents."""
    others = [other for other in QUALITY if other != name]
    return sum(chance(name, other)[0] + EQUAL for other in others) / len(others)


def test_known_preferences_are_recovered(tmp_path):
    random = np.random.default_rng(4)
    given = []
    for worker in range(60):
        for pair in range(6):
            for names in combinations(QUALITY, 2):
                a, b = random.permutation(names)
                answer = random.choice(["A", "B", "equal", "neither"], p=chance(a, b))
                for question in ("style", "content"):
                    row = {"question": question, "worker": f"w{worker}", "pair": f"p{pair}"}
                    given.append(judged(answer, f"{a}/default", f"{b}/default", **row))
        right = "AB"[worker % 2]
        given.append(judged("A", "reference", "unrelated", worker=f"w{worker}", right=right))
    answers.write(given, tmp_path / "answers.csv")
    kept, attention = report.attend(answers.read(tmp_path / "answers.csv"))
    assert len(attention.excluded) == 30
    found = {s.label.split("/")[0]: s for s in report.scores(kept) if s.question == "style"}
    assert sorted(found, key=lambda name: -found[name].value) == list(QUALITY)
    for name, score in found.items():
        assert score.low <= expected(name) <= score.high
        assert score.high - score.low < 0.15


# -------------------------------------------------------------------- files


def test_the_table_of_answers_is_read_back(tmp_path):
    given = [judged("A"), judged("0.3", b="", worker='ü, "x"'), judged("B", right="A")]
    answers.write(given, tmp_path / "a.csv")
    assert answers.read(tmp_path / "a.csv") == given
    assert (tmp_path / "a.csv").read_text().startswith("pair_id,question,A,B,answer,worker")


def test_six_columns_are_enough(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("pair_id,question,A,B,answer,worker\np,style,x/low,y/low,equal,w\n")
    assert answers.read(path) == [judged("equal", regime="all")]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no answers"),
        ("pair_id,question,A\np,style,x\n", "lacks the columns B, answer, worker"),
        ("pair_id,question,A,B,answer,worker\np,style,x,y,maybe,w\n", "row 2: answer 'maybe'"),
        ("pair_id,question,A,B,answer,worker\np,style,x,,1.5,w\n", "0 to 1"),
        ("pair_id,question,A,B,answer,worker\np,style,x,,nan,w\n", "0 to 1"),
        ("pair_id,question,A,B,answer,worker\np,taste,x,y,A,w\n", "question 'taste'"),
    ],
)
def test_a_wrong_table_is_named(tmp_path, text, words):
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(BadSetting, match=words):
        answers.read(tmp_path / "a.csv")


def test_curves_run_from_low_to_high_stylisation():
    labels = [f"m/{setting}" for setting in ("high", "extra", "default", "low")]
    given = [
        judged("A", a=label, b="n/default", question=question)
        for label in labels
        for question in ("style", "content")
    ]
    (found,) = curves(report.scores(given)).values()
    assert [c.label for c, _ in found["m"]] == ["m/low", "m/default", "m/high", "m/extra"]
    assert all((c.question, s.question) == ("content", "style") for c, s in found["m"])


def test_the_report_is_one_page_with_its_numbers(tmp_path):
    title = "<script>alert(1)</script>"
    given = [
        judged("A", question=question, regime=regime, worker=worker)
        for question in ("style", "content")
        for regime in ("texture", "paired")
        for worker in ("v", "w")
    ]
    page = write_report(title, given, tmp_path / "report").read_text()
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "http" not in page
    assert page.count("1.000") >= 4
    assert page.index("paired") < page.index("texture")
    files = {path.name for path in (tmp_path / "report").iterdir()}
    assert files == {"index.html", "answers.csv", "scores.csv", "tradeoff.png"}
    rows = (tmp_path / "report/scores.csv").read_text().splitlines()
    assert "paired,content,x/low,1.000000,1.000000,1.000000,2" in rows
    assert len(rows) == 1 + 2 * 2 * 2


def test_without_answers_there_is_no_report(tmp_path):
    only_checks = [judged("B", right="A")]
    with pytest.raises(BadSetting, match="1 answers, 1 raters, 1 of them excluded"):
        write_report("t", only_checks, tmp_path / "report")
    assert not (tmp_path / "report").exists()
