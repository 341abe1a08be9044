"""What number words mean, in all languages at once: callers mix them within one number."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Final, Literal, TypeAlias

from callagent.content.hindi_numbers import DEVANAGARI, LATIN

UNITS: Final = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
TEENS: Final = (
    *("ten", "eleven", "twelve", "thirteen", "fourteen"),
    *("fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
TENS: Final = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")

Kind: TypeAlias = Literal["tens", "english", "hindi", "figure", "scale", "part", "fraction", "point", "minus"]


@dataclass(frozen=True, slots=True)
class NumberWord:
    """A word that is part of a number."""

    kind: Kind
    """English tens, which take a unit after them; other whole numbers below 100; figures; hundred and above; what
    is a quarter or a half away from the number that follows; fractions that stand by themselves."""
    value: Decimal


_ENGLISH: Final[Mapping[str, int]] = {
    **{word: value for value, word in enumerate(UNITS)},
    **{word: value for value, word in enumerate(TEENS, 10)},
}
_TENS: Final[Mapping[str, int]] = {
    **{word: 10 * value for value, word in enumerate(TENS, 2)},
    "fourty": 40,
    "ninty": 90,
}

_SCALES: Final[Mapping[int, str]] = {
    100: "hundred hundreds sau so सौ हंड्रेड",
    1_000: "thousand hazaar hajaar हज़ार थाउज़ेंड k",
    100_000: "lakh lakhs lac lacs लाख",
    10_000_000: "crore crores cr karod karor caror करोड़ क्रोर",
    1_000_000: "million millions मिलियन",
    1_000_000_000: "arab billion अरब",
}
_PARTS: Final[Mapping[str, str]] = {
    "0.25": "savaa sawa सवा",
    "-0.25": "paune pone पौने",
    "0.5": "saadhe saade sarhe साढ़े",
}
_FRACTIONS: Final[Mapping[str, str]] = {
    "1.5": "dedh derh ded deadh डेढ़ डेड़",
    "2.5": "dhaai dhai arhai adhaai dhaayi ढाई अढ़ाई ढ़ाई",
    "0.5": "aadha aadhe aadhi adha half आधा आधे आधी हाफ",
    "0.75": "pauna paun पौना पौन",
}
_POINTS: Final = "point poin dashamlav dashamlab dashmalav decimal पॉइंट प्वाइंट पॉइन्ट पाइंट दशमलव"
_MINUS: Final = "minus negative माइनस ऋण"
AND: Final = frozenset({"and", "aur", "और", "एंड"})

_BORROWED: Final[Mapping[int, str]] = {
    0: "ज़ीरो",
    1: "वन",
    2: "टू",
    3: "थ्री",
    4: "फोर फॉर",
    5: "फाइव",
    6: "सिक्स",
    7: "सेवन सेवेन",
    8: "एट",
    9: "नाइन",
    10: "टेन",
    11: "इलेवन",
    12: "ट्वेल्व",
    13: "थर्टीन",
    14: "फोर्टीन",
    15: "फिफ्टीन",
    16: "सिक्सटीन",
    17: "सेवनटीन सेवेंटीन",
    18: "एटीन",
    19: "नाइनटीन",
    20: "ट्वेंटी",
    30: "थर्टी",
    40: "फोर्टी फॉर्टी",
    50: "फिफ्टी",
    60: "सिक्सटी",
    70: "सेवेंटी",
    80: "एटी",
    90: "नाइंटी",
}
"""English words as recognisers of Hindi write them."""

_TIDY: Final = ((re.compile("[\u093c\u200c\u200d]"), ""), (re.compile("\u0901"), "\u0902"), (re.compile("इ"), "ई"))
_TIDY_NASAL: Final = ((re.compile("न्(?=[तथदधचछजझटठ])"), "ं"), (re.compile("म्(?=[पफबभ])"), "ं"))
_FOLDS: Final = (("ee", "i"), ("ii", "i"), ("oo", "u"), ("w", "v"), ("z", "j"), ("q", "k"))


@lru_cache(maxsize=4096)
@lru_cache(maxsize=4096)
def folded(word: str) -> str:
    """A key that is the same for the usual ways of spelling a Hindi word, in either script."""
    if not word.isascii():
        for pattern, instead in (*_TIDY, *_TIDY_NASAL):
            word = pattern.sub(instead, word)
        return word
    for written, instead in _FOLDS:
        word = word.replace(written, instead)
    return re.sub(r"(ch)h+", r"\1", re.sub(r"([a-z])\1+", r"\1", word).replace("cch", "ch").replace("chch", "ch"))


def listed(words: str) -> frozenset[str]:
    """The words of a list."""
    return frozenset(words.split())


def folds(words: str) -> frozenset[str]:
    """The words of a list, folded."""
    return frozenset(folded(word) for word in words.split())


def _table() -> tuple[dict[str, NumberWord], dict[str, NumberWord]]:
    exact: dict[str, NumberWord] = {}
    keyed: dict[str, NumberWord] = {}

    def learn(words: str, kind: Kind, value: str | int) -> None:
        for word in words.split():
            keyed.setdefault(folded(word), NumberWord(kind, Decimal(value)))

    for value, ways in enumerate(zip(DEVANAGARI, LATIN, strict=True)):
        learn(" ".join((*ways[0], *ways[1])), "hindi", value)
    for number, words in _BORROWED.items():
        learn(words, "tens" if number >= 20 else "english", number)
    for number, words in _SCALES.items():
        learn(words, "scale", number)
    for text, words in _PARTS.items():
        learn(words, "part", text)
    for text, words in _FRACTIONS.items():
        learn(words, "fraction", text)
    learn(_POINTS, "point", 0)
    learn(_MINUS, "minus", -1)
    exact.update({word: NumberWord("english", Decimal(number)) for word, number in _ENGLISH.items()})
    exact.update({word: NumberWord("tens", Decimal(number)) for word, number in _TENS.items()})
    return exact, keyed


_EXACT, _KEYED = _table()


def hindi_numbers() -> tuple[str, ...]:
    """Hindi's numbers below a hundred in Latin letters, in every spelling."""
    return tuple(word for ways in LATIN for word in ways)


def number_words() -> frozenset[str]:
    """Every word in Latin letters that is part of a number, in the spellings that are listed."""
    listed_words = (*_SCALES.values(), *_PARTS.values(), *_FRACTIONS.values())
    plain = (word for words in listed_words for word in words.split() if word.isascii())
    return frozenset((*hindi_numbers(), *_ENGLISH, *_TENS, *plain))


DOUBTFUL: Final = frozenset({"saath", "sath", "tin", "sat", "bis", "bara", "sola", "so", "pone", "k"})
"""Words that are as likely no number when no other number word is beside them."""
GIVING: Final = listed(
    "de bata bataa bhej dikha dikhaa laga lagaa le likh rakh kar karva karwa dila bhijwa bhijva sun suna bol khol jod "
    "dilwa dilva hata chod chhod badal mila lagva lagwa pahuncha ruk hone jane rehne rahne connect transfer "
    "cancel book pack add call laut lauta wapas vapas check batva samjha dekh kara karne aane baat message "
    "दे बता भेज दिखा लगा ले लिख रख कर करवा दिला भिजवा सुना बोल खोल जोड़"
)
"""Verbs after which "do" is no two: "bata do" asks to be told."""


@lru_cache(maxsize=4096)
def number_word(text: str) -> NumberWord | None:
    """What a token means as part of a number; None when it is none."""
    if text and text[0].isdigit():
        return NumberWord("figure", Decimal(text)) if re.fullmatch(r"\d+(\.\d+)?", text) else None
    return _EXACT.get(text) or _KEYED.get(folded(text))
