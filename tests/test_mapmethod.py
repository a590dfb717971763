"""The image loop that methods of whole maps share: starts, scales, parts, what is remembered."""

from dataclasses import dataclass
from typing import ClassVar

import pytest
import torch

from wasserstyle.features.toy import ToyFeatures
from wasserstyle.guidance import Guidance, RegionPair
from wasserstyle.mapmethod import MapMethod
from wasserstyle.method import Memo, NoMemo, Style, Tools
from wasserstyle.optim import Objective
from wasserstyle.pyramid import enlarge, finest_band
from wasserstyle.recolour import colours

SEEN = []


@dataclass(frozen=True, kw_only=True)
class Spy(MapMethod[list[float]]):
    """Notes what it is given; its loss pulls towards grey."""

    name: ClassVar[str] = "spy"

    @property
    def layers(self):
        return frozenset({"rgb"})

    def learn(self, style):
        SEEN.append(style)
        return [share for *_, share in style.seen()]

    def loss(self, scene, learned):
        SEEN.append((scene, learned))
        return lambda maps, _: Objective((maps["rgb"] - 0.5).square().mean(), {})


def run(content, styles, *, guidance=None, memo=None, **settings):
    SEEN.clear()
    tools = Tools(features=ToyFeatures(), size=64, memo=memo or NoMemo())
    out = Spy(**({"iterations": 1} | settings)).stylize(
        content, styles, tools=tools, guidance=guidance or Guidance()
    )
    return out, [seen for seen in SEEN if isinstance(seen, tuple)]


def test_the_first_scale_starts_in_the_styles_colours(content, style):
    _, ((scene, _),) = run(content, [Style(style)])
    got, wanted = colours(scene.start), colours(style)
    assert (got.mean - wanted.mean).abs().max() < 0.15  # what leaves the range is cut
    _, ((scene, _),) = run(content, [Style(style)], start="content")
    torch.testing.assert_close(scene.start, scene.content)


def test_noise_is_of_the_seed_and_knows_no_content(content, style):
    _, ((first, _),) = run(content, [Style(style)], start="noise")
    _, ((second, _),) = run(1 - content, [Style(style)], start="noise")
    assert torch.equal(first.start, second.start)
    assert 0.4 < first.start.mean() < 0.6


@pytest.mark.parametrize("detail_at", ["all", "none"])
def test_a_finer_scale_starts_from_the_coarser_result(content, style, detail_at):
    stages = Spy(iterations=1).stages(128)
    assert [s.size for s in stages] == [64, 128]
    ends = []
    SEEN.clear()
    Spy(iterations=1, detail_at=detail_at).stylize(
        content,
        [Style(style)],
        tools=Tools(features=ToyFeatures(), size=128),
        observe=lambda step: ends.append(step.image()),
    )
    scene = SEEN[-1][0]
    wanted = enlarge(ends[0], *scene.content.shape[2:])
    wanted = wanted + finest_band(scene.content) if detail_at == "all" else wanted
    torch.testing.assert_close(scene.start, wanted)


def test_the_share_of_coarse_scales_is_of_the_finest_ones_updates():
    counts = [s.iterations for s in Spy(iterations=40, coarse_share=0.5).stages(256)]
    assert counts == [20, 20, 40]


def test_shares_of_styles_sum_to_one(content, style):
    _, ((_, learned),) = run(content, [Style(style, 3), Style(1 - style, 1)])
    assert learned == [[0.75, 0.25]]


def test_parts_have_their_own_regions_shares_and_styles(content, style):
    left = torch.zeros(1, 1, 8, 8)
    left[..., :4] = 1
    region = RegionPair("left", left, (None, left), weight=3.0)
    guidance = Guidance(regions=(region,))
    styles = [Style(style), Style(1 - style)]
    _, ((scene, learned),) = run(content, styles, guidance=guidance)
    assert [part.number for part in scene.parts] == [0, 1]
    assert [part.share for part in scene.parts] == [0.25, 0.75]
    assert learned == [[0.5, 0.5], [1.0]]  # the region is like the second picture only
    assert scene.parts[1].region[:, :20].all()
    assert not scene.parts[1].region[:, 30:].any()
    assert scene.over_parts(lambda part: torch.tensor(float(part.number))) == 0.75


def test_hidden_pixels_belong_to_no_part(content, style):
    visible = torch.ones(1, 1, 8, 8)
    visible[..., :4] = 0
    _, ((scene, _),) = run(content, [Style(style)], guidance=Guidance(visible=visible))
    assert not scene.parts[0].region[:, :20].any()
    assert torch.equal(scene.parts[0].region, scene.visible)


def test_a_style_is_learned_once_for_several_contents(content, style):
    memo = Memo()
    for each in (content, 1 - content):
        run(each, [Style(style)], memo=memo)
    assert not any(not isinstance(seen, tuple) for seen in SEEN)
