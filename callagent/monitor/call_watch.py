"""One call's events as values for the scores: what the call shows of the providers that served it."""

from collections.abc import Callable
from typing import Final, TypeAlias

from callagent.events import (
    AgentStopped,
    AnswerTaken,
    BargedIn,
    CallerStarted,
    CallerStopped,
    Event,
    NoMatch,
    ProviderAnswered,
    ProviderFailed,
    SpeechReady,
    TranscriptReceived,
    TurnEnded,
)
from callagent.media.audio import SAMPLE_RATE
from callagent.monitor.scores import FIRST_S, Key

SPOKE_S: Final = 0.5
"""So much speech in a turn is words: a cough is none."""

Note: TypeAlias = Callable[[Key, str, float, float], None]
"""Takes a provider, a measure, its value, and the time since the call began in seconds."""


class CallWatch:
    """One per call; `note` gets each value as it is known."""

    def __init__(self, note: Note) -> None:
        self._note = note
        self._voice_began: int | None = None
        self._spoken_s = 0.0
        """Speech in the caller's turn, as the voice detector heard it."""
        self._by_voice = False
        """Whether the turn that is being answered was spoken."""
        self._heard_by: Key | None = None
        """Who recognized the words that the dialogue is about to judge."""
        self._speaker: Key | None = None
        """Whose voice the caller is hearing."""
        self._cut_before = False

    def on_event(self, event: Event) -> None:
        """Take the call's next event."""
        match event:
            case ProviderAnswered(stage=stage, provider=provider):
                key: Key = stage, provider
                self._note(key, FIRST_S, event.first_s, event.at_s)
                self._note(key, "errors", 0.0, event.at_s)
                if stage == "tts":
                    self._note(key, "flawed", float(bool(event.flaw)), event.at_s)
            case ProviderFailed(stage=stage, provider=provider):
                self._note((stage, provider), "errors", 1.0, event.at_s)
            case SpeechReady() | BargedIn(by="voice") | AgentStopped():
                self._agent(event)
            case _:
                self._caller(event)

    def _caller(self, event: Event) -> None:
        """What is heard of the caller, and what becomes of it."""
        match event:
            case CallerStarted():
                self._voice_began = event.position
            case CallerStopped() if self._voice_began is not None:
                self._spoken_s += (event.position - self._voice_began) / SAMPLE_RATE
                self._voice_began = None
            case TurnEnded():
                self._by_voice = event.by == "voice"
                self._heard_by = None
            case TranscriptReceived():
                self._transcript(event)
            case NoMatch() | AnswerTaken() if self._heard_by is not None:
                self._note(self._heard_by, "no_match", float(isinstance(event, NoMatch)), event.at_s)
                self._heard_by = None

    def _transcript(self, event: TranscriptReceived) -> None:
        spoken_s, self._spoken_s = self._spoken_s, 0.0
        if not event.provider:
            return
        key: Key = "stt", event.provider
        if self._by_voice and spoken_s >= SPOKE_S:
            self._note(key, "empty", float(not event.text), event.at_s)
        if event.text:
            self._note(key, "confidence", event.confidence, event.at_s)
            self._heard_by = key

    def _agent(self, event: Event) -> None:
        """Callers who cut a voice off again and again cannot bear it, or do not understand it."""
        match event:
            case SpeechReady():
                self._speaker = "tts", event.provider
            case BargedIn() if self._speaker is not None:
                self._note(self._speaker, "barge_ins", float(self._cut_before), event.at_s)
                self._cut_before = True
            case AgentStopped(interrupted=False) if self._speaker is not None:
                self._note(self._speaker, "barge_ins", 0.0, event.at_s)
                self._cut_before = False
