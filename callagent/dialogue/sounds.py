"""Whether two phrases sound alike on a telephone: a small comparison for English, Hindi and what lies between."""

import re
import unicodedata
from functools import lru_cache

from callagent.dialogue.understanding import words_of

_ENOUGH = 5
"""Sounds from which one may differ: "fifteen" and "fifty"."""
_PAIRS = (
    *(("ph", "f"), ("tch", "c"), ("sh", "s"), ("ch", "c"), ("ck", "k"), ("gh", "g"), ("kn", "n"), ("wr", "r")),
    *(("ee", "i"), ("ea", "i"), ("oo", "u"), ("ou", "u"), ("ai", "e"), ("ay", "e"), ("ow", "u"), ("x", "ks")),
)
_LETTERS = str.maketrans("qzvyeo", "kswiiu")


def sound_alike(first: str, second: str) -> bool:
    """Whether a caller's "first" may be taken for "second"."""
    one, other = _sounds(first), _sounds(second)
    if one == other:
        return bool(one)
    return min(len(one), len(other)) >= _ENOUGH and one[0] == other[0] and _one_apart(one, other)


@lru_cache(maxsize=4_096)
def _sounds(phrase: str) -> str:
    return "".join(_word(_latin(word)) for word in words_of(phrase))


def _word(word: str) -> str:
    for written, sound in _PAIRS:
        word = word.replace(written, sound)
    word = re.sub(r"c(?=[eiy])", "s", word)
    word = re.sub(r"(?<=[^aeiou]{1})e$", "", word) if len(word) > 3 else word
    word = word[:1] + word[1:].replace("h", "")
    word = word.replace("c", "k").translate(_LETTERS)
    return re.sub(r"(.)\1+", r"\1", word)


def _latin(word: str) -> str:
    """Devanagari by the names of its letters, all else as it is."""
    sounds: list[str] = []
    name = ""
    for char in word:
        name = unicodedata.name(char, "")
        if not name.startswith("DEVANAGARI"):
            sounds.append(char)
        elif "VOWEL SIGN" in name or name.endswith("VIRAMA"):
            if sounds and sounds[-1].endswith("a"):
                sounds[-1] = sounds[-1][:-1]
            sounds.append("" if name.endswith("VIRAMA") else name.split()[-1].lower())
        elif "LETTER" in name:
            sounds.append(name.split()[-1].lower())
        elif name.endswith(("ANUSVARA", "CANDRABINDU")):
            sounds.append("n")
    if name.startswith("DEVANAGARI LETTER") and len(sounds) > 1 and len(sounds[-1]) > 1:
        sounds[-1] = sounds[-1].removesuffix("a")  # nobody says the last one
    return "".join(sounds)


def _one_apart(one: str, other: str) -> bool:
    """Whether one sound more, less or other makes them the same."""
    if abs(len(one) - len(other)) > 1:
        return False
    start = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    longer, shorter = (one, other) if len(one) >= len(other) else (other, one)
    same_length = len(one) == len(other)
    return longer[start + 1 :] == shorter[start + 1 if same_length else start :]
