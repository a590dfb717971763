"""The README's commands and snippets run as they stand, only shorter."""

import json
import re
import shlex
import sys
from pathlib import Path

import pytest

from wasserstyle.cli import main
from wasserstyle.methods.strotss import Strotss
from wasserstyle.optim import Stage

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def commands():
    lines = "".join(blocks("console")).splitlines()
    return [shlex.split(line, comments=True) for line in lines]


@pytest.fixture
def workplace(tmp_path, monkeypatch):
    """An empty folder with the examples in it, and only one scale of two steps to do."""
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Strotss, "stages", lambda *_: [Stage(64, 2, 1e-2)])
    return tmp_path


def run(words):
    with pytest.raises(SystemExit) as stop:
        main(words[1:])
    assert stop.value.code == 0


def test_commands_run_one_after_the_other(workplace):
    """But the studio, which never ends: its own tests start it."""
    ours = [words for words in commands() if words[0] == "wasserstyle"]
    assert ["wasserstyle", "studio"] in ours
    for words in ours:
        if words[1] != "studio":
            run(words)
    assert sorted(p.name for p in (workplace / "out").iterdir()) == [
        "coffee-rerun.png",
        "coffee.png",
        "mixed.jpg",
        "point.png",
        "quick.png",
        "regions.png",
    ]


def test_make_targets_exist_and_the_demo_paints(workplace):
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for words in commands():
        if words[0] == "make":
            assert re.search(rf"^{words[1]}:", makefile, re.MULTILINE)
    (demo,) = re.findall(r"\t\$\(BIN\)/(wasserstyle transfer .*)", makefile)
    run(shlex.split(demo))
    assert (workplace / "out" / "demo.png").exists()


def test_python_snippets_run(workplace):
    (snippet,) = blocks("python")
    exec(compile(snippet, "README.md", "exec"), {})  # noqa: S102 - our own README
    assert sorted(p.name for p in (workplace / "out").iterdir()) == [
        "astronaut.jpg",
        "cat.tif",
        "coffee.jpg",
    ]


def test_links_lead_somewhere():
    for page in [ROOT / "README.md", *ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\((?!http)([^)#]+)\)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_figures_are_those_of_the_benchmark():
    results = json.loads((ROOT / "benchmarks/results/equal_objective.json").read_text())
    assert len(results["runs"]) >= 4
    for name, run in results["runs"].items():
        row = run["summary"]
        theirs, ours = row["reference"], row["default"]
        there, ratio = ours["first within 1 %"], ours["ratio"]
        reached = f"{there:.0f} s | {ratio}x" if there else "not within 1 % | -"
        objectives = f"{theirs['objective']:.4f} | {ours['objective']:.4f}"
        assert f"| {name} | {theirs['seconds']:.0f} s | {reached} | {objectives} |" in README
    for size, peaks in results["peak_megabytes"].items():
        assert (
            f"| {size} px | {peaks['default']:.0f} MB | {peaks['reference']:.0f} MB |" in README
        )


def test_the_table_of_methods_is_that_of_the_benchmark():
    sys.path.insert(0, str(ROOT / "benchmarks"))
    import family

    for row in family.rows_of_readme():
        assert row in README
