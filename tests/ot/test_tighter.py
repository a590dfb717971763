"""Exact and entropic transport, and the bounds that STROTSS may choose from, against POT."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import ot
from wasserstyle.losses.transport import TRANSPORTS, Clouds
from wasserstyle.ot.costs import cosine_cost, directions
from wasserstyle.ot.exact import emd
from wasserstyle.ot.sinkhorn import Entropic, sinkhorn_plan


def clouds(n, m, d, seed=0, dtype=torch.float64):
    generator = torch.Generator().manual_seed(seed)
    x, y = (torch.randn(k, d, generator=generator, dtype=dtype) + 0.5 for k in (n, m))
    return directions(x), directions(y)


@pytest.mark.parametrize("seed", range(3))
def test_exact_is_what_pot_finds(seed):
    u, v = clouds(60, 60, 8, seed)
    cost = cosine_cost(u, v)
    assert float(emd(cost)) == pytest.approx(ot.emd2([], [], cost.numpy()), rel=1e-9)


@pytest.mark.parametrize(("n", "m"), [(40, 40), (30, 70), (70, 30)])
def test_plans_have_their_masses(n, m):
    u, v = clouds(n, m, 5)
    mass = torch.rand(n, dtype=torch.float64)
    mass /= mass.sum()
    plan = sinkhorn_plan(cosine_cost(u, v), mass=mass)
    assert (plan >= 0).all()
    torch.testing.assert_close(plan.sum(dim=1), mass, atol=1e-9, rtol=0)
    torch.testing.assert_close(
        plan.sum(dim=0), torch.full_like(plan[0], 1 / m), atol=1e-9, rtol=0
    )


@pytest.mark.parametrize("epsilon", [0.1, 0.01])
def test_an_entropic_plan_is_what_pot_finds(epsilon):
    u, v = clouds(30, 45, 6)
    cost = cosine_cost(u, v)
    ours = sinkhorn_plan(cost, Entropic(epsilon, tolerance=1e-10, most=500)).numpy()
    theirs = ot.sinkhorn(
        np.full(30, 1 / 30),
        np.full(45, 1 / 45),
        cost.numpy(),
        epsilon,
        method="sinkhorn_log",
        stopThr=1e-12,
        numItermax=100_000,
    )
    assert abs(ours - theirs).max() < 1e-7


def test_without_entropy_it_becomes_the_earth_movers_distance():
    u, v = clouds(80, 80, 6, dtype=torch.float32)
    cost = cosine_cost(u, v)
    plan = sinkhorn_plan(cost, Entropic(0.001, tolerance=1e-3, most=200))
    assert float((plan * cost).sum()) == pytest.approx(float(emd(cost)), rel=0.01)


def test_equal_costs_make_a_plan():
    plan = sinkhorn_plan(torch.full((3, 4), 0.7))
    torch.testing.assert_close(plan, torch.full((3, 4), 1 / 12))


@settings(max_examples=15, deadline=None)
@given(st.integers(4, 40), st.integers(2, 12), st.integers(0, 1000))
def test_bounds_are_on_their_sides(n, d, seed):
    u, v = clouds(n, n, d, seed)
    exact = float(emd(cosine_cost(u, v)))
    found = {
        name: float(measure(Clouds(u, v), torch.Generator().manual_seed(seed)))
        for name, measure in TRANSPORTS.items()
    }
    assert found["relaxed"] == max(found["relaxed_a"], found["relaxed_b"])
    assert found["relaxed"] <= exact + 1e-12
    assert found["sinkhorn"] >= exact - 1e-12
    # a mean over lines: exact only in the limit
    assert found["sliced"] <= exact * (1 + 6 / 256**0.5) + 1e-12


def test_one_bound_for_each_direction():
    everything, some = torch.eye(4, dtype=torch.float64), torch.eye(4, dtype=torch.float64)[:2]
    generator = torch.Generator()
    subset = Clouds(some, everything)
    assert float(TRANSPORTS["relaxed_a"](subset, generator)) == 0
    assert float(TRANSPORTS["relaxed_b"](subset, generator)) == pytest.approx(0.5)


@pytest.mark.parametrize("name", ["sinkhorn", "sliced"])
def test_gradients_move_one_cloud_onto_the_other(name):
    """Descending each of them leaves the earth mover's distance small."""
    u, v = clouds(48, 48, 4, 3)
    x = u.clone().requires_grad_()
    solver = torch.optim.Adam([x], lr=0.05)
    generator = torch.Generator().manual_seed(0)
    for _ in range(120):
        solver.zero_grad()
        TRANSPORTS[name](Clouds(directions(x), v), generator).backward()
        solver.step()
    before, after = (float(emd(cosine_cost(z.detach(), v))) for z in (u, x))
    assert after < 0.1 * before


def test_sliced_knows_masses():
    u, v = clouds(50, 60, 3, 1)
    alike, mass = torch.full((10,), 0.1, dtype=torch.float64), torch.zeros(50).double()
    mass[:10] = alike
    generators = (torch.Generator().manual_seed(0) for _ in range(2))
    some, weighted = (
        float(TRANSPORTS["sliced"](c, g))
        for c, g in zip((Clouds(u[:10], v, alike), Clouds(u, v, mass)), generators, strict=True)
    )
    assert weighted == pytest.approx(some, rel=1e-9)
