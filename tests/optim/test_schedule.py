from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wasserstyle.optim.schedule import DECAYS, constant, late, scales

FIXED = settings(derandomize=True, deadline=None)


@given(size=st.integers(1, 10**5), coarsest=st.integers(16, 256))
@FIXED
def test_scales_double_and_end_at_the_size(size, coarsest):
    sizes = scales(size, coarsest)
    assert sizes[-1] == size
    for coarse, fine in pairwise(sizes):
        assert abs(2 * coarse - fine) <= 1


@given(octaves=st.integers(0, 6), rest=st.integers(0, 10**4), coarsest=st.integers(16, 256))
@FIXED
def test_the_first_scale_lies_within_an_octave_of_the_coarsest(octaves, rest, coarsest):
    size = coarsest * 2**octaves + rest
    assert coarsest <= scales(size, coarsest)[0] < 2 * coarsest


@pytest.mark.parametrize("size", [127, 255, 510, 511, 1023, 2047])
def test_nearly_an_octave_more_is_no_octave_more(size):
    """Rounding the first scale up must not carry it out of its octave."""
    assert 64 <= scales(size, 64)[0] < 128


@pytest.mark.parametrize("size", [1, 16, 63])
def test_smaller_than_the_coarsest_is_one_scale(size):
    assert scales(size, 64) == [size]


def test_authors_scales():
    assert scales(512, 64) == [64, 128, 256, 512]


@pytest.mark.parametrize("name", DECAYS)
def test_decays_stay_in_range_and_only_late_falls(name):
    factors = [DECAYS[name](k / 100) for k in range(100)]
    assert all(0 < f <= 1 for f in factors)
    assert max(factors) > 0.95
    if name == "late":
        top = factors.index(max(factors))
        assert top <= 2
        assert factors[top:] == sorted(factors[top:], reverse=True)
        assert factors[40] == 1 > factors[41]
        assert factors[-1] < 0.03


def test_decay_names():
    assert {"none": constant, "late": late} == DECAYS
