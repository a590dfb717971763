"""Who is asked what, and what was answered. Every method may be called from any thread.

An answer stands when the method that takes it returns. The first answer to a presentation
stays; a second one changes nothing.
"""

import secrets
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session

from wasserstyle.errors import BadSetting
from wasserstyle.hashes import sha256_of
from wasserstyle.study.answers import Judgement
from wasserstyle.study.layout import Comparison, check_places, fingerprint, lay_out, swapped
from wasserstyle.study.plan import QUESTIONS, Plan
from wasserstyle.study.tables import (
    Answer,
    ComparisonRow,
    PictureRow,
    Presentation,
    Rater,
    Study,
    open_engine,
    transaction,
)

LEAST_RATED = 0.5
"""What the reference itself must be rated in an attention check (ours)."""


@dataclass(frozen=True, kw_only=True)
class Task:
    """What a rater sees next; pictures by the names they are served by."""

    number: int
    """Of this rater's, from 0; how the answer names it."""
    total: int
    question: str
    new_question: bool
    """Whether the last one asked for something else."""
    reference: str
    a: str
    b: str | None
    ahead: tuple[str, ...]
    """Pictures that will probably be needed next."""


class Store:
    """An open study.

    Args:
        url: Of the database.
        plan: What is asked.
        pictures: The folder of pictures; only read here.
        clock: Seconds, for when assignments expire.

    Raises:
        BadSetting: The database cannot be opened, pictures are missing or changed, or the plan
            is not the one that the database was begun with.
    """

    def __init__(
        self,
        url: str | URL,
        plan: Plan,
        pictures: Path,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.plan, self._clock = plan, clock
        self._engine = open_engine(url)
        with ExitStack() as undo:
            undo.callback(self.close)
            self._open(pictures)
            undo.pop_all()

    def _open(self, pictures: Path) -> None:
        plan = self.plan
        with self._transaction() as session:
            study = session.get(Study, 1)
            if study is None:
                _begin(session, plan, pictures)
            elif study.fingerprint != fingerprint(lay_out(plan), plan.size):
                raise BadSetting(
                    "the plan has changed since the study was opened; only title, consent, "
                    "raters, session, checks and minutes may: change it back, or begin anew"
                )
            self.name = session.get_one(Study, 1).name
            rows = session.scalars(select(PictureRow)).all()
            asked = select(func.count()).where(ComparisonRow.is_check.is_(False))
            self._session = min(plan.session, session.scalar(asked) or 0)
        self.pictures = {row.key: pictures / row.name for row in rows}
        """Files by the names they are served by."""
        hashes = _hashes(pictures, [row.name for row in rows])
        changed = [row.name for row in rows if hashes[row.name] != row.sha256]
        if changed:
            raise BadSetting(
                f"{changed[0]} has changed since the study was opened; put it back, or make "
                "a new study"
            )

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def _transaction(self) -> AbstractContextManager[Session]:
        return transaction(self._engine)

    # ---------------------------------------------------------------- raters

    def new_rater(self) -> str:
        """Note that someone agreed; return what goes into the cookie."""
        token = secrets.token_urlsafe(24)
        code = secrets.token_hex(4).upper()
        with self._transaction() as session:
            session.add(Rater(token=token, code=code, agreed=self._clock()))
        return token

    def knows(self, token: str) -> bool:
        """Whether there is such a rater."""
        with self._transaction() as session:
            return _rater(session, token) is not None

    def code(self, token: str) -> str | None:
        """What shows that a rater has answered something."""
        with self._transaction() as session:
            rater = _rater(session, token)
            return rater.code if rater and _answered(session, rater) else None

    # ---------------------------------------------------------------- tasks and answers

    def task(self, token: str) -> Task | None:
        """What a rater is asked now; the same until it is answered. None: nothing any more.

        Raises:
            KeyError: No such rater.
        """
        now = self._clock()
        with self._transaction() as session:
            session.get_one(Study, 1, with_for_update=True)  # one assignment at a time
            rater = _rater(session, token)
            if rater is None:
                raise KeyError(token)
            mine = _presentations(session, rater)
            open_one = next((p for p in mine if session.get(Answer, p.id) is None), None)
            if open_one is None:
                open_one = self._assign(session, rater, len(mine), now)
                if open_one is None:
                    return None
            elif open_one.expires - now < 30 * self.plan.minutes:  # half of it is over
                open_one.expires = now + 60 * self.plan.minutes
            return self._task(session, rater, open_one, now)

    def answer(self, token: str, number: int, value: str) -> None:
        """Keep an answer, unless there is one.

        Raises:
            KeyError: No such rater, or nothing of that number was given to them.
        """
        with self._transaction() as session:
            session.get_one(Study, 1, with_for_update=True)
            rater = _rater(session, token)
            given = rater and session.scalar(
                select(Presentation).where(
                    Presentation.rater_id == rater.id, Presentation.number == number
                )
            )
            if not given:
                raise KeyError(number)
            if session.get(Answer, given.id) is None:
                session.add(Answer(presentation_id=given.id, value=value, given=self._clock()))

    # ---------------------------------------------------------------- results

    def judgements(self) -> list[Judgement]:
        """All answers in the order they came."""
        query = (
            select(Answer.value, Presentation.rater_id, Presentation.swapped, ComparisonRow)
            .join_from(Answer, Presentation)
            .join(ComparisonRow)
            .order_by(Answer.given, Answer.presentation_id)
        )
        with self._transaction() as session:
            rows = session.execute(query).all()
        return [_judgement(*row) for row in rows]

    def codes(self) -> list[str]:
        """Completion codes of all who answered all they were given; sorted, so of nobody."""
        some = select(Presentation.rater_id).join(Answer)
        unanswered = (
            select(Presentation.rater_id)
            .outerjoin(Answer)
            .where(Answer.presentation_id.is_(None))
        )
        query = select(Rater.code).where(Rater.id.in_(some), Rater.id.not_in(unanswered))
        with self._transaction() as session:
            return sorted(session.scalars(query))

    # ---------------------------------------------------------------- inside

    def _task(self, session: Session, rater: Rater, given: Presentation, now: float) -> Task:
        row = session.get_one(ComparisonRow, given.comparison_id)
        shown = [row.first_picture, row.second_picture]
        a, b = reversed(shown) if given.swapped else shown
        last = _question(session, rater, given.number - 1)
        ahead = self._choose(session, rater, given.number + 1, now)
        return Task(
            number=given.number,
            total=self._session + self.plan.checks,
            question=row.question,
            new_question=last != row.question,
            reference=row.reference,
            a=str(a),
            b=b,
            ahead=tuple(filter(None, _pictures(ahead))),
        )

    def _assign(
        self, session: Session, rater: Rater, number: int, now: float
    ) -> Presentation | None:
        row = self._choose(session, rater, number, now)
        if row is None:
            return None
        before = session.scalar(
            select(func.count()).where(Presentation.comparison_id == row.id)
        )
        given = Presentation(
            rater_id=rater.id,
            comparison_id=row.id,
            number=number,
            swapped=row.second is not None and swapped(self.plan.seed, row.key, before or 0),
            given=now,
            expires=now + 60 * self.plan.minutes,
        )
        session.add(given)
        session.flush()
        return given

    def _choose(
        self, session: Session, rater: Rater, number: int, now: float
    ) -> ComparisonRow | None:
        """What a rater is asked as the n-th; None: the session is over, or all is answered."""
        plan = self.plan
        if number >= self._session + plan.checks:
            return None
        places = check_places(plan.seed, rater.id, self._session, plan.checks)
        last = _question(session, rater, number - 1) or QUESTIONS[rater.id % 2]
        found = session.scalar(
            _fewest(rater, last, now, check=number in places, most=plan.raters)
        )
        if found is None and number not in places:
            return None
        return found or session.scalar(_fewest(rater, last, now, check=False, most=plan.raters))


def _fewest(
    rater: Rater, question: str, now: float, *, check: bool, most: int
) -> Select[ComparisonRow]:
    """The comparison with the fewest answers and live assignments that a rater has not seen.

    Among equals one of the last question, so that raters seldom have to think of another one;
    then by rank. Attention checks are given out without limit.
    """
    live: ColumnElement[bool] = or_(
        Answer.presentation_id.is_not(None), Presentation.expires > now
    )
    loads = (
        select(Presentation.comparison_id, func.count().label("load"))
        .outerjoin(Answer)
        .where(live)
        .group_by(Presentation.comparison_id)
        .subquery()
    )
    load = func.coalesce(loads.c.load, 0)
    seen = select(Presentation.comparison_id).where(Presentation.rater_id == rater.id)
    wanted = and_(ComparisonRow.is_check.is_(check), ComparisonRow.id.not_in(seen))
    return (
        select(ComparisonRow)
        .outerjoin(loads, loads.c.comparison_id == ComparisonRow.id)
        .where(wanted if check else and_(wanted, load < most))
        .order_by(
            load, case((ComparisonRow.question == question, 0), else_=1), ComparisonRow.rank
        )
        .limit(1)
    )


def _rater(session: Session, token: str) -> Rater | None:
    return session.scalar(select(Rater).where(Rater.token == token))


def _presentations(session: Session, rater: Rater) -> Sequence[Presentation]:
    query = select(Presentation).where(Presentation.rater_id == rater.id)
    return session.scalars(query.order_by(Presentation.number)).all()


def _answered(session: Session, rater: Rater) -> bool:
    query = select(Answer).join(Presentation).where(Presentation.rater_id == rater.id).limit(1)
    return session.scalar(query) is not None


def _question(session: Session, rater: Rater, number: int) -> str | None:
    """What a rater was asked for as the n-th."""
    return session.scalar(
        select(ComparisonRow.question)
        .join(Presentation)
        .where(Presentation.rater_id == rater.id, Presentation.number == number)
    )


def _pictures(row: ComparisonRow | None) -> tuple[str | None, ...]:
    return () if row is None else (row.reference, row.first_picture, row.second_picture)


def _judgement(value: str, rater: int, swapped: bool, row: ComparisonRow) -> Judgement:  # noqa: FBT001
    a, b = (row.second, row.first) if swapped else (row.first, row.second)
    right = ""
    if row.is_check:
        right = f">={LEAST_RATED}" if b is None else "B" if swapped else "A"
    return Judgement(
        pair_id=row.pair,
        question=row.question,
        a=str(a),
        b=b or "",
        answer=value,
        worker=f"rater-{rater:04d}",
        regime=row.regime,
        right=right,
    )


# -------------------------------------------------------------------- the first opening


def _begin(session: Session, plan: Plan, pictures: Path) -> None:
    """Write down what will be asked, and under which names pictures are served."""
    comparisons = lay_out(plan)
    names = sorted({name for c in comparisons for name in _names(c)})
    keys = {name: secrets.token_urlsafe(12) for name in names}
    hashes = _hashes(pictures, names)
    session.add(
        Study(id=1, name=secrets.token_hex(4), fingerprint=fingerprint(comparisons, plan.size))
    )
    session.add_all(PictureRow(key=keys[n], name=n, sha256=hashes[n]) for n in names)
    session.flush()
    session.add_all(_row(c, keys) for c in comparisons)


def _row(comparison: Comparison, keys: dict[str, str]) -> ComparisonRow:
    first, second = comparison.first, comparison.second
    return ComparisonRow(
        key=comparison.key,
        pair=comparison.pair,
        regime=comparison.regime,
        question=comparison.question,
        reference=keys[comparison.reference],
        first=first.label,
        first_picture=keys[first.picture],
        second=second and second.label,
        second_picture=second and keys[second.picture],
        is_check=comparison.check,
        rank=comparison.rank,
    )


def _names(comparison: Comparison) -> list[str]:
    shown = filter(None, (comparison.first, comparison.second))
    return [comparison.reference, *(one.picture for one in shown)]


def _hashes(folder: Path, names: Sequence[str]) -> dict[str, str]:
    """Of the pictures' bytes.

    Raises:
        BadSetting: Some are missing.
    """
    missing = [name for name in names if not (folder / name).is_file()]
    if missing:
        raise BadSetting(
            f"{len(missing)} pictures are missing, such as {missing[0]}; "
            f"run: wasserstyle study new {folder.parent}"
        )
    return {n: sha256_of(folder / n) for n in names}
