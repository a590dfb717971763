"""The tables of a study, and how its database is opened. SQLite, or PostgreSQL by its URL."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    Engine,
    ForeignKey,
    UniqueConstraint,
    create_engine,
    event,
    make_url,
)
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from wasserstyle.errors import BadSetting

FILE = "study.sqlite"
WAIT_SECONDS = 30
"""For another process's transaction."""
PRAGMAS = (
    "journal_mode = WAL",
    "synchronous = FULL",  # what was acknowledged outlives the loss of power
    "foreign_keys = ON",
    f"busy_timeout = {1000 * WAIT_SECONDS}",
)


class Base(DeclarativeBase):
    """All tables."""


class Study(Base):
    """One row. Its lock makes assignments follow one another where several servers write."""

    __tablename__ = "study"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    """Random; of the raters' cookie."""
    fingerprint: Mapped[str]
    """Of what must not change any more."""


class PictureRow(Base):
    """The only place that says what is behind the name by which a picture is served."""

    __tablename__ = "pictures"
    key: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    sha256: Mapped[str]


class ComparisonRow(Base):
    """One :class:`wasserstyle.study.layout.Comparison`."""

    __tablename__ = "comparisons"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    pair: Mapped[str]
    regime: Mapped[str]
    question: Mapped[str]
    reference: Mapped[str] = mapped_column(ForeignKey("pictures.key"))
    first: Mapped[str]
    first_picture: Mapped[str] = mapped_column(ForeignKey("pictures.key"))
    second: Mapped[str | None]
    second_picture: Mapped[str | None] = mapped_column(ForeignKey("pictures.key"))
    is_check: Mapped[bool] = mapped_column("attention_check", index=True)
    rank: Mapped[int]


class Rater(Base):
    """Someone who agreed. Nothing else is known of them."""

    __tablename__ = "raters"
    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[str] = mapped_column(unique=True)
    """In the cookie."""
    code: Mapped[str]
    """What the last page shows."""
    agreed: Mapped[float]


class Presentation(Base):
    """A comparison given to a rater; without an answer it counts until it expires."""

    __tablename__ = "presentations"
    __table_args__ = (
        UniqueConstraint("rater_id", "comparison_id"),
        UniqueConstraint("rater_id", "number"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    rater_id: Mapped[int] = mapped_column(ForeignKey("raters.id"))
    comparison_id: Mapped[int] = mapped_column(ForeignKey("comparisons.id"), index=True)
    number: Mapped[int]
    """Of this rater, from 0."""
    swapped: Mapped[bool]
    """Whether the first is shown as B."""
    given: Mapped[float]
    expires: Mapped[float]


class Answer(Base):
    """At most one for each presentation; never changed."""

    __tablename__ = "answers"
    presentation_id: Mapped[int] = mapped_column(
        ForeignKey("presentations.id"), primary_key=True, autoincrement=False
    )
    value: Mapped[str]
    """As given: A is what was shown as A."""
    given: Mapped[float]


def sqlite_url(folder: Path) -> URL:
    """Of the database in a study's folder."""
    return URL.create("sqlite", database=str(folder / FILE))


def open_engine(url: str | URL) -> Engine:
    """Connect, and make the tables that are not there.

    Raises:
        BadSetting: No such kind of database, no driver for it, or it cannot be opened.
    """
    try:
        parsed = make_url(url)
        if parsed.drivername in ("postgres", "postgresql"):
            parsed = parsed.set(drivername="postgresql+psycopg")
        engine = _sqlite(parsed) if parsed.get_backend_name() == "sqlite" else _server(parsed)
        Base.metadata.create_all(engine)
    except ModuleNotFoundError as error:
        raise BadSetting(
            f"this database needs one more package ({error.name}); "
            "for PostgreSQL run: pip install 'wasserstyle[postgres]'"
        ) from error
    except (ArgumentError, SQLAlchemyError) as error:
        shown = url if isinstance(url, str) and "@" not in url else "the database"
        words = str(getattr(error, "orig", error)).partition("\n")[0]
        raise BadSetting(f"{shown}: cannot be opened ({words})") from error
    return engine


@contextmanager
def transaction(engine: Engine) -> Generator[Session]:
    """All or nothing, and one after the other; durable when it ends."""
    with Session(engine, expire_on_commit=False) as session, session.begin():
        yield session


def _server(url: URL) -> Engine:
    return create_engine(url, pool_pre_ping=True, pool_timeout=WAIT_SECONDS)


def _sqlite(url: URL) -> Engine:
    """One connection: threads then wait in a fair queue, not by SQLite's polling.

    ``BEGIN IMMEDIATE`` takes the right to write first: a transaction that reads and then
    writes is never refused halfway.
    """
    engine = create_engine(url, pool_size=1, max_overflow=0, pool_timeout=WAIT_SECONDS)

    def prepare(connection: Any, _: object) -> None:  # noqa: ANN401 - the driver's
        connection.isolation_level = None
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    def begin(connection: Any) -> None:  # noqa: ANN401 - SQLAlchemy's
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", begin)
    return engine
