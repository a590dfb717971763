import numpy as np
import pytest
import torch
from scipy.linalg import sqrtm

import ot
from wasserstyle.ot.gaussian import (
    Goal,
    Moments,
    barycentre,
    geodesic,
    mixture,
    moments,
    monge_map,
    overlap,
    overlap_of_points,
    sqrtm_psd,
    transported,
    wasserstein2,
    wasserstein2_by_transport,
)


def covariance(d, seed, rank=None):
    g = torch.Generator().manual_seed(seed)
    a = torch.randn(d, rank or d, generator=g, dtype=torch.float64)
    return a @ a.T


@pytest.mark.parametrize("d", [1, 3, 8])
def test_square_root(d):
    a = covariance(d, seed=d)
    np.testing.assert_allclose(sqrtm_psd(a), sqrtm(a.numpy()).real, atol=1e-10)


@pytest.mark.parametrize("d", [1, 3, 8])
@pytest.mark.parametrize("rank", [None, 1])
def test_monge_map_carries_one_covariance_into_the_other(d, rank):
    a, b = covariance(d, seed=1), covariance(d, seed=2, rank=rank)
    t = monge_map(a, b)
    torch.testing.assert_close(t @ a @ t, b, rtol=1e-8, atol=1e-8)
    torch.testing.assert_close(t, t.T, rtol=1e-8, atol=1e-8)
    assert torch.linalg.eigvalsh(t).min() > -1e-8  # the gradient of a convex function


def test_monge_map_is_the_identity_between_equals_and_a_ratio_in_one_dimension():
    a = covariance(4, seed=1)
    torch.testing.assert_close(monge_map(a, a), torch.eye(4).double(), rtol=0, atol=1e-9)
    ratio = monge_map(torch.tensor([[4.0]]), torch.tensor([[9.0]]))
    torch.testing.assert_close(ratio, torch.tensor([[1.5]]))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_directions_without_variance_are_mapped_to_zero(dtype):
    a = torch.diag(torch.tensor([2.0, 0.0, 1.0], dtype=dtype))
    t = monge_map(a, torch.eye(3, dtype=dtype))
    expected = torch.diag(torch.tensor([0.5**0.5, 0.0, 1.0], dtype=dtype))
    torch.testing.assert_close(t, expected)
    assert monge_map(a * 0, torch.eye(3, dtype=dtype)).abs().max() == 0


# ------------------------------------------------------------------ distances
def cloud(n, d, seed, scale=1.0):
    g = torch.Generator().manual_seed(seed)
    mixed = torch.randn(d, d, generator=g, dtype=torch.float64)
    return scale * torch.randn(n, d, generator=g, dtype=torch.float64) @ mixed + seed


def gaussian(d, seed, rank=None):
    return Moments(
        torch.full((d,), float(seed), dtype=torch.float64), covariance(d, seed, rank)
    )


def distance(x, y):
    return wasserstein2(x, y).item()


def close(a, b, rel=1e-8):
    assert a == pytest.approx(b, rel=rel, abs=rel)


@pytest.mark.parametrize("d", [1, 3, 12])
def test_distance_is_that_of_pot(d):
    x, y = moments(cloud(50, d, 1)), moments(cloud(60, d, 2))
    pairs = [p.numpy() for p in (x.mean, y.mean, x.covariance, y.covariance)]
    close(distance(x, y), ot.gaussian.bures_wasserstein_distance(*pairs) ** 2)


def test_distance_is_symmetric_zero_to_itself_and_moves_and_scales_as_it_should():
    x, y, shift = cloud(80, 6, 1), cloud(70, 6, 2), torch.arange(6.0).double()
    turn = torch.linalg.qr(cloud(6, 6, 3)).Q
    of = [moments(x), moments(y)]
    close(distance(*of), distance(*of[::-1]))
    assert abs(distance(of[0], of[0])) <= 1e-10 * of[0].covariance.trace()
    close(distance(of[0], moments(x + shift)), float(shift.square().sum()))
    close(distance(moments(3 * x), moments(3 * y)), 9 * distance(*of))
    close(distance(moments(x @ turn), moments(y @ turn)), distance(*of))


def test_known_cases():
    """One dimension; covariances that commute; the case a Gram matrix cannot tell apart."""
    one = [
        Moments(torch.tensor([m]), torch.tensor([[s**2]])) for m, s in ((1.0, 2.0), (4.0, 0.5))
    ]
    close(distance(*one), 3.0**2 + 1.5**2, rel=1e-5)
    a, b = (torch.diag(torch.tensor(v).double()) for v in ([1.0, 4.0], [9.0, 0.25]))
    commuting = [Moments(torch.zeros(2).double(), c) for c in (a, b)]
    close(distance(*commuting), float((a.sqrt() - b.sqrt()).square().sum()))
    spread, moved = (
        Moments(torch.tensor([m]).double(), torch.tensor([[v]]).double())
        for m, v in ((0.0, 1.0), (1.0, 0.0))
    )
    assert spread.covariance + spread.mean**2 == moved.covariance + moved.mean**2
    close(distance(spread, moved), 2.0)


@pytest.mark.parametrize(("n", "m", "d"), [(40, 50, 6), (5, 30, 12), (6, 4, 12)])
def test_three_forms_agree_even_with_fewer_points_than_dimensions(n, m, d):
    x, y = cloud(n, d, 1), cloud(m, d, 2)
    of_x, of_y = moments(x), moments(y)
    by_values = overlap(sqrtm_psd(of_y.covariance), of_x.covariance)
    close(by_values.item(), overlap_of_points(x, y).item(), rel=1e-7)
    if n > d:
        moved = (x - transported(x, of_x, of_y)).square().sum(1).mean()
        close(moved.item(), distance(of_x, of_y))


def test_the_gradient_asks_each_point_to_go_where_the_map_sends_it():
    x, y = cloud(40, 5, 1).requires_grad_(), cloud(30, 5, 2)
    (gradient,) = torch.autograd.grad(wasserstein2(moments(x), moments(y)), x)
    x = x.detach()
    expected = 2 / len(x) * (x - transported(x, moments(x), moments(y)))
    torch.testing.assert_close(gradient, expected, rtol=1e-9, atol=1e-9)
    landed = x - len(x) / 2 * gradient
    assert distance(moments(landed), moments(y)) < 1e-9


DEGENERATE = {
    "constant": torch.ones(9, 4),
    "fewer points than dimensions": torch.rand(
        3, 8, generator=torch.Generator().manual_seed(1)
    ),
    "repeated eigenvalues": torch.cat([torch.eye(4), -torch.eye(4)]),
}


@pytest.mark.parametrize("points", DEGENERATE.values(), ids=DEGENERATE)
@pytest.mark.parametrize("against", ["itself", "another"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_degenerate_clouds_give_finite_values_and_gradients(points, against, dtype):
    x = points.to(dtype).requires_grad_()
    y = x.detach() if against == "itself" else cloud(9, x.shape[1], 4).to(dtype)
    value = wasserstein2(moments(x), moments(y))
    (gradient,) = torch.autograd.grad(value, x)
    assert value.isfinite()
    assert gradient.isfinite().all()
    if against == "itself":
        assert gradient.abs().max() < 1e-2


# ------------------------------------------------------------------ between and among
def test_the_geodesic_divides_the_way():
    x, y = gaussian(5, 1), gaussian(5, 2)
    whole = distance(x, y)
    for share in (0.0, 0.3, 1.0):
        between = geodesic(x, y, share)
        assert distance(between, x) == pytest.approx(share**2 * whole, rel=1e-6, abs=1e-6)
        assert distance(between, y) == pytest.approx(
            (1 - share) ** 2 * whole, rel=1e-6, abs=1e-6
        )


def test_the_barycentre_of_two_lies_on_their_geodesic():
    x, y = gaussian(4, 1), gaussian(4, 2)
    middle, expected = barycentre([x, y], [3.0, 1.0]), geodesic(x, y, 0.25)
    torch.testing.assert_close(middle.mean, expected.mean)
    torch.testing.assert_close(middle.covariance, expected.covariance, rtol=1e-6, atol=1e-6)


def test_the_barycentre_is_that_of_pot_and_nothing_near_it_is_nearer():
    several, weights = [gaussian(3, seed) for seed in (1, 2, 3)], [0.5, 0.3, 0.2]
    middle = barycentre(several, weights)
    means, covariances = (
        np.stack([getattr(one, name).numpy() for one in several])
        for name in ("mean", "covariance")
    )
    mean, covariance_ = ot.gaussian.bures_wasserstein_barycenter(
        means, covariances, weights=np.array(weights), num_iter=1000, eps=1e-12
    )
    np.testing.assert_allclose(middle.mean, mean, atol=1e-9)
    np.testing.assert_allclose(middle.covariance, covariance_, atol=1e-6)

    def cost(one):
        return sum(w * distance(one, other) for w, other in zip(weights, several, strict=True))

    for seed in range(5):
        nudge = 0.05 * covariance(3, seed=seed + 10)
        assert cost(Moments(middle.mean, middle.covariance + nudge)) > cost(middle)


# ------------------------------------------------------------------ by the optimal map
SIZES = [(60, 5), (60, 12), (7, 12), (12, 12), (2, 9), (1, 4)]
sizes = pytest.mark.parametrize(("n", "d"), SIZES)


def masses(n, seed):
    mass = torch.rand(n, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return mass / mass.sum()


@sizes
@pytest.mark.parametrize("weighed", [False, True])
def test_the_map_gives_the_distance(n, d, weighed):
    """The closed form, whether by the covariance or, with few points, by their products."""
    y, goal = cloud(n, d, seed=1), gaussian(d, seed=2)
    mass = masses(n, 3) if weighed else None
    found = wasserstein2_by_transport(y, Goal.of(goal), mass)
    close(found.item(), distance(moments(y, mass), goal))


def test_the_map_gives_the_nuclear_norm_form():
    y, x = cloud(9, 14, seed=1), cloud(11, 14, seed=2)
    ours, theirs = moments(y), moments(x)
    norm = overlap_of_points(y, x).item()
    shift = (ours.mean - theirs.mean).square().sum()
    traces = ours.covariance.trace() + theirs.covariance.trace()
    found = wasserstein2_by_transport(y, Goal.of(theirs)).item()
    close(found, (shift + traces).item() - 2 * norm)


@sizes
@pytest.mark.parametrize("weighed", [False, True])
def test_its_gradient_is_the_distances_own(n, d, weighed):
    """Against central differences of the closed form, not against autograd."""
    goal, mass = gaussian(d, seed=2), masses(n, 3) if weighed else None
    y = cloud(n, d, seed=1).requires_grad_()
    (gradient,) = torch.autograd.grad(wasserstein2_by_transport(y, Goal.of(goal), mass), y)
    step = torch.randn(n, d, generator=torch.Generator().manual_seed(5), dtype=torch.float64)
    plain = y.detach()
    if n <= d:  # no root is smooth where rank is missing: stay among the points' own directions
        step = step[:, :1] * (plain - plain.mean(0)) + step[0]
    h = 1e-6
    up, down = (distance(moments(plain + s * h * step, mass), goal) for s in (1, -1))
    assert (gradient * step).sum().item() == pytest.approx((up - down) / (2 * h), rel=1e-5)


def test_half_a_step_against_the_gradient_arrives():
    """t(y) is where the gradient points: y - (n/2) grad has the goal's moments (Marron)."""
    y, goal = cloud(50, 6, seed=1).requires_grad_(), gaussian(6, seed=2)
    (gradient,) = torch.autograd.grad(wasserstein2_by_transport(y, Goal.of(goal)), y)
    arrived = moments((y - len(y) / 2 * gradient).detach())
    assert distance(arrived, goal) < 1e-10 * goal.covariance.trace()


@pytest.mark.parametrize(
    "points",
    [
        torch.zeros(5, 3),
        torch.ones(2, 3),
        torch.eye(3),
        torch.tensor([[1.0, 0.0, 0.0]]).repeat(9, 1),
    ],
)
@pytest.mark.parametrize("like", ["itself", "another", "flat"])
def test_missing_rank_does_no_harm(points, like):
    y = points.clone().requires_grad_()
    others = {"itself": points, "another": cloud(20, 3, seed=1), "flat": torch.ones(4, 3)}
    value = wasserstein2_by_transport(y, Goal.of(moments(others[like].float())))
    (gradient,) = torch.autograd.grad(value, y)
    assert value.isfinite()
    assert value > -1e-5
    assert gradient.isfinite().all()
    if like == "itself":
        assert value.item() == pytest.approx(0, abs=1e-5)
        assert gradient.abs().max() < 1e-4


def test_float32_is_near_float64():
    y, goal = cloud(300, 40, seed=1), Goal.of(gaussian(40, seed=2))
    wide, narrow = (
        wasserstein2_by_transport(y.to(d), goal) for d in (torch.float64, torch.float32)
    )
    assert narrow.dtype == torch.float32
    assert narrow.item() == pytest.approx(wide.item(), rel=5e-3)


def test_gram_cannot_tell_what_the_distance_can():
    """N(0, 1) and N(1, 0) have the same raw second moment (Marron, Sec. 4)."""
    wide = Moments(torch.zeros(1).double(), torch.ones(1, 1).double())
    shifted = Moments(torch.ones(1).double(), torch.zeros(1, 1).double())
    second = [m.covariance + m.mean.outer(m.mean) for m in (wide, shifted)]
    assert torch.equal(*second)
    assert distance(wide, shifted) == pytest.approx(2)


# ------------------------------------------------------------------ several clouds as one
def test_a_mixture_has_the_moments_of_all_points():
    x, y = cloud(30, 4, seed=1), cloud(10, 4, seed=2)
    found = mixture([moments(x), moments(y)], [3, 1])
    wanted = moments(torch.cat([x, y]))
    torch.testing.assert_close(found.mean, wanted.mean)
    torch.testing.assert_close(found.covariance, wanted.covariance)


def test_mass_counts_as_so_many_points():
    x = cloud(3, 4, seed=1)
    found = moments(x, torch.tensor([0.5, 0.25, 0.25]).double())
    wanted = moments(x[[0, 0, 1, 2]])
    torch.testing.assert_close(found.mean, wanted.mean)
    torch.testing.assert_close(found.covariance, wanted.covariance)
