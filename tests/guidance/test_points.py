"""Pairs of points: typed, in files, and as the grids that methods read."""

import json
import math

import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

from wasserstyle.errors import BadGuidance
from wasserstyle.guidance import (
    Guidance,
    PointPair,
    Shapes,
    load_points,
    parse_points,
    points_of,
)

FIXED = settings(derandomize=True, deadline=None, max_examples=200)
SHAPES = Shapes((50, 100), ((20, 40), (8, 8)))
"""Content 100 wide and 50 high; two styles."""
FIRST = Shapes((50, 100), ((20, 40),))


def parse(text):
    (pair,) = parse_points([text], SHAPES)
    return pair


def refused(*words):
    return pytest.raises(BadGuidance, match=".*".join(words))


# ------------------------------------------------------------------ typed
@pytest.mark.parametrize(
    ("text", "content", "style"),
    [
        ("0,0:0,0", (0.5 / 50, 0.5 / 100), (0.5 / 20, 0.5 / 40)),  # centres of pixels
        ("99,49:39,19", (49.5 / 50, 99.5 / 100), (19.5 / 20, 39.5 / 40)),
        ("10,20:30,4", (20.5 / 50, 10.5 / 100), (4.5 / 20, 30.5 / 40)),
        ("0.1,0.2:0.3,0.4", (0.2, 0.1), (0.4, 0.3)),
        ("1.0,0.0:0.,1.", (0.0, 1.0), (1.0, 0.0)),  # with a point they are shares
        ("1e-1,0.2:3,4", (0.2, 0.1), (4.5 / 20, 3.5 / 40)),  # each side for itself
        ("3,4:0.25,0.5", (4.5 / 50, 3.5 / 100), (0.5, 0.25)),
        (" 3 , 4 : 0.25 , 0.5 ", (4.5 / 50, 3.5 / 100), (0.5, 0.25)),
    ],
)
def test_x_comes_first_when_typed_and_rows_when_kept(text, content, style):
    pair = parse(text)
    assert pair.content == pytest.approx(content)
    assert pair.style == pytest.approx(style)
    assert pair.which == 0


def test_several_keep_their_order():
    found = parse_points(["0.1,0.2:0.3,0.4", "0.5,0.6:0.7,0.8"], SHAPES)
    assert [pair.content for pair in found] == [(0.2, 0.1), (0.6, 0.5)]
    assert parse_points([], SHAPES) == []


@pytest.mark.parametrize(
    "text",
    [
        *("", ":", "1,2", "1,2:3", "1,2:3,4:5,6", "1,2,3:4,5", "a,b:c,d", "1,2:3,x"),
        *("1;2:3;4", ",:,", "0x1,2:3,4", "1,2:3,4 5"),
    ],
)
def test_what_is_no_pair_of_points_is_refused_with_how_to_write_it(text):
    with refused("--point", "write it as x,y:x,y"):
        parse(text)


@pytest.mark.parametrize(
    "text",
    [
        *("100,0:0,0", "0,50:0,0", "0,0:40,0", "0,0:0,20", "-1,0:0,0"),
        *("1.01,0.5:0,0", "0.5,-0.01:0,0", "0,0:0.5,1.5", "nan,0:0,0", "0,0:inf,0"),
        *("0.5,10:0,0", "1e400,0:0,0", "9" * 400 + ",0:0,0"),
    ],
)
def test_a_point_outside_its_picture_is_refused_with_the_size(text):
    with refused("is outside its picture", r"\(\d+ x \d+ pixels\)") as caught:
        parse(text)
    own, _ = text.split(":")
    assert ("(40 x 20 " if own == "0,0" else "(100 x 50 ") in str(caught.value)


@given(st.text(st.characters(codec="utf-8"), max_size=30))
@example("١,٢:٣,٤")
@example("1_0,2:3,4")
@FIXED
def test_any_text_is_points_or_refused_in_one_sentence(text):
    expect_points_or_one_sentence(lambda: parse_points([text], SHAPES))


@given(st.from_regex(r"[-+0-9.,:eE]{0,3}[0-9.]+,[0-9.]+:[0-9.]+,[-+0-9.,:e]+", fullmatch=True))
@FIXED
def test_what_looks_like_points_is_points_or_refused_in_one_sentence(text):
    expect_points_or_one_sentence(lambda: parse_points([text], SHAPES))


def expect_points_or_one_sentence(read):
    try:
        found = read()
    except BadGuidance as error:
        assert "\n" not in str(error)  # noqa: PT017
        assert len(str(error)) < 500  # noqa: PT017
        return
    for pair in found:
        assert all(0 <= v <= 1 for v in (*pair.content, *pair.style))
        assert 0 <= pair.which < 2


# ------------------------------------------------------------------ JSON
def points(*given, unit="fraction"):
    return points_of({"unit": unit, "points": list(given)}, SHAPES)


def test_a_file_has_shares_or_pixels_and_styles_by_number():
    one = {"content": [0.1, 0.2], "style": [0.3, 0.4]}
    assert points(one) == [PointPair((0.2, 0.1), (0.4, 0.3), 0)]
    assert points(one | {"which": 1}) == [PointPair((0.2, 0.1), (0.4, 0.3), 1)]
    (pixel,) = points({"content": [10, 20], "style": [3, 4], "which": 1}, unit="pixel")
    assert pixel.content == pytest.approx((20.5 / 50, 10.5 / 100))
    assert pixel.style == pytest.approx((4.5 / 8, 3.5 / 8))


def test_shares_are_meant_without_a_unit_and_a_list_may_stand_alone():
    one = {"content": [0.1, 0.2], "style": [0.3, 0.4]}
    assert points_of({"points": [one]}, SHAPES) == points_of([one], SHAPES) == points(one)
    assert points_of([], SHAPES) == []


@pytest.mark.parametrize("which", [-1, 2, 10**30])
def test_a_style_that_is_not_there_is_refused(which):
    with refused("a point is in a style that is not there", "2 are"):
        points({"content": [0, 0], "style": [0, 0], "which": which})


@pytest.mark.parametrize("which", ["0", 0.0, True, None, [0]])
def test_a_style_is_a_whole_number(which):
    with refused("which = ", "from 0"):
        points({"content": [0, 0], "style": [0, 0], "which": which})


GOOD = {"content": [0.1, 0.2], "style": [0.3, 0.4]}
BAD_SIDES = [None, 1, [], [1], [0.1, 0.2, 0.3], ["a", "b"], [None, 0], [[0], [0]], {"x": 1}]
NOT_NUMBERS = ["01", ["0.1", "0.2"], [True, False], {"0.1": 0, "0.2": 0}]


@pytest.mark.parametrize("side", ["content", "style"])
@pytest.mark.parametrize("value", [*BAD_SIDES, *NOT_NUMBERS], ids=str)
def test_a_side_is_a_list_of_two_numbers(side, value):
    with refused("point ", r"as \[x, y\]"):
        points(GOOD | {side: value})


@pytest.mark.parametrize("side", ["content", "style"])
@pytest.mark.parametrize(
    "value", [10**400, math.inf, math.nan, -0.001, 1.001], ids=lambda v: str(v)[:9]
)
def test_a_number_out_of_range_is_refused(side, value):
    with pytest.raises(BadGuidance):
        points(GOOD | {side: [value, 0]})


def test_a_number_of_a_style_too_long_to_be_written_is_refused():
    with pytest.raises(BadGuidance) as caught:
        points(GOOD | {"which": 10**4300 - 1})
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize(
    "data", [None, 1, "text", {}, {"points": 1}, {"points": {}}, {"unit": "mm", "points": []}]
)
def test_another_shape_is_refused(data):
    with refused('give {"unit": "fraction" or "pixel"'):
        points_of(data, SHAPES)


@pytest.mark.parametrize("item", [None, 1, "text", [], [0.1, 0.2], {}, {"content": [0, 0]}])
def test_an_item_of_another_shape_is_refused(item):
    with refused("point ", "give content and style"):
        points(item)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=9)
    | st.sampled_from(["content", "style", "points", "unit", "which", "pixel", "fraction"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["content", "style", "points", "unit", "which"]), inner
        )
    ),
    max_leaves=12,
)
PAIRS = st.fixed_dictionaries(
    {"content": JSON, "style": st.lists(st.floats() | st.integers(), max_size=3)},
    optional={"which": st.integers(-1, 2) | JSON},
)


@given(JSON | st.lists(PAIRS) | st.fixed_dictionaries({"points": st.lists(PAIRS)}))
@FIXED
def test_any_json_is_points_or_refused_in_one_sentence(data):
    expect_points_or_one_sentence(lambda: points_of(data, SHAPES))


# ------------------------------------------------------------------ files
def test_a_file_is_read(tmp_path):
    path = tmp_path / "points.json"
    path.write_text(
        json.dumps({"unit": "pixel", "points": [{"content": [0, 0], "style": [1, 2]}]})
    )
    assert load_points(path, FIRST) == parse_points(["0,0:1,2"], FIRST)


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"{", b"\xff\xfe", b"[[" * 5000, b'{"points": 1}', b"[1]", b'{"a": NaN}'),
        *(b'[{"content": [0, 0], "style": [0, 7]}]', b"9" * 5000),
        b" " * 1_000_001,
    ],
    ids=lambda content: str(content[:12]),
)
def test_a_file_that_says_something_else_is_refused_by_its_name(tmp_path, content):
    path = tmp_path / "points.json"
    path.write_bytes(content)
    with refused("points.json: ") as caught:
        load_points(path, FIRST)
    assert "\n" not in str(caught.value)


def test_a_file_that_cannot_be_read_is_refused_by_its_name(tmp_path):
    for path in (tmp_path / "missing.json", tmp_path):
        with refused(path.name):
            load_points(path, FIRST)


@given(st.binary(max_size=60))
@settings(derandomize=True, deadline=None, max_examples=60)
def test_any_bytes_are_points_or_refused(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("any") / "p.json"
    path.write_bytes(data)
    expect_points_or_one_sentence(lambda: load_points(path, FIRST))


# ------------------------------------------------------------------ grids
def image(height, width):
    return torch.zeros(1, 3, height, width)


def pinned(*pairs):
    return Guidance(points=tuple(PointPair(*pair) for pair in pairs))


def grid(row, column, gap):
    return [(row + i * gap, column + j * gap) for i in (-1, 0, 1) for j in (-1, 0, 1)]


def pixel(row, column, height, width):
    """A point in the middle of a pixel."""
    return (row + 0.5) / height, (column + 0.5) / width


def test_a_pin_is_a_grid_of_nine_twenty_pixels_apart_at_512():
    """Rows before columns, row by row."""
    at = pinned((pixel(256, 64, 512, 256), (0.1, 0.9))).pins(image(512, 256))
    assert [tuple(p) for p in at.tolist()] == grid(256, 64, 20)


@pytest.mark.parametrize(("side", "gap"), [(128, 5), (256, 10), (512, 20), (1024, 40)])
@pytest.mark.parametrize("upright", [True, False])
def test_the_grid_grows_with_the_long_side(side, gap, upright):
    shape = (side, side // 2) if upright else (side // 2, side)
    at = pinned((pixel(60, 61, *shape), (0, 0))).pins(image(*shape))
    near = [
        tuple(min(v, n - 1) for v, n in zip(p, shape, strict=True)) for p in grid(60, 61, gap)
    ]
    assert [tuple(p) for p in at.tolist()] == near


@given(st.tuples(*[st.floats(0.2, 0.8)] * 2), st.integers(64, 600))
@FIXED
def test_neighbours_are_as_far_as_they_should_be_but_for_rounding(point, side):
    at = pinned((point, point)).pins(image(side, side)).reshape(3, 3, 2)
    wanted = torch.tensor(point) * side - 0.5
    for i in range(3):
        for j in range(3):
            shift = torch.tensor([i - 1, j - 1]) * 20 * side / 512
            assert (at[i, j] - wanted - shift).abs().max() <= 0.5 + 1e-4


def test_pixels_that_are_typed_are_the_pixels_that_are_read():
    """At the size of the picture."""
    for x, y in ((0, 0), (99, 49), (37, 11), (50, 25)):
        at = Guidance(points=(parse(f"{x},{y}:0,0"),)).pins(image(50, 100))
        assert at[4].tolist() == [y, x]


def test_a_grid_ends_at_the_borders():
    shape = (20, 512)
    for corner in ((0, 0), (19, 511)):
        at = pinned((pixel(*corner, *shape), (0, 0))).pins(image(*shape))
        near = [
            tuple(min(max(v, 0), n - 1) for v, n in zip(p, shape, strict=True))
            for p in grid(*corner, 20)
        ]
        assert [tuple(p) for p in at.tolist()] == near
    assert (pinned(((0.0, 0.0), (0, 0))).pins(image(4, 4)) == 0).all()
    assert (pinned(((1.0, 1.0), (0, 0))).pins(image(4, 4)) == 3).all()


@given(
    st.tuples(*[st.floats(0, 1)] * 2), st.integers(1, 80), st.integers(1, 80), st.integers(1, 3)
)
@FIXED
def test_no_point_of_a_grid_is_ever_outside(point, height, width, count):
    guidance = pinned(*[(point, point)] * count)
    for at in (
        guidance.pins(image(height, width)),
        guidance.style_pins(0, image(height, width)),
    ):
        assert at.shape == (9 * count, 2)
        assert at.dtype == torch.int64
        assert (at >= 0).all()
        assert (at < torch.tensor([height, width])).all()


def test_pins_of_styles_are_those_that_refer_to_it_in_order():
    guidance = pinned(((0, 0), (0.1, 0.2), 1), ((0, 0), (0.3, 0.4), 0), ((0, 0), (0.5, 0.6), 1))
    middles = lambda which: guidance.style_pins(which, image(1000, 100))[4::9].tolist()  # noqa: E731
    assert middles(0) == [[300, 40]]
    assert middles(1) == [[100, 20], [500, 60]]
    assert guidance.style_pins(2, image(9, 9)).shape == (0, 2)
    assert len(guidance.pins(image(1000, 100))) == 27
    assert Guidance().pins(image(9, 9)).shape == (0, 2)
