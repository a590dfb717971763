"""The table of a training that was killed, and when its grid is judged."""

import json
from contextlib import closing

import pytest
import torch

from wasserstyle.training.grid import Grid
from wasserstyle.training.logs import Logs

ROWS = [
    {"step": 25, "seconds": 10.0, "loss": 3.0},
    {"step": 40, "seconds": 15.0, "W2 own relu1_1": 1.0},
    {"step": 50, "seconds": 20.0, "loss": 2.0},
]


class Asked(Grid):
    """Notes that it is asked."""

    def __init__(self):
        object.__setattr__(self, "asked", [])

    def judge(self, weights):
        self.asked.append(weights)
        return {"W2 own relu1_1": 5.0}, torch.zeros(1, 3, 8, 8)


@pytest.fixture
def begin(tmp_path):
    """Logs after ``done`` steps, from a table of this text; and their grid."""

    def begun(done, text=""):
        (tmp_path / "log.jsonl").write_text(text)
        grid = Asked()
        with closing(Logs(tmp_path, lambda *_: None, grid)) as logs:
            logs.begin(done, {})
        return logs, grid

    return begun


def lines(rows):
    return "".join(json.dumps(row) + "\n" for row in rows)


def test_rows_after_the_checkpoint_are_dropped_with_their_time(tmp_path, begin):
    logs, _ = begin(40, lines(ROWS))
    assert logs.curve == ROWS[:2]
    assert (tmp_path / "log.jsonl").read_text() == lines(ROWS[:2])
    assert 15 <= logs.seconds < 16


def test_a_line_half_written_is_no_obstacle(tmp_path, begin):
    logs, _ = begin(50, lines(ROWS) + '{"step": 75, "sec')
    assert logs.curve == ROWS
    assert (tmp_path / "log.jsonl").read_text() == lines(ROWS)


@pytest.mark.parametrize(("text", "asked"), [("", 1), (lines(ROWS[:1]), 1), (lines(ROWS), 0)])
def test_the_grid_is_judged_before_anything_is_learned(begin, text, asked):
    logs, grid = begin(50, text)
    assert len(grid.asked) == asked
    assert any("W2 own relu1_1" in row for row in logs.curve)
