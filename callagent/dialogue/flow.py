"""A shop's conversation as data: flows of steps, and the lines and words of each language.

Built by `loader.load_flow` only, which has checked every name in it: whoever walks a `Flow` may trust that each
target, line and slot exists.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal, TypeAlias
from zoneinfo import ZoneInfo

from callagent.clock import IST
from callagent.dialogue.actions import Kind
from callagent.dialogue.condition import Condition
from callagent.dialogue.hours import Hours
from callagent.dialogue.wording import VARIANTS, Line, Variant

SAY_AGAIN = "say again"
"""What `do` may name besides a flow, in `anytime`."""


@dataclass(frozen=True, slots=True)
class Jump:
    """Where to go on."""

    how: Literal["do", "go to", "end"]
    """Come back after it; do not come back; say a line and hang up."""
    target: str
    """Name of a flow; of a line for "end"."""

    @property
    def word(self) -> str:
        """The step's word in the flow file."""
        return self.how


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing a caller may choose."""

    name: str
    press: str = ""
    """Key that chooses it, one of 0-9 * #; empty for none."""
    jump: Jump | None = None
    """None goes on with the next step."""


@dataclass(frozen=True, slots=True)
class SayStep:
    """Speak a line."""

    word: ClassVar[str] = "say"
    line: str


@dataclass(frozen=True, slots=True)
class MenuStep:
    """Let the caller choose where to go."""

    word: ClassVar[str] = "menu"
    line: str
    choices: tuple[Choice, ...]
    slot: str = ""
    """`remember as`: where the choice's name is kept; empty for nowhere."""
    anything_else: str = ""
    """Flow for words that fit no choice; empty for the ladder of `when stuck`."""


@dataclass(frozen=True, slots=True)
class AskStep:
    """Fill a slot with the caller's answer; the question's line has the slot's name."""

    word: ClassVar[str] = "ask"
    slot: str
    kind: Kind
    choices: tuple[Choice, ...] = ()
    digits: tuple[int, int] | None = None
    private: bool = False

    @property
    def line(self) -> str:
        """Name of the question's line."""
        return self.slot


@dataclass(frozen=True, slots=True)
class LookupStep:
    """Ask the shop's data."""

    word: ClassVar[str] = "lookup"
    source: str
    arguments: tuple[str, ...]
    gives: tuple[str, ...]
    down: str
    """Flow to go to when the source does not answer."""
    not_found: str
    """Flow to go to when the source has no such thing."""


@dataclass(frozen=True, slots=True)
class TalkStep:
    """Let the caller talk with the language model."""

    word: ClassVar[str] = "talk"
    name: str
    """Of the instructions, in `talk:` of the prompts."""
    may_open: tuple[str, ...]
    """Flows that the caller may open by saying their words."""
    at_most: int
    """Turns of the model, after which the flow goes on."""


Action: TypeAlias = SayStep | MenuStep | AskStep | LookupStep | TalkStep | Jump
Question: TypeAlias = MenuStep | AskStep


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a flow."""

    action: Action
    line: int
    """In the flow's file."""
    when: Condition | None = None


@dataclass(frozen=True, slots=True)
class Command:
    """What a caller may say or press at every question."""

    name: str
    press: str = ""
    jump: Jump | None = None
    """None repeats what was said last."""


@dataclass(frozen=True, slots=True)
class Rung:
    """What happens after a stumble: ask in other words, or leave."""

    ask: Variant | None = None
    jump: Jump | None = None


@dataclass(frozen=True, slots=True)
class Stuck:
    """The repair of silence and misunderstanding; the last rung of each ladder leaves the question."""

    silence: tuple[Rung, ...]
    not_understood: tuple[Rung, ...]
    in_one_call: int
    """So many stumbles in all take the last rung; twice as many end the call."""
    at_last: str = ""
    """Line before that end; empty for none."""


@dataclass(frozen=True, slots=True)
class Prompts:
    """One language's part."""

    lines: Mapping[str, Line]
    words: Mapping[str, tuple[str, ...]]
    """Ways to say a choice, a command, "yes", "no", a flow to open; "fillers" are the polite words around them."""
    talk: Mapping[str, str]
    """The model's instructions."""

    def ways_to_say(self, name: str) -> tuple[str, ...]:
        """A choice's own name, and its words."""
        return (name, *self.words.get(name, ()))


@dataclass(frozen=True, slots=True)
class Item:
    """Something in the catalogue."""

    name: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Flow:
    """A whole phone conversation."""

    name: str
    """Name of its folder."""
    version: str
    """First 12 hexadecimal digits of the hash of all its files."""
    languages: tuple[str, ...]
    """The first is used until the caller chooses."""
    start: str
    when_finished: str
    flows: Mapping[str, tuple[Step, ...]]
    prompts: Mapping[str, Prompts]
    """By language."""
    stuck: Stuck
    commands: tuple[Command, ...] = ()
    hours: Hours | None = None
    timezone: ZoneInfo = IST
    """Of the hours, whatever the machine's is."""
    items: tuple[Item, ...] = field(default=(), repr=False)

    def fixed_lines(self, language: str) -> tuple[str, ...]:
        """Every text of a language that is the same for all callers, in all its wordings: worth keeping as audio."""
        texts = (
            line.wordings[variant].fill({}, language)
            for line in self.prompts[language].lines.values()
            for variant in VARIANTS
            if line.wordings[variant].fixed
        )
        return tuple(dict.fromkeys(texts))
