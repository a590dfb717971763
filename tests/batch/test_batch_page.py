"""The commands and the list of docs/batch.md are as the program takes them."""

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
