"""Values in words."""

from datetime import date

import pytest

from callagent.dialogue.spoken import say_hours, say_value


@pytest.mark.parametrize(
    ("value", "form", "said"),
    [
        ("1249.50", "rupees", "one thousand two hundred and forty-nine rupees and fifty paise"),
        ("124950", "rupees", "one lakh twenty-four thousand nine hundred and fifty rupees"),
        ("1", "rupees", "one rupee"),
        ("0", "rupees", "zero rupees"),
        ("0.50", "rupees", "fifty paise"),
        ("-3", "rupees", "minus three rupees"),
        ("12345678", "number", "one crore twenty-three lakh forty-five thousand six hundred and seventy-eight"),
        ("2.5", "", "two point five"),
        ("24", "", "twenty-four"),
        ("24.00", "", "twenty-four"),
        ("45127", "digits", "four five one two seven"),
        ("00451278", "digits", "zero zero four five, one two seven eight"),
        ("98000 00001", "digits", "nine eight zero zero zero, zero zero zero zero one"),
        ("2026-11-24", "", "Tuesday the twenty-fourth of November"),
        ("2026-12-01", "date", "Tuesday the first of December"),
        ("2026-02-31", "", "2026-02-31"),
        ("10:00", "", "ten a m"),
        ("20:30", "time", "half past eight p m"),
        ("9:15", "", "quarter past nine a m"),
        ("11:45", "", "quarter to twelve noon"),
        ("23:45", "", "quarter to midnight"),
        ("10:05", "", "ten oh five a m"),
        ("17:20", "", "five twenty p m"),
        ("12:00", "", "twelve noon"),
        ("12:30", "", "half past twelve p m"),
        ("0:00", "", "midnight"),
        ("24:00", "", "midnight"),
        ("25:00", "", "25:00"),
        ("packed", "", "packed"),
        ("packed", "rupees", "packed"),
        ("1e400", "", "1e400"),
    ],
)
def test_value_in_words(value: str, form: str, said: str) -> None:
    """A value is said as its form or its looks demand; what fits neither is said as it stands."""
    assert say_value(value, form, "en") == said


@pytest.mark.parametrize(
    ("day", "language", "said"),
    [
        ("2031-03-10", "en", "Monday the tenth of March twenty thirty-one"),
        ("2025-12-28", "en", "Sunday the twenty-eighth of December twenty twenty-five"),
        ("2026-12-28", "en", "Monday the twenty-eighth of December"),
        ("2026-01-03", "en", "Saturday the third of January"),
        ("2031-03-10", "hinglish", "Monday, das March do hazaar ikattees"),
    ],
)
def test_date_inside_a_sentence(day: str, language: str, said: str) -> None:
    """A date of another year says which; it is never "tomorrow", before which no "on" would fit."""
    assert say_value(day, "date", language, today=date(2026, 1, 2), relative=False) == said


@pytest.mark.parametrize(
    ("week", "said"),
    [
        (
            dict.fromkeys(range(6), (600, 1230)),
            "Monday to Saturday, from ten a m to half past eight p m, and closed on Sunday",
        ),
        (dict.fromkeys(range(7), (0, 1440)), "Monday to Sunday, all day"),
        (
            {0: (540, 720), 1: (540, 720), 4: (600, 1440)},
            (
                "Monday and Tuesday, from nine a m to twelve noon; Friday, from ten a m to midnight, "
                "and closed on Wednesday and Thursday and Saturday and Sunday"
            ),
        ),
    ],
)
def test_opening_hours(week: dict[int, tuple[int, int] | None], said: str) -> None:
    """Neighbouring days with the same hours are said together."""
    assert say_hours(week, "en") == said
