"""Answers that a sentence holds besides what it was asked for: "fan ka rate" names a product, too."""

from collections.abc import Iterator, Sequence

from callagent.dialogue.flow import AskStep, Flow, Jump, MenuStep
from callagent.dialogue.understanding import Meaning, Vocabulary, words_of

MOST_WORDS = 40
"""Longer speeches are not searched for answers that nobody has asked for."""


def questions_from(flow: Flow, name: str, step: int = 0, seen: frozenset[str] = frozenset()) -> Iterator[AskStep]:
    """The questions that follow from a step on, up to where the caller has to choose."""
    if name in seen:
        return
    for one in flow.flows[name][step:]:
        if isinstance(one.action, AskStep):
            yield one.action
        elif isinstance(one.action, MenuStep):
            return
        elif isinstance(one.action, Jump) and one.action.how == "do":
            yield from questions_from(flow, one.action.target, 0, seen | {name})
        elif isinstance(one.action, Jump) and one.when is None:
            if one.action.how == "go to":
                yield from questions_from(flow, one.action.target, 0, seen | {name})
            return


def without_name(words: Sequence[str], names: Sequence[str]) -> list[str]:
    """The words without the longest of the names that is among them; all when none is."""
    spoken = ((" ".join(form), len(form)) for name in names if (form := words_of(name)))
    for name, length in sorted(spoken, key=lambda one: -one[1]):
        vocabulary = Vocabulary()
        vocabulary.learn(Meaning("answer", name), [name])
        for size in range(max(1, length - 1), length + 2):  # "thirty two" may be written as one word, and one as two
            for start in range(len(words) - size + 1):
                if vocabulary.find(" ".join(words[start : start + size])) is not None:
                    return [*words[:start], *words[start + size :]]
    return list(words)


def split_at(words: Sequence[str], phrases: Sequence[str]) -> list[list[str]]:
    """The words between the phrases: "das nahi barah" at "nahi" is "das" and "barah". One part when none is said."""
    known = [form for phrase in phrases if (form := words_of(phrase))]
    longest = max((len(form) for form in known), default=0)
    parts: list[list[str]] = [[]]
    at = 0
    while at < len(words):
        length = next((n for n in range(min(longest, len(words) - at), 0, -1) if list(words[at : at + n]) in known), 0)
        if length:
            parts.append([])
        else:
            parts[-1].append(words[at])
        at += length or 1
    return parts
