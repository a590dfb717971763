"""CNNMRF against patches taken one by one in NumPy, and by its numbers."""

import dataclasses

import numpy as np
import pytest
import torch

from wasserstyle.features.toy import ToyFeatures
from wasserstyle.mapmethod import Part, Scene, StyleView
from wasserstyle.maps import cloud
from wasserstyle.methods.cnnmrf import (
    Bank,
    CnnMrf,
    around,
    every,
    patch_distance,
    patches_of,
    portions,
)
from wasserstyle.types import everywhere


def feature(height, width, seed, channels=5):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(1, channels, height, width, generator=generator).relu()


def all_of(f):
    return torch.arange(f.shape[2] * f.shape[3])


def bank(f, cells=None):
    return Bank.of([f], [all_of(f) if cells is None else cells])


def cut(f, cells):
    """Patches one by one, (n, C, 3, 3), float64."""
    padded = np.pad(f[0].double().numpy(), ((0, 0), (1, 1), (1, 1)), mode="edge")
    width = f.shape[3]
    corners = [(int(c) // width, int(c) % width) for c in cells]
    return np.stack([padded[:, r : r + 3, c : c + 3] for r, c in corners])


def partners(x, s):
    """Normalised cross-correlation of all with all."""
    a, b = x.reshape(len(x), -1), s.reshape(len(s), -1)
    a = a / np.linalg.norm(a, axis=1, keepdims=True)
    b = b / np.linalg.norm(b, axis=1, keepdims=True)
    return (a @ b.T).argmax(axis=1)


def squares(x, s, cells):
    """Sum of squared differences between patches and their partners, and patches, by cell."""
    mine, theirs = cut(x, cells), cut(s, all_of(s))
    square = (mine - theirs[partners(mine, theirs)]) ** 2
    height, width = x.shape[2:]
    total, count = np.zeros((height, width)), np.zeros((height, width))
    for k, cell in enumerate(cells):
        for dr in (-1, 0, 1):
            for dc in (-1, 0, 1):
                r = min(max(int(cell) // width + dr, 0), height - 1)
                c = min(max(int(cell) % width + dc, 0), width - 1)
                total[r, c] += square[k, :, dr + 1, dc + 1].sum()
                count[r, c] += 1
    return total, count


# ------------------------------------------------------------------ patches
@pytest.mark.parametrize("shape", [(1, 1), (1, 6), (5, 4)])
def test_patches_repeat_the_edge(shape):
    f = feature(*shape, seed=0)
    read = patches_of(cloud(f), around(f, all_of(f)))
    expected = cut(f, all_of(f)).transpose(0, 2, 3, 1).reshape(len(all_of(f)), -1)
    np.testing.assert_array_equal(read.double().numpy(), expected)


def test_a_lattice_of_every_second_cell():
    f = feature(5, 4, seed=0)
    assert every(2, all_of(f), f).tolist() == [0, 2, 8, 10, 16, 18]
    assert every(1, all_of(f), f).tolist() == list(range(20))
    assert every(2, torch.tensor([5, 7]), f).tolist() == [5, 7]  # none on it: all


def test_a_patch_is_found_whatever_its_contrast():
    s = feature(6, 7, seed=1)
    torch.testing.assert_close(bank(3 * s).keys, bank(s).keys)
    x = s.clone()
    x[..., 2:5, 2:5] *= 10  # one patch, brighter: still its own
    mine, theirs = cut(x, [3 * 7 + 3]), cut(s, all_of(s))
    assert partners(mine, theirs) == [3 * 7 + 3]
    own = x.clone().requires_grad_()
    patch_distance(own, torch.tensor([3 * 7 + 3]), bank(s)).backward()
    towards = 2 * (x - s)[..., 2:5, 2:5] / (9 * 5)
    torch.testing.assert_close(own.grad[..., 2:5, 2:5], towards)


@pytest.mark.parametrize("drawn", [1, 7, 30])
def test_mean_of_patches_over_a_cell(drawn):
    x, s = feature(5, 6, seed=0), feature(7, 4, seed=1)
    cells = torch.randperm(30, generator=torch.Generator().manual_seed(2))[:drawn]
    total, count = squares(x, s, cells)
    seen = count > 0
    expected = (total[seen] / count[seen]).sum() / seen.sum() / 5
    value = patch_distance(x, cells, bank(s))
    assert float(value) == pytest.approx(expected, rel=1e-5)


def test_gradient_is_that_of_every_patch_to_a_partner_that_stays():
    x, s = feature(5, 6, seed=0), feature(7, 4, seed=1)
    cells = all_of(x)
    theirs = cut(s, all_of(s))
    found = partners(cut(x, cells), theirs)
    y = x.double().clone().requires_grad_()
    mine = patches_of(cloud(y), around(y, cells)).unflatten(1, (9, 5))
    square = (mine - torch.tensor(theirs[found].transpose(0, 2, 3, 1)).flatten(1, 2)) ** 2
    count = torch.bincount(around(x, cells).flatten(), minlength=30).double()
    ((square / count[around(x, cells)][..., None]).sum() / (30 * 5)).backward()
    x.requires_grad_()
    patch_distance(x, cells, bank(s)).backward()
    torch.testing.assert_close(x.grad.double(), y.grad, rtol=1e-4, atol=1e-7)


def test_in_the_middle_of_many_patches_the_gradient_is_that_of_a_single_one():
    x, s = feature(7, 7, seed=0), torch.full((1, 5, 3, 3), 0.3)  # all partners agree

    def gradient(cells):
        leaf = x.clone().requires_grad_()
        covered = len(around(x, cells).unique())
        (covered * patch_distance(leaf, cells, bank(s))).backward()
        return leaf.grad[..., 2:5, 2:5]

    torch.testing.assert_close(gradient(all_of(x)), gradient(torch.tensor([3 * 7 + 3])))


def test_the_style_itself_is_at_rest():
    s = feature(6, 5, seed=1)
    x = s.clone().requires_grad_()
    value = patch_distance(x, all_of(s), bank(s))
    value.backward()
    assert float(value.detach()) == pytest.approx(0, abs=1e-6)
    assert x.grad.abs().max() < 1e-6


# ------------------------------------------------------------------ the whole objective
LAYERS = CnnMrf().layers


def scene_of(content, parts=None):
    return Scene(
        content=content,
        start=content,
        visible=everywhere(content),
        parts=parts or [Part(0, everywhere(content), 1.0)],
        index=0,
        count=1,
        look=lambda image: ToyFeatures()(image, LAYERS),
        stream=lambda name: torch.Generator().manual_seed(0),
    )


def view(*images, regions=None, shares=None):
    return StyleView(
        images=images,
        regions=regions or [everywhere(i) for i in images],
        shares=shares or [1 / len(images)] * len(images),
        look=lambda image: ToyFeatures()(image, LAYERS),
        stream=lambda name: torch.Generator().manual_seed(0),
    )


def objective(method, x, content, style):
    loss = method.loss(scene_of(content), [method.learn(view(style))])
    return loss(ToyFeatures()(x, LAYERS), torch.Generator().manual_seed(0))


def image(height, width, seed):
    return torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(seed))


def levels(x):
    """Sum of squared differences of neighbours, levels 0 to 255."""
    y = 255 * x[0].double().numpy()
    return (np.diff(y, axis=1) ** 2).sum() + (np.diff(y, axis=2) ** 2).sum()


def test_the_objective_of_the_paper():
    x, content, style = image(48, 40, 0), image(48, 40, 1), image(40, 56, 2)
    mine, given, painted = (ToyFeatures()(i, LAYERS) for i in (x, content, style))
    expected = 1e-3 * levels(x)
    expected += ((mine["relu4_2"] - given["relu4_2"]).double() ** 2).sum().item()
    for layer in ("relu3_1", "relu4_1"):
        total, count = squares(mine[layer], painted[layer], all_of(mine[layer]))
        expected += (total / count).sum()
    value = objective(CnnMrf.paper(), x, content, style)
    assert float(value.total) == pytest.approx(expected, rel=1e-4)


def test_the_objective_of_the_program():
    x, content, style = image(48, 40, 0), image(48, 40, 1), image(40, 56, 2)
    mine, given, painted = (ToyFeatures()(i, LAYERS) for i in (x, content, style))
    expected = 1e-3 * levels(x) / 2
    expected += 20 * ((mine["relu4_1"] - given["relu4_1"]).double() ** 2).mean().item()
    for layer in ("relu3_1", "relu4_1"):
        f, s = mine[layer], painted[layer]
        lattice = every(2, all_of(f), f)
        theirs = cut(s, every(2, all_of(s), s))
        found = theirs[partners(cut(f, lattice), theirs)]
        apart = (cut(f, lattice) - found) ** 2
        total, count = np.zeros(len(all_of(f))), np.zeros(len(all_of(f)))
        for at, square in zip(around(f, lattice), apart, strict=True):
            np.add.at(total, at.numpy(), square.sum(axis=0).flatten())
            np.add.at(count, at.numpy(), 1)
        assert (count > 0).all()
        expected += 1e-4 * (total / count).sum() / 2
    value = objective(CnnMrf.authors(), x, content, style)
    assert float(value.total) == pytest.approx(expected, rel=1e-4)


def test_the_programs_gradient_is_the_difference_from_the_mean_of_all_partners():
    """Its E_s has no value at all: only this gradient."""
    x, s = feature(6, 6, seed=0), feature(6, 6, seed=1)
    cells = all_of(x)
    theirs = cut(s, cells)[partners(cut(x, cells), cut(s, cells))]
    votes, count = np.zeros((36, 5)), np.zeros(36)
    for at, patch in zip(around(x, cells), theirs, strict=True):
        np.add.at(votes, at.numpy(), patch.reshape(5, 9).T)
        np.add.at(count, at.numpy(), 1)
    x.requires_grad_()
    (x.numel() / 2 * patch_distance(x, cells, bank(s))).backward()
    expected = cloud(x.detach()).double().numpy() - votes / count[:, None]
    np.testing.assert_allclose(cloud(x.grad).numpy(), expected, rtol=1e-4, atol=1e-5)


def test_contrast_of_style_and_content_cancels_in_shares():
    def terms(factor):
        method = dataclasses.replace(CnnMrf(), smoothness=0.0)

        def look(picture):
            return {k: factor * v for k, v in ToyFeatures()(picture, LAYERS).items()}

        style = dataclasses.replace(view(image(40, 56, 2)), look=look)
        scene = dataclasses.replace(scene_of(image(48, 40, 1)), look=look)
        loss = method.loss(scene, [method.learn(style)])
        return float(loss(look(image(48, 40, 0)), torch.Generator()).total)

    assert terms(7.0) == pytest.approx(terms(1.0), rel=1e-4)


def test_content_weight_weighs_the_content():
    x, content, style = image(48, 40, 0), image(48, 40, 1), image(40, 56, 2)
    one = objective(CnnMrf(), x, content, style)
    three = objective(CnnMrf(content_weight=3.0), x, content, style)
    term, energy = float(one.terms["content"]), ToyFeatures()(content, LAYERS)["relu4_2"]
    added = 2 * CnnMrf().content_share * term / float(energy.square().mean())
    assert float(three.total - one.total) == pytest.approx(added, rel=1e-4)


# ------------------------------------------------------------------ styles and regions
def test_styles_lie_in_the_bank_in_proportion():
    assert portions([100, 100], [0.25, 0.75], 1000) == [33, 100]
    assert portions([100, 100], [0.25, 0.75], 40) == [10, 30]
    assert portions([5, 4000], [0.5, 0.5], 4096) == [5, 2048]
    assert portions([100, 100], [1e-9, 1.0], 50) == [1, 50]


def test_only_the_part_of_a_style_that_is_asked_for():
    method, style = CnnMrf(turns=1), image(64, 64, 2)
    left = everywhere(style).clone()
    left[:, 32:] = False
    learned = method.learn(view(style, regions=[left]))
    for own in learned.values():
        side = int(len(own.points) ** 0.5)
        middles = own.rows[:, 4]
        assert (middles % side < side // 2).all()
        assert len(middles) == side * side // 2


def test_quarter_turns_are_in_the_bank_and_a_turned_style_changes_nothing():
    style = image(48, 40, 2)
    one, four = CnnMrf(turns=1).learn(view(style)), CnnMrf().learn(view(style))
    turned = CnnMrf().learn(view(style.rot90(1, (2, 3))))
    for layer, own in four.items():
        assert len(own.rows) == 4 * len(one[layer].rows)
        patches = [patches_of(b.points, b.rows) for b in (own, turned[layer])]
        sums = [p.sum(dim=1).sort().values for p in patches]
        torch.testing.assert_close(*sums)


def test_an_update_draws_no_more_positions_than_asked_for_and_others_next_time():
    method = CnnMrf(positions=1, style_layers=("relu3_1",))
    content = image(64, 64, 1)
    loss = method.loss(scene_of(content), [method.learn(view(image(64, 64, 2)))])
    x = image(64, 64, 0).requires_grad_()
    generator = torch.Generator().manual_seed(0)

    def touched():
        maps = ToyFeatures()(x, LAYERS)
        terms = loss(maps, generator).terms
        (gradient,) = torch.autograd.grad(terms["patches"], maps["relu3_1"])
        return (gradient.abs().sum(dim=1) > 0).nonzero()

    first, second = touched(), touched()
    assert 0 < len(first) <= 9
    assert not torch.equal(first, second)


def test_parts_are_painted_like_their_own_style():
    """Each half's loss is that of the half alone, by its share."""
    method = CnnMrf(content_weight=0.0, smoothness=0.0)
    content = image(64, 64, 1)
    left = everywhere(content).clone()
    left[:, 32:] = False
    learned = [method.learn(view(image(64, 64, seed))) for seed in (2, 3)]
    maps = ToyFeatures()(image(64, 64, 0), LAYERS)

    def value(*parts):
        loss = method.loss(scene_of(content, list(parts)), learned)
        return float(loss(maps, torch.Generator()).total)

    both = value(Part(0, left, 0.25), Part(1, ~left, 0.75))
    alone = 0.25 * value(Part(0, left, 1.0)) + 0.75 * value(Part(1, ~left, 1.0))
    assert both == pytest.approx(alone, rel=1e-5)


# ------------------------------------------------------------------ numbers
def test_presets_have_the_published_numbers():
    paper, authors = CnnMrf.paper(), CnnMrf.authors()
    assert (paper.content_share, paper.smoothness, paper.stride) == (1.0, 1e-3, 1)
    assert (paper.start, paper.optimiser) == ("noise", "lbfgs")
    assert [(s.size, s.iterations) for s in paper.stages(256)] == [
        (64, 200),
        (128, 200),
        (256, 200),
    ]
    assert (authors.patch_share, authors.content_share, authors.smoothness) == (1e-4, 20, 1e-3)
    assert (authors.start, authors.optimiser, authors.stride) == ("content", "lbfgs", 2)
    assert [(s.size, s.iterations) for s in authors.stages(384)] == [
        (96, 100),
        (192, 100),
        (384, 100),
    ]
    for preset in (paper, authors):
        assert preset.style_layers == ("relu3_1", "relu4_1")
        assert preset.turns == 1
    assert (paper.content_layer, authors.content_layer) == ("relu4_2", "relu4_1")
