"""Cards of the bundled networks say what their headers and curves say."""

from pathlib import Path

import pytest

from model_cards import CARDS, cards
from wasserstyle.methods.wasserstein_critic import REACHES
from wasserstyle.nets import files

ROOT = Path(__file__).parents[2]
MADE = cards()


@pytest.mark.parametrize("path", MADE, ids=lambda path: path.stem)
def test_a_card_is_current(path):
    assert path.read_text("utf-8") == MADE[path], "run scripts/model_cards.py"


def test_every_network_has_one():
    critics = {f"wasserstein_critic_{reach}" for reach in REACHES}
    names = {"adain", "sanet", "tiny"} | critics
    assert {path.stem for path in CARDS.glob("*.md")} == names
    for name in names:
        assert files.about(files.bundled(name))["steps"] > 0
