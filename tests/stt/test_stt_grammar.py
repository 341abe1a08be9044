"""What may be said, and how it is read back."""

import pytest

from callagent.stt.grammar import END, START, Grammar, Reading
from callagent.stt.transcriber import Hints


def sentences(grammar: Grammar, longest: int) -> set[str]:
    """All that the arrows of `grammar` allow, in words."""
    steps = grammar.steps(grammar.words)
    found: set[str] = set()
    states: list[tuple[int, tuple[str, ...]]] = [(START, ())]
    while states:
        state, words = states.pop()
        if state == END:
            found.add(" ".join(words))
        states += [
            (step.target, (*words, step.word) if step.word else words)
            for step in steps
            if step.source == state and len(words) + bool(step.word) <= longest
        ]
    return found


def read(hints: Hints, words: str) -> str:
    """Heard words as a transcript, empty when they are no sentence."""
    reading = Grammar(hints).read(tuple(words.split()))
    return reading.text if reading else ""


def test_only_the_phrases_may_be_said() -> None:
    """Without fillers or digits the grammar holds the phrases and nothing else."""
    grammar = Grammar(Hints(phrases=("ceiling fan", "price")))

    assert sentences(grammar, 4) == {"ceiling fan", "price"}


def test_phrases_share_how_they_begin_and_end() -> None:
    """What two phrases have in common is there once, and no other sentence comes of it."""
    phrases = ("ceiling fan", "ceiling light", "big ceiling fan", "wall fan", "big fan")
    grammar = Grammar(Hints(phrases=phrases))
    arrows = [step for step in grammar.steps(grammar.words) if step.word]

    assert sentences(grammar, 6) == set(phrases)
    assert sorted(step.word for step in arrows).count("fan") < 4
    assert sorted(step.word for step in arrows).count("big") == 1


def test_every_phrase_costs_the_same() -> None:
    """However much it shares, a phrase's weight counts once along its way."""
    grammar = Grammar(Hints(phrases=("switch", "switch board", "big switch board")))
    weights = [step.weight for step in grammar.steps(grammar.words) if step.weight != 1.0]

    assert weights == [1 / 3, 1 / 3]


def test_fillers_may_stand_around_a_phrase() -> None:
    """Fillers come before and after a phrase, and never alone."""
    grammar = Grammar(Hints(phrases=("price",), fillers=("please",)))

    assert sentences(grammar, 2) == {"price", "please price", "price please"}


def test_fillers_make_no_endless_string() -> None:
    """Two before the phrase and one after it at most: more of them would fit whatever is said."""
    grammar = Grammar(Hints(phrases=("price",), fillers=("please",)))

    assert sentences(grammar, 9) == {
        f"{before}price{after}" for before in ("", "please ", "please please ") for after in ("", " please")
    }


def test_a_reading_tells_the_phrase_from_its_fillers() -> None:
    """It says where among the words the phrase stands."""
    reading = Grammar(Hints(phrases=("ceiling fan",), fillers=("i want the", "please"))).read(
        ("i", "want", "the", "ceiling", "fan", "please")
    )

    assert reading == Reading("i want the ceiling fan please", 3, 5)


def test_digits_are_counted() -> None:
    """A number has as many digits as the hints say, and a double counts as two."""
    allowed = sentences(Grammar(Hints(digits=(2, 2))), 2)

    assert "one two" in allowed
    assert "double four" in allowed
    assert not {"one", "triple four"} & allowed


def test_a_phrase_that_cannot_be_said_is_left_out() -> None:
    """One word without a pronunciation costs its phrase, not the others."""
    grammar = Grammar(Hints(phrases=("price", "zx fan"), fillers=("hm",)))

    words = {step.word for step in grammar.steps(frozenset({"price", "fan"})) if step.word}

    assert words == {"price"}


def test_nothing_to_expect() -> None:
    """Neither phrases nor digits make a grammar without arrows, whatever the fillers."""
    assert Grammar(Hints(fillers=("please",))).steps(frozenset({"please"})) == ()


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("sixteen amp switch", "16 amp switch"),
        ("i want sixteen amp switch please", "i want 16 amp switch please"),
        ("please please price", "please please price"),
        ("nine oh double four", "9044"),
        ("please triple two one", "please 2221"),
        ("what is the", ""),
        ("double", ""),
        ("double double four", ""),
        ("nine", ""),
        ("one two three four five six seven", ""),
        ("please", ""),
        ("price price", ""),
        ("", ""),
    ],
)
def test_reading_back(words: str, text: str) -> None:
    """Heard words become phrases as hinted and figures; half a sentence becomes nothing."""
    hints = Hints(phrases=("16 amp switch", "price"), fillers=("i want", "please"), digits=(4, 6))

    assert read(hints, words) == text


def test_hindi_digits() -> None:
    """A caller in Hindi may say digits in either language."""
    assert read(Hints(language="hi-IN", digits=(3, 3)), "ek~ do~ three") == "123"
    assert read(Hints(language="hi", digits=(3, 3)), "oh do~ three") == ""
    assert "do~" not in Grammar(Hints(language="en", digits=(3, 3))).words


def test_two_phrases_that_sound_alike() -> None:
    """Of two phrases with the same words, the first is meant."""
    assert read(Hints(phrases=("2 fans", "two fans")), "two fans") == "2 fans"
