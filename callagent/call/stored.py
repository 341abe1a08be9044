"""Prompts that can be said without any synthesizer: their audio is made beforehand and stays in memory."""

from collections.abc import Iterable
from dataclasses import dataclass

from callagent.dialogue.standing import OUT_OF_ORDER
from callagent.tts.synthesizer import SpeechChunk


@dataclass(frozen=True, slots=True)
class StoredPrompt:
    """One of them."""

    line: str
    text: str
    audio: SpeechChunk


class StoredPrompts:
    """The stored prompts of a process, for all its calls; whoever warms it up fills it."""

    def __init__(self) -> None:
        self._prompts: dict[tuple[str, str], dict[str, StoredPrompt]] = {}
        """By language and line, then by text; the wording of the first time is the first."""

    def keep(self, language: str, line: str, prompts: Iterable[StoredPrompt]) -> None:
        """Keep the wordings of a line, in place of those that it had."""
        self._prompts[language, line] = {prompt.text: prompt for prompt in prompts}

    def find(self, language: str, line: str) -> StoredPrompt | None:
        """A line as it is said first; None when it is not stored."""
        return next(iter(self._prompts.get((language, line), {}).values()), None)

    def exactly(self, language: str, line: str, text: str) -> StoredPrompt | None:
        """That very text of a line; None when it is not stored."""
        return self._prompts.get((language, line), {}).get(text)

    def nearest(self, language: str, line: str, text: str) -> StoredPrompt | None:
        """What to say where a text of a line cannot be: the same, the line in another wording, or an apology."""
        same = self.exactly(language, line, text)
        return same or self.find(language, line) or self.find(language, OUT_OF_ORDER)
