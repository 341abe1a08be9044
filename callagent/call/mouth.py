"""The agent's mouth: plays what was synthesized, just ahead of the caller's ear, and knows how far they heard it.

Beside the pipeline: SPEAK puts audio in, the heartbeat takes it out. A stop is immediate; whatever SPEAK still brings
for an utterance that was cut is dropped.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Final

from callagent.call.ear import Ear
from callagent.call.history import History
from callagent.call.journal import Journal
from callagent.call.tap import Tap
from callagent.clock import Clock
from callagent.events import AgentPaused, AgentResumed, AgentSaid, AgentStarted, AgentStopped, PlaybackConfirmed
from callagent.media.audio import CHUNK_MS, SAMPLE_RATE, Chunk, duration_s
from callagent.media.playout import Heard, Playout, Send
from callagent.telephony.leg import Leg
from callagent.tts.synthesizer import SpokenWord

AHEAD_MS: Final = 100
"""Audio that waits at the carrier: 60 to 100 ms, as two chunks go together, and the carrier's own tick of 20 ms."""
KEPT: Final = 20
"""Utterances of which it is known when they left the air: no echo lasts for longer."""
MARKS_WITHIN_S: Final = 1.0
"""How long the end of an answer waits for the carrier's word that it was heard: hanging up earlier would clip it."""

_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Utterance:
    """One sentence or so on its way to the caller."""

    turn: int
    text: str
    line: str
    """Name of the prompt; empty for a model's words."""
    gain_db: float = 0.0
    """Above the voice's usual loudness."""
    filler: bool = False
    """Said to bridge a silence: no part of an answer."""
    name: str = field(default_factory=lambda: f"u{next(_numbers)}")


class Mouth:
    """One per call."""

    def __init__(self, leg: Leg, clock: Clock, journal: Journal, tap: Tap, ear: Ear, history: History) -> None:
        self.played_s = 0.0
        """Seconds of audio given to the carrier, less what was called back."""
        self._leg = leg
        self._clock = clock
        self._journal = journal
        self._tap = tap
        self._ear = ear
        self._history = history
        self._playout = Playout(ahead_ms=AHEAD_MS)
        self._utterances: dict[str, Utterance] = {}
        self._then: Callable[[], None] | None = None
        self._audible: Utterance | None = None
        """The utterance that the caller hears; None while the agent is silent."""
        self._first_mark = ("", 0.0)
        """Name of the mark after the first chunk of an answer, and when that chunk was sent."""
        self._left_air: deque[tuple[float, str]] = deque(maxlen=KEPT)
        """When, by the clock, the last utterances left the air, and what was heard of them."""
        self._silent_s: float | None = None
        """Since when, by the clock, there has been nothing to hear."""
        self._heard_until_s = clock.now_s()
        """When, by the clock, the last of what was sent is or was heard, fillers left out."""
        self.silent_from_s = float("-inf")
        """When, by the clock, the last sound of the agent is or was heard; there was none before the first."""
        self._anchor = (0, 0)
        """Where the audio of the current run ends on the playout's timeline, and what to add for the caller's."""

    def quiet_s(self, now_s: float) -> float:
        """Seconds since the last of the agent was heard; 0 while more is being heard, or an answer is complete."""
        return 0.0 if self._then is not None else max(0.0, now_s - self._heard_until_s)

    @property
    def empty(self) -> bool:
        """Whether nothing is being heard or waits to be, and no answer has been completed."""
        return self._then is None and self._playout.idle

    # --- from SPEAK --------------------------------------------------------------------------------------------------

    def add(self, utterance: Utterance, pcm: bytes, words: Sequence[SpokenWord] = ()) -> None:
        """More audio of an utterance; the first of it queues the utterance."""
        if utterance.name not in self._utterances:
            self._utterances[utterance.name] = utterance
            self._playout.begin(utterance.name, utterance.text)
        self._playout.append(utterance.name, pcm, words)
        if self._audible is None:
            # The caller is waiting: the next beat may be 20 ms away.
            self.beat(self._clock.now_s())

    def finish(self, utterance: Utterance, *, broken: bool = False) -> None:
        """No more audio of it will come; `broken` when not all of its text was made audio."""
        self._playout.finish(utterance.name, broken=broken)

    def when_silent(self, then: Callable[[], None]) -> None:
        """Call `then` when all that was added has been heard; a stop forgets it."""
        self._then = then

    # --- from the heartbeat and the leg -------------------------------------------------------------------------------

    def beat(self, now_s: float) -> None:
        """Send what is due, and note what has been heard."""
        for send in self._playout.due(now_s):
            self._silent_s = None
            self._send(send, now_s)
        for heard in self._playout.take_completed(now_s):
            self._said(heard)
        if not self._playout.idle or self._playout.paused:
            return
        if self._audible is not None:
            self._journal.write(
                AgentStopped(at_s=self._journal.at_s(now_s), turn=self._audible.turn, interrupted=False)
            )
            self._audible = None
        if self._then is not None and self._confirmed(now_s):
            then, self._then = self._then, None
            then()

    def _confirmed(self, now_s: float) -> bool:
        """Whether the carrier has said that all was played; one that does not say so is not waited for long."""
        if self._silent_s is None:
            self._silent_s = now_s
        return not self._playout.awaits_marks or now_s - self._silent_s >= MARKS_WITHIN_S

    def marked(self, name: str, now_s: float) -> None:
        """The carrier played up to a mark."""
        if not self._playout.mark_played(name, now_s):
            return
        first, sent_s = self._first_mark
        if name == first and self._audible is not None:
            delay_s = round(max(0.0, now_s - sent_s - CHUNK_MS / 1000), 4)
            self._journal.write(
                PlaybackConfirmed(at_s=self._journal.at_s(now_s), turn=self._audible.turn, delay_s=delay_s)
            )
            self._first_mark = ("", 0.0)

    def pause(self, now_s: float) -> bool:
        """Fall silent now, to go on later or to be stopped; whether there was anything to hear.

        What SPEAK brings meanwhile waits, and so does the end of an answer.
        """
        if self._playout.paused:
            return False
        unheard_s = self._playout.ahead_s(now_s)
        fade = self._playout.pause(now_s)
        if not fade or self._audible is None:
            return False
        self._leg.clear()
        self._tap.agent_cut(self._ear.position_at(now_s))
        self._leg.play(fade)
        self._tap.agent_played(Chunk(fade, self._ear.position_at(now_s)))
        self.played_s -= unheard_s
        self.silent_from_s = self._heard_until_s = now_s
        self._anchor = (0, 0)
        self._journal.write(AgentPaused(at_s=self._journal.at_s(now_s), turn=self._audible.turn))
        return True

    def resume(self, now_s: float) -> None:
        """Go on where `pause` cut, as if the agent had drawn breath."""
        if not self._playout.paused:
            return
        self._playout.resume()
        if self._audible is not None and not self._playout.idle:
            self._journal.write(AgentResumed(at_s=self._journal.at_s(now_s), turn=self._audible.turn))
        self.beat(now_s)

    def heard_since(self, since_s: float, now_s: float) -> str:
        """All that a line could bring back after `since_s`: the sentences of which anything was heard since then."""
        earlier = [words for ended_s, words in self._left_air if ended_s >= since_s]
        return " ".join([*earlier, *(heard.words for heard in self._playout.heard(now_s))])

    @property
    def at_the_last(self) -> bool:
        """Whether what is heard now is the last of a complete answer, or all of it was heard: its question."""
        return self._then is not None and self._playout.at_the_last

    def stop(self, now_s: float) -> bool:
        """Fall silent now; whether there was anything to hear, or would have been but for a pause."""
        self._then = None
        audible, self._audible = self._audible, None
        if self._playout.idle:
            self._playout.resume()
            return False
        unheard_s = self._playout.ahead_s(now_s)
        cuts = self._playout.clear(now_s)
        if audible is not None:
            self._leg.clear()
            self._tap.agent_cut(self._ear.position_at(now_s))
            self.played_s -= unheard_s
        for cut in cuts:
            self._said(cut)
        if audible is not None:
            self._journal.write(AgentStopped(at_s=self._journal.at_s(now_s), turn=audible.turn, interrupted=True))
        return audible is not None

    def _send(self, send: Send, now_s: float) -> None:
        utterance = self._utterances[send.utterance]
        if send.pcm:
            self._leg.play(send.pcm)
            self.played_s += duration_s(send.pcm)
            self.silent_from_s = now_s + self._playout.ahead_s(now_s)
            if not utterance.filler:
                self._heard_until_s = self.silent_from_s
            self._tap.agent_played(Chunk(send.pcm, self._place(send, now_s)))
        if send.mark:
            self._leg.mark(send.mark)
        if self._audible is None:
            self._first_mark = (send.mark, now_s)
            self._journal.write(AgentStarted(at_s=self._journal.at_s(now_s), turn=utterance.turn))
        self._audible = utterance

    def _place(self, send: Send, now_s: float) -> int:
        """Where a chunk lies in the caller's positions; a run without a break is laid without a break."""
        expected, offset = self._anchor
        if send.position != expected or self._audible is None:
            offset = self._ear.position_at(now_s) - round(now_s * SAMPLE_RATE)
        self._anchor = (send.position + len(send.pcm) // 2, offset)
        return send.position + offset

    def _said(self, heard: Heard) -> None:
        utterance = self._utterances.pop(heard.utterance)
        if not heard.position:
            return
        self._left_air.append((self._clock.now_s(), heard.words))
        if not utterance.filler:
            self._history.agent_heard(heard.words)
        self._journal.write(
            AgentSaid(
                at_s=self._journal.at_s(),
                turn=utterance.turn,
                text=utterance.text,
                heard=heard.words,
                line=utterance.line,
            )
        )
