"""Methods that have a network, by name."""

from collections.abc import Mapping
from typing import Any

from wasserstyle import methods
from wasserstyle.errors import BadSetting
from wasserstyle.netmethod import NetMethod


def names() -> list[str]:
    """Of all methods with a network."""
    return [name for name in methods.names() if issubclass(methods.get(name), NetMethod)]


def get(name: str, settings: Mapping[str, Any]) -> NetMethod:
    """A method with a network, with its settings.

    Raises:
        UnknownMethod: No such method.
        BadSetting: It has no network, or no such setting.
    """
    chosen = methods.get(name)
    if not issubclass(chosen, NetMethod):
        raise BadSetting(f"{name} has no network; those that have: {', '.join(names())}")
    chosen.check_names(settings)
    return chosen(**settings)
