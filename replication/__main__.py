"""Do experiments: see the package."""

import argparse
import importlib
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Protocol

import torch

import replication
from replication import EXPERIMENTS
from replication.paint import Order, seconds_of
from replication.report import PAGE, Found, page, write
from replication.scope import FULL, Scope, small
from wasserstyle import batch


class Experiment(Protocol):
    """What the module of a figure or a table has."""

    def orders(self, scope: Scope) -> list[Order]:
        """What is painted for it, and may be painted elsewhere before."""
        ...

    def run(self, scope: Scope) -> Found:
        """Make it."""
        ...


def experiment(name: str) -> Experiment:
    """The module of an experiment."""
    return importlib.import_module(f"replication.{name}")


def prepare(name: str, scope: Scope, workers: int | None, cluster: str | None) -> None:
    """Paint what an experiment needs on several workers, as a batch."""
    orders = experiment(name).orders(scope)
    given = {"workers": workers, "cluster": cluster}
    for done in batch.map(partial(seconds_of, scope), orders, **given):
        if done.error is not None:
            raise SystemExit(f"{name}: {done.item}: {done.error}")


def do(name: str, scope: Scope) -> Found:
    """One experiment, and write what it found."""
    began = time.perf_counter()
    found = experiment(name).run(scope)
    write(name, found, scope, time.perf_counter() - began)
    return found


def main() -> None:
    """See the package."""
    parser = argparse.ArgumentParser(
        description=replication.__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", default=EXPERIMENTS, help="default: all")
    parser.add_argument("--small", action="store_true", help="prove that it runs; keep nothing")
    parser.add_argument("--list", action="store_true", help="say what there is")
    parser.add_argument("--workers", type=int, help="paint on so many at once")
    parser.add_argument("--cluster", help="of a Ray cluster, like batch")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    given = parser.parse_args()
    unknown = set(given.names) - set(EXPERIMENTS)
    if given.list or unknown:
        parser.exit(2 if unknown else 0, "\n".join(EXPERIMENTS) + "\n")
    torch.set_num_threads(given.threads)
    with tempfile.TemporaryDirectory() as folder:
        scope = small(Path(folder)) if given.small else FULL
        for name in given.names:
            print(name, flush=True)
            if given.workers or given.cluster:
                prepare(name, scope, given.workers, given.cluster)
            do(name, scope)
    if not given.small:
        PAGE.write_text(page())


if __name__ == "__main__":
    main()
