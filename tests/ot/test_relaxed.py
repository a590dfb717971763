import warnings

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from reference import equations
from wasserstyle.ot.costs import cosine_cost, directions, euclidean_cost
from wasserstyle.ot.relaxed import relaxed_emd, relaxed_emd_cosine, relaxed_emd_of_directions

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import ot

FIXED = settings(derandomize=True, deadline=None)

SIDES = st.tuples(st.integers(1, 12), st.integers(1, 12), st.integers(0, 10**6))


def clouds(n, m, seed, d=4, dtype=torch.float64):
    g = torch.Generator().manual_seed(seed)
    x, y = (torch.randn(k, d, generator=g, dtype=dtype) for k in (n, m))
    return x + 0.3, y - 0.2


def exact_emd(cost):
    n, m = cost.shape
    return ot.emd2(np.full(n, 1 / n), np.full(m, 1 / m), cost.numpy())


@pytest.mark.parametrize(("n", "m"), [(1, 1), (4, 9), (9, 4), (1, 6), (7, 7)])
@pytest.mark.parametrize("seed", range(3))
def test_equals_the_equation(n, m, seed):
    x, y = clouds(n, m, seed)
    expected = equations.relaxed_emd(equations.costs(x.numpy(), y.numpy(), equations.cosine))
    assert relaxed_emd(cosine_cost(x, y)).item() == pytest.approx(expected, abs=1e-13)
    assert relaxed_emd_cosine(x, y).item() == pytest.approx(expected, abs=1e-13)


@pytest.mark.parametrize(("n", "m"), [(5, 40), (40, 5)], ids=["wide", "tall"])
def test_both_sides_decide(n, m):
    """Otherwise the equation would be tested on one of its two sides only."""
    x, y = clouds(n, m, seed=0)
    rows, columns = equations.relaxed_sides(cosine_cost(x, y).numpy())
    assert (rows > columns) == (n > m)


@pytest.mark.parametrize(("n", "m"), [(6, 25), (25, 6), (8, 8)])
def test_gradient_of_the_cheap_form_is_the_dense_one(n, m):
    x, y = clouds(n, m, seed=3)
    x.requires_grad_()
    (cheap,) = torch.autograd.grad(relaxed_emd_cosine(x, y), x)
    (dense,) = torch.autograd.grad(relaxed_emd(cosine_cost(x, y)), x)
    assert dense.abs().max() > 0
    torch.testing.assert_close(cheap, dense, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("search", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize(("n", "m"), [(20, 60), (60, 20)])
def test_a_coarse_search_costs_a_rounding_error_in_the_value(search, n, m):
    """Pairs may be second best, by no more than a step of the coarse type below one."""
    u, v = map(directions, clouds(n, m, seed=1, dtype=torch.float32))
    exact, found = (
        relaxed_emd_of_directions(u, v),
        relaxed_emd_of_directions(u, v, search=search),
    )
    assert found.dtype == torch.float32
    assert exact - 1e-6 <= found <= exact + 2 * torch.finfo(search).eps


@given(SIDES)
@settings(FIXED, max_examples=60)
def test_never_above_the_exact_distance(sides):
    x, y = clouds(*sides)
    for cost in (cosine_cost(x, y), euclidean_cost(x, y)):
        assert relaxed_emd(cost).item() <= exact_emd(cost) + 1e-9


def test_equals_the_exact_distance_where_one_cloud_is_a_point():
    x, y = clouds(1, 9, seed=2)
    cost = cosine_cost(x, y)
    assert relaxed_emd(cost).item() == pytest.approx(exact_emd(cost), abs=1e-12)


@given(SIDES)
@FIXED
def test_symmetric_and_blind_to_the_order_of_points(sides):
    x, y = clouds(*sides)
    g = torch.Generator().manual_seed(sides[-1])
    shuffled = x[torch.randperm(len(x), generator=g)], y[torch.randperm(len(y), generator=g)]
    value = relaxed_emd_cosine(x, y)
    torch.testing.assert_close(relaxed_emd_cosine(y, x), value)
    torch.testing.assert_close(relaxed_emd_cosine(*shuffled), value)


def test_zero_on_a_permuted_copy():
    x, _ = clouds(11, 1, seed=0)
    copy = x[torch.randperm(11, generator=torch.Generator().manual_seed(0))]
    assert relaxed_emd_cosine(x, copy).item() == pytest.approx(0, abs=1e-14)
    assert relaxed_emd(euclidean_cost(x, copy)).item() == 0


def test_a_subset_is_free_on_its_own_side_only():
    y, _ = clouds(12, 1, seed=0)
    cost = cosine_cost(y[:5], y)
    own, other = cost.amin(1).mean(), cost.amin(0).mean()
    assert own.item() == pytest.approx(0, abs=1e-14)
    assert other > 0.01
    torch.testing.assert_close(relaxed_emd(cost), other)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_zero_points_give_no_nan(dtype):
    x, y = clouds(5, 6, seed=0, dtype=dtype)
    x[0] = y[0] = 0
    x.requires_grad_()
    value = relaxed_emd_cosine(x, y)
    value.backward()
    assert value.isfinite()
    assert x.grad.isfinite().all()
