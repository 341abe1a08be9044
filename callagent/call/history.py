"""What was said and heard, for the language model: the agent's side holds only what reached the caller.

A call may last for hours and what the model reads may not grow with it: the last turns are kept word for word, and of
those before them the answers that the dialogue took.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from callagent.llm.model import Message

MOST_BYTES: Final = 12_000
"""Of all turns together, in UTF-8: a token is three to four bytes of English, and of Hindi too."""
TURN_BYTES: Final = 20
"""What a turn costs besides its words."""
LONGEST_TURN: Final = 2_000
"""Characters of one turn; of a longer one the end is kept."""
MOST_ANSWERS: Final = 40
LONGEST_ANSWER: Final = 100


@dataclass(slots=True)
class _Turn:
    message: Message
    learned: dict[str, str] = field(default_factory=dict)

    @property
    def size(self) -> int:
        return TURN_BYTES + len(self.message.text.encode("utf-8", "replace"))


@dataclass(frozen=True, slots=True)
class Mark:
    """A history as it was."""

    turns: tuple[_Turn, ...]
    answers: dict[str, str]
    size: int


class History:
    """The last turns of a call, and what is left of the others."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._turns: deque[_Turn] = deque()
        self._size = 0
        self._answers: dict[str, str] = {}

    def caller_said(self, text: str) -> None:
        """The caller's turn; nothing is added for words that could not be understood."""
        if text:
            self._add(_Turn(Message("caller", text[-LONGEST_TURN:])))

    def agent_heard(self, text: str) -> None:
        """What the caller heard of the agent; sentences of one turn are joined."""
        if not text:
            return
        turn = _Turn(Message("agent", ""))
        if self._turns and self._turns[-1].message.speaker == "agent":
            turn = self._turns.pop()
            self._size -= turn.size
        turn.message = Message("agent", f"{turn.message.text} {text}".strip()[-LONGEST_TURN:])
        self._add(turn)

    def learned(self, slot: str, value: str) -> None:
        """The dialogue took an answer from the turn that was last; an empty one, which is private, is not kept."""
        if value:
            answers = self._turns[-1].learned if self._turns else self._answers
            answers[slot[:LONGEST_ANSWER]] = value[:LONGEST_ANSWER]

    def messages(self) -> tuple[Message, ...]:
        """The turns that are kept word for word, oldest first."""
        return tuple(turn.message for turn in self._turns)

    def answers(self) -> Mapping[str, str]:
        """What the turns before those came to: the last answer to each question."""
        return dict(self._answers)

    def mark(self) -> Mark:
        """What `back` goes back to."""
        turns = tuple(_Turn(turn.message, dict(turn.learned)) for turn in self._turns)
        return Mark(turns, dict(self._answers), self._size)

    def back(self, mark: Mark) -> None:
        """What was said and heard since then was not; a mark serves once."""
        self._turns, self._answers, self._size = deque(mark.turns), mark.answers, mark.size

    def _add(self, turn: _Turn) -> None:
        self._turns.append(turn)
        self._size += turn.size
        while self._size > self._most_bytes and len(self._turns) > 1:
            self._forget(self._turns.popleft())

    def _forget(self, turn: _Turn) -> None:
        self._size -= turn.size
        for slot, value in turn.learned.items():
            self._answers.pop(slot, None)  # so that the answers given last stand last
            self._answers[slot] = value
        while len(self._answers) > MOST_ANSWERS:
            del self._answers[next(iter(self._answers))]
