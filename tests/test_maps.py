"""Feature maps as clouds, inside regions, and in patches."""

import numpy as np
import pytest
import torch

from wasserstyle.maps import (
    cells_in,
    cloud,
    in_proportion,
    mass_in,
    mean_square,
    mean_square_to,
    patches,
    some,
    some_of_each,
    total_variation,
)


def feature(height, width, channels=3, seed=0):
    return torch.randn(
        1, channels, height, width, generator=torch.Generator().manual_seed(seed)
    )


def test_a_cloud_goes_row_by_row_and_is_at_least_float32():
    f = feature(2, 3)
    assert torch.equal(cloud(f)[4], f[0, :, 1, 1])
    assert cloud(f.bfloat16()).dtype == torch.float32
    assert cloud(f.double()).dtype == torch.float64


def test_mass_is_the_share_of_a_cell_that_is_inside():
    region = torch.zeros(8, 8, dtype=torch.bool)
    region[:, :3] = True  # one and a half columns of cells of two pixels
    mass = mass_in(region, feature(4, 4)).view(4, 4)
    expected = torch.tensor([1.0, 0.5, 0.0, 0.0]) / 6
    torch.testing.assert_close(mass, expected.expand(4, 4))
    assert mass_in(torch.ones(8, 8, dtype=torch.bool), feature(4, 4)) is None


def test_cells_belong_by_half_and_a_thin_region_keeps_its_strongest():
    region = torch.zeros(8, 8, dtype=torch.bool)
    region[:, :3] = True
    assert cells_in(region, feature(4, 4)).tolist() == [0, 1, 4, 5, 8, 9, 12, 13]
    thin = torch.zeros(8, 8, dtype=torch.bool)
    thin[5, 6] = True
    assert cells_in(thin, feature(2, 2)).tolist() == [3]


def test_some_are_distinct_in_order_and_all_where_there_are_few():
    cells = torch.arange(100) * 3
    drawn = some(cells, 20, torch.Generator().manual_seed(0))
    assert len(set(drawn.tolist())) == 20
    assert set(drawn.tolist()) <= set(cells.tolist())
    assert torch.equal(drawn, drawn.sort().values)
    assert torch.equal(some(cells, 100, torch.Generator()), cells)


@pytest.mark.parametrize("side", [1, 3, 5])
@pytest.mark.parametrize("shape", [(6, 7), (1, 1), (1, 9)])
def test_patches_are_neighbourhoods_with_the_border_repeated(side, shape):
    f = feature(*shape)
    padded = np.pad(f[0].numpy(), [(0, 0), *[(side // 2,) * 2] * 2], mode="edge")
    every = torch.arange(shape[0] * shape[1])
    found = patches(f, every, side)
    for cell in every.tolist():
        row, column = divmod(cell, shape[1])
        wanted = padded[:, row : row + side, column : column + side].reshape(3, -1)
        np.testing.assert_allclose(found[cell], wanted)


def test_the_gradient_of_patches_counts_how_often_a_cell_is_covered():
    f = feature(5, 5, channels=1).requires_grad_()
    patches(f, torch.tensor([12]), 3).sum().backward()
    wanted = torch.zeros(5, 5)
    wanted[1:4, 1:4] = 1
    assert torch.equal(f.grad[0, 0], wanted)


def test_mean_square_weighs_cells_by_mass():
    x, y = feature(2, 2, seed=1), feature(2, 2, seed=2)
    squares = (x - y).square().mean(1).flatten()
    torch.testing.assert_close(mean_square(x, y), squares.mean())
    mass = torch.tensor([0.0, 1.0, 0.0, 0.0])
    torch.testing.assert_close(mean_square(x, y, mass), squares[1])


def test_only_the_region_counts_in_a_mean_square():
    x, y = feature(4, 4, seed=1), feature(4, 4, seed=2)
    left = torch.zeros(8, 8, dtype=torch.bool)
    left[:, :4] = True
    inside = mean_square(x[..., :2], y[..., :2])
    torch.testing.assert_close(mean_square_to(y, left)(x), inside)
    torch.testing.assert_close(mean_square_to(y, left | True)(x), mean_square(x, y))


def test_counts_in_proportion():
    assert in_proportion([100, 100], [0.75, 0.25], 40) == [30, 10]
    assert in_proportion([10, 1000], [0.5, 0.5], 100) == [10, 10]
    assert in_proportion([50], [1.0], 100) == [50]
    assert in_proportion([50, 50], [1.0, 0.0], 100) == [50, 1]


def test_some_of_each_picture_are_drawn_by_their_shares():
    first, second = torch.arange(100), torch.arange(50, 90)
    generator = torch.Generator().manual_seed(0)
    drawn = some_of_each([first, second], [0.75, 0.25], 40, generator)
    assert [len(cells.unique()) for cells in drawn] == [30, 10]
    assert set(drawn[1].tolist()) <= set(second.tolist())


def test_total_variation_by_hand():
    image = torch.tensor([[0.0, 1.0], [0.0, 3.0]]).expand(1, 3, 2, 2)
    assert total_variation(image).item() == pytest.approx((0 + 4 + 1 + 9) / 4)
    assert total_variation(image[..., :1, :1]) == 0
