"""Nearest points against brute force."""

import numpy as np
import pytest
import torch

from wasserstyle.ot import nearest as module
from wasserstyle.ot.costs import directions
from wasserstyle.ot.nearest import nearest


def cloud(n, d, seed):
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed))


def by_brute_force(x, y):
    x, y = x.double().numpy(), y.double().numpy()
    cosine = (x @ y.T) / np.linalg.norm(x, axis=1)[:, None] / np.linalg.norm(y, axis=1)
    return (1 - cosine).argmin(axis=1)


@pytest.mark.parametrize(("n", "m"), [(1, 1), (5, 40), (40, 5)])
def test_nearest_by_cosine_distance(n, m):
    x, y = cloud(n, 6, 0), cloud(m, 6, 1)
    np.testing.assert_array_equal(nearest(x, directions(y)).numpy(), by_brute_force(x, y))


def test_neither_lengths_of_points_nor_a_shift_of_all_keys_matter():
    x, keys = cloud(50, 6, 0), directions(cloud(60, 6, 1))
    found = nearest(x, keys)
    lengths = torch.linspace(0.01, 100, 50)[:, None]
    assert torch.equal(nearest(x * lengths, keys - keys.mean(dim=0)), found)


def test_pieces_change_nothing(monkeypatch):
    x, keys = cloud(50, 6, 0), directions(cloud(60, 6, 1))
    whole = nearest(x, keys)
    monkeypatch.setattr(module, "AT_ONCE", 7 * 60)
    assert torch.equal(nearest(x, keys), whole)
    monkeypatch.setattr(module, "AT_ONCE", 1)
    assert torch.equal(nearest(x, keys), whole)


def test_coarse_keys_find_what_is_nearly_nearest_and_leave_no_graph():
    x, keys = directions(cloud(200, 64, 0)).requires_grad_(), directions(cloud(300, 64, 1))
    found = nearest(x, keys.bfloat16())
    best = (x @ keys.T).amax(dim=1)
    assert ((x * keys[found]).sum(dim=1) > best - 0.01).all()
    assert not found.requires_grad
