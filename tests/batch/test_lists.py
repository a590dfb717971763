"""Lists of jobs: what they may say, and everything wrong in one line each, before any work."""

import json

import pytest

from batch.conftest import PATTERN, picture
from wasserstyle.image import read_recipe


def lines(error):
    return [line for line in error.splitlines() if line]


def refused(batch, place, *arguments, quick=()):
    """Its lines; nothing was painted."""
    code, out, err = batch(*arguments, quick=quick)
    assert (code, out) == (2, [])
    assert not (place / "out").exists()
    assert all(line.startswith("wasserstyle: ") for line in lines(err))
    return [line.removeprefix("wasserstyle: ") for line in lines(err)]


def jobs(place, text, suffix=".csv"):
    path = place / f"list{suffix}"
    path.write_text(text, "utf-8")
    return path


def test_folders_and_patterns_are_painted_with_each_style(batch, place):
    (place / "contents" / "notes.txt").write_text("no picture")
    code, records, _ = batch("contents", "--style", "styles/*.png", "-o", PATTERN)
    assert code == 0
    names = sorted(path.name for path in (place / "out").iterdir())
    assert names == [f"{c}-{s}.png" for c in "abc" for s in "xy"]
    *painted, last = records
    assert [r["status"] for r in painted] == ["painted"] * 6
    assert (last["painted"], last["failed"]) == (6, 0)


def test_every_kind_of_list_says_the_same(batch, place):
    """Several styles, their shares, settings of the run and of the method, and an own name."""
    head = "content,style,style_weights,size,strength,out,color\n"
    table = head + "contents/a.png,styles/x.png;styles/y.png,2;1,32,0.5,own.png,\n"
    row = {"content": "contents/a.png", "style": ["styles/x.png", "styles/y.png"]}
    row |= {"style_weights": [2, 1], "size": 32, "strength": 0.5, "out": "own.png"}
    texts = {".csv": table, ".json": json.dumps([row]), ".jsonl": json.dumps(row) + "\n\n"}
    seen = []
    for suffix, text in texts.items():
        assert batch("--jobs", jobs(place, text, suffix), "--force")[0] == 0
        seen.append((place / "own.png").read_bytes())
        recipe = read_recipe(place / "own.png")
        assert (recipe["size"], recipe["settings"]["strength"]) == (32, 0.5)
        assert [style["weight"] for style in recipe["styles"]] == [2.0, 1.0]
    assert seen[0] == seen[1] == seen[2]


def test_a_whole_number_for_a_share_is_as_if_typed(batch, place):
    row = {
        "content": "contents/a.png",
        "style": "styles/x.png",
        "strength": 1,
        "out": "own.png",
    }
    assert batch("--jobs", jobs(place, json.dumps([row]), ".json"))[0] == 0
    assert isinstance(read_recipe(place / "own.png")["settings"]["strength"], float)


def test_all_that_is_wrong_is_said_at_once(batch, place):
    text = """content,style,out,size,colour,strength,content_mask
contents/a.png,styles/x.png,out/1.png,,,,
contents/none.png,styles/x.png,out/2.png,,,,
contents/a.png,styles/x.png,out/3.png,big,,,
contents/a.png,styles/x.png,out/4.png,5,,,
contents/a.png,styles/x.png,out/5.png,,keep,,
contents/a.png,styles/x.png,out/6.png,,,7,
contents/a.png,styles/x.png,out/1.png,,,,
contents/a.png,styles/x.png,contents/b.png,,,,
contents/b.png,styles/x.png,out/8.xyz,,,,
contents/a.png,,out/9.png,,,,
contents/a.png,styles/x.png,out/{name}.png,,,,
contents/a.png,styles/x.png,out/10.png,,,,none.png
"""
    said = refused(
        batch, place, "--jobs", jobs(place, text), quick=("--method", "color_transport")
    )
    wanted = {
        "line 3": "content contents/none.png: no such file",
        "line 4": "size = 'big'; must be of type int",
        "line 5": "size = 5; must be between 16 and 100000",
        "line 6": "unknown column 'colour'; nearest: color",
        "line 7": "strength = 7.0; must be between 0",
        "line 8": "out/1.png is the output of list.csv, line 2, too",
        "line 9": "contents/b.png would replace a picture in use",
        "line 10": "no format is known for the suffix '.xyz'",
        "line 11": "no style given",
        "line 12": "unknown field {name}; known: {content} {style} {method}",
        "line 13": "mask none.png: no such file",
    }
    for name, words in wanted.items():
        (line,) = [text for text in said if text.startswith(f"list.csv, {name}:")]
        assert words in line
    assert len(said) == len(wanted)


@pytest.mark.parametrize(
    ("suffix", "text", "words"),
    [
        (".csv", "content,style\na,b,c\n", "line 2 has more cells than the header"),
        (".csv", "", "nothing to paint"),
        (".json", "{}", "must be a list of objects"),
        (".json", "[1]", "job 1: must be an object"),
        (".json", "[", "no valid list of jobs"),
        (".jsonl", "{}\n{", "line 2: "),
        (".txt", "", "a list of jobs is .csv, .json or .jsonl"),
        (".json", '[{"content": "a", "style": "b", "backbone": "vgg3"}]', "not 'vgg3'"),
    ],
)
def test_what_is_no_list(batch, place, suffix, text, words):
    path = jobs(place, text, suffix)
    (line,) = refused(batch, place, "--jobs", path, "-o", "out/{index}.png")
    assert words in line


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "give CONTENT and --style, or a list"),
        (["contents/q*", "--style", "styles", "-o", "o.png"], "contents/q*: no such file"),
        (["contents", "--style", "empty", "-o", "o.png"], "empty: no pictures in it"),
        (["contents/a.png", "--style", "styles/x.png"], "no out given"),
        (["contents/a.png", "--style", "styles/x.png", "-o", "{.png"], "no output pattern"),
        (["contents/a.png", "--style", "styles/x.png", "-o", "what://o.png"], "what://"),
        (["contents", "--style", "styles", "-o", PATTERN, "--workers", "0"], "workers"),
        (["contents", "--style", "styles", "-o", PATTERN, "-s", "a=b"], "no setting 'a'"),
    ],
)
def test_wrong_command_lines(batch, place, arguments, words):
    (place / "empty").mkdir()
    said = refused(batch, place, *arguments, quick=("--method", "color_transport"))
    assert words in said[0]


def test_contents_of_one_name_do_not_paint_over_each_other(batch, place):
    picture(place / "contents" / "a.jpg", 20)
    (line,) = refused(batch, place, "contents", "--style", "styles/x.png", "-o", PATTERN)
    assert "out/a-x.png is the output of contents/a.jpg with styles/x.png, too" in line


def test_guidance_that_the_method_does_not_follow_is_wrong_before_the_work(batch, place):
    text = 'content,style,out,point\ncontents/a.png,styles/x.png,out/1.png,"1,1:2,2"\n'
    (line,) = refused(batch, place, "--jobs", jobs(place, text), "--method", "color_transport")
    assert "color_transport does not follow points" in line
