"""Workers on Ray: actors on this machine, or on a cluster."""

import logging
import os
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from wasserstyle.batch.executor import DIED, Crew, Make, Outcome, attempt
from wasserstyle.batch.local import begin
from wasserstyle.errors import BadSetting

MISSING = "--cluster needs Ray: pip install 'wasserstyle[ray]'"
LOCAL, LOOPBACK = "local", "127.0.0.1"
STORE_BYTES = 256 * 2**20
"""Shared memory of a local Ray, for what is sent: frames of a video."""
SECONDS_TO_ANSWER = 10
"""For a cluster."""
STARTS = 3
"""So many workers in a row may die before they are ready."""


class Actors:
    """Actors, each begun at the start, and anew when it has died.

    Ray would restart actors and repeat their calls by itself, but count apart from us, and an
    item that kills its worker would be tried more often than it may be: here an actor that
    has died is replaced, and its item goes back to the others.

    Args:
        make: As for all workers.
        crew: How many, where, and what each asks for.

    Raises:
        BadSetting: No Ray here, no cluster there, or one worker asks for more than it has.
    """

    def __init__(self, make: Make, crew: Crew) -> None:
        self._idle: list[Any] = []
        self._coming: dict[Any, Any] = {}
        self._busy: dict[Any, tuple[Any, int]] = {}
        self._failed = 0
        self._ray, self._ours = _connect(crew)
        try:
            needs, self.count = _plan(self._ray.cluster_resources(), crew)
        except BadSetting:
            self.close()
            raise
        self._begin = (make, max(1, int(needs["num_cpus"])), needs["num_gpus"], Path.cwd())
        self._kind = self._ray.remote(**needs, max_restarts=0, max_task_retries=0)(_Hand)
        for _ in range(self.count):
            self._hire()

    def free(self) -> bool:
        """See :class:`Workers`."""
        return bool(self._idle)

    def start(self, number: int, item: Any) -> None:  # noqa: ANN401 - any item
        """See :class:`Workers`."""
        hand = self._idle.pop()
        self._busy[hand.attempt.remote(number, item)] = (hand, number)

    def finished(self) -> Sequence[Outcome]:
        """See :class:`Workers`."""
        waited = [*self._busy, *self._coming]
        ended, _ = self._ray.wait(waited, num_returns=1)
        more, _ = self._ray.wait(waited, num_returns=len(waited), timeout=0)
        heard = [self._hear(reference) for reference in {*ended, *more}]
        return [outcome for outcome in heard if outcome is not None]

    def close(self) -> None:
        """See :class:`Workers`."""
        hands = [
            *self._idle,
            *self._coming.values(),
            *(hand for hand, _ in self._busy.values()),
        ]
        for hand in hands:
            self._ray.kill(hand)
        self._idle, self._coming, self._busy = [], {}, {}
        if self._ours:
            self._ray.shutdown()

    def _hire(self) -> None:
        hand = self._kind.remote(*self._begin)
        self._coming[hand.ready.remote()] = hand

    def _hear(self, reference: Any) -> Outcome | None:  # noqa: ANN401 - Ray's
        """What a call has ended in; None: a worker has come, or has not."""
        if reference in self._coming:
            self._welcome(reference)
            return None
        hand, number = self._busy.pop(reference)
        try:
            outcome: Outcome = self._ray.get(reference)
        except self._ray.exceptions.RayError:
            self._ray.kill(hand)  # it may still hold its place
            self._hire()
            return Outcome(number, error=DIED)
        self._idle.append(hand)
        return outcome

    def _welcome(self, reference: Any) -> None:  # noqa: ANN401 - Ray's
        hand = self._coming.pop(reference)
        try:
            self._ray.get(reference)
        except self._ray.exceptions.RayError as error:
            self._failed += 1
            if self._failed >= STARTS:
                last = str(error).strip().rpartition("\n")[2]
                raise BadSetting(f"workers on the cluster do not start: {last}") from error
            self._hire()
            return
        self._failed = 0
        self._idle.append(hand)


class _Hand:
    """What an actor is."""

    def __init__(self, make: Make, threads: int, gpus: float, folder: Path) -> None:
        import torch

        if folder.is_dir():
            os.chdir(folder)  # names of files are as they were typed
        if 0 < gpus < 1 and torch.cuda.is_available():
            torch.cuda.set_per_process_memory_fraction(gpus)
        self._function = begin(make, threads)

    def ready(self) -> None:
        """Answer once it has begun."""

    def attempt(self, number: int, item: Any) -> Outcome:  # noqa: ANN401 - any item
        """Try an item."""
        return attempt(self._function, number, item)


def _plan(has: Mapping[str, float], crew: Crew) -> tuple[dict[str, float], int]:
    """What each worker asks Ray for, and how many there will be."""
    local = crew.cluster == LOCAL
    count = crew.workers
    gpus, threads = crew.gpus, crew.threads
    if gpus is None:
        gpus = (
            min(1.0, has.get("GPU", 0) / (count or 1)) if local else min(1.0, has.get("GPU", 0))
        )
    needs = {"num_cpus": crew.threads_of_each if local else threads or 1, "num_gpus": gpus}
    if not local and crew.memory:
        needs["memory"] = int(crew.memory)
    named = {"num_cpus": "CPU", "num_gpus": "GPU", "memory": "memory"}
    room = min(int(has.get(named[n], 0) / need + 1e-6) for n, need in needs.items() if need)
    if room < 1:
        asked = ", ".join(f"{need:g} {named[n]}" for n, need in needs.items() if need)
        there = ", ".join(f"{has.get(named[n], 0):g} {named[n]}" for n in needs)
        raise BadSetting(f"a worker asks for {asked}; the cluster has {there}")
    return needs, min(count or room, room)


def _connect(crew: Crew) -> tuple[Any, bool]:
    """Ray, and whether it was started or joined here; nothing of it leaves this machine."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    if crew.cluster == LOCAL:
        os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"  # elsewhere, too: loopback only
    try:
        import ray
    except ImportError as error:
        raise BadSetting(MISSING) from error
    if ray.is_initialized():
        return ray, False
    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
    try:
        if crew.cluster == LOCAL:
            cpus = (crew.workers or 1) * crew.threads_of_each
            ray.init(
                "local",
                num_cpus=cpus,
                object_store_memory=STORE_BYTES,
                include_dashboard=False,
                _node_ip_address=LOOPBACK,
                **quiet,
            )
        else:
            _knock(crew.cluster)
            ray.init(crew.cluster, **quiet)
    except (ConnectionError, RuntimeError, ValueError, OSError) as error:
        last = str(error).strip().partition("\n")[0]
        raise BadSetting(f"no Ray cluster at {crew.cluster!r}: {last}") from error
    return ray, True


def _knock(address: str | None) -> None:
    """Raise unless something answers: Ray would try for minutes."""
    host, colon, port = (address or "").rpartition("://")[2].rpartition(":")
    if colon:
        socket.create_connection((host, int(port)), SECONDS_TO_ANSWER).close()
