"""Hypercolumns read window after window are those of the whole image, but near deep cuts."""

from pathlib import Path

import pytest
import torch

from wasserstyle import image as images
from wasserstyle.features.large import hypercolumns_of
from wasserstyle.features.sampling import centres, corners, hypercolumns, truncated
from wasserstyle.features.toy import ToyFeatures
from wasserstyle.features.vgg import Vgg
from wasserstyle.methods.strotss import LAYERS
from wasserstyle.windows import windows

CAT = Path(__file__).parents[2] / "examples" / "content" / "cat.jpg"
HEIGHT, WIDTH, SIDE = 200, 170, 160
TOY = {"rgb", "relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1"}


def positions(count, height=HEIGHT, width=WIDTH, seed=0):
    g = torch.Generator().manual_seed(seed)
    return torch.stack([torch.randint(n, (count,), generator=g) for n in (height, width)], 1)


def near_cuts(count):
    """Positions of cores that are as close to a cut as any: where errors are largest."""
    grid = windows(HEIGHT, WIDTH, SIDE)
    row = sorted({w.rows.core_start for w in grid})[1]
    column = sorted({w.columns.core_start for w in grid})[1]
    along = torch.linspace(0, WIDTH - 1, count).long()
    down = torch.linspace(0, HEIGHT - 1, count).long()
    sides = [torch.full_like(along, row - 1), torch.full_like(along, row)]
    beside = [torch.full_like(down, column - 1), torch.full_like(down, column)]
    return torch.cat(
        [torch.stack([s, along], 1) for s in sides]
        + [torch.stack([down, s], 1) for s in beside]
    )


def random_image(height, width):
    g = torch.Generator().manual_seed(height)
    return torch.rand(1, 3, height, width, generator=g, dtype=torch.float64)


def toy(image):
    return ToyFeatures()(image, TOY)


# ------------------------------------------------------------------ the real network
@pytest.fixture(scope="module")
def read_twice(bundled16):
    """Hypercolumns of the whole image and by windows; the columns of each layer."""
    network = Vgg(bundled16)
    image = images.resize(images.read(CAT).rgb, HEIGHT, WIDTH)
    at = torch.cat([near_cuts(12), positions(40)])

    def maps(picture):
        return network(picture, LAYERS)

    with torch.no_grad():
        whole = maps(image)
        by_window = hypercolumns_of(image, at, maps, locate=centres, side=SIDE)
    ends = torch.tensor([m.shape[1] for m in whole.values()]).cumsum(0).tolist()
    columns = dict(zip(whole, map(slice, [0, *ends[:-1]], ends), strict=True))
    return hypercolumns(whole, at), by_window, columns


def test_the_image_is_cut_on_both_axes():
    assert len(windows(HEIGHT, WIDTH, SIDE)) == 4


@pytest.mark.parametrize("layer", LAYERS[:-1])
def test_all_layers_but_the_deepest_are_read_exactly(read_twice, layer):
    whole, by_window, columns = read_twice
    assert whole[:, columns[layer]].abs().max() > 0.1
    torch.testing.assert_close(
        by_window[:, columns[layer]], whole[:, columns[layer]], rtol=0, atol=1e-5
    )


def test_the_deepest_layer_is_read_within_a_few_percent(read_twice):
    """Its field of view is wider than the halo; half of these positions are next to a cut."""
    whole, by_window, columns = read_twice
    layer = LAYERS[-1]
    error = (by_window - whole)[:, columns[layer]].square().mean().sqrt()
    assert error < 0.08 * whole[:, columns[layer]].square().mean().sqrt()


# ------------------------------------------------------------------ any network
@pytest.mark.parametrize("locate", [centres, corners, truncated])
@pytest.mark.parametrize(("height", "width", "side"), [(301, 37, 160), (41, 333, 128)])
def test_three_cells_of_halo_are_enough_for_one_convolution_a_block(
    locate, height, width, side
):
    """Every position, to rounding: aligned maps, no window's border in any hypercolumn."""
    image = random_image(height, width)
    at = torch.cartesian_prod(torch.arange(height), torch.arange(width))
    assert len(windows(height, width, side)) > 2
    expected = hypercolumns(toy(image), at, locate)
    found = hypercolumns_of(image, at, toy, locate=locate, side=side)
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-10)


def test_positions_keep_their_order():
    """Also where one comes twice, and where windows take turns."""
    image = random_image(300, 20)
    at = positions(60, 300, 20)
    at = torch.cat([at, at[:5], at.flip(0)])
    found = hypercolumns_of(image, at, toy, locate=centres, side=128)
    assert torch.equal(found[:, :3], image[0, :, at[:, 0], at[:, 1]].T)
    assert torch.equal(found[60:65], found[:5])


def test_one_window_is_the_whole():
    image, at = random_image(120, 50), positions(30, 120, 50)
    seen = []

    def maps(picture):
        seen.append(picture)
        return toy(picture)

    found = hypercolumns_of(image, at, maps, locate=centres, side=120)
    assert torch.equal(found, hypercolumns(toy(image), at))
    assert [p.shape for p in seen] == [image.shape]


def test_windows_without_positions_are_not_looked_at():
    image, seen = random_image(300, 20), []

    def maps(picture):
        seen.append(picture)
        return toy(picture)

    at = positions(9, 10, 20)
    hypercolumns_of(image, at, maps, locate=centres, side=128)
    (first,) = seen
    assert torch.equal(first, windows(300, 20, 128)[0].cut(image))


def test_no_positions_is_an_error():
    with pytest.raises(ValueError, match="no positions"):
        hypercolumns_of(random_image(20, 20), positions(0), toy, locate=centres, side=128)
