"""Guidance from masks and points, with what the user should know of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wasserstyle.errors import BadGuidance, BadRecipe
from wasserstyle.guidance.masks import Colour, FlatMask, flatten, partner, written
from wasserstyle.guidance.value import OPAQUE, Guidance, PointPair, RegionPair
from wasserstyle.image import Picture, Source, fit, read, read_recipe, resize
from wasserstyle.types import Membership

STRETCHED = 1.03
"""Ratio of aspect ratios from which a mask is said to be stretched."""
SIZES = (64, 128, 256, 512, 1024)
"""Long sides at which it is looked whether a region can be seen, pixels."""
NAMES = "regions"
"""Key of a mask's recipe that names its colours: an object from "#rrggbb" to name."""

HEAVIEST = 1e6
"""Weight of a region."""

GreyPair = tuple[Source, Source, float]
"""Masks of one region, white inside, and its weight."""


@dataclass(frozen=True)
class Shapes:
    """Height and width of the pictures that guidance is for."""

    content: tuple[int, int]
    styles: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, content: Picture, styles: Sequence[Picture]) -> "Shapes":
        """Those of pictures."""
        own, *others = ((p.rgb.shape[2], p.rgb.shape[3]) for p in (content, *styles))
        return cls(own, tuple(others))


def read_guidance(
    *,
    content_mask: Source | None = None,
    style_masks: Sequence[Source | None] = (),
    regions: Sequence[GreyPair] = (),
    points: Sequence[PointPair] = (),
    shapes: Shapes | None = None,
) -> Guidance:
    """Make guidance from masks and points.

    Args:
        content_mask: Flat colours, each a region; transparent pixels are in none.
        style_masks: The same for each style, in their order; None: nothing of that one.
        regions: Regions one by one, as grey masks of the content and of the first style.
        points: Pairs of points.
        shapes: Of the pictures; with them it is checked that masks and points fit.

    Raises:
        BadImage: A mask cannot be read.
        BadGuidance: No colour of the masks pairs up, or a mask without its counterpart.
    """
    masks = [None if mask is None else read(mask) for mask in (content_mask, *style_masks)]
    grey = [(read(content), read(style), weight) for content, style, weight in regions]
    pairs, notes = _by_colour(masks[0], masks[1:]) if any(masks) else ([], [])
    pairs += [_by_grey(*pair) for pair in grey]
    notes += [note for pair in pairs for note in _vanishing(pair)]
    if shapes:
        _check_masks(len(style_masks), len(shapes.styles))
        own = [(mask, shapes.content) for mask in (masks[0], *(pair[0] for pair in grey))]
        theirs = zip(masks[1:], shapes.styles, strict=False)
        also = [(pair[1], shapes.styles[0]) for pair in grey]
        notes += [
            note for mask, shape in (*own, *theirs, *also) for note in _stretched(mask, shape)
        ]
    record = {
        "content_mask": masks[0] and masks[0].source,
        "style_masks": [mask and mask.source for mask in masks[1:]],
        "regions": [{"content": c.source, "style": s.source, "weight": w} for c, s, w in grey],
        "points": [_plain(point) for point in points],
    }
    given = record if pairs or points else {}
    guidance = Guidance(None, tuple(pairs), tuple(points), tuple(notes), given)
    if shapes:
        guidance.check(len(shapes.styles))
    return guidance


def _check_masks(masks: int, styles: int) -> None:
    """Raise unless every mask of a style has its style."""
    if masks > styles:
        raise BadGuidance(f"{masks} style masks for {styles} styles; give one for each")


# ------------------------------------------------------------------ regions
@dataclass(frozen=True)
class _Named:
    """A mask whose colours may have names."""

    flat: FlatMask
    names: Mapping[str, str]

    def name(self, colour: Colour) -> str:
        return self.names.get(written(colour), written(colour))

    def counterparts(self, name: str, colour: Colour) -> list[Colour]:
        """The colours of that name, or else the same colour unless it has another name."""
        called = [c for c in self.flat.colours if self.name(c) == name]
        same = partner(colour, self.flat.colours)
        apart = same and written(same) in self.names and name != written(colour)
        return called or ([same] if same and not apart else [])


def _by_colour(
    content: Picture | None, styles: Sequence[Picture | None]
) -> tuple[list[RegionPair], list[str]]:
    """Pair up the colours of a mask with those of the styles' masks; say which are alone."""
    given = [mask for mask in styles if mask is not None]
    if content is None or not given:
        missing = "content" if content is None else "style"
        raise BadGuidance(f"the {missing} has no mask and the other has; masks come in pairs")
    own, *rest = map(_Named, flatten([content, *given]), map(_names, [content, *given]))
    left = iter(rest)
    theirs = [None if mask is None else next(left) for mask in styles]
    pairs: list[RegionPair] = []
    notes: list[str] = []
    used: set[tuple[int, Colour]] = set()
    for colour in own.flat.colours:
        name = own.name(colour)
        parts = [mask.counterparts(name, colour) if mask else [] for mask in theirs]
        if not any(parts):
            notes.append(_alone(own, colour, "the whole style is used there"))
            continue
        there = [m.flat.of(p) if m and p else None for m, p in zip(theirs, parts, strict=True)]
        pairs.append(RegionPair(name, own.flat.of([colour]), tuple(there)))
        used |= {(id(m), c) for m, p in zip(theirs, parts, strict=True) for c in p}
    for mask in rest:
        unused = (c for c in mask.flat.colours if (id(mask), c) not in used)
        notes += [_alone(mask, c, "no region is painted like it") for c in unused]
    if not pairs:
        colours = " and ".join(f"{m.flat.name} has {_listed(m)}" for m in (own, *rest))
        raise BadGuidance(f"the masks share no colour: {colours}; one colour marks both parts")
    return pairs, notes


def _alone(mask: _Named, colour: Colour, so: str) -> str:
    share = mask.flat.share(colour)
    return f"{mask.flat.name}: {mask.name(colour)} ({share:.1%}) has no counterpart; {so}"


def _listed(mask: _Named) -> str:
    return ", ".join(mask.name(colour) for colour in mask.flat.colours)


def _names(mask: Picture) -> dict[str, str]:
    return {} if mask.path is None else region_names(mask.path)


def region_names(path: str | Path) -> dict[str, str]:
    """Names by colour ("#rrggbb"), where a mask's file has them."""
    try:
        names = read_recipe(path).get(NAMES)
    except BadRecipe:
        return {}
    items = names.items() if isinstance(names, dict) else ()
    return {colour.lower(): str(name)[:60] for colour, name in items}


def _by_grey(content: Picture, style: Picture, weight: float) -> RegionPair:
    if not 0 < weight <= HEAVIEST:
        raise BadGuidance(
            f"{content.name}: its weight must be above zero, at most {HEAVIEST:g}"
        )
    return RegionPair(content.name, _white(content), (_white(style),), weight)


def _white(mask: Picture) -> Membership:
    """How white a mask is; transparent is black."""
    white = mask.rgb.mean(1, keepdim=True)
    white = white if mask.alpha is None else white * mask.alpha
    if float(white.max()) < OPAQUE:
        raise BadGuidance(f"{mask.name}: nothing in it is white; paint the region white")
    return white


# ------------------------------------------------------------------ what to know
def _vanishing(pair: RegionPair) -> Iterator[str]:
    """Whether a region cannot be seen at coarse scales."""
    size = (pair.content.shape[2], pair.content.shape[3])
    seen = (s for s in SIZES if resize(pair.content, *fit(size, s)).max() > OPAQUE)
    first = next(seen, None)
    if first is None:
        yield f"{pair.name}: too thin to be seen at {SIZES[-1]} px"
    elif first > SIZES[0]:
        yield f"{pair.name}: thinner than a pixel below {first} px; guides from that scale on"


def _stretched(mask: Picture | None, shape: tuple[int, int]) -> Iterator[str]:
    if mask is None:
        return
    height, width = mask.rgb.shape[2:]
    if max(ratio := height * shape[1] / (width * shape[0]), 1 / ratio) > STRETCHED:
        yield (
            f"{mask.name}: {width} x {height} pixels for a picture of {shape[1]} x {shape[0]}; "
            "it is stretched over it"
        )


# ------------------------------------------------------------------ for the recipe
def _plain(point: PointPair) -> dict[str, Any]:
    """As in a file of points: x before y."""
    return {
        "content": list(reversed(point.content)),
        "style": list(reversed(point.style)),
        "which": point.which,
    }
