"""What every method must do. A new file in wasserstyle/methods is picked up by itself."""

import dataclasses
import json
from functools import cache

import pytest
import torch

from wasserstyle import methods
from wasserstyle.errors import BadSetting, Cancelled, UnknownMethod
from wasserstyle.features.toy import ToyFeatures
from wasserstyle.features.vgg import Vgg
from wasserstyle.features.weights import bundled
from wasserstyle.guidance import Guidance
from wasserstyle.method import Memo, Style, Tools, check_value
from wasserstyle.netmethod import NetMethod

pytestmark = pytest.mark.slow  # its file is begun first

every_method = pytest.mark.parametrize("name", methods.names())
PRESETS = [(name, preset) for name in methods.names() for preset in methods.get(name).presets]
every_preset = pytest.mark.parametrize(("name", "preset"), PRESETS)
SIZE = 70
IN_STEPS = [name for name in methods.names() if methods.get(name)().stages(SIZE)]
"""All but those that are done in one pass."""
every_method_in_steps = pytest.mark.parametrize("name", IN_STEPS)
every_preset_in_steps = pytest.mark.parametrize(
    ("name", "preset"), [(name, preset) for name, preset in PRESETS if name in IN_STEPS]
)


def with_iterations(name, count, preset="default"):
    method = methods.get(name).preset(preset)
    return dataclasses.replace(method, iterations=count) if name in IN_STEPS else method


def size_of_scales(name, preset):
    """At which it paints at more than one scale; where it never does, a small one will do."""
    stages = methods.get(name).preset(preset).stages
    return 2 * SIZE if len(stages(2 * SIZE)) > len(stages(SIZE)) else SIZE


def quick(name, preset="default"):
    return with_iterations(name, 3, preset)


class Spied(Tools):
    """Knows whether anything random was drawn."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        object.__setattr__(self, "made", [])

    def stream(self, *names):
        generator = super().stream(*names)
        self.made.append((generator, generator.get_state()))
        return generator

    def drew(self):
        return any(not torch.equal(g.get_state(), state) for g, state in self.made)


class Counting(ToyFeatures):
    """Knows how often it was asked."""

    calls = 0

    def walk(self, image, layers):
        self.calls += 1
        return super().walk(image, layers)


@cache
def vgg():
    return Vgg(bundled("vgg19"))


def features_of(name):
    """A trained network knows no other features than those it was trained on."""
    return vgg() if issubclass(methods.get(name), NetMethod) else ToyFeatures()


def tools(name, **kwargs):
    return Tools(**({"features": features_of(name), "size": SIZE, "seed": 3} | kwargs))


def run(
    name, content, style, *, preset="default", styles=None, observe=lambda _: None, **kwargs
):
    guidance = kwargs.pop("guidance", Guidance())
    return quick(name, preset).stylize(
        content,
        styles or [Style(style)],
        tools=tools(name, **kwargs),
        guidance=guidance,
        observe=observe,
    )


@every_preset
def test_settings_are_frozen_and_documented(name, preset):
    method = methods.get(name).preset(preset)
    assert method.__dataclass_params__.frozen
    for field in dataclasses.fields(method):
        assert field.metadata["help"]
        assert field.metadata["source"]
        assert field.default is not dataclasses.MISSING


@every_method
def test_presets_differ_from_each_other(name):
    made = [methods.get(name).preset(p) for p in methods.get(name).presets]
    assert len({json.dumps(dataclasses.asdict(m)) for m in made}) == len(made)


@every_method
def test_the_paper_can_be_cited(name):
    for key in methods.citations(name):
        assert key in methods.bibtex(key)


@every_preset
def test_output_is_an_image_of_the_size_asked_for(name, preset, content, style):
    out = run(name, content, style, preset=preset)
    assert out.shape == (1, 3, SIZE, 55)
    assert out.min() >= 0
    assert out.max() <= 1
    assert not out.requires_grad


@every_preset
def test_same_seed_same_output_other_seed_other_output(name, preset, content, style):
    spied = Spied(features=features_of(name), size=SIZE, seed=3)
    first = quick(name, preset).stylize(content, [Style(style)], tools=spied)
    assert torch.equal(first, run(name, content, style, preset=preset))
    other = run(name, content, style, preset=preset, seed=4)
    assert torch.equal(first, other) is not spied.drew()


@every_method
def test_inputs_are_left_alone(name, content, style):
    before = content.clone(), style.clone()
    run(name, content, style)
    assert torch.equal(content, before[0])
    assert torch.equal(style, before[1])


@every_preset_in_steps
def test_objective_goes_down(name, preset, content, style):
    """In the first stage: a later one of the same size may have another objective."""
    method, totals = with_iterations(name, 25, preset), []

    def note(step):
        if step.stage == 0:
            totals.append(float(step.total))

    method.stylize(content, [Style(style)], tools=tools(name), observe=note)
    assert sum(totals[-5:]) < 0.97 * sum(totals[:5])


@every_method
def test_colours_move_towards_the_style(name, content, style):
    method = with_iterations(name, 40)
    out = method.stylize(content, [Style(style)], tools=tools(name))
    mean = lambda image: image.mean((2, 3))  # noqa: E731
    assert (mean(out) - mean(style)).abs().sum() < 0.4 * (
        mean(content) - mean(style)
    ).abs().sum()


@every_method_in_steps
def test_an_observer_can_cancel(name, content, style):
    def stop(_):
        raise Cancelled

    with pytest.raises(Cancelled):
        run(name, content, style, observe=stop)


@every_method_in_steps
def test_progress_rises_to_one_and_previews_have_the_scale(name, content, style):
    seen = []
    run(
        name,
        content,
        style,
        size=140,
        observe=lambda s: seen.append((s.fraction, s.size, s.image())),
    )
    fractions = [f for f, _, _ in seen]
    assert fractions == sorted(fractions)
    assert fractions[-1] == pytest.approx(1)
    assert all(max(image.shape) == size for _, size, image in seen)


@every_preset_in_steps
def test_resumed_run_gives_the_same_bytes(name, preset, content, style):
    snapshots, size = [], size_of_scales(name, preset)
    whole = run(
        name,
        content,
        style,
        preset=preset,
        size=size,
        observe=lambda s: snapshots.append(s.snapshot()),
    )
    for snapshot in snapshots[: -1 : max(1, len(snapshots) // 2)]:  # the first, and half way
        again = run(name, content, style, preset=preset, size=size, resume=snapshot)
        assert torch.equal(whole, again)


@every_method
def test_mixing_styles_lies_between_them(name, content, style):
    other = 1 - style
    styles = lambda w: [Style(style, w), Style(other, 1 - w)]  # noqa: E731
    redness = [
        run(name, content, style, styles=styles(w))[:, 0].mean() for w in (0.01, 0.5, 0.99)
    ]
    assert redness[0] < redness[1] < redness[2]


@every_method_in_steps
def test_memo_changes_nothing_but_is_used(name, content, style):
    memo, plain, calls = Memo(), run(name, content, style), []
    for _ in range(2):
        features = Counting()
        assert torch.equal(plain, run(name, content, style, memo=memo, features=features))
        calls.append(features.calls)
    assert calls[1] < calls[0]  # the style is remembered


@every_method_in_steps
def test_hidden_content_is_never_looked_at(name, content, style):
    visible = torch.ones(1, 1, 37, 29)
    visible[..., :16] = 0
    at = []
    quick(name).stylize(
        content,
        [Style(style)],
        tools=tools(name),
        guidance=Guidance(visible=visible),
        observe=lambda s: at.append({k: float(v) for k, v in s.terms.items()}),
    )
    free = []
    run(
        name,
        content,
        style,
        observe=lambda s: free.append({k: float(v) for k, v in s.terms.items()}),
    )
    assert at != free


@every_method
def test_settings_survive_json(name):
    plain = json.loads(json.dumps(dataclasses.asdict(methods.get(name)())))
    again = {k: tuple(v) if isinstance(v, list) else v for k, v in plain.items()}
    assert methods.get(name)(**again) == methods.get(name)()


@every_method
def test_limits_hold_and_are_named(name):
    for field in dataclasses.fields(methods.get(name)):
        for limit, beyond in (("low", -1), ("high", 1)):
            if limit in field.metadata:
                value = field.metadata[limit] + beyond
                with pytest.raises(BadSetting, match=f"{field.name} = .*; must be"):
                    methods.get(name)(**{field.name: value})


@every_method
@pytest.mark.parametrize("shape", [(1, 1), (1, 200), (200, 1), (3, 5)])
@pytest.mark.parametrize("level", [0.0, 0.5, 1.0])
def test_flat_and_tiny_pictures_give_finite_pictures(name, shape, level, style):
    flat = torch.full((1, 3, *shape), level)
    for a, b in ((flat, style), (style, flat), (flat, flat)):
        out = run(name, a, b)
        assert out.isfinite().all()
        assert max(out.shape) == SIZE


def test_unknown_name_is_met_with_the_nearest():
    with pytest.raises(UnknownMethod, match="did you mean strotss"):
        methods.get("strots")
    with pytest.raises(LookupError, match="known: .*strotss"):
        methods.get("nope")


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        ("3", int),
        (2.5, int),
        (True, int),
        ("x", float),
        ([1], tuple[str, ...]),
        (([1],), tuple[str, ...]),
    ],
)
def test_values_of_another_type_are_refused(value, hint):
    with pytest.raises(BadSetting, match="must be"):
        check_value("name", value, hint, {})


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 10**400, -(10**400)])
def test_values_without_measure_are_refused(value):
    with pytest.raises(BadSetting, match="must be"):
        check_value("name", value, float, {"low": 0.0})
