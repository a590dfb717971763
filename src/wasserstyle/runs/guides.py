"""Guidance as files and coordinates, until the pictures are read."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from wasserstyle.errors import BadGuidance
from wasserstyle.guidance import (
    Guidance,
    PointPair,
    Shapes,
    load_points,
    parse_points,
    read_guidance,
)
from wasserstyle.image import Picture

WRITTEN = "write it as content.png:style.png or content.png:style.png:weight"


@dataclass(frozen=True, kw_only=True)
class Guides:
    """What guidance is made of."""

    content_mask: Path | None = None
    style_masks: tuple[Path | None, ...] = ()
    regions: tuple[tuple[Path, Path, float], ...] = ()
    typed: tuple[str, ...] = ()
    """Points as they are typed."""
    files: tuple[Path, ...] = ()
    """Of points."""
    points: tuple[PointPair, ...] = ()

    @property
    def pictures(self) -> list[Path]:
        """All files of pictures."""
        masks = [self.content_mask, *self.style_masks]
        return [mask for mask in masks if mask] + [p for r in self.regions for p in r[:2]]

    def read(self, content: Picture, styles: Sequence[Picture]) -> Guidance:
        """Read all files.

        Raises:
            BadImage: A mask cannot be read.
            BadGuidance: Masks or points cannot be used.
        """
        shapes = Shapes.of(content, styles)
        loaded = [point for path in self.files for point in load_points(path, shapes)]
        return read_guidance(
            content_mask=self.content_mask,
            style_masks=self.style_masks,
            regions=self.regions,
            points=[*self.points, *parse_points(self.typed, shapes), *loaded],
            shapes=shapes,
        )


def masks_of(paths: Sequence[Path]) -> tuple[Path | None, ...]:
    """Masks of the styles; ``none`` is a style without one."""
    return tuple(None if path == Path("none") else path for path in paths)


def parse_regions(texts: Sequence[str]) -> tuple[tuple[Path, Path, float], ...]:
    """Read ``content.png:style.png[:weight]``.

    Raises:
        BadGuidance: Something else.
    """
    regions: list[tuple[Path, Path, float]] = []
    for text in texts:
        content, style, *weight = text.split(":")[:4] if text.count(":") else (text, "")
        try:
            (share,) = map(float, weight or ["1"])
        except ValueError as error:
            raise BadGuidance(f"--region {text!r}; {WRITTEN}") from error
        if not content or not style:
            raise BadGuidance(f"--region {text!r}; {WRITTEN}")
        regions.append((Path(content), Path(style), share))
    return tuple(regions)
