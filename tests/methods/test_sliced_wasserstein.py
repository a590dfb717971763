"""The sliced Wasserstein method by its numbers; the distance itself is tested with ``ot``."""

import dataclasses

import numpy as np
import pytest
import torch

from wasserstyle.features.toy import ToyFeatures
from wasserstyle.guidance import Guidance, RegionPair
from wasserstyle.mapmethod import Part, Scene, StyleView
from wasserstyle.method import Style, Tools
from wasserstyle.methods.sliced_wasserstein import SlicedWasserstein
from wasserstyle.ot.sliced import random_directions
from wasserstyle.types import everywhere

TWO = ("relu1_1", "relu2_1")


def tools(size=64):
    return Tools(features=ToyFeatures(), size=size)


def view(method, *images, shares=(1.0,)):
    def look(image):
        return ToyFeatures()(image, method.layers)

    regions = [everywhere(image) for image in images]
    return StyleView(
        images=images, regions=regions, shares=shares, look=look, stream=tools().stream
    )


def scene(method, content):
    whole = everywhere(content)
    return Scene(
        content=content,
        start=content,
        visible=whole,
        parts=[Part(0, whole, 1.0)],
        index=0,
        count=1,
        look=lambda image: ToyFeatures()(image, method.layers),
        stream=tools().stream,
    )


def terms(method, content, style, output, seed=0):
    """Of an output at one scale."""
    loss = method.loss(scene(method, content), [method.learn(view(method, style))])
    maps = ToyFeatures()(output, method.layers)
    return loss(maps, torch.Generator().manual_seed(seed)).terms


def run(method, content, style, guidance=None, size=64):
    seen = []
    out = method.stylize(
        content,
        [Style(style)],
        tools=tools(size),
        guidance=guidance or Guidance(),
        observe=lambda s: seen.append({k: float(v) for k, v in s.terms.items()}),
    )
    return out, seen


def noise(*shape, seed=0):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


# ------------------------------------------------------------------ the loss
def test_the_papers_loss_written_out():
    """Equal sizes: sum over layers of the mean square of sorted projections, C directions."""
    output, style = noise(1, 3, 12, 16, seed=1), noise(1, 3, 16, 12, seed=2)
    method = dataclasses.replace(SlicedWasserstein.paper(), style_layers=TWO)
    found = terms(method, output, style, output, seed=7)["sliced"]
    generator, expected = torch.Generator().manual_seed(7), 0.0
    for layer in TWO:
        x, y = (
            ToyFeatures()(image, method.layers)[layer][0].flatten(1).double().numpy()
            for image in (output, style)
        )
        along = random_directions(8, 8, generator).double().numpy()
        expected += np.mean((np.sort(along @ x) - np.sort(along @ y)) ** 2)
    assert float(found) == pytest.approx(expected, rel=1e-5)


def test_the_default_is_a_share_of_the_styles_own_features():
    """Twice the features, in output and style, four times the distance, the same share."""
    output, style = noise(1, 3, 12, 16, seed=1), noise(1, 3, 16, 12, seed=2)
    kinds = {"energy": {}, "one": {}}
    for kind, found in kinds.items():
        method = SlicedWasserstein(style_layers=TWO, layer_weight=kind, samples=10_000)
        learned = method.learn(view(method, style))
        maps = ToyFeatures()(output, method.layers)
        for factor in (1.0, 2.0):
            loss = method.loss(
                scene(method, output), [{k: factor * y for k, y in learned.items()}]
            )
            scaled = {k: factor * v for k, v in maps.items()}
            found[factor] = float(
                loss(scaled, torch.Generator().manual_seed(3)).terms["sliced"]
            )
    assert kinds["energy"][2.0] == pytest.approx(kinds["energy"][1.0], rel=1e-5)
    assert kinds["one"][2.0] == pytest.approx(4 * kinds["one"][1.0], rel=1e-5)
    single = [
        terms(SlicedWasserstein(style_layers=(k,), samples=10_000), output, style, output)
        for k in TWO
    ]
    assert min(float(t["sliced"]) for t in single) < kinds["energy"][1.0]  # a mean, not a sum


def test_equal_pictures_lose_nothing_in_whatever_order_their_pixels_are():
    style = noise(1, 3, 12, 16)
    method = SlicedWasserstein(style_layers=("rgb",), content_layer="rgb", samples=10_000)
    shuffled = style.flatten(2)[..., torch.randperm(192)].unflatten(2, (12, 16))
    assert float(terms(method, style, style, style)["sliced"]) < 1e-10
    assert float(terms(method, style, style, shuffled)["sliced"]) < 1e-10
    assert float(terms(method, style, style, 1 - style)["sliced"]) > 1e-5


def test_directions_are_new_in_every_update_and_no_more_than_channels():
    a, b = noise(1, 3, 9, 9, seed=1), noise(1, 3, 9, 9, seed=2)
    method = SlicedWasserstein(style_layers=TWO, directions=2, samples=10_000)
    loss = method.loss(scene(method, a), [method.learn(view(method, b))])
    maps, generator = ToyFeatures()(a, method.layers), torch.Generator().manual_seed(1)
    first, second = (float(loss(maps, generator).total) for _ in range(2))
    assert first != second
    assert float(loss(maps, generator.manual_seed(1)).total) == first
    many = dataclasses.replace(method, directions=512)
    few = dataclasses.replace(method, directions=8)  # as many as the toy has channels
    assert terms(many, a, b, a) == terms(few, a, b, a)


def test_a_black_style_gives_finite_terms():
    black = torch.zeros(1, 3, 9, 9)
    found = terms(SlicedWasserstein(style_layers=TWO), noise(1, 3, 9, 9), black, black)
    assert all(v.isfinite() for v in found.values())


# ------------------------------------------------------------------ cells
def test_no_more_cells_than_asked_for_of_styles_by_their_shares():
    method = SlicedWasserstein(style_layers=("rgb",), samples=40)
    red, blue = torch.zeros(1, 3, 20, 20), torch.zeros(1, 3, 30, 30)
    red[:, 0], blue[:, 2] = 1, 1
    (y,) = method.learn(view(method, red, blue, shares=(0.75, 0.25))).values()
    assert y.shape == (40, 3)
    assert y.sum(0).tolist() == [30, 0, 10]


def test_gradients_reach_no_more_cells_than_asked_for():
    method = SlicedWasserstein(style_layers=("rgb",), samples=17)
    output = noise(1, 3, 10, 10, seed=1).requires_grad_()
    terms(method, output.detach(), noise(1, 3, 9, 9), output)["sliced"].backward()
    assert (output.grad.abs().sum(1) > 0).sum() == 17


# ------------------------------------------------------------------ the method
def test_the_preset_has_the_published_numbers():
    paper = SlicedWasserstein.paper()
    assert len(paper.style_layers) == 12
    assert (paper.style_layers[0], paper.style_layers[-1]) == ("relu1_1", "relu4_4")
    assert (paper.pooling, paper.units, paper.start) == ("average", "network", "noise")
    assert (paper.optimiser, paper.iterations, paper.content_share) == ("lbfgs", 640, 0)
    assert paper.directions == 512  # of conv4, the widest
    assert [s.size for s in paper.stages(512)] == [512]


def test_the_content_is_a_start_without_content_loss(content, style):
    _, seen = run(SlicedWasserstein(start="content", iterations=1), content, style)
    assert seen[0]["content"] == pytest.approx(0, abs=1e-10)
    assert seen[0]["sliced"] > 0.05


def test_new_directions_do_not_keep_lbfgs_from_the_goal(content, style):
    method = dataclasses.replace(SlicedWasserstein.paper(), iterations=25)
    _, seen = run(method, content, style, size=32)
    assert seen[-1]["sliced"] < 0.1 * seen[0]["sliced"]


def test_a_heavy_content_term_holds_the_content(content, style):
    free, held = (
        run(SlicedWasserstein(content_share=share, iterations=40), content, style)[1][-1]
        for share in (0.0, 100.0)
    )
    assert held["content"] < 0.1 * free["content"]
    assert free["sliced"] < 0.5 * held["sliced"]


def test_every_region_is_painted_like_its_own_part():
    """Left and right halves swap their styles' sides: colours follow the masks."""
    content = torch.full((1, 3, 64, 64), 0.5)
    style = torch.zeros(1, 3, 64, 64)
    style[:, 0, :, :32] = 0.9
    style[:, 2, :, 32:] = 0.9
    left = torch.zeros(1, 1, 64, 64)
    left[..., :32] = 1
    pairs = (RegionPair("left", left, (1 - left,)), RegionPair("right", 1 - left, (left,)))
    out, _ = run(
        SlicedWasserstein(iterations=20), content, style, guidance=Guidance(regions=pairs)
    )
    assert out[0, 2, :, 4:28].mean() > out[0, 0, :, 4:28].mean() + 0.3
    assert out[0, 0, :, 36:60].mean() > out[0, 2, :, 36:60].mean() + 0.3
