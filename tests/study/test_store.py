"""Assignments and answers: balanced, once, kept; with several servers on one database."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest

from study.studies import assert_each_was_the_least, plan_of
from wasserstyle.errors import BadSetting
from wasserstyle.study.store import Store
from wasserstyle.study.tables import open_engine

HALF_AN_HOUR = 30 * 60


def answer_some(store, token, count, value="A"):
    for _ in range(count):
        store.answer(token, store.task(token).number, value)


def shown(task):
    return (task.question, task.reference, *sorted((task.a, task.b)))


def loads(judgements):
    """Answers by comparison."""
    kept = [j for j in judgements if not j.right]
    return Counter((j.pair_id, j.question, frozenset({j.a, j.b})) for j in kept)


def test_the_same_comparison_is_shown_until_it_is_answered(opened):
    store = opened()
    token = store.new_rater()
    first = store.task(token)
    assert store.task(token) == first
    store.answer(token, first.number, "B")
    second = store.task(token)
    assert second.number == 1
    assert shown(second) != shown(first)


def test_the_first_answer_stays(opened):
    store = opened()
    token = store.new_rater()
    store.task(token)
    for value in ("equal", "A", "B"):
        store.answer(token, 0, value)
    assert [j.answer for j in store.judgements()] == ["equal"]


def test_nobody_answers_what_they_were_not_asked(opened):
    store = opened()
    one, other = store.new_rater(), store.new_rater()
    answer_some(store, one, 2)
    store.task(other)
    for token, number in ((other, 1), (one, 7), ("nobody", 0), ("", 0)):
        with pytest.raises(KeyError):
            store.answer(token, number, "A")
    with pytest.raises(KeyError):
        store.task("nobody")
    assert len(store.judgements()) == 2


def test_a_session_as_long_as_the_study_has_all_its_checks(opened):
    """Eight comparisons: the checks are among them and not where forty would have had them."""
    store = opened(session=40, checks=3)
    token = store.new_rater()
    answer_some(store, token, 11)
    assert store.task(token) is None
    assert sum(bool(j.right) for j in store.judgements()) == 3


def test_nobody_sees_a_comparison_twice_and_a_session_ends(opened):
    store = opened(session=6, checks=2)
    token = store.new_rater()
    seen = []
    while (task := store.task(token)) is not None:
        assert task.total == 8
        seen.append(shown(task))
        store.answer(token, task.number, "A")
    assert len(seen) == len(set(seen)) == 8
    rights = [j.right for j in store.judgements()]
    assert len([r for r in rights if r]) == 2
    assert rights[0] == ""
    assert store.codes() == [store.code(token)]


def test_every_comparison_gets_its_answers_and_then_it_is_over(opened):
    """Two methods at 2 and 1 settings, 2 pairs, 2 questions: 8 comparisons, 2 answers each."""
    store = opened(checks=0)
    for _ in range(2):
        token = store.new_rater()
        answer_some(store, token, 8)
        assert store.task(token) is None
    late = store.new_rater()
    assert store.task(late) is None
    assert store.code(late) is None
    assert loads(store.judgements()).most_common()[-1][1] == 2
    assert len(loads(store.judgements())) == 8


def test_who_leaves_blocks_nothing(opened, clock):
    """All are given out, so the next rater has to wait until one assignment expires."""
    store = opened(checks=0, raters=1, session=4)
    leavers = [store.new_rater() for _ in range(8)]
    given = {shown(store.task(token)) for token in leavers}
    assert len(given) == 8
    late = store.new_rater()
    assert store.task(late) is None
    clock.now += HALF_AN_HOUR + 1
    again = store.task(late)
    assert shown(again) in given
    store.answer(leavers[0], 0, "A")  # back from lunch: nothing that was answered is lost
    assert len(store.judgements()) == 1


def test_who_reloads_keeps_the_comparison(opened, clock):
    store = opened(checks=0, raters=1, pairs=1, methods=(1, 1))
    slow = store.new_rater()
    first = store.task(slow)
    other = store.new_rater()
    answer_some(store, other, 1)
    for _ in range(4):
        clock.now += 0.6 * HALF_AN_HOUR
        assert shown(store.task(slow)) == shown(first)
        assert store.task(other) is None


def test_the_question_changes_seldom_and_both_are_asked_first(opened):
    store = opened(pairs=4, checks=0, raters=4, session=16)
    firsts, changes = set(), []
    for _ in range(2):
        token = store.new_rater()
        asked = []
        for _ in range(16):
            task = store.task(token)
            asked.append(task.question)
            assert task.new_question == (asked[-2:-1] != asked[-1:])
            store.answer(token, task.number, "A")
        firsts.add(asked[0])
        changes.append(sum(a != b for a, b in pairwise(asked)))
    assert firsts == {"style", "content"}
    assert max(changes) <= 1


def test_what_comes_next_is_known_ahead(opened):
    store = opened(checks=2)
    token = store.new_rater()
    for _ in range(8):
        task = store.task(token)
        store.answer(token, task.number, "A")
        then = store.task(token)
        assert set(task.ahead) == {then.reference, then.a, then.b}


def test_many_raters_on_three_servers_get_balanced_assignments(opened, database):
    """Three stores have connections of their own, as three processes have."""
    stores = [opened(pairs=2, methods=(2, 2), raters=100, session=8) for _ in range(3)]

    def rate(number):
        store = stores[number % 3]
        token = store.new_rater()
        answer_some(store, token, 9)
        return token

    with ThreadPoolExecutor(12) as pool:
        tokens = list(pool.map(rate, range(12)))
    judgements = stores[0].judgements()
    assert len(judgements) == 9 * len(tokens)
    found = loads(judgements)
    assert len(found) == 16
    assert sum(found.values()) == 8 * len(tokens)
    assert_each_was_the_least(database, given=len(judgements))
    by_rater = Counter(
        (j.worker, j.pair_id, j.question, frozenset({j.a, j.b})) for j in judgements
    )
    assert set(by_rater.values()) == {1}


def test_labels_follow_the_order_that_was_shown(opened):
    """The one name in the table that says which picture was A is the one that was A."""
    store = opened(pairs=3, raters=9, session=20)
    told = []
    for _ in range(3):
        token = store.new_rater()
        while (task := store.task(token)) is not None:
            told.append((store.pictures[task.a].stem, store.pictures[task.b].stem))
            store.answer(token, task.number, "A")
    found = store.judgements()
    for (a, b), one in zip(told, found, strict=True):
        if one.right:
            assert (one.a, one.b, one.right) in (
                ("reference", "unrelated", "A"),
                ("unrelated", "reference", "B"),
            )
        else:
            assert (one.a.replace("/", "--"), one.b.replace("/", "--")) == (a, b)
    assert {one.a.startswith("m1") for one in found if not one.right} == {True, False}


def test_what_is_there_is_there_again(opened):
    store = opened()
    token = store.new_rater()
    answer_some(store, token, 3)
    task = store.task(token)
    before = store.judgements()
    store.close()
    again = opened()
    assert again.task(token) == task
    assert again.judgements() == before
    assert again.name == store.name


def test_wishes_may_change_but_not_what_is_compared(opened):
    opened()
    opened(title="Other", consent="Other", raters=9, session=3, checks=2, minutes=1)
    for change in ({"methods": (2, 2)}, {"seed": 5}, {"pairs": 1}, {"size": 32}):
        with pytest.raises(BadSetting, match="the plan has changed"):
            opened(**change)


def test_pictures_must_be_there_and_stay_as_they_are(opened, tmp_path):
    opened().close()
    path = tmp_path / "study/pictures/p1/m1--low.png"
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(BadSetting, match=r"p1/m1--low\.png has changed"):
        opened()
    path.unlink()
    with pytest.raises(BadSetting, match="1 pictures are missing"):
        opened()


def test_names_of_pictures_say_nothing(opened):
    keys = list(opened().pictures)
    assert len(keys) == len(set(keys)) == 10
    assert all(len(key) == 16 for key in keys)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("sqlite:////nowhere/at/all.sqlite", "unable to open"),
        ("nonsense", "cannot be opened"),
        ("postgresql://user:secret@127.0.0.1:1/x", "cannot be opened"),
        ("oracle://x", r"one more package|cannot be opened"),
    ],
)
def test_a_database_that_cannot_be_opened_is_one_line_without_its_password(url, words):
    with pytest.raises(BadSetting, match=words) as error:
        open_engine(url)
    assert "secret" not in str(error.value)


def test_postgres_without_its_driver_names_the_extra(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "psycopg", None)
    with pytest.raises(BadSetting, match=r"wasserstyle\[postgres\]"):
        open_engine("postgresql://127.0.0.1/x")


def test_answers_are_durable(opened):
    """SQLite is told to wait for the disk."""
    store = opened()
    with store._engine.connect() as connection:
        if connection.dialect.name != "sqlite":
            pytest.skip("PostgreSQL does so by default")
        values = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("synchronous", "journal_mode", "foreign_keys")
        ]
    assert values == [2, "wal", 1]


def test_a_missing_picture_leaves_no_half_begun_study(tmp_path, database):
    with pytest.raises(BadSetting, match="missing"):
        Store(database, plan_of(), tmp_path / "none")
    engine = open_engine(database)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM study").scalar() == 0
    engine.dispose()
