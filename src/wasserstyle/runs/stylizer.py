"""The library's front door: pictures in, a picture out, with its recipe."""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any, cast, get_type_hints

import torch
from numpy.typing import NDArray
from PIL.Image import Image as PilImage
from torch import Tensor

from wasserstyle import image as images
from wasserstyle import methods
from wasserstyle.errors import BadSetting, BadWeights, Cancelled, NotEnoughMemory
from wasserstyle.features.later import Later
from wasserstyle.features.networks import NETWORKS
from wasserstyle.features.vgg import Vgg
from wasserstyle.features.weights import (
    Provenance,
    Weights,
    bundled,
    from_file,
    scaled,
    unscaled,
)
from wasserstyle.guidance import FREE, Guidance
from wasserstyle.hashes import sha256_of
from wasserstyle.image import Picture, Source
from wasserstyle.method import Memo, Method, NoMemo, Style, Tools, check_value, setting
from wasserstyle.optim import Observer, Snapshot, Step, ignore
from wasserstyle.recolour import recolour
from wasserstyle.runs.recipe import describe, detail_of, guidance_of
from wasserstyle.runs.resources import (
    LARGEST,
    SMALLEST,
    Pieces,
    check_memory,
    pick_device,
    pick_precision,
)
from wasserstyle.types import Image

UNITS = {"scaled": scaled, "network": unscaled}
INITS = {"critic": "wasserstein_critic", "adain": "adain", "sanet": "sanet", "tiny": "tiny"}
"""Networks whose picture a method may begin with."""
INIT_SHARE = 0.5
"""Long side of that picture, of the output's (ours, decision 0015)."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """What a run is asked for beside the pictures."""

    method: Method = field(default_factory=methods.get("strotss"))
    size: int = setting(
        512,
        "long side of the output, pixels",
        "as in the papers",
        low=SMALLEST,
        high=LARGEST,
    )
    seed: int = setting(
        0, "the same seed gives the same picture", "ours", low=0, high=2**63 - 1
    )
    color: str = setting(
        "style",
        "colours of the style, or keep those of the content",
        "ours",
        choices=("style", "keep"),
    )
    init: str = setting(
        "content",
        "what methods in steps begin with: the content, or a network's picture of it",
        "ours, decision 0015",
        choices=("content", *INITS),
    )
    device: str = "auto"
    backbone: str | None = None
    """``vgg16`` or ``vgg19``; None: the one the method is meant for."""
    weights: Path | str | None = None
    """torchvision weights for the backbone; None: the bundled ones."""

    def __post_init__(self) -> None:
        hints = get_type_hints(Options)
        for info in (info for info in fields(self) if info.metadata):
            check_value(info.name, getattr(self, info.name), hints[info.name], info.metadata)
        check_value("device", self.device, str, {})
        check_value("backbone", self.backbone or "", str, {})


@dataclass(frozen=True)
class Result:
    """A finished picture, or where an interrupted one got to."""

    image: Image
    """sRGB in [0, 1], (1, 3, H, W)."""
    alpha: Tensor | None
    """Opacity of the content at the size of the image, (1, 1, H, W)."""
    recipe: dict[str, Any]
    seconds: float
    """Wall time of the optimisation."""
    finished: bool = True

    def save(self, path: str | os.PathLike[str], quality: int = 95) -> Path:
        """Write PNG, JPEG, WebP or 16-bit TIFF, by the suffix, with the recipe inside.

        Raises:
            CannotWrite: Unknown suffix, or no right or room to write there.
        """
        return images.write(
            self.image, path, recipe=self.recipe, alpha=self.alpha, quality=quality
        )

    def to_pil(self) -> PilImage:
        """As an 8-bit Pillow picture."""
        return images.to_pil(self.image)

    def to_numpy(self) -> NDArray[Any]:
        """As a (H, W, 3) uint8 array."""
        return images.to_array(self.image)


def learned_file(options: Options) -> Path | None:
    """What the method, or the network that a run begins with, has learned beside the backbone.

    Raises:
        BadWeights: A network that has none.
    """
    begins = options.init in INITS and not options.method.learned
    return methods.get(INITS[options.init])().learned if begins else options.method.learned


class Stylizer:
    """Styles and network, kept ready for many contents.

    Args:
        style: A picture, or several to mix: paths, PIL images, arrays (H, W, 3), tensors
            (1, 3, H, W), or ``Picture``. Transparent parts are laid over white.
        style_weights: Relative share of each style; equal if None.
        options: Method, size, seed and so on.
        memo: Where style features are kept between contents, one for each Stylizer;
            ``NoMemo()`` saves memory.
        like: Another whose network is used, too, if it is the same.

    Raises:
        BadImage: A style cannot be read.
        BadSetting: Weights do not fit the styles, or an unknown device.
        BadWeights: The weight file is missing or of another network.
    """

    def __init__(
        self,
        style: Source | Sequence[Source],
        *,
        style_weights: Sequence[float] | None = None,
        options: Options | None = None,
        memo: Memo | None = None,
        like: "Stylizer | None" = None,
    ) -> None:
        self.options = options or Options()
        self.pictures = [images.read(s) for s in _as_list(style)]
        self.shares = _check_shares(style_weights, len(self.pictures))
        self.device = pick_device(self.options.device)
        method = self.options.method
        self.precision = pick_precision(method.precision, self.device)
        self.method = replace(method, precision=self.precision)
        if like and like.network == self.network:
            self.weights = like.weights
            self.features, self.careful = like.features, like.careful
        else:
            weights, place = _load_weights(self.options), self.device
            self.weights = weights.provenance
            usual = Vgg(weights, getattr(torch, self.precision), method.pooling)
            self.features = usual.to(place)
            again = partial(_in_float32, self.options, self.weights, place)
            self.careful = Later(torch.float32, again)
        self._memo = memo or Memo()

    @property
    def network(self) -> tuple[object, ...]:
        """What decides the weights and the arithmetic of the network."""
        options, method = self.options, self.method
        chosen = (options.backbone or method.backbone, options.weights, method.backbones)
        return (*chosen, method.units, method.pooling, self.precision, self.device)

    @cached_property
    def _learned(self) -> str | None:
        """Hash of what the method, or the network that begins, has learned."""
        path = learned_file(self.options)
        try:
            return path and sha256_of(path)
        except OSError as error:
            raise BadWeights(f"{path}: missing; not weights of this network") from error

    def recipe(
        self, content: Picture, *, guidance: Guidance = FREE, start: Picture | None = None
    ) -> dict[str, Any]:
        """Everything needed to make the picture again, as plain JSON values."""
        styles = list(zip(self.pictures, self.shares, strict=True))
        resolved = replace(self.options, method=self.method, device=str(self.device))
        plain = describe(content, styles, resolved, self.weights)
        given = {
            "learned_sha256": self._learned,
            "guidance": guidance_of(guidance),
            "start": start and start.source,
        }
        return plain | {name: value for name, value in given.items() if value}

    def stylize(
        self,
        content: Source,
        *,
        guidance: Guidance = FREE,
        start: Source | None = None,
        observe: Observer = ignore,
        resume: Snapshot | None = None,
    ) -> Result:
        """Paint one content.

        Args:
            content: As the styles; transparency is kept.
            guidance: Regions and points, from :func:`wasserstyle.read_guidance`.
            start: A picture of the same content to paint on, such as an earlier result; scales
                smaller than it are left out.
            observe: Called after every update; it may raise ``Cancelled``, which ends the run
                with the picture so far.
            resume: Where to go on with an interrupted run of the same recipe.

        Raises:
            BadImage: The content cannot be read.
            BadGuidance: The method does not follow it.
            NotEnoughMemory: Before anything starts, with a size that would fit.
            BadSetting: The run diverged.
        """
        picture, given = images.read(content), None if start is None else images.read(start)
        self.method.check_guidance(guidance)
        guidance.check(len(self.pictures))
        self.check_memory(picture)
        height, width = self.size_of(picture)
        last: list[Step] = []

        def watch(step: Step) -> None:
            last[:] = [step]
            observe(step)

        started = time.perf_counter()
        try:
            begin = given or self._begun(picture, guidance)
            tools = self._tools(picture, begin, resume)
            image, finished = self._run(picture, guidance, tools, watch), True
        except Cancelled:
            image, finished = images.resize(last[0].image().clamp(0, 1), height, width), False
        except (MemoryError, torch.OutOfMemoryError) as error:
            raise NotEnoughMemory("memory ran out on the way; try a smaller size") from error
        if not image.isfinite().all():
            raise BadSetting("the run diverged; lower learning_rate, or try --dtype float32")
        alpha = picture.alpha
        alpha = None if alpha is None else images.resize(alpha, height, width)
        recipe = self.recipe(picture, guidance=guidance, start=given)
        if not finished:
            stopped = last[0]
            recipe["interrupted"] = {"stage": stopped.stage, "iteration": stopped.iteration}
            recipe["interrupted"]["size"] = stopped.size
        seconds = time.perf_counter() - started
        return Result(image.float().cpu(), alpha, recipe, seconds, finished)

    def size_of(self, content: Picture) -> tuple[int, int]:
        """Height and width of the output."""
        return images.fit((content.rgb.shape[2], content.rgb.shape[3]), self.options.size)

    def check_memory(self, content: Picture) -> float:
        """Expected peak memory in bytes, if the output and the styles fit.

        Raises:
            NotEnoughMemory: They do not; with a size that would.
        """
        sizes = [self.size_of(picture) for picture in (content, *self.pictures)]
        largest = max(sizes, key=lambda size: size[0] * size[1])
        return check_memory(largest, self.precision, self.device, pieces_of(self.method))

    def _tools(self, content: Picture, start: Picture | None, resume: Snapshot | None) -> Tools:
        """What the method works with."""
        return Tools(
            features=self.features,
            careful=self.careful,
            size=self.options.size,
            seed=self.options.seed,
            memo=self._memo if self.options.color == "style" else NoMemo(),
            start=None if start is None else self._fitted(start, content),
            resume=None if resume is None else resume.to(self.device),
        )

    def _begun(self, content: Picture, guidance: Guidance) -> Picture | None:
        """The network's picture that the run begins with; None: it begins with the content."""
        if self.options.init not in INITS or not self.method.stages(self.options.size):
            return None
        options = replace(
            self.options,
            method=methods.get(INITS[self.options.init])(),
            size=max(SMALLEST, round(self.options.size * INIT_SHARE)),
            init="content",
            backbone=None,
            weights=None,
        )
        painter = Stylizer(
            self.pictures, style_weights=self.shares, options=options, memo=self._memo
        )
        painted = painter.stylize(content, guidance=replace(guidance, points=()))
        return images.read(painted.image)

    def _fitted(self, start: Picture, content: Picture) -> Image:
        """A picture to start from in the content's shape, as large as it has detail."""
        side = min(self.options.size, detail_of(start))
        shape = images.fit((content.rgb.shape[2], content.rgb.shape[3]), side)
        return images.resize(images.composite(start), *shape).to(self.device)

    def _run(
        self, picture: Picture, guidance: Guidance, tools: Tools, observe: Observer
    ) -> Image:
        content = picture.rgb.to(self.device)
        return self.method.stylize(
            content,
            self._styles(content),
            tools=tools,
            guidance=replace(guidance, visible=picture.alpha),
            observe=observe,
        )

    def _styles(self, content: Image) -> list[Style]:
        opaque = [images.composite(p).to(self.device) for p in self.pictures]
        if self.options.color == "keep":
            opaque = [recolour(image, like=content) for image in opaque]
        return [Style(image, share) for image, share in zip(opaque, self.shares, strict=True)]


def stylize(
    content: Source,
    style: Source | Sequence[Source],
    *,
    method: str = "strotss",
    preset: str = "default",
    style_weights: Sequence[float] | None = None,
    guidance: Guidance = FREE,
    start: Source | None = None,
    observe: Observer = ignore,
    **settings: Any,  # noqa: ANN401 - named and checked by Options and the method
) -> Result:
    """Paint ``content`` in the style of ``style``.

    Args:
        content: Path, PIL image, array (H, W, 3) or tensor (1, 3, H, W).
        style: The same, or a list of several to mix.
        method: See ``wasserstyle.methods.names()``.
        preset: A named set of the method's settings.
        style_weights: Relative share of each style.
        guidance: Regions and points, from ``wasserstyle.read_guidance``.
        start: A picture of the same content to paint on, such as an earlier result.
        observe: Called with a ``Step`` after every update.
        settings: ``size`` (long side, default 512), ``seed``, ``color``, ``device``,
            ``backbone``, ``weights``, and any setting of the method, such as
            ``content_weight``.

    Raises:
        StyleError: Bad pictures or settings, too little memory; see ``wasserstyle.errors``.

    Example:
        >>> result = stylize("photo.jpg", "painting.jpg", size=512, seed=0)  # doctest: +SKIP
        >>> result.save("painted.png")  # doctest: +SKIP
    """
    options = make_options(method, preset, settings)
    stylizer = Stylizer(style, style_weights=style_weights, options=options, memo=NoMemo())
    return stylizer.stylize(content, guidance=guidance, start=start, observe=observe)


def make_options(method: str, preset: str, settings: dict[str, Any]) -> Options:
    """Sort settings into those of a run and those of the method, by name.

    Raises:
        UnknownMethod: No such method.
        BadSetting: No such preset or setting, or a bad value; names the nearest valid one.
    """
    own = {f for f in Options.__dataclass_fields__ if f != "method"}
    run = {k: v for k, v in settings.items() if k in own}
    rest = {k: v for k, v in settings.items() if k not in own}
    chosen = methods.get(method).preset(preset)
    chosen.check_names(rest, also=own)
    return Options(method=replace(chosen, **rest), **run)


def pieces_of(method: Method) -> Pieces:
    """How a method works on a large image."""
    return getattr(method, "window", None), method.kept


def _as_list(style: Source | Sequence[Source]) -> list[Source]:
    if isinstance(style, list | tuple):
        if not style:
            raise BadSetting("no style given; give at least one picture")
        return list(style)
    return [cast("Source", style)]


def _check_shares(weights: Sequence[float] | None, count: int) -> list[float]:
    if weights is None:
        return [1.0] * count
    if len(weights) != count:
        raise BadSetting(f"{len(weights)} style weights for {count} styles; give one for each")
    if not all(0 < w < float("inf") for w in weights):
        raise BadSetting(f"style weights {list(weights)}; every one must be above zero")
    return [float(w) for w in weights]


def _in_float32(options: Options, expected: Provenance, device: torch.device) -> Vgg:
    """The network for what does not fit its usual precision.

    Raises:
        BadWeights: The file is gone, or another one by now.
    """
    weights = _load_weights(options)
    if weights.provenance != expected:
        raise BadWeights(f"{options.weights}: changed since the run began; run again")
    return Vgg(weights, torch.float32, options.method.pooling).to(device)


def _load_weights(options: Options) -> Weights:
    network = options.backbone or options.method.backbone
    if network in NETWORKS and network not in options.method.backbones:
        known = " and ".join(options.method.backbones)
        raise BadSetting(f"{options.method.name} works with {known}, not with {network!r}")
    if options.weights:
        return from_file(options.weights, network)
    return bundled(network, UNITS[options.method.units](network))
