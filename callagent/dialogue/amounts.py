"""Figures in running text, in figures or words of English, Hindi and Hinglish: what a sentence claims in numbers.

Unlike `numerals`, which reads an answer to a question about a number, this finds every number in a sentence about
anything. What looks like a number and cannot be read is a figure all the same, with no value. This is the one seam to
whoever reads numbers better: `figures_in`.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from callagent.dialogue.numerals import FIGURES


@dataclass(frozen=True, slots=True)
class Figure:
    """A number among words."""

    begin: int
    end: int
    """The words from `begin` up to, but not with, `end`."""
    value: Decimal | None = None
    """What it means: "twelve forty nine" is 1249. None for a number that nobody can hold against anything: "half"."""
    weak: bool = False
    """Whether it is one only with a unit behind it: "one", "ek", and "do", which is English too."""


_HINDI: Final = """
0 शून्य जीरो shunya shoonya sifar
1 एक ek
2 दो do
3 तीन teen
4 चार chaar
5 पांच पाँच paanch paach
6 छह छः छे छ: chhah chhe cheh chhai
7 सात saat
8 आठ aath
9 नौ nau
10 दस das dus
11 ग्यारह gyarah gyaarah gyara
12 बारह baarah baara
13 तेरह terah
14 चौदह chaudah chauda
15 पंद्रह पन्द्रह pandrah pandra
16 सोलह solah sola
17 सत्रह satrah satra sattrah
18 अठारह athaarah athara
19 उन्नीस unnees unnis
20 बीस bees
21 इक्कीस ikkees
22 बाईस baees bais
23 तेईस teis teyis
24 चौबीस chaubees
25 पच्चीस pacchees pachees
26 छब्बीस chhabbees
27 सत्ताईस sattaees sattais
28 अट्ठाईस अठाईस atthaees atthais
29 उनतीस उन्तीस untees unattis
30 तीस tees
31 इकतीस ikattees iktees
32 बत्तीस battees
33 तैंतीस taintees tentis
34 चौंतीस chauntees
35 पैंतीस paintees paintis
36 छत्तीस chhattees
37 सैंतीस saintees
38 अड़तीस adtees adhtis
39 उनतालीस untaalees
40 चालीस chaalees
41 इकतालीस iktaalees
42 बयालीस bayaalees
43 तैंतालीस taintaalees
44 चौवालीस चवालीस chauvaalees chavaalees
45 पैंतालीस paintaalees
46 छियालीस chhiyaalees
47 सैंतालीस saintaalees
48 अड़तालीस adtaalees
49 उनचास unchaas
50 पचास pachaas pachas
51 इक्यावन ikyaavan
52 बावन baavan
53 तिरपन tirpan
54 चौवन chauvan
55 पचपन pachpan
56 छप्पन chhappan
57 सत्तावन sattaavan
58 अट्ठावन atthaavan
59 उनसठ unsath
60 साठ saath
61 इकसठ iksath
62 बासठ baasath
63 तिरसठ tirsath
64 चौंसठ chaunsath
65 पैंसठ painsath
66 छियासठ chhiyaasath
67 सड़सठ sadsath
68 अड़सठ adsath
69 उनहत्तर unhattar
70 सत्तर sattar
71 इकहत्तर ikhattar
72 बहत्तर bahattar
73 तिहत्तर tihattar
74 चौहत्तर chauhattar
75 पचहत्तर pachhattar pichhattar
76 छिहत्तर chhihattar
77 सतहत्तर satattar sathattar
78 अठहत्तर athhattar
79 उन्यासी unyaasi unaasi
80 अस्सी assi
81 इक्यासी ikyaasi
82 बयासी bayaasi
83 तिरासी tiraasi
84 चौरासी chauraasi
85 पचासी pachaasi
86 छियासी chhiyaasi
87 सत्तासी sattaasi
88 अट्ठासी atthaasi
89 नवासी navaasi
90 नब्बे nabbe
91 इक्यानवे ikyaanve
92 बानवे baanve
93 तिरानवे tiraanve
94 चौरानवे chauraanve
95 पचानवे पंचानवे pachaanve panchaanve
96 छियानवे chhiyaanve
97 सत्तानवे sattaanve
98 अट्ठानवे atthaanve
99 निन्यानवे ninyaanve
1.5 डेढ़ dedh derh
2.5 ढाई अढ़ाई dhaai dhaaee dhayi adhaai
"""
_HUNDREDS: Final = """
100 hundred सौ sau so
1000 thousand हजार हज़ार hazaar grand
100000 lakh लाख laakh lac
1000000 million
10000000 crore करोड़ karod karor
1000000000 billion अरब
12 dozen दर्जन darjan
"""
_QUARTERS: Final = """
0.25 सवा savaa sava
0.5 साढ़े साढे saadhe saade
-0.25 पौने paune pauna
"""
_VAGUE: Final = """
half halves quarter quarters third thirds twice thrice double triple treble couple dozens tens hundreds thousands lakhs
crores millions several umpteen single आधा आधे आधी aadha aadhe aadhi दुगना दोगुना dugna doguna दर्जनों सैकड़ों हजारों
लाखों saikdon hazaaron laakhon chauthai tihai चौथाई तिहाई paav
"""
_WEAK: Final = "one ek एक do so saath sath teen tin char first second third couple double single"
_IDIOMS: Final = ({"do", "so"}, {"first", "one"}, {"second", "one"}, {"third", "one"}, {"one", "do"}, {"one", "second"})
"""Weak words that make no number together: "I will do so", "which one do you like"."""
_ORDINALS: Final = (
    *("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh"),
    *("twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth"),
    "twentieth",
)
_AND: Final = frozenset({"and", "aur", "और"})
_TENS: Final = frozenset(Decimal(tens) for tens in range(20, 100, 10))
_DIGITS: Final = frozenset(map(Decimal, range(10)))

_SAME: Final = (("chh", "ch"), ("z", "j"), ("w", "v"), ("ee", "i"), ("oo", "u"), ("ph", "f"))
_DOUBLED: Final = re.compile(r"(.)\1+")


def key(word: str) -> str:
    """A word as it sounds, roughly: the spellings of romanised Hindi come to one; so do nukta and chandrabindu."""
    if not word.isascii():
        return word.replace("\u093c", "").replace("\u0901", "\u0902")
    for written, same in _SAME:
        word = word.replace(written, same)
    return _DOUBLED.sub(r"\1", word)


def _keys(words: Iterable[str]) -> frozenset[str]:
    return frozenset(key(word) for word in words)


def _table(text: str) -> dict[str, Decimal]:
    rows = (row.split() for row in text.strip().splitlines())
    return {key(word): Decimal(value) for value, *words in rows for word in words}


_PLAIN: Final[Mapping[str, Decimal]] = {
    **_table(_HINDI),
    **{key(word): Decimal(value) for value, word in enumerate(_ORDINALS, 1)},
    key("thirtieth"): Decimal(30),
    **{key(word): Decimal(figure) for word, figure in FIGURES.items()},
    **{word: Decimal(0) for word in ("nil", "nought", "naught")},
}
_ENGLISH: Final = _keys([*FIGURES, *_ORDINALS])
_MULTIPLIERS: Final = _table(_HUNDREDS)
_FRACTIONS: Final = _table(_QUARTERS)
_UNREADABLE: Final = _keys(_VAGUE.split())
_WEAKLY: Final = _keys(_WEAK.split())
_REPEATS: Final = {key("double"): 2, key("triple"): 3, key("treble"): 3}
_KNOWN: Final = frozenset({*_PLAIN, *_MULTIPLIERS, *_FRACTIONS, *_UNREADABLE})
_GLUE: Final = _KNOWN - _WEAKLY | _keys(["one", "ek", "do", "rs", "rupee", "rupees", "rupaye", "रुपये"])
_GLUED: Final = re.compile("(?:" + "|".join(sorted(_GLUE, key=len, reverse=True)) + "){2,}")


def is_number(word: str) -> bool:
    """Whether a word is a number, or several glued together: "do", "2000", "paanchsau"."""
    return word[0].isdigit() or key(word) in _KNOWN or _is_glued(key(word))


def _is_glued(sounds: str) -> bool:
    return sounds not in _KNOWN and len(sounds) > 4 and _GLUED.fullmatch(sounds) is not None


def figures_in(words: Sequence[str]) -> list[Figure]:
    """Every number among the words, in order; words in lower case, figures as plain decimals."""
    found: list[Figure] = []
    begin = 0
    while begin < len(words):
        if not is_number(words[begin]):
            begin += 1
            continue
        end = _run_end(words, begin)
        found += _read(words, begin, end)
        begin = end
    return found


def _run_end(words: Sequence[str], begin: int) -> int:
    """Behind the last of the numbers that follow each other."""
    end = begin + 1
    while end < len(words):
        joins = words[end] in _AND or words[end] == "point"
        if is_number(words[end]):
            end += 1
        elif joins and end + 1 < len(words) and is_number(words[end + 1]):
            end += 2
        else:
            break
    return end


def _read(words: Sequence[str], begin: int, end: int) -> list[Figure]:
    """The run as one figure; where that makes no number, cut at its "and"s."""
    run = [word for word in words[begin:end] if word not in _AND]
    try:
        value = _amount(run)
    except ArithmeticError:  # too big to hold against anything
        value = None
    joint = next((place for place in range(begin, end) if words[place] in _AND), None)
    if value is None and joint is not None:
        return [*_read(words, begin, joint), *_read(words, joint + 1, end)]
    if value is None:
        value = _digit_by_digit(run)
    weak = all(key(word) in _WEAKLY for word in run) and (len(run) == 1 or set(run) in _IDIOMS)
    return [Figure(begin, end, value, weak)]


def _plain(word: str) -> Decimal | None:
    return Decimal(word) if word[0].isdigit() else _PLAIN.get(key(word))


def _amount(run: Sequence[str]) -> Decimal | None:
    """The run as one amount: "do hazaar teen sau", "savaa lakh", "one point five lakh"; None for anything else."""
    amount = _Amount()
    place = 0
    while place < len(run):
        word, sounds = run[place], key(run[place])
        value = _plain(word)
        if value is not None and value == int(value) and run[place + 1 : place + 2] == ["point"]:
            digits = [digit for digit in map(_plain, run[place + 2 :]) if digit is not None and digit in _DIGITS]
            value = Decimal(f"{value:f}.{''.join(f'{digit:f}' for digit in digits) or '0'}")
            place += 1 + len(digits)
        if value is not None:
            taken = amount.add(value, english=sounds in _ENGLISH)
        elif sounds in _FRACTIONS:
            taken = amount.quarter(_FRACTIONS[sounds])
        else:
            taken = sounds in _MULTIPLIERS and amount.multiply(_MULTIPLIERS[sounds])
        if not taken:
            return None
        place += 1
    return amount.value


class _Amount:
    """An amount while it is read; each method tells whether the word can follow those before it."""

    def __init__(self) -> None:
        self._total = Decimal(0)
        self._part: Decimal | None = None
        """What the next multiplier multiplies."""
        self._fraction = Decimal(0)
        self._smallest: Decimal | None = None
        self._hundreds = self._english = False
        """Of what kind the last word was."""

    @property
    def value(self) -> Decimal:
        return self._total + (self._part or 0) + self._fraction

    def add(self, value: Decimal, *, english: bool) -> bool:
        tens = self._english and english and 0 < value < 10 and self._part in _TENS
        behind_hundreds = self._hundreds and value < 100
        if self._part is not None and not (tens or behind_hundreds or self._tens_of_hundreds(value, english=english)):
            return False
        self._part = (self._part or Decimal(0)) + value
        self._english, self._hundreds = english, False
        return True

    def _tens_of_hundreds(self, value: Decimal, *, english: bool) -> bool:
        """Whether it is the five of "two hundred twenty five"."""
        part = self._part or Decimal(0)
        return self._english and english and 0 < value < 10 and part > 100 and part % 100 in _TENS

    def quarter(self, fraction: Decimal) -> bool:
        free = self._part is None and not self._fraction
        self._fraction = fraction
        return free

    def multiply(self, factor: Decimal) -> bool:
        part = (Decimal(1) if self._part is None else self._part) + self._fraction
        self._fraction = Decimal(0)
        if factor == 100 and part < 100:
            self._part, self._hundreds = part * factor, True
            return True
        fits = self._smallest is None or factor < self._smallest
        self._total, self._part, self._smallest = self._total + part * factor, None, factor
        return fits


def _digit_by_digit(run: Sequence[str]) -> Decimal | None:
    """The run with its numbers written side by side: "nine eight double zero", "twelve forty nine"."""
    pieces: list[str] = []
    times = 1
    tens = False
    for word in run:
        value = _plain(word)
        if value is None and key(word) in _REPEATS:
            times = _REPEATS[key(word)]
            continue
        if value is None or value != int(value):
            return None
        if tens and 0 < value < 10:
            pieces[-1] = str(int(pieces[-1]) + int(value))
            tens = False
            continue
        pieces.append((word if word.isdigit() else str(value)) * times)
        tens = value in _TENS and key(word) in _ENGLISH
        times = 1
    return Decimal("".join(pieces)) if pieces else None
