"""Reshuffle: what is dealt to whom, what is wanted, and the way there."""

import dataclasses
from functools import partial

import numpy as np
import pytest
import torch

from wasserstyle.errors import BadSetting
from wasserstyle.features.toy import ToyFeatures
from wasserstyle.image import to_long_side
from wasserstyle.mapmethod import Part, Scene, StyleView
from wasserstyle.maps import cloud
from wasserstyle.method import Style, Tools
from wasserstyle.methods import reshuffle as module
from wasserstyle.methods.reshuffle import (
    GATHERS,
    LEVELS,
    Deal,
    Picture,
    Reshuffle,
    compared,
    gathered,
    portion,
    principal_axes,
    stock,
)
from wasserstyle.ot.assignment import nearest_assignment
from wasserstyle.recolour import recolour
from wasserstyle.types import everywhere

TOY = ToyFeatures()
sides = pytest.mark.parametrize("side", GATHERS.values(), ids=GATHERS)


def stream(*names):
    return torch.Generator().manual_seed(sum(map(ord, "".join(map(str, names)))) + 1)


def feature(height, width, channels=12, seed=0):
    g = torch.Generator().manual_seed(seed)
    return torch.randn(1, channels, height, width, generator=g)


def image(height=96, width=80, seed=0):
    return torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(seed))


def all_of(f):
    return torch.arange(f.shape[2] * f.shape[3])


def deal(f, *styles):
    return Deal(all_of(f), [(s, all_of(s)) for s in styles])


def order(f, dealt):
    return nearest_assignment(*compared(f, dealt), generator=stream(), exact=4096)


def reshuffled(f, dealt, side=1):
    return gathered(f, dealt, order(f, dealt), side)


def rows(points):
    """The same for two clouds that differ in the order of their points only."""
    return sorted(map(tuple, points.tolist()))


# ------------------------------------------------------------------ whole scenes
def styles_of(method, images, regions=None, shares=None):
    regions = regions or [everywhere(i) for i in images]
    shares = shares or [1 / len(images)] * len(images)
    look = partial(TOY, layers=method.layers)
    view = StyleView(images=images, regions=regions, shares=shares, look=look, stream=stream)
    return method.learn(view)


def scene(method, content, start=None, parts=None, index=0):
    return Scene(
        content=content,
        start=content if start is None else start,
        visible=everywhere(content),
        parts=parts or [Part(0, everywhere(content), 1.0)],
        index=index,
        count=3,
        look=partial(TOY, layers=method.layers),
        stream=partial(stream, index),
    )


def terms(method, here, learned, maps):
    objective = method.loss(here, learned)(maps, stream())
    return float(objective.total), {k: float(v) for k, v in objective.terms.items()}


# ------------------------------------------------------------------ each is used once
def test_as_many_cells_as_the_style_has_are_a_permutation_of_them():
    f, s = feature(9, 8, seed=1), feature(6, 12, seed=2)
    choice = order(f, deal(f, s))
    assert sorted(choice.tolist()) == list(range(72))
    assert choice.tolist() != list(range(72))
    assert rows(cloud(reshuffled(f, deal(f, s)))) == rows(cloud(s))


@pytest.mark.parametrize(("size", "most"), [((5, 5), 3), ((12, 12), 1)])
def test_no_cell_is_used_more_often_than_needed(size, most):
    f, s = feature(9, 8, seed=1), feature(*size, seed=2)
    assert torch.bincount(order(f, deal(f, s))).max() == most


@sides
def test_a_style_that_is_the_content_stays_as_it_is(side):
    f = feature(9, 7)
    torch.testing.assert_close(reshuffled(f, deal(f, f), side), f)


@sides
def test_a_style_that_is_the_content_in_another_order_is_put_right(side):
    """Of blocks that change places, so that patches go along but for those across a cut."""
    f = feature(21, 28)
    back = reshuffled(f, deal(f, f.roll((7, 14), (2, 3))), side)
    inside = torch.ones(21, 28, dtype=torch.bool)
    inside[[0, 13, 14, 20]] = False
    inside[:, [0, 13, 14, 27]] = False
    torch.testing.assert_close(back[..., inside], f[..., inside])


def test_the_order_is_that_of_the_content_as_near_as_can_be():
    """No other order of a few cells is nearer, by the mean cosine of patches."""
    f, s = feature(4, 5, seed=3), feature(4, 5, seed=4)
    cosines = by_numpy(f, s)
    choice = order(f, deal(f, s)).numpy()
    found = cosines[range(20), choice].sum()
    assert found > cosines.mean() * 20 + 1
    for i in range(20):
        for j in range(i):
            swapped = choice.copy()
            swapped[[i, j]] = swapped[[j, i]]
            assert cosines[range(20), swapped].sum() <= found + 1e-5


# ------------------------------------------------------------------ what is compared
def by_numpy(f, s):
    """Mean cosine over the cells of patches, in float64, cell by cell."""
    x, y = (m[0].flatten(1).T.double().numpy() for m in (f, s))
    x, y = x - x.mean(0), y - y.mean(0)
    axes = np.linalg.svd(np.concatenate([x, y]), full_matrices=False)[2][:8].T
    codes = [c @ axes / np.linalg.norm(c @ axes, axis=1, keepdims=True) for c in (x, y)]
    grids = [c.reshape(*m.shape[2:], -1) for c, m in zip(codes, (f, s), strict=True)]
    padded = [np.pad(g, ((1, 1), (1, 1), (0, 0)), mode="edge") for g in grids]
    patches = [
        [p[r : r + 3, c : c + 3] for r in range(g.shape[0]) for c in range(g.shape[1])]
        for p, g in zip(padded, grids, strict=True)
    ]
    return np.array([[(a * b).sum(-1).mean() for b in patches[1]] for a in patches[0]])


def test_half_the_squared_distance_is_one_less_the_mean_cosine():
    f, s = feature(5, 4, seed=1), feature(3, 6, seed=2)
    x, y = compared(f, deal(f, s))
    torch.testing.assert_close(x.norm(dim=1), torch.ones(20))
    np.testing.assert_allclose(torch.cdist(x, y) ** 2 / 2, 1 - by_numpy(f, s), atol=1e-5)


def test_brightness_of_one_side_does_not_matter():
    f, s = feature(5, 4, seed=1), feature(5, 4, seed=2)
    plain, brighter = compared(f, deal(f, s)), compared(f, deal(f, s + 3))
    torch.testing.assert_close(brighter[1] @ brighter[0].T, plain[1] @ plain[0].T)


@pytest.mark.parametrize(("channels", "count"), [(512, 80), (256, 40), (128, 20), (3, 3)])
def test_as_many_axes_as_in_the_authors_program(channels, count):
    points = feature(3, 4, channels)[0].flatten(1).T
    axes = principal_axes([points])
    assert axes.shape == (channels, count)
    torch.testing.assert_close(axes.T @ axes, torch.eye(count))


def test_axes_are_those_of_largest_spread():
    points = feature(20, 20, 60)[0].flatten(1).T * torch.linspace(0.1, 3, 60)
    kept = (points @ principal_axes([points[:100], points[100:]])).square().sum()
    values = np.linalg.svd(points.double().numpy(), compute_uv=False)
    assert kept == pytest.approx((values[:9] ** 2).sum(), rel=1e-5)


# ------------------------------------------------------------------ what a cell gets
def test_votes_are_the_mean_of_all_patches_over_a_cell():
    f, s = feature(4, 5, seed=1), feature(6, 3, seed=2)
    choice = torch.randint(18, (20,), generator=stream())
    sums, counts = np.zeros((12, 4, 5)), np.zeros((4, 5))
    for spot, source in enumerate(choice.tolist()):
        for down in (-1, 0, 1):
            for across in (-1, 0, 1):
                r, c = spot // 5 + down, spot % 5 + across
                if 0 <= r < 4 and 0 <= c < 5:
                    y = min(max(source // 3 + down, 0), 5), min(max(source % 3 + across, 0), 2)
                    sums[:, r, c] += s[0, :, y[0], y[1]].numpy()
                    counts[r, c] += 1
    assert counts.max() == 9
    found = gathered(f, deal(f, s), choice, 3)
    np.testing.assert_allclose(found[0], sums / counts, atol=1e-6)


def test_middles_are_read_one_by_one():
    f, s = feature(4, 5, seed=1), feature(6, 3, seed=2)
    choice = torch.randint(18, (20,), generator=stream())
    found = gathered(f, deal(f, s), choice, 1)
    assert torch.equal(cloud(found), cloud(s)[choice])


@sides
def test_cells_that_take_no_part_keep_theirs(side):
    f, s = feature(6, 6, seed=1), feature(6, 6, seed=2)
    spots = torch.arange(12)  # two rows
    found = gathered(f, Deal(spots, [(s, spots)]), spots, side)
    assert torch.equal(found[:, :, 3:], f[:, :, 3:])
    assert (found[:, :, :2] != f[:, :, :2]).all()


# ------------------------------------------------------------------ several styles
def test_a_portion_has_every_cell_equally_often_or_once_more():
    cells = torch.tensor([3, 5, 8, 9])
    for count in range(14):
        found = portion(cells, count, stream())
        uses = torch.bincount(found, minlength=10)[cells]
        assert uses.sum() == len(found) == count
        assert uses.max() - uses.min() <= 1


def test_several_styles_get_their_shares_and_no_more():
    f = feature(10, 10, seed=1)
    maps = [feature(10, 10, seed=2), feature(10, 10, seed=3)]
    maps[0] += f  # much nearer to the content
    pictures = [
        Picture({"a": m}, {"a": all_of(m)}, share)
        for m, share in zip(maps, (0.3, 0.7), strict=True)
    ]
    dealt = Deal(all_of(f), stock(pictures, "a", 100, stream()))
    assert [len(cells) for _, cells in dealt.stock] == [30, 70]
    found = reshuffled(f, dealt)
    assert sum(row in set(rows(cloud(maps[0]))) for row in rows(cloud(found))) == 30
    freely = order(f, deal(f, *maps))
    assert (freely < 100).sum() > 60  # where all are in stock, most come from the first


def test_of_one_style_all_is_in_stock():
    m = feature(4, 4)
    picture = Picture({"a": m}, {"a": torch.tensor([1, 2, 7])}, 1.0)
    ((found, cells),) = stock([picture], "a", 100, stream())
    assert found is m
    assert cells.tolist() == [1, 2, 7]


# ------------------------------------------------------------------ what is minimised
@pytest.mark.parametrize("weight", [0.0, 1.0, 3.0])
def test_the_minimum_is_the_blend(weight):
    method = Reshuffle(
        content_weight=weight, content_share=0.4, smoothness=0, content_of="level"
    )
    content, style = image(seed=1), image(seed=2)
    here, learned = scene(method, content), [styles_of(method, [style])]
    alpha = 0.4 * weight / (0.4 * weight + 0.6)
    c = TOY(content, method.layers)[LEVELS[0]]
    s = TOY(style, method.layers)[LEVELS[0]]
    r = reshuffled(c, deal(c, s))
    blend = (alpha * c + (1 - alpha) * r).requires_grad_()
    loss = method.loss(here, learned)
    value = loss({LEVELS[0]: blend, "rgb": content}, stream()).total
    (gradient,) = torch.autograd.grad(value, blend)
    assert gradient.abs().max() < 1e-6
    apart = (c - r).square().mean() / s.square().mean()
    assert apart > 0.01
    assert value.item() == pytest.approx(alpha * (1 - alpha) * apart.item(), rel=1e-4, abs=1e-7)


def test_terms_are_shares_of_the_styles_mean_square():
    method = Reshuffle(smoothness=2.0, content_of="level")
    content, style, other = image(seed=1), image(seed=2), image(seed=3)
    learned = [styles_of(method, [style])]
    maps = {k: v.double() for k, v in TOY(other, method.layers).items()}
    total, found = terms(method, scene(method, content), learned, maps)
    c, s, f = (TOY(i, method.layers)[LEVELS[0]] for i in (content, style, other))
    r, size = reshuffled(c, deal(c, s)), s.square().mean()
    assert found["content"] == pytest.approx(((f - c).square().mean() / size).item(), rel=1e-4)
    assert found["style"] == pytest.approx(((f - r).square().mean() / size).item(), rel=1e-4)
    down, across = other.diff(dim=2).square().sum(), other.diff(dim=3).square().sum()
    assert found["variation"] == pytest.approx(((down + across) / (3 * 96 * 80)).item())
    expected = 0.4 * found["content"] + 0.6 * found["style"] + 2 * found["variation"]
    assert total == pytest.approx(expected, rel=1e-5)


def test_levels_take_turns():
    """A stage looks at its own layer only."""
    method = Reshuffle(content_of="level", smoothness=0)
    content, style = image(seed=1), image(seed=2)
    learned = [styles_of(method, [style])]
    maps = TOY(content, method.layers)
    for index in range(6):
        loss = method.loss(scene(method, content, index=index), learned)
        leaves = {k: v.clone().requires_grad_() for k, v in maps.items()}
        gradients = torch.autograd.grad(
            loss(leaves, stream()).total, list(leaves.values()), allow_unused=True
        )
        moved = {
            k
            for k, g in zip(leaves, gradients, strict=True)
            if g is not None and g.abs().max() > 0
        }
        assert moved == {LEVELS[index % 3]}


def test_more_rounds_begin_with_the_blend_of_the_last():
    method = Reshuffle(rounds=3, content_of="level", content_share=0.5, gather="votes")
    content, style = image(seed=1), image(seed=2)
    c, s = (TOY(i, method.layers)[LEVELS[0]] for i in (content, style))
    f, once = c, reshuffled(c, deal(c, s), 3)
    for _ in range(3):
        r = reshuffled(f, deal(f, s), 3)
        f = 0.5 * c + 0.5 * r
    assert (r - once).abs().max() > 0.1
    maps = {LEVELS[0]: r, "rgb": content}
    _, found = terms(method, scene(method, content), [styles_of(method, [style])], maps)
    assert found["style"] == pytest.approx(0, abs=1e-10)


def test_what_is_kept_is_the_content_in_the_styles_colours():
    content, style = image(seed=1), 0.3 * image(seed=2)
    start = image(seed=3)
    kept = {"recoloured": recolour(content, style), "level": start}
    for name, expected in kept.items():
        method = Reshuffle(content_of=name)
        here = scene(method, content, start)
        maps = TOY(expected, method.layers)
        _, found = terms(method, here, [styles_of(method, [style])], maps)
        assert found["content"] == pytest.approx(0, abs=1e-6)
        _, other = terms(
            method, here, [styles_of(method, [style])], TOY(content, method.layers)
        )
        assert other["content"] > 1e-3


def test_with_the_content_as_style_the_content_is_the_minimum():
    content = image(seed=1)
    for method in (Reshuffle(smoothness=0), Reshuffle(smoothness=0, gather="votes")):
        for index in range(3):
            here = scene(method, content, index=index)
            maps = TOY(content, method.layers)
            total, _ = terms(method, here, [styles_of(method, [content])], maps)
            assert total == pytest.approx(0, abs=1e-8)


# ------------------------------------------------------------------ parts
def halves(picture):
    left = everywhere(picture)
    left[:, picture.shape[3] // 2 :] = False
    return left, ~left


def test_a_part_gets_features_of_its_own_style_only(monkeypatch):
    seen = []

    def spy(f, dealt, choice, side):
        seen.append(gathered(f, dealt, choice, side))
        return seen[-1]

    monkeypatch.setattr(module, "gathered", spy)
    method = Reshuffle(content_of="level", style_layers=("relu2_1",))
    content, style = image(24, 24, seed=1), image(24, 24, seed=2)
    parts = [Part(k, region, 0.5) for k, region in enumerate(halves(content))]
    learned = [
        styles_of(method, [style], [region]) for region in reversed(halves(style))
    ]  # crossed over
    loss = method.loss(scene(method, content, parts=parts), learned)
    s = TOY(style, method.layers)["relu2_1"]
    left, right = seen
    assert rows(cloud(left[..., :6])) == rows(cloud(s[..., 6:]))
    assert rows(cloud(right[..., 6:])) == rows(cloud(s[..., :6]))
    mixed = torch.cat([left[..., :6], right[..., 6:]], dim=3)
    value = loss({"relu2_1": mixed, "rgb": content}, stream())
    assert float(value.terms["style"]) == pytest.approx(0, abs=1e-10)


# ------------------------------------------------------------------ the whole way
def run(method, content, style, size=64, **options):
    steps = []
    out = method.stylize(
        content,
        [Style(style)],
        tools=Tools(features=TOY, size=size, **options),
        observe=lambda s: steps.append((s.stage, s.size, float(s.total))),
    )
    return out, steps


def test_every_stage_goes_down(content, style):
    _, steps = run(Reshuffle(iterations=15), content, style, size=128)
    for stage in range(6):
        totals = [total for at, _, total in steps if at == stage]
        assert len(totals) == 15
        assert totals[-1] < 0.9 * totals[0]


def test_a_greater_content_weight_keeps_more(content, style):
    def away(weight):
        """From the content in the style's colours, which is the start."""
        method = Reshuffle(content_weight=weight, smoothness=0)
        return (run(method, content, style)[0] - first).abs().mean()

    first, _ = run(Reshuffle(iterations=1, learning_rate=1e-6), content, style)
    assert away(50) < 0.5 * away(1) < 0.5 * away(0)


def test_the_output_has_the_distribution_of_the_style(content, style):
    """Sorted values of each channel, which a reshuffle aims at all at once."""
    method = Reshuffle(content_share=0.0, smoothness=0)
    out, _ = run(method, style.flip(3).roll(7, 3), style)
    begin = style.mean((2, 3), keepdim=True).expand_as(out)
    layer = LEVELS[-1]

    def values(picture):
        points = cloud(TOY(picture, {layer})[layer])
        return torch.quantile(points, torch.linspace(0, 1, 21), dim=0)

    goal = values(to_long_side(style, 64))
    assert (values(out) - goal).abs().mean() < 0.3 * (values(begin) - goal).abs().mean()


def test_beyond_the_exact_limit_the_order_depends_on_seed_and_sweeps(content, style):
    def paint(sweeps, seed):
        method = Reshuffle(iterations=2, exact=16, sweeps=sweeps)
        return run(method, content, style, size=96, seed=seed)[0]

    one = paint(2, seed=1)
    assert torch.equal(one, paint(2, seed=1))
    assert not torch.equal(one, paint(2, seed=2))
    assert not torch.equal(one, paint(3, seed=1))


def test_presets_have_the_published_numbers():
    default, paper = Reshuffle(), Reshuffle.paper()
    assert default.style_layers == paper.style_layers == ("relu4_1", "relu3_1", "relu2_1")
    assert (paper.content_share, paper.rounds, paper.gather) == (0.6, 5, "votes")
    assert (paper.content_of, paper.start, paper.units) == ("level", "content", "network")
    assert [s.size for s in paper.stages(512)] == [512] * 3
    assert [s.size for s in default.stages(256)] == [64] * 3 + [128] * 3 + [256] * 3
    assert {s.iterations for s in default.stages(256)} == {30}
    assert paper.exact >= 64 * 64  # relu4_1 at 512 px


def test_alpha_can_be_neither_all_nor_less_than_nothing():
    for share in (-0.1, 1.0):
        with pytest.raises(BadSetting):
            Reshuffle(content_share=share)
    edge = Reshuffle(content_share=0.99, content_weight=0)
    assert dataclasses.replace(edge, content_share=0.0).content_share == 0
