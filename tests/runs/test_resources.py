"""Memory: what is expected, what is refused, and what would fit instead."""

import subprocess
import sys

import numpy as np
import pytest
import torch

from wasserstyle.errors import NotEnoughMemory
from wasserstyle.runs import resources
from wasserstyle.runs.resources import check_memory, largest_side, needed_bytes

CPU, KEPT = torch.device("cpu"), 30


def square(side, window=None):
    return needed_bytes((side, side), "bfloat16", (window, KEPT))


def test_bytes_grow_slowly_beyond_the_window():
    assert square(768, 512) == square(768)
    assert square(700, 512) == square(700)
    assert square(769, 512) < square(768, 512)  # the largest scale that is solved whole
    assert 0.9e9 < square(1024, 512) < 1.5e9  # measured: 1.0
    growth = (square(4096, 512) - square(2048, 512)) / (square(4096) - square(2048))
    assert 0 < growth < 0.1


@pytest.mark.parametrize("window", [None, 256, 512, 1_000_000])
@pytest.mark.parametrize("free", [0.7e9, 1.4e9, 3e9, 20e9])
def test_the_largest_side_fits_and_the_next_does_not(window, free, monkeypatch):
    monkeypatch.setattr(resources, "free_bytes", lambda _: free / resources.RESERVE)
    side = largest_side("bfloat16", CPU, (window, KEPT))
    assert square(side, window) <= free < square(side + 1, window)
    assert check_memory((side, side), "bfloat16", CPU, (window, KEPT)) <= free
    with pytest.raises(NotEnoughMemory, match=f"try --size {side}$"):
        check_memory((side + 1, side + 1), "bfloat16", CPU, (window, KEPT))


def test_the_peak_is_of_this_process_and_not_of_who_started_it():
    code = "from wasserstyle.runs.resources import peak_bytes; print(peak_bytes())"
    mine = np.ones(200_000_000)  # 1.6 GB; the other needs a third of a gigabyte
    theirs = int(subprocess.check_output([sys.executable, "-c", code], text=True))
    assert 1e8 < theirs < mine.nbytes / 2
    assert resources.peak_bytes() > mine.nbytes


def test_where_nothing_fits_no_size_is_named(monkeypatch):
    monkeypatch.setattr(resources, "free_bytes", lambda _: 1e8)
    assert largest_side("float32", CPU) == 0
    with pytest.raises(NotEnoughMemory, match="close other programs"):
        check_memory((16, 16), "float32", CPU)
