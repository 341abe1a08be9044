"""What every call of a process shares."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from callagent.call.callers import Learned, Reception
from callagent.call.heartbeat import Pulse
from callagent.call.parking import Parking
from callagent.call.stored import StoredPrompts
from callagent.clock import Clock
from callagent.dialogue.actions import CallBegan, Decision, Input, Listen, LookedUp, Mood, Person, Say, SoFar
from callagent.dialogue.answers import Answers
from callagent.dialogue.evidence import Subjects
from callagent.llm.model import LanguageModel, ToolRound
from callagent.media.noise import NoiseMode
from callagent.media.voice_pool import VoicePool
from callagent.stt.transcriber import Transcriber
from callagent.tts.synthesizer import Speech, SpeechChunk, Synthesizer


class Dialogue(Protocol):
    """A flow as the call sees it: pure, and the same for all calls that began with it."""

    @property
    def name(self) -> str:
        """The flow's name."""
        ...

    @property
    def version(self) -> str:
        """Content hash."""
        ...

    @property
    def language(self) -> str:
        """The language that a call begins in."""
        ...

    @property
    def people(self) -> Mapping[str, Person]:
        """Whom the flow may write to or hand a caller to, by name."""
        ...

    def phrases(self, name: str) -> Sequence[str]:
        """What the prompts of all languages have under a name, as callers say it."""
        ...

    def so_far(self, text: str, listen: Listen | None) -> SoFar:
        """Read what was recognized in a turn that may not be over, as an answer to what is asked, if anything is."""
        ...

    def begin(self, began: CallBegan) -> Decision[Any]:
        """What to say first."""
        ...

    def advance(self, state: Any, given: Input, now: Any) -> Decision[Any]:
        """What to do about an input."""
        ...

    def unfinished(self, state: Any) -> Mapping[str, Any] | None:
        """The state as JSON data, to be taken up should the caller call again; None when there is nothing to."""
        ...

    def snapshot(self, state: Any) -> Mapping[str, Any]:
        """The whole state as JSON data, with every word and answer in it."""
        ...

    def resume(self, state: Mapping[str, Any], began: CallBegan) -> Decision[Any] | None:
        """Go on where the call was that `unfinished` kept; None when that cannot be done."""
        ...


class Voice(Synthesizer, Protocol):
    """A synthesizer that keeps the audio of prompts that do not change."""

    def fixed(self, speech: Speech) -> AsyncGenerator[SpeechChunk, None]:
        """As `synthesize`, from the cache when it is there."""
        ...

    def is_cached(self, speech: Speech) -> bool:
        """Whether `fixed` will answer without synthesis."""
        ...

    def common(self, speech: Speech) -> AsyncGenerator[SpeechChunk, None]:
        """As `synthesize`, from memory when it was said a while ago."""
        ...

    def is_remembered(self, speech: Speech) -> bool:
        """Whether `common` will answer without synthesis."""
        ...

    async def prepare(self, speeches: Iterable[Speech]) -> int:
        """Have `fixed` answer these at once; how many of them will."""
        ...


class Ahead(Protocol):
    """Makes prompts ready in the background."""

    def prepare(self, speeches: Iterable[Speech]) -> None:
        """Make what is not there yet, unless others are being made."""
        ...

    async def aclose(self) -> None:
        """Stop."""
        ...


def _anybody(_number: str) -> bool:
    return True


def _nobody(_number: str) -> str:
    return ""


LookUp = Callable[[str, Mapping[str, str], Sequence[str]], Awaitable[LookedUp]]
"""Ask the shop's data: source, arguments, names of the facts that are wanted. Never raises."""


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """What a model answered once, worth giving again."""

    said: tuple[str, ...]
    """Sentences; or the one JSON text that was asked for."""
    rounds: tuple[ToolRound, ...] = ()
    """The look-ups that it rests on: it holds as long as they come to the same."""


class TurnJudge(Protocol):
    """Hears whether a turn is over."""

    async def completeness(self, pcm: bytes) -> float | None:
        """0 to 1, that what was said up to now is complete; None when it cannot be told in time. May be cancelled."""
        ...


@dataclass(frozen=True, slots=True)
class Limits:
    """How long things may take, in seconds."""

    call_s: float = 1800.0
    """A call is ended politely after this."""
    silent_s: float = 45.0
    """So is one in which the caller was asked again and again and said nothing for so long altogether."""
    no_media_s: float = 18.0
    """A line that brings no audio for so long is dead: 20 s with the time that its end takes."""
    stuck_s: float = 8.0
    """A call whose carrier does not end it is over so long after the agent hung up."""
    pipeline_stop_s: float = 5.0
    """A pipeline that has not stopped by then is left behind."""
    understand_s: float = 1.5
    """A language model that has not told what a caller meant by then cannot tell."""
    think_s: float = 0.7
    """A language model that has not said anything by then is spoken for: the caller is asked for a moment."""
    look_up_s: float = 0.7
    """Where the shop's data takes longer, the caller is told that it is being looked up."""
    speak_s: float = 8.5
    """A voice of which nothing is heard by then is not going to say it."""
    talk_s: float = 8.0
    """A language model that talks may be silent for so long, before its first word and after any other."""


@dataclass(frozen=True, slots=True)
class Services:
    """Everything a call needs and does not own."""

    clock: Clock
    heartbeat: Pulse
    voice_pool: VoicePool
    """Where the callers of all calls are judged together."""
    dialogue: Dialogue
    transcriber: Transcriber
    synthesizer: Voice
    look_up: LookUp
    model: LanguageModel | None = None
    voice: str = ""
    """The provider's name of the agent's voice; empty for its default."""
    voices: Mapping[str, Mapping[Mood, str]] = field(default_factory=dict)
    """By language and mood, where it is to be another than `voice`."""
    subjects: Subjects = field(default_factory=Subjects)
    """The shop's items: a price that was looked up for one is no price of another."""
    answers: Answers[KeptAnswer] = field(default_factory=Answers)
    """The model's answers, by all that they answer."""
    reception: Reception | None = None
    """Who knows callers from earlier calls; None where nobody is remembered."""
    limits: Limits = Limits()
    noise: NoiseMode = "off"
    """Whether a line's noise is taken out of what the transcriber hears."""
    turn_judge: TurnJudge | None = None
    """Asked where neither words nor question tell whether a caller has finished; None for nobody."""
    stored: StoredPrompts = field(default_factory=StoredPrompts)
    """What can be said without any synthesizer."""
    ahead: Ahead | None = None
    """Who makes prompts ready while callers speak; None where nobody does."""
    parking: "Parking[ParkedCall]" = field(default_factory=Parking)
    """Calls that somebody else is being rung for."""
    may_ring: Callable[[str], bool] = _anybody
    """Whether one of the flow's people, by number, may be rung for a caller."""
    key_of: Callable[[str], str] = _nobody
    """The key by which a caller's calls are found, by number; empty where none is made."""

    def voice_for(self, language: str, mood: Mood) -> str:
        """The provider's name of the voice for a language and a mood; empty for its default."""
        return self.voices.get(language, {}).get(mood) or self.voice

    def speech(self, say: Say, language: str) -> Speech:
        """What is said, as it is given to the synthesizer."""
        return Speech(say.text, language, self.voice_for(language, say.mood), say.pace)

    def voices_of(self, language: str) -> tuple[str, ...]:
        """All the voices that a line of a language may be said with, the usual one first."""
        moods: tuple[Mood, ...] = ("business", "casual", "calm")
        return tuple(dict.fromkeys(self.voice_for(language, mood) for mood in moods))


@dataclass(frozen=True, slots=True)
class ParkedCall:
    """A call that was handed over, as it goes on when nobody picks up."""

    dialogue: Dialogue
    """The one it began with, and the shop's data of then: a call ends on the version of the flow that it began on."""
    look_up: LookUp
    subjects: Subjects
    state: Any
    """The dialogue's."""
    declined: bool
    """Whether the caller does not want to be recorded."""
    learned: Learned
    """Of the caller; whoever refused to be remembered has refused for the whole call."""
