"""What every method is: frozen settings and one verb."""

import abc
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any, ClassVar, Literal, TypeVar, get_args, get_origin, get_type_hints

import torch

from wasserstyle.errors import BadGuidance, BadSetting
from wasserstyle.features import Extractor
from wasserstyle.guidance import FREE, Guidance
from wasserstyle.optim import Observer, Snapshot, Stage, ignore
from wasserstyle.streams import stream
from wasserstyle.types import Image

T = TypeVar("T")
MOST = 1e9
"""Where a setting has no limit of its own."""


def setting(default: Any, text: str, source: str, **limits: Any) -> Any:  # noqa: ANN401
    """A hyperparameter: default, one line of help, where the number comes from, limits.

    Limits are ``low`` and ``high``, inclusive, or ``choices``; ``file`` says that it is the
    name of one, which is nothing that a page may ask for.
    """
    return field(default=default, metadata={"help": text, "source": source, **limits})


@dataclass(frozen=True)
class Style:
    """One picture of a style, and its share where several are mixed."""

    image: Image
    weight: float = 1.0


class Memo:
    """Keeps what is costly and depends on the styles only, for the next content."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, Any] = {}

    def recall(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return what was made for ``key``, making it the first time."""
        if key not in self._kept:
            self._kept[key] = make()
        return self._kept[key]


class NoMemo(Memo):
    """Keeps nothing: for a single picture, memory is worth more."""

    def recall(self, key: Hashable, make: Callable[[], T]) -> T:
        """Make it."""
        return make()


@dataclass(frozen=True, kw_only=True)
class Tools:
    """What a method must not find for itself."""

    features: Extractor
    careful: Extractor | None = None
    """The same in float32, for updates that were not finite; None: ``features``."""
    size: int
    """Long side of the output, pixels."""
    seed: int = 0
    memo: Memo = field(default_factory=NoMemo)
    start: Image | None = None
    """A picture to paint on instead of beginning with the content: coarser scales than its own
    are left out."""
    resume: Snapshot | None = None
    """Where an interrupted run goes on."""

    def stream(self, *names: str | int) -> torch.Generator:
        """A random stream of its own for each name, the same for the same seed."""
        return stream(self.seed, *names)


@dataclass(frozen=True, kw_only=True)
class Method(abc.ABC):
    """Settings are the fields; ``stylize`` is the paper.

    Raises:
        BadSetting: A value is out of its limits or not among its choices.
    """

    name: ClassVar[str]
    citation: ClassVar[str]
    """Citation key in ``references.bib``."""
    presets: ClassVar[tuple[str, ...]] = ("default",)
    """Names of the class methods that make a variant; ``default`` is the plain class."""
    backbone: ClassVar[str] = "vgg16"
    """Network the method is meant for."""
    backbones: ClassVar[tuple[str, ...]] = ("vgg16", "vgg19")
    """Networks it works with."""
    sees: ClassVar[bool] = True
    """Whether it looks through the network."""
    kept: ClassVar[int] = 30
    """Bytes it keeps of every pixel of a picture that it works on in pieces (measured)."""
    guides: ClassVar[frozenset[str]] = frozenset()
    """What guidance it follows beside visibility: ``regions``, ``points``."""

    precision: Literal["auto", "float32", "bfloat16", "float16"] = setting(
        "auto", "arithmetic of the network; auto: bfloat16 where the machine has it", "ours"
    )
    pooling: Literal["max", "average"] = setting(
        "max", "between the blocks of the network", "as trained"
    )
    units: Literal["scaled", "network"] = setting(
        "scaled",
        "activations of the bundled network: each layer by its scale, or as they come out",
        "ours, decision 0004",
    )

    def __post_init__(self) -> None:
        hints = get_type_hints(type(self))
        for info in fields(self):
            check_value(info.name, getattr(self, info.name), hints[info.name], info.metadata)

    @property
    def learned(self) -> Path | None:
        """File of what it has learned itself; None: it has no network of its own."""
        return None

    @classmethod
    def files(cls) -> frozenset[str]:
        """Names of the settings that name a file."""
        return frozenset(info.name for info in fields(cls) if info.metadata.get("file"))

    @classmethod
    def check_names(cls, names: Collection[str], also: Collection[str] = ()) -> None:
        """Raise unless every name is a setting of this method, or one of ``also``.

        Raises:
            BadSetting: Names the nearest valid one.
        """
        known = [*(f.name for f in fields(cls)), *also]
        for name in names:
            if name not in known:
                near = get_close_matches(name, known, n=1) or sorted(known)
                raise BadSetting(f"{cls.name} has no setting {name!r}; nearest: {near[0]}")

    @classmethod
    def preset(cls, name: str) -> "Method":
        """The settings of a preset by its name.

        Raises:
            BadSetting: The method has no such preset.
        """
        if name not in cls.presets:
            known = ", ".join(cls.presets)
            raise BadSetting(f"{cls.name} has no preset {name!r}; known: {known}")
        return cls() if name == "default" else getattr(cls, name)()

    def check_guidance(self, guidance: Guidance) -> None:
        """Raise unless the method follows what the user pins down.

        Raises:
            BadGuidance: It does not.
        """
        given = {"regions": guidance.regions, "points": guidance.points}
        for kind, some in given.items():
            if some and kind not in self.guides:
                raise BadGuidance(
                    f"{self.name} does not follow {kind}; leave them out, or use strotss"
                )

    def stages(self, size: int) -> Sequence[Stage]:
        """Schedule for an output of this size; empty: one pass."""
        return ()

    @abc.abstractmethod
    def stylize(
        self,
        content: Image,
        styles: Sequence[Style],
        *,
        tools: Tools,
        guidance: Guidance = FREE,
        observe: Observer = ignore,
    ) -> Image:
        """Return ``content`` painted like ``styles``.

        Args:
            content: sRGB in [0, 1], any size.
            styles: One or more pictures; weights are relative.
            tools: Extractor, output size, seed, memory of styles, point of resumption.
            guidance: What the user pins down; only what :attr:`guides` names.
            observe: Called after every update.

        Returns:
            sRGB in [0, 1], detached, with ``tools.size`` as its long side and the aspect ratio
            of ``content``.
        """


def check_value(name: str, value: Any, hint: Any, limits: Mapping[str, Any]) -> None:  # noqa: ANN401
    """Raise unless a value has its type, is one of its choices and within its limits."""
    choices = get_args(hint) if get_origin(hint) is Literal else limits.get("choices")
    if choices:
        if value not in choices:
            raise BadSetting(f"{name} = {value!r}; choose from {', '.join(choices)}")
        return
    plain = get_origin(hint) or hint
    allowed = (int, float) if plain is float else (plain,)
    if not isinstance(value, allowed) or isinstance(value, bool):
        raise BadSetting(f"{name} = {value!r}; must be of type {plain.__name__}")
    if value == ():
        raise BadSetting(f"{name} is empty; give at least one")
    if isinstance(value, tuple) and not all(isinstance(v, str) for v in value):
        raise BadSetting(f"{name} = {value!r}; must be names")
    low, high = limits.get("low", -MOST), limits.get("high", MOST)
    if isinstance(value, int | float) and not low <= value <= high:  # false for nan, too
        span = f"between {low} and {high}" if "high" in limits else f"at least {low}"
        raise BadSetting(f"{name} = {str(value)[:20]}; must be {span}")
