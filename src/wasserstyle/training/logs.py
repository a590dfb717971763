"""What a training leaves to look at: TensorBoard's events, a table of numbers, sheets."""

import json
import math
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from torch import Tensor

from wasserstyle import image as images
from wasserstyle.errors import BadSetting
from wasserstyle.training.grid import YARDSTICK, Grid

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
        check_tensorboard()
        from torch.utils.tensorboard import SummaryWriter

        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.tell, self.grid = folder, tell, grid
        self.writer = SummaryWriter(str(folder / EVENTS))
        self.curve: list[dict[str, Any]] = []
        self.before, self.began = 0.0, time.monotonic()
        self.recent: list[Mapping[str, float]] = []

    @property
    def seconds(self) -> float:
        """Of training, all parts of an interrupted one together."""
        return self.before + time.monotonic() - self.began

    def close(self) -> None:
        """Write what is left."""
        self.writer.close()

    def begin(self, done: int, average: Mapping[str, Tensor]) -> None:
        """See :class:`Watch`: take up the table up to here; judge the grid if nothing has."""
        self.curve = [row for row in _read(self.folder / TABLE) if row["step"] <= done]
        text = "".join(f"{json.dumps(row)}\n" for row in self.curve)
        (self.folder / TABLE).write_text(text, "utf-8")
        self.before = float(self.curve[-1]["seconds"]) if self.curve else 0.0
        self.began = time.monotonic()
        if not any(judged(row) for row in self.curve):
            self.checkpoint(done, average)

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


def check_tensorboard() -> None:
    """Raise if there is none: it is an extra.

    Raises:
        BadSetting: With how to install it.
    """
    if not find_spec("tensorboard"):
        raise BadSetting("training needs: pip install 'wasserstyle[train]'")


def judged(row: Mapping[str, Any]) -> bool:
    """Whether a row of a table is of the grid."""
    return any(name.startswith(YARDSTICK) for name in row)


def _read(path: Path) -> list[dict[str, Any]]:
    """The rows of a table; the last of a run that was killed may be half written."""
    if not path.exists():
        return []
    rows: list[dict[str, Any]] = []
    for line in path.read_text("utf-8").splitlines():
        with suppress(ValueError):
            rows.append(json.loads(line))
    return rows
