"""How a call of ours is answered: the agent waits until it is its turn to speak, and learns to whom."""

from collections.abc import Callable

from callagent.call.ear import Ear
from callagent.call.ending import Ending
from callagent.call.journal import Journal
from callagent.call.opening import Opening
from callagent.dialogue.actions import VOICEMAIL, HangUp
from callagent.events import MachineDetected
from callagent.media.audio import Chunk
from callagent.turn.answering_machine import Beeps, Greeting
from callagent.turn.voice import VoiceChange


class Pickup:
    """One per call that the agent made; `speak` is called once, with whether a machine has answered."""

    def __init__(
        self, ear: Ear, journal: Journal, opening: Opening, ending: Ending, speak: Callable[[bool], None], now_s: float
    ) -> None:
        self._ear = ear
        self._journal = journal
        self._opening = opening
        self._ending = ending
        self._speak = speak
        self._beeps = Beeps()
        self._greeting = Greeting(now_s)
        self._is_machine = False
        self._leaves_message = True

    def hear(self, chunk: Chunk, now_s: float) -> None:
        """20 ms from the other side."""
        if self._beeps.hear(chunk.pcm):
            self._greeting.beep(now_s)

    def changed(self, change: VoiceChange) -> None:
        """The ear is sure that a voice has begun, or stopped."""
        if change is VoiceChange.STARTED:
            self._greeting.speaks(self._ear.time_of(self._ear.speech_began))
        else:
            self._greeting.stops(self._ear.time_of(self._ear.speech_ended))

    def beat(self, now_s: float) -> None:
        """Time goes by; while a tone sounds, it is waited for its end."""
        if not self._beeps.sounds:
            self._greeting.look(now_s)
        if self._greeting.is_machine and not self._is_machine:
            self._is_machine = True
            self._meet_machine(now_s)
        if self._greeting.is_over or not self._leaves_message:
            self._speak(self._is_machine)

    def _meet_machine(self, now_s: float) -> None:
        self._journal.write(
            MachineDetected(
                at_s=self._journal.at_s(),
                by="beep" if self._greeting.beeped else "speech",
                spoken_s=round(self._greeting.spoken_until(now_s), 2),
            )
        )
        self._ending.wanted(HangUp(VOICEMAIL))
        self._leaves_message = self._opening.is_for_machine()
