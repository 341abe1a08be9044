"""What calls can be searched by, and the conditions that it becomes."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias

from sqlalchemy import ColumnElement, Dialect, Select, exists, func, literal_column, select

from callagent.store.tables import CALL_TEXTS, CALLS
from callagent.store.words import says

Order: TypeAlias = Literal["newest", "oldest", "longest", "slowest", "worst"]
MOST: Final = 10_000
"""Calls of one page."""

_C: Final = CALLS.c
_ORDERS: Final = {
    "newest": (_C.started.desc(), _C.number.desc()),
    "oldest": (_C.started, _C.number),
    "longest": (_C.duration_s.desc(), _C.number.desc()),
    "slowest": (_C.response_p95_ms.desc(), _C.number.desc()),
    "worst": (_C.score, _C.number.desc()),
}
_ORDERED: Final = {"slowest": _C.response_p95_ms, "worst": _C.score}
"""What a call must have to be in such an order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Which calls are wanted: those to which all that is given applies."""

    since: datetime | None = None
    until: datetime | None = None
    """Those that began before it."""
    caller_keys: tuple[str, ...] = ()
    """One of these; see `CallRecord.caller_key`."""
    caller_ends: str = ""
    """What the masked number ends with."""
    carrier: str = ""
    flow: str = ""
    flow_version: str = ""
    """Its beginning."""
    language: str = ""
    disposition: str = ""
    slower_than_ms: float | None = None
    """The 95th percentile of the response latency is above it."""
    score_below: float | None = None
    errors: bool = False
    """Only those with errors."""
    crashed: bool = False
    """Only those whose process was killed."""
    words: str = ""
    """All of them were said, by either side: each the beginning of a word."""
    order: Order = "newest"
    """Calls without a response, or without a score, are none of the slowest, or of the worst."""
    limit: int = 50
    page: int = 1

    @property
    def narrows(self) -> bool:
        """Whether it is about some calls only."""
        return any(getattr(self, name) != getattr(_ALL, name) for name in _NARROWING)


_ALL: Final = Search()
_NARROWING: Final = tuple(name for name in Search.__dataclass_fields__ if name not in {"order", "limit", "page"})


# By name, for it stands also where a row of calls is replaced; NOT IN would read all texts for each, in PostgreSQL.
_NUMBER: Final[ColumnElement[int]] = literal_column(f"{CALLS.name}.{_C.number.name}")
WITHHELD: Final = ~exists().where(CALL_TEXTS.c.number == _NUMBER)
"""The condition for calls whose words are not in the database; where there were none, there is a row that says so."""


def records() -> Select[Any]:
    """All records, with their words."""
    columns = [column for column in _C if column is not _C.number]
    texts = CALLS.outerjoin(CALL_TEXTS, CALL_TEXTS.c.number == _C.number)
    return select(*columns, func.coalesce(CALL_TEXTS.c.words, "").label("words")).select_from(texts)


def page_of(search: Search, dialect: Dialect, *, often: bool = False) -> Select[Any]:
    """The records of a page; `often` as in `says`. Raises ValueError for words that are none."""
    limit = max(1, min(search.limit, MOST))
    order = _ORDERS[search.order]
    wanted = select(_C.number).where(*_conditions(search, dialect, often=often)).order_by(*order)
    # Rows are read only of what is shown: what comes before it is counted off in an index.
    shown = wanted.limit(limit).offset((max(1, search.page) - 1) * limit).subquery()
    return records().where(_C.number.in_(select(shown.c.number))).order_by(*order)


def count_of(search: Search, dialect: Dialect) -> Select[Any]:
    """How many there are on all pages. Raises ValueError for words that are none."""
    return select(func.count()).select_from(CALLS).where(*_conditions(search, dialect))


_CONDITIONS: Final[Mapping[str, Callable[[Any], ColumnElement[bool]]]] = {
    "since": lambda moment: _C.started >= moment.timestamp(),
    "until": lambda moment: _C.started < moment.timestamp(),
    "caller_keys": _C.caller_key.in_,
    "caller_ends": lambda end: _C.caller.endswith(end, autoescape=True),
    "carrier": _C.carrier.__eq__,
    "flow": _C.flow.__eq__,
    "flow_version": lambda beginning: _C.flow_version.startswith(beginning, autoescape=True),
    "language": _C.language.__eq__,
    "disposition": _C.disposition.__eq__,
    "slower_than_ms": _C.response_p95_ms.__gt__,
    "score_below": _C.score.__lt__,
    "errors": lambda _: _C.errors > 0,
    "crashed": lambda _: _C.crashed,
}
"""By what is given; every value is sent as a parameter."""


def _conditions(search: Search, dialect: Dialect, *, often: bool = False) -> Iterator[ColumnElement[bool]]:
    for name, condition in _CONDITIONS.items():
        given = getattr(search, name)
        if given != getattr(_ALL, name):
            yield condition(given)
    if search.order in _ORDERED:
        yield _ORDERED[search.order].is_not(None)
    if search.words:
        yield says(search.words, dialect, often=often)
