"""The terms as the method puts them together, against the authors' arithmetic written out."""

import pytest
import torch

from reference import authors, equations
from wasserstyle.guided import Match
from wasserstyle.methods.strotss import Strotss, _weighted_sum
from wasserstyle.ot.gaussian import moments
from wasserstyle.points import Points

TERMS = ("content", "transport", "moments", "palette")
CLOUDS = [(12, 30, 9), (40, 15, 25), (33, 33, 60)]
TOLERANCES = [(torch.float64, 1e-5), (torch.float32, 1e-3)]


def clouds(n, m, d, dtype):
    g = torch.Generator().manual_seed(n)
    x, c, y = (torch.rand(k, d, generator=g, dtype=dtype) for k in (n, n, m))
    return x.requires_grad_(), c, y**2 + 0.05


def ours(method, x, c, y, alpha):
    generator = torch.Generator().manual_seed(1)
    points = Points(x, c, torch.zeros(len(x), 2).long(), None, x.dtype)
    style_moments = moments(method._features(y))
    terms = method._terms(points, Match(x, y, None, None), style_moments, generator)
    return {**terms, "total": _weighted_sum(terms, alpha, method.weighting).total}


def close(a, b, rel):
    return (a - b).norm() <= rel * b.norm()


@pytest.mark.parametrize(("dtype", "rel"), TOLERANCES, ids=["float64", "float32"])
@pytest.mark.parametrize("size", CLOUDS, ids=str)
@pytest.mark.parametrize("alpha", [0.25, 1.0, 16.0])
def test_terms_total_and_gradients_are_the_authors(size, alpha, dtype, rel):
    x, c, y = clouds(*size, dtype)
    found = ours(Strotss(covariance_columns=4096), x, c, y, alpha)
    expected = authors.losses(x, c, y, alpha)
    assert set(found) == set(expected)
    for name, value in expected.items():
        assert found[name].item() == pytest.approx(value.item(), rel=rel), name
        gradients = [
            torch.autograd.grad(v, x, retain_graph=True)[0] for v in (found[name], value)
        ]
        assert gradients[1].norm() > 0
        assert close(*gradients, rel=rel), f"gradient of {name}"


@pytest.mark.parametrize(
    ("method", "content_scale", "palette", "total"),
    [
        (Strotss.authors(), 1, equations.palette_of_code, equations.total_of_code),
        (
            Strotss(content_mean="pairs", palette="euclidean", weighting="paper"),
            1 / 12,
            equations.palette_of_paper,
            equations.total_of_paper,
        ),
    ],
    ids=["code", "paper"],
)
@pytest.mark.parametrize("alpha", [0.5, 1.0, 8.0])
def test_both_readings_are_the_equations(method, content_scale, palette, total, alpha):
    x, c, y = (a.detach() for a in clouds(12, 30, 9, torch.float64))
    a, b, s = x.numpy(), c.numpy(), y.numpy()
    expected = {
        "content": equations.self_similarity(a, b) * content_scale,
        "transport": equations.relaxed_emd(equations.costs(a, s, equations.cosine)),
        "moments": equations.moment_distance(a, s),
        "palette": palette(a[:, :3], s[:, :3]),
    }
    expected["total"] = total(expected, alpha)
    found = {k: v.item() for k, v in ours(method, x, c, y, alpha).items()}
    assert found == pytest.approx(expected, rel=1e-10)


def test_without_rgb_in_the_layers_colour_counts_in_the_palette_only():
    x, c, y = clouds(12, 30, 9, torch.float64)
    method = Strotss(layers=("relu1_1",), covariance_columns=4096)
    found, whole = ours(method, x, c, y, 1.0), authors.losses(x, c, y, 1.0)
    cut = authors.losses(x[:, 3:], c[:, 3:], y[:, 3:], 1.0)
    for name in TERMS:
        expected = whole[name] if name == "palette" else cut[name]
        assert found[name].item() == pytest.approx(expected.item(), rel=1e-5), name


@pytest.mark.parametrize(
    ("method", "alphas"),
    [
        (Strotss(), {64: 16, 128: 8, 256: 4, 512: 2, 1024: 2}),
        (Strotss.authors(), {64: 16, 128: 8, 256: 4, 512: 2, 1024: 1}),
        (Strotss(content_weight=0.5), {64: 8, 512: 1, 1024: 1}),
    ],
    ids=["default", "authors", "half"],
)
def test_alpha_halves_from_scale_to_scale(method, alphas):
    assert {size: method.alpha_of(size) for size in alphas} == alphas
