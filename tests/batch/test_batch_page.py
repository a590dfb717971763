"""The commands and the list of docs/batch.md are as the program takes them."""

import json
import re
import shlex
from pathlib import Path

import pytest

from batch.conftest import picture

PAGE = (Path(__file__).parents[2] / "docs/batch.md").read_text("utf-8")


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def commands():
    text = "".join(blocks("console")).replace("\\\n", "")
    lines = [shlex.split(line, comments=True) for line in text.splitlines()]
    return [words[1:] for words in lines if words[:2] == ["wasserstyle", "batch"]]


@pytest.fixture
def studio(tmp_path, monkeypatch):
    for number, name in enumerate(
        ("photos/a", "photos/b", "photos/c", "paintings/x", "paintings/y")
    ):
        picture(tmp_path / f"{name}.jpg", number, side=400)
    (tmp_path / "jobs.csv").write_text(blocks("csv")[0])
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_commands_find_what_there_is_to_do(studio, run):
    seen = []
    for words in commands():
        here = [word.removeprefix("/shared/") for word in words]
        code, _, said = run(*here, "--dry-run")
        assert code == 0, said
        seen.append(said.splitlines()[-1])
    assert seen == [
        "6 to paint, 0 done already",
        "3 to paint, 0 done already",
        "6 to paint, 0 done already",
        "6 to paint, 0 done already",
    ]


def test_the_sweep_runs(capsys):
    (snippet,) = blocks("python")
    here = snippet.replace(', workers=2, cluster="processes"', "")
    assert here != snippet
    exec(compile(here, "batch.md", "exec"), {"__name__": "__main__"})  # noqa: S102 - our own page
    assert capsys.readouterr().out.splitlines() == [f"{n} {n * n} None" for n in range(8)]


def test_the_plan_has_the_numbers_of_the_benchmark():
    root = Path(__file__).parents[2]
    page = (root / "docs/many-machines.md").read_text("utf-8")
    measured = json.loads((root / "benchmarks/results/batch.json").read_text("utf-8"))
    here, there = measured["processes"], measured["local"]
    for words, name, factor, digits in (
        ("efficiency of two workers, waiting", "efficiency, waiting", 1, 2),
        ("efficiency of two workers, painting", "efficiency, painting", 1, 2),
        ("a job that does nothing, ms", "seconds of an empty job", 1e3, 1),
        ("until both workers have painted, s", "seconds to start two", 1, 0),
    ):
        row = [f"{kind[name] * factor:.{digits}f}" for kind in (here, there)]
        assert f"| {words} | {row[0]} | {row[1]} |" in page
    assert f"list in {measured['seconds to read a row'] * 1e3:.1f} ms" in page
    assert f"there already in {measured['seconds to find a picture done'] * 1e3:.1f} ms" in page
    handing = there["seconds of an empty job"]
    for seconds, name in ((10, "optimisation"), (0.05, "network")):
        work, hand = 1e6 * seconds / (100 * 0.9), 1e6 * handing
        row = f"| {name} | {seconds} s | 100 | {work:,.0f} s | {hand:,.0f} s |"
        assert f"{row} {clock(max(work, hand))} |" in page


def clock(seconds):
    return f"{seconds / 3600:.0f} hours" if seconds > 7200 else f"{seconds / 60:.0f} minutes"
