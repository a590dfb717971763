"""Whether the grid of a decoder's cells is measured for what it is."""

import numpy as np
import torch

from wasserstyle.image import read, to_long_side
from wasserstyle.nets.phases import CELL, EDGE, FLAT, cells_loss, unevenness


def by_loops(grey):
    """Columns of one picture, in plain NumPy."""
    height, width = grey.shape
    found = [[] for _ in range(CELL)]
    for y in range(CELL, height - CELL):
        for x in range(CELL, width - CELL):
            step = grey[y, x] - grey[y, x - 1]
            found[x % CELL].append(step**2 / (step**2 + EDGE**2))
    means = np.array([np.mean(one) for one in found])
    return (means - means.mean()) / (means.mean() + FLAT)


def test_edges_are_counted_by_their_place_in_a_cell():
    image = torch.rand(1, 3, 40, 48, dtype=torch.float64, generator=torch.manual_seed(0))
    grey = image.mean(1)[0].numpy()
    rows, columns = unevenness(image).numpy()
    np.testing.assert_allclose(columns, by_loops(grey), atol=1e-12)
    np.testing.assert_allclose(rows, by_loops(grey.T), atol=1e-12)


def test_a_flat_picture_is_even():
    flat = torch.full((1, 3, 48, 40), 0.3, requires_grad=True)
    found = unevenness(flat)
    found.square().sum().backward()
    assert found.abs().max() == 0
    assert torch.isfinite(flat.grad).all()


def with_and_without_cells(photograph):
    """A picture, and the same with a little of its cells."""
    image = to_long_side(read(photograph).rgb, 384)
    image = image[..., : image.shape[2] // CELL * CELL, : image.shape[3] // CELL * CELL]
    cells = torch.nn.functional.avg_pool2d(image, CELL)
    doubled = torch.nn.functional.interpolate(cells, scale_factor=CELL, mode="nearest")
    return image, 0.97 * image + 0.03 * doubled


def test_a_photograph_is_even_and_its_cells_are_not(photograph):
    image, mixed = with_and_without_cells(photograph)
    assert unevenness(image).abs().max() < 0.05
    assert unevenness(mixed).argmax(dim=1).tolist() == [0, 0]  # edges where a cell begins
    assert unevenness(mixed).max() > 2 * unevenness(image).abs().max()
    assert unevenness(mixed.roll(3, dims=3))[1].argmax() == 3


def test_the_loss_evens_out_cells(photograph):
    image, mixed = with_and_without_cells(photograph)
    assert cells_loss(mixed) > 4 * cells_loss(image)
    learned = mixed
    for _ in range(10):
        learned.requires_grad_()
        value = cells_loss(learned)
        (slope,) = torch.autograd.grad(value, learned)
        learned = (learned - value / (4 * slope.square().sum()) * slope).detach()
    assert cells_loss(learned) < 0.3 * cells_loss(mixed)
    assert (learned - mixed).abs().mean() < 1 / 255
