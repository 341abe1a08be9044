"""What may follow "as" in a placeholder."""

from datetime import date

import pytest

from callagent.dialogue.spoken import (
    FORMS,
    Language,
    say_value,
    written_duration,
    written_quantity,
    written_size,
)

SAID = [
    ("rupees", "125000", "one lakh twenty-five thousand rupees", "एक लाख पच्चीस हज़ार रुपये",
     "ek lakh pacchees hazaar rupaye"),
    ("number", "250", "two hundred and fifty", "दो सौ पचास", "do sau pachaas"),
    ("digits", "45127", "four five one two seven", "चार पाँच एक दो सात", "four five one two seven"),
    ("date", "2026-11-24", "Tuesday the twenty-fourth of November", "मंगलवार, चौबीस नवंबर", "Tuesday, chaubees November"),
    ("weekday", "2026-11-24", "Tuesday", "मंगलवार", "Tuesday"),
    ("time", "20:30", "half past eight p m", "रात साढ़े आठ बजे", "raat saadhe aath baje"),
    ("phone", "+919800012345", "nine eight zero zero zero, one two three four five",
     "नौ आठ शून्य शून्य शून्य, एक दो तीन चार पाँच", "nine eight zero zero zero, one two three four five"),
    ("pin code", "110001", "one one zero, zero zero one", "एक एक शून्य, शून्य शून्य एक", "one one zero, zero zero one"),
    ("duration", "2 years", "two years", "दो साल", "do saal"),
    ("spelled", "C-32", "C, three two", "सी, तीन दो", "C, three two"),
    ("percent", "18%", "eighteen percent", "अठारह प्रतिशत", "athaarah percent"),
    ("size", "2.5 sq mm", "two point five square millimetres",
     "दो दशमलव पाँच वर्ग मिलीमीटर", "do point paanch square mm"),
    ("quantity", "2 coils", "two coils", "दो कॉइल", "do coil"),
]  # fmt: skip


@pytest.mark.parametrize(("form", "value", "english", "hindi", "hinglish"), SAID)
def test_form_in_every_language(form: str, value: str, english: str, hindi: str, hinglish: str) -> None:
    """Every form is complete in every language."""
    assert [say_value(value, form, language) for language in ("en", "hi", "hinglish")] == [english, hindi, hinglish]


def test_no_form_is_left_out() -> None:
    """The table above names all forms."""
    assert tuple(row[0] for row in SAID) == FORMS


@pytest.mark.parametrize("form", FORMS)
def test_value_that_does_not_fit(form: str) -> None:
    """A value that does not look as its form demands is said as it stands."""
    assert say_value("?!", form, "en") == "?!"


@pytest.mark.parametrize(
    ("value", "form", "language", "said"),
    [
        ("1,25,000", "rupees", "hinglish", "ek lakh pacchees hazaar rupaye"),
        ("₹ 500", "rupees", "en", "five hundred rupees"),
        ("50", "quantity", "hinglish", "pachaas"),
        ("5 gizmos", "quantity", "en", "5 gizmos"),
        ("P1Y6M", "duration", "hinglish", "athaarah mahine"),
        ("16A", "size", "hi", "सोलह एम्पियर"),
        ("2026-02-31", "date", "hi", "2026-02-31"),
        ("24:30", "time", "hi", "24:30"),
        ("10:00", "", "hi", "सुबह दस बजे"),
        ("2.5", "", "hinglish", "do point paanch"),
        ("packed", "", "hi", "packed"),
    ],
)
def test_written_values(value: str, form: str, language: Language, said: str) -> None:
    """Values are written as tables and look-ups write them."""
    assert say_value(value, form, language) == said


def test_today_and_style() -> None:
    """With a today, dates are relative; colloquially, amounts are as across the counter."""
    assert say_value("2026-11-25", "date", "en", today=date(2026, 11, 24)) == "tomorrow, Wednesday"
    assert say_value("250", "rupees", "hinglish", style="colloquial") == "dhaai sau rupaye"


def test_unknown_language() -> None:
    """A language that nobody can speak is a fault of the program."""
    with pytest.raises(KeyError):
        say_value("5", "number", "ta")


@pytest.mark.parametrize("text", ["", "years", "2", "2 apples", "P", "P1Y2D", "-2 years"])
def test_no_written_measure(text: str) -> None:
    """What is no measure is refused."""
    for read in (written_duration, written_quantity):
        with pytest.raises(ValueError, match="is no"):
            read(text)


@pytest.mark.parametrize("text", ["", "mm", "2.5", "about 2 mm", "2 mm wire"])
def test_no_written_size(text: str) -> None:
    """A size is all of its text."""
    with pytest.raises(ValueError, match="is no"):
        written_size(text)
