"""Colours only: closed form, strength, several styles, regions, command."""

import pytest
import torch

from wasserstyle.features.toy import ToyFeatures
from wasserstyle.guidance import Guidance, RegionPair
from wasserstyle.image import read
from wasserstyle.method import Style, Tools
from wasserstyle.methods.color_transport import ColorTransport
from wasserstyle.ot.gaussian import monge_map
from wasserstyle.recolour import PIECE, colours, recolour


def picture(seed, height=40, width=30, mean=0.5):
    g = torch.Generator().manual_seed(seed)
    mix = 0.05 * torch.randn(3, 3, generator=g)
    noise = torch.randn(1, 3, height, width, generator=g)
    return (mean + torch.einsum("ij,bjhw->bihw", mix, noise)).clamp(0, 1)


def transport(content, *styles, guidance=None, size=40, **settings):
    return ColorTransport(**settings).stylize(
        content,
        styles,
        tools=Tools(features=ToyFeatures(), size=size),
        guidance=guidance or Guidance(),
    )


def close(a, b):
    torch.testing.assert_close(a.mean, b.mean, atol=2e-3, rtol=0)
    torch.testing.assert_close(a.covariance, b.covariance, atol=1e-3, rtol=2e-2)


def test_the_result_has_the_colours_of_the_style():
    x, y = picture(1), picture(2, mean=0.4)
    out = transport(x, Style(y))
    close(colours(out), colours(y))
    torch.testing.assert_close(out, recolour(x, like=y))


def test_strength_goes_along_the_straight_line_of_the_map():
    """The geodesic moves every colour so far along its own way (McCann 1997)."""
    x, y = picture(1), picture(2, mean=0.4)
    whole, half, none = (transport(x, Style(y), strength=s) for s in (1.0, 0.5, 0.0))
    torch.testing.assert_close(none, x, atol=1e-5, rtol=0)
    torch.testing.assert_close(half, (x + whole) / 2, atol=2e-3, rtol=0)


@pytest.mark.parametrize("mixing", ["barycentre", "mixture"])
def test_several_styles(mixing):
    x, a, b = picture(1), picture(2, mean=0.3), picture(3, mean=0.6)
    out = transport(x, Style(a, 3), Style(b, 1), mixing=mixing)
    wanted = (3 * colours(a).mean + colours(b).mean) / 4
    torch.testing.assert_close(colours(out).mean, wanted, atol=2e-3, rtol=0)


def test_a_barycentre_is_no_wider_than_its_styles():
    """In a mixture the distance of the means is spread, too."""
    x, a, b = picture(1), picture(2, mean=0.3), picture(3, mean=0.6)
    spread = {
        mixing: colours(transport(x, Style(a), Style(b), mixing=mixing)).covariance.trace()
        for mixing in ("barycentre", "mixture")
    }
    assert spread["barycentre"] < 1.1 * max(colours(i).covariance.trace() for i in (a, b))
    assert spread["mixture"] > 2 * spread["barycentre"]


def test_regions_take_the_colours_of_their_own_parts_and_nothing_else():
    x, y = picture(1), picture(2, width=40, mean=0.4)
    y[..., 20:] += 0.3
    own = torch.zeros(1, 1, 40, 30)
    own[..., :10] = 1
    theirs = torch.zeros(1, 1, 40, 40)
    theirs[..., 20:] = 1
    out = transport(x, Style(y), guidance=Guidance(regions=(RegionPair("a", own, (theirs,)),)))
    close(colours(out[..., :10]), colours(y[..., 20:]))
    close(colours(out[..., 10:]), colours(y))


def test_what_is_hidden_stays_as_it_is():
    x, y = picture(1), picture(2, mean=0.3)
    visible = torch.ones(1, 1, 40, 30)
    visible[..., :12] = 0
    out = transport(x, Style(y), guidance=Guidance(visible=visible))
    assert torch.equal(out[..., :12], x[..., :12])
    close(colours(out[..., 12:]), colours(y))


def test_large_pictures_go_in_pieces():
    x = picture(1, height=PIECE // 500, width=1100)
    y = picture(2, mean=0.4)
    torch.testing.assert_close(
        recolour(x, like=y)[..., :700], recolour_by_hand(x, y)[..., :700], atol=1e-5, rtol=0
    )


def recolour_by_hand(x, y):
    """In one piece, with NumPy's covariance."""
    a, b = (i[0].flatten(1).double() for i in (x, y))
    t = monge_map(torch.cov(a, correction=0), torch.cov(b, correction=0))
    moved = b.mean(1, keepdim=True) + t @ (a - a.mean(1, keepdim=True))
    return moved.clamp(0, 1).float().unflatten(1, x.shape[2:])[None]


# ------------------------------------------------------------------ the command
def test_the_command_keeps_the_size_and_can_be_repeated(run, photograph, painting, tmp_path):
    out = tmp_path / "c.png"
    code, _, err = run("color", photograph, painting, "-o", out, "--strength", 0.7)
    assert code == 0
    assert "wrote" in err
    assert read(out).rgb.shape == read(photograph).rgb.shape
    code, _, err = run("rerun", out)
    assert "pixels: the same" in err


def test_the_command_refuses_what_it_cannot_do(run, photograph, painting, tmp_path):
    out = tmp_path / "c.png"
    code, _, err = run("color", photograph, painting, "-o", out, "--strength", 2)
    assert code == 2
    assert "strength = 2.0; must be between 0 and 1" in err
    code, _, err = run("color", tmp_path / "none.jpg", painting, "-o", out)
    assert code == 2
    assert not out.exists()
