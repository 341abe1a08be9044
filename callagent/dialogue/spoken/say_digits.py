"""Numbers that name something, digit by digit: telephones, orders, PIN codes; and codes with letters.

Nothing is doubled ("double five"): one digit, one word cannot be misheard. In Hinglish the digits are English, as
people dictate them; "chhe" and "saat" are for counting.
"""

import re
from collections.abc import Iterable
from decimal import Decimal
from string import ascii_uppercase
from typing import Final

from callagent.content.hindi_numbers import DEVANAGARI, LATIN
from callagent.dialogue.spoken.languages import Language
from callagent.dialogue.spoken.lexicon import TEENS, TENS, UNITS
from callagent.dialogue.spoken.say_numbers import say_number

_LETTERS: Final = "ए बी सी डी ई एफ़ जी एच आई जे के एल एम एन ओ पी क्यू आर एस टी यू वी डब्ल्यू एक्स वाई ज़ेड"
HINDI_LETTERS: Final = dict(zip(ascii_uppercase, _LETTERS.split(), strict=True))
"""How the English letters are called in Hindi."""


def digit(value: str, language: Language) -> str:
    """One of 0 to 9."""
    return say_number(Decimal(value), "hi" if language == "hi" else "en")


def say_digits(value: str, language: Language) -> str:
    """Such as "nine eight zero one two, three four five six seven".

    A breath where it is written with one; a long run of digits gets one after every four.
    """
    runs = re.findall(r"\d+", value)
    return _grouped(
        (part for run in runs for part in ([run] if len(run) <= 5 else re.findall(r"\d{1,4}", run))), language
    )


def say_phone(value: str, language: Language) -> str:
    """A telephone number: mobiles as five and five without the country, others by their own spaces or in fours."""
    digits = "".join(re.findall(r"\d", value))
    local = re.sub(r"^(?:00)?91(?=\d{10}$)", "", digits)
    local = re.sub(r"^0(?=[6-9]\d{9}$)", "", local)
    if re.fullmatch(r"[6-9]\d{9}", local):
        return _grouped((local[:5], local[5:]), language)
    if len(digits) == 11 and digits.startswith("0") and len(re.findall(r"\d+", value)) == 1:
        return _grouped((digits[:3], digits[3:7], digits[7:]), language)
    return say_digits(value, language)


def say_pin_code(value: str, language: Language) -> str:
    """A PIN code, three and three."""
    digits = "".join(re.findall(r"\d", value))
    return _grouped((digits[:3], digits[3:]), language)


def say_spelled(value: str, language: Language) -> str:
    """A model code letter by letter, such as "M C B, C three two" for MCB-C32; what is between groups is a breath."""
    groups = re.findall(r"[A-Z0-9]+", value.upper())
    return ", ".join(" ".join(_sign(char, language) for char in group) for group in groups)


def _sign(char: str, language: Language) -> str:
    if char.isdigit():
        return digit(char, language)
    return HINDI_LETTERS[char] if language == "hi" else char


def _grouped(groups: Iterable[str], language: Language) -> str:
    return ", ".join(" ".join(digit(char, language) for char in group) for group in groups if group)


def ways_to_say_digits(language: Language) -> tuple[str, ...]:
    """The words in which callers dictate numbers, as hints for a recogniser: digits, pairs, "double" and "oh"."""
    english = (*UNITS, "oh", "double", "triple", *TEENS, *TENS)
    if language == "en":
        return english
    if language == "hi":
        return (*(ways[0] for ways in DEVANAGARI), "ज़ीरो", "डबल", "ट्रिपल")
    return tuple(dict.fromkeys((*english, *(ways[0] for ways in LATIN))))
