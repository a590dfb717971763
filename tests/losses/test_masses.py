"""Terms of points that have masses: a point of mass k/n counts as k points of n."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from reference import equations
from wasserstyle.losses.content import self_similarity_of_directions
from wasserstyle.losses.style import (
    moment_distance_in_columns,
    moments,
    palette_cosine_euclidean,
    palette_euclidean,
)
from wasserstyle.ot.costs import average, cosine_cost, directions, euclidean_cost
from wasserstyle.ot.relaxed import (
    Pairing,
    relaxed_emd,
    relaxed_emd_of_directions,
    relaxed_emd_of_pairs,
)

FIXED = settings(derandomize=True, deadline=None, max_examples=25)
SEEDS = st.integers(0, 10**6)
COPIES = st.lists(st.integers(1, 5), min_size=2, max_size=9)
"""How often each point of a cloud is there."""


def cloud(n, d, seed=0):
    g = torch.Generator().manual_seed(seed)
    return torch.rand(n, d, generator=g, dtype=torch.float64)


def masses(n, seed=0):
    mass = cloud(n, 1, seed)[:, 0] + 0.05
    return mass / mass.sum()


# ------------------------------------------------------------------ the terms, of x and y
def transport(x, y, mass=None):
    return relaxed_emd_of_directions(directions(x), directions(y), mass=mass)


def three_columns(x, y, mass=None):
    return moment_distance_in_columns(x, moments(y), torch.tensor([2, 0, 1]), mass)


def content(x, y, mass=None):
    return self_similarity_of_directions(directions(x), directions(y), mass)


TERMS = {
    "transport": transport,
    "moments": three_columns,
    "content": content,
    "palette of code": palette_cosine_euclidean,
    "palette of paper": palette_euclidean,
}
all_terms = pytest.mark.parametrize("term", TERMS)


def clouds(term, n, m, seed):
    """A cloud of each image; those of the content are at the same positions."""
    d = 3 if term.startswith("palette") else 5
    return cloud(n, d, seed), cloud(n if term == "content" else m, d, seed + 1)


def value_and_gradient(term, x, y, mass=None):
    x = x.clone().requires_grad_()
    value = TERMS[term](x, y, mass)
    return value.detach(), torch.autograd.grad(value, x)[0]


@all_terms
@given(st.integers(2, 12), st.integers(1, 12), SEEDS)
@FIXED
def test_equal_masses_are_none(term, n, m, seed):
    x, y = clouds(term, n, m, seed)
    mass = torch.full((n,), 1 / n, dtype=torch.float64)
    value, gradient = value_and_gradient(term, x, y, mass)
    plain, plain_gradient = value_and_gradient(term, x, y)
    torch.testing.assert_close(value, plain, rtol=1e-9, atol=1e-12)
    torch.testing.assert_close(gradient, plain_gradient, rtol=1e-9, atol=1e-9)


@all_terms
@given(COPIES, st.integers(1, 12), SEEDS)
@FIXED
def test_masses_are_copies(term, copies, m, seed):
    x, y = clouds(term, len(copies), m, seed)
    which = torch.arange(len(copies)).repeat_interleave(torch.tensor(copies))
    mass = torch.tensor(copies, dtype=torch.float64) / sum(copies)
    value, gradient = value_and_gradient(term, x, y, mass)
    expected, of_copies = value_and_gradient(
        term, x[which], y[which] if term == "content" else y
    )
    summed = torch.zeros_like(x).index_add(0, which, of_copies)
    torch.testing.assert_close(value, expected, rtol=1e-9, atol=1e-12)
    torch.testing.assert_close(gradient, summed, rtol=1e-9, atol=1e-9)


@all_terms
def test_masses_matter(term):
    x, y = clouds(term, 9, 7, 0)
    plain, heavy = TERMS[term](x, y), TERMS[term](x, y, masses(9))
    assert (plain - heavy).abs() > 1e-3 * plain


@all_terms
def test_order_does_not_matter_as_long_as_masses_follow(term):
    x, y = clouds(term, 9, 7, 0)
    order, mass = torch.randperm(9, generator=torch.Generator().manual_seed(1)), masses(9)
    value = TERMS[term](x, y, mass)
    shuffled = TERMS[term](x[order], y[order] if term == "content" else y, mass[order])
    torch.testing.assert_close(shuffled, value, rtol=1e-9, atol=1e-12)
    alone = TERMS[term](x[order], y[order] if term == "content" else y, mass)
    assert (alone - value).abs() > 1e-4 * value


@pytest.mark.parametrize("term", ["content", "moments"])
def test_a_point_without_mass_is_not_there(term):
    x, y = clouds(term, 9, 7, 0)
    mass = torch.cat([masses(8), torch.zeros(1, dtype=torch.float64)])
    without = TERMS[term](x[:8], y[:8] if term == "content" else y, mass[:8])
    torch.testing.assert_close(TERMS[term](x, y, mass), without, rtol=1e-9, atol=0)


@all_terms
def test_gradient_with_masses(term):
    x, y = clouds(term, 6, 5, 3)
    mass = masses(6)
    assert torch.autograd.gradcheck(lambda x: TERMS[term](x, y, mass), (x.requires_grad_(),))


# ------------------------------------------------------------------ against the equations
SIDES = [
    ("transport", equations.cosine),
    ("palette of code", equations.cosine_and_euclidean),
    ("palette of paper", equations.euclidean),
]


@pytest.mark.parametrize(("term", "distance"), SIDES)
@pytest.mark.parametrize(("n", "m"), [(4, 30), (30, 4), (8, 8)])
@pytest.mark.parametrize("weighted", [False, True])
def test_relaxed_distances_are_the_equation(term, distance, n, m, weighted):
    x, y = clouds(term, n, m, seed=5)
    mass = masses(n) if weighted else torch.full((n,), 1 / n, dtype=torch.float64)
    cost = equations.costs(x.numpy(), y.numpy(), distance)
    of_x = sum(share * min(row) for share, row in zip(mass.tolist(), cost, strict=True))
    of_y = equations.relaxed_sides(cost)[1]
    if n != m:
        assert (of_x > of_y) == (n > m)  # each side decides once
    found = TERMS[term](x, y, mass if weighted else None)
    assert found.item() == pytest.approx(max(of_x, of_y), abs=1e-9)


def test_a_mean_with_masses():
    values, mass = cloud(7, 1)[:, 0], masses(7)
    assert average(values).item() == pytest.approx(values.numpy().mean(), rel=1e-12)
    expected = sum(v * w for v, w in zip(values.tolist(), mass.tolist(), strict=True))
    assert average(values, mass).item() == pytest.approx(expected, rel=1e-12)


# ------------------------------------------------------------------ nearest pairs
def distances(a, b):
    return torch.linalg.vector_norm(a - b, dim=1)


@pytest.mark.parametrize(("n", "m"), [(5, 40), (40, 5), (9, 9)])
@pytest.mark.parametrize(
    ("dense", "cost"),
    [(cosine_cost, lambda a, b: cosine_cost(a, b).diagonal()), (euclidean_cost, distances)],
)
def test_chosen_pairs_make_the_dense_distance(dense, cost, n, m):
    x, y = cloud(n, 4, seed=1) - 0.4, cloud(m, 4, seed=2) - 0.6
    costs = dense(x, y)
    found = relaxed_emd_of_pairs(x, y, costs, cost=cost)
    assert found.item() == pytest.approx(relaxed_emd(costs).item(), abs=1e-12)
    assert found.item() == pytest.approx(max(equations.relaxed_sides(costs.numpy())), abs=1e-12)


@given(st.integers(1, 12), st.integers(1, 12), SEEDS)
@FIXED
def test_the_users_ground_cost_is_a_loop_over_points(n, m, seed):
    """Sec. 2.4, point by point: β D, infinity or D; what nobody may reach counts nothing."""
    x, y, mass = cloud(n, 3, seed) - 0.5, cloud(m, 3, seed + 1) - 0.5, masses(n, seed)
    rng = np.random.default_rng(seed)
    allowed, factor = rng.random((n, m)) < 0.5, rng.choice([1.0, 5.0], n)
    allowed[np.arange(n), rng.integers(0, m, n)] = True
    weight = rng.random(m)
    pairing = Pairing(*(torch.from_numpy(a) for a in (factor, allowed, weight)))
    d = euclidean_cost(x, y)
    rows, columns = 0.0, []
    for i in range(n):
        rows += float(mass[i]) * min(
            factor[i] * float(d[i, j]) for j in range(m) if allowed[i, j]
        )
    for j in range(m):
        costs = [factor[i] * float(d[i, j]) for i in range(n) if allowed[i, j]]
        if costs:
            columns.append((weight[j], min(costs)))
    there = sum(w * c for w, c in columns) / sum(w for w, _ in columns)
    found = relaxed_emd_of_pairs(x, y, d, cost=distances, mass=mass, pairing=pairing)
    assert found.item() == pytest.approx(max(rows, there), rel=1e-9)


@given(st.integers(1, 30), st.integers(1, 30), SEEDS)
@FIXED
def test_the_distance_of_directions_is_that_of_the_dense_cost(n, m, seed):
    x, y = (cloud(k, 4, seed + k) - 0.5 for k in (n, m))
    found = relaxed_emd_of_directions(directions(x), directions(y))
    torch.testing.assert_close(found, relaxed_emd(cosine_cost(x, y)), rtol=0, atol=1e-9)
