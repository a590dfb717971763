"""The page of the networks: its figures are those of the benchmark, its commands are real."""

import re
import shlex
from pathlib import Path

import pytest

from networks import tables

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/networks.md").read_text("utf-8")
COMMANDS = [
    shlex.split(line)
    for block in re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)
    for line in block.splitlines()
]


def test_the_figures_are_those_of_the_benchmark():
    for line in tables():
        assert line in PAGE, "run benchmarks/networks.py"


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_option_of_its_commands_exists(words, run):
    """Asked for help, a command refuses what it does not know."""
    code, said, _ = run(words[1], "--help")
    assert code == 0
    for word in words[2:]:
        if word.startswith("-"):
            assert re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", said), word


def test_what_it_links_to_is_there():
    for target in re.findall(r"\]\(([^)#]+)\)", PAGE):
        assert (ROOT / "docs" / target).exists(), target
