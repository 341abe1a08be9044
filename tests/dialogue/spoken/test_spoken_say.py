"""Values in words, each phrase checked by hand: this is how they are said on the telephone."""

from datetime import date
from decimal import Decimal

import pytest

from callagent.dialogue.spoken import (
    Duration,
    Language,
    Quantity,
    Size,
    say_date,
    say_digits,
    say_duration,
    say_hours,
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
    say_weekday,
    say_year,
    ways_to_say_digits,
)

TODAY = date(2026, 11, 24)
"""A Tuesday."""


@pytest.mark.parametrize(
    ("value", "english", "hindi", "hinglish"),
    [
        ("0", "zero", "शून्य", "shoonya"),
        ("7", "seven", "सात", "saat"),
        ("16", "sixteen", "सोलह", "solah"),
        ("29", "twenty-nine", "उनतीस", "untees"),
        ("39", "thirty-nine", "उनतालीस", "untaalees"),
        ("59", "fifty-nine", "उनसठ", "unsath"),
        ("69", "sixty-nine", "उनहत्तर", "unhattar"),
        ("79", "seventy-nine", "उनासी", "unaasi"),
        ("89", "eighty-nine", "नवासी", "navaasi"),
        ("99", "ninety-nine", "निन्यानवे", "ninyaanave"),
        ("100", "one hundred", "एक सौ", "ek sau"),
        ("101", "one hundred and one", "एक सौ एक", "ek sau ek"),
        ("999", "nine hundred and ninety-nine", "नौ सौ निन्यानवे", "nau sau ninyaanave"),
        ("1000", "one thousand", "एक हज़ार", "ek hazaar"),
        ("1250", "one thousand two hundred and fifty", "एक हज़ार दो सौ पचास", "ek hazaar do sau pachaas"),
        ("45000", "forty-five thousand", "पैंतालीस हज़ार", "paintaalees hazaar"),
        ("100001", "one lakh and one", "एक लाख एक", "ek lakh ek"),
        ("10000000", "one crore", "एक करोड़", "ek crore"),
        ("1000000000", "one hundred crore", "एक सौ करोड़", "ek sau crore"),
        ("2.5", "two point five", "दो दशमलव पाँच", "do point paanch"),
        ("0.75", "zero point seven five", "शून्य दशमलव सात पाँच", "shoonya point saat paanch"),
        ("24.00", "twenty-four", "चौबीस", "chaubees"),
        ("-3", "minus three", "माइनस तीन", "minus teen"),
    ],
)
def test_numbers(value: str, english: str, hindi: str, hinglish: str) -> None:
    """Numbers are grouped by hundred, thousand, lakh and crore."""
    assert [say_number(Decimal(value), language) for language in ("en", "hi", "hinglish")] == [english, hindi, hinglish]


@pytest.mark.parametrize(
    ("value", "hindi", "hinglish"),
    [
        ("0.5", "आधा", "aadha"),
        ("1.25", "सवा एक", "savaa ek"),
        ("1.5", "डेढ़", "dedh"),
        ("1.75", "पौने दो", "paune do"),
        ("2.5", "ढाई", "dhaai"),
        ("3.5", "साढ़े तीन", "saadhe teen"),
        ("125", "सवा सौ", "savaa sau"),
        ("150", "डेढ़ सौ", "dedh sau"),
        ("175", "एक सौ पचहत्तर", "ek sau pachhattar"),
        ("250", "ढाई सौ", "dhaai sau"),
        ("350", "साढ़े तीन सौ", "saadhe teen sau"),
        ("1200", "बारह सौ", "baarah sau"),
        ("1250", "बारह सौ पचास", "baarah sau pachaas"),
        ("1500", "डेढ़ हज़ार", "dedh hazaar"),
        ("2500", "ढाई हज़ार", "dhaai hazaar"),
        ("2250", "दो हज़ार दो सौ पचास", "do hazaar do sau pachaas"),
        ("12500", "साढ़े बारह हज़ार", "saadhe baarah hazaar"),
        ("125000", "सवा लाख", "savaa lakh"),
        ("150000", "डेढ़ लाख", "dedh lakh"),
        ("175000", "पौने दो लाख", "paune do lakh"),
        ("225000", "सवा दो लाख", "savaa do lakh"),
        ("25000000", "ढाई करोड़", "dhaai crore"),
        ("124950", "एक लाख चौबीस हज़ार नौ सौ पचास", "ek lakh chaubees hazaar nau sau pachaas"),
    ],
)
def test_across_the_counter(value: str, hindi: str, hinglish: str) -> None:
    """Colloquially a round amount is said in halves, and a lakh in quarters; what could be misheard stays plain."""
    assert say_number(Decimal(value), "hi", "colloquial") == hindi
    assert say_number(Decimal(value), "hinglish", "colloquial") == hinglish


@pytest.mark.parametrize(
    ("value", "english", "hindi", "hinglish"),
    [
        ("125000", "one lakh twenty-five thousand rupees", "एक लाख पच्चीस हज़ार रुपये", "ek lakh pacchees hazaar rupaye"),
        ("1", "one rupee", "एक रुपया", "ek rupaya"),
        ("0", "zero rupees", "शून्य रुपये", "shoonya rupaye"),
        ("0.50", "fifty paise", "पचास पैसे", "pachaas paise"),
        ("0.01", "one paisa", "एक पैसा", "ek paisa"),
        ("1249.50", "one thousand two hundred and forty-nine rupees and fifty paise",
         "एक हज़ार दो सौ उनचास रुपये पचास पैसे", "ek hazaar do sau unchaas rupaye pachaas paise"),
        ("-3", "minus three rupees", "माइनस तीन रुपये", "minus teen rupaye"),
        ("60", "sixty rupees", "साठ रुपये", "saath rupaye"),
    ],
)  # fmt: skip
def test_money(value: str, english: str, hindi: str, hinglish: str) -> None:
    """Rupees, and paise where there are any."""
    assert [say_money(Decimal(value), language) for language in ("en", "hi", "hinglish")] == [english, hindi, hinglish]


def test_money_across_the_counter() -> None:
    """Half a rupee is a half where it follows a number."""
    assert say_money(Decimal("12.50"), "hinglish", "colloquial") == "saadhe baarah rupaye"
    assert say_money(Decimal("1.50"), "hi", "colloquial") == "डेढ़ रुपये"
    assert say_money(Decimal("0.50"), "hinglish", "colloquial") == "pachaas paise"
    assert say_money(Decimal(250), "hinglish", "colloquial") == "dhaai sau rupaye"
    assert say_money(Decimal(150_000), "en", "colloquial") == "one and a half lakh rupees"


@pytest.mark.parametrize(
    ("value", "language", "said"),
    [
        (date(2026, 11, 24), "en", "today"),
        (date(2026, 11, 24), "hi", "आज"),
        (date(2026, 11, 24), "hinglish", "aaj"),
        (date(2026, 11, 25), "en", "tomorrow, Wednesday"),
        (date(2026, 11, 25), "hi", "कल, बुधवार"),
        (date(2026, 11, 23), "hinglish", "kal, Monday"),
        (date(2026, 11, 26), "hinglish", "parson, Thursday"),
        (date(2026, 11, 26), "en", "the day after tomorrow, Thursday"),
        (date(2026, 12, 1), "en", "Tuesday the first of December"),
        (date(2026, 12, 1), "hi", "मंगलवार, एक दिसंबर"),
        (date(2026, 12, 21), "hinglish", "Monday, ikkees December"),
        (date(2027, 1, 26), "hi", "मंगलवार, छब्बीस जनवरी"),
        (date(2025, 2, 10), "en", "Monday the tenth of February twenty twenty-five"),
        (date(2025, 2, 10), "hi", "सोमवार, दस फ़रवरी दो हज़ार पच्चीस"),
        (date(2025, 2, 10), "hinglish", "Monday, das February do hazaar pacchees"),
    ],
)
def test_dates(value: date, language: Language, said: str) -> None:
    """Near dates are relative, with the weekday that tells one "kal" from the other; far ones say their year."""
    assert say_date(value, language, TODAY) == said


def test_dates_without_a_today() -> None:
    """Without a today, a date is its weekday, day and month."""
    assert say_date(TODAY, "en") == "Tuesday the twenty-fourth of November"
    assert say_date(TODAY, "hi") == "मंगलवार, चौबीस नवंबर"
    assert say_date(TODAY, "hinglish") == "Tuesday, chaubees November"
    assert say_weekday(6, "hi") == "रविवार"


@pytest.mark.parametrize(
    ("value", "english", "hindi", "hinglish"),
    [
        (1999, "nineteen ninety-nine", "उन्नीस सौ निन्यानवे", "unnees sau ninyaanave"),
        (2005, "two thousand and five", "दो हज़ार पाँच", "do hazaar paanch"),
        (2026, "twenty twenty-six", "दो हज़ार छब्बीस", "do hazaar chhabbees"),
    ],
)
def test_years(value: int, english: str, hindi: str, hinglish: str) -> None:
    """Years of the last century are counted in hundreds in Hindi, those of this in thousands."""
    assert [say_year(value, language) for language in ("en", "hi", "hinglish")] == [english, hindi, hinglish]


@pytest.mark.parametrize(
    ("clock", "english", "hindi", "hinglish"),
    [
        ("0:00", "midnight", "रात बारह बजे", "raat baarah baje"),
        ("24:00", "midnight", "रात बारह बजे", "raat baarah baje"),
        ("1:30", "half past one a m", "रात डेढ़ बजे", "raat dedh baje"),
        ("6:05", "six oh five a m", "सुबह छह बजकर पाँच मिनट", "subah chhe bajkar paanch minute"),
        ("9:30", "half past nine a m", "सुबह साढ़े नौ बजे", "subah saadhe nau baje"),
        ("10:00", "ten a m", "सुबह दस बजे", "subah das baje"),
        ("12:00", "twelve noon", "दोपहर बारह बजे", "dopahar baarah baje"),
        ("12:45", "quarter to one p m", "दोपहर पौने एक बजे", "dopahar paune ek baje"),
        ("13:15", "quarter past one p m", "दोपहर सवा एक बजे", "dopahar savaa ek baje"),
        ("14:30", "half past two p m", "दोपहर ढाई बजे", "dopahar dhaai baje"),
        ("17:20", "five twenty p m", "शाम पाँच बजकर बीस मिनट", "shaam paanch bajkar bees minute"),
        ("18:30", "half past six p m", "शाम साढ़े छह बजे", "shaam saadhe chhe baje"),
        ("20:30", "half past eight p m", "रात साढ़े आठ बजे", "raat saadhe aath baje"),
        ("23:45", "quarter to midnight", "रात पौने बारह बजे", "raat paune baarah baje"),
    ],
)
def test_times(clock: str, english: str, hindi: str, hinglish: str) -> None:
    """Quarters and halves as everybody says them, with the part of the day."""
    hour, minute = clock.split(":")
    minutes = int(hour) * 60 + int(minute)

    assert [say_time(minutes, language) for language in ("en", "hi", "hinglish")] == [english, hindi, hinglish]


def test_hours() -> None:
    """A span of hours, and the week of a shop."""
    week = {**dict.fromkeys(range(6), (600, 1230)), 6: None}

    assert say_span((600, 1230), "hinglish") == "subah das baje se raat saadhe aath baje tak"
    assert say_hours(week, "hi") == "सोमवार से शनिवार, सुबह दस बजे से रात साढ़े आठ बजे तक, और रविवार को बंद"
    assert say_hours(week, "hinglish") == (
        "Monday se Saturday, subah das baje se raat saadhe aath baje tak, aur Sunday ko band"
    )
    assert say_hours(dict.fromkeys(range(7), (0, 1440)), "hinglish") == "Monday se Sunday, poore din"


@pytest.mark.parametrize(
    ("count", "unit", "english", "hindi", "hinglish"),
    [
        ("2", "year", "two years", "दो साल", "do saal"),
        ("1", "year", "one year", "एक साल", "ek saal"),
        ("1.5", "year", "one and a half years", "डेढ़ साल", "dedh saal"),
        ("18", "month", "eighteen months", "अठारह महीने", "athaarah mahine"),
        ("1", "month", "one month", "एक महीना", "ek mahina"),
        ("0.5", "hour", "half an hour", "आधा घंटा", "aadha ghanta"),
        ("2.5", "hour", "two and a half hours", "ढाई घंटे", "dhaai ghante"),
        ("0.75", "hour", "zero point seven five hour", "पौन घंटा", "paun ghanta"),
        ("3", "day", "three days", "तीन दिन", "teen din"),
    ],
)
def test_durations(count: str, unit: str, english: str, hindi: str, hinglish: str) -> None:
    """Durations with their halves as people say them."""
    value = Duration(Decimal(count), unit)

    assert [say_duration(value, language) for language in ("en", "hi", "hinglish")] == [english, hindi, hinglish]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "nine eight zero one two, three four five six seven"),
        ("hi", "नौ आठ शून्य एक दो, तीन चार पाँच छह सात"),
        ("hinglish", "nine eight zero one two, three four five six seven"),
    ],
)
def test_phone_numbers(language: Language, said: str) -> None:
    """Mobiles are said five and five, whatever is written before them."""
    assert {say_phone(text, language) for text in ("9801234567", "+91 98012 34567", "098012-34567")} == {said}


def test_numbers_that_name_something() -> None:
    """Landlines, PIN codes, orders and model codes, with a breath where the eye would take one."""
    assert say_phone("01123456789", "en") == "zero one one, two three four five, six seven eight nine"
    assert say_phone("011 2345 6789", "en") == "zero one one, two three four five, six seven eight nine"
    assert say_pin_code("110001", "hi") == "एक एक शून्य, शून्य शून्य एक"
    assert say_digits("45127", "hinglish") == "four five one two seven"
    assert say_spelled("MCB-C32", "en") == "M C B, C three two"
    assert say_spelled("mcb c32", "hi") == "एम सी बी, सी तीन दो"


@pytest.mark.parametrize(
    ("count", "unit", "english", "hindi", "hinglish"),
    [
        ("2", "coil", "two coils", "दो कॉइल", "do coil"),
        ("1", "coil", "one coil", "एक कॉइल", "ek coil"),
        ("10", "metre", "ten metres", "दस मीटर", "das meter"),
        ("5", "piece", "five pieces", "पाँच पीस", "paanch piece"),
        ("3", "box", "three boxes", "तीन बॉक्स", "teen box"),
        ("2", "dozen", "two dozen", "दो दर्जन", "do darjan"),
    ],
)
def test_quantities(count: str, unit: str, english: str, hindi: str, hinglish: str) -> None:
    """How much of what things are sold by."""
    value = Quantity(Decimal(count), unit)

    assert [say_quantity(value, language) for language in ("en", "hi", "hinglish")] == [english, hindi, hinglish]


def test_sizes_and_shares() -> None:
    """Sizes, ratings and percentages."""
    wire, box = Size((Decimal("2.5"),), "sq mm"), Size((Decimal(6), Decimal(4)), "inch")

    assert say_size(wire, "en") == "two point five square millimetres"
    assert say_size(wire, "hi") == "दो दशमलव पाँच वर्ग मिलीमीटर"
    assert say_size(wire, "hinglish") == "do point paanch square mm"
    assert say_size(wire, "hinglish", "colloquial") == "dhaai square mm"
    assert say_size(box, "en") == "six by four inches"
    assert say_size(box, "hi") == "छह बाई चार इंच"
    assert say_percent(Decimal(18), "hi") == "अठारह प्रतिशत"
    assert say_percent(Decimal("2.5"), "en") == "two point five percent"


def test_hints_for_dictated_numbers() -> None:
    """A recogniser is told the digits, the pairs and the doubling words of a language."""
    assert {"nine", "oh", "double", "triple", "ninety"} <= set(ways_to_say_digits("en"))
    assert {"नौ", "ज़ीरो", "डबल", "निन्यानवे"} <= set(ways_to_say_digits("hi"))
    assert {"nau", "nine", "double", "ninyaanave"} <= set(ways_to_say_digits("hinglish"))
