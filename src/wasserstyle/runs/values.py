"""Values as text, and the settings they stand for."""

from typing import Any, get_origin, get_type_hints

from wasserstyle import methods
from wasserstyle.errors import BadSetting


def parse_assignments(method: str, texts: list[str]) -> dict[str, Any]:
    """Read ``NAME=VALUE`` by the types of the method's settings.

    Raises:
        BadSetting: No ``=``, no such setting, or a value of another type.
    """
    chosen = methods.get(method)
    hints = get_type_hints(chosen)
    values: dict[str, Any] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        name = name.strip().replace("-", "_")
        if not equals:
            raise BadSetting(f"--set {text!r}; write it as NAME=VALUE")
        chosen.check_names([name])
        values[name] = parse_value(name, value.strip(), hints[name])
    return values


def parse_numbers(text: str | None) -> list[float] | None:
    """Read ``2,1`` as two numbers.

    Raises:
        BadSetting: Something else than numbers.
    """
    if text is None:
        return None
    try:
        return [float(part) for part in text.split(",")]
    except ValueError as error:
        raise BadSetting(f"style weights {text!r}; write numbers like 2,1") from error


def parse_value(name: str, value: str, hint: Any) -> Any:  # noqa: ANN401 - any setting
    """Read one value by its type; names between commas for a tuple.

    Raises:
        BadSetting: It is of another type.
    """
    if get_origin(hint) is tuple:
        return tuple(part.strip() for part in value.split(","))
    if hint not in (int, float):
        return value
    try:
        return hint(value)
    except ValueError as error:
        raise BadSetting(f"{name} = {value!r}; must be of type {hint.__name__}") from error
