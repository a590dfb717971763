"""A recipe comes from a file that anyone may have made: one line, exit 2, never a traceback."""

import copy

import pytest

from wasserstyle.image import read, read_recipe, write

HUGE = 10**300
HOSTILE = {
    "recipe": [None, 99, "1"],
    "method": [None, 1, [], "../strotss", "os"],
    "threads": [0, -1, 100_000, 2**31, 1.5, "x", [1], True],
    "size": [None, "512", [], {}, 32.0, HUGE, -5, True],
    "seed": [None, "x", [], -1, HUGE, 1.5],
    "device": [None, [], "meta", "cuda:99", "no such"],
    "color": [None, [], "grey"],
    "backbone": [None, [], {}, "vgg99"],
    "weights": [True, -1, [], "/no/such/file.pth"],
    "weights_sha256": [None, "0" * 64],
    "settings": [
        None,
        [],
        {"iterations": HUGE},
        {"nonsense": 1},
        {"layers": []},
        {"alpha": HUGE},
        {"samples": 10**9},
        {"learning_rate": 1e30},
    ],
    "content": [None, [], {}, {"path": 1}, {"path": "x" * 5000, "name": "x", "sha256": "x"}],
    "styles": [None, {}, [], [None], [{}]],
}
CASES = [(key, value) for key, values in HOSTILE.items() for value in values]


@pytest.fixture(scope="module")
def recipe(tmp_path_factory):
    """A good recipe to spoil."""
    from pathlib import Path

    import wasserstyle

    examples = Path(__file__).parents[2] / "examples"
    result = wasserstyle.stylize(
        examples / "content/cat.jpg",
        examples / "style/swirls.jpg",
        size=32,
        iterations=1,
        samples=16,
        style_pool=16,
    )
    path = tmp_path_factory.mktemp("good") / "a.png"
    result.save(path)
    return read_recipe(path)


@pytest.mark.parametrize(("key", "value"), CASES, ids=lambda v: str(v)[:20])
def test_a_spoiled_recipe_is_refused_in_one_line(run, tmp_path, recipe, photograph, key, value):
    spoiled = copy.deepcopy(recipe)
    if key == "settings" and isinstance(value, dict):
        spoiled["settings"] |= value
    else:
        spoiled[key] = value
    write(read(photograph).rgb[..., :8, :8], tmp_path / "a.png", recipe=spoiled)
    code, out, err = run("rerun", tmp_path / "a.png", "-q")
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert [p.name for p in tmp_path.iterdir()] == ["a.png"]


@pytest.mark.parametrize("weight", [None, "x", [], 0, -1, True])
def test_a_spoiled_weight_is_refused(run, tmp_path, recipe, photograph, weight):
    spoiled = copy.deepcopy(recipe)
    spoiled["styles"][0]["weight"] = weight
    write(read(photograph).rgb[..., :8, :8], tmp_path / "a.png", recipe=spoiled)
    assert run("rerun", tmp_path / "a.png", "-q")[0] == 2


def test_the_good_recipe_runs(run, tmp_path, recipe, photograph):
    write(read(photograph).rgb[..., :8, :8], tmp_path / "a.png", recipe=recipe)
    assert run("rerun", tmp_path / "a.png", "-q")[0] == 0
