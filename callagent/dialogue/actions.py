"""What goes into the dialogue engine and what comes out.

The engine is pure: ``engine.begin(...)`` and ``engine.advance(state, input)`` return a `Decision`, whose actions the
call performs in order. Only the last action waits for something (`Listen`, `LookUp`, `AskModel`, `Transfer`, `Record`,
`HangUp`); all before it are `Immediate`. Nothing here knows of audio, time or providers.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, Generic, Literal, TypeAlias, TypeVar

from callagent.dialogue.commands import ModelCommand, StepContext
from callagent.dialogue.facts import KnownSource
from callagent.dialogue.interpretation import Interpretation

VOICEMAIL: Final = "voicemail"
"""How a call ends that a machine answered."""

# --- what the call tells the engine ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CallBegan:
    """The caller is on the line and nothing has been said."""

    now: datetime
    """Wall time with its zone, whichever it is: opening hours depend on it."""
    caller: str = ""
    """E.164 number; empty when withheld."""
    seed: int = 0
    """Any number that differs from call to call: it picks the half of an experiment for callers without a number."""
    known: Mapping[str, str] = field(default_factory=dict)
    """What is remembered of this caller, for `when`: "caller" is "new" or "known", "caller's last call" its end.

    Without "caller" nobody remembers callers, and none is asked whether they want to be.
    """
    outbound: bool = False
    """Whether the agent rang the caller."""
    machine: bool = False
    """Whether a machine answered, which nobody talks with: it may be left a message."""
    drawn: Mapping[str, str] = field(default_factory=dict)
    """Parts of experiments, by name, that this caller is known to be in; of all others a part is drawn."""


@dataclass(frozen=True, slots=True)
class CallerSaid:
    """The caller finished a turn."""

    text: str
    """As transcribed, untrusted; empty when something was said but could not be understood."""
    confidence: float = 1.0
    language: str = ""
    """The language it was said in, where that is known; two turns in another language change the call's."""


@dataclass(frozen=True, slots=True)
class CallerKeyed:
    """Keys, already gathered as the last `Listen` asked: one for a menu, all of them for a number."""

    keys: str
    """Of 0-9 * #, without the finishing '#'."""


@dataclass(frozen=True, slots=True)
class CallerSilent:
    """The caller said nothing for as long as the last `Listen` allowed."""


@dataclass(frozen=True, slots=True)
class CallerUnheard:
    """The caller finished a turn, and nobody could transcribe it: every transcriber failed."""


@dataclass(frozen=True, slots=True)
class ModelFailed:
    """The talk with the language model is over: every model failed, and its line was said in their place."""


@dataclass(frozen=True, slots=True)
class NothingWorks:
    """The caller can neither be heard nor be told anything but stored prompts."""


@dataclass(frozen=True, slots=True)
class LookedUp:
    """The answer to the last `LookUp`."""

    status: Literal["found", "not found", "down", "several"]
    values: Mapping[str, str] = field(default_factory=dict)
    """Facts by the names under `gives`, as text; numbers as plain decimals ("1249.50"), yes/no as "yes"/"no"."""
    candidates: tuple[str, ...] = ()
    """With "several": the items that fit, by name, likeliest first."""


@dataclass(frozen=True, slots=True)
class Transferred:
    """What became of the last `Transfer`."""

    status: Literal["answered", "nobody"]
    """Somebody has the caller now, or the caller is back."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """The last `Record` is done."""

    seconds: float
    """Length of the message; 0.0 when there is none."""


@dataclass(frozen=True, slots=True)
class ModelUnderstood:
    """The answer to the last `AskModel`; or, while the caller talks with the model, the flow that it wants to open."""

    commands: tuple[ModelCommand, ...]
    said: CallerSaid = CallerSaid("")
    """What the model was asked about: the rules decide about it when the model could not tell."""


ByCall: TypeAlias = CallerUnheard | ModelFailed | NothingWorks
"""What the call tells of itself: a whole stage is down."""
Input: TypeAlias = (
    CallerSaid | CallerKeyed | CallerSilent | LookedUp | Transferred | Recorded | ModelUnderstood | ByCall
)

# --- what the engine wants done --------------------------------------------------------------------------------


Mood: TypeAlias = Literal["business", "casual", "calm"]
"""The voice's manner: for prices and questions, for small talk, for trouble."""


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
    mood: Mood = "business"
    pace: float = 1.0
    """Of the voice's usual speed: 0.7 is slow."""
    gain_db: float = 0.0
    """Above the usual loudness."""
    told_everybody: bool = field(default=False, compare=False)
    """Whether its values are the shop's, and none is of this caller: the same is likely to be said again."""
    opening: str = field(default="", compare=False)
    """The whole sentences that it begins with for every caller; empty when there are none, and for a fixed text."""
    lead: str = field(default="", compare=False)
    """Likewise, up to the last comma before a value."""


@dataclass(frozen=True, slots=True)
class Converse:
    """Let the language model speak this turn; the call streams its words to the caller."""

    instructions: str
    instead: Say | None = None
    """What is said in place of a sentence that claims what nobody looked up."""
    knows: Mapping[str, KnownSource] = field(default_factory=dict)
    """Look-ups that it may use, by name."""
    given: Mapping[str, str] = field(default_factory=dict)
    """Arguments that are not the model's to choose, such as the number that calls."""
    may_open: tuple[str, ...] = ()
    """Flows that it may open."""
    never: tuple[str, ...] = ()
    """What it must not do, in the staff's words; the instructions hold them too."""
    turns_left: int = 1
    """Answers that it has left in this talk, this one included."""
    mood: Mood = "casual"
    pace: float = 1.0
    gain_db: float = 0.0
    larger: bool = False
    """Whether the larger of a provider's models is to talk."""


class Kind(StrEnum):
    """The shape of the answer that is expected; it decides how long to wait for the caller to go on."""

    CHOICE = "choice"
    ITEM = "catalogue item"
    DIGITS = "digits"
    YES_NO = "yes or no"
    NUMBER = "number"
    PHONE = "phone number"
    DATE = "date"
    PIN_CODE = "pin code"
    NAME = "name"
    TEXT = "free text"
    """Anything, to be kept as it was said."""
    FREE = "free"
    """Anything: the caller talks with the model."""


MANNERS: Final = ("backchannels", "interruptions", "unfinished")
"""What the prompts call the words for who speaks: a listener's, those that take the floor, those before more."""


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
class SoFar:
    """What a caller has said in a turn that may not be over."""

    words: tuple[str, ...] = ()
    """Lower case, without punctuation."""
    is_answer: bool = False
    """Whether they are one of the answers that can be given now, or of the commands, and nothing else."""
    digits: int | None = None
    """How many digits of the number that is asked for are in them; None where none is asked for."""


@dataclass(frozen=True, slots=True)
class LookUp:
    """Ask the shop's data."""

    source: str
    arguments: Mapping[str, str]
    gives: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AskModel:
    """Have the language model pick from a closed list what the caller's words mean; answered by `ModelUnderstood`.

    Always alone in its decision. Until it is answered the conversation stands where it was: a caller who goes on
    meanwhile is simply heard.
    """

    context: StepContext
    said: CallerSaid
    language: str


@dataclass(frozen=True, slots=True)
class HangUp:
    """End the call when everything said before has been heard."""

    disposition: str
    """How it ended, in the flow's own word, such as "goodbye"."""


@dataclass(frozen=True, slots=True)
class SendText:
    """Send a text message; whoever performs it judges once more whether `to` may be written to."""

    line: str
    """Its name under `texts` in the prompts file."""
    text: str
    to: str
    """Either "caller" or the name of one of the flow's people: never a number that somebody said."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whom a call can be handed to."""

    name: str
    phone: str
    """As written in the flow file, without spaces."""
    ring_s: float = 25.0


@dataclass(frozen=True, slots=True)
class Transfer:
    """Hand the caller over; answered by `Transferred`."""

    people: tuple[Person, ...]
    """To be rung one after the other."""
    whisper: str = ""
    """What the person hears before the caller joins; empty for nothing."""


@dataclass(frozen=True, slots=True)
class Record:
    """Record what the caller says now, as a message; answered by `Recorded`."""

    line: str
    """Name of the message."""
    limit_s: float
    send_to: tuple[Person, ...] = ()


@dataclass(frozen=True, slots=True)
class Consent:
    """The caller allowed something or did not."""

    to: str
    """Such as "recording": the call is recorded, or what is recorded of it is thrown away."""
    allowed: bool


@dataclass(frozen=True, slots=True)
class Remember:
    """Keep a value for this caller's next calls, as far as the caller agreed to be known."""

    name: str
    value: str


Immediate: TypeAlias = Say | Converse | SendText | Consent | Remember
"""Done in passing."""

Action: TypeAlias = Immediate | Listen | LookUp | AskModel | Transfer | Record | HangUp

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
    by: Literal["voice", "keys", "model"]


@dataclass(frozen=True, slots=True)
class Missed:
    """Silence, or something that fits nothing here."""

    what: Literal["no input", "no match"]
    step: str
    """Name of the question."""
    count: int
    """How often at this question, counted from 1."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """The caller is in this part of an experiment."""

    experiment: str
    part: str


Note: TypeAlias = Entered | Understood | Missed | Drawn

State = TypeVar("State")


@dataclass(frozen=True, slots=True)
class Decision(Generic[State]):
    """What the engine made of one input."""

    state: State
    actions: tuple[Action, ...]
    notes: tuple[Note, ...] = ()
    turn_private: bool = False
    """The caller's words in this turn were an answer that must not be recorded."""
    found: Interpretation | None = field(default=None, compare=False)
    """What the caller's sentence was taken to say; None where nobody had to interpret one."""
    secrets: tuple[str, ...] = field(default=(), compare=False)
    """All private answers that are known by now."""
