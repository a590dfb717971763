import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from reference import equations
from wasserstyle.ot.costs import cosine_cost, directions, euclidean_cost
from wasserstyle.ot.products import self_product

FIXED = settings(derandomize=True, deadline=None)

SIZES = [(1, 1, 3), (4, 7, 3), (9, 5, 20), (6, 6, 1)]


def cloud(n, d, seed=0, dtype=torch.float64):
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed), dtype=dtype)


@pytest.mark.parametrize(("n", "m", "d"), SIZES)
@pytest.mark.parametrize(
    ("cost", "distance"),
    [(cosine_cost, equations.cosine), (euclidean_cost, equations.euclidean)],
)
def test_costs_between_clouds_are_the_equations(cost, distance, n, m, d):
    x, y = cloud(n, d), cloud(m, d, seed=1)
    expected = equations.costs(x.numpy(), y.numpy(), distance)
    np.testing.assert_allclose(cost(x, y), expected, atol=1e-12)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e9])
def test_directions_have_unit_length(scale, dtype):
    x = cloud(6, 5, dtype=dtype)
    found = directions(x * scale)
    torch.testing.assert_close(found, x / x.norm(dim=1, keepdim=True))


@given(scale=st.floats(1e-6, 1e6), seed=st.integers(0, 99))
@FIXED
def test_cosine_cost_does_not_see_positive_scaling_of_any_point(scale, seed):
    x, y = cloud(5, 4, seed), cloud(3, 4, seed + 1000)
    scales = torch.linspace(1, scale, 5, dtype=torch.float64)[:, None]
    torch.testing.assert_close(cosine_cost(x * scales, y), cosine_cost(x, y))


def test_opposite_points_are_at_distance_two():
    x = cloud(4, 6)
    opposite = cosine_cost(x, -3 * x).diagonal()
    torch.testing.assert_close(opposite, torch.full((4,), 2.0).double())


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("cost", [cosine_cost, euclidean_cost])
def test_zero_and_equal_points_give_no_nan(cost, dtype):
    x, y = cloud(4, 3, dtype=dtype), cloud(4, 3, seed=1, dtype=dtype)
    x[0] = y[1] = 0
    x[2] = y[2]
    x.requires_grad_()
    value = cost(x, y)
    value.sum().backward()
    assert value.isfinite().all()
    assert x.grad.isfinite().all()


def test_a_zero_point_is_at_distance_one_of_all():
    x, y = torch.zeros(1, 3), cloud(4, 3, dtype=torch.float32)
    assert (cosine_cost(x, y) == 1).all()
    assert (directions(x) == 0).all()


@pytest.mark.parametrize(("n", "d"), [(1, 1), (5, 3), (3, 8)])
def test_self_product_has_the_value_and_gradient_of_the_plain_product(n, d):
    x = cloud(n, d).requires_grad_()
    upstream = cloud(n, n, seed=1)  # not symmetric
    torch.testing.assert_close(self_product(x), x @ x.T)
    (ours,) = torch.autograd.grad(self_product(x), x, upstream)
    (plain,) = torch.autograd.grad(x @ x.T, x, upstream)
    torch.testing.assert_close(ours, plain, rtol=1e-12, atol=1e-12)
    assert torch.autograd.gradcheck(self_product, (x,))
