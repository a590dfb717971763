"""What keeps still parts of a painted video still, and how still they are.

Ours: where the video has not changed since the last frame, the painted frame is mixed with the
last one; where it has, it is left alone. There is no flow of motion to go wrong.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from wasserstyle.types import Image

CHANGE = 0.04
"""Change of a pixel from which it counts as moved rather than as noise."""
STILL = 0.02
"""Change below which flicker is measured."""
LEVELS = 255
"""In which flicker is told."""

Change = Float[Tensor, "1 1 _h _w"]


@dataclass
class Flicker:
    """Mean change from frame to frame where the video is still, in levels of 255."""

    total: float = 0.0
    weight: float = 0.0

    def add(self, change: Change, now: Image, before: Image) -> None:
        """Take in one pair of frames."""
        still = change < STILL
        self.total += float(((now - before).abs().mean(1, keepdim=True) * still).sum())
        self.weight += float(still.sum())

    @property
    def level(self) -> float:
        """So far; zero where nothing was still."""
        return LEVELS * self.total / self.weight if self.weight else 0.0


@dataclass
class Smoother:
    """Frames in their order.

    Args:
        strength: Share of the last frame where nothing has moved, in [0, 1).
    """

    strength: float
    raw: Flicker = field(default_factory=Flicker)
    """Of the frames as they were painted."""
    smooth: Flicker = field(default_factory=Flicker)
    """Of those that are kept."""
    last: Mapping[str, Image] = field(default_factory=dict[str, Image])
    """The last frame: as it was, painted, and kept."""

    def __call__(self, frame: Image, painted: Image) -> Image:
        """The next frame, in [0, 1].

        Args:
            frame: Of the video.
            painted: The same size.
        """
        kept = painted
        if self.last:
            change = changed(frame, self.last["frame"])
            share = self.strength * torch.exp(-((change / CHANGE) ** 2))
            kept = torch.lerp(painted, self.last["kept"], share.expand_as(painted))
            self.raw.add(change, painted, self.last["painted"])
            self.smooth.add(change, kept, self.last["kept"])
        self.last = {"frame": frame, "painted": painted, "kept": kept}
        return kept

    def state(self) -> dict[str, Tensor]:
        """All that the next frame depends on."""
        sums = [self.raw.total, self.raw.weight, self.smooth.total, self.smooth.weight]
        frames = {
            name: image.clone(memory_format=torch.contiguous_format)
            for name, image in self.last.items()
        }
        return frames | {"sums": torch.tensor(sums, dtype=torch.float64)}

    def resume(self, state: Mapping[str, Tensor]) -> None:
        """Go on from a state."""
        sums = state["sums"].tolist()
        self.raw, self.smooth = Flicker(*sums[:2]), Flicker(*sums[2:])
        self.last = {name: value for name, value in state.items() if name != "sums"}


def changed(now: Image, before: Image) -> Change:
    """How much each pixel has changed, with its neighbours, so that noise counts less."""
    change = (now - before).abs().amax(1, keepdim=True)
    return F.avg_pool2d(F.pad(change, (1, 1, 1, 1), mode="replicate"), 3, 1)
