"""The objective of an image, from pixels to pixels: network, reading, terms, gradient."""

from dataclasses import replace

import pytest
import torch

from reference import authors
from wasserstyle.features.vgg import Vgg
from wasserstyle.features.weights import bundled
from wasserstyle.guidance import FREE
from wasserstyle.image import read
from wasserstyle.method import Style, Tools
from wasserstyle.methods.strotss import Strotss
from wasserstyle.ot.gaussian import moments
from wasserstyle.styles import StylePoints

SIZE = 64
TOLERANCES = [(torch.float64, 1e-5), (torch.float32, 1e-3)]


def stream(seed=0):
    return torch.Generator().manual_seed(seed)


def picture(path, dtype):
    return authors.resized(read(path).rgb.to(dtype), SIZE)


@pytest.mark.parametrize(("dtype", "rel"), TOLERANCES, ids=["float64", "float32"])
def test_value_and_gradient_are_those_of_the_authors_program(dtype, rel):
    """At the same positions of output, content and style, with nothing approximated."""
    content = picture("examples/content/coffee.jpg", dtype)
    style = picture("examples/style/swirls.jpg", dtype)
    network, method = Vgg(bundled("vgg16"), dtype), Strotss.authors()
    rows, columns = authors.paired_anew(authors.grid(*content.shape[2:], stream()), stream())
    y = authors.style_cloud(style, network, stream())
    image = (content + 0.1 * torch.rand(content.shape, generator=stream()).to(dtype)).clamp(
        0, 1
    )

    theirs = image.clone().requires_grad_()
    x = authors.read_output(network(theirs, authors.LAYERS), rows, columns)
    c = authors.read_output(network(content, authors.LAYERS), rows, columns)
    wanted = authors.losses(x, c, y, method.alpha_of(SIZE))["total"]
    wanted.backward()

    tools = Tools(features=network, size=SIZE)
    learned = method._learn([Style(style)], SIZE, FREE, tools)
    points = StylePoints(y, moments(y), torch.zeros(len(y), 0, dtype=torch.bool))
    scale = method._scale(
        content, replace(learned, draws=[lambda _: points]), FREE, tools=tools, lattices=stream
    )
    positions = torch.stack([rows, columns], dim=1)
    scale = replace(scale, sampler=lambda _: lambda *_: positions)
    own = image.clone().requires_grad_()
    found = scale.whole().usual(own, stream()).total
    found.backward()

    assert found.item() == pytest.approx(wanted.item(), rel=rel)
    assert theirs.grad.norm() > 0
    assert (own.grad - theirs.grad).norm() <= rel * theirs.grad.norm()
