"""The types of answers: what each expects to hear, how it reads words and keys, and how it is read back.

A type is one small class. What it does not say stands in `SlotType`. Choices, items and yes/no are words that are known
beforehand and matched by the place's vocabulary; the others are read from whatever is said.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Literal, TypeAlias

from callagent.dialogue.actions import Kind
from callagent.dialogue.reading import read_date, read_digits, read_number, read_phone, read_pin_code, read_quantity

MAX_DIGITS = 20
MAX_NUMBER = 10_000_000
MAX_TEXT = 300
"""Characters kept of free text."""

DIGITS_FORM = "digits"
"""The form of numbers that are read back figure by figure."""

By: TypeAlias = Literal["spoken", "keyed", "both"]


@dataclass(frozen=True, slots=True)
class SlotType:
    """What all types share."""

    word: ClassVar[str]
    """As staff write it."""
    kind: ClassVar[Kind]
    """Decides how long the caller may pause."""
    silence_s: ClassVar[float] = 6.0
    """How long the caller may say nothing."""
    form: ClassVar[str] = ""
    """How a value is read back, as in {value as digits}."""
    known_words: ClassVar[bool] = False
    """All that may be said is in the vocabulary."""
    takes_anything: ClassVar[bool] = False
    """Whatever is said is an answer."""
    volunteers: ClassVar[bool] = False
    """Worth looking for in a sentence that answers something else."""
    ways: ClassVar[tuple[By, ...]] = ("both", "spoken", "keyed")
    """How it can be answered, the usual way first."""

    @property
    def digits(self) -> tuple[int, int] | None:
        """Fewest and most digits that may be spoken or keyed; None when it is not made of digits."""
        return None

    @property
    def values(self) -> frozenset[str]:
        """All that the answer can be; empty when it can be anything."""
        return frozenset()

    def read(self, words: Sequence[str], language: str, today: date, *, past: bool = False) -> str | None:  # noqa: ARG002
        """The value in a caller's words; None when there is none."""
        return None

    def shown(self, value: str) -> str:
        """The value as it is read back, before it is put into words."""
        return value

    def instead(self, value: str, old: str) -> str:  # noqa: ARG002
        """The whole answer, where `value` was said to put `old` right."""
        return value

    def read_keys(self, keys: str, today: date) -> str | None:  # noqa: ARG002
        """The value that the keys make; None when they make none."""
        fits = self.digits is not None and keys.isascii() and keys.isdecimal()
        return keys if fits and self.digits and self.digits[0] <= len(keys) <= self.digits[1] else None


@dataclass(frozen=True, slots=True)
class ChoiceType(SlotType):
    """One of the choices under `choices`."""

    word = "choice"
    kind = Kind.CHOICE
    known_words = True
    names: tuple[str, ...] = ()

    @property
    def values(self) -> frozenset[str]:
        """The choices' names."""
        return frozenset(self.names)


@dataclass(frozen=True, slots=True)
class ItemType(SlotType):
    """Something in the catalogue."""

    word = "catalogue item"
    kind = Kind.ITEM
    known_words = True
    volunteers = True
    ways = ("spoken",)


@dataclass(frozen=True, slots=True)
class YesNoType(SlotType):
    """Yes or no; keys 1 and 2."""

    word = "yes or no"
    kind = Kind.YES_NO
    known_words = True

    @property
    def values(self) -> frozenset[str]:
        """Both."""
        return frozenset({"yes", "no"})


@dataclass(frozen=True, slots=True)
class NumberType(SlotType):
    """A count between two numbers."""

    word = "number"
    kind = Kind.NUMBER
    form = "number"
    volunteers = True
    least: int = 0
    most: int = MAX_NUMBER

    @property
    def digits(self) -> tuple[int, int] | None:
        """As many as the largest number has."""
        return 1, len(str(self.most))

    def read(self, words: Sequence[str], language: str, today: date, *, past: bool = False) -> str | None:  # noqa: ARG002
        """The only number that is said, when it is in the range."""
        value = read_number(words, language)
        return str(value) if value is not None and self.least <= value <= self.most else None

    def read_keys(self, keys: str, today: date) -> str | None:  # noqa: ARG002
        """The number that is keyed, when it is in the range."""
        fits = keys.isascii() and keys.isdecimal() and len(keys) <= 12 and self.least <= int(keys) <= self.most
        return str(int(keys)) if fits else None


@dataclass(frozen=True, slots=True)
class QuantityType(NumberType):
    """A count between two numbers, with the unit that was said, such as "10 metre"; without one a bare "10"."""

    word = "quantity"
    form = "quantity"

    def read(self, words: Sequence[str], language: str, today: date, *, past: bool = False) -> str | None:  # noqa: ARG002
        """The only count that is said, and its unit; a rating or a thickness is no count."""
        found = read_quantity(words, language)
        return " ".join([str(found[0]), *found[1:]]) if found and self.least <= found[0] <= self.most else None

    def instead(self, value: str, old: str) -> str:
        """Another count alone is of the same unit: "no, twelve", after ten metres, is twelve metres."""
        unit = old.partition(" ")[2]
        return f"{value} {unit}" if unit and " " not in value else value


@dataclass(frozen=True, slots=True)
class DigitsType(SlotType):
    """A number that names something: an order, a bill."""

    word = "digits"
    kind = Kind.DIGITS
    silence_s = 8.0
    form = DIGITS_FORM
    volunteers = True
    fewest: int = 1
    most: int = MAX_DIGITS

    @property
    def digits(self) -> tuple[int, int] | None:
        """As staff wrote it."""
        return self.fewest, self.most

    def read(self, words: Sequence[str], language: str, today: date, *, past: bool = False) -> str | None:  # noqa: ARG002
        """The number that is said digit by digit."""
        return read_digits(words, self.fewest, self.most, language)


@dataclass(frozen=True, slots=True)
class PhoneType(SlotType):
    """A telephone number."""

    word = "phone number"
    kind = Kind.PHONE
    silence_s = 8.0
    form = DIGITS_FORM
    volunteers = True

    @property
    def digits(self) -> tuple[int, int] | None:
        """Ten, without any prefix."""
        return 10, 10

    def shown(self, value: str) -> str:
        """Nobody says their own country's prefix."""
        return value.removeprefix("+91")

    def read(self, words: Sequence[str], language: str, today: date, *, past: bool = False) -> str | None:  # noqa: ARG002
        """With or without +91 or 0."""
        return read_phone(words, language)

    def read_keys(self, keys: str, today: date) -> str | None:  # noqa: ARG002
        """Ten digits."""
        return read_phone([keys], "en") if keys.isascii() and keys.isdecimal() else None


@dataclass(frozen=True, slots=True)
class PinCodeType(SlotType):
    """An Indian postal code."""

    word = "pin code"
    kind = Kind.PIN_CODE
    silence_s = 8.0
    form = DIGITS_FORM
    volunteers = True

    @property
    def digits(self) -> tuple[int, int] | None:
        """Six."""
        return 6, 6

    def read(self, words: Sequence[str], language: str, today: date, *, past: bool = False) -> str | None:  # noqa: ARG002
        """Six digits, the first not 0."""
        return read_pin_code(words, language)

    def read_keys(self, keys: str, today: date) -> str | None:  # noqa: ARG002
        """As `read`."""
        return read_pin_code([keys], "en") if keys.isascii() and keys.isdecimal() else None


@dataclass(frozen=True, slots=True)
class DateType(SlotType):
    """A day; keyed as day, month and year in eight digits."""

    word = "date"
    kind = Kind.DATE
    silence_s = 8.0
    form = "date"
    volunteers = True

    @property
    def digits(self) -> tuple[int, int] | None:
        """Two for the day, two for the month, four for the year."""
        return 8, 8

    def read(self, words: Sequence[str], language: str, today: date, *, past: bool = False) -> str | None:
        """As 2026-11-20."""
        return read_date(words, language, today, past=past)

    def read_keys(self, keys: str, today: date) -> str | None:
        """20112026 is the 20th of November 2026."""
        if len(keys) != 8 or not (keys.isascii() and keys.isdecimal()):
            return None
        return read_date([keys[:2], keys[2:4], keys[4:]], "en", today, past=True)


@dataclass(frozen=True, slots=True)
class HolidayType(SlotType):
    """A day by its name, such as a festival's: one that the flow knows, or another that callers may name."""

    word = "holiday"
    kind = Kind.CHOICE
    known_words = True
    volunteers = True
    ways = ("spoken",)


@dataclass(frozen=True, slots=True)
class NameType(SlotType):
    """Somebody's name."""

    word = "name"
    kind = Kind.NAME
    takes_anything = True
    ways = ("spoken",)
    longest: ClassVar[int] = 6

    def read(self, words: Sequence[str], language: str, today: date, *, past: bool = False) -> str | None:  # noqa: ARG002
        """A few words without figures."""
        fits = 0 < len(words) <= self.longest and not any(char.isdecimal() for word in words for char in word)
        return " ".join(words)[:MAX_TEXT] if fits else None


@dataclass(frozen=True, slots=True)
class TextType(SlotType):
    """Whatever the caller says."""

    word = "free text"
    kind = Kind.TEXT
    takes_anything = True
    ways = ("spoken",)

    def read(self, words: Sequence[str], language: str, today: date, *, past: bool = False) -> str | None:  # noqa: ARG002
        """All of it, as far as anybody would read it."""
        return " ".join(words)[:MAX_TEXT] or None


PLAIN: Mapping[str, SlotType] = {
    kind.word: kind
    for kind in (ItemType(), YesNoType(), PhoneType(), PinCodeType(), DateType(), HolidayType(), NameType(), TextType())
}
"""The types that are written by their word alone."""

TYPES = ("choice", *PLAIN, "number 1 to 100", "quantity 1 to 100", "digits 4 to 8")
"""How each may be written, for messages."""

_RANGE = re.compile(r"(digits|number|quantity) (\d{1,12})(?: to (\d{1,12}))?")


def type_written(text: str, choices: tuple[str, ...], complain: Callable[[str, str], None]) -> SlotType | None:
    """The type that `text` names; `complain(what, remedy)` is called for a range that cannot be. None for neither."""
    if text == "choice":
        return ChoiceType(choices)
    match = _RANGE.fullmatch(text)
    if match is None:
        return PLAIN.get(text)
    first, last = int(match[2]), int(match[3] or match[2])
    limit, smallest = (MAX_DIGITS, 1) if match[1] == "digits" else (MAX_NUMBER, 0)
    if not smallest <= first <= last <= limit or (match[1] != "digits" and not match[3]):
        complain(f"'{text}' cannot be.", f"Write the smaller number first, of {smallest} to {limit}.")
        first, last = smallest, limit
    kinds = {"digits": DigitsType, "number": NumberType, "quantity": QuantityType}
    return kinds[match[1]](first, last)
