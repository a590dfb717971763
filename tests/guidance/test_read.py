"""From files to guidance: what pairs up, what does not, and what the user is told of it."""

import hashlib
import json
import math

import numpy as np
import pytest
import torch
from PIL import Image

from guidance.drawings import BLACK, BLUE, GREEN, RED, WHITE, YELLOW, halves, jpeg, of, square
from wasserstyle.errors import BadGuidance, BadImage
from wasserstyle.guidance import PointPair, Shapes, read_guidance
from wasserstyle.image import read, write

LEFT, RIGHT = 1 - halves(40, 60), halves(40, 60)
SHAPES = Shapes((40, 60), ((40, 60),))
SKY, GROUND = (250, 20, 30), (10, 30, 240)


def save(path, mask):
    Image.fromarray(np.asarray(mask, np.uint8)).save(path)
    return path


def named(path, mask, names):
    """A mask whose colours have names."""
    rgb = torch.from_numpy(mask).permute(2, 0, 1)[None] / 255
    return write(rgb, path, recipe={"regions": names})


def masks(content, *styles, shapes=None):
    return read_guidance(content_mask=content, style_masks=styles, shapes=shapes)


def where(membership):
    return membership[0, 0].numpy().astype(int)


def by_name(guidance):
    return {pair.name: pair for pair in guidance.regions}


# ------------------------------------------------------------------ colours pair up
def test_same_colours_are_a_region_of_both():
    guidance = masks(of(LEFT, BLUE, RED), of(square(30, 30, 9), RED, BLUE))
    assert set(by_name(guidance)) == {"#ff0000", "#0000ff"}
    red, blue = (by_name(guidance)[name] for name in ("#ff0000", "#0000ff"))
    np.testing.assert_array_equal(where(red.content), LEFT)
    np.testing.assert_array_equal(where(red.styles[0]), 1 - square(30, 30, 9))
    np.testing.assert_array_equal(where(blue.content), RIGHT)
    np.testing.assert_array_equal(where(blue.styles[0]), square(30, 30, 9))
    assert red.weight == blue.weight == 1
    assert guidance.notes == ()


def test_colours_a_little_different_pair_up_as_after_jpeg():
    guidance = masks(of(LEFT, BLUE, RED), jpeg(of(RIGHT, SKY, GROUND), 75))
    assert len(guidance.regions) == 2
    np.testing.assert_array_equal(where(guidance.regions[0].content), 1 - LEFT)
    blue, red = (pair.styles[0][0, 0].numpy() for pair in guidance.regions)
    assert blue[:, 33:].all()
    assert not blue[:, :27].any()
    assert red[:, :27].all()
    assert guidance.notes == ()


def test_lonely_colours_are_told_with_their_share():
    content = of(LEFT + 2 * square(40, 60, 12, (4, 40)), BLUE, RED, YELLOW)
    style = of(LEFT + 2 * square(40, 60, 6, (4, 40)), BLUE, RED, GREEN)
    guidance = masks(content, style)
    assert set(by_name(guidance)) == {"#ff0000", "#0000ff"}
    own, theirs = guidance.notes
    assert "#ffff00 (6.0%) has no counterpart; the whole style is used there" in own
    assert "#00ff00 (1.5%) has no counterpart; no region is painted like it" in theirs


def test_a_lonely_colour_leaves_its_pixels_free():
    guidance = masks(of(LEFT, YELLOW, RED), of(LEFT, BLUE, RED))
    labels = guidance.labels(torch.zeros(1, 3, 40, 60)).numpy()
    np.testing.assert_array_equal(labels, LEFT)


def test_masks_without_a_common_colour_are_refused_with_all_colours(tmp_path):
    content = save(tmp_path / "own.png", of(LEFT, BLUE, RED))
    style = save(tmp_path / "theirs.png", of(LEFT, GREEN, YELLOW))
    with pytest.raises(BadGuidance, match="share no colour") as caught:
        masks(content, style)
    message = str(caught.value)
    assert "\n" not in message
    for word in ("own.png", "theirs.png", "#0000ff", "#ff0000", "#00ff00", "#ffff00"):
        assert word in message


@pytest.mark.parametrize(
    ("content", "styles", "missing"),
    [
        (None, [of(LEFT, BLUE, RED)], "content"),
        (None, [None, of(LEFT, BLUE, RED)], "content"),
        (of(LEFT, BLUE, RED), [], "style"),
        (of(LEFT, BLUE, RED), [None, None], "style"),
    ],
)
def test_masks_come_in_pairs(content, styles, missing):
    with pytest.raises(BadGuidance, match=f"the {missing} has no mask.*pairs"):
        masks(content, *styles)


def test_transparent_parts_of_masks_are_in_no_region():
    rgba = np.dstack([of(LEFT, BLUE, RED), 255 * LEFT.astype(np.uint8)])
    guidance = masks(rgba, of(LEFT, BLUE, RED))
    (pair,) = guidance.regions
    np.testing.assert_array_equal(where(pair.content), LEFT)
    assert "#0000ff" in guidance.notes[0]


@pytest.mark.parametrize("width", [1, 2, 3])
def test_a_thin_line_is_a_region_or_the_user_is_told(width):
    """Of one colour without soft edges, in both masks."""
    numbers = np.zeros((60, 80), int)
    numbers[:, 30 : 30 + width] = 1
    guidance = masks(of(numbers, BLUE, RED), of(numbers, BLUE, RED))
    assert "#ff0000" in by_name(guidance) or any("#ff0000" in n for n in guidance.notes)


def test_a_broken_mask_is_a_bad_image(tmp_path):
    (tmp_path / "a.png").write_bytes(b"nothing")
    with pytest.raises(BadImage, match=r"a\.png"):
        masks(tmp_path / "a.png", of(LEFT, BLUE, RED))


# ------------------------------------------------------------------ several styles
def test_every_style_has_its_mask_or_none():
    guidance = masks(
        of(LEFT, BLUE, RED), of(np.zeros((9, 9), int), RED), None, of(RIGHT, BLUE, RED)
    )
    red, blue = (by_name(guidance)[name] for name in ("#ff0000", "#0000ff"))
    assert [part is not None for part in red.styles] == [True, False, True]
    assert [part is not None for part in blue.styles] == [False, False, True]
    np.testing.assert_array_equal(where(red.styles[2]), RIGHT)
    np.testing.assert_array_equal(where(blue.styles[2]), LEFT)
    assert guidance.notes == ()


def test_a_colour_of_one_style_only_is_told_of_that_style(tmp_path):
    first = save(tmp_path / "first.png", of(LEFT, BLUE, RED))
    second = save(tmp_path / "second.png", of(LEFT, GREEN, RED))
    (note,) = masks(of(LEFT, BLUE, RED), first, second).notes
    assert note.startswith("second.png: #00ff00 (50.0%)")


def test_two_masks_of_the_same_name_are_told_apart(tmp_path):
    """Red is hair in the first style, and in the second something that the content has not."""
    own = named(tmp_path / "own.png", of(LEFT, GREEN, BLUE), {"#0000ff": "hair"})
    theirs = [
        named(tmp_path / folder / "mask.png", of(LEFT, GREEN, RED), {"#ff0000": name})
        for folder, name in (("a", "hair"), ("b", "tree"))
    ]
    (note,) = masks(own, *theirs).notes
    assert "tree (50.0%) has no counterpart" in note


def test_more_masks_than_styles_are_refused():
    with pytest.raises(BadGuidance, match="2 style masks for 1 styles"):
        masks(of(LEFT, BLUE, RED), of(LEFT, BLUE, RED), of(LEFT, BLUE, RED), shapes=SHAPES)


def test_fewer_masks_than_styles_leave_the_last_styles_out():
    shapes = Shapes((40, 60), ((40, 60), (9, 9)))
    guidance = masks(of(LEFT, BLUE, RED), of(LEFT, BLUE, RED), shapes=shapes)
    assert len(guidance.regions) == 2


def test_a_point_of_a_style_that_is_not_there_is_refused():
    for which in (1, -1):
        with pytest.raises(BadGuidance, match="a point is in a style that is not there"):
            read_guidance(points=[PointPair((0.5, 0.5), (0.5, 0.5), which)], shapes=SHAPES)


# ------------------------------------------------------------------ names
def test_named_colours_pair_up_by_name(tmp_path):
    """Though the colours are crossed."""
    own = named(tmp_path / "a.png", of(LEFT, BLUE, RED), {"#ff0000": "hair", "#0000ff": "sky"})
    theirs = named(
        tmp_path / "b.png", of(LEFT, RED, BLUE), {"#FF0000": "sky", "#0000FF": "hair"}
    )
    guidance = masks(own, theirs)
    assert set(by_name(guidance)) == {"hair", "sky"}
    np.testing.assert_array_equal(where(by_name(guidance)["hair"].content), LEFT)
    np.testing.assert_array_equal(where(by_name(guidance)["hair"].styles[0]), LEFT)
    assert guidance.notes == ()


def test_several_colours_of_one_name_are_one_part_of_a_style(tmp_path):
    own = named(tmp_path / "a.png", of(LEFT, BLUE, RED), {"#ff0000": "hair"})
    names = {"#00ff00": "hair", "#ffff00": "hair"}
    theirs = named(tmp_path / "b.png", of(LEFT + square(40, 60, 9), BLUE, GREEN, YELLOW), names)
    hair = by_name(masks(own, theirs))["hair"]
    np.testing.assert_array_equal(where(hair.styles[0]), np.clip(LEFT, 0, 1))


def test_a_colour_without_a_name_pairs_up_by_itself(tmp_path):
    own = named(tmp_path / "a.png", of(LEFT, BLUE, RED), {"#ff0000": "hair"})
    theirs = save(tmp_path / "b.png", of(LEFT, BLUE, RED))
    assert set(by_name(masks(own, theirs))) == {"hair", "#0000ff"}


@pytest.mark.parametrize(
    "names", [None, 1, [], ["#ff0000"], {}, {"ff0000": "x"}, {"#ff0000": 7}, {"#ff0000": None}]
)
def test_names_that_are_none_are_overlooked(tmp_path, names):
    """The recipe of a mask comes from a file that anyone may have made."""
    own = named(tmp_path / "a.png", of(LEFT, BLUE, RED), names)
    guidance = masks(own, of(LEFT, BLUE, RED))
    assert len(guidance.regions) == 2
    assert all(isinstance(pair.name, str) for pair in guidance.regions)


# ------------------------------------------------------------------ grey masks
def grey(content, style, weight=1.0):
    return read_guidance(regions=[(content, style, weight)])


def test_grey_masks_are_white_inside():
    (pair,) = grey(of(LEFT, BLACK, WHITE), of(square(30, 30, 9), BLACK, WHITE), 2.5).regions
    assert pair.weight == 2.5
    np.testing.assert_array_equal(where(pair.content), LEFT)
    np.testing.assert_array_equal(where(pair.styles[0]), square(30, 30, 9))


def test_soft_edges_of_grey_masks_are_kept():
    """And grey of transparency 1/5 is a fifth of it."""
    ramp = np.repeat(np.linspace(0, 255, 60).round().astype(np.uint8)[None], 40, 0)
    rgba = np.dstack([np.full((40, 60, 3), 255, np.uint8), np.full((40, 60), 51, np.uint8)])
    rgba[:, 30:, 3] = 255
    (pair,) = grey(ramp, rgba).regions
    np.testing.assert_allclose(pair.content[0, 0].numpy(), ramp / 255, atol=1e-6)
    assert pair.styles[0][0, 0, 0, 0] == pytest.approx(0.2)
    assert pair.styles[0][0, 0, 0, 59] == 1


def test_regions_are_one_after_the_other_after_those_of_colours():
    region = (of(LEFT, BLACK, WHITE), of(LEFT, BLACK, WHITE), 3.0)
    guidance = read_guidance(
        content_mask=of(LEFT, BLUE, RED),
        style_masks=[of(LEFT, BLUE, RED)],
        regions=[region, region],
    )
    assert [pair.weight for pair in guidance.regions] == [1, 1, 3, 3]


@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize("level", [0, 127])
def test_a_grey_mask_with_nothing_white_is_refused_by_its_name(tmp_path, side, level):
    files = [save(tmp_path / "a.png", of(LEFT, BLACK, WHITE)), tmp_path / "dark.png"]
    save(files[1], np.full((9, 9), level))
    with pytest.raises(BadGuidance, match=r"dark\.png: nothing in it is white"):
        grey(*(files if side else files[::-1]))


@pytest.mark.parametrize(
    "weight", [0.0, -1.0, math.inf, math.nan, 10**400], ids=lambda w: str(w)[:5]
)
def test_weights_are_above_zero_and_finite(weight):
    with pytest.raises(BadGuidance, match="weight .*above zero"):
        grey(of(LEFT, BLACK, WHITE), of(LEFT, BLACK, WHITE), weight)


# ------------------------------------------------------------------ what to know
def vanishing(guidance):
    return [note for note in guidance.notes if "thin" in note]


@pytest.mark.parametrize(("side", "first"), [(200, 64), (16, 64), (6, 128), (3, 256), (1, 512)])
def test_it_is_told_from_which_size_on_a_region_can_be_seen(side, first):
    """A square of ``side`` in 512 pixels; more than half of a pixel is needed."""
    mask = of(square(512, 512, side, (257, 129)), BLACK, WHITE)
    notes = vanishing(grey(mask, of(LEFT, BLACK, WHITE)))
    seen = [s for s in (64, 128, 256, 512) if (grey_labels(mask, s) == 1).any()]
    assert seen[0] == first
    expected = [] if first == 64 else [f"thinner than a pixel below {first} px"]
    assert len(notes) == len(expected)
    assert all(words in note for words, note in zip(expected, notes, strict=True))


def grey_labels(mask, side):
    guidance = grey(mask, of(LEFT, BLACK, WHITE))
    return guidance.labels(torch.zeros(1, 3, side, side))


def test_what_is_too_thin_for_any_size_is_told():
    mask = of(square(3000, 20, 1, (1500, 10)), BLACK, WHITE)
    (note,) = vanishing(grey(mask, of(LEFT, BLACK, WHITE)))
    assert "too thin to be seen at 1024 px" in note


@pytest.mark.parametrize(
    ("shape", "told"),
    [
        ((40, 60), False),
        ((80, 120), False),
        ((41, 60), False),
        ((43, 60), True),
        ((60, 40), True),
    ],
)
@pytest.mark.parametrize("side", ["content", "style", "grey content", "grey style"])
def test_a_mask_of_another_shape_is_said_to_be_stretched(tmp_path, shape, told, side):
    odd = save(tmp_path / "odd.png", of(halves(*shape), BLACK, WHITE))
    good = of(LEFT, BLACK, WHITE)
    pair = (odd, good) if "content" in side else (good, odd)
    if "grey" in side:
        guidance = read_guidance(regions=[(*pair, 1.0)], shapes=SHAPES)
    else:
        guidance = masks(*pair, shapes=SHAPES)
    notes = [note for note in guidance.notes if "stretched" in note]
    assert len(notes) == told
    height, width = shape
    expected = f"odd.png: {width} x {height} pixels for a picture of 60 x 40; it is stretched"
    assert all(expected in note for note in notes)


def test_masks_are_compared_with_their_own_style():
    shapes = Shapes((40, 60), ((10, 60), (60, 40)))
    odd = of(LEFT.T, BLUE, RED)
    assert masks(of(LEFT, BLUE, RED), None, odd, shapes=shapes).notes == ()
    assert "stretched" in masks(of(LEFT, BLUE, RED), odd, shapes=shapes).notes[0]


def test_shapes_are_height_and_width_of_pictures():
    pictures = [read(np.zeros((h, w, 3), np.uint8)) for h, w in ((4, 7), (5, 2), (3, 3))]
    assert Shapes.of(pictures[0], pictures[1:]) == Shapes((4, 7), ((5, 2), (3, 3)))


# ------------------------------------------------------------------ the record
def test_the_record_is_json_and_names_all_files(tmp_path):
    files = [save(tmp_path / f"{name}.png", of(LEFT, BLACK, WHITE)) for name in "abcd"]
    a, b, c, d = files
    guidance = read_guidance(
        content_mask=a,
        style_masks=[None, b],
        regions=[(c, d, 2.0)],
        points=[PointPair((0.25, 0.5), (0.75, 1.0), 1)],
    )
    said = {
        path: {
            "name": path.name,
            "path": str(path),
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        }
        for path in files
    }
    assert json.loads(json.dumps(dict(guidance.record))) == {
        "content_mask": said[a],
        "style_masks": [None, said[b]],
        "regions": [{"content": said[c], "style": said[d], "weight": 2.0}],
        "points": [{"content": [0.5, 0.25], "style": [1.0, 0.75], "which": 1}],
    }


def test_nothing_given_is_no_guidance():
    guidance = read_guidance(shapes=SHAPES)
    assert guidance.regions == guidance.points == guidance.notes == ()
    assert dict(guidance.record) == {}


def test_masks_from_memory_have_no_path():
    record = masks(of(LEFT, BLUE, RED), of(LEFT, BLUE, RED)).record
    assert record["content_mask"]["path"] is None
    assert len(record["content_mask"]["sha256"]) == 64
