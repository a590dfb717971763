"""Objectives of points: a window's is that of the whole image, as far as it can be."""

import dataclasses
from functools import partial

import pytest
import torch

from wasserstyle.features.sampling import (
    centres,
    fixed_lattice,
    hypercolumns,
    lattice,
    stratified,
    uniform,
)
from wasserstyle.features.toy import ToyFeatures
from wasserstyle.optim import Judge, Objective, Pieces
from wasserstyle.points import Ground, PointScale
from wasserstyle.windows import windows

HEIGHT, WIDTH, SIDE, SAMPLES = 330, 40, 160, 80
IN_WINDOWS = SAMPLES // 2
"""Points drawn in a window, and remembered of the whole image."""
LAYERS = {"rgb", "relu1_1", "relu2_1", "relu4_1"}
GRID = windows(HEIGHT, WIDTH, SIDE)
MIDDLE = GRID[2]
every_window = pytest.mark.parametrize("window", GRID, ids=range(len(GRID)))


def picture(seed=0, height=HEIGHT, width=WIDTH):
    """Noise in blue; red and green of every pixel tell its row and column."""
    rows, columns = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    g = torch.Generator().manual_seed(seed)
    noise = torch.rand(height, width, generator=g)
    return torch.stack([rows / 512, columns / 512, noise])[None]


def where(cloud):
    """The positions of points, by their colours."""
    return (cloud[:, :2] * 512).round().long()


def blob():
    """A region of any shape, with a hole, not in every window's core."""
    rows, columns = torch.meshgrid(torch.arange(HEIGHT), torch.arange(WIDTH), indexing="ij")
    distance = ((rows - 160) / 110).square() + ((columns - 12) / 25).square()
    return (distance < 1) & ((rows // 7 + columns // 5) % 4 > 0)


def everywhere():
    return torch.ones(HEIGHT, WIDTH, dtype=torch.bool)


def loss(points, generator):
    """Sees both clouds, masses, precision and the stream."""
    mass = torch.full_like(points.x[:, 0], 1 / len(points.x))
    mass = mass if points.mass is None else points.mass
    direction = torch.randn(points.x.shape[1], generator=generator)
    moved = (points.x @ direction - (points.c @ direction).square()).square() @ mass
    return Objective(moved, {"first": points.x[0, 2]})


class Spy:
    """A loss that keeps the points it was given."""

    def __init__(self):
        self.points = []

    def __call__(self, points, generator):
        self.points.append(points)
        return loss(points, generator)


def scale_of(region, *, loss=loss, content=None, sampler=uniform, **options):
    parts = {
        "usual": ToyFeatures(),
        "careful": ToyFeatures(1),
        "layers": LAYERS,
        "locate": centres,
    }
    return PointScale(
        content=picture() if content is None else content,
        grounds=[Ground(region, SAMPLES)],
        pins=torch.zeros(0, 2, dtype=torch.long),
        sampler=sampler,
        loss=lambda parts, pinned, generator: loss(parts[0], generator),
        **(parts | options),
    )


def stream(seed=4):
    return torch.Generator().manual_seed(seed)


def surveyed(scale, image):
    pieces = scale.in_windows(SIDE, stream(9))
    pieces.survey(image)
    return pieces


def value_and_gradient(objective, image, seed=4):
    image = image.clone().requires_grad_()
    value = objective(image, stream(seed))
    (gradient,) = torch.autograd.grad(value.total, image)
    return value.total.detach(), gradient


# ------------------------------------------------------------------ the whole image
def test_points_of_output_and_content_are_at_the_same_positions():
    spy, region = Spy(), blob()
    scale = scale_of(region, loss=spy)
    scale.whole().usual(picture(seed=1), stream())
    (points,) = spy.points
    at = where(points.x)
    assert torch.equal(where(points.c), at)
    assert points.mass is None
    assert len(at) == SAMPLES
    assert region[at[:, 0], at[:, 1]].all()
    expected = hypercolumns(scale.target(scale.content), at)
    torch.testing.assert_close(points.c, expected)
    assert not torch.equal(points.c[:, 2:], points.x[:, 2:])


def test_maps_of_the_content_are_kept_in_half_the_memory_and_are_the_same_but_for_rounding():
    scale = scale_of(everywhere())
    seen, kept = scale.look(scale.content), scale.target(scale.content)
    assert seen.keys() == kept.keys()
    for name, feature in seen.items():
        assert feature.dtype == torch.float32
        assert kept[name].dtype == torch.float16
        torch.testing.assert_close(kept[name].float(), feature, rtol=5e-4, atol=1e-6)


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_maps_of_the_content_in_another_precision_stay_as_they_are(dtype):
    scale = scale_of(everywhere(), content=picture().to(dtype))
    seen, kept = scale.look(scale.content), scale.target(scale.content)
    assert all(torch.equal(kept[name], feature) for name, feature in seen.items())
    assert kept["relu4_1"].dtype == dtype


def test_positions_are_new_in_every_update():
    spy, generator = Spy(), stream()
    judge = scale_of(everywhere(), loss=spy).whole()
    for _ in range(2):
        judge.usual(picture(), generator)
    assert not torch.equal(spy.points[0].x, spy.points[1].x)


class InHalf(ToyFeatures):
    """Gives all maps but the picture in bfloat16."""

    def __init__(self):
        super().__init__()
        self.dtype = torch.bfloat16

    def walk(self, image, layers):
        for name, found in super().walk(image, layers):
            yield name, found if name == "rgb" else found.to(self.dtype)


def test_usual_and_careful_look_with_their_own_network():
    for judged in ("whole", "in a window"):
        spy = Spy()
        scale = scale_of(everywhere(), loss=spy, usual=InHalf(), careful=ToyFeatures())
        judge = scale.whole()
        image = picture()
        if judged == "in a window":
            judge, image = surveyed(scale, image).visit(MIDDLE), MIDDLE.cut(image)
        judge.usual(image, stream())
        judge.careful(image, stream())
        half, full = spy.points
        assert (half.precision, full.precision) == (torch.bfloat16, torch.float32)
        assert half.x.dtype == full.x.dtype == torch.float32
        assert torch.equal(half.x[:, :3], full.x[:, :3])  # at the same positions
        assert not torch.equal(half.x, full.x)


# ------------------------------------------------------------------ a window that holds everything
def whole_with_as_many_points(scale):
    return dataclasses.replace(
        scale, grounds=[Ground(scale.grounds[0].region, IN_WINDOWS)]
    ).whole()


def test_one_window_is_the_whole_image():
    scale, image = scale_of(blob()), picture(seed=1)
    (window,) = windows(HEIGHT, WIDTH, HEIGHT)
    judge, whole_judge = surveyed(scale, image).visit(window), whole_with_as_many_points(scale)
    for ours, whole in (
        (judge.usual, whole_judge.usual),
        (judge.careful, whole_judge.careful),
    ):
        value, gradient = value_and_gradient(ours, image)
        expected, whole_gradient = value_and_gradient(whole, image)
        assert torch.equal(value, expected)
        assert torch.equal(gradient, whole_gradient)
        assert gradient.abs().max() > 0


@every_window
def test_a_core_that_holds_all_that_is_visible_is_the_whole_image(window):
    """Although the network sees no more than the window."""
    region = torch.zeros(HEIGHT, WIDTH, dtype=torch.bool)
    region[window.rows.core_start : window.rows.core_stop, 3:37] = True
    scale, image = scale_of(region), picture(seed=1)
    judge = surveyed(scale, image).visit(window)
    value, gradient = value_and_gradient(judge.usual, window.cut(image))
    expected, whole_gradient = value_and_gradient(whole_with_as_many_points(scale).usual, image)
    torch.testing.assert_close(value, expected, rtol=1e-5, atol=0)
    largest = whole_gradient.abs().max()
    torch.testing.assert_close(
        gradient / largest, window.cut(whole_gradient) / largest, rtol=0, atol=1e-5
    )


# ------------------------------------------------------------------ windows
def test_they_are_pieces():
    pieces = scale_of(blob()).in_windows(SIDE, stream())
    assert isinstance(pieces, Pieces)
    assert isinstance(surveyed(scale_of(blob()), picture()).visit(MIDDLE), Judge)


def points_of(scale_options, window, image=None):
    """The points of one update in a window."""
    spy = Spy()
    image = picture(seed=1) if image is None else image
    judge = surveyed(scale_of(**scale_options, loss=spy), image).visit(window)
    assert judge is not None
    judge.usual(window.cut(image), stream())
    return spy.points[0]


@pytest.mark.parametrize("region", [blob(), everywhere()], ids=["blob", "everywhere"])
@pytest.mark.parametrize(
    "sampler", [stratified, uniform, lattice, lambda r: uniform(fixed_lattice(r, stream()))]
)
@every_window
def test_fresh_points_lie_in_region_and_core_and_the_rest_outside_the_core(
    window, sampler, region
):
    if not window.core_of(region).any():
        pytest.skip("nothing is visible here")
    points = points_of({"region": region, "sampler": sampler}, window)
    at, masses = where(points.x), points.mass.unique()
    assert torch.equal(where(points.c), at)
    assert region[at[:, 0], at[:, 1]].all()
    held = window.holds(at)
    fresh = int(held.sum())
    assert held[:fresh].all()
    assert not held[fresh:].any()
    assert 0 < fresh < len(at)
    assert sampler not in {stratified, uniform} or fresh == IN_WINDOWS
    assert len(masses) <= 2  # all fresh points alike, and all others


@pytest.mark.parametrize("region", [blob(), everywhere()], ids=["blob", "everywhere"])
@every_window
def test_masses_are_shares_of_what_is_visible(window, region):
    seen = region.numpy()
    core = seen[window.rows.core_start : window.rows.core_stop]
    if not core.any():
        assert surveyed(scale_of(region), picture()).visit(window) is None
        return
    points = points_of({"region": region}, window)
    outside = ~window.holds(where(points.x))
    share = (seen.sum() - core.sum()) / seen.sum()
    assert points.mass.sum().item() == pytest.approx(1, abs=1e-6)
    assert points.mass[outside].sum().item() == pytest.approx(share, abs=1e-6)
    for part in (outside, ~outside):
        assert points.mass[part].max() == points.mass[part].min() > 0


def test_a_window_with_nothing_visible_is_not_judged():
    """And there is one, or the test above would not show it."""
    region = everywhere()
    region[GRID[0].rows.core_start : GRID[0].rows.core_stop] = False
    pieces = surveyed(scale_of(region), picture())
    assert pieces.visit(GRID[0]) is None
    assert all(pieces.visit(window) is not None for window in GRID[1:])


@every_window
def test_the_rest_is_what_was_seen_there_and_stands_still(window):
    image = picture(seed=1)
    spy = Spy()
    scale = scale_of(everywhere(), loss=spy)
    judge = surveyed(scale, image).visit(window)
    for piece in (picture(seed=2), picture(seed=3)):
        judge.usual(window.cut(piece), stream())
    first, second = spy.points
    outside = ~window.holds(where(first.x))
    for points in spy.points:
        torch.testing.assert_close(
            points.x[outside], hypercolumns(scale.look(image), where(first.x[outside]))
        )
        torch.testing.assert_close(
            points.c[outside], hypercolumns(scale.look(scale.content), where(first.x[outside]))
        )
    assert not torch.equal(first.x[~outside], second.x[~outside])


def test_points_of_the_rest_are_those_of_the_whole_region():
    """Over all windows every remembered point is seen by all windows but its own."""
    pieces = surveyed(scale_of(blob()), picture())
    seen = sum(int((~w.holds(pieces.at)).sum()) for w in GRID)
    assert len(pieces.memory) == IN_WINDOWS
    assert seen == IN_WINDOWS * (len(GRID) - 1)
    assert blob()[pieces.at[:, 0], pieces.at[:, 1]].all()
    assert torch.equal(where(pieces.memory), pieces.at)


def update(pieces, window, image):
    """One update of a window of an image."""
    pieces.visit(window).usual(window.cut(image).clone().requires_grad_(), stream())


@every_window
def test_an_update_refreshes_what_lies_in_the_core_and_nothing_else(window):
    """So that nobody has to look at a window once more when it is left."""
    before, after = picture(seed=1), picture(seed=2)
    scale = scale_of(blob())
    pieces = surveyed(scale, before)
    old = pieces.memory.clone()
    here = window.holds(where(old))
    if pieces.visit(window) is None:
        assert not here.any()
        return
    update(pieces, window, after)
    assert torch.equal(pieces.memory[~here], old[~here])
    fresh = hypercolumns(scale.look(after), where(old))[here]
    torch.testing.assert_close(pieces.memory[here], fresh)
    assert not here.any() or not torch.equal(pieces.memory[here], old[here])
    assert not pieces.memory.requires_grad


class Failing(ToyFeatures):
    """Gives maps that are not finite."""

    def walk(self, image, layers):
        for name, found in super().walk(image, layers):
            yield name, found * torch.nan


def test_what_is_not_finite_is_forgotten_with_the_update_that_makes_up_for_it():
    image = picture(seed=1)
    pieces = surveyed(scale_of(everywhere()), image)
    pieces.scale = scale_of(everywhere(), usual=Failing())
    judge = pieces.visit(MIDDLE)
    judge.usual(MIDDLE.cut(image), stream())
    assert not pieces.memory.isfinite().all()
    judge.careful(MIDDLE.cut(image), stream())
    assert pieces.memory.isfinite().all()


def test_the_next_window_sees_what_was_refreshed():
    before, after = picture(seed=1), picture(seed=2)
    spy = Spy()
    scale = scale_of(everywhere(), loss=spy)
    pieces = surveyed(scale, before)
    update(pieces, MIDDLE, after)
    spy.points.clear()
    pieces.visit(GRID[0]).usual(GRID[0].cut(after), stream())
    (points,) = spy.points
    at = where(points.x)
    changed = MIDDLE.holds(at)
    assert changed.any()
    torch.testing.assert_close(points.x[changed], hypercolumns(scale.look(after), at[changed]))
    still = ~changed & ~GRID[0].holds(at)
    torch.testing.assert_close(points.x[still], hypercolumns(scale.look(before), at[still]))


def test_what_is_known_of_the_content_never_changes():
    """Although the memory begins as what is known of the content."""
    pieces = scale_of(everywhere()).in_windows(SIDE, stream())
    known = pieces.c.clone()
    pieces.survey(picture(seed=1))
    for window in GRID:
        update(pieces, window, picture(seed=2))
    assert torch.equal(pieces.c, known)


def test_memory_put_back_is_what_the_next_visit_sees():
    """As when a run goes on: survey, then the memory of the snapshot."""
    image = picture(seed=1)
    spy = Spy()
    pieces = surveyed(scale_of(everywhere(), loss=spy), image)
    pieces.memory = pieces.memory + 1
    pieces.visit(MIDDLE).usual(MIDDLE.cut(image), stream())
    outside = spy.points[0].mass != spy.points[0].mass[0]
    plain = points_of({"region": everywhere()}, MIDDLE, image)
    assert torch.equal(spy.points[0].x[outside], plain.x[outside] + 1)
    assert torch.equal(spy.points[0].x[~outside], plain.x[~outside])


def test_the_same_stream_remembers_the_same_points():
    scale = scale_of(blob())
    first, same, other = (scale.in_windows(SIDE, stream(seed)).at for seed in (1, 1, 2))
    assert torch.equal(first, same)
    assert not torch.equal(first, other)


def test_locate_and_layers_are_used_everywhere():
    """Another reading changes output, content and memory alike."""
    deeper = partial(dataclasses.replace, scale_of(everywhere()))
    shifted = deeper(locate=lambda points, pixel: points / pixel)
    fewer = deeper(layers={"rgb"})
    image = picture(seed=1)
    plain = surveyed(scale_of(everywhere()), image)
    moved = surveyed(shifted, image)
    assert not torch.equal(moved.memory, plain.memory)
    assert not torch.equal(moved.c, plain.c)
    update(moved, MIDDLE, image)
    torch.testing.assert_close(moved.memory, surveyed(shifted, image).memory)
    assert surveyed(fewer, image).memory.shape == (IN_WINDOWS, 3)
