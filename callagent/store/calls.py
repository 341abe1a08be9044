"""Call records in a database that SQLAlchemy reaches: SQLite unless told otherwise, or PostgreSQL."""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal

from sqlalchemy import (
    URL,
    ColumnElement,
    Connection,
    Engine,
    Select,
    String,
    Table,
    case,
    delete,
    event,
    func,
    literal,
    or_,
    select,
    text,
    true,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from callagent.store.engines import make_engine, translated, wipe_log
from callagent.store.migrations import HEAD, migrate, version_of
from callagent.store.record import FIELDS, CallRecord, Overdue
from callagent.store.searching import WITHHELD, Search, count_of, page_of, records
from callagent.store.tables import CALL_TEXTS, CALLS
from callagent.store.words import hits, searchable

SETTING: Final = "CALLAGENT_CALLS_URL"
STORE: Final = f"The store of calls ({SETTING})"
FILE: Final = "calls.db"
"""Beside the recordings, where no other database is set."""
BY_PEOPLE: Final = ("score", "scorecard", "notes", "held")
"""What people may have changed: storing the call once more leaves it as it is, and adds only what was not there."""
CHANGEABLE: Final = FIELDS - {"id", "started"}
OFTEN: Final = 2000
"""Calls in which words are that are said often."""
MOST_NAMED: Final = 5000
"""Calls of one statement: databases limit its parameters."""
MOST_OVERDUE: Final = 500
WRITES: Final = "callagent_writes"
"""Marks connections that are going to write."""


def default_url(recordings: Path) -> URL:
    """Of the file beside the recordings."""
    return URL.create("sqlite+aiosqlite", database=str(recordings / FILE))


class CallStore:
    """The records of all calls. `open` it before use; every method may raise StoreError."""

    def __init__(self, url: str | URL, *, with_texts: bool = True) -> None:
        """`url` as SQLAlchemy wants it: "postgresql://user:password@host/calls". Raises ConfigurationError.

        Without texts, what was said and what people wrote about calls is left out of all that is stored.
        """
        self._with_texts = with_texts
        self._engine = make_engine(url, SETTING, "postgresql://user:password@host/database")
        self._dialect = self._engine.dialect
        self._is_sqlite = self._dialect.name == "sqlite"
        if self._is_sqlite:
            _begin_explicitly(self._engine.sync_engine)

    async def open(self) -> None:
        """Make the tables, or bring those of an older version to this one; several processes may at the same time."""
        with translated(STORE):
            async with self._alone():
                async with self._reading() as connection:
                    if await connection.run_sync(version_of) == HEAD:
                        return
                async with self._writing() as connection:
                    await connection.run_sync(migrate)

    async def ask(self) -> None:
        """See whether the database answers; no table is made. Raises StoreError."""
        with translated(STORE):
            async with self._alone():  # where SQLite's file has no folder, its driver's thread would outlive the loop
                pass
        async with self._reading() as connection:
            await connection.execute(text("SELECT 1"))

    async def put(self, calls: Iterable[CallRecord]) -> None:
        """Store calls, all or none; what people noted about one that is there already stays."""
        by_name = {call.id: call for call in calls}
        if not by_name:
            return
        among = CALLS.c.id.in_(by_name)
        async with self._writing() as connection:
            rows = [self._allowed(_row(call)) for call in by_name.values()]
            await connection.execute(self._upsert(CALLS, "id", BY_PEOPLE), rows)
            known = (await connection.execute(select(CALLS.c.id, CALLS.c.number).where(among))).all()
            texts = {number: by_name[name].words for name, number in known if not self._withholds(by_name[name])}
            if texts:
                filled = [{"number": number, **_texts(words)} for number, words in texts.items()]
                await connection.execute(self._upsert(CALL_TEXTS, "number"), filled)
            if not self._with_texts:
                withheld = {number for _, number in known} - texts.keys()
                await connection.execute(delete(CALL_TEXTS).where(CALL_TEXTS.c.number.in_(withheld)))
                await _silence(connection, among)

    async def get(self, name: str) -> CallRecord | None:
        """The record of the call in that folder; None when there is none."""
        async with self._reading() as connection:
            row = (await connection.execute(records().where(CALLS.c.id == name))).mappings().one_or_none()
        return None if row is None else _record(row)

    async def missing(self, names: Collection[str]) -> list[str]:
        """Those of which there is no record, in order."""
        wanted, known = list(names), set[str]()
        async with self._reading() as connection:
            for begin in range(0, len(wanted), MOST_NAMED):
                among = CALLS.c.id.in_(wanted[begin : begin + MOST_NAMED])
                known.update(await connection.scalars(select(CALLS.c.id).where(among)))
        return [name for name in wanted if name not in known]

    async def names_of(self, caller_key: str) -> list[str]:
        """The names of all calls of a caller."""
        async with self._reading() as connection:
            return list(await connection.scalars(select(CALLS.c.id).where(CALLS.c.caller_key == caller_key)))

    async def overdue(self, kept: Overdue, before: datetime, after: str = "") -> list[str]:
        """Some hundred names of calls that began before a moment, are not held, and of which there still is that.

        In order; the next ones are those `after` the last. For "transcript" the words or the notes are meant, also
        those that are not in the database.
        """
        texts = select(CALL_TEXTS.c.number).where(CALL_TEXTS.c.words != "")
        there = {
            "summary": true(),
            "audio": CALLS.c.has_sound,
            "transcript": or_(CALLS.c.notes != "", CALLS.c.number.in_(texts), WITHHELD),
        }
        late = (CALLS.c.started < before.timestamp(), ~CALLS.c.held, CALLS.c.id > after, there[kept])
        async with self._reading() as connection:
            found = await connection.scalars(select(CALLS.c.id).where(*late).order_by(CALLS.c.id).limit(MOST_OVERDUE))
            return list(found)

    async def strip(self, names: Collection[str], kept: Literal["audio", "transcript"]) -> None:
        """Take words, notes and comments out of records, or note that the sound is gone; give all of them at once."""
        among = CALLS.c.id.in_(names)
        async with self._writing() as connection:
            if kept == "audio":
                await connection.execute(update(CALLS).where(among).values(has_sound=False))
                return
            texts = CALL_TEXTS.c.number.in_(select(CALLS.c.number).where(among))
            await connection.execute(update(CALL_TEXTS).where(texts).values(words="", folded=""))
            nothing = select(CALLS.c.number, literal(""), literal("")).where(among, WITHHELD)
            told = self._insert(CALL_TEXTS).from_select(["number", "words", "folded"], nothing)
            await connection.execute(told.on_conflict_do_nothing())  # another worker may be at it
            await _silence(connection, among)
            await self._wipe(connection)
        await wipe_log(self._engine)

    async def withhold(self) -> None:
        """Take words, notes and comments out of all records, where the store is one without; they are elsewhere."""
        if self._with_texts:
            return
        noted = CALL_TEXTS.c.number.in_(select(CALLS.c.number).where(CALLS.c.notes != ""))
        async with self._writing() as connection:
            await connection.execute(delete(CALL_TEXTS).where(or_(CALL_TEXTS.c.words != "", noted)))
            await _silence(connection, true())
            await self._wipe(connection)
        await wipe_log(self._engine)

    async def search(self, search: Search) -> list[CallRecord]:
        """A page of those that are wanted. Raises ValueError for words that are none."""
        async with self._reading() as connection:
            often = bool(search.words) and self._is_sqlite and await self._is_said_often(connection, search.words)
            query = page_of(search, self._dialect, often=often)
            return [_record(row) for row in (await connection.execute(query)).mappings()]

    async def count(self, search: Search) -> int:
        """How many there are on all pages. Raises ValueError for words that are none."""
        return await self._count(count_of(search, self._dialect))

    async def withheld(self, search: Search) -> int:
        """In how many calls that are wanted no word can be found, for their words are not in the database."""
        return await self._count(count_of(replace(search, words=""), self._dialect).where(WITHHELD))

    async def _count(self, query: Select[Any]) -> int:
        async with self._reading() as connection:
            return await connection.scalar(query) or 0

    async def change(self, name: str, **values: Any) -> bool:
        """Set fields of a record; False when there is no such record. Raises ValueError for a field that is none."""
        if strange := values.keys() - CHANGEABLE:
            raise ValueError(f"a record has no {', '.join(sorted(strange))} that could be changed")
        words = values.pop("words", None)
        withholds = not self._with_texts and bool(words or values.get("notes"))
        values = self._allowed(values)
        async with self._writing() as connection:
            number = await connection.scalar(select(CALLS.c.number).where(CALLS.c.id == name))
            if number is None:
                return False
            if values:
                fitting = {field: _fitting(CALLS, field, value) for field, value in values.items()}
                await connection.execute(update(CALLS).where(CALLS.c.number == number).values(fitting))
            if withholds:
                await connection.execute(delete(CALL_TEXTS).where(CALL_TEXTS.c.number == number))
            elif words is not None:
                await connection.execute(self._upsert(CALL_TEXTS, "number"), {"number": number, **_texts(words)})
            if words is not None:
                await self._wipe(connection)
        if words is not None:
            await wipe_log(self._engine)
        return True

    async def delete(self, names: Collection[str]) -> int:
        """Delete records, also those that are held: whoever asks for it has looked. Tells how many there were.

        Give all of them at once: to wipe the words takes SQLite seconds where there are 100 000 calls.
        """
        wanted, gone = list(names), 0
        async with self._writing() as connection:
            for begin in range(0, len(wanted), MOST_NAMED):
                among = CALLS.c.id.in_(wanted[begin : begin + MOST_NAMED])
                texts = CALL_TEXTS.c.number.in_(select(CALLS.c.number).where(among))
                await connection.execute(delete(CALL_TEXTS).where(texts))
                gone += (await connection.execute(delete(CALLS).where(among))).rowcount
            await self._wipe(connection)
        await wipe_log(self._engine)
        return gone

    async def aclose(self) -> None:
        """Let go of connections; the next use makes new ones."""
        await self._engine.dispose()

    def _withholds(self, call: CallRecord) -> bool:
        """Whether the call has texts that may not be in the database."""
        return not self._with_texts and bool(call.words or call.notes)

    def _allowed(self, values: dict[str, Any]) -> dict[str, Any]:
        """Fields of a record as they may be in the database."""
        if self._with_texts:
            return values
        silent = {"notes": "", "scorecard": _silent(values.get("scorecard"))}
        return {**values, **{name: value for name, value in silent.items() if name in values}}

    async def _is_said_often(self, connection: AsyncConnection, words: str) -> bool:
        found: int = await connection.scalar(hits(words, OFTEN)) or 0
        return found == OFTEN

    async def _wipe(self, connection: AsyncConnection) -> None:
        """See that deleted words do not stay in the index: SQLite's keeps them until it is put together anew."""
        if self._is_sqlite:
            await connection.execute(text("INSERT INTO call_words(call_words) VALUES ('optimize')"))

    def _upsert(self, table: Table, key: str, keeping: Collection[str] = ()) -> Any:
        """For rows with values for all columns but `number`; of those that are there already, `keeping` stays."""
        statement = self._insert(table)
        left = {key, "number", *keeping}
        new = {column.name: statement.excluded[column.name] for column in table.c if column.name not in left}
        if "caller_key" in new:
            # Events of before there were keys have none: the one that is there stays.
            new["caller_key"] = func.coalesce(func.nullif(new["caller_key"], ""), CALLS.c.caller_key)
            excluded = statement.excluded
            new["score"] = func.coalesce(CALLS.c.score, excluded.score)
            there = func.coalesce(CALLS.c.scorecard, excluded.scorecard)
            # Where its comments were withheld, it is not all there.
            new["scorecard"] = case((WITHHELD, func.coalesce(excluded.scorecard, CALLS.c.scorecard)), else_=there)
            new["notes"] = func.coalesce(func.nullif(CALLS.c.notes, ""), excluded.notes)
        return statement.on_conflict_do_update(index_elements=[key], set_=new)

    def _insert(self, table: Table) -> Any:
        return sqlite.insert(table) if self._is_sqlite else postgresql.insert(table)

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        """For SQLite in a file: no other process opens it meanwhile, for those would be late and fail.

        What they wait for is a file of its own: the folder's lock is what live calls wait for to be recorded.
        """
        file = self._engine.url.database
        if not self._is_sqlite or not file or file.startswith((":", "file:")):
            yield
            return
        lock = await asyncio.to_thread(_locked, f"{file}.lock")
        try:
            with suppress(FileExistsError):
                # Readable by its owner only, as the recordings are; what SQLite puts beside it takes after it.
                os.close(_opened(file, os.O_EXCL))
            yield
        finally:
            os.close(lock)

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[AsyncConnection]:
        with translated(STORE):
            async with self._engine.connect() as connection:
                yield connection

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator[AsyncConnection]:
        """A transaction: what is done in it is kept whole when it ends, and else not at all."""
        with translated(STORE):
            async with self._engine.execution_options(**{WRITES: True}).begin() as connection:
                yield connection


def _opened(file: str, flags: int = 0) -> int:
    """A file that is made if need be, for whose the folder is: root's commands must not lock out a server."""
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | flags, 0o600)
    with suppress(OSError):
        owner = Path(file).parent.stat()
        os.fchown(descriptor, owner.st_uid, owner.st_gid)
    return descriptor


def _locked(file: str) -> int:
    """The file, open, once nobody else has it so."""
    lock = _opened(file)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
    except BaseException:
        os.close(lock)
        raise
    return lock


def _row(call: CallRecord) -> dict[str, Any]:
    values = {column.name: getattr(call, column.name) for column in CALLS.c if column.name != "number"}
    values["started"] = call.started.timestamp()
    return {name: _fitting(CALLS, name, value) for name, value in values.items()}


def _texts(words: str) -> dict[str, str]:
    clean = _clean(words)
    return {"words": clean, "folded": searchable(clean)}


def _silent(filled: Any) -> list[dict[str, Any]] | None:
    """A call's scorecards without what people wrote."""
    return [{**card, "comment": ""} for card in filled] if isinstance(filled, list) else None


async def _silence(connection: AsyncConnection, among: ColumnElement[bool]) -> None:
    """Take notes and comments out of calls."""
    await connection.execute(update(CALLS).where(among, CALLS.c.notes != "").values(notes=""))
    cards = select(CALLS.c.id, CALLS.c.scorecard).where(among, CALLS.c.scorecard.is_not(None))
    for name, filled in (await connection.execute(cards)).all():
        if (silent := _silent(filled)) != filled:
            await connection.execute(update(CALLS).where(CALLS.c.id == name).values(scorecard=silent))


def _record(row: Mapping[Any, Any]) -> CallRecord:
    return CallRecord(**{**row, "started": datetime.fromtimestamp(row["started"], UTC)})


def _fitting(table: Table, name: str, value: Any) -> Any:
    """As the column takes it: a carrier's or caller's text must not be able to keep a record out."""
    if not isinstance(value, str):
        return value
    kind = table.c[name].type
    return _clean(value)[: kind.length if isinstance(kind, String) else None]


def _clean(value: str) -> str:
    """Without what no database takes as text."""
    return value.replace("\0", "").encode(errors="replace").decode()


def _begin_explicitly(engine: Engine) -> None:
    """Transactions as they are written here: Python's sqlite3 begins none for reading, and none for making tables."""

    @event.listens_for(engine, "connect")
    def connected(connection: Any, _record: Any) -> None:
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        # A transaction that began as a reader's cannot wait for another writer later on.
        writes = connection.get_execution_options().get(WRITES)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
