"""All metrics of a picture, in a table, with the anchors they are read beside."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from wasserstyle.errors import BadSetting
from wasserstyle.evaluation import content as of_content
from wasserstyle.evaluation import style as of_style
from wasserstyle.evaluation.artfid import LACKING
from wasserstyle.evaluation.views import View
from wasserstyle.image.resize import resize
from wasserstyle.recolour import recolour
from wasserstyle.types import Image

Kind = Literal["content", "style"]


@dataclass(frozen=True)
class Metric:
    """One number of a picture."""

    kind: Kind
    """What it is measured from."""
    measure: Callable[[View, View], float]
    """Of the picture, and the content or the style."""
    more_is_nearer: bool = False

    @property
    def title(self) -> str:
        """In one line."""
        return (self.measure.__doc__ or "").partition("\n")[0]


METRICS: Mapping[str, Metric] = {
    "self_similarity": Metric("content", of_content.self_similarity),
    "lpips_vgg": Metric("content", of_content.lpips),
    "ssim": Metric("content", of_content.ssim, more_is_nearer=True),
    "cfsd": Metric("content", of_content.cfsd),
    "gaussian_w2": Metric("style", of_style.gaussian_w2),
    "sliced_w2": Metric("style", of_style.sliced_w2),
    "patch_swd": Metric("style", of_style.patch_swd),
    "sifid_like": Metric("style", of_style.sifid_like),
    "colour_emd": Metric("style", of_style.colour_emd),
    "colour_w2": Metric("style", of_style.colour_w2),
    "histogram": Metric("style", of_style.histogram),
}
"""By name; those of content first."""
ANCHORS = ("content itself", "style itself", "colour transport")


@dataclass(frozen=True)
class Judge:
    """A pair, looked at once, that many pictures are measured from."""

    content: View
    style: View
    names: tuple[str, ...] = tuple(METRICS)

    @classmethod
    def of(cls, content: Image, style: Image, names: Sequence[str] = tuple(METRICS)) -> "Judge":
        """Look at a pair.

        Args:
            content: sRGB in [0, 1], any size.
            style: The same.
            names: Metrics to measure.

        Raises:
            BadSetting: There is no such metric.
        """
        for name in names:
            if name not in METRICS:
                lacks = f" ({LACKING[name]})" if name in LACKING else ""
                raise BadSetting(f"no metric {name!r}{lacks}; known: {', '.join(METRICS)}")
        return cls(View.of(content), View.of(style), tuple(names))

    def score(self, picture: Image) -> dict[str, float]:
        """All metrics of a picture, resized to the content.

        Args:
            picture: sRGB in [0, 1], any size, with the content's aspect ratio.
        """
        return self._score(View.of(picture, like=self.content))

    def anchors(self) -> dict[str, dict[str, float]]:
        """Scores of the content, the style, and the content with the style's colours."""
        content, style = self.content.image, self.style.image
        stretched = View(resize(style, *self.content.shape))
        recoloured = View(recolour(content, like=style))
        views = (self.content, stretched, recoloured)
        return dict(zip(ANCHORS, map(self._score, views), strict=True))

    def _score(self, view: View) -> dict[str, float]:
        ends = {"content": self.content, "style": self.style}
        metrics = {name: METRICS[name] for name in self.names}
        return {name: m.measure(view, ends[m.kind]) for name, m in metrics.items()}
