"""Methods that paint with a trained network: one pass over pictures of any size.

A paper's file says which network it is and how it is taught; strength, several styles, regions
and large pictures are the same for all.
"""

import abc
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar, Literal

import torch
from torch.nn import functional as F

from wasserstyle.errors import BadSetting
from wasserstyle.guidance import FREE, Guidance, Part, shares_of
from wasserstyle.image.resize import fit, resize, to_long_side
from wasserstyle.maps import Cells, cells_in, cells_of
from wasserstyle.method import Method, Style, Tools, setting
from wasserstyle.nets import files
from wasserstyle.nets.grain import Tile, grain_of_styles, grained
from wasserstyle.nets.halos import evened
from wasserstyle.nets.phases import CELL
from wasserstyle.nets.pieces import in_pieces
from wasserstyle.nets.teaching import Teaching
from wasserstyle.nets.transfer import CELLS, StyleNetwork
from wasserstyle.nets.units import look
from wasserstyle.optim import Observer, ignore
from wasserstyle.ot.gaussian import Moments, geodesic
from wasserstyle.recolour import carry, colours, colours_of_styles
from wasserstyle.types import FeatureMap, Image, Maps, Region

STRIDE = 16
"""Pixels of a cell of the deepest maps; pictures are padded to a multiple."""
HALO = 96
"""Pixels around a cell that it has seen, rounded up: relu5_1 looks 85 px far."""

OWN_CELLS = 4096
"""Of the content as one of the styles, at most: those of 512 px at relu4_1."""

Paints = list[tuple[float, FeatureMap]]
"""Shares and cells of styles at one layer, (1, C, 1, cells) each."""
Palette = Mapping[str, Paints]
"""Those of all layers."""


@dataclass(frozen=True, kw_only=True)
class NetMethod(Method):
    """Settings of a painting with a network; what is learned is in the weights."""

    presets: ClassVar[tuple[str, ...]] = ("default",)
    backbone: ClassVar[str] = "vgg19"
    backbones: ClassVar[tuple[str, ...]] = ("vgg19",)
    guides: ClassVar[frozenset[str]] = frozenset({"regions"})
    window: ClassVar[int] = 1024
    """Side of the pieces of a large picture, pixels."""
    kept: ClassVar[int] = 200
    """Its maps at an eighth of the size, several of them."""

    strength: float = setting(
        1.0, "how far to go, from the content as the network sees it", "ours", low=0, high=1
    )
    style_size: int = setting(
        512, "long side at which the styles are looked at, pixels", "ours", low=64, high=4096
    )
    grain: float = setting(
        0.2,
        "how much of the style's texture even places are given to begin with; 0: none",
        "ours, decision 0026",
        low=0,
        high=1,
    )
    palette: Literal["transport", "network"] = setting(
        "transport",
        "colours: the style's, by the least move, halos taken back; or as painted",
        "ours, decisions 0020 and 0023",
    )
    trained: str = setting(
        "", "weights from `wasserstyle train`; empty: the bundled ones", "ours", file=True
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if (self.pooling, self.units) != ("max", "scaled"):
            raise BadSetting(
                f"{self.name} was trained with pooling max and units scaled; leave them so"
            )

    @abc.abstractmethod
    def network(self) -> StyleNetwork:
        """An untrained network."""

    @abc.abstractmethod
    def teaching(self, name: str) -> Teaching:
        """What it is trained by.

        Args:
            name: ``default``, or another that the paper's file names.

        Raises:
            BadSetting: There is none of that name.
        """

    @property
    def kept_as(self) -> str:
        """Name of its weights in the package."""
        return self.name

    @property
    def learned(self) -> Path:
        """See :meth:`Method.learned`.

        Raises:
            BadWeights: None are bundled.
        """
        return Path(self.trained) if self.trained else files.bundled(self.kept_as)

    def ready(self, tools: Tools) -> StyleNetwork:
        """The trained network, in the precision of the maps.

        Raises:
            BadWeights: They are missing or of another network.
        """
        dtype = getattr(torch, self.precision if self.precision != "auto" else "float32")

        def make() -> StyleNetwork:
            network = self.network()
            files.load(network, self.learned)
            return network.to(dtype).requires_grad_(requires_grad=False).eval()

        return tools.memo.recall(("network", self.kept_as, self.trained, dtype), make)

    @torch.no_grad()
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
        network = self.ready(tools).to(content.device)
        image = to_long_side(content, tools.size)
        parts = guidance.parts(image)
        grains, palettes = tools.memo.recall(
            ("styles", network.layers, self.style_size, tools.size, guidance.regions),
            lambda: self._prepared(network, styles, guidance, tools),
        )
        begun = _begun(image, parts, grains, self.grain * self.strength)
        shown = self._look(network, _padded(begun, network.margin + network.around), tools)
        mine = decoded_part(shown, network)
        regions = [_on_canvas(part.region, network.margin) for part in parts]
        paints = [palettes[part.number] for part in parts]
        matched = {
            layer: self._matched(
                network, layer, feature, list(zip(regions, paints, strict=True))
            )
            for layer, feature in mine.items()
        }
        painted = in_pieces(
            lambda x: {"image": network.decoder(x)},
            network.join(matched),
            side=self.window // CELL,
            halo=network.decoded,
        )["image"]
        inner = [slice(network.margin, network.margin + side) for side in image.shape[2:]]
        result = painted[..., inner[0], inner[1]].float().clamp(0, 1)
        if self.palette == "network":
            return result
        goals = tools.memo.recall(
            ("colours", guidance.regions), lambda: _colours(styles, guidance)
        )
        for part in parts:
            result = evened(result, image, part.region)
            goal = geodesic(colours(image, part.region), goals[part.number], self.strength)
            result = carry(result, goal, region=part.region)
        return result

    def _look(self, network: StyleNetwork, image: Image, tools: Tools) -> Maps:
        """Maps of a picture of any size."""
        return in_pieces(
            lambda x: network.view(x, look(tools.features, x, network.needs)),
            image,
            side=self.window,
            halo=HALO,
        )

    def _prepared(
        self, network: StyleNetwork, styles: Sequence[Style], guidance: Guidance, tools: Tools
    ) -> tuple[list[Tile], list[Palette]]:
        """Grain and palette of each part of the content, by :attr:`Part.number`."""
        side = min(self.style_size, tools.size)
        fitted = [replace(style, image=_fitted(style.image, side)) for style in styles]
        return _grains(fitted, guidance), self._palettes(network, fitted, guidance, tools)

    def _palettes(
        self, network: StyleNetwork, styles: Sequence[Style], guidance: Guidance, tools: Tools
    ) -> list[Palette]:
        """What each part of the content is painted with, by :attr:`Part.number`."""
        images = [style.image for style in styles]
        maps = [self._look(network, image, tools) for image in images]
        palettes: list[Palette] = []
        for regions in guidance.style_regions(images):
            shares = shares_of([style.weight for style in styles], regions)
            seen = [
                (share, region, found)
                for share, region, found in zip(shares, regions, maps, strict=True)
                if region is not None
            ]
            palettes.append(
                {
                    layer: [
                        (share, _chosen(found[layer], cells_in(region, found[layer])))
                        for share, region, found in seen
                    ]
                    for layer in network.layers
                }
            )
        return palettes

    def _matched(
        self,
        network: StyleNetwork,
        layer: str,
        feature: FeatureMap,
        parts: Sequence[tuple[Region, Palette]],
    ) -> FeatureMap:
        """A map of the content with every part's cells painted; hidden ones stay as they are.

        Where the strength is below one, the content is one of the styles: with itself as the
        style a network gives it back. Of a large one some cells do: attention to all would take
        the square of the pixels.
        """
        flat = feature.flatten(2).clone()
        for (_, palette), cells in zip(
            parts, cells_of([region for region, _ in parts], feature), strict=True
        ):
            here = flat[:, :, None, cells]
            paints = [(self.strength * share, style) for share, style in palette[layer]]
            mixed = torch.zeros_like(here)
            own = here[..., :: math.ceil(len(cells) / OWN_CELLS)]
            for share, style in [(1 - self.strength, own), *paints]:
                if share > 0:
                    mixed += share * network.match(layer, here, style)
            flat[:, :, cells] = mixed[:, :, 0]
        return flat.unflatten(2, feature.shape[2:])


def _grains(styles: Sequence[Style], guidance: Guidance) -> list[Tile]:
    """Those of each part of the content, by :attr:`Part.number`."""
    images, weights = [s.image for s in styles], [s.weight for s in styles]
    return [grain_of_styles(images, r, weights) for r in guidance.style_regions(images)]


def _begun(image: Image, parts: Sequence[Part], grains: Sequence[Tile], share: float) -> Image:
    """The content with a share of the grain of what each part is painted with."""
    begun = image
    for part in parts:
        begun = torch.where(part.region, grained(image, grains[part.number], share), begun)
    return begun


def _colours(styles: Sequence[Style], guidance: Guidance) -> list[Moments]:
    """Those each part of the content is painted with, by :attr:`Part.number`."""
    images, weights = [s.image for s in styles], [s.weight for s in styles]
    return [colours_of_styles(images, r, weights) for r in guidance.style_regions(images)]


def _chosen(feature: FeatureMap, cells: Cells) -> FeatureMap:
    """Some cells of a map, (1, C, 1, cells)."""
    return feature.flatten(2)[:, :, None, cells]


def _fitted(style: Image, side: int) -> Image:
    """At this long side or near it: both sides are multiples of the stride."""
    height, width = fit((style.shape[2], style.shape[3]), side)
    return resize(style, *(max(1, round(n / STRIDE)) * STRIDE for n in (height, width)))


def decoded_part(maps: Maps, network: StyleNetwork) -> Maps:
    """Maps without what is around it (:attr:`StyleNetwork.around`)."""
    inner: dict[str, FeatureMap] = {}
    for layer, found in maps.items():
        cells = network.around // CELLS[layer]
        inner[layer] = found[:, :, cells:-cells, cells:-cells]
    return inner


def _padded(image: Image, margin: int) -> Image:
    """To multiples of the stride, and a margin: the picture mirrored, or its edge."""
    height, width = image.shape[2:]
    edges = _edges(height, width, margin)
    mode = "reflect" if max(edges[:2]) < width and max(edges[2:]) < height else "replicate"
    return F.pad(image, edges, mode=mode)


def _on_canvas(region: Region, margin: int) -> Region:
    """A region of a picture on the ground of what is painted: the picture and its margin."""
    height, width = region.shape
    edges = _edges(height, width, margin)
    return F.pad(region[None, None].float(), edges, mode="replicate")[0, 0] > 0


def _edges(height: int, width: int, margin: int) -> tuple[int, int, int, int]:
    """Pixels to add at the left, the right, the top and the bottom."""
    return margin, margin + -width % STRIDE, margin, margin + -height % STRIDE
