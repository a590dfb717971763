"""NNST against points taken one by one in NumPy, and by its numbers."""

import dataclasses

import numpy as np
import pytest
import torch

from wasserstyle import image as images
from wasserstyle.features.toy import ToyFeatures
from wasserstyle.features.vgg import Vgg
from wasserstyle.features.weights import bundled
from wasserstyle.image.resize import to_long_side
from wasserstyle.mapmethod import Part, Scene, StyleView
from wasserstyle.method import Style, Tools
from wasserstyle.methods import nnst as module
from wasserstyle.methods.nnst import LAYERS, Most, Nnst, content_part, fitted, points_at, sought
from wasserstyle.pyramid import finest_band
from wasserstyle.types import everywhere

PLAIN = Nnst(turns=1, length=0.0)


def image(height, width, seed):
    return torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(seed))


def look(picture):
    return ToyFeatures()(picture, LAYERS)


def scene_of(content, start=None, parts=None, *, last=False):
    return Scene(
        content=content,
        start=content if start is None else start,
        visible=everywhere(content),
        parts=parts or [Part(0, everywhere(content), 1.0)],
        index=int(last),
        count=2,
        look=look,
        stream=lambda name: torch.Generator().manual_seed(0),
    )


def view(*pictures, regions=None, shares=None):
    return StyleView(
        images=pictures,
        regions=regions or [everywhere(i) for i in pictures],
        shares=shares or [1 / len(pictures)] * len(pictures),
        look=look,
        stream=lambda name: torch.Generator().manual_seed(0),
    )


def objective(method, x, scene, style):
    loss = method.loss(scene, [method.learn(view(style))])
    return loss(look(x), torch.Generator().manual_seed(0))


def columns(picture):
    """Hypercolumns at a quarter of the side, block by block; the toy's maps never grow."""
    height, width = picture.shape[2] // 4, picture.shape[3] // 4
    read = []
    for f in look(picture).values():
        a = f[0].double().numpy() / f.shape[1]
        if a.shape[1] >= height:
            a = a.reshape(len(a), height, a.shape[1] // height, width, -1).mean(axis=(2, 4))
        else:
            a = fitted(f, height, width)[0].double().numpy() / f.shape[1]
        read.append(a.reshape(len(a), -1).T)
    return np.concatenate(read, axis=1)


def cosines(x, y):
    x = x / np.linalg.norm(x, axis=1, keepdims=True)
    y = y / np.linalg.norm(y, axis=1, keepdims=True)
    return x @ y.T


def partners(q, s):
    return cosines(q - q.mean(axis=0), s - s.mean(axis=0)).argmax(axis=1)


# ------------------------------------------------------------------ hypercolumns
def test_finer_maps_are_averaged_and_coarser_ones_interpolated():
    f = torch.arange(64.0).reshape(1, 1, 8, 8)
    blocks = f.reshape(2, 4, 2, 4).mean(dim=(1, 3))
    torch.testing.assert_close(fitted(f, 2, 2)[0, 0], blocks)
    torch.testing.assert_close(fitted(f, 8, 8), f)
    finer = fitted(f, 16, 16)
    assert finer.shape == (1, 1, 16, 16)
    torch.testing.assert_close(finer[0, 0, 8], finer[0, 0, 8].sort().values)  # no steps back
    assert len(finer[0, 0, 8].unique()) > 8


def test_a_hypercolumn_is_every_layer_over_its_channels():
    maps = [torch.rand(1, c, 3, 5) for c in (4, 8)]
    cells = torch.tensor([7, 0])
    expected = [
        torch.cat([maps[0][0, :, r, c] / 4, maps[1][0, :, r, c] / 8])
        for r, c in ((1, 2), (0, 0))
    ]
    torch.testing.assert_close(points_at(maps, cells), torch.stack(expected))


def test_all_layers_of_the_first_four_blocks():
    maps = Vgg(bundled("vgg16"))(torch.rand(1, 3, 32, 32), Nnst.paper().layers)
    assert sum(m.shape[1] for m in maps.values()) == 2 * 64 + 2 * 128 + 3 * 256 + 3 * 512


# ------------------------------------------------------------------ fixed partners
def test_distance_to_the_nearest_of_the_style():
    x, content, style = image(64, 48, 0), image(64, 48, 1), image(48, 64, 2)
    s = columns(style)
    found = partners(columns(content), s)  # start is the content: sought in it alone
    expected = (1 - np.diag(cosines(columns(x), s[found]))).mean()
    value = objective(PLAIN, x, scene_of(content), style)
    assert float(value.total) == pytest.approx(expected, rel=1e-4)


def test_length_of_a_hypercolumn_counts_beside_its_direction():
    x, content, style = image(64, 48, 0), image(64, 48, 1), image(48, 64, 2)
    s, mine = columns(style), columns(x)
    found = partners(columns(content), s)
    ratio = np.linalg.norm(mine, axis=1) / np.linalg.norm(s[found], axis=1)
    plain = objective(PLAIN, x, scene_of(content), style)
    three = objective(dataclasses.replace(PLAIN, length=3.0), x, scene_of(content), style)
    added = 3 * ((ratio - 1) ** 2).mean() / 2
    assert float(three.total - plain.total) == pytest.approx(added, rel=1e-3)


def test_pieces_of_the_search_change_nothing(monkeypatch):
    x, content, style = image(64, 48, 0), image(64, 48, 1), image(48, 64, 2)
    whole = objective(PLAIN, x, scene_of(content), style)
    monkeypatch.setattr(module, "AT_ONCE", 7)
    again = objective(PLAIN, x, scene_of(content), style)
    torch.testing.assert_close(whole.total, again.total)


def test_the_content_is_mixed_with_the_result_and_lends_it_its_finest_detail():
    content, start = image(32, 32, 0), image(32, 32, 1)
    scene = scene_of(content, start)
    torch.testing.assert_close(sought(scene, 1.0), content)
    rest = sought(scene, 0.0)
    torch.testing.assert_close(rest - finest_band(content), start - finest_band(start))
    torch.testing.assert_close(sought(scene, 0.25), 0.25 * content + 0.75 * rest)
    torch.testing.assert_close(sought(scene_of(content), 0.1), content)


def test_share_of_the_content_grows_with_its_weight():
    shares = [content_part(0.75, weight) for weight in (0, 0.5, 1, 2, 100)]
    assert shares == sorted(shares)
    assert shares[0] == 0
    assert shares[2] == pytest.approx(0.75)
    assert shares[-1] == pytest.approx(1)
    assert content_part(1.0, 0) == 0
    assert content_part(1.0, 0.1) == 1
    assert content_part(0.0, 5.0) == 0


@pytest.mark.parametrize("weight", [0.0, 1.0, 50.0])
def test_partners_are_sought_in_the_mixture(weight):
    x, content, start, style = (image(64, 64, seed) for seed in range(4))
    method = dataclasses.replace(PLAIN, content_weight=weight)
    mixture = sought(scene_of(content, start), 1 - 0.25**weight)
    s = columns(style)
    expected = (1 - np.diag(cosines(columns(x), s[partners(columns(mixture), s)]))).mean()
    value = objective(method, x, scene_of(content, start), style)
    assert float(value.total) == pytest.approx(expected, rel=1e-4)


# ------------------------------------------------------------------ the last pass
def by_layers(x, style, layers):
    """Mean over layers of that over cells of the least centred cosine distance."""
    mine, painted = look(x), look(style)
    least = []
    for k in layers:
        a, b = (m[k][0].double().numpy().reshape(8, -1).T for m in (mine, painted))
        least.append((1 - cosines(a - a.mean(axis=0), b - b.mean(axis=0)).max(axis=1)).mean())
    return np.mean(least)


@pytest.mark.parametrize("layers", [("relu1_1", "relu4_2"), LAYERS])
def test_every_layer_is_matched_by_itself(layers):
    x, content, style = image(32, 24, 0), image(32, 24, 1), image(24, 32, 2)
    method = dataclasses.replace(PLAIN, split_layers=layers, anchor=0.0)
    value = objective(method, x, scene_of(content, last=True), style)
    assert float(value.total) == pytest.approx(by_layers(x, style, layers), rel=1e-4)


def test_partners_of_the_last_pass_are_of_the_output_as_it_is():
    """Another output finds other partners; those of the hypercolumns stay."""
    content, style = image(32, 24, 1), image(24, 32, 2)
    method = dataclasses.replace(PLAIN, anchor=0.0)
    loss = method.loss(scene_of(content, last=True), [method.learn(view(style))])
    for seed in (0, 5):
        x = image(32, 24, seed)
        value = float(loss(look(x), torch.Generator()).total)
        assert value == pytest.approx(by_layers(x, style, method.split_layers), rel=1e-4)


def test_the_hypercolumns_hold_the_content_in_the_last_pass_by_its_weight():
    x, content, style = image(32, 24, 0), image(32, 24, 1), image(24, 32, 2)

    def value(weight, anchor, last):
        method = dataclasses.replace(PLAIN, anchor=anchor, content_weight=weight)
        return float(objective(method, x, scene_of(content, last=last), style).total)

    layers, whole = value(1.0, 0.0, last=True), value(1.0, 0.0, last=False)
    assert whole != pytest.approx(layers, rel=0.05)
    held = value(2.0, 0.5, last=True)  # start is the content: the same partners at any weight
    assert held == pytest.approx((1.0 * whole + layers) / 2, rel=1e-4)


@pytest.mark.parametrize("last", [False, True])
def test_the_style_itself_is_at_rest(last):
    style = image(32, 32, 1)
    x = style.clone().requires_grad_()
    method = Nnst(turns=1)
    loss = method.loss(scene_of(style, last=last), [method.learn(view(style))])
    total = loss(look(x), torch.Generator()).total
    total.backward()
    assert float(total.detach()) == pytest.approx(0, abs=1e-6)
    assert x.grad.abs().max() < 1e-5


# ------------------------------------------------------------------ styles and regions
def test_styles_lie_in_the_bank_in_proportion():
    assert [Most(share, 1000).of(100) for share in (1 / 3, 1.0)] == [33, 100]
    assert [Most(share, count).of(100) for share, count in ((1 / 3, 10), (1, 30))] == [10, 30]
    assert Most(1e-9, 1e-9).of(100) == 1
    pictures = image(64, 64, 1), image(64, 64, 2)
    learned = PLAIN.learn(view(*pictures, shares=[0.25, 0.75]))
    both = np.concatenate([columns(p) for p in pictures])
    near = cosines(learned.columns.points.double().numpy(), both)
    first, second = (near.max(axis=1) > 1 - 1e-6, near.argmax(axis=1) < 256)
    assert first.all()
    assert second.sum() == round(256 / 3)
    assert len(second) == round(256 / 3) + 256


def test_only_the_part_of_a_style_that_is_asked_for():
    style = image(64, 64, 2)
    left = everywhere(style).clone()
    left[:, 32:] = False
    learned = PLAIN.learn(view(style, regions=[left]))
    near = cosines(learned.columns.points.double().numpy(), columns(style)).argmax(axis=1)
    assert len(near) == 128
    assert (near % 16 < 8).all()


def test_quarter_turns_are_in_the_bank_and_a_turned_style_changes_nothing():
    style = image(48, 32, 2)
    one, four = Nnst(turns=1).learn(view(style)), Nnst().learn(view(style))
    turned = Nnst().learn(view(style.rot90(1, (2, 3))))
    assert len(four.columns.points) == 4 * len(one.columns.points)
    lengths = [banks.columns.lengths.sort().values for banks in (four, turned)]
    torch.testing.assert_close(*lengths)


def test_parts_are_painted_like_their_own_style():
    content = image(64, 64, 1)
    left = everywhere(content).clone()
    left[:, 32:] = False
    learned = [PLAIN.learn(view(image(64, 64, seed))) for seed in (2, 3)]
    maps = look(image(64, 64, 0))

    def value(last, *parts):
        loss = PLAIN.loss(scene_of(content, parts=list(parts), last=last), learned)
        return float(loss(maps, torch.Generator()).total)

    for last in (False, True):
        both = value(last, Part(0, left, 0.25), Part(1, ~left, 0.75))
        halves = value(last, Part(0, left, 1.0)), value(last, Part(1, ~left, 1.0))
        assert both == pytest.approx(0.25 * halves[0] + 0.75 * halves[1], rel=1e-5)
        assert halves[1] != pytest.approx(value(last, Part(0, ~left, 1.0)), rel=1e-3)


def test_an_update_draws_no_more_cells_than_asked_for_and_others_next_time():
    content, style = image(64, 64, 1), image(64, 64, 2)
    method = dataclasses.replace(PLAIN, positions=1, style_layers=("relu1_1",))
    loss = method.loss(scene_of(content), [method.learn(view(style))])
    generator = torch.Generator().manual_seed(0)
    x = image(64, 64, 0)

    def touched():
        leaf = look(x)["relu1_1"].requires_grad_()
        (gradient,) = torch.autograd.grad(loss({"relu1_1": leaf}, generator).total, leaf)
        return (gradient.abs().sum(dim=1) > 0).nonzero()

    first, second = touched(), touched()
    assert 0 < len(first) <= 16
    assert not torch.equal(first, second)


# ------------------------------------------------------------------ numbers and pictures
def test_the_last_pass_is_one_more_stage_of_the_same_size():
    stages = Nnst().stages(256)
    assert [(s.size, s.iterations) for s in stages] == [
        (64, 40),
        (128, 40),
        (256, 40),
        (256, 20),
    ]
    assert [s.iterations for s in Nnst(split_share=0.01).stages(64)] == [40, 1]


def test_the_preset_has_the_published_numbers():
    paper = Nnst.paper()
    stages = paper.stages(512)
    assert [s.size for s in stages] == [64, 128, 256, 512, 512]
    assert {(s.iterations, s.learning_rate, s.rate(0.99)) for s in stages} == {
        (200, 2e-3, 2e-3)
    }
    assert (paper.optimiser, paper.start, paper.turns) == ("adam", "content", 4)
    assert paper.content_share == 0.75
    assert paper.style_layers == paper.split_layers == LAYERS
    assert (paper.anchor, paper.length) == (0, 0)


def test_more_content_weight_keeps_more_of_the_content(photograph, painting):
    content, style = (images.read(p).rgb for p in (photograph, painting))
    network = Vgg(bundled("vgg16"))

    def kept(weight):
        method = Nnst(content_weight=weight, iterations=6, precision="float32")
        out = method.stylize(content, [Style(style)], tools=Tools(features=network, size=64))
        a, b = (network(i, ["relu4_1"])["relu4_1"][0].flatten(1).T for i in (out, target))
        a, b = a - a.mean(dim=0), b - b.mean(dim=0)
        return float(torch.cosine_similarity(a, b).mean())

    target = to_long_side(content, 64)
    least, usual, most = kept(0.05), kept(1.0), kept(20.0)
    assert least < usual < most
