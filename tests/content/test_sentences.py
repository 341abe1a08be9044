"""Where a text may be cut."""

import pytest

from callagent.content.sentences import ends_whole, sentences, whole


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("It is in stock. It costs Rs. 200!  Shall I?", ("It is in stock.", "It costs Rs. 200!", "Shall I?")),
        ("पंखा है। दाम दो सौ।", ("पंखा है।", "दाम दो सौ।")),
        ("It weighs 1.5 kg", ("It weighs 1.5 kg",)),
        (" ", ()),
    ],
)
def test_sentences_of_a_text(text: str, cut: tuple[str, ...]) -> None:
    """Titles, units of money and decimal points are no ends."""
    assert sentences(text) == cut


@pytest.mark.parametrize(
    ("written", "done", "rest"),
    [
        ("It is in st", "", "It is in st"),
        ("It is in stock.", "", "It is in stock."),
        ("It is in stock. ", "It is in stock. ", ""),
        ("One. Two? Thr", "One. Two? ", "Thr"),
        ("It costs Rs. ", "", "It costs Rs. "),
        ("Ask Mr. Rao. He", "Ask Mr. Rao. ", "He"),
        ("पंखा है। दाम", "पंखा है। ", "दाम"),
    ],
)
def test_a_text_that_is_still_being_written(written: str, done: str, rest: str) -> None:
    """A sentence is over when something follows its full stop: before that it may yet be "Rs. 200" or "1.5"."""
    assert whole(written) == (done, rest)


@pytest.mark.parametrize(("text", "is_whole"), [("So it is.", True), ("So it is,", False), ("It costs Rs.", False)])
def test_a_text_that_breaks_off(text: str, *, is_whole: bool) -> None:
    """What ends within a sentence is to be gone on with."""
    assert ends_whole(text) is is_whole


def test_nothing_is_lost_however_a_text_comes() -> None:
    """Letter by letter, the whole sentences and what is left are the text."""
    text = 'She said "no." Then Dr. Rao came at 9.30! Why?'
    done, rest = "", ""
    for letter in text:
        more, rest = whole(rest + letter)
        done += more

    assert done + rest == text
    assert done.endswith("9.30! ")
