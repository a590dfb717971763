"""What ``wasserstyle study`` does, behind its command line."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wasserstyle.errors import BadSetting
from wasserstyle.study.plan import FILE, Plan, name_pairs, plan_text, read_plan

if TYPE_CHECKING:
    from wasserstyle.study.store import Store


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a plan is made from, as far as it was said."""

    content: Path | None
    style: Path | None
    pairs: Path | None
    methods: str | None
    plan: Mapping[str, Any]
    """Other fields of the plan."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing was said."""
        return not (self.content or self.style or self.pairs or self.methods or self.plan)


@contextmanager
def _needing() -> Generator[None]:
    """Say which extra is missing."""
    try:
        yield
    except ImportError as error:
        raise BadSetting(
            f"a study needs one more package ({error.name}); "
            "run: pip install 'wasserstyle[study]'"
        ) from error


def plan_for(folder: Path, wish: Wish) -> Plan:
    """The plan in a folder; made from a wish if there is none.

    Raises:
        StyleError: There is another one, or the wish cannot be met.
    """
    there = read_plan(folder) if (folder / FILE).exists() else None
    if there and wish.is_empty:
        return there
    if there and there != _made(folder, wish):
        raise BadSetting(
            f"{folder / FILE} says otherwise; change it there and name the folder only, "
            "or choose another folder"
        )
    return there or _made(folder, wish)


def _made(folder: Path, wish: Wish) -> Plan:
    from wasserstyle.study.paint import painter_of
    from wasserstyle.study.sources import all_pairs, pairs_from

    if not (wish.content and wish.style and wish.methods):
        raise BadSetting(f"{folder}: a plan is made from --content, --style and --methods")
    rows = (
        pairs_from(wish.pairs, wish.content, wish.style)
        if wish.pairs
        else all_pairs(wish.content, wish.style)
    )
    return Plan(
        **wish.plan,
        methods=tuple(map(painter_of, wish.methods.split(","))),
        pairs=name_pairs(rows, folder),
    )


def prepare(
    plan: Plan, folder: Path, *, paint_them: bool, threads: int | None, quiet: bool
) -> None:
    """Write the plan, then what is missing of the pictures.

    Raises:
        StyleError: Nothing was written, or a picture cannot be painted.
    """
    import torch

    from wasserstyle.cli.counting import counting
    from wasserstyle.image import write_text
    from wasserstyle.study.layout import count
    from wasserstyle.study.paint import check, paint, total

    if threads:
        torch.set_num_threads(threads)
    check(plan)
    if not (folder / FILE).exists():
        write_text(plan_text(plan), folder / FILE)
    if paint_them:
        with counting(total(plan), quiet=quiet) as counter:
            paint(plan, folder, counter.update)
    if not quiet:
        asked = count([len(p.settings) for p in plan.methods], len(plan.pairs), plan.design)
        wanted = asked * plan.raters
        people = max(plan.raters, -(-wanted // plan.session))
        print(
            f"{folder / FILE}: {total(plan)} pictures, {asked} comparisons, "
            f"{wanted} answers wanted of {people} raters or more"
        )


def serve_it(
    folder: Path, *, address: str, port: int, names: tuple[str, ...], database: str | None
) -> None:
    """Show a study until Ctrl-C.

    Raises:
        StyleError: It cannot be served.
    """
    with _needing():
        from wasserstyle.study.app import create_app
        from wasserstyle.study.guard import Access
    from wasserstyle.serving import Server, in_url, listen_at

    plan = read_plan(folder)
    access = Access(address=address, names=names)
    with (
        _opened(folder, plan, database) as store,
        listen_at(address, port, advice="choose another") as listener,
    ):
        port = listener.getsockname()[1]
        print(f"wasserstyle study: http://{in_url(address)}:{port}/", flush=True)
        print(f"{plan.title} ({folder}); end with Ctrl-C", flush=True)
        Server(create_app(store, access)).answer(listener)


def report_it(folder: Path, *, answers: Path | None, database: str | None) -> Path:
    """Write the report; return its page.

    Raises:
        StyleError: There is nothing to report, or no place for it.
    """
    with _needing():
        from wasserstyle.study import answers as tables
        from wasserstyle.study.pages import write_report
    if answers:
        title = read_plan(folder).title if (folder / FILE).exists() else answers.stem
        return write_report(title, tables.read(answers), folder / "report")
    plan = read_plan(folder)
    with _opened(folder, plan, database) as store:
        page = write_report(plan.title, store.judgements(), folder / "report")
        (page.parent / "codes.txt").write_text("".join(f"{c}\n" for c in store.codes()))
    return page


@contextmanager
def _opened(folder: Path, plan: Plan, database: str | None) -> "Generator[Store]":
    with _needing():
        from wasserstyle.study.store import Store
        from wasserstyle.study.tables import sqlite_url
    store = Store(database or sqlite_url(folder), plan, folder / "pictures")
    try:
        yield store
    finally:
        store.close()
