"""Colours of masks: every pixel gets one region, and the right one, however the mask was saved."""

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from guidance.drawings import (
    BLACK,
    BLUE,
    CYAN,
    GREEN,
    GREY,
    ORANGE,
    PAINTS,
    RED,
    WHITE,
    YELLOW,
    halves,
    inside,
    jpeg,
    of,
    polygons,
    soft,
    square,
)
from wasserstyle.errors import BadGuidance
from wasserstyle.guidance.masks import LONGEST, flatten, partner, written
from wasserstyle.image import read

FIXED = settings(derandomize=True, deadline=None, max_examples=15)
QUALITIES = [50, 75, 90, 95]


def flat(*masks):
    found = flatten([read(mask) for mask in masks])
    return found[0] if len(masks) == 1 else found


def numbers_of(mask, *colours):
    """Of each pixel the number of the colour it was found to have; all are near one of these."""
    distances = [
        [np.linalg.norm(np.subtract(c, found)) for c in colours] for found in mask.colours
    ]
    assert all(min(row) < 36 for row in distances)
    names = np.array([int(np.argmin(row)) for row in distances])
    return np.where(mask.index >= 0, names[mask.index], -1)


def agrees(found, wanted):
    """Wherever something is wanted, it was found."""
    return (found == wanted)[wanted >= 0].all()


# ------------------------------------------------------------------ hard and soft edges
def test_hard_colours_are_taken_as_they_are():
    numbers = np.zeros((20, 30), int)
    numbers[3:9, 4:20], numbers[10:, 20:] = 1, 2
    mask = flat(of(numbers, BLUE, YELLOW, BLACK))
    assert mask.colours == (BLUE, BLACK, YELLOW)  # the most frequent one first
    np.testing.assert_array_equal(numbers_of(mask, BLUE, YELLOW, BLACK), numbers)
    assert mask.share(YELLOW) == pytest.approx(6 * 16 / 600)


def test_a_membership_is_one_where_one_of_its_colours_is():
    mask = flat(of(halves(12, 16), RED, BLUE))
    assert torch.equal(
        mask.of([BLUE])[0, 0], torch.from_numpy(halves(12, 16).astype(np.float32))
    )
    assert mask.of([BLUE, RED]).min() == 1


@given(st.integers(0, 10**6), st.integers(2, 5), st.integers(50, 110), st.integers(50, 110))
@FIXED
def test_soft_edges_go_and_what_is_inside_stays(seed, count, height, width):
    """Every pixel has one region; two pixels away from edges it is the one that was drawn."""
    paints = [PAINTS[i] for i in np.random.default_rng(seed).permutation(len(PAINTS))[:count]]
    drawn = polygons(seed, height, width, count)
    wanted = inside(drawn)
    assume(all((wanted == number).any() for number in range(count)))
    paint = soft(drawn, *paints)
    assert len(np.unique(paint.reshape(-1, 3), axis=0)) > 2 * count
    mask = flat(paint)
    assert agrees(numbers_of(mask, *paints), wanted)
    together = torch.cat([mask.of([colour]) for colour in mask.colours]).sum(0)
    assert torch.equal(together, torch.ones(1, height, width))


@pytest.mark.parametrize("colours", [(RED, BLUE), (BLACK, WHITE)])
def test_two_colours_that_arrive_as_fifteen_and_more_are_two(colours):
    """As strokes of the browser's canvas do."""
    paint = soft(polygons(3, 90, 120, 2), *colours)
    assert len(np.unique(paint.reshape(-1, 3), axis=0)) >= 15
    assert len(flat(paint).colours) == 2


def test_an_edge_takes_a_colour_from_beside_it_though_another_region_looks_like_the_mixture():
    """Between black and white are grey pixels; the grey region is elsewhere."""
    drawn = polygons(3, 90, 120, 2)
    drawn[:40, :160] = 2
    found = numbers_of(flat(soft(drawn, BLACK, WHITE, GREY)), BLACK, WHITE, GREY)
    far = np.ones_like(found, dtype=bool)
    far[:13, :43] = False
    assert not (found[far] == 2).any()


@pytest.mark.parametrize("quality", QUALITIES)
@pytest.mark.parametrize("seed", range(4))
def test_a_jpeg_mask_is_what_was_drawn(quality, seed):
    paints = [PAINTS[i] for i in np.random.default_rng(seed).permutation(len(PAINTS))[:3]]
    drawn = polygons(seed + 10, 150, 200, 3)
    mask = flat(jpeg(soft(drawn, *paints), quality))
    assert len(mask.colours) == 3
    assert agrees(numbers_of(mask, *paints), inside(drawn))


@pytest.mark.parametrize("quality", QUALITIES)
@pytest.mark.parametrize("side", [14, 18, 24])
def test_a_small_region_of_a_jpeg_mask_is_kept(quality, side):
    """Hundreds of pixels, of which no ten are of exactly the same colour."""
    numbers = square(151, 203, side, (43, 61))
    mask = flat(jpeg(of(numbers, CYAN, YELLOW), quality))
    assert len(mask.colours) == 2
    found = numbers_of(mask, CYAN, YELLOW)
    assert found[45 : 41 + side, 63 : 59 + side].all()


# ------------------------------------------------------------------ small, thin, noisy
def test_a_tiny_region_is_kept_where_the_other_mask_has_it_and_dropped_where_not():
    tiny = of(square(200, 200, 5, (50, 70)), BLUE, RED)  # 25 of 40000 pixels
    other = of(halves(60, 60), BLUE, RED)
    kept, _ = flat(tiny, other)
    assert set(kept.colours) == {BLUE, RED}
    assert kept.share(RED) == pytest.approx(25 / 40000)
    assert flat(tiny).colours == (BLUE,)
    both = flat(tiny, tiny[::-1].copy())
    assert all(set(mask.colours) == {BLUE, RED} for mask in both)


@pytest.mark.parametrize("alone", [True, False])
def test_noise_is_no_region(alone):
    """Single pixels and pairs of any colour, also beside a mask that has that colour."""
    draw = np.random.default_rng(0)
    numbers = halves(100, 140)
    paint = of(numbers, BLUE, YELLOW)
    for row, column in draw.integers(1, 98, (40, 2)):
        paint[row, column : column + 2] = draw.integers(0, 256, 3)
    masks = flat(paint) if alone else flat(paint, of(halves(20, 20), RED, GREEN))[0]
    assert set(masks.colours) == {BLUE, YELLOW}
    away = np.abs(np.arange(140) - 69.5) > 3  # at the edge noise may take either side
    found = numbers_of(masks, BLUE, YELLOW)
    np.testing.assert_array_equal(found[:, away], numbers[:, away])


def test_a_line_of_three_pixels_is_a_region():
    numbers = np.zeros((60, 80), int)
    numbers[:, 30:33] = 1
    np.testing.assert_array_equal(numbers_of(flat(of(numbers, BLUE, RED)), BLUE, RED), numbers)


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (40, 1), (2, 30), (300, 3)], ids=str)
@pytest.mark.parametrize("colour", [BLACK, GREY, ORANGE])
def test_a_mask_of_one_colour_has_one_region(size, colour):
    mask = flat(of(np.zeros(size, int), colour))
    assert mask.colours == (colour,)
    assert mask.index.shape == size
    assert not mask.index.any()


@pytest.mark.parametrize(
    "size", [(1, 20), (2, 2), (2, 30), (4, 4), (5, 4), (9, 7), (30, 2)], ids=str
)
def test_two_halves_of_any_size_are_two_regions(size):
    numbers = halves(*size)
    np.testing.assert_array_equal(numbers_of(flat(of(numbers, RED, BLUE)), RED, BLUE), numbers)


@pytest.mark.parametrize("size", [(4100, 30), (30, 4100), (2049, 20)], ids=str)
def test_huge_masks_are_thinned_out_and_get_no_new_colours(size):
    mask = flat(of(halves(*size), RED, BLUE))
    assert LONGEST / 2 < max(mask.index.shape) <= LONGEST
    assert set(mask.colours) == {RED, BLUE}
    assert mask.share(BLUE) == pytest.approx(0.5, abs=0.1)


# ------------------------------------------------------------------ transparent
def test_transparent_pixels_are_in_no_region():
    numbers = halves(20, 30)
    alpha = np.full((20, 30, 1), 255, np.uint8)
    alpha[5:9, 5:25] = 127
    alpha[12:15, 5:25] = 128
    mask = flat(np.concatenate([of(numbers, RED, BLUE), alpha], axis=2))
    numbers[5:9, 5:25] = -1
    np.testing.assert_array_equal(numbers_of(mask, RED, BLUE), numbers)
    together = mask.of([RED])[0, 0] + mask.of([BLUE])[0, 0]
    assert torch.equal(together, torch.from_numpy(numbers >= 0).float())


def test_colours_under_transparent_pixels_are_no_regions():
    """Many programs leave any colour there."""
    paint = of(halves(40, 40), RED, BLUE)
    alpha = 255 * (1 - halves(40, 40)[..., None])
    mask = flat(np.concatenate([paint, alpha.astype(np.uint8)], axis=2))
    assert mask.colours == (RED,)


def test_an_island_without_any_sure_pixel_gets_the_nearest_colour():
    """It has no neighbours to ask."""
    paint = of(halves(40, 40), RED, BLUE)
    alpha = np.zeros((40, 40, 1), np.uint8)
    alpha[:, :15], alpha[:, 25:] = 255, 255
    alpha[20, 20], paint[20, 20] = 255, (60, 20, 190)
    mask = flat(np.concatenate([paint, alpha], axis=2))
    assert numbers_of(mask, RED, BLUE)[20, 20] == 1


# ------------------------------------------------------------------ what is no mask
def refusal(mask):
    with pytest.raises(BadGuidance) as caught:
        flat(mask)
    message = str(caught.value)
    assert "\n" not in message
    assert "paint each region in one colour" in message
    return message


@pytest.mark.parametrize("low", [0, 100])
def test_noise_is_refused_in_one_sentence(low):
    noise = np.random.default_rng(0).integers(low, 256, (90, 120, 3)).astype(np.uint8)
    assert refusal(noise).startswith("image: is no mask; ")


@pytest.mark.parametrize("name", ["content/cat.jpg", "content/coffee.jpg", "style/swirls.jpg"])
def test_a_photograph_or_painting_is_refused_by_its_name(photograph, name):
    path = photograph.parents[1] / name
    assert path.name in refusal(path)


def test_more_than_thirty_two_colours_are_too_many_and_as_many_are_not():
    steps = (0, 85, 170, 255)
    colours = [(r, g, b) for r in steps for g in steps for b in steps]
    stripes = np.repeat(np.arange(33), 8)[None].repeat(20, 0)
    assert "of at most 32" in refusal(of(stripes, *colours))
    mask = flat(of(stripes.clip(max=31), *colours))
    np.testing.assert_array_equal(numbers_of(mask, *colours), stripes.clip(max=31))


# ------------------------------------------------------------------ the same colour
def test_colours_a_little_different_are_the_same():
    assert partner((250, 10, 5), [BLUE, (255, 30, 20), RED]) == RED
    assert partner((200, 0, 0), [RED]) == RED
    assert partner((183, 0, 0), [RED]) is None  # 72 away
    assert partner(RED, []) is None


@pytest.mark.parametrize(
    ("colour", "text"), [(RED, "#ff0000"), ((1, 16, 171), "#0110ab"), (BLACK, "#000000")]
)
def test_colours_are_written_as_the_web_does(colour, text):
    assert written(colour) == text
