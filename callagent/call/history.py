"""What was said and heard, for the language model: the agent's side holds only what reached the caller."""

from collections import deque
from typing import Final

from callagent.llm.model import Message

MOST: Final = 40
"""Messages kept: a call of two hours must not grow what the model reads."""


class History:
    """The last turns of a call."""

    def __init__(self) -> None:
        self._messages: deque[Message] = deque(maxlen=MOST)

    def caller_said(self, text: str) -> None:
        """The caller's turn; nothing is added for words that could not be understood."""
        if text:
            self._messages.append(Message("caller", text))

    def agent_heard(self, text: str) -> None:
        """What the caller heard of the agent; sentences of one turn are joined."""
        if not text:
            return
        if self._messages and self._messages[-1].speaker == "agent":
            text = f"{self._messages.pop().text} {text}"
        self._messages.append(Message("agent", text))

    def messages(self) -> tuple[Message, ...]:
        """Oldest first."""
        return tuple(self._messages)
