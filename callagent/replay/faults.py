"""Outages that are had in a replay: `--fault "tts hangs at 12s"`.

::

    stt | llm | tts | look-ups      fails | hangs | is slow 2s      [at 12s | from 3s to 9s]

Without a time it lasts for the whole call. `replay.troubled` has providers with them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

from callagent.errors import ConfigurationError

Where: TypeAlias = Literal["stt", "llm", "tts", "look-ups"]
Kind: TypeAlias = Literal["fails", "hangs", "slow"]
EXAMPLES: Final = "'tts hangs at 12s', 'stt fails from 3s to 9s', 'llm slow 2s at 4s' or 'lookups down'"
_WHERE: Final[Mapping[str, Where]] = {
    **{name: name for name in get_args(Where)},
    "lookups": "look-ups",
    "lookup": "look-ups",
    "tables": "look-ups",
}
_KINDS: Final[Mapping[str, Kind]] = {
    "fails": "fails",
    "fail": "fails",
    "down": "fails",
    "hangs": "hangs",
    "hang": "hangs",
    "slow": "slow",
}
_LITTLE: Final = ("is", "are")
_SECONDS: Final = re.compile(r"([0-9]{1,5}(?:\.[0-9]{1,3})?)s")


@dataclass(frozen=True, slots=True)
class Fault:
    """One of them; times are seconds since the call began."""

    where: Where
    kind: Kind
    slow_s: float = 0.0
    from_s: float = 0.0
    to_s: float = float("inf")

    def is_on(self, at_s: float) -> bool:
        """Whether it is then."""
        return self.from_s <= at_s < self.to_s


def parse_fault(text: str) -> Fault:
    """Read one as it is written on a command line. Raises ConfigurationError, which says what is wrong with it."""
    words = [word for word in text.casefold().replace("look ups", "look-ups").split() if word not in _LITTLE]
    if not words:
        raise _wrong(text, "is empty", "Write who has which trouble, and when")
    where = _WHERE.get(words[0])
    if where is None:
        raise _wrong(text, f"'{words[0]}' is nothing that can have a fault", "Begin with stt, llm, tts or look-ups")
    kind = _KINDS.get(words[1]) if len(words) > 1 else None
    if kind is None:
        what = f"'{words[1]}' is no fault" if len(words) > 1 else "does not say what is wrong with it"
        raise _wrong(text, what, "Write fails, hangs, down or slow")
    rest = words[2:]
    slow_s = 0.0
    if kind == "slow":
        if not rest:
            raise _wrong(text, "does not say how slow", "Write such as slow 2s")
        slow_s = _seconds(text, rest.pop(0))
    return Fault(where, kind, slow_s, *_times(text, rest))


def _times(text: str, words: list[str]) -> tuple[float, float]:
    match words:
        case []:
            return 0.0, float("inf")
        case ["at" | "from", since]:
            return _seconds(text, since), float("inf")
        case ["from", since, "to" | "until", until]:
            from_s, to_s = _seconds(text, since), _seconds(text, until)
            if to_s <= from_s:
                raise _wrong(text, f"ends at {until}, before it begins", "Write the earlier time first")
            return from_s, to_s
    raise _wrong(text, f"'{' '.join(words)}' is no time", "Write at 12s, from 3s to 9s, or nothing for all of the call")


def _seconds(text: str, word: str) -> float:
    found = _SECONDS.fullmatch(word)
    if found is None:
        raise _wrong(text, f"'{word}' is no number of seconds", "Write such as 12s or 0.5s")
    return float(found[1])


def _wrong(text: str, what: str, remedy: str) -> ConfigurationError:
    return ConfigurationError(f'--fault "{text}": {what}. {remedy}, as in {EXAMPLES}.')
