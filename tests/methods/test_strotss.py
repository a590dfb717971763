"""STROTSS by its numbers, and on real photographs."""

import dataclasses
import itertools

import pytest
import torch

from wasserstyle import image as images
from wasserstyle import methods
from wasserstyle.errors import BadGuidance, BadSetting
from wasserstyle.features.toy import ToyFeatures
from wasserstyle.features.vgg import Vgg
from wasserstyle.features.weights import bundled
from wasserstyle.guidance import Guidance
from wasserstyle.guidance.value import PointPair
from wasserstyle.method import Style, Tools
from wasserstyle.methods.strotss import Strotss, _weighted_sum

TERMS = {"content": 0.5, "transport": 0.3, "moments": 0.2, "palette": 0.8}


def total(alpha, weighting):
    terms = {name: torch.tensor(value) for name, value in TERMS.items()}
    return float(_weighted_sum(terms, alpha, weighting).total)


def test_weighting_of_the_code_and_of_the_paper():
    assert total(4.0, "code") == pytest.approx((4 * 0.5 + 0.5 + 0.8 / 4) / 6)
    assert total(0.5, "code") == pytest.approx((0.5 * 0.5 + 0.5 + 0.8) / 2.5)
    assert total(4.0, "paper") == pytest.approx((4 * 0.5 + 0.5 + 0.8 / 4) / 6.25)
    assert total(0.5, "paper") == pytest.approx((0.5 * 0.5 + 0.5 + 0.8 * 2) / 4.5)


@pytest.mark.parametrize(
    ("preset", "expected"),
    [
        ("authors", {64: 16, 128: 8, 256: 4, 512: 2, 1024: 1}),
        ("paper", {64: 8, 128: 4, 256: 2, 512: 1, 1024: 0.5}),
        ("default", {64: 16, 128: 8, 256: 4, 512: 2, 1024: 2, 4096: 2}),
    ],
)
def test_content_weight_of_each_scale(preset, expected):
    method = Strotss.preset(preset)
    assert {size: method.alpha_of(size) for size in expected} == expected
    twice = dataclasses.replace(method, content_weight=2.0)
    assert twice.alpha_of(256) == 2 * method.alpha_of(256)


def test_presets_have_the_numbers_of_the_differences_table():
    paper, authors = Strotss.paper(), Strotss.authors()
    assert (paper.iterations, authors.iterations) == (200, 250)
    assert paper.layers == (
        *("relu1_1", "relu1_2", "relu2_1", "relu2_2"),
        *("relu3_1", "relu3_2", "relu3_3", "relu4_1", "relu5_1"),
    )
    assert (paper.style_draw, paper.style_samples) == ("fresh", 1024)
    assert (authors.style_pool, authors.style_samples) == (5000, 5000)
    for preset in (paper, authors):
        assert (preset.learning_rate, preset.last_learning_rate) == (2e-3, 1e-3)
        assert [s.size for s in preset.stages(512)] == [64, 128, 256, 512]
        assert [s.learning_rate for s in preset.stages(512)] == [2e-3] * 3 + [1e-3]


def test_the_hypercolumn_of_the_code_has_2179_channels():
    maps = Vgg(bundled("vgg16"))(torch.rand(1, 3, 32, 32), Strotss.authors().layers)
    assert sum(m.shape[1] for m in maps.values()) == 2179


def test_content_mean_over_pairs_is_n_times_smaller(content, style):
    def first(mean):
        seen = []
        method = Strotss(iterations=1, samples=100, content_mean=mean)
        method.stylize(
            content,
            [Style(style)],
            tools=Tools(features=ToyFeatures(), size=64),
            observe=lambda s: seen.append(float(s.terms["content"])),
        )
        return seen[0]

    assert first("points") == pytest.approx(100 * first("pairs"), rel=1e-5)


@pytest.mark.parametrize("weight", [0.25, 4.0])
def test_more_content_weight_keeps_more_of_a_photograph(photograph, painting, weight):
    """Against weight 1: the content term falls where the weight rises, transport the other way."""
    content, style = images.read(photograph).rgb, images.read(painting).rgb
    features = Vgg(bundled("vgg16"))

    def last_terms(content_weight):
        terms = []
        method = Strotss(
            iterations=25, content_weight=content_weight, samples=400, style_pool=1000
        )
        method.stylize(
            content,
            [Style(style)],
            tools=Tools(features=features, size=64),
            observe=lambda s: terms.append({k: float(v) for k, v in s.terms.items()}),
        )
        return {k: sum(t[k] for t in terms[-5:]) for k in terms[0]}

    one, other = last_terms(1.0), last_terms(weight)
    assert (other["content"] < one["content"]) == (weight > 1)
    assert (other["transport"] > one["transport"]) == (weight > 1)


def test_all_terms_of_a_photograph_and_a_painting_fall(photograph, painting):
    content, style = images.read(photograph).rgb, images.read(painting).rgb
    terms = []
    method = methods.get("strotss")(iterations=40, samples=400, style_pool=1000)
    out = method.stylize(
        content,
        [Style(style)],
        tools=Tools(features=Vgg(bundled("vgg16")), size=64),
        observe=lambda s: terms.append({k: float(v) for k, v in s.terms.items()}),
    )
    for name, share in {"content": 0.6, "transport": 0.9, "moments": 0.7}.items():
        begin, end = (sum(t[name] for t in part) for part in (terms[:3], terms[-3:]))
        assert end < share * begin, name
    assert images.to_array(out).std() > 20  # a picture, not a grey field


def test_every_distance_of_styles_paints_its_own_picture(content, style):
    """The relaxed one may always be the same of its two bounds."""

    def paint(transport):
        method = Strotss(iterations=3, samples=100, transport=transport)
        tools = Tools(features=ToyFeatures(), size=64)
        return method.stylize(content, [Style(style)], tools=tools)

    a, b, tighter, along_lines = map(paint, ("relaxed_a", "relaxed_b", "sinkhorn", "sliced"))
    for one, other in itertools.combinations((a, b, tighter, along_lines), 2):
        assert not torch.equal(one, other)


def test_an_ablation_minimises_what_is_left(content, style):
    seen = []
    method = Strotss(iterations=1, samples=100, terms=("palette", "moments"))
    tools = Tools(features=ToyFeatures(), size=64)
    method.stylize(content, [Style(style)], tools=tools, observe=lambda s: seen.append(s.terms))
    assert list(seen[0]) == ["moments", "palette"]
    with pytest.raises(BadSetting, match="choose from content, transport, moments, palette"):
        Strotss(terms=("contents",))


def test_guided_costs_need_a_relaxed_distance():
    guided = Guidance(points=(PointPair((0.5, 0.5), (0.5, 0.5)),))
    with pytest.raises(BadGuidance, match="guiding=losses"):
        Strotss(transport="sinkhorn").check_guidance(guided)
    Strotss(transport="sinkhorn", guiding="losses").check_guidance(guided)
