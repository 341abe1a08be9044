"""Values found in what callers say, each phrase checked by hand."""

from datetime import date
from decimal import Decimal

import pytest

from callagent.dialogue.spoken import (
    Duration,
    Language,
    Quantity,
    Size,
    Toward,
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
)

TODAY = date(2026, 11, 21)
"""A Saturday."""


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("do sau fifty", "250"),
        ("dhaai hazaar", "2500"),
        ("adhai hazar", "2500"),
        ("dedh sau", "150"),
        ("derh so", "150"),
        ("savaa sau", "125"),
        ("sawa lakh", "125000"),
        ("paune do lakh", "175000"),
        ("paune sau", "75"),
        ("saadhe teen sau", "350"),
        ("sade baarah sau", "1250"),
        ("saade baarah sau", "1250"),
        ("savaa baarah sau", "1225"),
        ("baarah sau pachaas", "1250"),
        ("1.5 lakh", "150000"),
        ("1 point 5 lakh", "150000"),
        ("5k", "5000"),
        ("2 hazaar 500", "2500"),
        ("1,25,000", "125000"),
        ("1 25 000", "125000"),
        ("125,000", "125000"),
        ("pacchis", "25"),
        ("pachees", "25"),
        ("pachchees", "25"),
        ("twenty five hundred", "2500"),
        ("twenty-five", "25"),
        ("two thousand and fifty", "2050"),
        ("hundred", "100"),
        ("sau", "100"),
        ("ek crore do lakh", "10200000"),
        ("ek hazaar do sau crore", "12000000000"),
        ("one and a half lakh", "150000"),
        ("two point two five lakh", "225000"),
        ("२५०", "250"),
        ("ढाई सौ", "250"),
        ("डेढ लाख", "150000"),
        ("पौने दो लाख", "175000"),
        ("साढ़े तीन हजार", "3500"),
        ("एक लाख पच्चीस हजार", "125000"),
        ("टू हंड्रेड फिफ्टी", "250"),
        ("पाँच", "5"),
        ("पांच", "5"),
        ("mujhe pachaas chahiye", "50"),
        ("minus paanch", "-5"),
        ("fan chahiye", None),
        ("", None),
        ("sau dedh", None),
        ("do teen", None),
        ("nine eight triple zero", None),
        ("paanch hazaar do lakh crore hazaar", None),
        ("uske saath do switch", "2"),
        ("saath hazaar", "60000"),
        ("das nahi barah", "12"),
        ("10 sorry 12", "12"),
        ("point", None),
    ],
)
def test_numbers(said: str, value: str | None) -> None:
    """Numbers come in every mixture; number words that make no single number are none."""
    reading = read_number(said, "hinglish")

    assert (None if reading is None else str(reading.value)) == value


@pytest.mark.parametrize(
    ("said", "language", "value"),
    [
        ("do you have it", "en", None),
        ("do sau", "en", "200"),
        ("bata do", "hinglish", None),
        ("das piece de do", "hinglish", "10"),
        ("do", "hinglish", "2"),
        ("मुझे बता दो", "hi", None),
        ("दो", "hi", "2"),
    ],
)
def test_do_is_not_always_two(said: str, language: Language, value: str | None) -> None:
    """The English verb and the Hindi imperative are no numbers."""
    reading = read_number(said, language)

    assert (None if reading is None else str(reading.value)) == value


@pytest.mark.parametrize("said", ["one fifty", "twelve fifty", "saath", "do se teen", "5 10 20 aur phir 30 chahiye 40"])
def test_ambiguous_numbers(said: str) -> None:
    """What may mean another number too, or several, says so, if it is read at all."""
    assert all(reading.ambiguous for reading in find_numbers(said, "hinglish")[:1])
    reading = read_number(said, "hinglish")
    assert reading is None or reading.ambiguous


def test_words_of_a_reading() -> None:
    """A reading tells which words say the value, however they were cut."""
    reading = read_number("mujhe do sau fifty wala dena", "hinglish")
    assert reading is not None
    assert (reading.words, reading.begin, reading.end) == (("do", "sau", "fifty"), 1, 4)

    reading = read_number(["rating", "16A", "hai"], "hinglish")
    assert reading is not None
    assert (str(reading.value), reading.words) == ("16", ("16A",))


@pytest.mark.parametrize(
    ("said", "rupees"),
    [
        ("do sau fifty rupaye", "250"),
        ("₹1,25,000", "125000"),
        ("Rs. 500", "500"),
        ("500/-", "500"),
        ("dhaai hazaar ka", "2500"),
        ("das rupaye pachaas paise", "10.5"),
        ("nine rupees and fifty paise", "9.5"),
        ("pachaas paise", "0.5"),
        ("सवा लाख रुपए", "125000"),
        ("2 coil 900 rupees", "900"),
        ("ten", "10"),
        ("kitne ka hai", None),
    ],
)
def test_money(said: str, rupees: str | None) -> None:
    """The number beside rupees is the amount; otherwise the number is."""
    reading = read_money(said, "hinglish")

    assert (None if reading is None else str(reading.value)) == rupees


@pytest.mark.parametrize(
    ("said", "digits"),
    [
        ("double nine eight", "998"),
        ("nine eight triple zero", "98000"),
        ("nau aath saat", "987"),
        ("double nau aath", "998"),
        ("teen baar zero paanch", "0005"),
        ("pachees chaalees", "2540"),
        ("forty five twelve", "4512"),
        ("oh seven o zero", "0700"),
        ("डबल नौ आठ", "998"),
        ("४५१२", "4512"),
        ("45-12", "4512"),
        ("four to five for six", "42546"),
        ("das nahi barah", "12"),
        ("do sau pachaas", None),
        ("hello", None),
    ],
)
def test_digits(said: str, digits: str | None) -> None:
    """Dictated digits, doubled, in pairs, in any script; amounts are none."""
    reading = read_digits(said, "hinglish")

    assert (None if reading is None else reading.value) == digits


def test_rejected_digits_are_no_part_of_a_number() -> None:
    """What was taken back is not joined to what came after it; what was interrupted is."""
    assert read_digits("nahi das nahi barah", "hinglish", 4, 8) is None
    reading = read_digits("four five wait six seven", "en", 4, 8)
    assert reading is not None
    assert reading.value == "4567"


def test_sixty_that_was_seven() -> None:
    """Where only a 7 fits, "saath" is a "saat" that was heard wrong."""
    reading = read_digits("nau aath saath paanch", "hinglish", 4, 4)

    assert reading is not None
    assert (reading.value, reading.ambiguous) == ("9875", True)


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("nine eight triple zero one two three four five", "9800012345"),
        ("+91 98765 43210", "9876543210"),
        ("098765-43210", "9876543210"),
        ("plus nine one nine eight seven six five four three two one zero", "9876543210"),
        ("ninety eight seven sixty five 43210", "9876543210"),
        ("mera number hai nau aath saat chhe paanch chaar teen do ek zero", "9876543210"),
        ("नौ आठ सात छह पाँच चार तीन दो एक शून्य", "9876543210"),
        ("९८७६५४३२१०", "9876543210"),
        ("011 2345 6789", "01123456789"),
        ("12345 67890", None),
        ("98765 4321", None),
        ("098765", None),
        ("five thousand", None),
    ],
)
def test_phone_numbers(said: str, number: str | None) -> None:
    """Mobiles with or without the country; numbers that cannot be dialled are none."""
    reading = read_phone(said, "hinglish")

    assert (None if reading is None else reading.value) == number


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("110001", "110001"),
        ("one one triple zero one", "110001"),
        ("चार एक शून्य शून्य दो आठ", "410028"),
        ("pin code hai 560 038", "560038"),
        ("010001", None),
        ("11001", None),
    ],
)
def test_pin_codes(said: str, code: str | None) -> None:
    """Six digits, and no area begins with 0."""
    reading = read_pin_code(said, "hinglish")

    assert (None if reading is None else reading.value) == code


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("em see bee c thirty two", "MCBC32"),
        ("MCB C32", "MCBC32"),
        ("double u a seven", "WA7"),
        ("एम सी बी सी तीन दो", "MCBC32"),
        ("a b dash one two", "AB12"),
        ("fan", None),
    ],
)
def test_spelled_codes(said: str, code: str | None) -> None:
    """Letters by their names or sounds, digits between them."""
    reading = read_spelled(said, "en")

    assert (None if reading is None else reading.value) == code


@pytest.mark.parametrize(
    ("said", "toward", "value"),
    [
        ("aaj", None, "2026-11-21"),
        ("kal", "past", "2026-11-20"),
        ("kal", "future", "2026-11-22"),
        ("kal liya tha", None, "2026-11-20"),
        ("kal aaunga", None, "2026-11-22"),
        ("kal Friday ko", None, "2026-11-20"),
        ("parson", "past", "2026-11-19"),
        ("परसों", "future", "2026-11-23"),
        ("yesterday", None, "2026-11-20"),
        ("day after tomorrow", None, "2026-11-23"),
        ("last Monday", None, "2026-11-16"),
        ("pichhle somvaar", None, "2026-11-16"),
        ("agle mangalwar ko", None, "2026-11-24"),
        ("next week Wednesday", None, "2026-11-25"),
        ("agle hafte ke budhwar", None, "2026-11-25"),
        ("monday ko", "future", "2026-11-23"),
        ("monday ko", "past", "2026-11-16"),
        ("pichhle mahine ki das tareekh", None, "2026-10-10"),
        ("पिछले महीने की दस तारीख", None, "2026-10-10"),
        ("das tareekh pichhle mahine", None, "2026-10-10"),
        ("10/11", None, "2026-11-10"),
        ("10/12", "past", "2025-12-10"),
        ("10/11/2025", None, "2025-11-10"),
        ("10-11-25", None, "2025-11-10"),
        ("2025-11-10", None, "2025-11-10"),
        ("11/25", None, "2026-11-25"),
        ("ten November", None, "2026-11-10"),
        ("November 10th", None, "2026-11-10"),
        ("the tenth of November twenty twenty five", None, "2025-11-10"),
        ("das navambar do hazaar pachees", None, "2025-11-10"),
        ("दस नवंबर दो हज़ार चौबीस", None, "2024-11-10"),
        ("10 November pichhle saal", None, "2025-11-10"),
        ("10 din pehle", None, "2026-11-11"),
        ("three months ago", None, "2026-08-21"),
        ("do saal pehle", "past", "2024-11-21"),
        ("dedh saal pehle", None, "2025-05-21"),
        ("in three days", None, "2026-11-24"),
        ("दो हफ़्ते बाद", None, "2026-12-05"),
        ("das tareekh", "past", "2026-11-10"),
        ("pehli tareekh", "future", "2026-12-01"),
        ("29 February", "past", "2024-02-29"),
        ("10 nahi 12 November", None, "2026-11-12"),
        ("november 2025 mein", None, "2025-11-01"),
        ("pichhle november", None, "2025-11-01"),
        ("order do char paanch saat", None, None),
        ("9 8 1 1 2 3 4 5 6 7", None, None),
        ("31 February", None, None),
        ("13/25", None, None),
        ("sixteen amp", None, None),
        ("may i ask", None, None),
    ],
)
def test_dates(said: str, toward: Toward | None, value: str | None) -> None:
    """Dates as callers say them, the day before the month, seen from a Saturday in November."""
    reading = read_date(said, "hinglish", TODAY, toward)

    assert (None if reading is None else reading.value.isoformat()) == value


@pytest.mark.parametrize(
    "said", ["kal", "Monday", "das tareekh", "pichhle saal", "do saal pehle", "teen chaar din pehle", "May 2025"]
)
def test_ambiguous_dates(said: str) -> None:
    """What leaves the day open says so."""
    reading = read_date(said, "hinglish", TODAY)

    assert reading is not None
    assert reading.ambiguous


@pytest.mark.parametrize(
    ("said", "clock", "ambiguous"),
    [
        ("saadhe das baje", "10:30", True),
        ("half past ten", "10:30", True),
        ("quarter to nine", "8:45", True),
        ("10:30", "10:30", True),
        ("10.30 baje", "10:30", True),
        ("das bajkar bees minute", "10:20", True),
        ("das baj kar bees", "10:20", True),
        ("dedh baje", "13:30", True),
        ("savaa baje", "13:15", True),
        ("six o clock", "18:00", True),
        ("shaam ko saat baje", "19:00", False),
        ("शाम को साढ़े सात बजे", "19:30", False),
        ("raat ek baje", "1:00", False),
        ("raat nau baje", "21:00", False),
        ("subah ke das", "10:00", False),
        ("ten thirty a m", "10:30", False),
        ("5 p.m.", "17:00", False),
        ("5pm", "17:00", False),
        ("17:20", "17:20", False),
        ("noon", "12:00", False),
        ("midnight", "0:00", False),
        ("kal shaam 5 baje", "17:00", False),
        ("10 nahi subah 11 baje", "11:00", False),
        ("25:00", None, False),
        ("do sau fifty", None, False),
        ("nine eight seven six", None, False),
        ("6 amp ka switch", None, False),
        ("5 minute", None, False),
        ("nine eight double one", None, False),
        ("dedh so rupaye", None, False),
        ("5 rupaye", None, False),
    ],
)
def test_times(said: str, clock: str | None, ambiguous: bool) -> None:
    """Times as callers say them; without a part of the day it is the likelier one."""
    reading = read_time(said, "hinglish")

    assert (None if reading is None else f"{reading.value // 60}:{reading.value % 60:02}") == clock
    assert reading is None or reading.ambiguous == ambiguous


@pytest.mark.parametrize(
    ("said", "span"),
    [
        ("subah das baje se raat aath baje tak", (600, 1200)),
        ("das se saadhe aath baje tak", (600, 1230)),
        ("10 am to 8:30 pm", (600, 1230)),
        ("9 baje se 5 baje", (540, 1020)),
        ("from ten a m to midnight", (600, 1440)),
        ("10 baje", None),
    ],
)
def test_spans_of_hours(said: str, span: tuple[int, int] | None) -> None:
    """From and to."""
    reading = read_span(said, "hinglish")

    assert (None if reading is None else reading.value) == span


@pytest.mark.parametrize(
    ("said", "count", "unit"),
    [
        ("do saal", "2", "year"),
        ("18 months", "18", "month"),
        ("dedh ghanta", "1.5", "hour"),
        ("half an hour", "0.5", "hour"),
        ("aadha ghanta", "0.5", "hour"),
        ("ek saal chhe mahine", "18", "month"),
        ("one year and six months", "18", "month"),
        ("ढाई साल", "2.5", "year"),
        ("a week", "1", "week"),
    ],
)
def test_durations(said: str, count: str, unit: str) -> None:
    """Lengths of time, with halves, and of two parts."""
    reading = read_duration(said, "hinglish")

    assert reading is not None
    assert reading.value == Duration(Decimal(count), unit)
    assert not reading.ambiguous


@pytest.mark.parametrize(
    ("said", "count", "unit"),
    [
        ("do coil", "2", "coil"),
        ("das meter", "10", "metre"),
        ("10m", "10", "metre"),
        ("5 pcs", "5", "piece"),
        ("do darjan", "2", "dozen"),
        ("a dozen bulbs", "1", "dozen"),
        ("दो डिब्बे", "2", "box"),
        ("mujhe do coil 2.5 sq mm wire chahiye", "2", "coil"),
    ],
)
def test_quantities(said: str, count: str, unit: str) -> None:
    """How much of what things are sold by; a size beside it does not disturb."""
    reading = read_quantity(said, "hinglish")

    assert reading is not None
    assert reading.value == Quantity(Decimal(count), unit)


@pytest.mark.parametrize(
    ("said", "numbers", "unit"),
    [
        ("2.5 sq mm", ("2.5",), "sq mm"),
        ("2 point 5 sqmm", ("2.5",), "sq mm"),
        ("dhaai square mm", ("2.5",), "sq mm"),
        ("ढाई वर्ग मिलीमीटर", ("2.5",), "sq mm"),
        ("16A", ("16",), "ampere"),
        ("solah ampere ka switch", ("16",), "ampere"),
        ("sixteen amp", ("16",), "ampere"),
        ("6 by 4 inch", ("6", "4"), "inch"),
        ("6x4", ("6", "4"), ""),
        ("1/2 inch", ("0.5",), "inch"),
        ("1 1/2 inch ka pipe", ("1.5",), "inch"),
        ("1200 mm", ("1200",), "mm"),
    ],
)
def test_sizes(said: str, numbers: tuple[str, ...], unit: str) -> None:
    """Sizes and ratings."""
    reading = read_size(said, "hinglish")

    assert reading is not None
    assert reading.value == Size(tuple(Decimal(number) for number in numbers), unit)


def test_things_that_are_not_there() -> None:
    """No reader finds what was not said."""
    assert read_duration("do coil", "hinglish") is None
    assert read_quantity("do saal", "hinglish") is None
    assert read_quantity("pachaas", "hinglish") is None
    assert read_size("do coil", "hinglish") is None
    assert read_percent("athaarah", "hinglish") is None


def test_percent() -> None:
    """A share needs its word or sign."""
    assert [getattr(read_percent(said, "hi"), "value", None) for said in ("18%", "अठारह प्रतिशत", "dhaai percent")] == [
        Decimal(18),
        Decimal(18),
        Decimal("2.5"),
    ]


@pytest.mark.parametrize(("said", "most"), [("do se teen din", True), ("teen chaar din", True), ("teen din", False)])
def test_ranges_are_ambiguous(said: str, most: bool) -> None:
    """The far end of a range is not the value."""
    reading = read_duration(said, "hinglish")

    assert reading is not None
    assert reading.ambiguous == most
