"""What every call of a process shares."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from callagent.call.callers import Reception
from callagent.call.heartbeat import Pulse
from callagent.clock import Clock
from callagent.dialogue.actions import CallBegan, Decision, Input, LookedUp
from callagent.dialogue.answers import Answers
from callagent.dialogue.evidence import Subjects
from callagent.llm.model import LanguageModel
from callagent.media.vad import VoiceModel
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

    def begin(self, began: CallBegan) -> Decision[Any]:
        """What to say first."""
        ...

    def advance(self, state: Any, given: Input, now: Any) -> Decision[Any]:
        """What to do about an input."""
        ...

    def held(self, state: Any) -> Mapping[str, Any] | None:
        """The state as JSON data, to be taken up should the caller call again; None when there is nothing to."""
        ...

    def resume(self, state: Mapping[str, Any], began: CallBegan) -> Decision[Any] | None:
        """Go on where `held` was; None when that cannot be done."""
        ...


class Voice(Synthesizer, Protocol):
    """A synthesizer that keeps the audio of prompts that do not change."""

    def fixed(self, speech: Speech) -> AsyncGenerator[SpeechChunk, None]:
        """As `synthesize`, from the cache when it is there."""
        ...

    def is_cached(self, speech: Speech) -> bool:
        """Whether `fixed` will answer without synthesis."""
        ...

    async def prepare(self, speeches: Iterable[Speech]) -> int:
        """Have `fixed` answer these at once; how many of them will."""
        ...


LookUp = Callable[[str, Mapping[str, str], Sequence[str]], Awaitable[LookedUp]]
"""Ask the shop's data: source, arguments, names of the facts that are wanted. Never raises."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long things may take, in seconds."""

    call_s: float = 1800.0
    """A call is ended politely after this."""
    pipeline_stop_s: float = 5.0
    """A pipeline that has not stopped by then is left behind."""


@dataclass(frozen=True, slots=True)
class Services:
    """Everything a call needs and does not own."""

    clock: Clock
    heartbeat: Pulse
    voice_model: VoiceModel
    dialogue: Dialogue
    transcriber: Transcriber
    synthesizer: Voice
    look_up: LookUp
    model: LanguageModel | None = None
    voice: str = ""
    """The provider's name of the agent's voice; empty for its default."""
    subjects: Subjects = field(default_factory=Subjects)
    """The shop's items: a price that was looked up for one is no price of another."""
    answers: Answers[tuple[str, ...]] = field(default_factory=Answers)
    """The model's sentences, by the conversation and the facts that they answer."""
    reception: Reception | None = None
    """Who knows callers from earlier calls; None where nobody is remembered."""
    limits: Limits = Limits()
