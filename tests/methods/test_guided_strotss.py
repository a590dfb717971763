"""STROTSS under the user's hand: regions take their style's colours, pins theirs, starts go on."""

import dataclasses
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest
import torch

import wasserstyle
from wasserstyle.errors import BadGuidance, Cancelled, StyleError
from wasserstyle.features.toy import ToyFeatures
from wasserstyle.guidance import FREE, Guidance, PointPair, RegionPair
from wasserstyle.image import read, write
from wasserstyle.method import Memo, Method, Style, Tools
from wasserstyle.methods.strotss import Strotss
from wasserstyle.runs import Options, Stylizer

READINGS = ["losses", "cost"]
both_readings = pytest.mark.parametrize("guiding", READINGS)
RED, BLUE, GREEN = (0.85, 0.15, 0.1), (0.1, 0.2, 0.85), (0.1, 0.8, 0.15)
SIZE = 64
QUICK = {"samples": 128, "least_samples": 64, "style_pool": 200, "style_samples": 100}
LAYERS = ("rgb", "relu1_1", "relu3_1")


def noisy(colours, seed=0):
    """A picture (1, 3, H, W) from colours (H, W, 3), with a little noise."""
    image = torch.from_numpy(np.asarray(colours, np.float32)).permute(2, 0, 1)[None]
    g = torch.Generator().manual_seed(seed)
    return (image + 0.05 * torch.randn(image.shape, generator=g)).clamp(0, 1)


def halves(height, width):
    """1 left, 0 right."""
    return (torch.arange(width) < width // 2).float().expand(height, width)[None, None]


def two(left, right, height=48, width=64, seed=0):
    """A picture of two colours."""
    mask = halves(height, width)[0, 0, :, :, None].numpy()
    return noisy(mask * left + (1 - mask) * right, seed)


GREYS = noisy(np.full((48, 64, 3), 0.5), 5)
STYLE = two(RED, BLUE, 40, 64, 1)
LEFT, RIGHT = halves(48, 64), 1 - halves(48, 64)


def sides(*, swapped=False):
    """Left is painted like left and right like right, or crosswise."""
    own = (LEFT, RIGHT)
    theirs = (RIGHT, LEFT) if swapped else (LEFT, RIGHT)
    return Guidance(
        None,
        tuple(
            RegionPair(str(i), a, (b,))
            for i, (a, b) in enumerate(zip(own, theirs, strict=True))
        ),
    )


def method(preset="default", **options):
    return dataclasses.replace(
        Strotss.preset(preset), **({"layers": LAYERS, "iterations": 5} | QUICK | options)
    )


def paint(
    guidance=FREE, *, content=GREYS, styles=(STYLE,), preset="default", observe=None, **options
):
    tool_names = {"size", "seed", "start", "resume", "memo"}
    tools = {name: options.pop(name) for name in tool_names & options.keys()}
    return method(preset, **options).stylize(
        content,
        [style if isinstance(style, Style) else Style(style) for style in styles],
        tools=Tools(**({"features": ToyFeatures(), "size": SIZE, "seed": 3} | tools)),
        guidance=guidance,
        observe=observe or (lambda _: None),
    )


def redness(image):
    """Red minus blue, mean of the left and of the right half."""
    difference = image[0, 0] - image[0, 2]
    middle = image.shape[3] // 2
    return float(difference[:, : middle - 2].mean()), float(difference[:, middle + 2 :].mean())


# ------------------------------------------------------------------ regions
@both_readings
@pytest.mark.parametrize("preset", Strotss.presets)
def test_every_half_takes_the_colour_of_its_half_of_the_style(preset, guiding):
    """From grey, so that it is the objective that does it; and crosswise where masks cross."""
    for swapped in (False, True):
        out = paint(
            sides(swapped=swapped),
            preset=preset,
            guiding=guiding,
            beta=5.0,
            start=torch.full_like(GREYS, 0.5),
            iterations=30,
            last_learning_rate=2e-2,
            content_weight=0.2,
        )
        left, right = redness(out)
        left, right = (right, left) if swapped else (left, right)
        assert left > 0.05
        assert right < -0.05
        assert left - right > 0.2


def test_without_guidance_halves_are_alike():
    """Or the test above would show nothing."""
    out = paint(start=torch.full_like(GREYS, 0.5), iterations=30, content_weight=0.2)
    left, right = redness(out)
    assert abs(left - right) < 0.15


@both_readings
@pytest.mark.parametrize("preset", Strotss.presets)
def test_a_run_begins_in_the_colours_of_its_regions(preset, guiding):
    seen = []
    paint(
        sides(),
        preset=preset,
        guiding=guiding,
        iterations=1,
        coarse_share=1.0,
        learning_rate=1e-6,
        last_learning_rate=1e-6,
        observe=lambda s: seen.append(s.image()),
    )
    left, right = redness(seen[0])
    assert left == pytest.approx(RED[0] - RED[2], abs=0.1)
    assert right == pytest.approx(BLUE[0] - BLUE[2], abs=0.1)


def test_the_free_part_is_painted_like_the_whole_style():
    """Left is red by the user's wish; right is as without it: red and blue together."""
    guidance = Guidance(None, (RegionPair("a", LEFT, (LEFT,)),))
    options = {
        "guiding": "losses",
        "start": torch.full_like(GREYS, 0.5),
        "iterations": 30,
        "content_weight": 0.2,
    }
    left, right = redness(paint(guidance, **options))
    assert left > 0.25
    assert abs(right - redness(paint(**options))[1]) < 0.3


def test_a_region_of_more_weight_gets_more_of_the_objective():
    """A region's share of every term is its weight's among all."""

    def first_terms(weight):
        pairs = sides().regions
        pairs = (dataclasses.replace(pairs[0], weight=weight), pairs[1])
        terms = []
        paint(
            Guidance(None, pairs),
            guiding="losses",
            iterations=1,
            start=two(BLUE, BLUE),
            observe=lambda s: terms.append(float(s.terms["palette"])),
        )
        return terms[0]

    # The left is as wrong as can be, the right is nearly right.
    one, three, most = (first_terms(weight) for weight in (1.0, 3.0, 1e6))
    right = 2 * one - most  # (most + right) / 2 == one
    assert most > 5 * abs(right)
    assert three == pytest.approx((3 * most + right) / 4, rel=1e-3)


def test_losses_of_one_region_of_everything_are_no_guidance_where_draws_are_fresh():
    """The same positions, the same styles, the same losses; rounding may differ."""
    whole = Guidance(
        None, (RegionPair("all", torch.ones(1, 1, 3, 3), (torch.ones(1, 1, 2, 2),)),)
    )
    options = {"style_draw": "fresh", "size": 64, "guiding": "losses"}
    torch.testing.assert_close(paint(whole, **options), paint(**options), atol=1e-3, rtol=0)


@both_readings
def test_one_region_of_everything_is_nearly_no_guidance(guiding):
    """No further from it than another seed is; beta 1 asks for no more."""
    whole = Guidance(
        None, (RegionPair("all", torch.ones(1, 1, 3, 3), (torch.ones(1, 1, 2, 2),)),)
    )
    free, other = paint(iterations=30), paint(iterations=30, seed=4)
    guided = paint(whole, iterations=30, guiding=guiding, beta=1.0)
    assert (guided - free).abs().mean() < 1.2 * (other - free).abs().mean()
    assert not torch.equal(guided, free)


@both_readings
def test_readings_differ_and_without_guidance_they_do_not(guiding):
    other = READINGS[1 - READINGS.index(guiding)]
    assert torch.equal(paint(guiding=guiding), paint(guiding=other))
    assert not torch.equal(paint(sides(), guiding=guiding), paint(sides(), guiding=other))


def test_hidden_and_empty_regions_do_no_harm():
    visible = RIGHT.clone()
    pairs = (*sides().regions, RegionPair("none", torch.zeros(1, 1, 5, 5), (LEFT,)))
    for guiding in READINGS:
        assert paint(Guidance(visible, pairs), guiding=guiding).isfinite().all()


# ------------------------------------------------------------------ points
def dotted(place, height=64, width=64):
    """Red with a green square around a place."""
    colours = np.tile(np.array(RED, np.float32), (height, width, 1))
    row, column = (int(p * n) for p, n in zip(place, (height, width), strict=True))
    colours[max(0, row - 10) : row + 10, max(0, column - 10) : column + 10] = GREEN
    return noisy(colours, 2)


def greenness(image, place):
    row, column = (int(p * n) for p, n in zip(place, image.shape[2:], strict=True))
    near = image[0, :, max(0, row - 3) : row + 4, max(0, column - 3) : column + 4]
    return float((near[1] - near[0]).mean())


@both_readings
def test_a_pin_pulls_its_surroundings_to_the_colour_of_its_target(guiding):
    """And not to another one's: (row, column), not (column, row)."""
    here, there, opposite = (0.25, 0.7), (0.8, 0.3), (0.7, 0.25)
    options = {"guiding": guiding, "iterations": 40, "content_weight": 0.2, "beta": 20.0}
    options |= {"styles": [dotted(there)], "content": noisy(np.full((64, 64, 3), 0.5), 5)}
    pinned, free = (
        paint(Guidance(points=(PointPair(here, there),)), **options),
        paint(**options),
    )
    gain = greenness(pinned, here) - greenness(free, here)
    assert gain > 0.3
    assert greenness(pinned, opposite) - greenness(free, opposite) < gain / 2


@both_readings
def test_pins_in_several_styles_find_their_own(guiding):
    """In an order that is not that of the styles."""
    flat = [
        noisy(np.full((64, 64, 3), colour), i) for i, colour in enumerate((RED, GREEN, BLUE))
    ]
    places = {2: (0.2, 0.2), 0: (0.5, 0.8), 1: (0.8, 0.2)}
    points = tuple(PointPair(place, (0.5, 0.5), which) for which, place in places.items())
    out = paint(
        Guidance(points=points),
        styles=flat,
        guiding=guiding,
        content=noisy(np.full((64, 64, 3), 0.5), 5),
        iterations=40,
        content_weight=0.2,
        beta=20.0,
    )
    for which, place in places.items():
        row, column = (int(p * 64) for p in place)
        near = out[0, :, row - 3 : row + 4, column - 3 : column + 4].mean((1, 2))
        channel = {0: 0, 1: 1, 2: 2}[which]
        assert near.argmax() == channel
        assert near[channel] > near.sum() / 2


def test_more_beta_pulls_more():
    here, there = (0.25, 0.7), (0.8, 0.3)
    found = [
        greenness(
            paint(
                Guidance(points=(PointPair(here, there),)),
                styles=[dotted(there)],
                iterations=30,
                beta=beta,
            ),
            here,
        )
        for beta in (0.0, 1.0, 20.0)
    ]
    assert found == sorted(found)
    assert found[2] > found[0] + 0.2


def test_a_point_that_is_pinned_is_a_term_of_its_own_in_losses_only():
    terms = {}
    for guiding in READINGS:
        seen = []
        points = Guidance(points=(PointPair((0.5, 0.5), (0.5, 0.5)),))
        paint(
            points, guiding=guiding, iterations=1, observe=lambda s, seen=seen: seen.append(s)
        )
        terms[guiding] = set(seen[0].terms)
    assert terms["losses"] - terms["cost"] == {"points"}


# ------------------------------------------------------------------ where samples are
@dataclass
class Coded:
    """Pictures whose red and green tell row and column, at the size of the only scale."""

    content: torch.Tensor
    styles: list
    numbers: torch.Tensor
    style_numbers: list


def coded(seed, height=96, width=70):
    def code(h, w, blue):
        rows, columns = torch.meshgrid(torch.arange(h), torch.arange(w), indexing="ij")
        return torch.stack([rows / 512, columns / 512, torch.full((h, w), blue)])[None]

    draw = np.random.default_rng(seed)

    def patches(h, w):
        coarse = torch.from_numpy(draw.integers(0, 3, (4, 4))).float()[None, None]
        return torch.nn.functional.interpolate(coarse, (h, w), mode="nearest")[0, 0].long()

    shapes = [(96, 50), (40, 96)]
    return Coded(
        code(height, width, 0.9),
        [code(h, w, 0.2 * (i + 1)) for i, (h, w) in enumerate(shapes)],
        patches(height, width),
        [patches(h, w) for h, w in shapes],
    )


def is_where(cloud, numbers):
    """Of points by their colours, the numbers of their regions."""
    row, column = (cloud[:, :2] * 512).round().long().unbind(1)
    return numbers[row, column]


@both_readings
@pytest.mark.parametrize("draws", ["pool", "fresh"])
@pytest.mark.parametrize("positions", ["stratified", "uniform", "lattice", "fixed lattice"])
def test_in_a_run_no_point_leaves_its_region(monkeypatch, guiding, draws, positions):
    """Of content and styles, as the four terms get them; two regions, and what is free."""
    scene, seen = coded(1), []
    plain = Strotss._terms

    def terms(self, points, match, style_moments, columns):
        seen.append((points, match))
        return plain(self, points, match, style_moments, columns)

    monkeypatch.setattr(Strotss, "_terms", terms)
    only = lambda numbers, n: (numbers == n).float()[None, None]  # noqa: E731
    regions = tuple(
        RegionPair(
            str(n), only(scene.numbers, n), tuple(only(s, n) for s in scene.style_numbers)
        )
        for n in (1, 2)
    )
    paint(
        Guidance(None, regions),
        content=scene.content,
        styles=scene.styles,
        size=96,
        guiding=guiding,
        style_draw=draws,
        positions=positions,
        iterations=2,
    )
    for points, match in seen:
        at = points.at
        assert torch.equal((points.c[:, :2] * 512).round().long(), at)
        numbers = is_where(points.c, scene.numbers)
        if guiding == "losses":
            (number,) = set(numbers.tolist())
            allowed = torch.ones(len(numbers), len(match.y), dtype=torch.bool)
        else:
            drawn = len(numbers)
            number, allowed = 0, match.pairing.allowed[:drawn]
            wanted = torch.where(numbers > 0, 5.0, 1.0)
            assert torch.equal(match.pairing.factor[:drawn], wanted)
            assert (match.pairing.factor[drawn:] == 5).all()  # more of every region
        for i, theirs in enumerate(scene.style_numbers):
            of_style = (match.y[:, 2] - 0.2 * (i + 1)).abs() < 0.05
            assert of_style.any()
            there = is_where(match.y[of_style], theirs)
            if number:
                assert (there == number).all()
            if guiding == "cost":
                expected = (numbers[:, None] == 0) | (numbers[:, None] == there)
                assert torch.equal(allowed[:, of_style], expected)


# ------------------------------------------------------------------ the same bytes
def both_kinds():
    return Guidance(
        None, sides().regions, (PointPair((0.2, 0.8), (0.5, 0.9)), PointPair((1, 1), (0, 0)))
    )


@both_readings
@pytest.mark.parametrize("draws", ["pool", "fresh"])
def test_same_seed_same_bytes_with_guidance(guiding, draws):
    options = {"guiding": guiding, "style_draw": draws, "size": 128}
    first = paint(both_kinds(), **options)
    assert torch.equal(first, paint(both_kinds(), **options))
    assert not torch.equal(first, paint(both_kinds(), seed=9, **options))


@both_readings
def test_a_resumed_run_with_guidance_gives_the_same_bytes(guiding):
    snapshots = []
    options = {"guiding": guiding, "size": 128, "iterations": 3}
    whole = paint(both_kinds(), observe=lambda s: snapshots.append(s.snapshot()), **options)
    for snapshot in snapshots[:-1]:
        assert torch.equal(whole, paint(both_kinds(), resume=snapshot, **options))


@both_readings
def test_a_memo_tells_guidance_apart(guiding):
    memo, guidance = Memo(), both_kinds()
    free, guided = paint(guiding=guiding), paint(guidance, guiding=guiding)
    for _ in range(2):
        assert torch.equal(paint(guiding=guiding, memo=memo), free)
        assert torch.equal(paint(guidance, guiding=guiding, memo=memo), guided)


# ------------------------------------------------------------------ windows
STRIP = {"size": 400, "window": 256, "iterations": 4, "coarse_share": 1.0, "coarsest": 200}


def strip(seed=5):
    return noisy(np.full((40, 400, 3), 0.5), seed)


@both_readings
def test_regions_are_kept_apart_in_windows(guiding):
    """From grey; a pin beside."""
    guidance = Guidance(None, sides().regions, (PointPair((0.5, 0.75), (0.5, 0.25)),))
    options = STRIP | {"guiding": guiding, "iterations": 30, "content_weight": 0.2}
    seen = []
    out = paint(
        guidance,
        content=strip(),
        start=torch.full((1, 3, 40, 400), 0.5),
        observe=lambda s: seen.append(s.iterations),
        **options,
    )
    assert seen[0] > 30  # windows, indeed
    left, right = redness(out)
    assert left > 0.2
    assert right < -0.2


@both_readings
def test_resuming_in_windows_gives_the_same_bytes(guiding):
    snapshots = []
    options = STRIP | {"guiding": guiding, "content": strip()}
    whole = paint(both_kinds(), observe=lambda s: snapshots.append(s.snapshot()), **options)
    for snapshot in snapshots[1:-1:3]:
        assert torch.equal(whole, paint(both_kinds(), resume=snapshot, **options))


# ------------------------------------------------------------------ extremes
@both_readings
@pytest.mark.parametrize(
    ("shape", "level"), [((1, 1), 0.0), ((1, 200), 1.0), ((200, 1), 0.5), ((3, 5), 0.0)]
)
def test_flat_and_tiny_pictures_with_guidance_give_finite_pictures(shape, level, guiding):
    flat = torch.full((1, 3, *shape), level)
    for content, style in ((flat, STYLE), (GREYS, flat), (flat, flat)):
        out = paint(
            both_kinds(), content=content, styles=[style], guiding=guiding, iterations=2
        )
        assert out.isfinite().all()
        assert max(out.shape) == SIZE


@both_readings
@pytest.mark.parametrize("preset", Strotss.presets)
def test_regions_of_one_pixel_give_finite_pictures(preset, guiding):
    """In content and style, with and without a pin, at three scales."""
    dot = torch.zeros(1, 1, 150, 150)
    dot[0, 0, 77, 30] = 1
    regions = (RegionPair("dot", dot, (dot,)), RegionPair("to dot", RIGHT, (dot,)))
    for points in ((), (PointPair((0.5, 0.2), (0.5, 0.2)),)):
        out = paint(
            Guidance(None, regions, points),
            preset=preset,
            guiding=guiding,
            size=150,
            coarsest=32,
            iterations=2,
        )
        assert out.isfinite().all()


@pytest.mark.parametrize(
    "guidance",
    [
        Guidance(points=(PointPair((0.5, 0.5), (0.5, 0.5), 1),)),
        Guidance(None, (RegionPair("a", LEFT, (None, LEFT)),)),
        Guidance(None, (RegionPair("a", LEFT, (None,)),)),
        Guidance(None, (RegionPair("a", LEFT, (LEFT, LEFT)),)),
    ],
    ids=["pin", "region of the second style", "region of nothing", "one style too many"],
)
@both_readings
def test_guidance_of_a_style_that_is_not_there_is_refused_not_a_crash(guidance, guiding):
    """A value can be made without ``read_guidance``, or with it and without shapes."""
    options = Options(method=method(guiding=guiding), size=SIZE)
    with pytest.raises(StyleError):
        Stylizer(STYLE, options=options).stylize(GREYS, guidance=guidance)


# ------------------------------------------------------------------ methods that do not follow
@dataclass(frozen=True, kw_only=True)
class Blind(Method):
    """Follows nothing."""

    name: ClassVar[str] = "blind"
    citation: ClassVar[str] = "nobody"

    def stylize(self, content, styles, *, tools, guidance=FREE, observe=None):
        raise AssertionError("asked to paint")


@dataclass(frozen=True, kw_only=True)
class HalfBlind(Blind):
    """Follows regions."""

    guides: ClassVar[frozenset[str]] = frozenset({"regions"})


POINTS = Guidance(points=(PointPair((0, 0), (0, 0)),))


@pytest.mark.parametrize(
    ("kind", "guidance", "word"),
    [
        (Blind, sides(), "regions"),
        (Blind, POINTS, "points"),
        (HalfBlind, both_kinds(), "points"),
    ],
)
def test_a_method_refuses_what_it_does_not_follow_in_one_sentence(kind, guidance, word):
    stylizer = Stylizer(STYLE, options=Options(method=kind(), size=SIZE))
    with pytest.raises(BadGuidance, match=f"blind does not follow {word}; leave") as caught:
        stylizer.stylize(GREYS, guidance=guidance)
    assert "\n" not in str(caught.value)


def test_a_method_follows_what_it_says():
    HalfBlind().check_guidance(sides())
    Blind().check_guidance(Guidance(visible=LEFT))
    Strotss().check_guidance(both_kinds())


# ------------------------------------------------------------------ painting on
def visited(start, **options):
    """Sizes of the scales, and the shares of the work, update by update."""
    seen = []
    out = paint(start=start, observe=lambda s: seen.append((s.size, s.fraction)), **options)
    sizes, fractions = zip(*seen, strict=True)
    return out, list(dict.fromkeys(sizes)), fractions


def at_size(side):
    return torch.full((1, 3, round(side * 48 / 64), side), 0.4)


@pytest.mark.parametrize(
    ("side", "sizes"),
    [
        (None, [64, 128, 256]),
        (20, [64, 128, 256]),
        (64, [64, 128, 256]),
        (65, [128, 256]),
        (128, [128, 256]),
        (129, [256]),
        (256, [256]),
    ],
)
def test_scales_smaller_than_the_start_are_left_out_and_progress_rises_to_one(side, sizes):
    start = None if side is None else at_size(side)
    _, seen, fractions = visited(start, size=256, iterations=2)
    assert seen == sizes
    assert list(fractions) == sorted(fractions)
    assert fractions[0] > 0
    assert fractions[-1] == 1


def test_a_start_of_the_same_size_is_where_the_run_begins():
    """No detail of the content is added to it again."""
    start = two(GREEN, RED)
    out, *_ = visited(start, iterations=1, learning_rate=1e-6, last_learning_rate=1e-6)
    torch.testing.assert_close(out, start, atol=1e-3, rtol=0)


def test_a_smaller_start_is_enlarged_with_the_detail_of_the_content():
    start = torch.nn.functional.avg_pool2d(two(GREEN, RED), 2)
    options = {"iterations": 1, "last_learning_rate": 1e-6, "size": 64}
    out, sizes, _ = visited(start, detail_colors="content", **options)
    assert sizes == [64]
    assert (out - two(GREEN, RED)).abs().mean() < 0.1
    carried, *_ = visited(start, **options)
    assert (carried - out).abs().max() > 0.05


def test_what_is_painted_on_depends_on_the_start():
    same, other = (visited(two(GREEN, c), iterations=2)[0] for c in (RED, BLUE))
    assert (same - other).abs().mean() > 0.1


@pytest.mark.parametrize("side", [64, 100])
def test_a_started_run_resumes_to_the_same_bytes(side):
    snapshots = []
    options = {"start": at_size(side), "size": 256, "iterations": 3, "guidance": both_kinds()}
    whole = paint(observe=lambda s: snapshots.append(s.snapshot()), **options)
    for snapshot in snapshots[:-1]:
        seen = []
        again = paint(
            resume=snapshot, observe=lambda s, seen=seen: seen.append(s.fraction), **options
        )
        assert torch.equal(whole, again)
        assert seen[-1] == 1


# ------------------------------------------------------------------ painting on, by the front door
SMALL = {"size": 128, "iterations": 2, "samples": 64, "style_pool": 100}


def sizes_of(**options):
    seen = []
    result = wasserstyle.stylize(
        GREYS, STYLE, observe=lambda s: seen.append(s.size), **(SMALL | options)
    )
    return result, list(dict.fromkeys(seen))


@pytest.mark.parametrize(
    ("shape", "sizes"),
    [((96, 128), [128]), ((300, 400), [128]), ((48, 64), [64, 128]), ((64, 64), [64, 128])],
)
def test_a_start_of_any_shape_is_fitted_to_the_content(shape, sizes):
    result, seen = sizes_of(start=torch.full((1, 3, *shape), 0.3))
    assert seen == sizes
    assert result.image.shape == (1, 3, 96, 128)


def test_the_start_is_in_the_recipe_and_only_if_there_is_one(tmp_path):
    write(torch.full((1, 3, 96, 128), 0.3), tmp_path / "start.png")
    result, _ = sizes_of(start=tmp_path / "start.png")
    recorded = result.recipe["start"]
    assert recorded["name"] == "start.png"
    assert recorded["sha256"] == read(tmp_path / "start.png").sha256
    assert "start" not in sizes_of()[0].recipe


def test_an_earlier_result_can_be_gone_on_with(tmp_path):
    first, _ = sizes_of()
    again, seen = sizes_of(start=first.image)
    assert seen == [128]
    assert (again.image - first.image).abs().mean() < 0.1
    assert not torch.equal(again.image, first.image)


def test_a_started_run_can_be_cancelled():
    def stop(_):
        raise Cancelled

    result = wasserstyle.stylize(GREYS, STYLE, start=GREYS, observe=stop, **SMALL)
    assert not result.finished
    assert result.image.shape == (1, 3, 96, 128)
