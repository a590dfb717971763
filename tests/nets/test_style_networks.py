"""The three networks: what they share and where they differ; their files."""

import pytest
import torch

from wasserstyle.errors import BadWeights
from wasserstyle.nets import files
from wasserstyle.nets.pieces import in_pieces
from wasserstyle.nets.slim import EIGHTH, QUARTER
from wasserstyle.nets.transfer import (
    DEEPEST,
    MIDDLE,
    ByAttention,
    ByStatistics,
    ByTransport,
    ByTwoAttentions,
)
from wasserstyle.ot.newton import monge_maps

DECODER, MERGE = 3_505_219, 9 * 512 * 512 + 512
ATTENTION = 2 * (512 * 192 + 192) + 2 * (512 * 512 + 512)


def maps(side=4, batch=1, seed=0):
    generator = torch.Generator().manual_seed(seed)
    sizes = {MIDDLE: side, DEEPEST: side // 2}
    return {k: torch.rand(batch, 512, n, n, generator=generator) for k, n in sizes.items()}


@pytest.mark.parametrize(
    ("network", "count"),
    [
        (ByStatistics, DECODER),
        (ByAttention, DECODER + ATTENTION),
        (ByTwoAttentions, DECODER + 2 * ATTENTION + MERGE),
    ],
)
def test_they_differ_in_what_they_match_by(network, count):
    assert sum(p.numel() for p in network().parameters()) == count


def test_the_deeper_map_is_enlarged_linearly():
    """Between two cells a quarter and three quarters of the way; at the border, the cell."""
    deep = torch.tensor([0.0, 4.0]).expand(1, 512, 2, 2)
    found = ByTwoAttentions.summed({MIDDLE: torch.ones(1, 512, 4, 4), DEEPEST: deep})
    assert torch.equal(found, 1 + torch.tensor([0.0, 1.0, 3.0, 4.0]).expand(1, 512, 4, 4))


@pytest.mark.parametrize("network", [ByStatistics, ByAttention, ByTwoAttentions])
@torch.no_grad()
def test_a_batch_is_its_pictures_one_by_one(network):
    torch.manual_seed(0)
    net, content, style = network(), maps(batch=2), maps(6, batch=2, seed=1)
    both = net(content, style)
    for n in range(2):
        one = net(*({k: v[n : n + 1] for k, v in m.items()} for m in (content, style)))
        torch.testing.assert_close(both[n : n + 1], one, atol=1e-5, rtol=1e-4)


@torch.no_grad()
def test_statistics_of_the_style_in_every_channel():
    matched = ByStatistics().matched(maps(), maps(seed=1))
    goal = maps(seed=1)[MIDDLE]
    torch.testing.assert_close(matched.mean((2, 3)), goal.mean((2, 3)), atol=1e-4, rtol=0)


@torch.no_grad()
def test_codes_with_the_moments_of_the_style():
    """Where the ridge is small beside the variance."""
    torch.manual_seed(0)
    net, mixing = ByTransport(), torch.randn(64, 64) / 8
    content, other = torch.randn(2, 64, 9, 7), torch.randn(2, 64, 12, 12)
    style = torch.einsum("ij,bjhw->bihw", mixing, other) + 1
    moved = net.match(EIGHTH, content, style).flatten(2)
    goal = style.flatten(2)
    torch.testing.assert_close(moved.mean(2), goal.mean(2), atol=1e-4, rtol=0)
    for found, wanted in zip(moved, goal, strict=True):
        assert (
            found.cov(correction=0) - wanted.cov(correction=0)
        ).norm() < 0.1 * wanted.cov().norm()


@torch.no_grad()
def test_codes_that_vary_along_few_directions_move_as_in_float64():
    torch.manual_seed(0)
    spread = torch.logspace(0, -2, 64)[:, None]  # deviations, as of trained codes
    turned = [torch.linalg.qr(torch.randn(64, 64))[0] for _ in range(2)]
    content, style = ((turn @ (spread * torch.randn(64, 900)))[None] for turn in turned)
    x, y = (code.double() - code.double().mean(2, keepdim=True) for code in (content, style))
    t = monge_maps(x @ x.mT / 900, y @ y.mT / 900)
    wanted = style.double().mean(2, keepdim=True) + t @ x
    moved = ByTransport().match(
        EIGHTH, *(code.unflatten(2, (30, 30)) for code in (content, style))
    )
    torch.testing.assert_close(moved.flatten(2).double(), wanted, atol=1e-5, rtol=0)


@torch.no_grad()
def test_codes_of_a_picture_as_its_own_style_stay():
    torch.manual_seed(0)
    net = ByTransport()
    view = net.view(torch.rand(1, 3, 64, 48), {})
    assert {k: v.shape for k, v in view.items()} == {
        QUARTER: (1, 32, 16, 12),
        EIGHTH: (1, 64, 8, 6),
    }
    for name, code in view.items():
        torch.testing.assert_close(net.match(name, code, code), code, atol=1e-4, rtol=1e-3)
    assert net(view, view).shape == (1, 3, 64, 48)


@torch.no_grad()
def test_the_slim_decoder_sees_no_further_than_it_says():
    torch.manual_seed(0)
    net, map_ = ByTransport(), torch.rand(1, 192, 40, 1)
    other = map_.clone()
    other[:, :, : 20 - net.decoded] += 1
    one, two = net.decoder(map_), net.decoder(other)
    assert torch.equal(one[:, :, 160:], two[:, :, 160:])
    other[:, :, : 20 - net.decoded + 1] += 1
    assert not torch.equal(one[:, :, 160:], net.decoder(other)[:, :, 160:])


@torch.no_grad()
def test_the_deeper_map_may_be_smaller_than_half():
    """Three cells of relu5_1 below seven of relu4_1."""
    net, odd = (
        ByTwoAttentions(),
        {MIDDLE: torch.rand(1, 512, 7, 9), DEEPEST: torch.rand(1, 512, 3, 4)},
    )
    assert net(odd, odd).shape == (1, 3, 56, 72)


def test_weights_come_back_in_half_precision_with_what_they_are(tmp_path):
    net, again, path = ByStatistics(), ByStatistics(), tmp_path / "w.safetensors"
    files.save(net.state_dict(), {"network": "adain", "steps": 3}, path)
    files.load(again, path)
    for name, value in net.state_dict().items():
        assert torch.equal(again.state_dict()[name], value.half().float())
    assert files.about(path) == {"network": "adain", "steps": 3}
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("text", [b"", b"no weights at all"])
def test_what_are_no_weights_is_said(tmp_path, text):
    path = tmp_path / "w.safetensors"
    path.write_bytes(text)
    with pytest.raises(BadWeights, match="not weights"):
        files.load(ByStatistics(), path)
    with pytest.raises(BadWeights, match="not weights"):
        files.about(path)
    with pytest.raises(BadWeights, match="no weights of nothing are bundled"):
        files.bundled("nothing")


@pytest.mark.parametrize("factor", [0.5, 1, 2])
def test_pieces_of_a_picture_are_the_picture(factor):
    """A mean of neighbours: what lies in the halo is seen, what lies beyond is not needed."""

    def network(x):
        seen = torch.nn.functional.avg_pool2d(x, 5, 1, 2, count_include_pad=False)
        return {"out": torch.nn.functional.interpolate(seen, scale_factor=factor)}

    picture = torch.rand(1, 2, 50, 32)
    whole = network(picture)["out"]
    found = in_pieces(network, picture, side=8, halo=2)["out"]
    torch.testing.assert_close(found, whole)
    assert not torch.allclose(in_pieces(network, picture, side=8, halo=0)["out"], whole)
