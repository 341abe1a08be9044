"""A shop's conversation as data: flows of steps, and the lines and words of each language.

Built by `loader.load_flow` only, which has checked every name in it: whoever walks a `Flow` may trust that each
target, line and slot exists.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from typing import ClassVar, Literal, TypeAlias

from callagent.clock import IST
from callagent.dialogue.actions import Kind, Person
from callagent.dialogue.condition import Condition
from callagent.dialogue.facts import KnownSource
from callagent.dialogue.hours import Hours
from callagent.dialogue.slots import By, SlotType
from callagent.dialogue.wording import VARIANTS, Line, Template, Variant
from callagent.errors import Problem

BuiltIn: TypeAlias = Literal["say again", "speak slower", "speak louder", "previous question", "wait"]
"""What `do` may name besides a flow, in `anytime`."""

BUILT_IN: tuple[BuiltIn, ...] = ("say again", "speak slower", "speak louder", "previous question", "wait")

Confirm: TypeAlias = Literal["always", "when unsure", "never"]
Check: TypeAlias = Literal["not in the future", "not in the past"]

CONFIRM_LINE = "did_you_say"
"""Line that reads back {answer}, where the question's own line has no `confirm`."""
WHICH_LINE = "which_one"
"""Line that asks which of {options} is meant."""
CANNOT_SAY = "cannot_say"
"""The line, where staff wrote one, that is said in place of what the model must not say."""
TAKEN_UP = "taken_up"
LEAVE_MESSAGE = "leave_message"
"""What is said to a machine that answers an outbound call, where a flow has it."""
WAITING_LINE = "waiting"
"""The line, where staff wrote one, before a call goes on where the last one was cut off."""
SUGGEST_LINE = "your_number"
"""Line that offers {answer}, where the question's own line has no `suggest`."""


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

    def __hash__(self) -> int:
        return hash(self.line)  # steps are looked up by in every turn, and all of one takes longer than the look-up


@dataclass(frozen=True, slots=True)
class AskStep:
    """Fill a slot with the caller's answer; the question's line has the slot's name, unless it has its own."""

    word: ClassVar[str] = "ask"
    slot: str
    type: SlotType
    choices: tuple[Choice, ...] = ()
    private: bool = False
    confirm: Confirm | None = None
    """None does as `when stuck` says about `unsure`."""
    suggest: str = ""
    """Name of a value that is offered as the answer; empty for none."""
    check: Check | None = None
    remember: str = ""
    """`remember as`: the name under which later calls know it; empty for not at all."""
    by: By = "both"
    only_told: bool = False
    """`if not told: go on`: taken when the caller said it by themselves, and never asked for."""
    own_line: str = ""
    """`line`: what is said instead of the line that is called as the slot."""

    def __hash__(self) -> int:
        return hash(self.slot)  # as in MenuStep

    @property
    def line(self) -> str:
        """Name of the question's line."""
        return self.own_line or self.slot

    @property
    def kind(self) -> Kind:
        """Shape of the answer."""
        return self.type.kind


@dataclass(frozen=True, slots=True)
class ConsentStep:
    """Tell the caller what will be done, and let them refuse. Whoever says nothing, or goes on, allows it."""

    word: ClassVar[str] = "consent"
    name: str
    """What is allowed or not; the line and the remembered value are called so too."""


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
    several: bool = False
    """Ask which one is meant when several are found; else that is `not found`."""
    optional: tuple[str, ...] = ()
    """Of the arguments those that may be missing."""
    translated: tuple[str, ...] = ()
    """What `gives` is called in other languages, such as "address hi"; may be missing."""


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
    knows: tuple[str, ...] = ()
    """Look-ups that it may use, and "shop facts"."""
    never: tuple[str, ...] = ()
    """What it must not do."""
    larger: bool = False
    """Whether the larger of a provider's models is to talk, which answers later."""


@dataclass(frozen=True, slots=True)
class RecordStep:
    """Let the caller leave a message; whether there is one is known as yes or no by the line's name."""

    word: ClassVar[str] = "record"
    line: str
    limit_s: float
    send_to: tuple[str, ...] = ()
    """Names of people."""


@dataclass(frozen=True, slots=True)
class SmsStep:
    """Send a text message."""

    word: ClassVar[str] = "sms"
    text: str
    """Name under `texts` in the prompts."""
    to: str = "caller"
    """Or the name of a person."""


@dataclass(frozen=True, slots=True)
class TransferStep:
    """Hand the caller over to a person."""

    word: ClassVar[str] = "transfer"
    people: tuple[str, ...]
    nobody: str
    """Flow to go to when nobody picks up."""
    whisper: str = ""
    """Line that the person hears first; empty for none."""


Action: TypeAlias = (
    SayStep | MenuStep | AskStep | LookupStep | TalkStep | ConsentStep | RecordStep | SmsStep | TransferStep | Jump
)
Question: TypeAlias = MenuStep | AskStep
Heard: TypeAlias = MenuStep | AskStep | TalkStep | ConsentStep
"""Steps at which the caller is listened to."""


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
    built_in: BuiltIn | None = None
    """Without a jump: what to do, and then the question is heard again."""


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
    confirm_unsure: bool = False
    """Ask back when the words were hardly understood; else they are asked for again."""
    corrections: bool = False
    """An earlier answer may be replaced in a later sentence."""
    topics: bool = False
    """A side question is answered, and the question asked again."""


@dataclass(frozen=True, slots=True)
class Experiment:
    """Callers are divided into parts; `when` may ask for the caller's."""

    name: str
    parts: tuple[tuple[str, int], ...]
    """Name and weight of each; the first is everybody's when it is over."""
    until: date | None = None
    """Last day."""


@dataclass(frozen=True, slots=True)
class Override:
    """Something that is different for a while, in the shop's wall time."""

    until: datetime
    since: datetime | None = None
    shop: str = ""
    """Either "open" or "closed", whatever the hours say; empty for as they say."""
    line: str = ""
    """Line that is not said ..."""
    instead: str = ""
    """... and the one that is."""
    called: tuple[str, ...] = ()
    """What callers call these days, such as a festival's names."""

    def holds(self, now: datetime) -> bool:
        """Whether it is so at a wall time of the shop."""
        wall = now.replace(tzinfo=None)
        return (self.since is None or self.since <= wall) and wall < self.until


@dataclass(frozen=True, slots=True)
class Prompts:
    """One language's part."""

    lines: Mapping[str, Line]
    words: Mapping[str, tuple[str, ...]]
    """Ways to say a choice, a command, "yes", "no", a flow to open; "fillers" are the polite words around them."""
    talk: Mapping[str, str]
    """The model's instructions."""
    texts: Mapping[str, Template] = field(default_factory=dict)
    """Text messages."""
    values: Mapping[str, str] = field(default_factory=dict)
    """How what stands in the shop's tables is said: units, colours, how an order stands."""

    def ways_to_say(self, name: str) -> tuple[str, ...]:
        """A choice's own name, and its words."""
        return (name, *self.words.get(name, ()))


@dataclass(frozen=True, slots=True)
class Item:
    """Something in the catalogue."""

    name: str
    aliases: tuple[str, ...] = ()
    """What else it is called, in any language of the shop."""
    aliases_in: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    """Further names by language; the first is how it is said to callers who speak that."""
    brand: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Rating, size and colour, as far as it has them."""

    def ways_to_say(self, language: str) -> tuple[str, ...]:
        """What callers who speak a language call it."""
        return (self.name, *self.aliases, *self.aliases_in.get(language, ()))

    def names(self) -> tuple[str, ...]:
        """All that it is called."""
        return (self.name, *self.aliases, *(name for names in self.aliases_in.values() for name in names))

    def said(self, language: str) -> str:
        """Its name in a language; the usual one where there is no other."""
        return next(iter(self.aliases_in.get(language, ())), self.name)


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
    """The flow that a call begins with."""
    when_finished: str
    flows: Mapping[str, tuple[Step, ...]]
    prompts: Mapping[str, Prompts]
    """By language."""
    stuck: Stuck
    commands: tuple[Command, ...] = ()
    hours: Hours | None = None
    timezone: tzinfo = IST
    """Of the hours, whatever the machine's is."""
    items: tuple[Item, ...] = field(default=(), repr=False)
    people: Mapping[str, Person] = field(default_factory=dict)
    experiments: tuple[Experiment, ...] = ()
    overrides: tuple[Override, ...] = ()
    start_outbound: str = ""
    """The flow that a call begins with which the agent made; empty for `start`."""
    topics: Mapping[str, str] = field(default_factory=dict)
    """Side questions: name of an intent or of a list of words, to the flow that answers it."""
    sources: Mapping[str, KnownSource] = field(default_factory=dict, repr=False, compare=False)
    """What can be looked up."""
    homes: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)
    """By flow: the file in which it stands, as staff know it."""
    warnings: tuple[Problem, ...] = field(default=(), repr=False, compare=False)
    """What is not wrong enough to keep the flow from calls."""
    _by_name: Mapping[str, Item] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_name", {item.name: item for item in self.items})

    @property
    def starts(self) -> tuple[str, ...]:
        """The flows that calls begin with."""
        return tuple(dict.fromkeys(name for name in (self.start, self.start_outbound) if name))

    def item_called(self, name: str) -> Item | None:
        """The item of that very name; None when there is none."""
        return self._by_name.get(name)

    @property
    def kept(self) -> frozenset[str]:
        """Values that are not forgotten when the flow that asked for them is done."""
        steps = (step.action for steps in self.flows.values() for step in steps)
        names = {
            action.slot
            if isinstance(action, MenuStep)
            else action.remember
            if isinstance(action, AskStep)
            else action.name
            for action in steps
            if isinstance(action, MenuStep | AskStep | ConsentStep)
        }
        return frozenset({*names, "language", "caller number"} - {""})

    @property
    def asks_which(self) -> bool:
        """Whether a look-up may find several items, and the caller is asked for one of them."""
        steps = (step.action for steps in self.flows.values() for step in steps)
        return any(isinstance(action, LookupStep) and action.several for action in steps)

    def shop_is(self, now: datetime) -> str:
        """Either "open" or "closed" at a wall time of the shop; empty when nobody says."""
        for override in self.overrides:
            if override.shop and override.holds(now):
                return override.shop
        return "" if self.hours is None else "open" if self.hours.open_at(now) else "closed"

    @property
    def holidays(self) -> tuple[tuple[tuple[str, ...], date], ...]:
        """The names of days that have some, and the days, in their order; of an override the day in its middle."""
        own = [(names, day) for day, names in self.hours.names.items()] if self.hours is not None else []
        told = [
            (one.called, (one.until - (one.until - (one.since or one.until)) / 2).date())
            for one in self.overrides
            if one.called
        ]
        return tuple(sorted((*own, *told), key=lambda each: each[1]))

    def line_at(self, name: str, now: datetime) -> str:
        """The line that is said for `name` at a wall time of the shop."""
        return next((one.instead for one in self.overrides if one.line == name and one.holds(now)), name)

    def fixed_lines(self, language: str) -> tuple[str, ...]:
        """Every text of a language that is the same for all callers, in all its wordings: worth keeping as audio."""
        return tuple(dict.fromkeys(text for _, text in self.fixed_wordings(language)))

    def beginnings(self, language: str, *, clauses: bool) -> tuple[str, ...]:
        """What lines with values begin with for all callers: whole sentences, with `clauses` up to a comma as well."""
        templates = (one for line in self.prompts[language].lines.values() for one in line.wordings.values())
        found = (template.beginnings[clauses] for template in templates)
        return tuple(dict.fromkeys(text for text in found if text))

    def fixed_wordings(self, language: str) -> tuple[tuple[str, str], ...]:
        """As `fixed_lines`, each text behind the name of its line, a line's first wording before its others."""
        texts = (
            (line.name, line.wordings[variant].fill({}, language))
            for line in self.prompts[language].lines.values()
            for variant in VARIANTS
            if variant in line.wordings and line.wordings[variant].fixed
        )
        return tuple(dict.fromkeys(texts))
