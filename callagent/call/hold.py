"""Keeps a caller who waits from silence: while nothing else can be heard, a stored prompt says that it goes on."""

from typing import Final

from callagent.call.mouth import Mouth, Utterance
from callagent.call.services import Services
from callagent.call.stored import StoredPrompt
from callagent.dialogue.standing import LOOKING_UP, ONE_MOMENT

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
        self._looking_since_s: float | None = None
        """When the first look-up of this wait began."""
        self._looking = False
        self._asked = False
        """Whether the caller has had a turn: before it nothing is looked up that they know of."""
        self._told = False
        """Whether they know that something is being looked up."""

    def greet(self, now_s: float) -> None:
        """The caller waits for the first word."""
        self._due_first_s = now_s + GREETING_S

    def begin(self, now_s: float, stopped_at_s: float) -> None:
        """It is the agent's turn; the caller's last sound, or key, was then."""
        self._due_first_s = max(stopped_at_s + WAIT_S, now_s + ANSWER_S)
        self._said = 0
        self._thinking_since_s = self._looking_since_s = None
        self._asked = True
        self._looking = self._told = False

    def thinking(self, now_s: float) -> None:
        """What the caller waits for is a language model: they are told so sooner."""
        if self._thinking_since_s is None:
            self._thinking_since_s = now_s

    def answered(self) -> None:
        """The model has begun: what is waited for after its words is another wait."""
        self._thinking_since_s = self._looking_since_s = None
        self._said = 0
        self._told = False

    def looking_up(self, now_s: float, *, begun: bool) -> None:
        """What the caller waits for is the shop's data, or is it no more."""
        self._looking = begun and self._asked
        if self._looking and self._looking_since_s is None:
            self._looking_since_s = now_s

    def beat(self, now_s: float, turn: int, language: str) -> None:
        """Say the prompt where it is due; call while it is the agent's turn to say something."""
        if not self._mouth.empty or now_s < self._due_s():
            return
        prompt = self._prompt(language)
        if prompt is None:
            return
        self._said += 1
        waiting = Utterance(turn, prompt.text, prompt.line, filler=True)
        self._mouth.add(waiting, prompt.audio.pcm, prompt.audio.words)
        self._mouth.finish(waiting)

    def _prompt(self, language: str) -> StoredPrompt | None:
        """What is being done for the caller, once; then only that it takes a moment."""
        stored = self._services.stored
        moment = stored.find(language, ONE_MOMENT)
        if not self._looking or self._told:
            return moment
        self._told = True
        return stored.find(language, LOOKING_UP) or moment

    def _due_s(self) -> float:
        silent_s = self._mouth.silent_from_s
        if self._said:
            return silent_s + AGAIN_S
        limits = self._services.limits
        due_s = max(self._due_first_s, silent_s + WAIT_S)
        if self._thinking_since_s is not None:
            due_s = min(due_s, max(self._thinking_since_s, silent_s) + limits.think_s)
        if self._looking and self._looking_since_s is not None:
            due_s = min(due_s, max(self._looking_since_s, silent_s) + limits.look_up_s)
        return due_s
