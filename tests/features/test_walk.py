"""Maps one by one: the same maps, and gradients that are made when their turn comes."""

import pytest
import torch
from torch.nn import functional as F
from torch.utils._python_dispatch import TorchDispatchMode

from wasserstyle.features import Extractor, vgg
from wasserstyle.features.later import Later
from wasserstyle.features.sampling import centres, hypercolumns, hypercolumns_along, uniform
from wasserstyle.features.toy import ToyFeatures
from wasserstyle.features.vgg import Vgg
from wasserstyle.optim import Objective
from wasserstyle.points import Ground, PointScale

LAYERS = ("rgb", "relu1_1", "relu2_1", "relu3_1")
AT = torch.tensor([[0, 0], [7, 12], [23, 17], [11, 3], [11, 3]])
CONVOLUTION, GATHER = "aten::convolution_backward", "aten::index_add"
all_extractors = pytest.mark.parametrize(
    "extract", [ToyFeatures(), Later(torch.float32, ToyFeatures)], ids=["toy", "later"]
)


def image():
    return torch.rand(1, 3, 24, 18, generator=torch.Generator().manual_seed(0))


class Backward(TorchDispatchMode):
    """Notes convolutions and gathers in the order in which their gradients are made."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        name = function.name().removesuffix("_")
        self.seen += [name] if name in {CONVOLUTION, GATHER} else []
        return function(*args, **(kwargs or {}))


def order(columns):
    with Backward() as watch:
        columns.square().sum().backward()
    return watch.seen


@all_extractors
def test_walking_gives_the_maps_of_a_call(extract):
    assert isinstance(extract, Extractor)
    walked = list(extract.walk(image(), LAYERS))
    called = extract(image(), LAYERS)
    assert [name for name, _ in walked] == list(called) == list(LAYERS)
    for name, found in walked:
        assert torch.equal(found, called[name])


def test_maps_read_on_the_way_have_their_gradients_one_after_the_other():
    picture = image().requires_grad_()
    maps = (found for _, found in ToyFeatures().walk(picture, LAYERS))
    walked = order(hypercolumns_along(maps, AT, centres))
    gradient, picture.grad = picture.grad, None
    at_the_end = order(hypercolumns(ToyFeatures()(picture, LAYERS), AT))
    assert walked == [GATHER, *3 * [CONVOLUTION, GATHER]]
    assert at_the_end == 4 * [GATHER] + 3 * [CONVOLUTION]
    torch.testing.assert_close(gradient, picture.grad)


def test_later_makes_its_network_once_and_only_when_asked():
    made = []

    def make():
        made.append(ToyFeatures())
        return made[-1]

    later = Later(torch.float32, make)
    assert (later.dtype, made) == (torch.float32, [])
    for _ in range(2):
        later(image(), LAYERS)
        dict(later.walk(image(), LAYERS))
    assert len(made) == 1


def test_a_network_goes_no_further_than_it_is_asked(bundled16, monkeypatch):
    calls, convolve = [], F.conv2d
    monkeypatch.setattr(vgg.F, "conv2d", lambda *a, **k: calls.append(1) or convolve(*a, **k))
    maps = Vgg(bundled16).walk(image(), LAYERS)
    for runs in (0, 1, 3, 5):
        next(maps)
        assert len(calls) == runs


def test_an_update_reads_output_on_the_way(bundled16):
    """Gradients of readings come between those of convolutions, not all before them."""
    scale = PointScale(
        content=image(),
        grounds=[Ground(torch.ones(24, 18, dtype=torch.bool), 20)],
        pins=torch.zeros(0, 2, dtype=torch.long),
        sampler=uniform,
        layers=LAYERS,
        locate=centres,
        loss=lambda parts, *_: Objective(parts[0].x.square().sum(), {}),
        usual=(network := Vgg(bundled16)),
        careful=network,
    )
    value = scale.whole().usual(image().requires_grad_(), torch.Generator())
    with Backward() as watch:
        value.total.backward()
    assert watch.seen.count(GATHER) == len(LAYERS)
    assert watch.seen[:2] == [GATHER, CONVOLUTION]
    assert watch.seen[-1] == GATHER  # of the picture itself
