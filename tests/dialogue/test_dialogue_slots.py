"""Types of answers: what each reads in words and keys, and how it is asked for."""

from datetime import date, datetime
from typing import TYPE_CHECKING

import pytest

from callagent.clock import IST
from callagent.dialogue.actions import CallBegan, CallerKeyed, CallerSaid, Kind, Listen, Missed
from callagent.dialogue.engine import Engine
from callagent.dialogue.slots import (
    DateType,
    DigitsType,
    NameType,
    NumberType,
    PhoneType,
    PinCodeType,
    QuantityType,
    SlotType,
    TextType,
    type_written,
)
from callagent.dialogue.understanding import words_of

if TYPE_CHECKING:
    from dialogue.conftest import Desk

TODAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 20, 11, 0, tzinfo=IST)


@pytest.mark.parametrize(
    ("answer", "text", "value"),
    [
        (NumberType(1, 500), "fifty please", "50"),
        (NumberType(1, 500), "two hundred and fifty", "250"),
        (NumberType(1, 5000), "do hazaar", "2000"),
        (NumberType(1, 500), "501", None),
        (NumberType(1, 500), "zero", None),
        (NumberType(1, 500), "ten or twelve", None),
        (NumberType(1, 500), "many", None),
        (DigitsType(4, 6), "four five double one", "4511"),
        (DigitsType(4, 6), "four five", None),
        (PhoneType(), "nine eight seven six five four three two one zero", "+919876543210"),
        (PhoneType(), "plus 91 98765 43210", "+919876543210"),
        (PhoneType(), "098765 43210", "+919876543210"),
        (PhoneType(), "0000000000", None),
        (PinCodeType(), "one one double zero zero one", "110001"),
        (PinCodeType(), "011 000", None),
        (DateType(), "yesterday", "2026-11-19"),
        (DateType(), "aaj", "2026-11-20"),
        (DateType(), "10/11/2025", "2025-11-10"),
        (DateType(), "the tenth? no, 10th november", "2026-11-10"),
        (DateType(), "two years ago", "2024-11-20"),
        (DateType(), "31 february", None),
        (DateType(), "some day", None),
        (NameType(), "Asha Sharma", "asha sharma"),
        (NameType(), "order 66", None),
        (NameType(), "", None),
        (TextType(), "The fan makes a noise!", "the fan makes a noise"),
        (TextType(), "   ", None),
    ],
)
def test_words(answer: SlotType, text: str, value: str | None) -> None:
    """A type reads its value in a caller's words, or nothing."""
    assert answer.read(words_of(text), "en", TODAY, past=True) == value


@pytest.mark.parametrize(
    ("answer", "keys", "value"),
    [
        (NumberType(1, 500), "050", "50"),
        (NumberType(1, 500), "501", None),
        (NumberType(1, 500), "*", None),
        (DigitsType(4, 6), "0451", "0451"),
        (DigitsType(4, 6), "451", None),
        (PhoneType(), "9876543210", "+919876543210"),
        (PhoneType(), "987654", None),
        (PinCodeType(), "110001", "110001"),
        (PinCodeType(), "010001", None),
        (DateType(), "20112025", "2025-11-20"),
        (DateType(), "99999999", None),
        (TextType(), "1", None),
        (NumberType(1, 500), "²", None),
    ],
)
def test_keys(answer: SlotType, keys: str, value: str | None) -> None:
    """A type reads its value in keys, or nothing."""
    assert answer.read_keys(keys, TODAY) == value


@pytest.mark.parametrize(
    ("written", "made"),
    [
        ("number 1 to 5000", NumberType(1, 5000)),
        ("quantity 1 to 5000", QuantityType(1, 5000)),
        ("digits 4", DigitsType(4, 4)),
        ("digits 4 to 8", DigitsType(4, 8)),
        ("phone number", PhoneType()),
        ("pin code", PinCodeType()),
        ("free text", TextType()),
        ("number", None),
    ],
)
def test_writing(written: str, made: SlotType | None) -> None:
    """A type is written as staff would say it."""
    assert type_written(written, (), lambda what, _: pytest.fail(what)) == made


@pytest.mark.parametrize("written", ["number 5 to 1", "number 5", "digits 0 to 4", "digits 4 to 99"])
def test_ranges_that_cannot_be(written: str) -> None:
    """A range the wrong way round, or too large, is told."""
    complaints: list[str] = []

    type_written(written, (), lambda what, _: complaints.append(what))

    assert complaints == [f"'{written}' cannot be."]


@pytest.mark.parametrize(
    ("written", "kind", "digits", "silence_s"),
    [
        ("number 1 to 5000", Kind.NUMBER, (1, 4), 6.0),
        ("phone number", Kind.PHONE, (10, 10), 8.0),
        ("date", Kind.DATE, (8, 8), 8.0),
        ("pin code", Kind.PIN_CODE, (6, 6), 8.0),
        ("name", Kind.NAME, None, 6.0),
        ("free text", Kind.TEXT, None, 6.0),
    ],
)
def test_listening(desk: "Desk", written: str, kind: Kind, digits: tuple[int, int] | None, silence_s: float) -> None:
    """Each type tells the call how it is listened to."""
    engine = Engine(desk.load(f"- ask: code\n  type: {written}\n- end: bye"))
    listen = engine.begin(CallBegan(NOW)).actions[-1]

    assert isinstance(listen, Listen)
    assert (listen.kind, listen.digits, listen.silence_s) == (kind, digits, silence_s)


@pytest.mark.parametrize(("by", "spoken", "keyed"), [("spoken", True, False), ("keyed", False, True)])
def test_only_one_way(desk: "Desk", by: str, spoken: bool, keyed: bool) -> None:
    """A question may be for voice or for keys alone; commands work by voice all the same."""
    engine = Engine(desk.load(f"- ask: code\n  type: digits 4\n  answer: {by}\n- end: bye"))
    state = engine.begin(CallBegan(NOW)).state

    said = engine.advance(state, CallerSaid("one two three four"), NOW)
    pressed = engine.advance(state, CallerKeyed("1234"), NOW)
    command = engine.advance(state, CallerSaid("operator"), NOW)

    assert [isinstance(one.notes[0], Missed) for one in (said, pressed)] == [not spoken, not keyed]
    assert not isinstance(command.notes[0], Missed)


def test_free_text_is_kept_and_remembered(desk: "Desk") -> None:
    """Whatever is said is the answer, though a command's word is in it; a command alone is one."""
    engine = Engine(
        desk.load("- ask: code\n  type: free text\n  remember as: wish\n- {when: wish is x, say: hello}\n- end: bye")
    )
    state = engine.begin(CallBegan(NOW)).state

    kept = engine.advance(state, CallerSaid("Tell the operator that the fan is loud"), NOW)
    command = engine.advance(state, CallerSaid("operator please"), NOW)

    assert ("wish", "tell the operator that the fan is loud") in kept.state.slots
    assert "code" not in dict(command.state.slots)


@pytest.mark.parametrize(
    ("said", "language", "value"),
    [
        ("ten", "en", "10"),
        ("10 meters of two and a half mm wire", "en", "10 metre"),
        ("दस मीटर डेढ़ एमएम का तार", "hi", "10 metre"),
        ("do coil", "hinglish", "2 coil"),
        ("two dozen", "en", "24"),
        ("sixteen amp", "en", None),
        ("ten metres or twelve metres", "en", None),
        ("half a metre", "en", None),
        ("six thousand metres", "en", None),
    ],
)
def test_quantity_keeps_its_unit(said: str, language: str, value: str | None) -> None:
    """The unit that something is sold by belongs to the answer; a rating or a thickness is no count."""
    assert QuantityType(1, 5000).read(said.split(), language, date(2026, 1, 2)) == value


def test_another_count_is_of_the_same_unit() -> None:
    """After ten metres, "no, twelve" is twelve metres, and "two coils" is two coils."""
    kind = QuantityType(1, 5000)
    assert [kind.instead(value, "10 metre") for value in ("12", "2 coil")] == ["12 metre", "2 coil"]
    assert kind.instead("12", "10") == "12"
