"""Decoder, statistics, attention: by their definitions."""

import pytest
import torch

from wasserstyle import image as images
from wasserstyle import methods
from wasserstyle.features.vgg import Vgg
from wasserstyle.features.weights import bundled
from wasserstyle.method import Style, Tools
from wasserstyle.nets import decoder
from wasserstyle.nets.attention import StyleAttention
from wasserstyle.nets.decoder import Decoder, enlarged
from wasserstyle.nets.statistics import adaptive_instance_norm, mean_and_deviation, normalised


def maps(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.fixture(scope="module")
def attention():
    torch.manual_seed(0)
    return StyleAttention(6, 4).eval()


# ------------------------------------------------------------------ decoder
def test_the_decoder_is_the_published_one():
    assert sum(p.numel() for p in Decoder().parameters()) == 3_505_219


@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (1, 4)])
def test_it_makes_eight_pixels_of_a_cell(shape):
    out = Decoder()(maps(2, 512, *shape))
    assert out.shape == (2, 3, 8 * shape[0], 8 * shape[1])
    assert out.isfinite().all()


def test_its_last_convolution_may_go_below_zero():
    torch.manual_seed(0)  # of its first weights
    assert Decoder()(maps(1, 512, 4, 4)).min() < 0


def test_neighbours_are_doubled_but_for_the_last_time():
    ramp = torch.arange(4.0).expand(1, 1, 4, 4)
    same, *neighbours, last = (enlarged(ramp, doubling) for doubling in decoder.DOUBLINGS)
    assert torch.equal(same, ramp)
    for doubled in neighbours:
        assert doubled[0, 0, 5].tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    assert last[0, 0, 5].tolist() == [0, 0.25, 0.75, 1.25, 1.75, 2.25, 2.75, 3]


@pytest.mark.parametrize("name", ["adain", "sanet", "wasserstein_critic"])
def test_pixels_are_no_lattice(name, photograph, painting, monkeypatch):
    """What changes from pixel to pixel and back falls to less than half."""
    content, style = (
        images.to_long_side(images.read(p).rgb, 96) for p in (photograph, painting)
    )
    vgg = Vgg(bundled("vgg19"))

    def raster():
        paint = methods.get(name)(precision="float32", style_size=96).stylize
        picture = paint(content, [Style(style)], tools=Tools(features=vgg, size=96))
        return sum(picture.diff(n=2, dim=dim).square().mean().item() for dim in (2, 3))

    ours = raster()
    monkeypatch.setattr(decoder, "DOUBLINGS", (None, *3 * ["nearest"]))
    assert ours < raster() / 2


# ------------------------------------------------------------------ statistics
def test_normalised_channels_have_mean_zero_and_deviation_one():
    mean, deviation = mean_and_deviation(normalised(3 * maps(2, 4, 9, 7) + 5))
    torch.testing.assert_close(mean, torch.zeros_like(mean), atol=1e-5, rtol=0)
    torch.testing.assert_close(deviation, torch.ones_like(deviation), atol=1e-4, rtol=0)


def test_adain_takes_the_styles_statistics_and_leaves_its_own_content():
    content, style = maps(1, 4, 9, 7), 2 * maps(1, 4, 5, 5, seed=1) - 1
    for got, wanted in zip(
        mean_and_deviation(adaptive_instance_norm(content, style)),
        mean_and_deviation(style),
        strict=True,
    ):
        torch.testing.assert_close(got, wanted, atol=1e-4, rtol=0)
    torch.testing.assert_close(
        adaptive_instance_norm(content, content), content, atol=1e-4, rtol=0
    )


# ------------------------------------------------------------------ attention
@pytest.mark.parametrize("at_once", [1, 1000, None])
@torch.no_grad()
def test_it_is_the_definition_in_pieces(attention, monkeypatch, at_once):
    content, style = maps(2, 6, 12, 10), maps(2, 6, 5, 8, seed=1)
    monkeypatch.setattr(attention, "at_once", at_once)
    q = attention.query(normalised(content)).flatten(2)
    k = attention.key(normalised(style)).flatten(2)
    v = attention.value(style).flatten(2)
    shares = torch.einsum("bcq,bck->bqk", q, k).softmax(-1)
    gathered = torch.einsum("bqk,bck->bcq", shares, v).unflatten(2, (12, 10))
    torch.testing.assert_close(
        attention(content, style), attention.out(gathered) + content, atol=1e-5, rtol=0
    )


@torch.no_grad()
def test_a_constant_style_gives_its_value_everywhere(attention):
    content, style = maps(1, 6, 4, 4), maps(1, 6, 1, 1, seed=1).expand(1, 6, 3, 3)
    wanted = attention.out(attention.value(style[..., :1, :1])) + content
    torch.testing.assert_close(attention(content, style), wanted, atol=1e-5, rtol=0)


@torch.no_grad()
def test_the_order_of_the_styles_positions_does_not_matter(attention):
    content, style = maps(1, 6, 4, 4), maps(1, 6, 3, 5, seed=1)
    mixed = style.flatten(2)[..., torch.randperm(15)].unflatten(2, (3, 5))
    torch.testing.assert_close(
        attention(content, style), attention(content, mixed), atol=1e-5, rtol=0
    )


@torch.no_grad()
def test_scale_and_shift_of_content_channels_do_not_move_the_attention(attention):
    content, style = maps(1, 6, 4, 4), maps(1, 6, 3, 5, seed=1)
    other = 3 * content + 2
    torch.testing.assert_close(
        attention(content, style) - content, attention(other, style) - other, atol=1e-4, rtol=0
    )
