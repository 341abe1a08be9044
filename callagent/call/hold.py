"""Keeps a caller who waits from silence: while nothing else can be heard, a stored prompt says that it goes on."""

from typing import Final

from callagent.call.mouth import Mouth, Utterance
from callagent.call.services import Services
from callagent.dialogue.standing import ONE_MOMENT

GREETING_S: Final = 1.5
"""How long a caller waits for the first word of a call."""
WAIT_S: Final = 2.5
"""Silence after the caller's last sound, whatever is being waited for: it never lasts for 3 seconds."""
ANSWER_S: Final = 1.0
"""What an answer may take however long the caller was given to go on: a number may end with seconds without a key."""
AGAIN_S: Final = 2.5
"""Silence between one prompt and the next."""


class Hold:
    """One per call. Times are monotonic."""

    def __init__(self, services: Services, mouth: Mouth) -> None:
        self._services = services
        self._mouth = mouth
        self._due_first_s = services.clock.now_s() + GREETING_S
        self._said = 0
        """In this wait."""
        self._thinking_since_s: float | None = None

    def greet(self, now_s: float) -> None:
        """The caller waits for the first word."""
        self._due_first_s = now_s + GREETING_S

    def begin(self, now_s: float, stopped_at_s: float) -> None:
        """It is the agent's turn; the caller's last sound, or key, was then."""
        self._due_first_s = max(stopped_at_s + WAIT_S, now_s + ANSWER_S)
        self._said = 0
        self._thinking_since_s = None

    def thinking(self, now_s: float) -> None:
        """What the caller waits for is a language model: they are told so sooner."""
        if self._thinking_since_s is None:
            self._thinking_since_s = now_s

    def answered(self) -> None:
        """The model has begun."""
        self._thinking_since_s = None

    def beat(self, now_s: float, turn: int, language: str) -> None:
        """Say the prompt where it is due; call while it is the agent's turn to say something."""
        if not self._mouth.empty or now_s < self._due_s():
            return
        prompt = self._services.stored.find(language, ONE_MOMENT)
        if prompt is None:
            return
        self._said += 1
        waiting = Utterance(turn, prompt.text, prompt.line, filler=True)
        self._mouth.add(waiting, prompt.audio.pcm, prompt.audio.words)
        self._mouth.finish(waiting)

    def _due_s(self) -> float:
        if self._said:
            return self._mouth.silent_from_s + AGAIN_S
        due_s = max(self._due_first_s, self._mouth.silent_from_s + WAIT_S)
        if self._thinking_since_s is None:
            return due_s
        thought_s = max(self._thinking_since_s, self._mouth.silent_from_s) + self._services.limits.think_s
        return min(due_s, thought_s)
