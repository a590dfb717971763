"""Contact sheets."""

import torch

from wasserstyle.image.sheet import GAP, PAPER, Cell, blank, contact_sheet


def flat(level, height=20, width=30):
    return torch.full((1, 3, height, width), level)


def test_pictures_lie_side_by_side_and_keep_their_colours():
    cells = [Cell(flat(v), f"n{v}", ["one", "two"]) for v in (0.0, 0.2, 0.4)]
    sheet = contact_sheet(cells, columns=2, side=60)
    for number, level in enumerate((0.0, 0.2, 0.4)):
        left = GAP + number % 2 * (60 + GAP)
        top = GAP if number < 2 else GAP + (sheet.shape[2] - GAP) // 2
        patch = sheet[0, :, top : top + 40, left : left + 60]
        assert (patch - level).abs().max() < 0.01
    assert sheet.shape[3] == 2 * (60 + GAP) + GAP
    assert PAPER == "#ffffff"
    assert (sheet[0, :, :, 0] == 1).all()


def test_the_words_are_below_and_nothing_else_changes():
    bare, named = (
        contact_sheet([Cell(flat(0.5), t)], columns=1, side=60) for t in ("", "name")
    )
    assert bare.shape == named.shape
    changed = (bare != named).any(1)[0].any(1).nonzero()
    assert changed.min() >= GAP + 40
    assert len(changed)


def test_fewer_pictures_than_columns_make_a_narrow_sheet():
    assert contact_sheet([Cell(flat(0.5), "a")], columns=5, side=60).shape[3] == 60 + 2 * GAP


def test_a_blank_has_the_size_of_what_it_stands_for():
    assert blank(flat(0.1)).shape == flat(0.1).shape
    assert blank(flat(0.1)).unique().numel() == 1
