"""What is said can be read back: every kind of value, every language, over wide ranges."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import TypeVar

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from callagent.content.hindi_numbers import DEVANAGARI, LATIN
from callagent.dialogue.spoken import (
    LANGUAGES,
    Duration,
    Language,
    Quantity,
    Reading,
    Size,
    Style,
    find_numbers,
    read_date,
    read_digits,
    read_duration,
    read_money,
    read_number,
    read_percent,
    read_phone,
    read_pin_code,
    read_quantity,
    read_size,
    read_span,
    read_spelled,
    read_time,
    say_date,
    say_digits,
    say_duration,
    say_money,
    say_number,
    say_percent,
    say_phone,
    say_pin_code,
    say_quantity,
    say_size,
    say_span,
    say_spelled,
    say_time,
    western,
)
from callagent.dialogue.spoken.calendar_words import MONTH_OF, WEEKDAY_OF
from callagent.dialogue.spoken.lexicon import folded
from callagent.dialogue.spoken.units import MEASURES, SALES, TIMES

Value = TypeVar("Value")

languages = st.sampled_from(LANGUAGES)
styles = st.sampled_from(("plain", "colloquial"))
round_numbers = st.builds(
    lambda quarters, scale: Decimal(quarters * scale) / 4,
    st.integers(0, 396),
    st.sampled_from((1, 100, 1000, 10**5, 10**7)),
)
numbers = st.one_of(
    round_numbers,
    st.integers(-(10**11), 10**11).map(Decimal),
    st.decimals(-(10**6), 10**6, places=3, allow_nan=False),
)
counts = st.one_of(st.integers(0, 10**5).map(Decimal), st.integers(0, 400).map(lambda quarters: Decimal(quarters) / 4))
digits = st.text("0123456789", min_size=1, max_size=18)


def assert_read(reading: Reading[Value] | None, value: Value, said: str, *, surely: bool = True) -> None:
    """All the words were read, as that value and no other."""
    assert reading is not None, said
    assert reading.value == value, said
    assert " ".join(reading.words) == said
    assert not (surely and reading.ambiguous), said


@given(numbers, languages, styles)
def test_numbers(value: Decimal, language: Language, style: Style) -> None:
    """Every number; only "saath" alone (sixty) may be "with" as well."""
    said = say_number(value, language, style)
    assert_read(read_number(said, language), value, said, surely=said != "saath")


@given(numbers, languages, styles)
def test_money(value: Decimal, language: Language, style: Style) -> None:
    """Every amount, to the paisa."""
    rounded = value.quantize(Decimal("0.01"))
    said = say_money(rounded, language, style)
    assert_read(read_money(said, language), rounded, said, surely="saath" not in said)


@given(numbers, languages, styles)
def test_percentages(value: Decimal, language: Language, style: Style) -> None:
    """Every share."""
    said = say_percent(value, language, style)
    assert_read(read_percent(said, language), value, said, surely="saath" not in said)


@given(digits, languages)
def test_digits(value: str, language: Language) -> None:
    """Every number that names something."""
    said = say_digits(value, language)
    assert_read(read_digits(said, language), value, said)


@given(st.from_regex(r"[6-9][0-9]{9}", fullmatch=True), st.sampled_from(("", "0", "91", "+91 ", "0091")), languages)
def test_mobile_numbers(value: str, before: str, language: Language) -> None:
    """Every mobile number, whatever is written before it."""
    said = say_phone(before + value, language)
    assert_read(read_phone(said, language), value, said)


@given(st.from_regex(r"0[1-5][0-9]{9}", fullmatch=True), languages)
def test_landlines(value: str, language: Language) -> None:
    """Every landline."""
    said = say_phone(value, language)
    assert_read(read_phone(said, language), value, said)


@given(st.from_regex(r"[1-9][0-9]{5}", fullmatch=True), languages)
def test_pin_codes(value: str, language: Language) -> None:
    """Every PIN code."""
    said = say_pin_code(value, language)
    assert_read(read_pin_code(said, language), value, said)


@given(st.from_regex(r"[A-Z0-9]{2,5}(-[A-Z0-9]{1,5})?", fullmatch=True), languages)
def test_spelled_codes(value: str, language: Language) -> None:
    """Every code, without its hyphen; the letter O may be a zero."""
    said = say_spelled(value, language)
    assert_read(read_spelled(said, language), value.replace("-", ""), said, surely="O" not in value)


@given(st.dates(date(1960, 1, 1), date(2090, 12, 31)), st.integers(-15_000, 15_000) | st.integers(-4, 4), languages)
def test_dates(today: date, days: int, language: Language) -> None:
    """Every date, from any today."""
    value = min(max(today + timedelta(days), date(1920, 1, 1)), date(2130, 12, 31))
    said = say_date(value, language, today)
    assert_read(read_date(said, language, today), value, said)


@pytest.mark.parametrize("language", LANGUAGES)
def test_times(language: Language) -> None:
    """Every minute of the day."""
    for minutes in range(24 * 60):
        said = say_time(minutes, language)
        assert_read(read_time(said, language), minutes, said)


@given(st.lists(st.integers(0, 1440), min_size=2, max_size=2, unique=True).map(sorted), languages)
def test_spans_of_hours(value: list[int], language: Language) -> None:
    """Every span of hours within a day."""
    said = say_span((value[0], value[1]), language)
    assert_read(read_span(said, language), (value[0], value[1]), said)


@given(counts, st.sampled_from(sorted(TIMES)), languages, styles)
def test_durations(count: Decimal, unit: str, language: Language, style: Style) -> None:
    """Every length of time."""
    said = say_duration(Duration(count, unit), language, style)
    assert_read(read_duration(said, language), Duration(count, unit), said, surely="saath" not in said)


@given(counts, st.sampled_from(sorted({**MEASURES, **SALES})), languages, styles)
def test_quantities(count: Decimal, unit: str, language: Language, style: Style) -> None:
    """Every quantity of every unit."""
    said = say_quantity(Quantity(count, unit), language, style)
    assert_read(read_quantity(said, language), Quantity(count, unit), said, surely="saath" not in said)


@given(st.lists(counts, min_size=1, max_size=3), st.sampled_from(sorted(MEASURES)), languages, styles)
def test_sizes(given_numbers: list[Decimal], unit: str, language: Language, style: Style) -> None:
    """Every size, of one measure or several."""
    value = Size(tuple(given_numbers), unit)
    said = say_size(value, language, style)
    assert_read(read_size(said, language), value, said, surely="saath" not in said)


def test_every_spelling_of_every_hindi_number() -> None:
    """Each of the irregular numbers is read in all its spellings, and no two share one."""
    seen: dict[str, int] = {}
    for value, ways in enumerate(zip(DEVANAGARI, LATIN, strict=True)):
        for way in (*ways[0], *ways[1]):
            assert seen.setdefault(folded(way), value) == value, way
            reading = read_number(way, "hinglish")
            assert reading is not None, way
            assert reading.value == value, way

    assert len(DEVANAGARI) == len(LATIN) == 100


def test_no_word_for_a_day_is_a_number() -> None:
    """Weekdays, months and numbers do not sound so alike that one is read for the other."""
    numbers_folded = {folded(way) for ways in (*DEVANAGARI, *LATIN) for way in ways}

    assert not numbers_folded & {*WEEKDAY_OF, *MONTH_OF}


READERS: tuple[Callable[[str], object], ...] = (
    lambda said: read_number(said, "hinglish"),
    lambda said: find_numbers(said, "en"),
    lambda said: read_money(said, "hi"),
    lambda said: read_percent(said, "hi"),
    lambda said: read_digits(said, "en"),
    lambda said: read_phone(said, "en"),
    lambda said: read_pin_code(said, "en"),
    lambda said: read_spelled(said, "en"),
    lambda said: read_date(said, "hinglish", date(2024, 2, 29)),
    lambda said: read_time(said, "hinglish"),
    lambda said: read_span(said, "hinglish"),
    lambda said: read_duration(said, "hinglish"),
    lambda said: read_quantity(said, "hinglish"),
    lambda said: read_size(said, "hinglish"),
)
PIECES = """
do sau dedh saadhe paune savaa lakh crore hundred twenty five double triple oh point minus and aur k so
kal last pichhle mahine saal pehle in days tareekh November Monday th baje half past to noon raat tak se
₹ % + : / - 10/11 1,25,000 2.5 16A 99999999999999999999 ९८ ² ½ rupaye paise by mm coil \x00 😀 ';DROP
"""


@example("3000000000/0")
@given(st.one_of(st.text(max_size=60), st.lists(st.sampled_from(PIECES.split()), max_size=12).map(" ".join)))
def test_nothing_a_caller_says_breaks_a_reader(said: str) -> None:
    """Nonsense is read as something or nothing, never as an exception; the words of a reading are the caller's."""
    for read in READERS:
        reading = read(said)
        if isinstance(reading, Reading):
            assert reading.words == tuple(said.split())[reading.begin : reading.end]
            assert reading.words


@pytest.mark.parametrize("said", ["", "lakh " * 10_000, "9" * 100_000, "\x00\x07", "दो " * 5_000, "a1" * 50_000])
def test_absurd_lengths(said: str) -> None:
    """Whatever is too long to be a value is cut, not pondered."""
    for read in READERS:
        read(said)


def test_digits_of_other_scripts() -> None:
    """The digits of every script are digits."""
    assert western("४५१२ abc ٣") == "4512 abc 3"
