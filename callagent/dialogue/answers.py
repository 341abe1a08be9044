"""Answers of a model that are worth keeping, and under what they are the same question."""

import hashlib
from collections import OrderedDict
from collections.abc import Collection, Hashable, Sequence
from typing import Final, Generic, TypeAlias, TypeVar

from callagent.dialogue.evidence import Fact
from callagent.dialogue.understanding import words_of

MOST: Final = 1_000

Answer = TypeVar("Answer")
Key: TypeAlias = tuple[Hashable, ...]


class Answers(Generic[Answer]):
    """The answers used last, at most `most` of them; for one thread."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._kept: OrderedDict[Key, Answer] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: Key) -> Answer | None:
        """The answer, which counts as used now; None when there is none."""
        if key in self._kept:
            self._kept.move_to_end(key)
        return self._kept.get(key)

    def keep(self, key: Key, answer: Answer) -> None:
        """Keep an answer; the one unused for longest makes room."""
        self._kept[key] = answer
        self._kept.move_to_end(key)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)


def command_key(instructions: str, language: str, words: str, flow_version: str) -> Key:
    """Under what a model's commands are kept: the same words where the same may be meant mean the same.

    `instructions` hold the question and all that the model may name.
    """
    return ("commands", flow_version, language, _digest(instructions), tuple(words_of(words)))


def talk_key(
    flow_version: str,
    language: str,
    instructions: str,
    heard: Sequence[tuple[str, str]],
    facts: Collection[Fact],
) -> Key:
    """Under what a model's talk is kept: the same conversation over the same facts.

    `heard` is who said what so far, the question last. All of it counts: an answer may hold what one caller told, and
    must never reach another who did not say the same.
    """
    turns = tuple((speaker, tuple(words_of(text))) for speaker, text in heard)
    return ("talk", flow_version, language, _digest(instructions), _digest(repr(turns)), facts_digest(facts))


def facts_digest(facts: Collection[Fact]) -> str:
    """The same for the same facts, in whatever order; another as soon as one of them changes."""
    return _digest(repr(sorted(facts)))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()
