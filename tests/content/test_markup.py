"""Markup taken out of texts, whole and as they are written."""

import pytest

from callagent.content.markup import Markup, without_markup
from callagent.content.sentences import whole

ROOT = (
    '<speak version="1.0" xmlns="http://www.w3.org/2001/10/synthesis" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xsi:schemaLocation="http://www.w3.org/2001/10/synthesis http://www.w3.org/TR/speech-synthesis11/synthesis.xsd" '
    'xml:lang="en-US">'
)
"""As the recommendation of the W3C writes it."""

WITH_MARKUP = [
    pytest.param(f"{ROOT}Hello there.</speak>", "Hello there.", id="a long root"),
    pytest.param("<speak " + 'a="b" ' * 90 + ">Hello.</speak>", "Hello.", id="many attributes"),
    pytest.param("A <phoneme alphabet='ipa' ph='a>b'>tomato</phoneme>.", "A tomato .", id="a bracket in a value"),
    pytest.param('Go to <sub alias="St. George Street.">it</sub> now.', "Go to it now.", id="full stops in a value"),
    pytest.param("One.<!-- a > b. c --> Two.", "One. Two.", id="a comment"),
    pytest.param('Wait &lt;break time="0.5s"/&gt; here.', "Wait here.", id="as entities"),
    pytest.param('Wait <break time="500ms/> here. <b>Now</b>.', "Wait here. Now .", id="a value nothing closes"),
    pytest.param('Hello <break time="1. s"', "Hello", id="a tag nothing closes"),
    pytest.param("Hello </speak", "Hello", id="an end nothing closes"),
]
WITHOUT = [
    "All fans are < 500 rupees. Lamps too.",
    "5 < 6 and 7 > 3, so a < b > c.",
    "Lamps <500 rupees, or x <y and no more.",
    "AT&T and R&D; M&",
    "It's <",
]


def streamed(text: str, at_a_time: int) -> str:
    """What is left of a text that is written in pieces, its white space made single."""
    markup = Markup()
    spoken = [markup.add(text[at : at + at_a_time]) for at in range(0, len(text), at_a_time)]
    return " ".join("".join([*spoken, markup.end()]).split())


@pytest.mark.parametrize("at_a_time", [1, 3, 7, 10_000])
@pytest.mark.parametrize(("text", "spoken"), WITH_MARKUP)
def test_no_tag_is_left(text: str, spoken: str, at_a_time: int) -> None:
    """However long it is, whatever stands in it, and wherever a stream is cut."""
    assert streamed(text, at_a_time) == spoken
    assert " ".join(without_markup(text).split()) == spoken


@pytest.mark.parametrize("at_a_time", [1, 3, 10_000])
@pytest.mark.parametrize("text", WITHOUT)
def test_what_is_no_markup_is_kept(text: str, at_a_time: int) -> None:
    """Prices, comparisons and names, whole or in pieces."""
    assert streamed(text, at_a_time) == text
    assert without_markup(text) == text


def test_a_price_is_not_held_back() -> None:
    """The sentence can be spoken as soon as it is whole."""
    markup = Markup()

    assert whole(markup.add("All fans are < 500 rupees. ") + markup.add("So"))[0] == "All fans are < 500 rupees. "
    assert markup.held == 0


def test_what_looks_like_a_tag_is_held_back_for_a_while_only() -> None:
    """After as many characters as no name of a tag has, it is text."""
    markup = Markup()
    written = "It is <b" + "ig, and so on" * 20

    assert markup.add(written) == written
