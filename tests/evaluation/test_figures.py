"""Bounds of real pictures, and the figures drawn from them."""

from pathlib import Path

import pytest
import torch

import ot
from wasserstyle import image as images
from wasserstyle.evaluation import figures
from wasserstyle.evaluation.bounds import bounds, drawn
from wasserstyle.evaluation.figures import Point, pareto
from wasserstyle.features.vgg import Vgg
from wasserstyle.features.weights import bundled
from wasserstyle.methods.strotss import LAYERS
from wasserstyle.ot.costs import cosine_cost

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="module")
def pair():
    paths = EXAMPLES / "content/cat.jpg", EXAMPLES / "style/swirls.jpg"
    return tuple(images.to_long_side(images.read(path).rgb, 96) for path in paths)


def test_bounds_of_hypercolumns(pair):
    generator = torch.Generator().manual_seed(0)
    network = Vgg(bundled("vgg16"))
    x, y = (
        drawn(i, extract=network, layers=LAYERS, count=200, generator=generator) for i in pair
    )
    assert x.shape == (200, 2179)
    found = bounds(x, y, generator)
    exact = ot.emd2([], [], cosine_cost(x, y).double().numpy())
    assert found.emd == pytest.approx(exact, rel=1e-4)
    assert 0.5 < found.ratio <= 1
    assert found.relaxed_b <= found.emd <= found.sinkhorn < 1.1 * found.emd


def test_the_front_has_no_point_that_another_beats():
    given = [
        Point("a", "1", 0.1, 0.9), Point("a", "2", 0.2, 0.5), Point("b", "1", 0.15, 0.95),
        Point("b", "2", 0.3, 0.5), Point("b", "3", 0.4, 0.1),
    ]  # fmt: skip
    assert pareto(given) == [given[0], given[1], given[4]]


def test_figures_are_drawn(pair, tmp_path):
    plan = figures.transport_plan(*pair)
    lines = [a for a in plan.artists if type(a).__name__ == "ConnectionPatch"]
    assert len(lines) == 3 * figures.GRID**2
    maps = figures.self_similarity_maps(
        {"content": pair[0], "again": pair[0]}, [(0.3, 0.4), (0.8, 0.8)]
    )
    first, again = (maps.axes[k].images[0].get_array() for k in (1, 4))
    assert (first == again).all()
    assert first.argmin() != maps.axes[2].images[0].get_array().argmin()
    curve = figures.trade_off([Point("a", "1", 0.1, 0.9), Point("a", "2", 0.2, 0.5)], "c", "s")
    for number, figure in enumerate((plan, maps, curve)):
        path = figures.save(figure, tmp_path / f"{number}.png")
        assert images.read(path).rgb.std() > 0.02
