"""What goes into the dialogue engine and what comes out.

The engine is pure: ``engine.begin(...)`` and ``engine.advance(state, input)`` return a `Decision`, whose actions the
call performs in order. Only the last action waits for something (`Listen`, `LookUp`, `HangUp`); all before it are
speech. Nothing here knows of audio, time or providers.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Generic, Literal, TypeAlias, TypeVar

# --- what the call tells the engine ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CallBegan:
    """The caller is on the line and nothing has been said."""

    now: datetime
    """Wall time with its zone, whichever it is: opening hours depend on it."""
    caller: str = ""
    """E.164 number; empty when withheld."""


@dataclass(frozen=True, slots=True)
class CallerSaid:
    """The caller finished a turn."""

    text: str
    """As transcribed, untrusted; empty when something was said but could not be understood."""
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class CallerKeyed:
    """Keys, already gathered as the last `Listen` asked: one for a menu, all of them for a number."""

    keys: str
    """Of 0-9 * #, without the finishing '#'."""


@dataclass(frozen=True, slots=True)
class CallerSilent:
    """The caller said nothing for as long as the last `Listen` allowed."""


@dataclass(frozen=True, slots=True)
class LookedUp:
    """The answer to the last `LookUp`."""

    status: Literal["found", "not found", "down"]
    values: Mapping[str, str] = field(default_factory=dict)
    """Facts by the names under `gives`, as text; numbers as plain decimals ("1249.50"), yes/no as "yes"/"no"."""


Input: TypeAlias = CallerSaid | CallerKeyed | CallerSilent | LookedUp

# --- what the engine wants done --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Say:
    """Speak a line of prompts/."""

    line: str
    """Its name in the prompts file."""
    text: str
    """With every value filled in."""
    fixed: bool
    """True when the text has no values in it: worth keeping as audio."""
    interruptible: bool = True


@dataclass(frozen=True, slots=True)
class Converse:
    """Let the language model speak this turn; the call streams its words to the caller."""

    instructions: str


class Kind(StrEnum):
    """The shape of the answer that is expected; it decides how long to wait for the caller to go on."""

    CHOICE = "choice"
    ITEM = "catalogue item"
    DIGITS = "digits"
    YES_NO = "yes or no"
    FREE = "free"
    """Anything: the caller talks with the model."""


@dataclass(frozen=True, slots=True)
class Listen:
    """Give the caller the floor."""

    kind: Kind
    language: str
    phrases: tuple[str, ...] = ()
    """All that may be said here, lower case, commands included."""
    fillers: tuple[str, ...] = ()
    """Polite words around them."""
    digits: tuple[int, int] | None = None
    """Fewest and most digits that may be spoken or keyed; None when no number is asked for."""
    silence_s: float = 6.0
    """How long the caller may say nothing before `CallerSilent`."""
    private: bool = False
    """The answer is to be hidden in every log and record."""


@dataclass(frozen=True, slots=True)
class LookUp:
    """Ask the shop's data."""

    source: str
    arguments: Mapping[str, str]
    gives: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HangUp:
    """End the call when everything said before has been heard."""

    disposition: str
    """How it ended, in the flow's own word, such as "goodbye"."""


Action: TypeAlias = Say | Converse | Listen | LookUp | HangUp

# --- what the engine lets be known -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Entered:
    """The call came to a step."""

    flow: str
    step: int
    """Counted from 1 within the flow."""
    action: str
    """The step's word: "say", "menu", ..."""


@dataclass(frozen=True, slots=True)
class Understood:
    """An answer was taken."""

    slot: str
    """Its name, or the menu's line."""
    value: str
    """Empty when private."""
    by: Literal["voice", "keys"]


@dataclass(frozen=True, slots=True)
class Missed:
    """Silence, or something that fits nothing here."""

    what: Literal["no input", "no match"]
    step: str
    """Name of the question."""
    count: int
    """How often at this question, counted from 1."""


Note: TypeAlias = Entered | Understood | Missed

State = TypeVar("State")


@dataclass(frozen=True, slots=True)
class Decision(Generic[State]):
    """What the engine made of one input."""

    state: State
    actions: tuple[Action, ...]
    notes: tuple[Note, ...] = ()
    turn_private: bool = False
    """The caller's words in this turn were an answer that must not be recorded."""
