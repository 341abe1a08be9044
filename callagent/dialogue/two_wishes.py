"""Two wishes in one sentence: "what is a ceiling fan, and are you open on Sunday", answered one after the other."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from callagent.dialogue.interpretation import Interpretation
from callagent.dialogue.interpreting import intent_in, value_in
from callagent.dialogue.understanding import words_of
from callagent.dialogue.volunteered import MOST_WORDS

_JOINT: Final = re.compile(r"[\s,]+(?:and also|and then|and|also|aur|और|एवं|तथा)\s+|\s*[?.;।!]\s+", re.IGNORECASE)
_MOST_JOINTS: Final = 4
"""More are tried by nobody who wants two things."""
_HANDED_ON: Final = frozenset({"complaint", "return", "human"})
"""What a sentence tells besides is about this, and somebody else hears it."""
_SURELY: Final = 0.25
"""So sure must the whole sentence be, too, of each wish."""


@dataclass(frozen=True, slots=True)
class TwoWishes:
    """Splits a sentence; `flows` are those of the intents, and `items` the goods by name."""

    interpret: Callable[[str], Interpretation]
    flows: Mapping[str, str]
    items: Collection[str]
    about_items: Collection[str]
    """Flows that ask for an item: one that is named once goes for both."""
    accept_from: float

    def split(self, text: str, whole: Interpretation) -> tuple[str, str, str] | None:
        """The words of each wish, and the flow of the second; None for one wish, and for two that run together."""
        if len(words_of(text)) > MOST_WORDS or not _JOINT.search(text):
            return None
        return next((split for parts in _parts(text) if (split := self._wishes(*parts, whole))), None)

    def _wishes(self, first: str, second: str, whole: Interpretation) -> tuple[str, str, str] | None:
        one, other = self.interpret(first), self.interpret(second)
        flow, another = self._flow(one), self._flow(other)
        thing, other_thing = self._item(one), self._item(other)
        if not flow or not another:
            return None
        if flow == another:
            return (first, second, another) if thing and other_thing else None
        sure = (one.name for one in whole.intents if one.confidence >= _SURELY)
        if not {flow, another} <= {self.flows.get(name, "") for name in sure}:
            return None
        if flow in self.about_items and not thing and other_thing:
            first = f"{first} {other_thing}"
        if another in self.about_items and not other_thing and thing:
            second = f"{second} {thing}"
        return first, second, another

    def _flow(self, found: Interpretation) -> str:
        intent, confidence = intent_in(found)
        is_wish = confidence >= self.accept_from and intent not in _HANDED_ON
        return self.flows.get(intent, "") if is_wish else ""

    def _item(self, found: Interpretation) -> str:
        name, confidence = value_in(found, "catalogue item")
        return name if name in self.items and confidence >= self.accept_from else ""


def _parts(text: str) -> Iterator[tuple[str, str]]:
    joints = [joint for _, joint in zip(range(_MOST_JOINTS), _JOINT.finditer(text), strict=False)]
    for joint in joints:
        first, second = text[: joint.start()].strip(), text[joint.end() :].strip()
        if first and second:
            yield first, second
