"""What callers say is harmless wherever it is shown."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callagent.quality.plain import plain


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("ceiling fan", "ceiling fan"),
        ("\x1b[2J\x1b[1;31mall is red", "all is red"),
        ("\x1b]0;another title\x07fan", "fan"),
        ("\x1b]8;;http://bad.example\x1b\\click\x1b]8;;\x1b\\", "click"),
        ("\x9b31mred", "red"),
        ("\x1bPq#0;2\x1b\\fan", "fan"),
        ("\x1b]0;never ended", ""),
        ("a\x1bcb", "ab"),
        ("\u202egnp.exe\u202c", "gnp.exe"),
        ("\u2067hidden\u2069", "hidden"),
        ("one\r\ntwo\tthree\u2028four", "one two three four"),
        ("a\x00b\x08c", "abc"),
        ("\ud800broken", "broken"),
        ("नमस्ते, क्\u200dया है?", "नमस्ते, क्\u200dया है?"),
        ("⟦phone 1⟧", "⟦phone 1⟧"),
    ],
)
def test_only_what_can_be_read_is_shown(said: str, shown: str) -> None:
    """Escape sequences go with all that belongs to them; letters, marks and joiners stay."""
    assert plain(said) == shown


@given(st.text(st.characters(exclude_categories=())))
def test_nothing_steers_a_terminal_whatever_is_said(said: str) -> None:
    """No control character and no change of direction is left, and doing it again changes nothing."""
    shown = plain(said)

    assert not {unicodedata.category(letter) for letter in shown} & {"Cc", "Cs"}
    assert not set(shown) & {chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F)}
    assert plain(shown) == shown


def test_a_text_of_any_length_is_shown_in_part() -> None:
    """Nobody reads a megabyte, and no terminal has to take it."""
    assert len(plain("word " * 1_000_000)) <= 20_000
