"""One pass through a network: regions, mixing, strength and size, with a network that is known."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from wasserstyle import image as images
from wasserstyle import methods, netmethod
from wasserstyle.errors import BadWeights
from wasserstyle.features.toy import ToyFeatures
from wasserstyle.features.vgg import Vgg
from wasserstyle.features.weights import bundled
from wasserstyle.guidance import Guidance
from wasserstyle.guidance.value import RegionPair
from wasserstyle.method import Memo, Style, Tools
from wasserstyle.netmethod import NetMethod
from wasserstyle.nets.transfer import MIDDLE, ByTransport, StyleNetwork

pytestmark = pytest.mark.slow  # its file is begun first

NAMES = [name for name in methods.names() if issubclass(methods.get(name), NetMethod)]
ONE_LAYER = [("adain", {}), ("tiny", {}), ("wasserstein_critic", {"reach": "single"})]
"""Those that do not look at relu5_1."""


class MeanNetwork(StyleNetwork):
    """Paints every position with the mean colour of the style's."""

    layers: ClassVar = (MIDDLE,)

    def __init__(self):
        nn.Module.__init__(self)
        self.decoder = nn.Upsample(scale_factor=8)

    def match(self, layer, content, style):
        same = content.shape == style.shape and torch.equal(content, style)
        return content if same else style.mean((2, 3), keepdim=True).expand_as(content)


class Colours(ToyFeatures):
    """An extractor whose deepest map is the picture, eight times smaller."""

    def walk(self, image, layers):
        for layer in layers:
            yield layer, F.avg_pool2d(image, 8, ceil_mode=True) * 4.037


@dataclass(frozen=True, kw_only=True)
class Means(NetMethod):
    name: ClassVar = "means"
    citation: ClassVar = "none"

    def network(self):
        return MeanNetwork()

    def teaching(self, name):
        raise NotImplementedError


@pytest.fixture(autouse=True)
def untrained(monkeypatch):
    """Networks of this file have no weights."""
    load = netmethod.files.load
    monkeypatch.setattr(
        netmethod.files,
        "load",
        lambda network, path: None if isinstance(network, MeanNetwork) else load(network, path),
    )
    found = netmethod.files.bundled
    monkeypatch.setattr(
        netmethod.files, "bundled", lambda name: Path(name) if name == "means" else found(name)
    )


def flat(*colour, height=32, width=48):
    return torch.tensor(colour).view(1, 3, 1, 1).expand(1, 3, height, width).clone()


RED, GREEN, BLUE = flat(0.9, 0.1, 0.1), flat(0.1, 0.8, 0.1), flat(0.1, 0.1, 0.7)


def paint(content, *styles, size=48, guidance=None, **settings):
    return Means(**settings).stylize(
        content,
        [style if isinstance(style, Style) else Style(style) for style in styles],
        tools=Tools(features=Colours(), size=size),
        guidance=guidance or Guidance(),
    )


def test_strength_goes_from_the_content_to_the_style():
    torch.testing.assert_close(paint(RED, BLUE), BLUE)
    torch.testing.assert_close(paint(RED, BLUE, strength=0.0), RED)
    torch.testing.assert_close(paint(RED, BLUE, strength=0.25), 0.75 * RED + 0.25 * BLUE)


def test_styles_mix_by_weight():
    mixed = paint(RED, Style(BLUE, 3.0), Style(GREEN, 1.0))
    torch.testing.assert_close(mixed, 0.75 * BLUE + 0.25 * GREEN)


def left_half(width=48):
    mask = torch.zeros(1, 1, 32, width)
    mask[..., : width // 2] = 1
    return mask


def test_a_region_is_painted_like_its_part_of_the_style():
    style = torch.cat([BLUE[..., :24], GREEN[..., :24]], dim=3)
    pair = RegionPair("left", left_half(), (left_half(),))
    painted = paint(RED, style, guidance=Guidance(regions=(pair,)))
    torch.testing.assert_close(painted[..., :24], BLUE[..., :24])
    both = (BLUE + GREEN)[..., 24:] / 2  # what is in no region is painted like the whole
    torch.testing.assert_close(painted[..., 24:], both)


def test_a_region_may_be_painted_like_one_of_several_styles():
    pair = RegionPair("left", left_half(), (None, torch.ones(1, 1, 4, 4)))
    painted = paint(RED, BLUE, GREEN, guidance=Guidance(regions=(pair,)))
    torch.testing.assert_close(painted[..., :24], GREEN[..., :24])
    torch.testing.assert_close(painted[..., 24:], (BLUE + GREEN)[..., 24:] / 2)


def test_hidden_content_is_left_out_of_what_is_painted():
    painted = paint(RED, BLUE, guidance=Guidance(visible=left_half()))
    torch.testing.assert_close(painted[..., :24], BLUE[..., :24])
    torch.testing.assert_close(painted[..., 24:], RED[..., 24:])


@pytest.mark.parametrize("shape", [(33, 47), (1, 90), (5, 5), (64, 48)])
def test_any_size_is_painted_to_its_border(shape):
    content = flat(0.9, 0.1, 0.1, height=shape[0], width=shape[1])
    painted = paint(content, BLUE, size=max(shape))
    assert painted.shape == content.shape
    torch.testing.assert_close(painted, BLUE[..., :1, :1].expand_as(content))


def test_the_network_is_read_once_for_many_contents(monkeypatch):
    made = []
    monkeypatch.setattr(Means, "network", lambda _: made.append(1) or MeanNetwork())
    tools = Tools(features=Colours(), size=48, memo=Memo())
    for content in (RED, GREEN):
        Means().stylize(content, [Style(BLUE)], tools=tools)
    assert len(made) == 1


# ------------------------------------------------------------------ colours
def spread(image):
    """Mean and covariance of colours."""
    flat = image[0].flatten(1)
    return flat.mean(1), flat.cov()


class Faint(MeanNetwork):
    """Paints what it sees, greyer and darker."""

    def match(self, layer, content, style):
        return 0.3 * content + 0.2


@pytest.fixture
def faint(monkeypatch):
    monkeypatch.setattr(Means, "network", lambda _: Faint())


@pytest.fixture
def colourful():
    """A picture whose colours no map has to cut off."""
    generator = torch.Generator().manual_seed(0)
    cells = (
        torch.rand(1, 3, 4, 6, generator=generator)
        * torch.tensor([0.2, 0.3, 0.1])[:, None, None]
    )
    return F.interpolate(0.3 + cells, scale_factor=8, mode="bilinear")


def test_a_picture_has_the_colours_of_the_style(faint, colourful):
    style = 1 - colourful.flip(3)
    for found, wanted in zip(spread(paint(colourful, style)), spread(style), strict=True):
        torch.testing.assert_close(found, wanted, atol=1e-5, rtol=1e-3)
    as_painted = paint(colourful, style, palette="network")
    assert (spread(as_painted)[0] - spread(style)[0]).abs().min() > 0.05


def test_colours_go_with_the_strength(faint, colourful):
    style = 1 - colourful.flip(3)
    mine, theirs = spread(colourful)[0], spread(style)[0]
    half, none = (paint(colourful, style, strength=share) for share in (0.5, 0.0))
    torch.testing.assert_close(spread(half)[0], (mine + theirs) / 2, atol=1e-5, rtol=1e-3)
    torch.testing.assert_close(spread(none)[1], spread(colourful)[1], atol=1e-5, rtol=1e-3)


def test_every_region_has_the_colours_of_its_own(faint, colourful):
    style = torch.cat([colourful[..., :24], 1 - colourful[..., 24:]], dim=3)
    pair = RegionPair("left", left_half(), (1 - left_half(),))
    painted = paint(colourful, style, guidance=Guidance(regions=(pair,)))
    for at, wanted in ((painted[..., :24], style[..., 24:]), (painted[..., 24:], style)):
        torch.testing.assert_close(spread(at)[0], spread(wanted)[0], atol=1e-5, rtol=1e-3)


# ------------------------------------------------------------------ grain
def striped(along):
    """A hundred pixels of lines, 16 px from one to the next."""
    wave = 0.5 + 0.3 * torch.sin(torch.arange(96) * (torch.pi / 8))
    lines = wave.expand(1, 3, 96, 96)
    return lines.transpose(2, 3) if along == "rows" else lines


class Copy(MeanNetwork):
    """Paints the means of cells of what it sees."""

    def match(self, layer, content, style):
        return content


def test_even_places_are_begun_with_the_texture_of_their_own_style(monkeypatch):
    monkeypatch.setattr(Means, "network", lambda _: Copy())
    content = flat(0.5, 0.5, 0.5, height=96, width=192)
    mask = torch.zeros(1, 1, 96, 192)
    mask[..., :96] = 1
    style = torch.cat([striped("rows"), striped("columns")], dim=3)
    pairs = [RegionPair("left", mask, (mask,)), RegionPair("right", 1 - mask, (1 - mask,))]

    def changes(**settings):
        guidance = Guidance(regions=tuple(pairs))
        painted = paint(
            content, style, size=192, palette="network", guidance=guidance, **settings
        )
        cells = F.avg_pool2d(painted, 8)[0, 0]
        halves = cells[1:-1, 1:11], cells[1:-1, 13:-1]
        return [[float(half.diff(dim=k).abs().mean()) for k in (0, 1)] for half in halves]

    (down, across), (down_right, across_right) = changes(grain=0.5)
    assert down > 2 * across
    assert across_right > 2 * down_right
    weak = changes(grain=0.5, strength=0.5)[0][0]
    assert 0.3 * down < weak < 0.7 * down
    for without in ({"grain": 0.0}, {"grain": 0.5, "strength": 0.0}):
        assert max(max(pair) for pair in changes(**without)) < 1e-6


# ------------------------------------------------------------------ the real ones
@pytest.fixture(scope="module")
def vgg():
    return Vgg(bundled("vgg19"))


def real(name, content, style, vgg, size):
    """Colours as the network paints them."""
    method = replace(methods.get(name)(), precision="float32", palette="network")
    return method.stylize(content, [Style(style)], tools=Tools(features=vgg, size=size))


@pytest.mark.parametrize("name", NAMES)
def test_a_large_picture_in_pieces_is_the_whole_one(name, vgg, monkeypatch, content, style):
    whole = real(name, content, style, vgg, 288)
    monkeypatch.setattr(NetMethod, "window", 144)
    torch.testing.assert_close(real(name, content, style, vgg, 288), whole, atol=2e-4, rtol=0)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_painted_depends_on_the_style(name, vgg, content, style):
    one, other = (real(name, content, s, vgg, 64) for s in (style, 1 - style))
    assert (one.mean((2, 3)) - other.mean((2, 3))).abs().max() > 0.1


@pytest.mark.parametrize(("name", "settings"), ONE_LAYER)
def test_a_flat_picture_gets_no_frame(name, settings, vgg, style):
    """Attention at relu5_1, which sees further, leaves one (decision 0014)."""
    flat = torch.full((1, 3, 96, 128), 0.6)
    method = methods.get(name)(palette="network", style_size=128, grain=0.0, **settings)
    painted = method.stylize(flat, [Style(style)], tools=Tools(features=vgg, size=128))
    middle = painted[:, :, 40:56, 56:72].mean((2, 3), keepdim=True)
    assert (painted - middle).abs().mean(1).max() < 3 / 255


def test_the_border_of_a_photograph_by_tiny_is_painted_like_its_middle(vgg, monkeypatch):
    """Pixels beyond it that are painted and cut off suffice: more change the border little more
    than they change all of the picture, by its statistics. With 16 it was three times as much."""
    content, style = (
        images.to_long_side(images.read(f"examples/{name}.jpg").rgb, 256)
        for name in ("content/astronaut", "style/watercolour")
    )
    method, tools = methods.get("tiny")(palette="network"), Tools(features=vgg, size=256)
    painted = method.stylize(content, [Style(style)], tools=tools)
    monkeypatch.setattr(ByTransport, "margin", 96)
    change = (method.stylize(content, [Style(style)], tools=tools) - painted).abs()[0].mean(0)
    inside = torch.zeros_like(change, dtype=torch.bool)
    inside[8:-8, 8:-8] = True
    assert change[~inside].mean() < 2 * change[48:-48, 48:-48].mean()


def test_weights_of_another_network_are_refused(vgg, content, style):
    method = methods.get("sanet")(trained=str(netmethod.files.bundled("adain")))
    with pytest.raises(BadWeights, match="not weights of this network"):
        method.stylize(content, [Style(style)], tools=Tools(features=vgg, size=64))


@pytest.mark.parametrize(("name", "settings"), [ONE_LAYER[0], ONE_LAYER[-1]])
def test_of_a_large_content_some_cells_are_its_own_style(
    name, settings, photograph, painting, monkeypatch
):
    """In bounded time, and the picture is nearly the one that all of them give."""
    vgg, seen = Vgg(bundled("vgg19")), []
    content, style = (
        images.to_long_side(images.read(p).rgb, 160) for p in (photograph, painting)
    )
    method = methods.get(name)(strength=0.5, precision="float32", palette="network", **settings)
    tools = Tools(features=vgg, size=160, memo=Memo())
    network = method.ready(tools)
    match = network.match
    monkeypatch.setattr(
        network, "match", lambda *maps: (seen.append(maps[2].shape[3]), match(*maps))[1]
    )
    every = method.stylize(content, [Style(style)], tools=tools)
    monkeypatch.setattr(netmethod, "OWN_CELLS", 100)
    some = method.stylize(content, [Style(style)], tools=tools)
    (all_, _), (few, _) = seen[:2], seen[2:]
    assert all_ > 300
    assert 50 < few <= 100
    assert 0 < (some - every).abs().mean() < 0.05
