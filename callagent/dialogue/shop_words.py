"""The interpreter of a shop: it knows the names of the goods, and what the prompts call the caller's wishes."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from threading import Lock

from callagent.dialogue.flow import Flow, Item
from callagent.dialogue.understanding import INTENTS, Interpretation, Interpreter, ItemNames

SOCIAL = ("greeting", "thanks", "goodbye", "affirm", "deny")
"""Intents whose words in the prompts are answers at some places, and politeness at others."""

_learning = Lock()


class ShopInterpreter:
    """Understands sentences about the goods of a flow. It learns them when it is asked first, or by `prepare`."""

    def __init__(self, flow: Flow) -> None:
        self._items, self._words = flow.items, _words(flow)
        self._learnt: Interpreter | None = None

    def prepare(self) -> None:
        """Learn the goods now: a second of work for some hundreds, so let a thread do it before anybody calls."""
        self._interpreter()

    def interpret(self, text: str, *, language_hint: str = "") -> Interpretation:
        """What a caller's sentence says; `language_hint` is the language that is spoken in the call."""
        return self._interpreter().interpret(text, language_hint=language_hint)

    def _interpreter(self) -> Interpreter:
        if self._learnt is None:
            with _learning:
                self._learnt = _learn(self._items, self._words)
        return self._learnt


def item_names(items: Sequence[Item]) -> list[ItemNames]:
    """The goods as an interpreter learns them."""
    return [ItemNames(item.name, item.names()[1:], item.brand, item.attributes) for item in items]


def own_words(flow: Flow) -> Mapping[str, tuple[str, ...]]:
    """The words of the prompts, in all languages, whose name is an intent's; politeness is none of them."""
    return dict(_words(flow))


def _words(flow: Flow) -> tuple[tuple[str, tuple[str, ...]], ...]:
    told = {
        intent: tuple(dict.fromkeys(phrase for one in flow.prompts.values() for phrase in one.words.get(intent, ())))
        for intent in INTENTS
        if intent not in SOCIAL
    }
    return tuple((intent, phrases) for intent, phrases in told.items() if phrases)


@lru_cache(maxsize=4)
def _learn(items: tuple[Item, ...], words: tuple[tuple[str, tuple[str, ...]], ...]) -> Interpreter:
    """Kept from version to version of a flow: most changes are to what is said, not to what is sold."""
    return Interpreter(item_names(items), words=dict(words))
