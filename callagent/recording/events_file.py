"""The file of a call's events: a line that says how it is written, then one event a line, as JSON.

Each event has, besides its own fields, `wall`, the time of day with zone, and `position`, the sample of the recording
that it belongs to. Files of older versions are read as if they had been written by this one: `_MIGRATIONS`.
"""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import fields
from datetime import datetime, timedelta
from functools import cache
from importlib import metadata
from itertools import chain
from operator import itemgetter
from typing import Any, Final, get_args, get_origin, get_type_hints

from callagent import events, evidence
from callagent.errors import RecordingError
from callagent.events import CallStarted, Event, as_record
from callagent.media.audio import SAMPLE_RATE

VERSION: Final = 2
"""Of the format; 1 had no first line, no `wall`, and nothing of what providers gave out."""
MOST_LINE: Final = 2_000_000
"""Characters of one event that are believed."""
DEEPEST: Final = 100
"""Levels of what an event holds; whoever walks through it need not mind how deep it goes."""
LARGEST: Final = 1e12
"""Number in one: such as a sample of the recording."""
LONGEST_S: Final = 604_800.0
"""Seconds after a call's beginning at which something may have happened in it."""
YEARS: Final = range(1970, 9999)
"""In which a call may have begun: what is no year of ours cannot be reckoned with in every zone."""

NUMBER: Final = "seq"
"""Counts the events of a call as they happened: one that had to wait for the next before it could be written stands
behind that in the file."""
MARK: Final = "⟦".encode()
"""What every token of redaction begins with."""
_NAMED: Final = b'{"event":"'
"""What a line begins with."""
_NUMBER, _SEQUENCE = (int, float), (list, tuple)
_decode: Final = json.JSONDecoder().decode
"""As `json.loads`, which looks at its arguments for longer than it takes to read most lines."""

Fields = dict[str, Any]


def first_line() -> bytes:
    """What a file begins with."""
    return line_of({"recording": VERSION, "callagent": metadata.version("callagent")})


class EventLines:
    """Turns the events of one call into lines."""

    def __init__(self, began: datetime | None = None) -> None:
        """`began` is the wall time of the call's beginning; None to take it from `CallStarted`."""
        self._began = began

    def record(self, event: Event) -> Fields:
        """An event with its place in time."""
        record = as_record(event)
        if self._began is None and "started" in record:
            self._began = datetime.fromisoformat(record["started"])
        if self._began is not None:
            moment = self._began + timedelta(seconds=event.at_s)
            record["wall"] = moment.isoformat(timespec="milliseconds")
        record.setdefault("position", round(event.at_s * SAMPLE_RATE))
        return record

    def line(self, event: Event) -> bytes:
        """An event as it stands in the file."""
        return line_of(self.record(event))


def line_of(record: Mapping[str, Any]) -> bytes:
    """A record as it stands in the file."""
    text = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
    return text.encode(errors="backslashreplace") + b"\n"


def read_events(lines: Iterable[bytes], place: str) -> Iterator[Event]:
    """The events of a file, one by one as they stand there; `place` is named in errors.

    A last line that was cut off, as a killed process leaves it, is left out. Raises RecordingError for anything else
    that is no event.
    """
    events = (_event(*line, place) for line in _lines(lines, place, None))
    return (found[1] for found in events if found is not None)


def read_restored(
    lines: Iterable[bytes], place: str, only: Collection[str] | None, restore: Callable[[str], str] | None
) -> tuple[tuple[Event, ...], tuple[Event, ...]]:
    """As `read_events`, all or those of the names in `only`, in the order in which they happened.

    Beside them the same with what `restore` puts in the place of the tokens of redaction; what has none in it is the
    same object in both.
    """
    numbered: list[tuple[int, Event, Event]] = []
    last = 0
    for number, line, version in _lines(lines, place, only):
        found = _event(number, line, version, place)
        if found is None:
            continue
        whole = found
        if restore is not None and MARK in line:
            whole = _event(number, restore(line.decode(errors="replace")).encode(), version, place) or found
        last = last if found[0] is None else found[0]
        numbered.append((last, found[1], whole[1]))
    numbered.sort(key=itemgetter(0))
    return tuple(event for _, event, _ in numbered), tuple(whole for _, _, whole in numbered)


def _lines(lines: Iterable[bytes], place: str, only: Collection[str] | None) -> Iterator[tuple[int, bytes, int]]:
    """Each line that holds an event, with its number from 1 and the version that it is of."""
    begin = None if only is None else tuple(_NAMED + name.encode() + b'"' for name in only)
    version = 1
    for number, line in enumerate(lines, 1):
        if number == 1:
            version = _version(line, place)
            is_wanted = version == 1 and b'"recording"' not in line[:20]
        else:
            # What another program has written is not told by its first letters.
            is_wanted = begin is None or line.startswith(begin) or not line.startswith(_NAMED)
        if is_wanted and (line.endswith(b"\n") or len(line) > MOST_LINE):
            yield number, line, version


def _version(line: bytes, place: str) -> int:
    try:
        first = json.loads(line)
    except (ValueError, RecursionError):
        return 1
    version = first.get("recording", 1) if isinstance(first, dict) else 1
    if not isinstance(version, int) or not 1 <= version <= VERSION:
        raise RecordingError(
            f"{place}:1: the events are of format {version}, and this callagent reads 1 to {VERSION}. "
            "Use the callagent that wrote them, or a later one."
        )
    return version


def _event(number: int, line: bytes, version: int, place: str) -> tuple[int | None, Event] | None:
    """The event of a line, and its number in the call; None for one that nobody here could read."""
    try:
        record = _decode(line.decode()) if len(line) <= MOST_LINE else None
        if not isinstance(record, dict):
            raise TypeError("no object")  # noqa: TRY301  # told as everything else that is wrong with a line
        if line.count(b"[") + line.count(b"{") > DEEPEST:
            _check_depth(record)
        for older in range(version, VERSION):
            record = _MIGRATIONS[older](record)
        kind = _kinds().get(record["event"])
        # None is of a later callagent, or of none: nobody here could read it.
        return None if kind is None else (_number_of(record), _checked(_made(kind, record)))
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise RecordingError(
            f"{place}:{number}: is no event of a call ({type(error).__name__}). Restore the file from a copy, or "
            "delete the line: what happened before it can still be shown."
        ) from None


def _check_depth(record: Any) -> None:
    level = [record]
    for _ in range(DEEPEST):
        inner = (one.values() if isinstance(one, dict) else one for one in level if isinstance(one, dict | list))
        level = list(chain.from_iterable(inner))
    if level:
        raise ValueError("nested too deep")


@cache
def _kinds() -> Mapping[str, type[Event]]:
    defined = (*vars(events).values(), *vars(evidence).values())
    return {one.__name__: one for one in defined if isinstance(one, type) and issubclass(one, Event)}


def event_from(record: Mapping[str, Any]) -> Event:
    """The event that a record of this version was made of. Raises KeyError, TypeError or ValueError for any other."""
    made: Event = _made(_kinds()[record["event"]], record)
    return made


def _number_of(record: Fields) -> int | None:
    number = record.get(NUMBER)
    return number if number is None else _of(int, number)


def _checked(event: Event) -> Event:
    """Raises ValueError for a moment that nobody can reckon with."""
    if not -LONGEST_S <= event.at_s <= LONGEST_S:
        raise ValueError("no moment of a call")
    if isinstance(event, CallStarted) and datetime.fromisoformat(event.started).year not in YEARS:
        raise ValueError("no time of day")
    return event


def _made(kind: Any, record: Mapping[str, Any]) -> Any:
    return kind(**{name: read(record[name]) for name, read in _readers(kind) if name in record})


@cache
def _readers(kind: Any) -> tuple[tuple[str, Callable[[Any], Any]], ...]:
    """How each field is read back from JSON; what is of another type raises TypeError."""
    hints = get_type_hints(kind)
    return tuple((one.name, _reader(hints[one.name])) for one in fields(kind))


def _reader(hint: Any) -> Callable[[Any], Any]:
    kind, inner = get_origin(hint), get_args(hint)
    if type(None) in inner:
        read = _reader(inner[0])
        return lambda given: None if given is None else read(given)
    if kind is tuple and ... in inner:
        read = _reader(inner[0])
        return lambda given: tuple(map(read, _of(_SEQUENCE, given)))
    if kind is tuple:
        each = tuple(map(_reader, inner))
        return lambda given: tuple(read(one) for read, one in zip(each, _of(_SEQUENCE, given), strict=True))
    if kind is Mapping:
        read = _reader(inner[1])
        return lambda given: {name: read(value) for name, value in _of(dict, given).items()}
    if isinstance(hint, type) and hint not in _SIMPLE:
        return lambda given: _made(hint, _of(dict, given))
    return _SIMPLE.get(hint, _text)  # one of a few words: a later callagent may know more


def _of(kind: Any, given: Any) -> Any:
    if not isinstance(given, kind):
        raise TypeError("of another type")
    return given


def _text(given: Any) -> Any:
    return _of(str, given)


def _figure(given: Any) -> Any:
    if isinstance(given, bool) or not -LARGEST <= _of(_NUMBER, given) <= LARGEST:
        raise TypeError("no figure")
    return given


_SIMPLE: Final[Mapping[Any, Callable[[Any], Any]]] = {
    str: _text,
    bool: lambda given: _of(bool, given),
    int: _figure,
    float: _figure,
    Any: lambda given: given,
}


def _from_1(record: Fields) -> Fields:
    """Events of the first format are the same, but for what later ones have in addition."""
    return record


_MIGRATIONS: Final[Mapping[int, Callable[[Fields], Fields]]] = {1: _from_1}
"""By version: a record of it as one of the next."""
