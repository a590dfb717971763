"""Gaussian transport by its numbers, and on real photographs."""

import dataclasses

import numpy as np
import pytest
import torch
from skimage.metrics import structural_similarity

from wasserstyle import image as images
from wasserstyle.features.toy import ToyFeatures
from wasserstyle.features.vgg import Vgg
from wasserstyle.features.weights import bundled, unscaled
from wasserstyle.method import Style, Tools
from wasserstyle.methods.gaussian_w2 import CONVOLUTIONS, DIVISORS, FORMS, GaussianW2
from wasserstyle.ot.gaussian import Goal, moments


def objectives(method, content, styles, size=64, features=None):
    seen = []
    out = method.stylize(
        content,
        styles,
        tools=Tools(features=features or ToyFeatures(), size=size),
        observe=lambda s: seen.append(float(s.terms["transport"])),
    )
    return out, seen


def test_the_paper_looks_at_all_convolutions_before_they_are_rectified():
    paper = GaussianW2.paper()
    assert len(CONVOLUTIONS) == 16
    assert paper.style_layers == CONVOLUTIONS
    assert (paper.pooling, paper.units, paper.start) == ("average", "network", "content")
    assert (paper.optimiser, paper.iterations, paper.content_share) == ("lbfgs", 80, 0)
    assert [s.size for s in paper.stages(512)] == [512]
    maps = Vgg(bundled("vgg19", unscaled("vgg19")))(torch.rand(1, 3, 32, 32), paper.layers)
    assert all(maps[name].min() < 0 for name in CONVOLUTIONS)


def test_both_forms_are_one_objective(content, style):
    """The same values and, through it all, the same picture."""
    made = {}
    for form in FORMS:
        method = GaussianW2(form=form, iterations=4, optimiser="adam on pixels")
        made[form] = objectives(method, content, [Style(style)])
    np.testing.assert_allclose(made["transport"][1], made["eigenvalues"][1], rtol=1e-3)
    assert (made["transport"][0] - made["eigenvalues"][0]).abs().max() < 0.05


def test_forms_agree_in_float64():
    g = torch.Generator().manual_seed(0)
    y, x = (torch.randn(90, 8, generator=g).double() for _ in range(2))
    goal = Goal.of(moments(2 * x + 1))
    values, gradients = [], []
    for form in FORMS.values():
        leaf = y.clone().requires_grad_()
        value = form(leaf, goal, None)
        values.append(value.item())
        gradients.append(torch.autograd.grad(value, leaf)[0])
    assert values[0] == pytest.approx(values[1], rel=1e-8)
    torch.testing.assert_close(gradients[0], gradients[1], rtol=1e-8, atol=1e-10)


def test_the_weight_by_trace_makes_every_layer_count_alike():
    goal = Goal.of(moments(torch.randn(50, 3, generator=torch.Generator().manual_seed(0))))
    flat = Goal.of(moments(torch.ones(5, 3)))
    trace = float(goal.moments.covariance.trace())
    assert DIVISORS["trace"](goal, 5) == pytest.approx(5 * trace)
    assert DIVISORS["trace"](flat, 5) == pytest.approx(5 * 0.05 * 3)  # not what is not there
    assert DIVISORS["one"](goal, 5) == 1


def test_a_picture_in_its_own_style_stays(content):
    method = GaussianW2(iterations=5, start="content", optimiser="lbfgs")
    out, seen = objectives(method, content, [Style(content)], size=37)
    assert seen[0] == pytest.approx(0, abs=1e-4)
    assert (out - content).abs().max() < 0.02


@pytest.mark.parametrize("mixing", ["barycentre", "mixture"])
def test_two_equal_styles_are_one(mixing, content, style):
    method = GaussianW2(iterations=2, mixing=mixing)
    one, _ = objectives(method, content, [Style(style)])
    two, _ = objectives(method, content, [Style(style, 1), Style(style, 3)])
    assert (one - two).abs().max() < 0.02


def test_on_photographs_the_distance_falls_colours_follow_and_edges_stay(photograph, painting):
    """Section 7: most of the distance is gone in 40 steps, and SSIM falls as steps go on."""
    content, style = (
        images.to_long_side(images.read(p).rgb, 64) for p in (photograph, painting)
    )
    features = Vgg(bundled("vgg19", unscaled("vgg19")), pooling="average")
    kept, ends = [], []
    for steps in (10, 40):
        method = dataclasses.replace(GaussianW2.paper(), iterations=steps)
        out, seen = objectives(method, content, [Style(style)], features=features)
        gray = [i[0].mean(0).numpy() for i in (content, out)]
        kept.append(structural_similarity(*gray, data_range=1.0))
        ends.append(seen[-1])
    assert ends[1] < 0.1 * seen[0]
    assert ends[1] < ends[0]
    assert kept[0] > kept[1] > 0.2
    mean = lambda i: i.mean((2, 3))  # noqa: E731
    assert (mean(out) - mean(style)).norm() < 0.5 * (mean(content) - mean(style)).norm()
