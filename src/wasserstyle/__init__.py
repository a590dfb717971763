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
    from wasserstyle.guidance import Guidance, PointPair, read_guidance
    from wasserstyle.image import Picture, read_recipe
    from wasserstyle.optim import Step
    from wasserstyle.runs import Options, Result, Stylizer, stylize

_HOMES = {
    "Cancelled": ("wasserstyle.errors", "Cancelled"),
    "Guidance": ("wasserstyle.guidance", "Guidance"),
    "Options": ("wasserstyle.runs", "Options"),
    "Picture": ("wasserstyle.image", "Picture"),
    "PointPair": ("wasserstyle.guidance", "PointPair"),
    "Result": ("wasserstyle.runs", "Result"),
    "Step": ("wasserstyle.optim", "Step"),
    "StyleError": ("wasserstyle.errors", "StyleError"),
    "Stylizer": ("wasserstyle.runs", "Stylizer"),
    "methods": ("wasserstyle.methods", None),
    "read_guidance": ("wasserstyle.guidance", "read_guidance"),
    "read_recipe": ("wasserstyle.image", "read_recipe"),
    "stylize": ("wasserstyle.runs", "stylize"),
}

__all__ = [
    "Cancelled",
    "Guidance",
    "Options",
    "Picture",
    "PointPair",
    "Result",
    "Step",
    "StyleError",
    "Stylizer",
    "methods",
    "read_guidance",
    "read_recipe",
    "stylize",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - any public name
    if name not in _HOMES:
        raise AttributeError(f"module 'wasserstyle' has no attribute {name!r}")
    module, attribute = _HOMES[name]
    home = import_module(module)
    return getattr(home, attribute) if attribute else home
