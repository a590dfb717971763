"""What the page offers comes from the dataclasses, and is what they accept."""

import dataclasses
import json
from typing import ClassVar, Literal

import pytest

from wasserstyle import methods
from wasserstyle.method import setting
from wasserstyle.runs import Options
from wasserstyle.runs.stylizer import make_options
from wasserstyle.web.forms import forms


@pytest.fixture
def strotss():
    return next(m for m in forms()["methods"] if m["name"] == "strotss")


def test_every_method_and_every_setting_is_there(strotss):
    assert [m["name"] for m in forms()["methods"]] == methods.names()
    assert forms()["default"] == Options().method.name
    known = [f.name for f in dataclasses.fields(methods.get("strotss"))]
    assert [f["name"] for f in strotss["fields"]] == known
    assert [f["name"] for f in forms()["run"]] == ["size", "seed", "color"]


def test_a_field_says_what_the_setting_is(strotss):
    fields = {f["name"]: f for f in strotss["fields"]}
    rate, samples, decay = (fields[n] for n in ("learning_rate", "samples", "decay"))
    assert (rate["kind"], rate["low"], rate["high"]) == ("number", 1e-6, 1)
    assert (samples["kind"], samples["default"], samples["choices"]) == ("integer", 2048, None)
    assert (decay["kind"], decay["choices"]) == ("choice", ["late", "none"])
    assert fields["layers"]["kind"] == "list"
    assert all(f["help"] and f["source"] for f in fields.values())


def test_settings_that_name_files_are_not_for_the_page():
    adain = next(m for m in forms()["methods"] if m["name"] == "adain")
    assert "trained" in {f.name for f in dataclasses.fields(methods.get("adain"))}
    assert "trained" not in {f["name"] for f in adain["fields"]}
    assert all("trained" not in preset["values"] for preset in adain["presets"])


def test_presets_have_all_values_and_words(strotss):
    presets = {p["name"]: p for p in strotss["presets"]}
    chosen = methods.get("strotss")
    assert tuple(presets) == chosen.presets
    for name, preset in presets.items():
        assert preset["values"] == dataclasses.asdict(chosen.preset(name))
        assert preset["title"]
    assert presets["default"]["title"] == strotss["title"]
    assert presets["paper"]["title"] == chosen.paper.__doc__.splitlines()[0]


def test_everything_offered_is_accepted_after_a_way_through_json(strotss):
    plain = json.loads(json.dumps(forms(), allow_nan=False))
    run = {field["name"]: field["default"] for field in plain["run"]}
    for method in plain["methods"]:
        for preset in method["presets"]:
            values = {
                k: tuple(v) if isinstance(v, list) else v for k, v in preset["values"].items()
            }
            options = make_options(method["name"], preset["name"], values | run)
            assert options.method == methods.get(method["name"]).preset(preset["name"])


def test_a_new_method_is_found_by_itself(monkeypatch):
    @dataclasses.dataclass(frozen=True, kw_only=True)
    class Other(methods.get("strotss").__base__):
        """Another paper.

        With more words.
        """

        name: ClassVar[str] = "other"
        mood: Literal["calm", "wild"] = setting("calm", "how it feels", "Sec. 1")
        title: str = setting("", "what it is called", "ours")

        def stylize(self, *_, **__): ...

    monkeypatch.setattr(methods, "names", lambda: ["other"])
    monkeypatch.setattr(methods, "get", lambda _: Other)
    (other,) = forms()["methods"]
    assert other["title"] == "Another paper."
    assert [p["name"] for p in other["presets"]] == ["default"]
    assert other["fields"][-2:] == [
        {
            "name": "mood",
            "kind": "choice",
            "default": "calm",
            "help": "how it feels",
            "source": "Sec. 1",
            "low": None,
            "high": None,
            "choices": ["calm", "wild"],
        },
        {
            "name": "title",
            "kind": "text",
            "default": "",
            "help": "what it is called",
            "source": "ours",
            "low": None,
            "high": None,
            "choices": None,
        },
    ]
