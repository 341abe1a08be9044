"""Labelled lines with and without personal data: written by hand, made by rule, and taken from what the shops say."""

import csv
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Final

import yaml

from callagent.content.hindi_numbers import DEVANAGARI, LATIN
from callagent.dialogue.spoken import (
    LANGUAGES,
    say_date,
    say_digits,
    say_money,
    say_number,
    say_pin_code,
    say_quantity,
    say_size,
    say_time,
    written_quantity,
    written_size,
)
from callagent.dialogue.spoken.lexicon import TEENS, TENS, UNITS
from callagent.dialogue.spoken.say_digits import HINDI_LETTERS
from callagent.recording.redaction import Kind
from callagent.recording.redaction.checksums import with_luhn, with_verhoeff

ROOT: Final = Path(__file__).parent.parent.parent
LINES: Final = ROOT / "tests" / "recording" / "redaction"
_MARKED: Final = re.compile("«(.*?)»")
_ENGLISH: Final = (
    *(*UNITS, *TEENS),
    *(f"{tens}{' ' if unit else ''}{unit}" for tens in TENS for unit in ("", *UNITS[1:])),
)


@dataclass(frozen=True, slots=True)
class Line:
    """A text, and where in it personal data stands; nowhere in one without `kind`."""

    text: str
    kind: Kind | None = None
    language: str = ""
    form: str = "hand"
    places: tuple[tuple[int, int], ...] = ()
    value: str = ""
    """What is to be found; empty where a hand has not said it."""


def written_lines(file: str) -> list[Line]:
    """Of a file beside the tests."""
    content = yaml.safe_load((LINES / file).read_text(encoding="utf-8"))
    lines = [
        _marked(str(text), kind, language)
        for kind, languages in content["positive"].items()
        for language, texts in languages.items()
        for text in texts
    ]
    return [*lines, *(Line(str(text)) for text in content["negative"])]


def _marked(text: str, kind: Kind, language: str, form: str = "hand", value: str = "") -> Line:
    places = []
    for number, match in enumerate(_MARKED.finditer(text)):
        begin = match.start() - 2 * number
        places.append((begin, begin + len(match[1])))
    return Line(_MARKED.sub(r"\1", text), kind, language, form, tuple(places), value)


# --- made by rule ----------------------------------------------------------------------------------------------------

_AROUND: Final = {
    "en": ("my number is «{}»", "«{}»", "it is «{}», did you get that", "please note «{}» sir"),
    "hi": ("मेरा नंबर «{}» है", "«{}»", "जी लिखिए «{}»", "«{}» पर भेज दीजिए"),
    "hinglish": ("mera number «{}» hai", "«{}»", "haan ji likho «{}»", "«{}» pe bhej do"),
}
_PAUSES: Final = {"en": ", uh, ", "hi": ", अं, ", "hinglish": ", haan, "}
_DOUBLES: Final = {"en": ("double", "triple"), "hi": ("डबल", "ट्रिपल"), "hinglish": ("double", "triple")}


def _unit(digit: str, language: str) -> str:
    value = int(digit)
    if language == "hi":
        return DEVANAGARI[value][0]
    return LATIN[value][0] if language == "hinglish" else UNITS[value]


def _plain(digits: str, language: str) -> str:
    return " ".join(_unit(digit, language) for digit in digits)


def _groups(digits: str, size: int) -> list[str]:
    return [digits[at : at + size] for at in range(0, len(digits), size)]


def _breaths(digits: str, language: str) -> str:
    return ", ".join(_plain(group, language) for group in _groups(digits, 4))


def _hesitant(digits: str, language: str) -> str:
    return _PAUSES[language].join(_plain(group, language) for group in _groups(digits, 3))


def _doubled(digits: str, language: str) -> str:
    double, triple = _DOUBLES[language]
    words = []
    for match in re.finditer(r"(\d)\1{0,2}", digits):
        word = _unit(match[1], language)
        words.append(("", f"{double} ", f"{triple} ")[len(match[0]) - 1] + word)
    return " ".join(words)


def _pairs(digits: str, language: str) -> str:
    words = []
    for pair in _groups(digits, 2):
        if len(pair) < 2 or pair[0] == "0":
            words.append(_plain(pair, language))
        elif language == "en":
            words.append(_ENGLISH[int(pair)])
        else:
            words.append((DEVANAGARI if language == "hi" else LATIN)[int(pair)][0])
    return " ".join(words)


def _mixed(digits: str, language: str) -> str:
    ways = (lambda digit: digit, lambda digit: UNITS[int(digit)], lambda digit: _unit(digit, language))
    return " ".join(ways[(at // 3) % 3](digit) for at, digit in enumerate(digits))


def _oh(digits: str, language: str) -> str:
    oh = "ओ" if language == "hi" else "oh"
    return " ".join(oh if digit == "0" else _unit(digit, language) for digit in digits)


def _figures(digits: str, language: str) -> str:
    return digits.translate(str.maketrans("0123456789", "०१२३४५६७८९")) if language == "hi" else digits


def _spaced(digits: str, language: str) -> str:
    return " ".join(_groups(_figures(digits, language), 5 if len(digits) == 10 else 4))


def _hyphens(digits: str, language: str) -> str:
    return "-".join(_groups(digits, 5 if len(digits) == 10 else 4))


def _single_figures(digits: str, language: str) -> str:
    return " ".join(_figures(digits, language))


FORMS: Final = {
    "plain words": _plain,
    "groups": _breaths,
    "fillers": _hesitant,
    "double": _doubled,
    "pairs": _pairs,
    "mixed": _mixed,
    "oh": _oh,
    "figures": _figures,
    "spaced figures": _spaced,
    "hyphens": _hyphens,
    "single figures": _single_figures,
}


def _number(kind: str, chance: random.Random) -> str:
    def digits(count: int) -> str:
        return "".join(chance.choice("0123456789") for _ in range(count))

    match kind:
        case "card":
            return with_luhn(chance.choice(("4", "51", "55", "34", "37", "60", "65", "6011")).ljust(6, "0") + digits(9))
        case "aadhaar":
            return with_verhoeff(f"9999{digits(7)}")
        case _:
            return chance.choice("6789") + chance.choice(("0", "00", "8", "88")).ljust(3, "7") + digits(6)


def _numbers(chance: random.Random) -> Iterator[Line]:
    kinds: tuple[Kind, ...] = ("phone", "card", "aadhaar")
    for kind, language, (form, said), _ in product(kinds, LANGUAGES, FORMS.items(), range(5)):
        number = _number(kind, chance)
        around = chance.choice(_AROUND[language])
        value = f"+91{number}" if kind == "phone" else number
        yield _marked(around.format(said(number, language)), kind, language, form, value)
    for language, (form, before), _ in product(LANGUAGES, (("+91", "+91 "), ("0", "0"), ("91", "91")), range(5)):
        number = _number("phone", chance)
        around = chance.choice(_AROUND[language])
        yield _marked(around.format(before + number), "phone", language, form, f"+91{number}")


def _pans(chance: random.Random) -> Iterator[Line]:
    for language, form, _ in product(LANGUAGES, ("written", "spelled", "groups"), range(8)):
        letters = "".join(chance.choice("ABDGHKMNPRSTVXYZ") for _ in range(6))
        pan = f"{letters[:3]}P{letters[4]}{chance.randrange(10000):04d}{letters[5]}"
        names = HINDI_LETTERS if language == "hi" else dict(zip(HINDI_LETTERS, HINDI_LETTERS, strict=True))
        said = {
            "written": pan,
            "spelled": " ".join(_unit(sign, language) if sign.isdigit() else names[sign] for sign in pan),
            "groups": f"{pan[:5]} {pan[5:9]} {pan[9]}",
        }[form]
        around = {"en": "my pan is «{}»", "hi": "मेरा पैन «{}» है", "hinglish": "mera pan «{}» hai"}[language]
        yield _marked(around.format(said), "pan", language, form, pan)


_NAMES: Final = ("sunita", "imran", "kavya", "joseph", "gurpreet", "lakshmi")
_AT: Final = {"en": "at", "hi": "एट", "hinglish": "at the rate"}
_DOT: Final = {"en": "dot", "hi": "डॉट", "hinglish": "dot"}
_HANDLES: Final = (("okaxis", "ok axis"), ("ybl", "y b l"), ("paytm", "paytm"), ("oksbi", "ok s b i"))


def _addresses(chance: random.Random) -> Iterator[Line]:
    for language, name, form in product(LANGUAGES, _NAMES, ("written", "said", "with digits")):
        at, dot = _AT[language], _DOT[language]
        handle, spoken = chance.choice(_HANDLES)
        digits = f"{chance.randrange(10, 99)}"
        around = {"en": "my id is «{}»", "hi": "मेरी आईडी «{}» है", "hinglish": "meri id «{}» hai"}[language]
        whole = {"written": name, "said": f"{name} {dot} k", "with digits": f"{name} {_plain(digits, language)}"}[form]
        plain = {"written": name, "said": f"{name}.k", "with digits": f"{name}{digits}"}[form]
        upi = f"{name}@{handle}" if form == "written" else f"{whole} {at} {spoken}"
        mail = f"{name}@example.com" if form == "written" else f"{whole} {at} gmail {dot} com"
        yield _marked(around.format(upi), "upi", language, form, f"{plain}@{handle}")
        where = "example.com" if form == "written" else "gmail.com"
        yield _marked(around.format(mail), "e-mail", language, form, f"{plain}@{where}")


def made_lines(seed: int = 1) -> list[Line]:
    """Over all kinds, languages and forms; the same seed makes the same lines."""
    chance = random.Random(seed)  # noqa: S311  # nothing is kept secret by it
    return [*_numbers(chance), *_pans(chance), *_addresses(chance)]


def harmless_made_lines(seed: int = 1) -> list[Line]:
    """Prices, sizes, quantities, dates, times, order numbers and PIN codes, as they are said."""
    chance = random.Random(seed)  # noqa: S311
    lines = []
    for language, _ in product(LANGUAGES, range(25)):
        amount = Decimal(chance.choice((chance.randrange(10, 999), chance.randrange(1000, 99999) * 10)))
        day = date(2026, 1, 1) + timedelta(days=chance.randrange(700))
        order = str(chance.randrange(10000, 999999))
        said = (
            say_money(amount, language),
            say_money(amount, language, "colloquial"),
            f"{say_number(amount, language)}, {say_number(amount + 250, language)}, {say_number(amount * 2, language)}",
            say_size(written_size(f"{chance.choice((1.5, 2.5, 4, 6))} sq mm"), language),
            say_quantity(written_quantity(f"{chance.randrange(2, 90)} coil"), language),
            f"{say_date(day, language)} {say_time(chance.randrange(1440), language)}",
            f"order number {say_digits(order, language)}, pin code {say_pin_code('110006', language)}",
            f"₹{amount:,} x {chance.randrange(2, 90)} = ₹{amount * 12:,}",
            f"{day:%d-%m-%Y} {chance.randrange(10, 20)}:30, order {order}, {chance.randrange(2, 90)} pcs",
        )
        lines += [Line(text, language=language, form="made") for text in said]
    return lines


# --- from the shops --------------------------------------------------------------------------------------------------

_HAS_NUMBER: Final = re.compile(
    r"\d{5} \d{5}|\d{10}|011 \d{4}|98 100|[@]|(?:nine|nau|नौ|zero|shoonya|double|eight)(?:,? \w+){6,}", re.IGNORECASE
)
"""Lines of the shops' files that are there to hold a telephone number."""


def shop_lines() -> list[Line]:
    """What callers, staff and prompts say in the files of the shops and of the test calls: without personal data."""
    texts: set[str] = set()
    for folder in ("flows", "prompts", "tests/calls"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix == ".csv":
                with path.open(encoding="utf-8", newline="") as file:
                    texts.update(cell for row in csv.reader(file) for cell in row)
            elif path.suffix == ".yaml":
                texts.update(_texts(yaml.safe_load(path.read_text(encoding="utf-8"))))
    kept = sorted(text for text in texts if len(text) > 8 and not _HAS_NUMBER.search(text))
    return [Line(text, form="shop") for text in kept]


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
