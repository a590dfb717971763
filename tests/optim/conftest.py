"""What the tests of the loop share."""

import pytest
import torch


def _compare(found, expected):
    for a, b in zip(found, expected, strict=True):
        assert (a.stage, a.iteration) == (b.stage, b.iteration)
        assert set(a.tensors) == set(b.tensors)
        assert all(torch.equal(a.tensors[k], b.tensors[k]) for k in a.tensors)


@pytest.fixture(scope="session")
def same_snapshots():
    """Asserts that two lists of snapshots are the same to the bit."""
    return _compare
