"""What a training leaves to look at: TensorBoard's events, a table of numbers, sheets."""

import json
import math
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from wasserstyle import image as images
from wasserstyle.errors import BadSetting
from wasserstyle.training.grid import Grid

EVERY = 25
"""Steps of which means are noted."""
TABLE, EVENTS, SHEET = "log.jsonl", "events", "sheet.png"


class Logs:
    """See :class:`~wasserstyle.training.loop.Watch`.

    Args:
        folder: Of the training; what is in its table is gone on with.
        tell: Called after every step.
        grid: Judged at every checkpoint; None: nothing is.

    Raises:
        BadSetting: TensorBoard is not installed.
    """

    def __init__(
        self, folder: Path, tell: Callable[[int, Mapping[str, float]], None], grid: Grid | None
    ) -> None:
        try:
            from torch.utils.tensorboard import SummaryWriter  # an extra
        except ImportError as error:
            raise BadSetting("training needs: pip install 'wasserstyle[train]'") from error
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.tell, self.grid = folder, tell, grid
        self.writer = SummaryWriter(str(folder / EVENTS))
        self.curve = _read(folder / TABLE)
        self.before = float(self.curve[-1]["seconds"]) if self.curve else 0.0
        self.began = time.monotonic()
        self.recent: list[Mapping[str, float]] = []

    @property
    def seconds(self) -> float:
        """Of training, all parts of an interrupted one together."""
        return self.before + time.monotonic() - self.began

    def close(self) -> None:
        """Write what is left."""
        self.writer.close()

    def step(self, done: int, noted: Mapping[str, float]) -> None:
        """See :class:`Watch`."""
        self.tell(done, noted)
        self.recent.append(noted)
        if done % EVERY == 0:
            means = {
                name: math.fsum(one[name] for one in self.recent) / len(self.recent)
                for name in noted
            }
            self.recent.clear()
            self._note(done, means)

    def checkpoint(self, done: int, average: Mapping[str, Tensor]) -> None:
        """See :class:`Watch`: judge the grid."""
        if self.grid is None:
            return
        noted, sheet = self.grid.judge(average)
        self._note(done, noted)
        self.writer.add_image("sheet", sheet[0], done)
        images.write(sheet, self.folder / SHEET)

    def _note(self, done: int, values: Mapping[str, float]) -> None:
        for name, value in values.items():
            self.writer.add_scalar(name.replace(" ", "/"), value, done)
        row = {"step": done, "seconds": round(self.seconds, 1)} | dict(values)
        self.curve.append(row)
        with (self.folder / TABLE).open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")


def _read(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]
