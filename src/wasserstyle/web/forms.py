"""What there is to choose: methods, presets and settings, as JSON for the page.

Everything comes from the dataclasses and their metadata; nothing is listed here by hand.
"""

from dataclasses import Field, asdict, fields
from typing import Any, Literal, get_args, get_origin, get_type_hints

from wasserstyle import methods
from wasserstyle.method import Method
from wasserstyle.runs import Options

RUN = ("size", "seed", "color")
"""Options of a run that the page offers; the others are the machine's matter."""


def forms() -> dict[str, Any]:
    """The default method, the options of a run, and every method with presets and fields."""
    hints = get_type_hints(Options)
    run = [_field(info, hints[info.name]) for info in fields(Options) if info.name in RUN]
    described = [_method(methods.get(name)) for name in methods.names()]
    return {"default": Options().method.name, "run": run, "methods": described}


def settings_of(method: type[Method], preset: str) -> dict[str, Any]:
    """All settings of a preset.

    Raises:
        BadSetting: No such preset.
    """
    return asdict(method.preset(preset))


def _method(method: type[Method]) -> dict[str, Any]:
    hints, files = get_type_hints(method), method.files()
    return {
        "name": method.name,
        "title": _first_line(method),
        "presets": [_preset(method, name) for name in method.presets],
        "fields": [
            _field(info, hints[info.name]) for info in fields(method) if info.name not in files
        ],
    }


def _preset(method: type[Method], name: str) -> dict[str, Any]:
    maker = method if name == "default" else getattr(method, name)
    values = {k: v for k, v in settings_of(method, name).items() if k not in method.files()}
    return {"name": name, "title": _first_line(maker), "values": values}


def _first_line(thing: Any) -> str:  # noqa: ANN401 - a class or a class method
    return (thing.__doc__ or "").strip().partition("\n")[0]


def _field(info: Field[Any], hint: Any) -> dict[str, Any]:  # noqa: ANN401 - any type
    meta = info.metadata
    choices = get_args(hint) if get_origin(hint) is Literal else meta.get("choices")
    return {
        "name": info.name,
        "kind": "choice" if choices else _kind(hint),
        "default": info.default,
        "help": meta["help"],
        "source": meta["source"],
        "low": meta.get("low"),
        "high": meta.get("high"),
        "choices": choices and list(choices),
    }


def _kind(hint: Any) -> str:  # noqa: ANN401 - any type
    if get_origin(hint) is tuple:
        return "list"
    return {float: "number", int: "integer"}.get(hint, "text")
