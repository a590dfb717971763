"""Halos: what the windows say is what NumPy says in float64, and only halos are taken back."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from wasserstyle.nets import halos
from wasserstyle.nets.halos import evened

SIDE = 224


def photograph(side=SIDE):
    """A dark disc on an even wall that gets lighter to the right."""
    y, x = torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij")
    distance = ((y - side / 2) ** 2 + (x - side / 2) ** 2).sqrt()
    wall = 0.5 + 0.1 * x / side
    grey = torch.where(distance < side / 6, 0.1, wall)
    return grey.expand(1, 3, side, side).contiguous(), distance - side / 6


def stripes(side=SIDE):
    return 0.1 * torch.sin(torch.arange(side) * (2 * torch.pi / 6)).expand(1, 3, side, side)


def test_a_pale_seam_around_a_thing_goes_and_strokes_stay():
    content, outside = photograph()
    seam = (outside >= 0) & (outside < 20)
    painted = (1 - content) * 0.8 + 0.15 * seam + stripes()
    found = evened(painted, content)
    wall = (outside > 30) & (outside < 60)
    before, after = (
        (x - stripes())[..., seam].mean() - (x - stripes())[..., wall].mean()
        for x in (painted, found)
    )
    assert before > 0.14
    assert after < 0.5 * before
    strokes = (found - found.mean(dim=3, keepdim=True))[..., :20, :]  # far from the disc
    assert (strokes * stripes()[..., :20, :]).mean() > 0.95 * stripes().square().mean()


def test_a_painting_that_follows_the_content_stays():
    content, _ = photograph()
    painted = 0.9 - 0.7 * content + stripes()
    torch.testing.assert_close(evened(painted, content), painted, atol=0.02, rtol=0)


@pytest.mark.parametrize("across", [64, 61])  # whole cells, and a cell that is cut
def test_what_is_painted_around_a_region_has_no_influence_and_stays(across):
    torch.manual_seed(0)
    content, painted = torch.rand(1, 3, 96, 120), torch.rand(1, 3, 96, 120)
    region = torch.zeros(96, 120, dtype=torch.bool)
    region[:, :across] = True
    other = painted.clone()
    other[..., ~region] = torch.rand(3, int((~region).sum()))
    found, again = (evened(x, content, region) for x in (painted, other))
    torch.testing.assert_close(found[..., region], again[..., region], atol=1e-3, rtol=0)
    assert torch.equal(found[..., ~region], painted[..., ~region])
    assert not torch.allclose(found[..., region], painted[..., region], atol=0.01)


@pytest.mark.parametrize("size", [(64, 64), (71, 130)])
def test_it_is_the_difference_of_two_guided_filters_where_the_content_is_even(size):
    """Against NumPy in float64, one regression for each window."""
    torch.manual_seed(1)
    content, painted = (0.2 + 0.6 * torch.rand(1, 3, *size) for _ in range(2))
    found = evened(painted, content) - painted
    down, across = (-side % halos.COARSE for side in size)
    x, y = (
        F.pad(z, (0, across, 0, down), mode="replicate")[0].double().numpy()
        for z in (content, painted)
    )
    cells, painted_cells = means(x, halos.FINE), means(y, halos.FINE)
    step = halos.COARSE // halos.FINE
    narrow = functions(cells, painted_cells, halos.NARROW // halos.FINE, 1)
    wide = functions(cells, painted_cells, halos.WIDE // halos.COARSE, step)
    wide = F.interpolate(torch.tensor(wide)[None], scale_factor=float(step), mode="bilinear")
    change = evenness(x) * (wide[0].numpy() - narrow)
    at = F.interpolate(
        torch.tensor(change)[None], scale_factor=float(halos.FINE), mode="bilinear"
    )
    at = at[0, :, : size[0], : size[1]].numpy()
    slopes, offsets = at[:9].reshape(3, 3, *size), at[9:]
    moved = np.einsum("ikhw,ihw->khw", slopes, content[0].double().numpy()) + offsets
    wanted = (painted[0].double() + torch.tensor(moved)).clamp(0, 1) - painted[0].double()
    torch.testing.assert_close(found[0].double(), wanted, atol=1e-4, rtol=0)


def means(x, side):
    c, h, w = x.shape
    return x.reshape(c, h // side, side, w // side, side).mean(axis=(2, 4))


def weights(n, reach):
    """Of positions on a line around each: two boxes, one after the other, (n, n)."""
    apart = np.abs(np.arange(n)[:, None] - np.arange(n))
    box = (apart <= (reach + 1) // 2).astype(float)
    return box @ box


def around(z, reach):
    """Weighted means over windows."""
    rows, columns = (weights(n, reach) for n in z.shape[-2:])
    total = rows.sum(1)[:, None] * columns.sum(1)[None]
    return np.einsum("ij,...jk,lk->...il", rows, z, columns) / total


def functions(x, y, reach, step):
    """Slopes and offsets at every ``step`` cells, each a regression of weighted cells."""
    h, w = x.shape[1] // step, x.shape[2] // step
    rows, columns = (np.repeat(weights(n, reach), step, axis=1) for n in (h, w))
    a, b = (z.reshape(3, -1) for z in (x, y))
    found = np.empty((12, h, w))
    for i in range(h):
        for j in range(w):
            share = np.outer(rows[i], columns[j]).ravel()
            share = share / share.sum()
            da, db = a - (a @ share)[:, None], b - (b @ share)[:, None]
            slopes = np.linalg.solve(
                (da * share) @ da.T + halos.RIDGE * np.eye(3), (da * share) @ db.T
            )
            found[:9, i, j] = slopes.ravel()
            found[9:, i, j] = b @ share - (a @ share) @ slopes
    return around(found, reach)


def evenness(x):
    mean, square = (around(means(z, halos.FINE), halos.SPOT) for z in (x, x**2))
    variance = (square - mean**2).mean(axis=0)
    return around(np.exp(-variance / halos.PATTERN), halos.SPOT)
