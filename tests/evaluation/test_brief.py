"""Scores: zero for what is perfect, larger for what is not, whatever the size."""

import pytest
import torch

from wasserstyle import image as images
from wasserstyle.evaluation.brief import anchors, score
from wasserstyle.image.resize import resize
from wasserstyle.recolour import recolour


@pytest.fixture
def pair(photograph, painting):
    return tuple(images.to_long_side(images.read(p).rgb, 128) for p in (photograph, painting))


def test_the_ends_of_the_scales(pair):
    ends = anchors(*pair)
    assert ends["content"].content == 0
    assert ends["style"].style < 0.1 * ends["content"].style
    assert ends["style"].color < 0.1 * ends["content"].color
    assert ends["style"].content > 0.05


def test_noise_is_farther_from_the_content_the_more_there_is(pair):
    content, style = pair
    noise = torch.randn(content.shape, generator=torch.Generator().manual_seed(0))
    found = [
        score((content + s * noise).clamp(0, 1), content, style).content for s in (0, 0.05, 0.2)
    ]
    assert found == sorted(found)
    assert found[2] > 2 * found[1] > 0


def test_recolouring_mends_the_colours_and_little_of_the_style(pair):
    content, style = pair
    plain, moved = (score(i, content, style) for i in (content, recolour(content, like=style)))
    assert moved.color < 0.2 * plain.color
    assert (
        moved.content < 0.5 * score(resize(style, *content.shape[2:]), content, style).content
    )
    assert 0.1 < moved.style < plain.style


def test_a_flat_style_gives_finite_scores(pair):
    content, _ = pair
    found = score(content, content, torch.full((1, 3, 40, 40), 0.5))
    assert all(0 <= value < float("inf") for value in (found.content, found.style, found.color))
