"""The list of comparisons: its size, its order, and that nothing meets itself."""

from collections import Counter
from itertools import combinations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.studies import plan_of
from wasserstyle.study.layout import (
    REFERENCE,
    check_places,
    count,
    fingerprint,
    labels,
    lay_out,
    swapped,
)

counts = st.lists(st.integers(1, 3), min_size=2, max_size=4)


@given(counts, st.integers(1, 3), st.integers(0, 99))
def test_every_two_settings_of_different_methods_meet_once_for_each_question(
    methods, pairs, seed
):
    plan = plan_of(methods, pairs, seed=seed)
    asked = [c for c in lay_out(plan) if not c.check]
    expected = {
        (pair.name, question, frozenset({a, b}))
        for pair, question in product(plan.pairs, ("style", "content"))
        for (m, a), (n, b) in combinations(labels(plan), 2)
        if m != n
    }
    met = Counter(
        (c.pair, c.question, frozenset({c.first.label, c.second.label})) for c in asked
    )
    assert set(met) == expected
    assert set(met.values()) == {1}
    assert len(asked) == count(methods, pairs, "compare")


@given(counts, st.integers(1, 3))
def test_rated_is_everything_once_for_each_question(methods, pairs):
    plan = plan_of(methods, pairs, design="rate")
    asked = [c for c in lay_out(plan) if not c.check]
    assert {c.second for c in asked} == {None}
    assert len({(c.pair, c.question, c.first) for c in asked}) == len(asked)
    assert len(asked) == count(methods, pairs, "rate") == 2 * pairs * sum(methods)


def test_the_published_design_has_the_published_size():
    """90 pairings, four methods at three settings and one at its default, five votes."""
    assert count((3, 3, 3, 3, 1), 90, "compare") == 2 * 90 * 66
    plan = plan_of((3, 3, 3, 3, 1), 30)
    asked = [c for c in lay_out(plan) if not c.check and c.question == "style"]
    points = Counter(one.label for c in asked for one in (c.first, c.second))
    votes = [4.98 * n for n in points.values()]
    assert 1410 <= min(votes) <= max(votes) <= 1890


def test_the_same_seed_gives_the_same_list_and_another_seed_another_order():
    first, again = (lay_out(plan_of(seed=1)) for _ in range(2))
    other = lay_out(plan_of(seed=2))
    assert first == again
    assert [c.key for c in first] == [c.key for c in other]
    assert [c.rank for c in first] != [c.rank for c in other]
    assert sorted(c.rank for c in first) == list(range(len(first)))
    assert fingerprint(first, 16) == fingerprint(again, 16) != fingerprint(other, 16)
    assert fingerprint(first, 16) != fingerprint(first, 17)


@given(st.integers(0, 2**31), st.text(min_size=1, max_size=9))
def test_both_orders_occur(seed, key):
    """Fifty equal ones in a row: once in 2^49."""
    drawn = [swapped(seed, key, number) for number in range(50)]
    assert set(drawn) == {True, False}
    assert drawn == [swapped(seed, key, number) for number in range(50)]


def test_orders_are_fair():
    drawn = sum(swapped(0, f"key-{n}", 0) for n in range(4000))
    assert abs(drawn - 2000) < 4 * 1000**0.5  # four standard deviations


@given(st.integers(0, 99), st.integers(1, 500), st.integers(1, 40), st.integers(0, 5))
def test_attention_checks_are_never_first_and_as_many_as_asked(seed, rater, session, checks):
    places = check_places(seed, rater, session, checks)
    assert len(places) == checks
    assert all(1 <= place < session + checks for place in places)


@pytest.mark.parametrize("design", ["compare", "rate"])
def test_in_an_attention_check_the_first_is_the_reference(design):
    checks = [c for c in lay_out(plan_of(pairs=3, design=design)) if c.check]
    assert len(checks) == 6
    for check in checks:
        assert check.first.label == REFERENCE
        assert check.first.picture == check.reference
        if design == "compare":
            assert check.second.picture != check.reference
            assert check.question in check.second.picture


def test_one_pair_has_its_other_picture_as_the_unrelated_one():
    checks = [c for c in lay_out(plan_of(pairs=1)) if c.check]
    assert {(c.reference, c.second.picture) for c in checks} == {
        ("p1/style.png", "p1/content.png"),
        ("p1/content.png", "p1/style.png"),
    }
