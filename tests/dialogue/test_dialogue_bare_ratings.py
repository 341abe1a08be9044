"""A number behind a thing is its rating where there is one so rated, and counts things elsewhere."""

import pytest

from callagent.dialogue.understanding import Interpreter, ItemNames

GOODS = Interpreter(
    [
        ItemNames("sixteen amp breaker", ("m c b", "sixteen amp m c b"), attributes={"rating": "16 amp"}),
        ItemNames("thirty two amp breaker", ("thirty two amp m c b",), attributes={"rating": "32 amp"}),
        ItemNames("double pole breaker", ("double pole m c b",), attributes={"rating": "32 amp", "size": "2 pole"}),
        ItemNames("ceiling fan", ("fan",)),
    ]
)


@pytest.mark.parametrize(
    ("text", "product", "rating", "quantity"),
    [
        ("em see bee thirty two", "thirty two amp breaker", "32 A", ""),
        ("mcb 32", "thirty two amp breaker", "32 A", ""),
        ("mcb 32 amp", "thirty two amp breaker", "32 A", ""),
        ("mcb 16", "sixteen amp breaker", "16 A", ""),
        ("mcb 50", "sixteen amp breaker", "", "50"),
        ("mcb 32 piece", "sixteen amp breaker", "", "32 piece"),
        ("32 mcb", "sixteen amp breaker", "", "32"),
        ("fan 32", "ceiling fan", "", "32"),
    ],
)
def test_rating_or_count(text: str, product: str, rating: str, quantity: str) -> None:
    """The catalogue decides; a counted unit and a number before the thing always count."""
    found = GOODS.interpret(text)
    values = {entity.kind: entity.value for entity in found.entities}

    assert (values.get("product"), values.get("rating", ""), values.get("quantity", "")) == (product, rating, quantity)


def test_a_name_in_another_order_is_that_item_alone() -> None:
    """Of several breakers of 32 A the one that is called just so is meant."""
    [product] = [entity for entity in GOODS.interpret("mcb 32 amp").entities if entity.kind == "product"]

    assert (product.value, product.candidates) == ("thirty two amp breaker", ())
