"""An update never reads a value back: on an accelerator that would wait for all before it."""

from collections import Counter
from dataclasses import replace
from functools import partial

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from wasserstyle.features.sampling import centres, uniform
from wasserstyle.features.toy import ToyFeatures
from wasserstyle.features.vgg import Vgg
from wasserstyle.features.weights import bundled
from wasserstyle.guided import WHOLE, ByCost, ByLosses, Part, StyleModel, Targets
from wasserstyle.method import Style, Tools
from wasserstyle.methods.strotss import Scale, Strotss
from wasserstyle.optim import Judge, Objective
from wasserstyle.optim.descent import WATCH, Course, Descent
from wasserstyle.optim.rules import RULES
from wasserstyle.ot.gaussian import Moments
from wasserstyle.points import Ground, PointScale, _Part, _Rest, _Sight
from wasserstyle.styles import from_pool

READS = {
    *("aten::_local_scalar_dense", "aten::item", "aten::is_nonzero", "aten::equal"),
    *("aten::allclose", "aten::nonzero", "aten::nonzero_numpy", "aten::masked_select"),
    *("aten::_unique", "aten::_unique2", "aten::unique_dim", "aten::unique_consecutive"),
    *("aten::repeat_interleave", "aten::bincount", "aten::histc"),
}
"""Operations whose result, or its shape, the host must know."""
INDEXING = {"aten::index", "aten::index_put", "aten::index_put_", "aten::_index_put_impl_"}
"""They read where the index is a mask."""


class Reads(TorchDispatchMode):
    """Keeps what is read, by operation.

    Draws from a generator, and what is made of nothing else, are the host's on every machine.
    """

    def __init__(self):
        super().__init__()
        self.seen, self.operations, self.of_host = [], 0, []

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        name, kwargs = function.name().split(".")[0], kwargs or {}
        self.operations += 1
        given = [x for x in tree_leaves((args, kwargs)) if isinstance(x, torch.Tensor)]
        known = {id(x) for x in self.of_host}
        drawn = kwargs.get("generator") is not None
        of_host = drawn or (bool(given) and all(id(x) in known for x in given))
        if not of_host and (name in READS or (name in INDEXING and any(map(is_mask, args[1])))):
            self.seen.append((name, args[0]))
        result = function(*args, **kwargs)
        if of_host:
            self.of_host += [x for x in tree_leaves(result) if isinstance(x, torch.Tensor)]
        return result


def is_mask(index):
    return index is not None and index.dtype in {torch.bool, torch.uint8}


# ------------------------------------------------------------------ the instrument itself
@pytest.mark.parametrize(
    "read",
    [
        lambda x: x.sum().item(),
        lambda x: float(x[0]),
        lambda x: bool(x.any()),
        lambda x: int(x.argmax()),
        lambda x: 1 if x[0] > 0 else 0,
        lambda x: x[x > 0],
        lambda x: x.__setitem__(x > 0, x[0]),
        lambda x: x.nonzero(),
        lambda x: torch.where(x > 0),
        lambda x: torch.equal(x, x),
        lambda x: x.masked_select(x > 0),
        lambda x: x.unique(),
        lambda x: range(x.long()[0]),
    ],
)
def test_reads_are_seen(read):
    x = torch.arange(4.0)
    with Reads() as reads:
        read(x)
    assert len(reads.seen) == 1


def test_what_stays_on_the_device_is_no_read():
    x = torch.arange(4.0)
    with Reads() as reads:
        y = torch.where(x > 1, x, 0)[torch.tensor([0, 2])].isfinite().all()
        x[:2] += ~y
        x.index_select(0, torch.tensor([1])).clamp_min(0).square().sum()
    assert reads.operations > 8
    assert reads.seen == []


def test_what_was_drawn_on_the_host_may_be_read_there_and_only_there():
    x, generator = torch.arange(4.0), torch.Generator()
    with Reads() as reads:
        drawn = torch.randperm(4, generator=generator)
        drawn = drawn[drawn < 3]
        drawn.sum().item()
        assert reads.seen == []
        x[drawn].sum().item()
    assert len(reads.seen) == 1


# ------------------------------------------------------------------ whole runs
class Watch:
    """Counts what updates read, but where they ask, now and then, whether all were finite."""

    def __init__(self, monkeypatch):
        self.reads, self.updates, self.operations = Counter(), 0, 0
        self.asking = False
        monkeypatch.setattr(Descent, "update", self.recorded(Descent.update))
        monkeypatch.setattr(Descent, "_make_up", self.unrecorded(Descent._make_up))

    def recorded(self, update):
        def call(descent):
            self.updates += 1
            with Reads() as self.mode:
                value = update(descent)
            self.operations += self.mode.operations
            self.reads.update(name for name, _ in self.mode.seen)
            return value

        return call

    def unrecorded(self, make_up):
        def call(descent, rate):
            before = len(self.mode.seen)
            make_up(descent, rate)
            asked = self.mode.seen[before:]
            assert [name for name, _ in asked] == ["aten::_local_scalar_dense"]
            del self.mode.seen[before:]

        return call


def run(method, size):
    g = torch.Generator().manual_seed(0)
    content, style = (
        torch.rand(1, 3, 60, 12, generator=g),
        torch.rand(1, 3, 33, 40, generator=g),
    )
    features = ToyFeatures()
    tools = Tools(features=features, careful=features, size=size)
    return method.stylize(content, [Style(style)], tools=tools)


@pytest.mark.parametrize(("size", "visits"), [(64, 0), (640, 3 + 4)], ids=["whole", "windows"])
def test_updates_of_strotss_read_nothing(monkeypatch, size, visits):
    """Also those of windows, where points of the rest of the image join."""
    watch = Watch(monkeypatch)
    method = Strotss(iterations=2, window=256)
    run(replace(method, style_pool=900), size)
    stages = method.stages(size)
    whole = sum(s.iterations for s in stages[: -1 if visits else None])
    assert watch.updates == whole + visits
    assert watch.operations > 100 * watch.updates
    assert watch.reads == {}


def test_a_loss_that_reads_is_caught(monkeypatch):
    """Or the test above would show nothing."""
    terms = Strotss._terms

    def reading(self, points, y, style_moments, columns):
        assert points.x.sum() < 1e9
        return terms(self, points, y, style_moments, columns)

    watch = Watch(monkeypatch)
    monkeypatch.setattr(Strotss, "_terms", reading)
    run(Strotss(iterations=2), 64)
    assert watch.reads == {"aten::_local_scalar_dense": watch.updates}


# ------------------------------------------------------------------ a device without values
META = torch.device("meta")
SIZE = (64, 48)


def descent_of(judge, steps=2 * WATCH, optimiser="adam"):
    return Descent(
        torch.empty(1, 3, *SIZE, device=META),
        judge,
        Course(steps, lambda step: 0.1),
        rule=RULES[optimiser],
        generator=torch.Generator().manual_seed(0),
    )


def judge_of(network, *, rest, reading=ByLosses):
    """The default objective, all of it on a device from which nothing can be read."""
    method = Strotss()
    draws = uniform(torch.ones(SIZE, dtype=torch.bool))

    def sampler(region):
        return lambda count, generator: draws(count, generator).to(META)

    everywhere = torch.ones(SIZE, dtype=torch.bool, device=META)
    pins = torch.empty(18, 2, dtype=torch.long, device=META)
    scale = PointScale(
        content=torch.empty(1, 3, *SIZE, device=META),
        grounds=[Ground(everywhere, 200)],
        pins=pins,
        sampler=sampler,
        layers=method._looked_at(),
        locate=centres,
        loss=lambda parts, pinned, generator: method._loss(known, parts, pinned, generator),
        usual=network,
        careful=network,
    )
    target = scale.look(scale.content)
    pool = torch.empty(900, sum(m.shape[1] for m in target.values()), device=META)
    tags = torch.empty(900, 3, dtype=torch.bool, device=META)
    style = StyleModel(
        [from_pool(pool, tags, method.style_samples, method._features)],
        Targets(pool[:18], pool[:64], torch.empty(82, 5, dtype=torch.bool, device=META)),
        [Moments(torch.empty(3, device=META), torch.empty(3, 3, device=META))],
    )
    known = Scale(style, OnDevice(reading, scale.grounds[0], style.targets), 2.0)
    at = torch.empty(200, 2, dtype=torch.long, device=META)
    outside = torch.empty(150, dtype=torch.long, device=META)
    still = _Rest(pool[:200], pool[200:400], at, outside, 0.4) if rest else None
    part = _Part(sampler(everywhere), 200, still)
    which, corner = torch.arange(18, device=META), torch.zeros(1, 2, device=META).long()
    memory, inside = torch.empty_like(pool[:200]), outside[:50]
    remember = partial(memory.index_copy_, 0, inside)
    return scale.judge(_Sight(target, [part], corner, pins, which, at[inside], remember))


def OnDevice(reading, ground, targets):  # noqa: N802 - stands for a class
    """A reading of guidance, as it is once a scale has begun."""
    guided = reading.__new__(reading)
    guided.whole = Part(WHOLE, ground.region, 1.0)
    guided.grounds, guided.parts = [ground], [guided.whole]
    guided.targets, guided.beta, guided.regions = targets, 5.0, 3
    guided.factors = torch.empty(6, device=META)
    guided.labels = torch.empty(SIZE, dtype=torch.long, device=META)
    return guided


@pytest.mark.parametrize("reading", [ByLosses, ByCost])
@pytest.mark.parametrize(
    ("network", "optimiser", "rest"),
    [("toy", "rmsprop", False), ("vgg", "opponent adam", True)],
)
def test_updates_run_where_nothing_can_be_read(network, optimiser, rest, reading):
    """Not even by a copy to the host, which a recorder of operations may miss."""
    half = torch.bfloat16
    features = ToyFeatures() if network == "toy" else Vgg(bundled("vgg16"), half).to(META)
    descent = descent_of(judge_of(features, rest=rest, reading=reading), optimiser=optimiser)
    for _ in range(2):
        value = descent.update()
    assert value.total.device == META
    terms = {"content", "transport", "moments", "palette"}
    assert set(value.terms) == terms | ({"points"} if reading is ByLosses else set())


@pytest.mark.parametrize(
    "read",
    [torch.Tensor.item, torch.Tensor.tolist, torch.Tensor.cpu, torch.Tensor.numpy, bool],
)
def test_that_device_tells_nothing(read):
    """Or the test above would show nothing."""
    with pytest.raises((RuntimeError, NotImplementedError, TypeError)):
        read(torch.ones((), device=META))


def test_whether_all_were_finite_is_asked_seldom():
    def objective(image, generator):
        return Objective(image.square().sum(), {})

    descent = descent_of(Judge(objective, objective))
    descent.done = WATCH - 2
    descent.update()
    with pytest.raises((RuntimeError, NotImplementedError)):
        descent.update()
