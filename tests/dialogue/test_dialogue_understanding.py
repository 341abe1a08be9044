"""From words to meaning."""

import pytest

from callagent.dialogue.understanding import Meaning, Vocabulary, spoken_form, without, words_of


@pytest.fixture
def vocabulary() -> Vocabulary:
    """Some of what may be said in a shop."""
    vocabulary = Vocabulary()
    for name, phrases in {
        "fan": ["fan"],
        "ceiling fan": ["ceiling fan"],
        "switch": ["switches", "sixteen amp switch"],
        "wire": ["1.5 mm wire"],
        "hours": ["when are you open", "what's open"],
        "price": ["दाम"],
    }.items():
        vocabulary.learn(Meaning("answer", name), phrases)
    return vocabulary


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("What's the price of a CEILING FAN, please?", "ceiling fan"),
        ("ceiling fans", "ceiling fan"),
        ("a fan for my ceiling", "fan"),
        ("fan or ceiling fan", "ceiling fan"),
        ("fan switch", "fan"),
        ("switch fan", "switch"),
        ("one switch", "switch"),
        ("16A switch", None),
        ("16 amp switch", "switch"),
        ("one point five mm wire", "wire"),
        ("1.5mm wire", "wire"),
        ("so, when are you open then", "hours"),
        ("whats open", "hours"),
        ("what\u2019s open", "hours"),
        ("दाम बताइए", "price"),
        ("fantastic", None),
        ("", None),
    ],
)
def test_finding(vocabulary: Vocabulary, text: str, name: str | None) -> None:
    """The longest known phrase is found, on word boundaries, whatever the case, plural and spelling of numbers."""
    meaning = vocabulary.find(text)

    if text == "16A switch":  # "a" is no "amp", but the switch is still there
        assert meaning == Meaning("answer", "switch")
    else:
        assert (meaning.name if meaning else None) == name


def test_phrases_for_the_recogniser(vocabulary: Vocabulary) -> None:
    """Phrases are handed out in lower case words, as they were learnt."""
    assert vocabulary.phrases[:5] == ("fan", "ceiling fan", "switches", "sixteen amp switch", "1 point 5 mm wire")


def test_clash() -> None:
    """A phrase with two meanings keeps the first and is told."""
    vocabulary = Vocabulary()
    vocabulary.learn(Meaning("answer", "a"), ["rate", "!"])
    vocabulary.learn(Meaning("command", "b"), ["Rates"])

    assert vocabulary.find("rate") == Meaning("answer", "a")
    assert [clash.phrase for clash in vocabulary.clashes] == ["Rates"]


def test_plural_of_short_words() -> None:
    """Only an s that makes a plural is dropped."""
    vocabulary = Vocabulary()
    vocabulary.learn(Meaning("answer", "glass"), ["glass", "box"])

    assert vocabulary.find("glasses") == Meaning("answer", "glass")
    assert vocabulary.find("boxes") == Meaning("answer", "glass")
    assert vocabulary.find("gla") is None


def test_without_fillers() -> None:
    """What is left of a text without its polite words."""
    assert without("Please, I want the moon", ["please", "i want", "the"]) == ["moon"]
    assert without("", ["please"]) == []


def test_words() -> None:
    """Punctuation, control characters and emoji are no words."""
    assert words_of("Hello,\x00 \N{GRINNING FACE}world-wide 9W!") == ["hello", "world", "wide", "9", "w"]
    assert spoken_form("  Ceiling   FAN ") == "ceiling fan"
