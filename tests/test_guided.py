"""The two readings of guidance: nothing leaves its region, and the cost is the paper's formula."""

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from reference import equations
from wasserstyle.features.sampling import centres, uniform
from wasserstyle.features.toy import ToyFeatures
from wasserstyle.guidance import FREE, Guidance, PointPair, RegionPair
from wasserstyle.guided import (
    GUIDED_BY,
    MORE,
    WHOLE,
    ByCost,
    ByLosses,
    Reading,
    StyleModel,
    StyleParts,
    Targets,
    pairing,
)
from wasserstyle.losses.style import moments, palette_euclidean
from wasserstyle.optim import Objective
from wasserstyle.ot.costs import cosine_cost, directions
from wasserstyle.ot.gaussian import Moments
from wasserstyle.ot.relaxed import relaxed_emd_of_directions
from wasserstyle.points import Pinned, Points, PointScale
from wasserstyle.pyramid import finest_band
from wasserstyle.styles import StylePoints, StyleReader
from wasserstyle.windows import windows

FIXED = settings(derandomize=True, deadline=None, max_examples=12)
SEEDS = st.integers(0, 10**6)
HEIGHT, WIDTH, SIDE = 330, 24, 160
LAYERS = {"rgb", "relu1_1", "relu3_1"}
both_readings = pytest.mark.parametrize("reading", GUIDED_BY)


def picture(number=0, height=HEIGHT, width=WIDTH):
    """Red and green of every pixel tell its row and column, blue the number of the picture."""
    rows, columns = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    return torch.stack([rows / 512, columns / 512, torch.full_like(rows / 1, number / 8)])[None]


def where(cloud):
    """The positions of points, by their colours."""
    return (cloud[:, :2] * 512).round().long()


def which(cloud):
    """The pictures that points are of."""
    return (cloud[:, 2] * 8).round().long()


STYLES = [picture(0, 40, 60), picture(1, 190, 30)]  # the second one in windows
SHARES = [0.75, 0.25]


def stream(seed=4):
    return torch.Generator().manual_seed(seed)


def maps(image):
    return ToyFeatures()(image, LAYERS)


def same(cloud):
    return cloud


def blobs(seed, count, height, width):
    """Numbers (height, width), of ``count`` regions and 0, in patches of any place and size."""
    draw = np.random.default_rng(seed)
    numbers = np.zeros((height, width), np.int64)
    for number in range(1, count + 1):
        for _ in range(2):
            row, column = draw.integers(0, (height, width))
            tall, wide = draw.integers(1, (height // 2 + 2, width // 2 + 2))
            numbers[row : row + tall, column : column + wide] = number
    return torch.from_numpy(numbers)


def only(numbers, number):
    return (numbers == number).float()[None, None]


def some(seed, count=2, *, pins=0, weights=None):
    """Guidance of random regions in content and both styles, and where they are."""
    own = blobs(seed, count, HEIGHT, WIDTH)
    theirs = [blobs(seed + 7 + i, count, *s.shape[2:]) for i, s in enumerate(STYLES)]
    regions = [
        RegionPair(
            str(n),
            only(own, n),
            tuple(only(t, n) if (t == n).any() else None for t in theirs),
            (weights or [1.0] * count)[n - 1],
        )
        for n in range(1, count + 1)
        if any((t == n).any() for t in theirs)
    ]
    draw = np.random.default_rng(seed)
    points = [
        PointPair(tuple(draw.uniform(0, 1, 2)), tuple(draw.uniform(0, 1, 2)), int(w))
        for w in draw.integers(0, 2, pins)
    ]
    return Guidance(None, tuple(regions), tuple(points))


def reader(by_window=False):
    if by_window:
        return StyleReader.by_window(STYLES, SHARES, maps, locate=centres, side=SIDE)
    return StyleReader.with_maps(STYLES, SHARES, maps, centres)


def parts_of(guidance, *, by_window=False):
    return StyleParts(guidance, STYLES, reader(by_window), 1 + len(guidance.regions))


def reading_of(name, guidance, content=None, *, targets=None, samples=96, least=16, beta=5.0):
    targets = targets or parts_of(guidance).targets(stream(1))
    content = picture() if content is None else content
    return GUIDED_BY[name](guidance, content, targets, samples=samples, least=least, beta=beta)


class Spy:
    """A loss that keeps the points of every update."""

    def __init__(self):
        self.seen = []

    def __call__(self, parts, pinned, generator):
        self.seen.append((parts, pinned))
        total = sum(p.x.square().mean() for p in parts if p is not None)
        return Objective(total, {})


def scale_of(guided, guidance, spy, content=None):
    content = picture() if content is None else content
    return PointScale(
        content=content,
        grounds=guided.grounds,
        pins=guidance.pins(content),
        sampler=uniform,
        layers=LAYERS,
        locate=centres,
        loss=spy,
        usual=ToyFeatures(),
        careful=ToyFeatures(),
    )


# ------------------------------------------------------------------ samples stay in their regions
def labels_of(guidance, at):
    row, column = at.unbind(1)
    return guidance.labels(picture())[row, column]


def looked_at(guidance, name):
    """Points of an update of the whole, and of one in each window that has any."""
    guided = reading_of(name, guidance)
    spy = Spy()
    scale = scale_of(guided, guidance, spy)
    scale.whole().usual(picture(), stream())
    pieces = scale.in_windows(SIDE, stream(9))
    pieces.survey(picture())
    for window in windows(HEIGHT, WIDTH, SIDE):
        judge = pieces.visit(window)
        if judge is not None:
            judge.usual(window.cut(picture()), stream())
    return guided, spy.seen


@both_readings
@given(seed=SEEDS, count=st.integers(1, 3), pins=st.integers(0, 2))
@FIXED
def test_points_of_output_and_content_never_leave_their_part(reading, seed, count, pins):
    """In the whole and in every window, points of the rest included."""
    guidance = some(seed, count, pins=pins)
    guided, seen = looked_at(guidance, reading)
    for parts, _ in seen:
        for ground, points in zip(guided.grounds, parts, strict=True):
            if points is None:
                continue
            assert torch.equal(where(points.x), points.at)
            assert torch.equal(where(points.c), points.at)
            assert ground.region[tuple(points.at.T)].all()
            if points.mass is not None:
                assert points.mass.sum().item() == pytest.approx(1, abs=1e-5)


@both_readings
def test_every_part_is_looked_at_in_the_windows_that_hold_some_of_it(reading):
    guidance = some(3, 3)
    guided, seen = looked_at(guidance, reading)
    assert len(seen) == 1 + len(windows(HEIGHT, WIDTH, SIDE))
    counts = [
        sum(parts[i] is not None for parts, _ in seen[1:]) for i in range(len(guided.grounds))
    ]
    cores = [
        sum(bool(w.core_of(ground.region).any()) for w in windows(HEIGHT, WIDTH, SIDE))
        for ground in guided.grounds
    ]
    assert counts == cores
    assert all(points is not None for points in seen[0][0])


@both_readings
def test_pins_are_read_where_they_are_and_by_the_window_that_holds_them(reading):
    guidance = Guidance(points=(PointPair((0.1, 0.5), (0, 0)), PointPair((0.9, 0.2), (0, 0))))
    _, seen = looked_at(guidance, reading)
    at = guidance.pins(picture())
    whole, *in_windows = [pinned for _, pinned in seen]
    assert torch.equal(whole.which, torch.arange(18))
    for pinned in (whole, *in_windows):
        assert torch.equal(where(pinned.x), at[pinned.which])
    together = torch.cat([pinned.which for pinned in in_windows])
    assert sorted(together.tolist()) == list(range(18))


def style_draws(guidance, number, how):
    """Points drawn of the style for a part: anew, or out of a pool."""
    if how == "fresh":
        return parts_of(guidance).fresh(40, same)[number]
    return parts_of(guidance, by_window=True).pools(400, 40, same, stream(2))[number]


def held(part, points):
    """Which points of a style are in a part of them, by loops."""
    flags = []
    for number, (row, column) in zip(
        which(points).tolist(), where(points).tolist(), strict=True
    ):
        region = part.styles[number]
        flags.append(region is not None and bool(region[0, 0, row, column] >= 0.5))
    return flags


@pytest.mark.parametrize("how", ["pool", "fresh"])
@given(seed=SEEDS, count=st.integers(1, 3))
@FIXED
def test_points_of_styles_never_leave_their_part(how, seed, count):
    guidance = some(seed, count)
    for number, part in enumerate(guidance.regions, start=1):
        draw, generator = style_draws(guidance, number, how), stream(seed)
        for style in (draw(generator), draw(generator)):
            assert all(held(part, style.y))
            assert len(style.y) >= 40 - 2


@pytest.mark.parametrize("how", ["pool", "fresh"])
@given(seed=SEEDS, count=st.integers(0, 3))
@FIXED
def test_tags_say_in_which_parts_points_of_the_styles_are(how, seed, count):
    guidance = some(seed, count)
    style = style_draws(guidance, WHOLE, how)(stream(seed))
    assert style.tags.shape == (len(style.y), len(guidance.regions))
    for number, part in enumerate(guidance.regions):
        assert style.tags[:, number].tolist() == held(part, style.y)


def test_the_whole_is_painted_like_all_of_the_styles_by_their_shares():
    style = style_draws(some(1), WHOLE, "fresh")(stream())
    assert [int((which(style.y) == n).sum()) for n in (0, 1)] == [30, 10]


def test_a_part_of_one_style_only_takes_all_points_from_it():
    part = RegionPair("a", only(blobs(0, 1, 9, 9), 1), (None, torch.ones(1, 1, 5, 3)))
    style = style_draws(Guidance(None, (part,)), 1, "pool")(stream())
    assert (which(style.y) == 1).all()
    assert len(style.y) == 40


def test_pools_share_their_points_evenly_but_for_those_of_an_update():
    """A pool smaller than an update would be all that is ever seen."""
    asked = []

    class Counting(StyleReader):
        def draw(self, count, generator):
            asked.append(count)
            return super().draw(count, generator)

    own = reader()
    counting = Counting(own.samplers, own.readers, own.shares)
    parts = StyleParts(some(3, 2), STYLES, counting, 3)
    for size, count in ((300, 40), (300, 200)):
        draws = parts.pools(size, count, same, stream())
        assert [len(draw(stream()).y) for draw in draws] == [min(count, max(count, 100))] * 3
    assert asked == [100] * 3 + [200] * 3


def test_the_cost_draws_from_the_whole_style_alone():
    """Its pool is not shared out among regions that it never draws from."""
    guidance = some(3, 2)
    assert ByCost.drawn(guidance) == 1
    assert ByLosses.drawn(guidance) == 3
    parts = StyleParts(guidance, STYLES, reader(), ByCost.drawn(guidance))
    (draw,) = parts.pools(300, 250, same, stream())
    assert len(draw(stream()).y) == 250


@given(seed=SEEDS, count=st.integers(0, 3))
@FIXED
def test_mean_colours_are_those_of_the_parts(seed, count):
    guidance = some(seed, count)
    found = parts_of(guidance).colours(SHARES)
    assert len(found) == len(guidance.regions) + 1
    for part, colour in zip([None, *guidance.regions], found, strict=True):
        means, shares = [], []
        for i, style in enumerate(STYLES):
            pixels = style[0].flatten(1).T.numpy()
            if part is not None:
                if part.styles[i] is None:
                    continue
                pixels = pixels[part.styles[i].flatten().numpy() > 0]
            means.append(pixels.mean(0))
            shares.append(SHARES[i])
        np.testing.assert_allclose(colour.mean.numpy(), np.average(means, 0, shares), rtol=1e-4)


def test_a_flat_picture_has_every_part_in_its_colour():
    guidance = striped(
        stripes(0, 1, 2, 2), visible=(stripes(1, 1, 1, 0) > 0)[None, None].float()
    )
    colours = [Moments(torch.full((3,), x), torch.zeros(3, 3)) for x in (0.1, 0.2, 0.3)]
    model = StyleModel([], NOTHING, colours)
    found = model.mean_picture(guidance, torch.zeros(1, 3, 6, 4))
    assert found.shape == (1, 3, 6, 4)
    np.testing.assert_allclose(found[0, 1, 2].numpy(), [0.1, 0.2, 0.3, 0.1], rtol=1e-6)


def test_detail_has_the_contrast_of_the_style_of_its_part():
    """Where a style's colours spread twice as far, so does the detail; the other is kept."""
    checks = (torch.arange(6)[:, None] + torch.arange(4)) % 2
    content = 0.5 + 0.05 * (2.0 * checks - 1).expand(1, 3, 6, 4)
    own = torch.full((3, 3), 0.05**2, dtype=torch.float64)
    colours = [Moments(torch.full((3,), 0.5).double(), share * own) for share in (9, 1, 4)]
    model = StyleModel([], NOTHING, colours)
    wanted = content.clone()
    wanted[..., 2:] += content[..., 2:] - 0.5
    found = model.detail(striped(stripes(1, 1, 2, 2)), content)
    torch.testing.assert_close(found, finest_band(wanted), atol=1e-5, rtol=0)


@pytest.mark.parametrize("by_window", [True, False])
@given(seed=SEEDS, count=st.integers(0, 3), pins=st.integers(0, 4))
@FIXED
def test_targets_are_where_they_should_be_and_in_the_order_of_the_pairs(
    by_window, seed, count, pins
):
    """Pairs refer to styles in any order."""
    guidance = some(seed, count, pins=pins)
    targets = parts_of(guidance, by_window=by_window).targets(stream(seed))
    assert len(targets.pins) == 9 * pins
    regions = len(guidance.regions)
    for i, point in enumerate(guidance.points):
        alone = Guidance(points=(point,)).style_pins(point.which, STYLES[point.which])
        own = targets.pins[9 * i : 9 * i + 9]
        assert torch.equal(where(own), alone)
        assert (which(own) == point.which).all()
        assert targets.tags[9 * i : 9 * i + 9].nonzero()[:, 1].tolist() == [regions + i] * 9
    of_regions = targets.tags[9 * pins :]
    assert len(of_regions) == len(targets.matches)
    for number, part in enumerate(guidance.regions):
        mine = of_regions[:, number]
        assert abs(int(mine.sum()) - MORE) <= 1
        assert all(held(part, targets.matches[mine]))


# ------------------------------------------------------------------ parts
def stripes(*numbers):
    return torch.tensor(numbers)[None].repeat(6, 1)


def striped(numbers, weights=(), visible=None):
    count = int(numbers.max())
    regions = tuple(
        RegionPair(
            str(n),
            only(numbers, n),
            (torch.ones(1, 1, 2, 2),),
            weights[n - 1] if weights else 1.0,
        )
        for n in range(1, count + 1)
    )
    return Guidance(visible, regions)


NOTHING = Targets(torch.zeros(0, 0), torch.zeros(0, 0), torch.zeros(0, 0).bool())


def parts(name, guidance, width, **options):
    content = torch.zeros(1, 3, 6, width)
    return reading_of(name, guidance, content, targets=NOTHING, **options)


def test_readings_are_readings():
    for name in GUIDED_BY:
        assert isinstance(reading_of(name, FREE, targets=NOTHING), Reading)
    assert dict(GUIDED_BY) == {"losses": ByLosses, "cost": ByCost}


def test_losses_have_a_part_for_what_is_free_and_one_for_each_region():
    guidance = striped(stripes(0, 0, 1, 2, 2, 2), weights=(3.0, 0.5))
    found = parts("losses", guidance, 6)
    assert [part.number for part in found.parts] == [0, 1, 2]
    shares = [part.share for part in found.parts]
    assert shares == pytest.approx([1 / 4.5, 3 / 4.5, 0.5 / 4.5])
    together = torch.stack([ground.region for ground in found.grounds]).sum(0)
    assert (together == 1).all()
    labels = guidance.labels(torch.zeros(1, 3, 6, 6))
    for part, ground in zip(found.parts, found.grounds, strict=True):
        assert torch.equal(ground.region, labels == part.number)


def test_parts_that_cannot_be_seen_are_left_out():
    """The mask fills the picture, and one region is hidden."""
    numbers = stripes(1, 1, 2, 2, 3)
    visible = (numbers != 2).float()[None, None]
    found = parts("losses", striped(numbers, visible=visible), 5)
    assert [part.number for part in found.parts] == [1, 3]


@pytest.mark.parametrize(
    ("count", "samples", "least", "each"),
    [(1, 96, 256, 96), (2, 96, 16, 48), (3, 96, 16, 32), (4, 96, 30, 30), (2, 97, 1, 48)],
)
def test_samples_are_shared_out_evenly_but_for_the_least(count, samples, least, each):
    numbers = stripes(*[n for n in range(1, count + 1) for _ in range(n)])
    found = parts("losses", striped(numbers), numbers.shape[1], samples=samples, least=least)
    assert [ground.samples for ground in found.grounds] == [each] * count


def test_the_cost_judges_all_that_is_visible_with_more_points_of_each_region():
    visible = torch.ones(1, 1, 6, 5)
    visible[..., :2] = 0
    found = parts("cost", striped(stripes(1, 1, 2, 2, 0), (9.0, 2.0), visible), 5, least=500)
    whole, more = found.grounds
    assert (whole.samples, more.samples) == (96, MORE)
    assert whole.region.tolist() == [[False, False, True, True, True]] * 6
    assert more.region.tolist() == [[False, False, True, True, False]] * 6
    points, extra, _ = (clouds(6, 8, 0, labels=[2] * 6, tags=0)[0] for _ in range(3))
    ((part, judged),) = found.judged([points, extra])
    assert (part.number, part.share, judged) == (WHOLE, 1.0, points)


@both_readings
def test_without_guidance_there_is_one_part_and_nothing_to_match(reading):
    guided = reading_of(reading, FREE)
    (ground,) = guided.grounds
    assert ground.samples == 96
    assert ground.region.all()
    points, style, pinned = clouds(6, 8, 0, labels=[0] * 6, tags=0)
    ((part, judged),) = guided.judged([points])
    assert (part.number, part.share, judged) == (WHOLE, 1.0, points)
    match = guided.match(points, style, [points], pinned)
    assert match.x is points.x
    assert match.y is style.y
    assert match.mass is points.mass
    assert match.pairing is None
    assert guided.distance(pinned, same) is None


# ------------------------------------------------------------------ the paper's ground cost
DIM = 3


def cloud(n, seed):
    return torch.rand(n, DIM, generator=stream(seed))


def clouds(n, m, pins, *, labels, tags, mass=None, seed=0, pinned_numbers=None):
    """Points at columns whose label is ``labels``; style points; pinned points."""
    at = torch.stack([torch.zeros(n, dtype=torch.long), torch.tensor(labels)], dim=1)
    points = Points(cloud(n, seed), cloud(n, seed + 1), at, mass, torch.float32)
    y_tags = torch.rand(m, tags, generator=stream(seed + 2)) < 0.5
    y = cloud(m, seed + 3)
    style = StylePoints(y, moments(y), y_tags)
    numbers = torch.arange(pins) if pinned_numbers is None else torch.tensor(pinned_numbers)
    return points, style, Pinned(cloud(len(numbers), seed + 4), numbers.long())


def formula(match_inputs, regions, pairs, beta, distance):
    """Sec. 2.4 in loops: C, masses of both sides, and the relaxed EMD of them.

    Points are those drawn all over, more of regions, and pinned ones; targets are those of the
    style, those at pinned points, and matches of each region. All count alike.
    """
    points, more, style, pinned, targets = match_inputs
    xs = [
        (x, int(label))
        for drawn in (points, more)
        for x, label in zip(drawn.x, drawn.at[:, 1], strict=True)
    ]
    xs += [(x, 1 + regions + int(k) // 9) for x, k in zip(pinned.x, pinned.which, strict=True)]
    ys = [
        (y, {r + 1 for r in range(regions) if t[r]})
        for y, t in zip(style.y, style.tags, strict=True)
    ]
    ys += [(y, {1 + regions + i // 9}) for i, y in enumerate(targets.pins)]
    ys += [
        (y, {int(t.nonzero()) + 1})
        for y, t in zip(targets.matches, targets.tags[len(targets.pins) :], strict=True)
    ]
    cost = np.empty((len(xs), len(ys)))
    for i, (x, bound) in enumerate(xs):
        for j, (y, meets) in enumerate(ys):
            d = distance(x.numpy().astype(float), y.numpy().astype(float))
            cost[i, j] = d if bound == 0 else beta * d if bound in meets else np.inf
    share = len(points.x) / len(xs)
    drawn = [1 / len(points.x)] * len(points.x) if points.mass is None else points.mass.tolist()
    mass_x = [m * share for m in drawn] + [1 / len(xs)] * (len(more.x) + len(pinned.x))
    there = sum(m * min(row) for m, row in zip(mass_x, cost, strict=True))
    reached = [min(column) for column in cost.T if min(column) < np.inf]
    return cost, mass_x, max(there, np.mean(reached) if reached else 0.0)


def labelled(regions, pairs, beta=5.0, matches=2, seed=0):
    """A reading whose labels are the columns of a picture of one row."""
    labels = torch.arange(regions + 1)[None]
    guidance = Guidance(
        None,
        tuple(RegionPair(str(n), only(labels, n), (None,)) for n in range(1, regions + 1)),
        tuple(PointPair((0, 0), (0, 0)) for _ in range(pairs)),
    )
    of = [regions + i // 9 for i in range(9 * pairs)]
    of += [r for r in range(regions) for _ in range(matches)]
    tags = torch.zeros(len(of), regions + pairs, dtype=torch.bool)
    tags[torch.arange(len(of)), of] = True
    targets = Targets(cloud(9 * pairs, seed + 11), cloud(regions * matches, seed + 12), tags)
    content = torch.zeros(1, 3, 1, regions + 1)
    assert guidance.labels(content).tolist() == labels.tolist()
    return ByCost(guidance, content, targets, samples=9, least=1, beta=beta), targets


@given(
    seed=SEEDS,
    regions=st.integers(0, 3),
    pairs=st.integers(0, 2),
    beta=st.sampled_from([0.5, 1.0, 5.0]),
    in_window=st.booleans(),
)
@settings(derandomize=True, deadline=None, max_examples=40)
def test_the_cost_is_the_formula_of_the_paper(seed, regions, pairs, beta, in_window):
    draw = np.random.default_rng(seed)
    assume(regions + pairs)
    reading, targets = labelled(regions, pairs, beta, seed=seed)
    n = int(draw.integers(1, 9))
    labels = draw.integers(0, regions + 1, n).tolist()
    mass = torch.rand(n, generator=stream(seed)) + 0.1 if in_window else None
    mass = None if mass is None else mass / mass.sum()
    numbers = [k for k in range(9 * pairs) if not in_window or draw.random() < 0.4]
    points, style, pinned = clouds(
        n, 6, 0, labels=labels, tags=regions, mass=mass, seed=seed, pinned_numbers=numbers
    )
    own = draw.integers(0, regions + 1, 3).tolist()
    more = clouds(3, 1, 0, labels=own, tags=0, seed=seed + 50)[0]
    match = reading.match(points, style, [points, None, more], pinned)
    inputs = points, more, style, pinned, targets
    for distance, found, costs in (
        (
            equations.cosine,
            relaxed_emd_of_directions(
                directions(match.x),
                directions(match.y),
                mass=match.mass,
                pairing=match.pairing,
            ),
            cosine_cost(match.x, match.y),
        ),
        (
            equations.euclidean,
            palette_euclidean(match.x, match.y, mass=match.mass, pairing=match.pairing),
            torch.cdist(match.x, match.y),
        ),
    ):
        cost, mass_x, expected = formula(inputs, regions, pairs, beta, distance)
        ours = torch.where(
            match.pairing.allowed, match.pairing.factor[:, None] * costs, torch.inf
        )
        np.testing.assert_allclose(ours.numpy(), cost, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(match.mass.numpy(), mass_x, rtol=1e-5)
        assert match.mass.sum().item() == pytest.approx(1, abs=1e-5)
        assert found.item() == pytest.approx(expected, rel=1e-4, abs=1e-5)


def test_output_points_are_first_and_then_pins():
    reading, targets = labelled(1, 1)
    points, style, pinned = clouds(4, 3, 9, labels=[0, 1, 0, 1], tags=1)
    match = reading.match(points, style, [points], pinned)
    assert torch.equal(match.x, torch.cat([points.x, pinned.x]))
    assert torch.equal(match.y, torch.cat([style.y, targets.pins, targets.matches]))


def test_matches_are_there_where_nothing_of_the_region_was_drawn():
    """No point of the style that was drawn is in the region; the match is what it becomes."""
    reading, targets = labelled(1, 0)
    points, style, pinned = clouds(3, 4, 0, labels=[1, 1, 1], tags=1)
    style = StylePoints(style.y, style.moments, torch.zeros(4, 1, dtype=torch.bool))
    match = reading.match(points, style, [points], pinned)
    assert match.pairing.mass.tolist() == pytest.approx([1 / 6] * 6)
    assert match.pairing.allowed.tolist() == [[False] * 4 + [True] * 2] * 3
    found = relaxed_emd_of_directions(
        directions(match.x), directions(match.y), mass=match.mass, pairing=match.pairing
    )
    expected = 5 * cosine_cost(points.x, targets.matches).amin(1).mean()
    assert found.item() == pytest.approx(expected.item(), rel=1e-5)


def test_beta_weighs_the_constrained_only():
    found = {}
    for beta in (1.0, 5.0):
        reading, _ = labelled(1, 0, beta)
        points, style, pinned = clouds(2, 4, 0, labels=[0, 1], tags=1)
        found[beta] = reading.match(points, style, [points], pinned).pairing.factor.tolist()
    assert found == {1.0: [1.0, 1.0], 5.0: [1.0, 5.0]}


def test_pairing_knows_free_and_bound_points():
    meets = torch.tensor([[True, False], [False, False], [True, True]])
    factors = torch.tensor([1.0, 3.0, 6.0])
    found = pairing(torch.tensor([0, 1, 2]), meets, torch.tensor([0.2, 0.3, 0.5]), factors)
    assert found.factor.tolist() == [1, 3, 6]
    assert found.allowed.tolist() == [
        [True, True, True],
        [True, False, True],
        [False, False, True],
    ]


@given(seed=SEEDS, pins=st.integers(1, 2))
@FIXED
def test_in_windows_masses_of_points_and_pins_sum_to_one(seed, pins):
    guidance = some(seed, 2, pins=pins)
    guided, seen = looked_at(guidance, "cost")
    style = style_draws(guidance, WHOLE, "fresh")(stream())
    for parts, pinned in seen:
        match = guided.match(parts[0], style, parts, pinned)
        assert match.mass.sum().item() == pytest.approx(1, abs=1e-5)
        drawn = sum(len(points.x) for points in parts if points is not None)
        assert len(match.mass) == drawn + len(pinned.x)
        assert torch.equal(match.x[: len(parts[0].x)], parts[0].x)
        of_pins = match.mass[drawn:]
        assert of_pins.tolist() == pytest.approx([1 / len(match.mass)] * len(of_pins))


def test_the_cost_loses_nothing_beside_the_transport():
    reading, _ = labelled(1, 1)
    assert reading.distance(Pinned(cloud(9, 1), torch.arange(9)), same) is None


# ------------------------------------------------------------------ losses of pins
def by_losses(pairs, beta=5.0):
    targets = Targets(cloud(9 * pairs, 3), cloud(0, 1), torch.zeros(9 * pairs, pairs).bool())
    return ByLosses(FREE, torch.zeros(1, 3, 4, 4), targets, samples=9, least=1, beta=beta)


@pytest.mark.parametrize("numbers", [range(18), [3], [17, 2, 9]], ids=str)
@pytest.mark.parametrize("beta", [0.0, 1.0, 5.0])
def test_pins_lose_their_mean_cosine_distance(numbers, beta):
    """The authors' code, times beta; a window sees some of them."""
    reading = by_losses(2, beta)
    x = cloud(len(numbers), 8)
    found = reading.distance(Pinned(x, torch.tensor(list(numbers))), same)
    distances = [
        equations.cosine(a.numpy().astype(float), reading.targets.pins[k].numpy().astype(float))
        for a, k in zip(x, numbers, strict=True)
    ]
    assert found.item() == pytest.approx(beta * np.mean(distances), rel=1e-5, abs=1e-6)


def test_pins_are_compared_by_the_features_that_count():
    reading = by_losses(1, 1.0)
    x = cloud(9, 8)
    found = reading.distance(Pinned(x, torch.arange(9)), lambda c: c[:, 1:])
    distances = [
        equations.cosine(a[1:].numpy(), b[1:].numpy())
        for a, b in zip(x, reading.targets.pins, strict=True)
    ]
    assert found.item() == pytest.approx(np.mean(distances), rel=1e-5)


def test_without_pins_in_sight_nothing_is_lost():
    assert by_losses(1).distance(Pinned(cloud(0, 1), torch.arange(0)), same) is None


def test_losses_match_all_points_with_all():
    points, style, pinned = clouds(4, 6, 9, labels=[0] * 4, tags=0)
    match = by_losses(1).match(points, style, [points], pinned)
    assert match.x is points.x
    assert match.y is style.y
    assert match.pairing is None
