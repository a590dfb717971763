"""Gatys by its numbers."""

import dataclasses

import numpy as np
import pytest
import torch

from wasserstyle import methods
from wasserstyle.features.toy import ToyFeatures
from wasserstyle.guidance import Guidance, RegionPair
from wasserstyle.method import Style, Tools
from wasserstyle.methods.gatys import WEIGHTINGS, Gatys, gram


def run(method, content, style, guidance=None, size=64):
    """The output, and the terms before the first update."""
    seen = []
    out = method.stylize(
        content,
        [Style(style)],
        tools=Tools(features=ToyFeatures(), size=size),
        guidance=guidance or Guidance(),
        observe=lambda s: seen.append({k: float(v) for k, v in s.terms.items()}),
    )
    return out, seen


def test_the_gram_matrix_is_the_mean_of_products():
    f = torch.randn(1, 3, 4, 5, generator=torch.Generator().manual_seed(0)).double()
    region = torch.ones(4, 5, dtype=torch.bool)
    x = f[0].flatten(1).numpy()
    np.testing.assert_allclose(gram(f, region), x @ x.T / 20, atol=1e-12)
    region[:, 2:] = False
    x = f[0, :, :, :2].flatten(1).numpy()
    np.testing.assert_allclose(gram(f, region), x @ x.T / 8, atol=1e-6)


def test_a_constant_map_has_the_product_of_its_colour():
    colour = torch.tensor([1.0, 2.0])
    found = gram(colour.view(1, 2, 1, 1).expand(1, 2, 3, 3), torch.ones(3, 3, dtype=torch.bool))
    torch.testing.assert_close(found, colour.outer(colour))


def test_the_three_weightings_by_hand():
    g, a = torch.eye(4), 3 * torch.eye(4)  # difference 4 on the diagonal: 16 in all
    pairs = [(g, a), (a, a)]
    assert float(WEIGHTINGS["paper"].style(pairs)) == pytest.approx(16 / (4 * 16) / 2)
    assert float(WEIGHTINGS["notebook"].style(pairs)) == pytest.approx(1000 / 16 * 1)
    assert float(WEIGHTINGS["relative"].style(pairs)) == pytest.approx(16 / 36 / 2)
    target = torch.zeros(1, 7, 2, 5)
    assert [WEIGHTINGS[w].content(target) for w in ("paper", "notebook")] == [35, 1]


def test_a_black_style_gives_a_finite_weight():
    zero = torch.zeros(4, 4)
    assert float(WEIGHTINGS["relative"].style([(zero, zero)])) == 0


def test_presets_have_the_published_numbers():
    paper, authors = Gatys.paper(), Gatys.authors()
    assert (paper.pooling, paper.start, paper.content_share) == ("average", "noise", 1e-3)
    assert [s.size for s in paper.stages(512)] == [512]
    assert (authors.pooling, authors.start, authors.content_share) == ("max", "content", 1.0)
    assert [s.size for s in authors.stages(1024)] == [512, 1024]
    assert {p.units for p in (paper, authors)} == {"network"}
    assert {p.optimiser for p in (paper, authors)} == {"lbfgs"}
    assert paper.style_layers == tuple(f"relu{b}_1" for b in range(1, 6))


def test_the_content_is_a_start_without_content_loss(content, style):
    _, seen = run(Gatys(start="content", iterations=1), content, style)
    assert seen[0]["content"] == pytest.approx(0, abs=1e-10)
    assert seen[0]["style"] > 0.1


def test_a_heavy_content_term_brings_the_content_back(content, style):
    method = Gatys(content_weight=1e5, start="noise", iterations=150, optimiser="lbfgs")
    _, seen = run(method, content, style)
    plain = Gatys(content_weight=0, start="content", iterations=1)
    assert seen[-1]["content"] < 0.02 * seen[0]["content"]
    assert seen[-1]["style"] > 0.2 * run(plain, content, style)[1][0]["style"]


def test_without_a_content_term_the_style_alone_counts(content, style):
    _, seen = run(Gatys(content_weight=0, iterations=60, coarse_share=1), content, style)
    assert seen[-1]["style"] < 0.3 * seen[0]["style"]


@pytest.mark.parametrize("name", ["gatys", "gaussian_w2"])
def test_every_region_is_painted_like_its_own_part(name):
    """Left and right halves swap their styles' sides: colours follow the masks."""
    content = torch.full((1, 3, 64, 64), 0.5)
    style = torch.zeros(1, 3, 64, 64)
    style[:, 0, :, :32] = 0.9
    style[:, 2, :, 32:] = 0.9
    left = torch.zeros(1, 1, 64, 64)
    left[..., :32] = 1
    pairs = (
        RegionPair("left", left, (1 - left,)),
        RegionPair("right", 1 - left, (left,)),
    )
    method = dataclasses.replace(methods.get(name)(), iterations=20)
    out, _ = run(method, content, style, guidance=Guidance(regions=pairs))
    assert out[0, 2, :, 4:28].mean() > out[0, 0, :, 4:28].mean() + 0.3
    assert out[0, 0, :, 36:60].mean() > out[0, 2, :, 36:60].mean() + 0.3
