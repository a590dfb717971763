"""The Linear Monge-Kantorovitch Colour Mapping for Example-Based Colour Transfer.

Pitié and Kokaram, IET CVMP 2007. Colours are a Gaussian; the optimal map from one to another is
linear and has a closed form. Nothing but colours changes: no network, one pass, any size.

Notation: x colours of the content, t(x) = μ + T (x - μ_x) the optimal map to the style's.

Where we differ (paper / default here):

* colour space: several compared, CIELAB preferred / sRGB as it is stored.
* strength: whole / whole; in part, t is followed so far along the geodesic (McCann 1997).
* several styles: - / their Wasserstein barycentre, by weight (Agueh and Carlier 2011).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, final

from wasserstyle.guidance import FREE, Guidance
from wasserstyle.image.resize import to_long_side
from wasserstyle.method import Method, Style, Tools, setting
from wasserstyle.optim import Observer, ignore
from wasserstyle.ot.gaussian import Moments, barycentre, mixture
from wasserstyle.recolour import carry, colours_of_styles
from wasserstyle.types import Image, Region

MIXINGS = {"barycentre": barycentre, "mixture": mixture}


@final
@dataclass(frozen=True, kw_only=True)
class ColorTransport(Method):
    """Colours only, by the optimal map between Gaussians: closed form, no network."""

    name: ClassVar[str] = "color_transport"
    citation: ClassVar[str] = "pitie2007"
    presets: ClassVar[tuple[str, ...]] = ("default",)
    guides: ClassVar[frozenset[str]] = frozenset({"regions"})
    sees: ClassVar[bool] = False
    window: ClassVar[int] = 256
    """Colours are carried in pieces that need no more memory than such a window."""

    strength: float = setting(
        1.0, "how far to go, from the content's colours to the style's", "ours", low=0, high=1
    )
    mixing: Literal["barycentre", "mixture"] = setting(
        "barycentre", "one Gaussian of several styles", "Agueh and Carlier 2011; or raw moments"
    )

    def stylize(
        self,
        content: Image,
        styles: Sequence[Style],
        *,
        tools: Tools,
        guidance: Guidance = FREE,
        observe: Observer = ignore,
    ) -> Image:
        """See :meth:`Method.stylize`; there is nothing to observe."""
        image = to_long_side(content, tools.size)
        theirs = guidance.style_regions([style.image for style in styles])
        for part in guidance.parts(image):
            goal = self._goal(styles, theirs[part.number])
            image = carry(image, goal, region=part.region, share=self.strength)
        return image

    def _goal(self, styles: Sequence[Style], regions: Sequence[Region | None]) -> Moments:
        """The Gaussian of the colours in regions of the styles."""
        images, weights = [s.image for s in styles], [s.weight for s in styles]
        return colours_of_styles(images, regions, weights, MIXINGS[self.mixing])


METHOD = ColorTransport
