"""The plan: written, read back, and what is refused."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from study.studies import plan_of
from wasserstyle.errors import BadSetting
from wasserstyle.study.plan import FILE, Painter, name_pairs, plan_text, read_plan
from wasserstyle.study.sources import all_pairs, pairs_from


@given(
    title=st.text(st.characters(exclude_categories=["Cs"])),
    consent=st.text(st.characters(exclude_categories=["Cs"])),
    weight=st.floats(0, 1e9),
)
@settings(deadline=None)  # it writes a file
def test_what_is_written_is_read_back(tmp_path_factory, title, consent, weight):
    settings = {"default": {}, "low": {"content_weight": weight, "layers": ("a", "b")}}
    other = Painter(name="x-paper", method="x", preset="paper", settings=settings)
    plan = plan_of(title=title, consent=consent)
    plan = replace(plan, methods=(*plan.methods, other))
    folder = tmp_path_factory.mktemp("plan")
    (folder / FILE).write_text(plan_text(plan), encoding="utf-8", newline="")
    assert read_plan(folder) == plan


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("raters = 2", "raters = 0", "give 1 to 1000"),
        ("raters = 2", "raters = true", "must be int"),
        ("raters = 2", "ratres = 2", "no 'ratres'"),
        ('"compare"', '"guess"', "choose from compare, rate"),
        ('"unpaired"', '"mixed"', "paired, unpaired, texture"),
        ('name = "p1"', 'name = "../p1"', "is no name"),
        ('name = "p2"', 'name = "p1"', "there twice"),
        ('settings."low" = {}', 'settings."low" = 3', "must be tables"),
        ("checks = 1", "checks = 5", "give 4 at most"),
        ('name = "m1"', "", "lacks name"),
        ("raters = 2", "raters = ", "is no TOML"),
    ],
)
def test_a_wrong_plan_is_named(tmp_path, old, new, words):
    text = plan_text(plan_of())
    assert old in text
    (tmp_path / FILE).write_text(text.replace(old, new, 1))
    with pytest.raises(BadSetting, match=words) as error:
        read_plan(tmp_path)
    assert str(tmp_path / FILE) in str(error.value)


def test_one_method_can_be_rated_but_not_compared():
    with pytest.raises(BadSetting, match="needs two"):
        plan_of(methods=(3,))
    assert plan_of(methods=(3,), design="rate").methods


def test_pairs_come_from_a_table_or_are_all_with_all(tmp_path):
    for name in ("c/a.png", "c/b b.jpg", "s/x.png", "s/notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    c, s, table = tmp_path / "c", tmp_path / "s", tmp_path / "pairs.csv"
    every = all_pairs(c, s)
    assert every == [
        (c / "a.png", s / "x.png", "unpaired"),
        (c / "b b.jpg", s / "x.png", "unpaired"),
    ]
    table.write_text("content,style,regime\nb b.jpg,x.png,texture\n")
    assert pairs_from(table, c, s) == [(c / "b b.jpg", s / "x.png", "texture")]
    (pair,) = name_pairs(pairs_from(table, c, s), tmp_path / "study")
    assert pair.name == "01-b-b-x"
    assert Path(tmp_path, "study", pair.content).resolve() == (c / "b b.jpg").resolve()
    table.write_text("content,style\nmissing.png,x.png\n")
    with pytest.raises(BadSetting, match=r"missing\.png is not there"):
        pairs_from(table, c, s)
    table.write_text("a,b\n1,2\n")
    with pytest.raises(BadSetting, match="needs the columns"):
        pairs_from(table, c, s)
    with pytest.raises(BadSetting, match="no pictures"):
        all_pairs(tmp_path / "empty", s)
