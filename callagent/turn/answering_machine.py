"""Whether a person or a machine has answered a call of ours, from how the greeting goes. Pure; times are seconds.

Theory of operation: a person says "hello?" and waits; a machine talks on, and beeps. So the length of the greeting
decides, and the silence after it. In seconds, with what others have as their defaults: Asterisk in amd.conf.sample,
SignalWire in CallDetect.MachineParams (developer.signalwire.com)::

    here                            Asterisk                              SignalWire
    PERSON_S 2.0, MACHINE_S 3.5     greeting 1.5                          MachineVoiceThreshold 1.25
    AFTER_PERSON_S 0.8              after_greeting_silence 0.8            EndSilenceTimeout 1.0
    NO_GREETING_S 2.5, a person     initial_silence 2.5, a machine        InitialTimeout 4.5, not known

Whoever takes a person for a machine hangs up on a customer, and whoever takes a machine for a person talks to a tape:
the first is worse, so what is between the two lengths is given more silence to prove itself, and counts as a person
then. A beep is a steady tone: one frequency that holds nearly all of the sound for 0.3 s. Speech never does that, and
a telephone's key has two frequencies.

    WAITING     nobody has said anything yet
    GREETING    somebody, or something, speaks
    PAUSE       it has stopped; more may follow
    TAPE        a machine speaks
    TAPE_PAUSE  it has stopped; it may beep, or go on
    PERSON      a person answered: the agent may speak
    RECORDS     a machine answered, and listens now
"""

from enum import Enum
from typing import Final

import numpy as np

from callagent.media.audio import CHUNK_SAMPLES, SAMPLE_RATE

PERSON_S: Final = 2.0
"""Up to so much speech is a person's greeting."""
MACHINE_S: Final = 3.5
"""From so much on it is a machine's."""
AFTER_PERSON_S: Final = 0.8
"""Silence that ends a greeting of a person's length."""
AFTER_LONG_S: Final = 1.5
"""And one that is longer."""
NO_GREETING_S: Final = 2.5
"""Whoever has said nothing by then waits for us."""
AFTER_TAPE_S: Final = 1.5
"""Silence after which a machine that has not beeped listens, it may be."""
LONGEST_TAPE_S: Final = 45.0
"""A machine that talks for longer is left alone."""
BEEP_S: Final = 0.3
BEEP_HZ: Final = (400, 2000)
STEADY: Final = 0.85
"""Of a window's energy, what is within 50 Hz of a tone's frequency."""
DRIFT_HZ: Final = 25.0
QUIETEST: Final = 200.0
"""RMS, of 32768: -44 dB."""


class State(Enum):
    """See the module's docstring."""

    WAITING = "waiting"
    GREETING = "greeting"
    PAUSE = "pause"
    TAPE = "tape"
    TAPE_PAUSE = "tape pause"
    PERSON = "person"
    RECORDS = "records"


class Sign(Enum):
    """What can happen."""

    SPEAKS = "a voice begins"
    STOPS = "a voice stops"
    LONG = "it has spoken for as long as no person does"
    QUIET = "the silence is as long as is needed"
    BEEP = "a tone has ended"
    ENOUGH = "this has taken too long"


S, G = State, Sign

TABLE: Final[dict[tuple[State, Sign], State]] = {
    (S.WAITING, G.SPEAKS): S.GREETING,
    (S.WAITING, G.QUIET): S.PERSON,
    (S.WAITING, G.BEEP): S.RECORDS,
    (S.GREETING, G.STOPS): S.PAUSE,
    (S.GREETING, G.LONG): S.TAPE,
    (S.GREETING, G.BEEP): S.RECORDS,
    (S.PAUSE, G.SPEAKS): S.GREETING,
    (S.PAUSE, G.QUIET): S.PERSON,
    (S.PAUSE, G.BEEP): S.RECORDS,
    (S.TAPE, G.STOPS): S.TAPE_PAUSE,
    (S.TAPE, G.BEEP): S.RECORDS,
    (S.TAPE, G.ENOUGH): S.RECORDS,
    (S.TAPE_PAUSE, G.SPEAKS): S.TAPE,
    (S.TAPE_PAUSE, G.QUIET): S.RECORDS,
    (S.TAPE_PAUSE, G.BEEP): S.RECORDS,
    (S.TAPE_PAUSE, G.ENOUGH): S.RECORDS,
}
"""What is not in it changes nothing."""


class Greeting:
    """How one call of ours is answered; `now_s` is when it was."""

    def __init__(self, now_s: float) -> None:
        self.state = State.WAITING
        self.spoken_s = 0.0
        """How long the greeting was up to its last pause."""
        self.beeped = False
        self._began_s = self._since_s = now_s
        """When the call was answered, and when the voice began or stopped last."""

    @property
    def is_machine(self) -> bool:
        """Whether a machine has answered, as far as is known."""
        return self.state in {State.TAPE, State.TAPE_PAUSE, State.RECORDS}

    @property
    def is_over(self) -> bool:
        """Whether it is somebody else's turn to speak."""
        return self.state in {State.PERSON, State.RECORDS}

    def speaks(self, at_s: float) -> None:
        """A voice began then, which may be some tenths of a second ago."""
        if self._on(Sign.SPEAKS):
            self._since_s = at_s

    def stops(self, at_s: float) -> None:
        """It stopped then, likewise."""
        if self._on(Sign.STOPS):
            self.spoken_s += max(0.0, at_s - self._since_s)
            self._since_s = at_s

    def beep(self, at_s: float) -> None:
        """A tone has ended."""
        if self._on(Sign.BEEP):
            self.beeped = True
            self._since_s = at_s

    def look(self, now_s: float) -> None:
        """Time goes by."""
        lasted_s = now_s - self._since_s
        if now_s - self._began_s >= LONGEST_TAPE_S:
            self._on(Sign.ENOUGH)
        if self._speaks:
            if self.spoken_until(now_s) > MACHINE_S:
                self._on(Sign.LONG)
        elif lasted_s >= self._needed_s:
            self._on(Sign.QUIET)

    def spoken_until(self, now_s: float) -> float:
        """How long the greeting is by now, without its pauses."""
        return self.spoken_s + (max(0.0, now_s - self._since_s) if self._speaks else 0.0)

    @property
    def _speaks(self) -> bool:
        return self.state in {State.GREETING, State.TAPE}

    @property
    def _needed_s(self) -> float:
        """How much silence tells something."""
        if self.state is State.WAITING:
            return NO_GREETING_S
        if self.state is State.TAPE_PAUSE:
            return AFTER_TAPE_S
        return AFTER_PERSON_S if self.spoken_s <= PERSON_S else AFTER_LONG_S

    def _on(self, sign: Sign) -> bool:
        """Let it happen; whether that changes anything."""
        before, self.state = self.state, TABLE.get((self.state, sign), self.state)
        return self.state is not before


class Beeps:
    """Hears tones in a stream of 20 ms."""

    def __init__(self) -> None:
        self._before = np.zeros(CHUNK_SAMPLES)
        self._pitch_hz = 0.0
        self._lasted_s = 0.0

    @property
    def sounds(self) -> bool:
        """Whether a tone sounds that has lasted for long enough."""
        return self._lasted_s >= BEEP_S

    def hear(self, pcm: bytes) -> bool:
        """Take 20 ms; whether a tone has ended with them that was long enough."""
        chunk = np.frombuffer(pcm, "<i2").astype(np.float64)[:CHUNK_SAMPLES]
        if len(chunk) < CHUNK_SAMPLES:
            return False
        pitch_hz = _tone_hz(np.concatenate((self._before, chunk)))
        self._before = chunk
        if pitch_hz and (not self._lasted_s or abs(pitch_hz - self._pitch_hz) <= DRIFT_HZ):
            self._pitch_hz = pitch_hz
            self._lasted_s += CHUNK_SAMPLES / SAMPLE_RATE
            return False
        ended = self.sounds
        self._pitch_hz, self._lasted_s = pitch_hz, CHUNK_SAMPLES / SAMPLE_RATE if pitch_hz else 0.0
        return ended


_WINDOW: Final = np.hanning(2 * CHUNK_SAMPLES)
_BIN_HZ: Final = SAMPLE_RATE / (2 * CHUNK_SAMPLES)


def _tone_hz(samples: "np.typing.NDArray[np.float64]") -> float:
    """The frequency of the one tone that 40 ms are made of; 0 for any other sound, and for too little."""
    if np.sqrt(np.mean(samples**2)) < QUIETEST:
        return 0.0
    energy = np.abs(np.fft.rfft(samples * _WINDOW)) ** 2
    peak = int(np.argmax(energy))
    pitch_hz = peak * _BIN_HZ
    near = float(energy[max(0, peak - 2) : peak + 3].sum())
    steady = near >= STEADY * float(energy.sum())
    return pitch_hz if steady and BEEP_HZ[0] <= pitch_hz <= BEEP_HZ[1] else 0.0
