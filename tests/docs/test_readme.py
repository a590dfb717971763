"""The README's commands and snippets run as they stand, only shorter."""

import json
import re
import shlex
from pathlib import Path
from statistics import median

import pytest

from wasserstyle import methods
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
    made = sorted(p.name for p in (workplace / "out").iterdir())
    assert made == ["coffee.png", "quick.png"]


def test_make_targets_exist_and_the_demo_paints(workplace):
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for words in commands():
        if words[0] == "make":
            assert re.search(rf"^{words[1]}:", makefile, re.MULTILINE)
    (demo,) = re.findall(r"\t\$\(BIN\)/(wasserstyle transfer .*)", makefile)
    run(shlex.split(demo))
    assert (workplace / "out" / "demo.png").exists()


def test_links_lead_somewhere():
    for page in [ROOT / "README.md", *ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\((?!http)([^)#]+)\)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def _seconds(rows):
    """How long, ours and theirs."""
    ours = [t for row in rows if (t := row["default"]["first within 1 %"])]
    theirs = [row["reference"]["seconds"] for row in rows]
    both = [f"{min(times):.0f} to {max(times):.0f}" for times in (ours, theirs)]
    return f"after {both[0]} s instead of {both[1]}"


def test_the_figures_are_those_of_the_benchmarks():
    """In one line each, however it is broken."""
    text = " ".join(README.split())
    results = json.loads((ROOT / "benchmarks/results/equal_objective.json").read_text())
    rows, slower = (list(m["runs"].values()) for m in results["machines"].values())
    assert len(rows) == 10
    assert all(row["default"]["first within 1 %"] for row in rows)
    assert f"{_seconds(rows)} s, in all ten runs made" in text
    assert f"without it, on a slower machine, {_seconds(slower)} s" in text
    ends = [row["best"]["objective"] / row["reference"]["objective"] for row in rows]
    below = [100 * (1 - end) for end in ends]
    assert f"`best` ends {min(below):.0f} to {max(below):.0f} % below it" in text
    after = [row["best"]["first within 1 %"] for row in rows]
    assert f"within 1 % after {min(after):.0f} to {max(after):.0f} s" in text
    weighed = [sizes["1024"] for sizes in results["peak_megabytes"].values()]
    in_bfloat16 = [peaks for peaks in weighed if "bfloat16" in peaks]
    assert in_bfloat16
    for peaks in in_bfloat16:
        ours, theirs = (median(peaks[who]) / 1000 for who in ("bfloat16", "reference"))
        assert f"{ours:.1f} GB instead of {theirs:.1f} GB" in text


def test_the_comparison_is_that_of_the_benchmark():
    import family

    styles = {name: family.medians(name)[3] for name in methods.names()}
    nearest, second, *_ = sorted(styles, key=styles.__getitem__)
    assert nearest == "strotss"
    assert f"{styles[nearest]:.3f}, the next {styles[second]:.3f}" in README
    assert f"colours alone {styles['color_transport']:.3f}" in README
    assert f"{family.medians('strotss')[0]:.0f} s at 256 px" in README


def test_no_picture_tells_where_it_was_made():
    """Recipes have the paths of their inputs; those that are given away have relative ones."""
    for path in [*(ROOT / "docs").rglob("*.jpg"), *(ROOT / "replication").rglob("*.jpg")]:
        assert b'"path": "/' not in path.read_bytes(), path.name
