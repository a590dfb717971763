"""Guidance as a user types it: masks, regions, points, a picture to paint on; and again."""

import copy
import json

import numpy as np
import pytest
import torch
from PIL import Image

import wasserstyle
from guidance.drawings import BLACK, BLUE, GREEN, RED, WHITE, halves, of, square
from wasserstyle.image import read, read_recipe, write

STYLE_SHAPE = (60, 80)


def save(path, pixels):
    path.parent.mkdir(exist_ok=True)
    Image.fromarray(np.asarray(pixels, np.uint8)).save(path)
    return path


def draw_all(folder):
    """A small content and style, and masks of both."""
    draw = np.random.default_rng(0)
    content = np.clip(draw.normal(128, 20, (48, 64, 3)), 0, 255)
    style = of(halves(*STYLE_SHAPE), RED, BLUE) * 0.6 + draw.uniform(0, 60, (*STYLE_SHAPE, 3))
    own, theirs = halves(48, 64), halves(*STYLE_SHAPE)
    masks = {
        "own": of(own, GREEN, BLACK),
        "theirs": of(theirs, GREEN, BLACK),
        "crossed": of(theirs, BLACK, GREEN),
        "left": of(own, WHITE, BLACK),
        "right": of(own, BLACK, WHITE),
        "dark": np.zeros((48, 64, 3)),
        "start": np.full((48, 64, 3), 90),
        "other": of(theirs, (255, 0, 255), BLUE),
        "tall": of(halves(90, 40), GREEN, BLACK),
        "dot": of(square(480, 640, 4, (100, 100)), BLACK, WHITE),
    }
    pictures = {"content": content, "style": style} | masks
    return {name: save(folder / f"{name}.png", pixels) for name, pixels in pictures.items()}


@pytest.fixture
def files(tmp_path):
    """Pictures and masks in a folder of their own."""
    return draw_all(tmp_path / "in")


@pytest.fixture
def paint(transfer, files, tmp_path):
    """A quick transfer of the small pair to ``out``, with more arguments; names stand for files."""

    def call(*arguments, out="a.png", **pictures):
        pair = {"content": files["content"], "style": files["style"]} | pictures
        return transfer(tmp_path / out, *(files.get(a, a) for a in arguments), **pair)

    return call


def masks(*more):
    return "--content-mask", "own", "--style-mask", "theirs", *more


def redness(path):
    rgb = read(path).rgb[0]
    left, right = rgb[..., : rgb.shape[2] // 2], rgb[..., rgb.shape[2] // 2 :]
    return [float((half[0] - half[2]).mean()) for half in (left, right)]


def done(answer):
    code, _, err = answer
    assert code == 0, err
    return err


def refused(answer, tmp_path, *words):
    """Exit code 2, one line, and nothing written."""
    code, out, err = answer
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert err.startswith("wasserstyle: ")
    assert len(err) < 1000
    for word in words:
        assert str(word) in err
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


# ------------------------------------------------------------------ masks
@pytest.mark.parametrize("guiding", ["losses", "cost"])
def test_masks_guide_and_crossed_masks_cross(paint, tmp_path, guiding):
    done(paint(*masks("-s", f"guiding={guiding}")))
    done(
        paint(
            *("--content-mask", "own", "--style-mask", "crossed", "-s", f"guiding={guiding}"),
            out="b.png",
        )
    )
    left, right = redness(tmp_path / "a.png")
    assert left > right + 0.2
    left, right = redness(tmp_path / "b.png")
    assert right > left + 0.2


def test_every_style_has_its_mask(paint, files, tmp_path):
    styles = [files["style"], files["content"]]
    done(paint(*masks("--style-mask", "own"), style=styles))
    recorded = read_recipe(tmp_path / "a.png")["guidance"]["style_masks"]
    assert [mask["name"] for mask in recorded] == ["theirs.png", "own.png"]


def test_notes_are_said_on_stderr_and_quiet_is_silent(paint):
    err = done(paint("--content-mask", "own", "--style-mask", "tall"))
    assert "note: tall.png: 40 x 90 pixels for a picture of 80 x 60; it is stretched" in err
    code, out, err = paint("--content-mask", "own", "--style-mask", "tall", "--quiet")
    assert (code, out, err) == (0, "", "")


def test_lonely_colours_and_vanishing_regions_are_noted(paint, files):
    numbers = halves(48, 64) + 2 * square(48, 64, 12)
    save(files["own"], of(numbers, GREEN, BLACK, RED))
    err = done(paint(*masks("--region", f"{files['dot']}:{files['left']}")))
    assert "note: own.png: #ff0000 (4.7%) has no counterpart" in err
    assert "note: dot.png: thinner than a pixel below 256 px" in err


# ------------------------------------------------------------------ grey regions
def test_regions_one_by_one_with_weights(paint, files, tmp_path):
    left, right = files["left"], files["right"]
    done(paint("--region", f"{left}:{left}", "--region", f"{right}:{right}:2.5"))
    regions = read_recipe(tmp_path / "a.png")["guidance"]["regions"]
    assert [region["weight"] for region in regions] == [1.0, 2.5]
    assert [region["content"]["name"] for region in regions] == ["left.png", "right.png"]
    first, second = redness(tmp_path / "a.png")
    assert first > second


@pytest.mark.parametrize(
    "text",
    [
        *("", ":", "LEFT", "LEFT:", ":LEFT", "LEFT:LEFT:", "LEFT:LEFT:x", "LEFT:LEFT:1:2"),
        *("LEFT:LEFT:1:2:3", "LEFT:LEFT::1"),
    ],
)
def test_another_form_of_region_is_refused_with_the_right_one(paint, files, tmp_path, text):
    region = text.replace("LEFT", str(files["left"]))
    refused(paint("--region", region), tmp_path, "--region", "content.png:style.png:weight")


@pytest.mark.parametrize("weight", ["0", "-1", "nan", "inf", "1e999"])
def test_a_weight_without_measure_is_refused(paint, files, tmp_path, weight):
    region = f"{files['left']}:{files['left']}:{weight}"
    refused(paint("--region", region), tmp_path, "above zero")


# ------------------------------------------------------------------ points
def test_points_are_typed_in_pixels_or_shares_and_kept_as_shares(paint, tmp_path):
    done(paint("--point", "0,47:79,0", "--point", "0.5,0.25:0.75,1.0"))
    points = read_recipe(tmp_path / "a.png")["guidance"]["points"]
    assert [p["which"] for p in points] == [0, 0]
    assert points[0]["content"] == pytest.approx([0.5 / 64, 47.5 / 48])
    assert points[0]["style"] == pytest.approx([79.5 / 80, 0.5 / 60])
    assert points[1] == {"content": [0.5, 0.25], "style": [0.75, 1.0], "which": 0}


def test_points_come_from_files_too(paint, files, tmp_path):
    path = files["content"].with_name("p.json")
    item = {"content": [3, 4], "style": [5, 6], "which": 1}
    path.write_text(json.dumps({"unit": "pixel", "points": [item]}))
    done(paint("--points", path, "--point", "0.1,0.2:0.3,0.4", style=[files["style"]] * 2))
    points = read_recipe(tmp_path / "a.png")["guidance"]["points"]
    assert [p["which"] for p in points] == [0, 1]
    assert points[1]["style"] == pytest.approx([5.5 / 80, 6.5 / 60])


def test_the_recipe_of_a_picture_holds_a_file_of_points(paint, files, tmp_path):
    """What was done can be done again elsewhere."""
    done(paint("--point", "10,20:30,40"))
    path = files["content"].with_name("p.json")
    path.write_text(json.dumps(read_recipe(tmp_path / "a.png")["guidance"]["points"]))
    done(paint("--points", path, out="b.png"))
    assert read(tmp_path / "a.png").rgb.equal(read(tmp_path / "b.png").rgb)


def test_points_change_the_picture(paint, tmp_path):
    done(paint())
    done(paint("--point", "0.2,0.5:0.9,0.5", out="b.png"))
    assert not read(tmp_path / "a.png").rgb.equal(read(tmp_path / "b.png").rgb)


# ------------------------------------------------------------------ painting on
def test_painting_on_skips_the_coarser_scales(paint, tmp_path):
    assert "scale 1/2 (64 px)" in done(paint("--size", 128))
    err = done(paint("--size", 128, "--start", tmp_path / "a.png", out="b.png"))
    assert "scale 1/2" not in err
    assert "scale 2/2 (128 px)  step 3/3" in err
    assert "100%" in err
    assert read_recipe(tmp_path / "b.png")["start"]["name"] == "a.png"


def test_json_has_terms_after_painting_on(paint, tmp_path):
    done(paint())
    code, out, _ = paint("--start", tmp_path / "a.png", "--json", "--quiet", out="b.png")
    assert code == 0
    assert set(json.loads(out)["terms"]) >= {"objective", "transport"}


# ------------------------------------------------------------------ refusals
BAD = {
    "masks of one side": (["--content-mask", "own"], ["style has no mask"]),
    "masks of the other": (["--style-mask", "theirs"], ["content has no mask"]),
    "no common colour": (
        ["--content-mask", "own", "--style-mask", "other"],
        ["share no colour", "#00ff00", "#ff00ff"],
    ),
    "too many": (masks("--style-mask", "theirs"), ["2 style masks for 1 styles"]),
    "missing mask": (["--content-mask", "gone.png", "--style-mask", "theirs"], ["gone.png"]),
    "folder": (["--content-mask", "/", "--style-mask", "theirs"], ["/"]),
    "missing region": (["--region", "gone.png:gone.png"], ["gone.png"]),
    "missing points": (["--points", "gone.json"], ["gone.json"]),
    "picture of points": (["--points", "own"], ["own.png", "JSON"]),
    "missing start": (["--start", "gone.png"], ["gone.png"]),
    "point outside": (["--point", "64,0:0,0"], ["64,0 is outside", "64 x 48"]),
    "share outside": (["--point", "0.5,0.5:1.5,0.5"], ["outside", "80 x 60"]),
    "no point": (["--point", "somewhere"], ["--point 'somewhere'", "x,y:x,y"]),
    "empty point": (["--point", ""], ["x,y:x,y"]),
    "guiding": (["-s", "beta=-1"], ["beta = -1"]),
}


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("dry", [True, False])
def test_bad_input_is_refused_in_one_line(paint, tmp_path, name, dry):
    arguments, words = BAD[name]
    refused(paint(*arguments, *(["--dry-run"] if dry else [])), tmp_path, *words)


@pytest.mark.parametrize("side", ["content", "style"])
def test_a_dark_region_is_refused(paint, files, tmp_path, side):
    pair = ["left", "left"]
    pair[side == "style"] = "dark"
    region = ":".join(str(files[name]) for name in pair)
    refused(paint("--region", region), tmp_path, "dark.png: nothing in it is white")


def test_a_mask_and_a_start_are_not_replaced(paint, files, tmp_path):
    region = f"{files['left']}:{files['right']}"
    for name in ("own", "theirs", "left", "right", "dark"):
        before = files[name].read_bytes()
        for arguments in ({"out": f"in/{name}.png"}, {"preview": True}):
            more = ["--preview", files[name]] if "preview" in arguments else []
            refused(
                paint(
                    *masks("--region", region, "--start", "dark", *more),
                    out=arguments.get("out", "a.png"),
                ),
                tmp_path,
                "would replace a picture in use",
            )
        assert files[name].read_bytes() == before


def test_dry_run_tells_the_notes_and_writes_nothing(paint, tmp_path):
    code, out, err = paint("--content-mask", "own", "--style-mask", "tall", "--dry-run")
    assert (code, err) == (0, "")
    size, note = out.splitlines()
    assert size.startswith("64 x 48 px: about ")
    assert note.startswith("note: tall.png: ")
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


# ------------------------------------------------------------------ again
ALL = ["--point", "0.2,0.3:0.4,0.5", "--point", "3,4:5,6"]


@pytest.fixture
def painted(paint, files, tmp_path):
    """A picture made with everything there is."""
    region = f"{files['left']}:{files['right']}:1.5"
    done(paint(*masks("--region", region, "--start", "start"), *ALL))
    return tmp_path / "a.png"


def test_rerun_gives_the_same_bytes(run, painted):
    code, _, err = run("rerun", painted)
    assert code == 0
    assert "pixels: the same" in err
    assert painted.with_name("a-rerun.png").read_bytes() == painted.read_bytes()


@pytest.mark.parametrize("name", ["own", "theirs", "left", "start"])
def test_rerun_finds_a_mask_beside_the_picture_and_checks_it(run, painted, name):
    mask = painted.parent / "in" / f"{name}.png"
    mask.rename(painted.with_name(mask.name))
    code, _, err = run("rerun", painted)
    assert code == 0
    assert "pixels: the same" in err
    painted.with_name("a-rerun.png").unlink()
    before = sorted(painted.parent.iterdir())
    save(painted.with_name(mask.name), of(halves(48, 64), GREEN, BLACK)[::-1, ::-1])
    code, out, err = run("rerun", painted)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert mask.name in err
    assert "not the file the picture was made from" in err
    assert sorted(painted.parent.iterdir()) == before


def test_rerun_does_not_replace_a_mask(run, painted):
    mask = painted.parent / "in" / "own.png"
    before = mask.read_bytes()
    code, _, err = run("rerun", painted, "-o", mask)
    assert code == 2
    assert "would replace a picture in use" in err
    assert mask.read_bytes() == before


def test_the_advice_about_a_lost_mask_can_be_followed(run, painted):
    """--content and --style are no places for masks."""
    (painted.parent / "in" / "own.png").unlink()
    _, _, err = run("rerun", painted)
    assert "own.png" in err
    assert "--content or --style" not in err


# ------------------------------------------------------------------ hostile recipes
HUGE = 10**400
MASK = {"name": "x", "path": "/no/such.png", "sha256": "0"}
HOSTILE = {
    "guidance": [[], {}, 1, "x", True, False],
    "start": [[], {}, 1, "x", {"path": 1}, {"path": None}, MASK],
    "content_mask": [None, [], {}, 1, MASK, {"path": "x" * 5000, "name": "x", "sha256": "x"}],
    "style_masks": [None, {}, [], [None], [1], [MASK], [None, None], [{}], "x"],
    "regions": [None, {}, [None], [1], [{}], [{"content": MASK, "style": MASK}]],
    "points": [
        *(None, {}, [None], [1], [{}], [{"content": [0, 0]}], "x"),
        [{"content": [HUGE, 0], "style": [0, 0]}],
        [{"content": [2, 0], "style": [0, 0]}],
        [{"content": [0, 0], "style": [0, 0], "which": 1}],
        [{"content": [0, 0], "style": [0, 0], "which": HUGE}],
        [{"content": [0, 0], "style": [0, 0], "which": "0"}],
        [{"content": [0, 0, 0], "style": [0, 0]}],
    ],
    "weight": [None, "x", [], 0, -1, True, HUGE],
}
CASES = [(key, value) for key, values in HOSTILE.items() for value in values]


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """A recipe to spoil, with everything there is."""
    files = draw_all(tmp_path_factory.mktemp("good"))
    guidance = wasserstyle.read_guidance(
        content_mask=files["own"],
        style_masks=[files["theirs"]],
        regions=[(files["left"], files["right"], 1.5)],
        points=[wasserstyle.PointPair((0.1, 0.2), (0.3, 0.4))],
    )
    quick = {"size": 32, "iterations": 1, "samples": 16, "style_pool": 16}
    return wasserstyle.stylize(
        files["content"], files["style"], guidance=guidance, start=files["start"], **quick
    ).recipe


@pytest.fixture
def spoil(good, tmp_path):
    """Write a picture whose recipe is good but for one entry."""

    def call(key, value):
        spoiled = copy.deepcopy(good)
        place = spoiled if key in {"guidance", "start"} else spoiled["guidance"]
        if key == "weight":
            place = place["regions"][0]
        place[key] = value
        return write(torch.zeros(1, 3, 8, 8), tmp_path / "bad.png", recipe=spoiled)

    return call


@pytest.mark.parametrize(("key", "value"), CASES, ids=lambda v: str(v)[:30])
def test_spoiled_guidance_is_refused_in_one_line(run, spoil, key, value):
    picture = spoil(key, value)
    before = sorted(picture.parent.iterdir())
    code, out, err = run("rerun", picture, "-q")
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert len(err) < 6000
    assert sorted(picture.parent.iterdir()) == before


def test_guidance_that_is_not_spoiled_runs(run, spoil):
    assert run("rerun", spoil("points", []), "-q")[0] == 0
