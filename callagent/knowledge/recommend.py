"""What else a caller may want: something like it when it is out of stock, and what goes with it."""

from collections.abc import Iterable, Sequence

from callagent.knowledge.catalogue import Item
from callagent.knowledge.products import Products

ATTRIBUTES = ("kind", "rating", "size", "colour")
"""Columns in which an alternative should agree, weightiest first."""
_SHARED = ("rating", "size")
"""Columns in which things that are used together should agree."""
MOST = 3
_DEAREST = 2
"""What costs more than so many times as much is no alternative."""


def alternatives(item: Item, products: Products) -> tuple[Item, ...]:
    """Items in stock that serve the same purpose, best first: most alike in attributes, then in price."""
    category = item.more.get("category", "")
    others = [
        other
        for other in (products.of_category(category) if category else ())
        if other != item
        and other.stock
        and _same_kind(item, other)
        and other.price <= _DEAREST * item.price
        and other.unit == item.unit
    ]
    return tuple(sorted(others, key=lambda other: (-_agreement(item, other), abs(other.price - item.price))))[:MOST]


def companions(item: Item, products: Products) -> tuple[Item, ...]:
    """Items in stock that are used with it, best first: those named in its `goes with`, then one of each category."""
    named = (products.with_code(code.strip()) for code in item.more.get("goes with", "").split("|"))
    category = products.categories.get(item.more.get("category", ""))
    chosen = (_fitting(item, products.of_category(other)) for other in (category.goes_with if category else ()))
    return _distinct((*named, *chosen), item)[:MOST]


def _same_kind(one: Item, other: Item) -> bool:
    return one.more.get("kind", "") == other.more.get("kind", "")


def _fitting(item: Item, others: Iterable[Item]) -> Item | None:
    """The one of a category that agrees most with the item: a sixteen amp breaker with a sixteen amp socket."""
    return max(
        (other for other in others if other.stock), key=lambda other: _agreement(item, other, _SHARED), default=None
    )


def _distinct(items: Iterable[Item | None], but: Item) -> tuple[Item, ...]:
    found = {item.code: item for item in items if item is not None and item.stock and item != but}
    return tuple(found.values())


def _agreement(one: Item, other: Item, attributes: Sequence[str] = ATTRIBUTES) -> int:
    """How well two agree: an attribute that both have and that differs counts against them."""
    score = 0
    for weight, name in enumerate(reversed(attributes), 1):
        mine, theirs = one.more.get(name, ""), other.more.get(name, "")
        if mine and theirs:
            score += weight if mine == theirs else -weight
    return score
