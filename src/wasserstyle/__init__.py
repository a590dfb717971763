"""Style transfer by optimal transport.

    >>> import wasserstyle
    >>> picture = wasserstyle.stylize("photo.jpg", "painting.jpg", size=512)  # doctest: +SKIP
    >>> picture.save("painted.png")  # doctest: +SKIP

Names are loaded when first used, so that importing the package costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wasserstyle import methods
    from wasserstyle.errors import Cancelled, StyleError
    from wasserstyle.image import Picture, read_recipe
    from wasserstyle.optim import Step
    from wasserstyle.runs import Options, Result, Stylizer, stylize

_HOMES = {
    "Cancelled": ("wasserstyle.errors", "Cancelled"),
    "Options": ("wasserstyle.runs", "Options"),
    "Picture": ("wasserstyle.image", "Picture"),
    "Result": ("wasserstyle.runs", "Result"),
    "Step": ("wasserstyle.optim", "Step"),
    "StyleError": ("wasserstyle.errors", "StyleError"),
    "Stylizer": ("wasserstyle.runs", "Stylizer"),
    "methods": ("wasserstyle.methods", None),
    "read_recipe": ("wasserstyle.image", "read_recipe"),
    "stylize": ("wasserstyle.runs", "stylize"),
}

__all__ = [
    "Cancelled",
    "Options",
    "Picture",
    "Result",
    "Step",
    "StyleError",
    "Stylizer",
    "methods",
    "read_recipe",
    "stylize",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - any public name
    if name not in _HOMES:
        raise AttributeError(f"module 'wasserstyle' has no attribute {name!r}")
    module, attribute = _HOMES[name]
    home = import_module(module)
    return getattr(home, attribute) if attribute else home
