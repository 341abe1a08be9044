"""What a learned scorer looks at in a sentence: words by spelling and sound, their neighbours, and what the rules say.

Goods, numbers and days stand as classes, so that what was learnt with one shop's goods holds for another's.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache

from callagent.dialogue.understanding.lexicon import lexicon
from callagent.dialogue.understanding.meaning import NONE, Ranked
from callagent.dialogue.understanding.measures import Found, forms_of
from callagent.dialogue.understanding.patterns import Edge
from callagent.dialogue.understanding.sound import singular, sound_of
from callagent.dialogue.understanding.tokens import Token

_READ_FROM = 0.82
"""How near a word must be to a known one to count as that."""
_PIECES = (3, 4, 5)
"""Lengths of the pieces of a word, in characters."""
_NEIGHBOURS = 4
_SHORT, _MIDDLING = 4, 7
_FEW, _SEVERAL = 10, 25
"""From these counts on somebody buys more than for themselves."""
_STEPS = ((0.4, "any"), (0.6, "fair"), (0.9, "sure"))


def features_of(
    tokens: Sequence[Token],
    found: Sequence[Found],
    edges: Sequence[Sequence[Edge]],
    ruled: Sequence[Ranked],
    known: frozenset[str],
) -> set[str]:
    """The features of a sentence, by name, given its entities, its readings and what the rules make of it.

    `known` are the words of everyday speech and of the rules: others tell that something else is talked about.
    """
    features = set(_of_rules(ruled))
    keys = []
    spans = {each.begin: each for each in sorted(found, key=lambda each: each.end - each.begin)}
    at = 0
    while at < len(tokens):
        span = spans.get(at)
        if span is not None:
            keys.append(f"<{span.kind}>")
            features.add(f"has:{span.kind}")
            if span.kind == "quantity":
                features.add(_of_count(span.value))
            at = span.end
            continue
        key, pieces = _of_word(tokens[at].text, tokens[at].written if tokens[at].native else "")
        keys.append(key)
        features.update(pieces)
        if known.isdisjoint(forms_of(tokens[at])):
            features.add("strange")
        features.update(f"k:{edge.symbol}" for edge in edges[at] if edge.likeness >= _READ_FROM)
        at += 1
    features.update(_of_order(keys))
    if "has:product" not in features:
        features.add("has:no product")
    return features


def _of_count(value: str) -> str:
    count = float(value.split(" ", maxsplit=1)[0])
    return f"count:{'few' if count < _FEW else 'several' if count < _SEVERAL else 'many'}"


def _of_rules(ruled: Sequence[Ranked]) -> Iterator[str]:
    yield f"r:first:{ruled[0].name if ruled else NONE}"
    for one in ruled:
        yield from (f"r:{name}:{one.name}" for least, name in _STEPS if one.confidence >= least)


@lru_cache(maxsize=8_192)
def _of_word(text: str, native: str) -> tuple[str, tuple[str, ...]]:
    """The key of a word, and its pieces."""
    loans = lexicon().loans.get(native, ())
    word = singular(loans[-1] if loans else text)
    if word[:1].isdigit():
        return "<figures>", ()
    framed = f"^{word}$"
    pieces = (framed[at : at + length] for length in _PIECES for at in range(len(framed) - length + 1))
    return sound_of(word), tuple(f"c:{piece}" for piece in pieces)


def _of_order(keys: Sequence[str]) -> Iterator[str]:
    """Words, neighbours and near neighbours, and how many words there are."""
    yield from (f"u:{key}" for key in keys)
    framed = ("^", *keys, "$")
    for at, key in enumerate(framed):
        for gap, other in enumerate(framed[at + 1 : at + 1 + _NEIGHBOURS]):
            yield f"b:{key} {other}" if gap == 0 else f"s:{key} {other}"
        if at + 2 < len(framed):
            yield f"t:{key} {framed[at + 1]} {framed[at + 2]}"
    count = len(keys)
    yield f"n:{count if count < _SHORT else 'some' if count < _MIDDLING else 'many'}"
