"""Text made safe to be spoken."""

import pytest

from callagent.tts.plain import plain_text
from callagent.tts.synthesizer import Speech


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("Hello,  there!\n", "Hello, there!"),
        ("5 < 6 > 4", "5 < 6 > 4"),
        ("a\x01b\x00c\x7f", "abc"),
        ("tab\tand\u2028line", "tab and line"),
        ("क्\u200dष", "क्\u200dष"),
        ("e\u0301", "é"),
        ("... - !", ""),
        ("", ""),
    ],
)
def test_only_words_are_left(text: str, spoken: str) -> None:
    """With their punctuation, and with what Indic scripts need."""
    assert plain_text(text) == spoken


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("<b>bold</b> and <br/>", "bold and"),
        ("<speak>Wait.<break time='500ms'/>Now.</speak>", "Wait. Now."),
        ('<prosody rate="slow">It is <say-as interpret-as="date">3 May</say-as>.</prosody>', "It is 3 May."),
        ("&lt;break/&gt; tea &amp; milk&nbsp;now", "tea & milk now"),
        ("<!-- never -->said", "said"),
        ("say [[x]] now", "say x now"),
    ],
)
def test_tags_are_never_read_out(text: str, spoken: str) -> None:
    """What stands between them is."""
    assert plain_text(text) == spoken


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("It is **very** good, _really_.", "It is very good, really."),
        ("## Fans\nWe have:\n- the *Breeze*\n- the `Gale`", "Fans We have: the Breeze, the Gale"),
        ("* one\n* two", "one, two"),
        ("See [our shop](https://example.com/a_b) now", "See our shop now"),
        ("![a fan](fan.png) and | that", "a fan and that"),
        ("~~old~~ new", "old new"),
        ("4 * 5 and 4*5", "4 × 5 and 4 × 5"),
        ("order_number", "order number"),
        ("-5 degrees, 10-12 days", "-5 degrees, 10-12 days"),
    ],
)
def test_markdown_is_never_read_out(text: str, spoken: str) -> None:
    """Signs go, words and numbers stay, and items of a list are set apart."""
    assert plain_text(text) == spoken


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("Great 👍🏽 done ✅", "Great done"),
        ("👨\u200d👩\u200d👧 family ❤\ufe0f", "family"),
        ("open → close", "open close"),
        ("Welcome 😀! Come in 👍.", "Welcome! Come in."),
        ("😀😀", ""),
        ("22 °C, ₹1,249, 5 ± 1 %", "22 °C, ₹1,249, 5 ± 1 %"),
    ],
)
def test_pictures_are_never_read_out(text: str, spoken: str) -> None:
    """Degrees and currencies are no pictures."""
    assert plain_text(text) == spoken


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("Look at https://www.example.com/fans?id=7&x=y.", "Look at example.com."),
        ("(http://user:pass@example.com:8080/a)", "(example.com)"),
        ("www.example.in, please", "example.in, please"),
    ],
)
def test_of_an_address_the_host_is_said(text: str, spoken: str) -> None:
    """As a person would."""
    assert plain_text(text) == spoken


def test_what_is_plain_stays_as_it_is() -> None:
    """However often it goes through."""
    once = plain_text("**Fans** cost ₹1,249 - or 2*3 😀, see https://example.com/x.")

    assert plain_text(once) == once


def test_every_speech_is_plain() -> None:
    """No voice has to see to it."""
    assert Speech("<b>Hello</b> *there* 😀").text == "Hello there"
