"""Cards of the bundled networks say what their headers and curves say."""

import sys
from pathlib import Path

import pytest

from wasserstyle.nets import files

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
from model_cards import CARDS, cards  # noqa: E402

MADE = cards()


@pytest.mark.parametrize("path", MADE, ids=lambda path: path.stem)
def test_a_card_is_current(path):
    assert path.read_text("utf-8") == MADE[path], "run scripts/model_cards.py"


def test_every_network_has_one():
    names = {"adain", "sanet", "tiny", "wasserstein_critic_single"}
    assert {path.stem for path in CARDS.glob("*.md")} == names
    for name in names:
        assert files.about(files.bundled(name))["steps"] > 0
