import numpy as np
import pytest
import torch
from torch.nn.functional import interpolate

from reference import authors, equations
from wasserstyle.features.sampling import centres, corners, hypercolumns, truncated

RULES = {"centres": centres, "corners": corners, "truncated": truncated}
all_rules = pytest.mark.parametrize("rule", RULES)


def pyramid_of_maps(height, width, halvings=(0, 0, 1, 2, 4), dtype=torch.float64):
    """One map of its own width for each entry, halved so many times, down to one pixel."""
    g = torch.Generator().manual_seed(height * 100 + width)
    return {
        f"map{i}": torch.randn(
            1, 3 + i, max(height >> k, 1), max(width >> k, 1), generator=g, dtype=dtype
        )
        for i, k in enumerate(halvings)
    }


def all_positions(height, width):
    return torch.cartesian_prod(torch.arange(height), torch.arange(width)).reshape(-1, 2)


@all_rules
@pytest.mark.parametrize("size", [(13, 22), (17, 7), (16, 8), (1, 9), (5, 1), (1, 1)], ids=str)
@pytest.mark.parametrize("memory", [torch.contiguous_format, torch.channels_last])
def test_equal_the_equation_at_every_pixel(rule, size, memory):
    maps = {k: v.contiguous(memory_format=memory) for k, v in pyramid_of_maps(*size).items()}
    plain = [m[0].numpy() for m in maps.values()]
    at = all_positions(*size)
    expected = [equations.hypercolumn(plain, r, c, rule) for r, c in at.tolist()]
    np.testing.assert_allclose(hypercolumns(maps, at, RULES[rule]), expected, atol=1e-12)


@pytest.mark.parametrize(
    ("rule", "read"), [("corners", authors.read_output), ("truncated", authors.read_style)]
)
def test_equal_the_authors_reading(rule, read):
    maps = pyramid_of_maps(37, 50, halvings=(0, 0, 1, 2, 3, 4))  # they halve one at a time
    at = all_positions(37, 50)
    expected = read(maps, at[:, 0], at[:, 1])
    torch.testing.assert_close(hypercolumns(maps, at, RULES[rule]), expected)


def test_centres_show_what_upsampling_would():
    maps, at = pyramid_of_maps(16, 32), all_positions(16, 32)
    up = [interpolate(m, (16, 32), mode="bilinear", align_corners=False) for m in maps.values()]
    expected = torch.cat(up, dim=1)[0].flatten(1).T
    torch.testing.assert_close(hypercolumns(maps, at), expected)


@pytest.mark.parametrize("halvings", [1, 2, 3])
def test_centres_read_an_affine_picture_exactly(halvings):
    """A map of cell means of an affine image gives the image back, away from borders."""
    side, cell = 40, 2**halvings
    rows, columns = torch.meshgrid(*2 * [torch.arange(side).double()], indexing="ij")
    image = (0.3 + 2 * rows - 0.7 * columns)[None, None]
    maps = {"rgb": image, "deep": torch.nn.functional.avg_pool2d(image, cell)}
    at = torch.tensor([[r, c] for r in range(8, 32, 3) for c in range(8, 32, 5)])
    full, deep = hypercolumns(maps, at).T
    torch.testing.assert_close(deep, full, rtol=1e-12, atol=0)


@all_rules
def test_gradient_with_respect_to_the_maps(rule):
    maps = [m.requires_grad_() for m in pyramid_of_maps(7, 5, halvings=(0, 1, 2)).values()]
    at = torch.tensor([[0, 0], [6, 4], [3, 2], [3, 2], [5, 1]])  # one twice: they add up

    def read(*maps):
        return hypercolumns(dict(zip("abc", maps, strict=True)), at, RULES[rule])

    assert torch.autograd.gradcheck(read, maps)


def test_channels_come_in_the_order_of_the_maps():
    maps = {
        name: torch.full((1, width, 4, 4), float(i))
        for i, (name, width) in enumerate([("z", 3), ("a", 2), ("m", 1)])
    }
    assert hypercolumns(maps, torch.tensor([[1, 2]])).tolist() == [[0, 0, 0, 1, 1, 2]]


@pytest.mark.parametrize(
    ("stored", "returned"),
    [
        (torch.bfloat16, torch.float32),
        (torch.float16, torch.float32),
        (torch.float32, torch.float32),
        (torch.float64, torch.float64),
    ],
    ids=str,
)
def test_half_precision_maps_are_read_in_float32(stored, returned):
    """Positions too: bfloat16 cannot count beyond 256."""
    ramp = torch.arange(900.0).remainder(7).view(1, 1, 1, 900).to(stored)
    found = hypercolumns({"rgb": ramp}, torch.tensor([[0, 701], [0, 899]]))
    assert found.dtype == returned
    assert found.flatten().tolist() == [701 % 7, 899 % 7]
