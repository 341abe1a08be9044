"""Lines with places for values."""

import pytest

from callagent.dialogue.wording import Place, Template, make_line, parse_template


def template(text: str) -> Template:
    """A text that has no mistake."""
    return parse_template(text, lambda what, _: pytest.fail(what))


def test_places() -> None:
    """A text is cut at its placeholders, each with the form it asks for."""
    parsed = template("The {product}  costs\n{price as rupees}. Really.")

    assert parsed.sentences == (("The ", Place("product"), " costs ", Place("price", "rupees"), "."), ("Really.",))
    assert parsed.names == ("product", "price")
    assert not parsed.fixed


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"order": "45", "day": "24"}, "Order four five. It comes on twenty-four. Bye."),
        ({"order": "45"}, "Order four five. Bye."),
        ({"order": "45", "day": ""}, "Order four five. Bye."),
        ({}, "Bye."),
    ],
)
def test_sentences_with_unknown_values_are_left_out(values: dict[str, str], said: str) -> None:
    """No caller hears a hole where a value should be."""
    assert template("Order {order as digits}. It comes on {day}. Bye.").fill(values, "en") == said


def test_binding() -> None:
    """What is the same for every caller is put in once; a form is given only where none is written."""
    bound = template("{shop}: {code} {code as number}").bind({"shop": "Test {Shop}"}, {"code": "digits"})

    assert bound.fill({"code": "12"}, "en") == "Test {Shop}: one two twelve"
    assert template("{shop}").bind({"shop": "Test"}, {}).fixed


def test_values_are_not_templates() -> None:
    """Braces in a value are only braces."""
    assert template("Hello {name}.").fill({"name": "{price}", "price": "1"}, "en") == "Hello {price}."


def test_wordings_that_are_not_written() -> None:
    """A line that has only its text is asked again in the same words."""
    line = make_line("size", {"text": template("Which size?"), "example": template("Say ten.")})

    assert [line.wordings[variant].fill({}, "en") for variant in ("text", "again", "example", "keypad")] == [
        *("Which size?", "Which size?", "Which size? Say ten.", "Which size? Say ten.")
    ]


@pytest.mark.parametrize("text", ["{", "a } b", "{}", "{ as digits}", "{price as euros}", "{{price}}"])
def test_mistakes(text: str) -> None:
    """A placeholder that cannot be filled is told."""
    complaints: list[str] = []

    parse_template(text, lambda what, _: complaints.append(what))

    assert complaints
