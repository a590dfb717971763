"""A training from an order to weights that a method can be told to use."""

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from wasserstyle import networks, processes
from wasserstyle.device import precision_of
from wasserstyle.errors import BadSetting
from wasserstyle.features.vgg import Vgg
from wasserstyle.features.weights import bundled
from wasserstyle.nets import files
from wasserstyle.nets.decoder import Decoder
from wasserstyle.nets.teaching import EVEN
from wasserstyle.nets.transfer import StyleNetwork
from wasserstyle.training import copying
from wasserstyle.training.card import card, machine
from wasserstyle.training.data import Pictures
from wasserstyle.training.evening import Evening
from wasserstyle.training.grid import Grid
from wasserstyle.training.inverse import Inverse
from wasserstyle.training.logs import Logs, check_tensorboard
from wasserstyle.training.loop import CHECKPOINT, Lesson, Plan, Trained, train
from wasserstyle.training.mirror import begin, solve
from wasserstyle.training.transfer import Sources, Transfer

DECODER = "decoder"
"""Name of the network that all others begin with."""
SOLVED_BATCHES, SOLVED_BATCH, SOLVED_CROP = 24, 8, 128
"""Crops from which the decoder's closed form is found, and with which others begin."""
WEIGHTS, CARD, ORDER = "weights.safetensors", "card.md", "order.json"
"""What a training leaves beside its checkpoint."""


@dataclass(frozen=True, kw_only=True)
class Order:
    """What is to be trained, on what, and for how long."""

    network: str
    """``decoder``, or the name of a method with a network."""
    contents: Sequence[Path]
    """Folders."""
    styles: Sequence[Path]
    """Folders."""
    folder: Path
    """Of the checkpoint, the weights, the card and the logs."""
    teaching: str = "default"
    """Losses: those of this name of the method."""
    settings: Mapping[str, Any]
    """Of the method."""
    start: Path | None = None
    """Weights to begin with: of the same network, or of a decoder. None: the closed form."""
    plan: Plan
    batch: int = 4
    crop: int = 256
    seed: int = 0
    device: torch.device

    @property
    def folders(self) -> list[Path]:
        """Of all pictures."""
        return [*self.contents, *self.styles]

    @property
    def lasting(self) -> Mapping[str, Any]:
        """What must stay the same from part to part of a training."""
        return {
            "network": self.network,
            "settings": dict(self.settings),
            "teaching": self.teaching,
            "batch": self.batch,
            "crop": self.crop,
            "seed": self.seed,
        }

    @property
    def begun(self) -> bool:
        """Whether there is a checkpoint to go on from."""
        return (self.folder / CHECKPOINT).exists()


def run(
    order: Order,
    tell: Callable[[int, Mapping[str, float]], None],
    say: Callable[[str], None],
) -> Path:
    """Train, and write weights and card; the file of weights.

    Args:
        order: What to do. A checkpoint in its folder is gone on with.
        tell: Called after every step, in the first process only.
        say: Called with how far what comes before the first step is.

    Raises:
        StyleError: No pictures; more processes than pictures in a batch; weights or a
            checkpoint of another network.
    """
    if order.batch < processes.count():
        raise BadSetting(f"batch = {order.batch}; must be at least one for each process")
    check_tensorboard()
    before = _check_same(order)
    precision = precision_of(order.device)
    encoder = Vgg(bundled("vgg19"), precision, border="mirror").to(order.device)
    sources = _sources(order)
    torch.manual_seed(order.seed)
    lesson = _lesson(order, encoder, sources, say)
    if processes.number():
        train(lesson, order.plan, Silent())
        return order.folder / WEIGHTS
    with closing(Logs(order.folder, tell, _grid(lesson, sources, encoder))) as logs:
        trained = train(lesson, order.plan, logs)
    about = {
        **order.lasting,
        "before": before,
        "steps": trained.done,
        "contents": len(sources.contents.paths),
        "styles": len(sources.styles.paths),
        "seconds": round(logs.seconds),
        "machine": machine(order.device),
    }
    return _finish(order.folder, trained, about, logs)


def _check_same(order: Order) -> Mapping[str, Any] | None:
    """Raise if the training in the folder is another one; note which one it is.

    Returns:
        Header of the weights that it began with; None: the closed form.

    Raises:
        BadSetting: With what differs.
        BadWeights: What it is to begin with are no weights.
    """
    note, now = order.folder / ORDER, json.loads(json.dumps(order.lasting))
    noted = json.loads(note.read_text("utf-8")) if note.exists() and order.begun else now
    for name, value in now.items():
        if noted[name] != value:
            raise BadSetting(
                f"{order.folder}: begun with {name} = {noted[name]}, not {value}; "
                "give that, or another folder"
            )
    before = files.about(order.start) if order.start else noted.get("before")
    if not processes.number():
        order.folder.mkdir(parents=True, exist_ok=True)
        note.write_text(json.dumps(now | {"before": before}, indent=1) + "\n", "utf-8")
    return before


def _grid(lesson: Lesson, sources: Sources, encoder: Vgg) -> Grid | None:
    """The pairs by which a network is judged; None: a decoder alone paints no pairs."""
    if not isinstance(lesson.network, StyleNetwork):
        return None
    return Grid.of(sources.contents, sources.styles, lesson.network, encoder)


class Silent:
    """The watch of all processes but the first."""

    def begin(self, done: int, average: Mapping[str, Tensor]) -> None:
        """Nothing."""

    def step(self, done: int, noted: Mapping[str, float]) -> None:
        """Nothing."""

    def checkpoint(self, done: int, average: Mapping[str, Tensor]) -> None:
        """Nothing."""


def _sources(order: Order) -> Sources:
    contents, styles = (
        Pictures.of(folders, crop=order.crop, seed=order.seed + n)
        for n, folders in enumerate((order.contents, order.styles))
    )
    return Sources(contents, styles, order.batch)


def _lesson(order: Order, encoder: Vgg, sources: Sources, say: Callable[[str], None]) -> Lesson:
    """What is learned, with the weights it begins with."""
    if order.network == DECODER:
        if order.teaching != "default":
            raise BadSetting(f"no losses {order.teaching!r} of a {DECODER}; known: default")
        both = Pictures.of(order.folders, crop=order.crop, seed=order.seed)
        return Inverse(_decoder(order, encoder), encoder, both, order.batch)
    method = networks.get(order.network, order.settings)
    network = method.network().to(order.device)
    if order.teaching == EVEN:
        lesson: Callable[..., Lesson] = partial(Evening, network)
    else:
        lesson = partial(Transfer, network, method.teaching(order.teaching).to(order.device))
    if not order.begun:  # otherwise the checkpoint has the weights
        _begin(network, order, encoder, sources, say=say)
    return lesson(encoder, sources)


def _begin(
    network: StyleNetwork,
    order: Order,
    encoder: Vgg,
    sources: Sources,
    *,
    say: Callable[[str], None],
) -> None:
    """Give a network the weights it begins with."""
    if order.teaching == EVEN:
        if order.start is None:
            raise BadSetting(
                f"{EVEN} is the last lesson of a trained network; give its weights"
            )
        files.load(network, order.start)
    elif order.start is None and not isinstance(network.decoder, Decoder):
        copies = Pictures.of(order.folders, crop=copying.CROP, seed=order.seed)
        copying.copy(network, copies, encoder, say)
    elif order.start is None or files.about(order.start).get("network") == DECODER:
        pictures = sources.contents.batch(-1, range(SOLVED_BATCH)).to(order.device)
        begin(network, _decoder(order, encoder), encoder, pictures)
    else:
        files.load(network, order.start)


def _decoder(order: Order, encoder: Vgg) -> Decoder:
    """The inverse to begin with: given, or solved, unless the checkpoint has one."""
    decoder = Decoder().to(order.device)
    if order.start is not None:
        files.load(decoder, order.start)
    elif not order.begun:
        both = Pictures.of(order.folders, crop=SOLVED_CROP, seed=order.seed)
        batches = (both.batch(-1 - n, range(SOLVED_BATCH)) for n in range(SOLVED_BATCHES))
        solve(decoder, encoder, (batch.to(order.device) for batch in batches), order.seed)
    return decoder


def _finish(folder: Path, trained: Trained, about: Mapping[str, Any], logs: Logs) -> Path:
    """Write weights and card."""
    files.save(trained.average, about, folder / WEIGHTS)
    (folder / CARD).write_text(card(about, logs.curve), "utf-8")
    return folder / WEIGHTS
