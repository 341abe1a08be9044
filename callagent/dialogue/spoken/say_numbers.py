"""Numbers, money and percentages in words, grouped the Indian way: thousand, lakh, crore."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from callagent.content.english_numbers import in_words
from callagent.content.hindi_numbers import DEVANAGARI, LATIN
from callagent.dialogue.spoken.languages import Language, Style, Texts, pick

_MINUS: Final[Texts] = ("minus", "माइनस", "minus")
_POINT: Final[Texts] = ("point", "दशमलव", "point")
_PERCENT: Final[Texts] = ("percent", "प्रतिशत", "percent")
_SCALES: Final[tuple[tuple[int, Texts], ...]] = (
    (10_000_000, ("crore", "करोड़", "crore")),
    (100_000, ("lakh", "लाख", "lakh")),
    (1_000, ("thousand", "हज़ार", "hazaar")),
    (100, ("hundred", "सौ", "sau")),
)
_RUPEE: Final[tuple[Texts, Texts]] = (("rupee", "रुपया", "rupaya"), ("rupees", "रुपये", "rupaye"))
_PAISA: Final[tuple[Texts, Texts]] = (("paisa", "पैसा", "paisa"), ("paise", "पैसे", "paise"))
_PAISE_JOINED: Final[Texts] = (" and ", " ", " ")
_QUARTER: Final[Texts] = ("", "सवा", "savaa")
_PARTS: Final[Mapping[Decimal, Texts]] = {
    Decimal("0.25"): _QUARTER,
    Decimal("0.5"): ("", "साढ़े", "saadhe"),
    Decimal("0.75"): ("", "पौने", "paune"),
}
"""Before a number; "paune" before the one above."""
_BROKEN: Final[Mapping[Decimal, Texts]] = {
    Decimal("0.5"): ("half", "आधा", "aadha"),
    Decimal("0.75"): ("", "पौन", "paun"),
    Decimal("1.5"): ("one and a half", "डेढ़", "dedh"),
    Decimal("2.5"): ("two and a half", "ढाई", "dhaai"),
}


def below_hundred(value: int, language: Language) -> str:
    """A number from 0 to 99."""
    if language == "en":
        return in_words(value)
    return (DEVANAGARI if language == "hi" else LATIN)[value][0]


def say_number(value: Decimal, language: Language, style: Style = "plain") -> str:
    """A count or a measure, such as "one lakh twenty-four thousand nine hundred and fifty"."""
    sign = f"{pick(_MINUS, language)} " if value < 0 else ""
    size = abs(value).normalize() if value else Decimal(0)
    whole = int(size)
    short = _colloquial(size, language) if style == "colloquial" else ""
    if short:
        return sign + short
    text = _whole(whole, language)
    if size != whole:
        decimals = f"{size:f}".partition(".")[2]
        text = " ".join((text, pick(_POINT, language), *(below_hundred(int(digit), language) for digit in decimals)))
    return sign + text


def say_money(value: Decimal, language: Language, style: Style = "plain") -> str:
    """An amount of rupees, with paise where there are any: "dhaai sau rupaye", "nine rupees and fifty paise"."""
    rupees, paise = divmod(int((abs(value) * 100).to_integral_value()), 100)
    parts = []
    half = Decimal(rupees) + Decimal("0.5")
    if style == "colloquial" and language != "en" and 1 <= rupees < 99 and paise == 50:
        sign = pick(_MINUS, language) + " " if value < 0 else ""
        return f"{sign}{broken(half, language)} {pick(_RUPEE[1], language)}"
    if rupees or not paise:
        unit = pick(_RUPEE[rupees != 1], language)
        parts.append(f"{say_number(Decimal(rupees), language, style)} {unit}")
    if paise:
        parts.append(f"{below_hundred(paise, language)} {pick(_PAISA[paise != 1], language)}")
    sign = f"{pick(_MINUS, language)} " if value < 0 and (rupees or paise) else ""
    return sign + pick(_PAISE_JOINED, language).join(parts)


def say_percent(value: Decimal, language: Language, style: Style = "plain") -> str:
    """A share of a hundred, such as "eighteen percent"."""
    return f"{say_number(value, language, style)} {pick(_PERCENT, language)}"


def _whole(value: int, language: Language) -> str:
    parts = []
    rest = value
    for scale, names in _SCALES:
        count, rest = divmod(rest, scale)
        if count:
            parts.append(f"{_whole(count, language)} {pick(names, language)}")
    if rest or not parts:
        joint = "and " if parts and language == "en" else ""
        parts.append(joint + below_hundred(rest, language))
    return " ".join(parts)


def _colloquial(value: Decimal, language: Language) -> str:
    """Halves and quarters of a round size; empty where a shopkeeper would use the plain number as well.

    Quarters are said only of lakh and crore (and 125): "paune do sau" misheard by one word is off by a fifth.
    """
    if language == "en":
        return _english_halves(value)
    if value < 100:
        return broken(value, language)
    if 1_100 <= value < 2_000 and value != 1_500 and value == int(value):
        hundreds, rest = divmod(int(value), 100)
        tail = f" {below_hundred(rest, language)}" if rest else ""
        return f"{below_hundred(hundreds, language)} {pick(_SCALES[-1][1], language)}{tail}"
    for scale, names in _SCALES:
        if value >= scale:
            count = value / scale
            quarters = scale >= 100_000 or value == 125
            if count < 100 and (count % 1 == Decimal("0.5") or (quarters and count % 1)):
                said = broken(count, language)
                if count == Decimal("1.25"):
                    said = pick(_QUARTER, language)
                return f"{said} {pick(names, language)}" if said else ""
            return ""
    return ""


def broken(value: Decimal, language: Language) -> str:
    """Halves and quarters below a hundred: "dedh", "savaa do", "paune teen"; empty for all else."""
    if value in _BROKEN:
        return pick(_BROKEN[value], language)
    whole, part = divmod(value, 1)
    word = _PARTS.get(part)
    if word is None or not 1 <= whole < 99:
        return ""
    if language == "en":
        return f"{below_hundred(int(whole), language)} and a half" if part == Decimal("0.5") else ""
    return f"{pick(word, language)} {below_hundred(int(whole) + (part > Decimal('0.5')), language)}"


def _english_halves(value: Decimal) -> str:
    for scale, names in _SCALES[:2]:
        count = value / scale
        if 1 <= count < 100 and count % 1 == Decimal("0.5"):
            return f"{broken(count, 'en')} {names[0]}"
    return ""
