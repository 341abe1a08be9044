"""The caller's audio on its way in: its place in time, voice activity, and the feed of the open turn.

All of it happens inline for every 20 ms, beside the pipeline. The last 400 ms are kept, so that a transcriber also gets
the beginning of the first word, which the voice detector needed to be sure. The detector judges what was on the line;
what the transcriber gets has been through the hearing aid.

Positions count samples since the call began, on our clock, for both sides of the call. A leg counts only what it
received; the ear moves its chunks to where they were on the line: after a silent start, a carrier's gap without
timestamps, a leap of its clock. Jitter and short stalls move nothing, so that nothing is torn apart.
"""

from collections import deque
from collections.abc import Callable
from typing import Final

from callagent.call.feed import AudioFeed
from callagent.call.hearing_aid import HearingAid, Treatment
from callagent.media.audio import CHUNK_MS, SAMPLE_RATE, Chunk, samples
from callagent.media.level import rms_dbfs
from callagent.media.noise import NoiseMode
from callagent.media.voice_pool import CLEAR_PROBABILITY, VoicePool
from callagent.turn.voice import VoiceChange, VoiceGate

BEFORE_SPEECH_MS: Final = 400
SURE_CHUNKS: Final = 5
"""After so many chunks, 100 ms, of no speech it is sure that none had begun before them."""
LONGEST_STALL_S: Final = 2.0
"""Audio that is later than this against the clock was not held up: it was said later."""


class Ear:
    """Listens to one caller: knows when they speak, and when that was; `changed` is told."""

    def __init__(self, voices: VoicePool, changed: Callable[[VoiceChange], None], noise: NoiseMode = "off") -> None:
        self._activity = voices.join(self._judged)
        self._changed = changed
        self._gate = VoiceGate()
        self._probability = 0.0
        """Of speech, in the last window."""
        self._has_begun = False
        """Whether speech was found to have begun since the chunk before; then the aid has heard it."""
        self._aid = HearingAid(noise)
        self._treatment = Treatment()
        self._recent: deque[Chunk] = deque(maxlen=BEFORE_SPEECH_MS // CHUNK_MS)
        self._feed: AudioFeed | None = None
        self._began_s = 0.0
        """Monotonic time of position 0."""
        self._offset: int | None = None
        """What to add to a leg's position; None before the first chunk. Never falls, so positions never go back."""

    def begin(self, now_s: float) -> None:
        """The call begins: position 0 is now."""
        self._began_s = now_s

    @property
    def speaking(self) -> bool:
        """Whether the caller speaks."""
        return self._gate.speaking

    @property
    def speech_began(self) -> int:
        """Position where the current or last stretch of speech began."""
        return self._gate.speech_began

    @property
    def speech_ended(self) -> int:
        """Position after the last speech."""
        return self._gate.speech_ended

    def be_alert(self, start_s: float | None) -> None:
        """How many seconds of voice make a start from now on; None for as many as usual."""
        self._gate.demand(self._gate.policy.start_s if start_s is None else start_s)

    def quiet_s(self, now_s: float) -> float:
        """Seconds since the last sound that is likely to be speech."""
        return (self.position_at(now_s) - self._gate.heard_until) / SAMPLE_RATE

    def level_dbfs(self) -> float:
        """RMS level of the current stretch of speech, of its last 400 ms."""
        speech = [one.pcm for one in self._recent if one.end > self._gate.speech_began]
        return rms_dbfs(b"".join(speech))

    def place(self, chunk: Chunk, now_s: float) -> Chunk:
        """A leg's chunk where it was on the line."""
        here = self.position_at(now_s)
        if self._offset is None:
            self._offset = max(0, here - chunk.end)
        elif here - (chunk.end + self._offset) > samples(LONGEST_STALL_S):
            self._offset = here - chunk.end
        ahead = chunk.end + self._offset - here
        if ahead > 0:
            # Nobody is heard before they speak: position 0 was earlier than was thought, or their clock is faster.
            self._began_s -= ahead / SAMPLE_RATE
        return Chunk(chunk.pcm, chunk.position + self._offset) if self._offset else chunk

    def hear(self, chunk: Chunk) -> None:
        """Take a chunk that was placed; what changes with it is told now or within some milliseconds.

        Raises what `changed` raised, if not now then with the next chunk.
        """
        self._recent.append(chunk)
        self._pass_on(chunk)
        self._activity.feed(chunk)
        if not self._has_begun:
            self._learn(chunk)
        self._has_begun = False

    def _judged(self, probability: float, begins: int, ends: int) -> None:
        self._probability = probability
        change = self._gate.window(probability, begins, ends)
        if change is VoiceChange.STARTED:
            self._has_begun = True
            for onset in self._recent:
                if onset.position >= self._gate.speech_began:
                    self._aid.hear_caller(onset)
        if change is not None:
            self._changed(change)

    def close(self) -> None:
        """The call is over."""
        self.close_feed()
        self._activity.leave()

    def open_feed(self, before: AudioFeed | None = None) -> AudioFeed:
        """Begin to pass audio on, from a little before now; after all of `before`, when the turn only goes on."""
        self.close_feed()
        self._treatment = self._aid.treatment()
        feed = self._feed = AudioFeed()
        treated = before.chunks if before else []
        for chunk in treated:
            feed.put(chunk)
        heard_until = treated[-1].end if treated else 0
        for chunk in self._recent:
            if chunk.position >= heard_until:
                self._pass_on(chunk)
        return feed

    def close_feed(self) -> None:
        """The turn is over."""
        if self._feed is not None:
            for chunk in self._treatment.rest():
                self._feed.put(chunk)
            self._feed.end()
            self._feed = None

    def _pass_on(self, chunk: Chunk) -> None:
        if self._feed is not None:
            for treated in self._treatment.apply(chunk):
                self._feed.put(treated)

    def _learn(self, chunk: Chunk) -> None:
        """How loud caller and line are."""
        if self._gate.speaking:
            if self._probability >= self._gate.policy.start_probability:
                self._aid.hear_caller(chunk)
        elif self._probability < CLEAR_PROBABILITY and len(self._recent) > SURE_CHUNKS:
            self._aid.hear_line(self._recent[-1 - SURE_CHUNKS])

    def time_of(self, position: int) -> float:
        """The monotonic time at which the sample at `position` was on the line."""
        return self._began_s + position / SAMPLE_RATE

    def position_at(self, now_s: float) -> int:
        """The sample that is on the line at a monotonic time."""
        return round((now_s - self._began_s) * SAMPLE_RATE)
