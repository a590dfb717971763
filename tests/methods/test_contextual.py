"""The contextual loss by its numbers."""

import dataclasses

import numpy as np
import pytest
import torch

from wasserstyle.features.toy import ToyFeatures
from wasserstyle.guidance import Guidance, RegionPair
from wasserstyle.mapmethod import Part, Scene, StyleView
from wasserstyle.maps import total_variation
from wasserstyle.method import Style, Tools
from wasserstyle.methods.contextual import Contextual, _read, contextual_similarity
from wasserstyle.types import everywhere


def cloud(n, d, seed):
    g = torch.Generator().manual_seed(seed)
    return torch.randn(n, d, generator=g, dtype=torch.float64) + 2


def noise(*shape, seed=0):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


def written_out(x, y, h):
    """Equations 2 to 5 with loops, exponentials and sums as printed."""
    x, y = x - y.mean(0), y - y.mean(0)
    d = np.empty((len(x), len(y)))
    for i in range(len(x)):
        for j in range(len(y)):
            d[i, j] = (1 - x[i] @ y[j] / np.linalg.norm(x[i]) / np.linalg.norm(y[j])) / 2
    cx = np.empty_like(d)
    for i in range(len(x)):
        relative = d[i] / (d[i].min() + 1e-5)
        w = np.exp((1 - relative) / h)
        cx[i] = w / w.sum()
    return np.mean([cx[:, j].max() for j in range(len(y))])


# ------------------------------------------------------------------ the similarity
@pytest.mark.parametrize(("n", "m"), [(12, 12), (7, 15), (15, 7), (1, 4), (4, 2)])
@pytest.mark.parametrize("h", [0.1, 0.5, 3.0])
def test_similarity_is_the_formula(n, m, h):
    x, y = cloud(n, 5, 1), cloud(m, 5, 2)
    expected = written_out(x.numpy(), y.numpy(), h)
    assert contextual_similarity(x, y, h).item() == pytest.approx(expected, rel=1e-9)


def test_equal_sets_have_one_in_any_order_and_noise_takes_it_away():
    x = cloud(40, 16, 1)
    assert contextual_similarity(x, x, 0.1).item() == pytest.approx(1, abs=1e-6)
    other = cloud(40, 16, 2)
    value = contextual_similarity(x, other, 0.1)
    torch.testing.assert_close(value, contextual_similarity(x.flip(0), other, 0.1))
    torch.testing.assert_close(value, contextual_similarity(x, other.flip(0), 0.1))
    losses = [
        -contextual_similarity(x + noise * other, x, 0.1).log().item()
        for noise in (0.0, 0.3, 1.0, 3.0)
    ]
    assert losses == sorted(losses)
    assert losses[-1] > losses[0] + 0.5


def test_it_centres_by_the_style_alone():
    """Both moved alike: nothing. The output alone: something."""
    x, y, shift = cloud(20, 4, 1), cloud(20, 4, 2), torch.full((4,), 3.0).double()
    value = contextual_similarity(x, y, 0.2)
    torch.testing.assert_close(contextual_similarity(x + shift, y + shift, 0.2), value)
    assert (contextual_similarity(x + shift, y, 0.2) - value).abs() > 0.01


def test_a_small_bandwidth_matches_hard_and_a_large_one_not_at_all():
    x, y = cloud(30, 6, 1), cloud(20, 6, 2)
    centred = [(z - y.mean(0)).numpy() for z in (x, y)]
    a, b = (z / np.linalg.norm(z, axis=1, keepdims=True) for z in centred)
    reached = len(set((a @ b.T).argmax(1)))  # points of y that are the nearest of some x
    assert contextual_similarity(x, y, 1e-4).item() == pytest.approx(reached / 20, abs=0.01)
    assert contextual_similarity(x, y, 1e6).item() == pytest.approx(1 / 20, rel=1e-4)


def test_one_colour_everywhere_is_not_like_a_style_of_many():
    """The mode collapse that one-sided nearest neighbours allow, and this does not."""
    y = cloud(30, 6, 2)
    assert contextual_similarity(y[:1].repeat(30, 1), y, 0.1) < 0.1


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_equal_points_give_finite_values_and_gradients(dtype):
    x = torch.ones(9, 4, dtype=dtype, requires_grad=True)
    for y in (torch.ones(5, 4, dtype=dtype), cloud(9, 4, 3).to(dtype), x.detach()):
        for h in (1e-3, 0.1):
            value = -contextual_similarity(x, y, h).log()
            (gradient,) = torch.autograd.grad(value, x)
            assert value.isfinite()
            assert gradient.isfinite().all()


def test_gradient_is_that_of_differences():
    x, y = cloud(5, 3, 1).requires_grad_(), cloud(6, 3, 2)
    assert torch.autograd.gradcheck(lambda x: contextual_similarity(x, y, 0.5), x)


# ------------------------------------------------------------------ layers and cells
def resized(small, height, width):
    """TensorFlow's bilinear resizing of then: pixel i lies at i times the ratio of sizes."""
    channels, rows, columns = small.shape
    out = np.empty((channels, height, width))
    for i in range(height):
        for j in range(width):
            r, c = i * rows / height, j * columns / width
            r0, c0 = int(r), int(c)
            r1, c1 = min(r0 + 1, rows - 1), min(c0 + 1, columns - 1)
            top = small[:, r0, c0] * (1 - c + c0) + small[:, r0, c1] * (c - c0)
            low = small[:, r1, c0] * (1 - c + c0) + small[:, r1, c1] * (c - c0)
            out[:, i, j] = top * (1 - r + r0) + low * (r - r0)
    return out


def test_layers_in_one_vector_are_resized_and_divided_by_their_channels():
    fine, coarse = noise(1, 4, 8, 12, seed=1), noise(1, 10, 4, 6, seed=2)
    maps = {"relu2_1": fine, "relu3_1": coarse, "relu4_2": noise(1, 3, 2, 3)}
    found = _read(maps, ("relu3_1", "relu2_1"), torch.arange(8 * 12))
    grown = resized(coarse[0].double().numpy(), 8, 12)
    expected = np.concatenate([fine[0].double().numpy() / 4, grown / 10]).reshape(14, -1).T
    np.testing.assert_allclose(found, expected, atol=1e-6)


def tools(size=64):
    return Tools(features=ToyFeatures(), size=size)


def view(method, *images, shares=(1.0,)):
    return StyleView(
        images=images,
        regions=[everywhere(image) for image in images],
        shares=shares,
        look=lambda image: ToyFeatures()(image, method.layers),
        stream=tools().stream,
    )


def objective(method, content, style, output, seed=0):
    whole = everywhere(content)
    scene = Scene(
        content=content,
        start=content,
        visible=whole,
        parts=[Part(0, whole, 1.0)],
        index=0,
        count=1,
        look=lambda image: ToyFeatures()(image, method.layers),
        stream=tools().stream,
    )
    loss = method.loss(scene, [method.learn(view(method, style))])
    maps = ToyFeatures()(output, method.layers)
    return loss(maps, torch.Generator().manual_seed(seed))


def test_the_author_s_objective_written_out():
    """Style 1, content 0.5, both contextual; total variation 1e-4 of pixels up to 255."""
    method = Contextual.paper()
    output, content, style = (noise(1, 3, 16, 16, seed=s) for s in range(3))
    found = objective(method, content, style, output)
    read = lambda image, group: _read(  # noqa: E731 - tested above
        ToyFeatures()(image, method.layers), group, torch.arange((32 >> int(group[0][4])) ** 2)
    )
    three = ("relu2_1", "relu3_1", "relu4_1")
    pairs = [(three, style), (("relu4_2",), content)]
    l_s, l_c = (
        -np.log(written_out(*(read(i, group).double().numpy() for i in (output, to)), 0.1))
        for group, to in pairs
    )
    pixels = 255 * output[0].double().numpy()
    squares = sum(np.sum(np.diff(pixels, axis=a) ** 2) for a in (1, 2)) / pixels.size
    assert float(found.terms["style"]) == pytest.approx(l_s, rel=1e-4)
    assert float(found.terms["content"]) == pytest.approx(l_c, rel=1e-4)
    assert float(found.total) == pytest.approx(l_s + 0.5 * l_c + 1e-4 * squares, rel=1e-4)
    assert float(found.terms["variation"]) == pytest.approx(float(total_variation(output)))


def test_at_most_65_squared_points_are_kept_and_as_many_as_asked_for_compared():
    method = Contextual(style_layers=("rgb",), samples=50)
    red, blue = torch.zeros(1, 3, 90, 90), torch.zeros(1, 3, 90, 90)
    red[:, 0], blue[:, 2] = 1, 1
    (y,) = method.learn(view(method, red, blue, shares=(0.8, 0.2))).values()
    assert y.shape == (65 * 65, 3)
    torch.testing.assert_close(y.sum(0), torch.tensor([3380 / 3, 0, 845 / 3]))
    output = noise(1, 3, 20, 20, seed=1).requires_grad_()
    objective(method, output.detach(), noise(1, 3, 20, 20), output).terms["style"].backward()
    assert 0 < (output.grad.abs().sum(1) > 0).sum() <= 50


def test_the_content_is_like_itself_at_points_drawn_at_random():
    content, style = noise(1, 3, 32, 32), noise(1, 3, 32, 32, seed=1)
    method = dataclasses.replace(Contextual.paper(), samples=6, content_layer="relu1_1")
    at_content, elsewhere = (
        float(objective(method, content, style, image).terms["content"])
        for image in (content, style)
    )
    assert at_content < 1e-3
    assert elsewhere > 0.1


# ------------------------------------------------------------------ the method
def test_the_preset_has_the_published_numbers():
    paper = Contextual.paper()
    assert paper.style_layers == ("relu2_1", "relu3_1", "relu4_1")
    assert (paper.content_layer, paper.content_share) == ("relu4_2", 0.5)
    assert (paper.bandwidth, paper.samples, paper.iterations) == (0.1, 4225, 300)
    assert (paper.optimiser, paper.learning_rate) == ("adam on pixels", 5 / 255)
    assert (paper.layers_as, paper.content_term) == ("one vector", "contextual")
    assert paper.variation == pytest.approx(6.5025)
    assert [s.size for s in paper.stages(512)] == [512]


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


def test_the_style_is_reached_without_content_and_held_back_by_it(content, style):
    free, held = (
        run(Contextual(content_share=share, iterations=50), content, style)[1]
        for share in (0.0, 100.0)
    )
    assert free[-1]["style"] < 0.6 * free[0]["style"]
    assert held[-1]["content"] < 0.25 * free[-1]["content"]
    assert held[-1]["style"] > 1.3 * free[-1]["style"]


def test_variation_smooths(content, style):
    rough, smooth = (
        run(Contextual(variation=v, iterations=20), content, style)[1][-1]["variation"]
        for v in (0.0, 1000.0)
    )
    assert smooth < 0.3 * rough


def test_every_region_is_painted_like_its_own_part():
    """Left and right halves swap their styles' sides: colours follow the masks."""
    content = torch.full((1, 3, 64, 64), 0.5)
    style = torch.zeros(1, 3, 64, 64)
    style[:, 0, :, :32] = 0.9
    style[:, 2, :, 32:] = 0.9
    style = (style + 0.1 * noise(1, 3, 64, 64)).clamp(0, 1)
    left = torch.zeros(1, 1, 64, 64)
    left[..., :32] = 1
    pairs = (RegionPair("left", left, (1 - left,)), RegionPair("right", 1 - left, (left,)))
    method = Contextual(iterations=40, start="content", content_share=0.0)
    out, seen = run(method, content, style, guidance=Guidance(regions=pairs))
    assert out[0, 2, :, 4:28].mean() > out[0, 0, :, 4:28].mean() + 0.2
    assert out[0, 0, :, 36:60].mean() > out[0, 2, :, 36:60].mean() + 0.2
    assert seen[-1]["style"] < 0.7 * seen[0]["style"]
