"""A call that was recorded elsewhere becomes one of ours: a folder as a live call leaves it.

The sound goes through the voice detector and the transcriber of live calls. Written is what can be heard, and no more:
when caller and agent spoke, and what the caller said. The call never met our flow, so there is no decision of a
dialogue among its events, and its flow has no version: a replay gives the caller's words, or the sound, to today's.
Events have the time at which they were on the line; how long recognition took then nobody knows, so it takes none.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime
from difflib import SequenceMatcher
from pathlib import Path
from typing import Final

import numpy as np

from callagent.call.summary import summarize
from callagent.dialogue.understanding import words_of
from callagent.errors import ProviderError, ProviderTimeoutError, RecordingError
from callagent.events import (
    AgentStarted,
    AgentStopped,
    CallEnded,
    CallerStarted,
    CallerStopped,
    CallStarted,
    Event,
    ProviderFailed,
    ProviderUsed,
    TranscriptReceived,
    TurnEnded,
)
from callagent.evidence import UtteranceTranscribed
from callagent.media.audio import CHUNK_BYTES, SAMPLE_RATE, Chunk, duration_s
from callagent.media.vad import WINDOW
from callagent.media.voice_pool import VoicePool
from callagent.media.wav_stream import Rows
from callagent.recording.aside import made_aside
from callagent.recording.at_rest.files import PLAIN
from callagent.recording.at_rest.keys import KeyRing
from callagent.recording.folder import IMPORTED
from callagent.recording.folder_names import folder_name
from callagent.recording.import_sound import Sides, Source, fingerprint, open_sides
from callagent.recording.import_turns import PAUSE_S, SHORT_PAUSE_S, Spoken, Turns
from callagent.recording.recorder import DiskWriter, Recorder
from callagent.stt.transcriber import Hints, Transcriber, Transcript
from callagent.telephony.masking import masked_number

DISPOSITION: Final = "imported"
FASTER: Final = 4.0
"""So many times as fast as it was spoken is the sound given to a transcriber: one on this machine keeps up with it."""

ALIKE: Final = 0.7
"""Part of the words of a turn and of a sentence that must be the same, for the turn to be that sentence."""

Told = Callable[[float], None]
"""Hears which part of the work is done, 0 to 1."""


@dataclass(frozen=True, slots=True)
class About:
    """What the sound does not tell."""

    flow: str
    """Name of the shop's."""
    language: str
    started: datetime
    """With its zone."""
    caller: str = ""
    """E.164 number; empty when it is not known."""
    caller_key: str = ""
    """By which the caller's calls are found; empty when they are not known."""
    agent_words: tuple[str, ...] = ()
    """Sentences of the agent's: where one channel holds all, turns with such words are the agent's."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a recording."""

    folder: Path
    duration_s: float
    apart: bool
    """Whether caller and agent could be told apart; else all that was said is taken for the caller's."""
    turns: int
    agents: int
    """How many more were known for the agent's by their words."""
    understood: int
    """Of these, how many have words."""
    failed: int
    """And for how many the transcriber failed."""


class Importer:
    """Imports calls into one folder, one after the other."""

    def __init__(
        self,
        recordings: Path,
        transcriber: Transcriber,
        voices: VoicePool,
        faster: float = FASTER,
        keys: KeyRing = PLAIN,
    ) -> None:
        self._recordings = recordings
        self._transcriber = transcriber
        self.voices = voices
        self._faster = faster
        self.keys = keys

    async def take(self, source: Source, about: About, hints: Hints, told: Told = lambda _: None) -> Imported:
        """Import a call; `hints` are what callers can be expected to say in it.

        Raises MediaError for a file that is no honest WAV, RecordingError when it was imported before or when the disk
        does not take it, and ConfigurationError. Nothing is left behind then.
        """
        with open_sides(source) as sides:
            call_id = await asyncio.to_thread(fingerprint, source)
            to = self._target(call_id, about)
            with made_aside(to) as folder:
                done = await _Import(self, sides, about, hints, call_id, told).run(folder)
        return replace(done, folder=to)

    def _target(self, call_id: str, about: About) -> Path:
        known = next(self._recordings.glob(f"*-{call_id}-1"), None)
        if known is not None:
            raise RecordingError(f"{known}: this recording was imported before. Delete that call to import it anew.")
        return self._recordings / folder_name(about.started, call_id, 1)

    async def transcribe(self, pcm: bytes, hints: Hints) -> Transcript:
        """The words of one turn; who is too slow is asked again, at the pace of a call. Raises ProviderError."""
        try:
            return await self._words(pcm, hints, self._faster)
        except ProviderTimeoutError:
            return await self._words(pcm, hints, min(1.0, self._faster))

    async def _words(self, pcm: bytes, hints: Hints, faster: float) -> Transcript:
        last = Transcript("", 0.0, final=True, provider=self._transcriber.info.name)
        async with aclosing(self._transcriber.transcribe(_feed(pcm, faster), hints)) as transcripts:
            async for transcript in transcripts:
                last = transcript
        return last if last.version else replace(last, version=self._transcriber.info.version)


async def _feed(pcm: bytes, faster: float) -> AsyncIterator[bytes]:
    """A turn as it was spoken, but so many times as fast."""
    for at in range(0, len(pcm), CHUNK_BYTES):
        chunk = pcm[at : at + CHUNK_BYTES]
        yield chunk
        await asyncio.sleep(duration_s(chunk) / faster)


class _Import:
    """One call on its way."""

    def __init__(self, importer: Importer, sides: Sides, about: About, hints: Hints, call_id: str, told: Told) -> None:
        self._importer = importer
        self._sides = sides
        self._about = about
        self._hints = hints
        self._call_id = call_id
        self._told = told
        self._turns = Turns(PAUSE_S if sides.apart else SHORT_PAUSE_S)
        self._caller = importer.voices.join(self._turns.caller)
        self._agent = importer.voices.join(self._turns.agent)
        self._heard: Rows = np.zeros((0, 2), "<i2")
        """Both sides from `_heard_from` on: what a turn may still need, and is not recorded yet."""
        self._heard_from = 0
        self._position = 0
        self._words: list[Event] = []
        self._failed = 0
        said = () if sides.apart else about.agent_words
        self._agents_sentences = tuple(words_of(sentence) for sentence in said)
        self._agents: list[Spoken] = []
        """Turns that were the agent's."""

    async def run(self, folder: Path) -> Imported:
        writer = DiskWriter(keys=self._importer.keys)
        recorder = Recorder(folder, writer)
        try:
            for block in self._sides.blocks():
                self._listen(block)
                await self._understand()
                self._record(recorder, self._turns.needed)
                self._told(min(1.0, self._position / max(1, self._sides.samples)))
            # What does not fill the detector's last window is judged with silence behind it.
            self._judge(np.zeros((WINDOW, 2), "<i2"), self._position)
            self._turns.end(self._position)
            await self._understand()
            self._record(recorder, self._position)
            events = self._events()
            for event in events:
                recorder.on_event(event)
            recorder.finish(summarize([one for one in events if not isinstance(one, UtteranceTranscribed)]).as_dict())
        except BaseException:
            recorder.finish(None)
            raise
        finally:
            self._caller.leave()
            self._agent.leave()
            await asyncio.to_thread(writer.close)
        if recorder.incomplete:
            raise RecordingError(
                f"{folder.parent.parent}: the disk is full or too slow, so the call was not imported. Make room there, "
                "and import it again."
            )
        understood = sum(isinstance(one, TranscriptReceived) and bool(one.text) for one in self._words)
        turns = sum(isinstance(one, UtteranceTranscribed) for one in self._words)
        seconds = self._position / SAMPLE_RATE
        return Imported(folder, seconds, self._sides.apart, turns, len(self._agents), understood, self._failed)

    def _record(self, recorder: Recorder, ends: int) -> None:
        """Nobody needs the sound up to `ends` any more: it is known whose it was."""
        gone = min(max(0, ends - self._heard_from), len(self._heard))
        if gone:
            caller, agent = (Chunk(self._heard[:gone, side].tobytes(), self._heard_from) for side in (0, 1))
            recorder.agent_played(agent)
            recorder.caller_heard(caller)
            self._heard, self._heard_from = self._heard[gone:], self._heard_from + gone

    def _listen(self, rows: Rows) -> None:
        self._heard = np.concatenate((self._heard, rows))
        for at in range(0, len(rows), WINDOW):
            self._judge(rows[at : at + WINDOW], self._position + at)
        self._position += len(rows)

    def _judge(self, rows: Rows, begins: int) -> None:
        self._caller.feed(Chunk(rows[:, 0].tobytes(), begins))
        self._agent.feed(Chunk(rows[:, 1].tobytes(), begins))

    async def _understand(self) -> None:
        """Have the turns that are over transcribed."""
        while self._turns.over:
            await self._transcribe(self._turns.over.pop(0))

    async def _transcribe(self, spoken: Spoken) -> None:
        sound = self._heard[spoken.begins - self._heard_from : spoken.ends - self._heard_from]
        pcm = sound[:, 0].tobytes()
        at_s = spoken.ends / SAMPLE_RATE
        error = ""
        try:
            words = await self._importer.transcribe(pcm, self._hints)
        except ProviderError as failed:
            error = type(failed).__name__
            words = Transcript("", 0.0, final=True, provider=failed.provider)
            self._failed += 1
            self._words.append(ProviderFailed(at_s=at_s, stage="stt", provider=failed.provider, error=error))
        else:
            if self._is_agents(words.text):
                sound[:, 1], sound[:, 0] = sound[:, 0].copy(), 0
                self._agents.append(spoken)
                return
            self._words.append(ProviderUsed(at_s=at_s, stage="stt", provider=words.provider, version=words.version))
        self._words.append(
            UtteranceTranscribed(
                at_s=at_s,
                began_s=spoken.spoke / SAMPLE_RATE,
                audio_s=round(duration_s(pcm), 3),
                ended_s=at_s,
                interims=(),
                text=words.text,
                confidence=words.confidence,
                provider=words.provider,
                version=words.version,
                outcome="failed" if error else "heard",
                error=error,
            )
        )
        self._words.append(
            TranscriptReceived(
                at_s=at_s,
                turn=spoken.turn,
                text=words.text,
                confidence=round(words.confidence, 3),
                provider=words.provider,
            )
        )

    def _is_agents(self, text: str) -> bool:
        """Whether these are nearly the words of one of the agent's sentences."""
        words = words_of(text)
        return bool(words) and any(
            SequenceMatcher(None, words, sentence, autojunk=False).ratio() >= ALIKE
            for sentence in self._agents_sentences
        )

    def _between(self) -> Iterator[Event]:
        """What happened between beginning and end, not in order; the agent's turns are not the caller's."""
        gone = {one.turn for one in self._agents}

        def number(turn: int) -> int:
            return turn - sum(one <= turn for one in gone)

        for event in (*self._turns.events, *self._words):
            if isinstance(event, CallerStarted | CallerStopped):
                if not any(one.spoke <= event.position <= one.ends for one in self._agents):
                    yield event
            elif isinstance(event, TurnEnded | TranscriptReceived | AgentStarted | AgentStopped):
                if not (isinstance(event, TurnEnded) and event.turn in gone):
                    yield replace(event, turn=number(event.turn))
            else:
                yield event
        for one in self._agents:
            turn = number(one.turn)
            yield AgentStarted(at_s=one.spoke / SAMPLE_RATE, turn=turn)
            yield AgentStopped(at_s=one.stopped / SAMPLE_RATE, turn=turn, interrupted=False)

    def _events(self) -> Sequence[Event]:
        """All of them, in order."""
        about = self._about
        ended_s = self._position / SAMPLE_RATE
        started = CallStarted(
            at_s=0.0,
            call_id=self._call_id,
            carrier=IMPORTED,
            caller=masked_number(about.caller),
            called="",
            flow=about.flow,
            flow_version="",
            language=about.language,
            started=about.started.isoformat(timespec="milliseconds"),
            caller_key=about.caller_key,
        )
        between = sorted(self._between(), key=lambda event: event.at_s)
        ended = CallEnded(at_s=ended_s, disposition=DISPOSITION, ended_by="line")
        rounded = (replace(event, at_s=round(min(event.at_s, ended_s), 4)) for event in (started, *between, ended))
        return tuple(rounded)
