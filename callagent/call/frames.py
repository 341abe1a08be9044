"""What travels through a call's pipeline: once per turn, never per chunk.

The pipecat frames of callagent. Each names the caller's turn that it belongs to; when the caller has moved on to
another turn, what still arrives for the old one is dropped.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

from pipecat.frames.frames import DataFrame

from callagent.call.feed import AudioFeed
from callagent.dialogue.actions import (
    AskModel,
    CallBegan,
    CallerKeyed,
    CallerSaid,
    CallerSilent,
    CallerUnheard,
    Converse,
    HangUp,
    Listen,
    ModelFailed,
    ModelUnderstood,
    NothingWorks,
    Record,
    Recorded,
    Say,
    Transfer,
    Transferred,
)
from callagent.events import TranscriptReceived
from callagent.stt.transcriber import Hints
from callagent.tts.synthesizer import Speech

Given: TypeAlias = (
    CallBegan
    | CallerSaid
    | CallerKeyed
    | CallerSilent
    | CallerUnheard
    | ModelUnderstood
    | ModelFailed
    | NothingWorks
    | Recorded
    | Transferred
)
Last: TypeAlias = Listen | HangUp | Record | Transfer
"""What an answer ends with."""


@dataclass
class TurnOpenedFrame(DataFrame):
    """The caller began to speak: transcribe what comes through the feed until it ends, or is dropped.

    No interruption ends that: who barges in is being transcribed when the agent is interrupted.
    """

    audio: AudioFeed
    hints: Hints
    interruptible: bool = field(default=False, init=False)


@dataclass
class InputFrame(DataFrame):
    """What the caller did or meant, for the dialogue. An interruption must not tear a decision in half."""

    turn: int
    given: Given
    heard: TranscriptReceived | None = None
    """The words as an event that is yet to be written: only the dialogue knows whether they are private."""
    interruptible: bool = field(default=False, init=False)


@dataclass
class EarlyInputFrame(DataFrame):
    """What the caller said so far, for an answer that is begun before it is known that this was all."""

    turn: int
    given: CallerSaid


@dataclass
class SayFrame(DataFrame):
    """A sentence or so to be spoken."""

    turn: int
    say: Say
    language: str


@dataclass
class AskModelFrame(DataFrame):
    """The language model is to tell what the caller meant."""

    turn: int
    asked: AskModel


@dataclass
class ConverseFrame(DataFrame):
    """The language model is to speak."""

    turn: int
    wanted: Converse
    language: str
    then: Last
    """What the answer ends with when the model has spoken."""


@dataclass
class AnswerEndFrame(DataFrame):
    """All of the agent's answer is on its way; what comes when it has been heard."""

    turn: int
    then: Last
    soon: Iterable[Speech] = ()
    """Prompts that may come after it; found while it is read."""
