"""Permutations: against every one of them, against the exact solver, and at any size."""

import itertools
import math

import numpy as np
import pytest
import torch
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

import ot
from wasserstyle.ot import assignment as module
from wasserstyle.ot.assignment import BLOCK, assignment, nearest_assignment

SIDES = [(1, 1), (1, 4), (4, 1), (5, 5), (3, 6), (6, 3), (7, 3), (6, 4)]
LARGE = [(900, 900), (700, 1300), (1300, 900), (1200, 300), (20, 900)]
sides = pytest.mark.parametrize(("n", "m"), SIDES)
large = pytest.mark.parametrize(("n", "m"), LARGE)


def clouds(n, m, seed=0, d=6):
    """Two clouds that overlap in part, each with a structure of its own."""
    g = torch.Generator().manual_seed(seed)
    x = torch.randn(n, d, generator=g) @ torch.randn(d, d, generator=g)
    y = torch.randn(m, d, generator=g) @ torch.randn(d, d, generator=g) + 0.5
    return x, y


def stream(seed=1):
    return torch.Generator().manual_seed(seed)


def uses(n, m):
    return math.ceil(n / m)


def mean_cost(x, y, choice):
    return (x - y[choice]).square().sum(1).mean().item()


def best(x, y):
    """The least mean of squared distances, by the exact solver on copies of the targets."""
    costs = np.tile(cdist(x.numpy(), y.numpy(), "sqeuclidean"), (1, uses(len(x), len(y))))
    return costs[linear_sum_assignment(costs)].mean()


def rough(x, y, **options):
    """Never exact."""
    return nearest_assignment(x, y, generator=stream(), exact=1, **options)


# ------------------------------------------------------------------ exact
@sides
@pytest.mark.parametrize("seed", range(3))
def test_no_choice_is_cheaper(n, m, seed):
    """All choices in which no target is used too often, one by one."""
    cost = torch.rand(n, m, generator=stream(seed))
    found = assignment(cost)
    copies = [target for target in range(m) for _ in range(uses(n, m))]
    least = min(
        sum(cost[i, j].item() for i, j in enumerate(choice))
        for choice in set(itertools.permutations(copies, n))
    )
    assert cost[range(n), found].sum().item() == pytest.approx(least)
    assert torch.bincount(found).max() <= uses(n, m)


@pytest.mark.parametrize(("n", "m"), [(8, 8), (12, 4), (30, 6)])
def test_is_the_earth_movers_distance_where_all_are_used_alike(n, m):
    x, y = clouds(n, m)
    cost = torch.cdist(x, y).square()
    emd = ot.emd2(np.full(n, 1 / n), np.full(m, 1 / m), cost.double().numpy())
    assert cost[range(n), assignment(cost)].mean().item() == pytest.approx(emd, rel=1e-5)


def test_costs_may_be_negative_and_equal():
    assert sorted(assignment(torch.zeros(5, 5)).tolist()) == list(range(5))
    assert assignment(-torch.eye(4)).tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize(("n", "m"), [(40, 40), (30, 50), (50, 20)])
def test_few_points_are_assigned_exactly_by_their_squared_distances(n, m):
    x, y = clouds(n, m)
    y[0] *= 9  # far out: its norm counts, too
    before = stream()
    generator = stream()
    found = nearest_assignment(x, y, generator=generator)
    assert mean_cost(x, y, found) == pytest.approx(best(x, y), rel=1e-5)
    assert torch.equal(generator.get_state(), before.get_state())


def test_the_limit_counts_targets_as_often_as_they_may_be_used():
    x, y = clouds(300, 260)  # 520 seats
    generator = stream()
    nearest_assignment(x, y, generator=generator, exact=520)
    assert torch.equal(generator.get_state(), stream().get_state())
    nearest_assignment(x, y, generator=generator, exact=519)
    assert not torch.equal(generator.get_state(), stream().get_state())


# ------------------------------------------------------------------ nearly
@large
def test_many_points_cost_little_more_than_the_least(n, m):
    x, y = clouds(n, m)
    found, least = rough(x, y), best(x, y)
    assert torch.bincount(found).max() <= uses(n, m)
    assert least - 1e-4 <= mean_cost(x, y, found) <= 1.02 * least
    assert mean_cost(x, y, rough(x, y, sweeps=0)) > 1.5 * least  # the sweeps did it


@pytest.mark.parametrize(("d", "sweeps", "above"), [(3, 4, 0.05), (12, 16, 0.01)])
def test_blocks_are_of_pairs_that_can_trade(d, sweeps, above):
    """Blocks by the targets alone, or by the points, end higher."""
    x, y = clouds(2500, 2500, d=d)
    assert mean_cost(x, y, rough(x, y, sweeps=sweeps)) <= (1 + above) * best(x, y)


@large
def test_no_sweep_raises_the_cost(n, m):
    x, y = clouds(n, m)
    costs = [mean_cost(x, y, rough(x, y, sweeps=k)) for k in range(6)]
    assert all(b <= a * (1 + 1e-6) for a, b in itertools.pairwise(costs))
    assert costs[5] < costs[1] < costs[0]


def test_as_many_points_as_targets_make_a_permutation():
    x, y = clouds(1000, 1000)
    assert sorted(rough(x, y).tolist()) == list(range(1000))


def test_a_cloud_is_assigned_to_itself_point_by_point():
    x, _ = clouds(1000, 1)
    assert torch.equal(rough(x, x), torch.arange(1000))
    assert torch.equal(
        nearest_assignment(x[:100], x[:100], generator=stream()), torch.arange(100)
    )


def test_a_copy_in_another_order_is_found_but_for_a_few():
    x, _ = clouds(1000, 1, d=3)
    order = torch.randperm(1000, generator=stream(5))
    found = rough(x, x[order])
    assert (order[found] == torch.arange(1000)).float().mean() > 0.5
    assert mean_cost(x, x[order], found) < 0.01 * mean_cost(x, x[order], torch.arange(1000))


def test_no_more_than_a_block_is_ever_solved_at_once(monkeypatch):
    seen = []

    def spy(costs):
        seen.append(costs.shape)
        return linear_sum_assignment(costs)

    monkeypatch.setattr(module, "linear_sum_assignment", spy)
    x, y = clouds(1300, 900)
    rough(x, y, sweeps=3)
    points, targets = map(max, zip(*seen, strict=True))
    assert points <= targets <= BLOCK
    assert sum(rows for rows, _ in seen) == 3 * 1300  # every point trades in every sweep


def test_the_seed_decides_and_nothing_else():
    x, y = clouds(1000, 1100)
    first = rough(x, y)
    assert torch.equal(first, rough(x, y))
    other = nearest_assignment(x, y, generator=stream(2), exact=1)
    assert not torch.equal(first, other)


@pytest.mark.parametrize(("n", "m"), [(600, 600), (600, 1), (1, 600), (600, 7)])
def test_points_that_are_all_alike_are_assigned_all_the_same(n, m):
    found = rough(torch.zeros(n, 4), torch.ones(m, 4))
    assert found.shape == (n,)
    assert torch.bincount(found, minlength=m).max() <= uses(n, m)


def test_inputs_are_left_alone():
    x, y = clouds(700, 900)
    before = x.clone(), y.clone()
    rough(x, y)
    assert torch.equal(x, before[0])
    assert torch.equal(y, before[1])
