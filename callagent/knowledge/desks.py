"""Who answers which look-up from the shop's tables: each desk is one source of a flow's `lookup`.

A product that may be several things is answered "several" by every desk that needs a product.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from callagent.knowledge.catalogue import Catalogue, Item
from callagent.knowledge.cells import as_date
from callagent.knowledge.faq import GIVES as FAQ_GIVES
from callagent.knowledge.faq import Faq
from callagent.knowledge.orders import Orders
from callagent.knowledge.places import Delivery, Locations
from callagent.knowledge.prices import Prices, Quote
from callagent.knowledge.products import Products
from callagent.knowledge.recommend import alternatives, companions
from callagent.knowledge.sources import NOT_FOUND, Answer, Desk, Find, Source, yes_or_no
from callagent.knowledge.warranty import Warranties, covered_until, months_of
from callagent.knowledge.words import Words

Facts = Mapping[str, str] | None
_QUOTE = (
    *("quantity", "unit", "sold", "unit price", "total", "gst", "saving"),
    *("next quantity", "next price", "enough", "stock"),
)
_RECOMMENDED = ("name", "price", "unit", "stock", "others")
_RANGE = ("category", "lowest", "highest", "cheapest", "dearest", "unit", "count")
_COVER = ("covered", "covered until", "warranty months")
MAX_QUANTITY = 1_000_000


@dataclass(frozen=True, slots=True)
class Tables:
    """Everything that is known of a shop; None where it keeps no such table."""

    catalogue: Catalogue
    products: Products
    words: Words
    prices: Prices = field(default_factory=Prices)
    warranties: Warranties = field(default_factory=Warranties)
    orders: Orders | None = None
    delivery: Delivery | None = None
    locations: Locations | None = None
    faq: Faq | None = None


def desks(tables: Tables) -> Iterator[Desk]:
    """All look-ups that the tables allow."""
    about = _AboutProducts(tables)
    takes = ("quantity", "unit")
    terms = tables.warranties.gives
    gives = (*tables.catalogue.gives, "counted")
    yield about.desk(Source("catalogue", ("product",), gives, takes), about.item)
    yield about.desk(Source("stock", ("product",), ("stock", "in stock", "unit", "enough"), takes), about.stock)
    yield about.desk(Source("quote", ("product", "quantity"), _QUOTE, ("unit",)), about.quote)
    yield about.desk(Source("warranty", ("product", "bought on"), (*_COVER, *terms)), about.warranty)
    yield about.desk(Source("warranty terms", ("product",), ("warranty months", *terms)), about.warranty_terms)
    yield about.desk(Source("alternatives", ("product",), _RECOMMENDED), about.alternative)
    yield about.desk(Source("recommendations", ("product",), _RECOMMENDED), about.companion)
    yield Desk(Source("price range", ("category",), _RANGE), about.price_range)
    yield from _order_desks(tables.orders)
    yield from _place_desks(tables.locations, tables.delivery)
    if tables.faq is not None:
        faq = tables.faq
        yield Desk(
            Source("faq", ("question",), FAQ_GIVES, ("language",)),
            lambda asked, _: _found(faq.find(asked["question"], asked.get("language", ""))),
        )


def _order_desks(orders: Orders | None) -> Iterator[Desk]:
    """By the number that calls, or, for who calls from elsewhere, by the number that they say they left."""
    if orders is None:
        return
    for name, phone in (("order", "caller number"), ("order by phone", "phone number")):
        yield Desk(Source(name, ("order number", phone), orders.gives), _order_of(orders, phone))


def _order_of(orders: Orders, phone: str) -> Find:
    return lambda asked, _: _found(orders.find(asked["order number"], asked[phone]))


def _place_desks(locations: Locations | None, delivery: Delivery | None) -> Iterator[Desk]:
    if locations is not None:
        yield Desk(Source("location", (), locations.gives), lambda _asked, _: _found(locations.main()))
        nearest = Source("nearest location", ("pin code",), locations.gives)
        yield Desk(nearest, lambda asked, _: _found(locations.nearest(asked["pin code"])))
    if delivery is not None:
        source = Source("delivery", ("pin code",), delivery.gives)
        yield Desk(source, lambda asked, when: _found(delivery.find(asked["pin code"], when.date())))


def _found(facts: Facts) -> Answer:
    return NOT_FOUND if facts is None else Answer("found", facts)


class _AboutProducts:
    """All that can be asked about an item. Each method answers for one item on one day; None is "not found"."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def desk(self, source: Source, about: Callable[[Item, Mapping[str, str], date], Facts]) -> Desk:
        """A desk whose product is found first."""

        def find(asked: Mapping[str, str], when: datetime) -> Answer:
            items = self._tables.products.find(asked["product"])
            if len(items) > 1:
                return Answer("several", candidates=tuple(item.name for item in items))
            return _found(about(items[0], asked, when.date())) if items else NOT_FOUND

        checked: Find = find
        return Desk(source, checked)

    def item(self, item: Item, asked: Mapping[str, str], on: date) -> Facts:
        quantity = _quantity(asked)
        unit = self._unit(asked)
        quote = None if quantity is None else self._tables.prices.quote(item, on, quantity, unit)
        if quote is None:
            return None
        counted = yes_or_no(asked.get("quantity", "") not in ("", "1"))
        return {**item.facts(), "price": f"{quote.unit_price:f}", "unit": quote.unit, "counted": counted}

    def stock(self, item: Item, asked: Mapping[str, str], on: date) -> Facts:
        quote = self._tables.prices.quote(item, on, _quantity(asked) or 1, self._unit(asked))
        return {
            "stock": str(item.stock),
            "in stock": yes_or_no(item.stock > 0),
            "unit": item.unit,
            "enough": yes_or_no(quote is not None and _enough(item, quote)),
        }

    def quote(self, item: Item, asked: Mapping[str, str], on: date) -> Facts:
        quantity = _quantity(asked)
        quote = self._tables.prices.quote(item, on, quantity, self._unit(asked)) if quantity else None
        if quote is None:
            return None
        count, price = quote.next_break or ("", "")
        return {
            "quantity": str(quote.quantity),
            "unit": quote.unit,
            "sold": f"{quote.quantity} {quote.unit}",
            "unit price": f"{quote.unit_price:f}",
            "total": f"{quote.total:f}",
            "gst": "" if quote.gst is None else f"{quote.gst:f}",
            "saving": f"{quote.saving:f}",
            "next quantity": str(count),
            "next price": str(price),
            "enough": yes_or_no(_enough(item, quote)),
            "stock": str(item.stock),
        }

    def warranty(self, item: Item, asked: Mapping[str, str], on: date) -> Facts:
        bought = as_date(asked["bought on"])
        if bought is None or bought > on:
            return None
        until = covered_until(bought, months_of(item))
        return {
            **self.warranty_terms(item, asked, on),
            "covered": yes_or_no(until is not None and on <= until),
            "covered until": until.isoformat() if until else "",
        }

    def warranty_terms(self, item: Item, _asked: Mapping[str, str], _on: date) -> Mapping[str, str]:
        return {"warranty months": str(months_of(item)), **self._tables.warranties.facts(item)}

    def alternative(self, item: Item, _asked: Mapping[str, str], on: date) -> Facts:
        return self._recommended(alternatives(item, self._tables.products), on)

    def companion(self, item: Item, _asked: Mapping[str, str], on: date) -> Facts:
        return self._recommended(companions(item, self._tables.products), on)

    def price_range(self, asked: Mapping[str, str], when: datetime) -> Answer:
        name, items = self._tables.products.group(asked["category"])
        priced = [
            (price.amount, item)
            for item in items
            if (price := self._tables.prices.price(item, when.date())) is not None and item.unit == items[0].unit
        ]
        if not priced:
            return NOT_FOUND
        lowest, highest = min(priced, key=_amount), max(priced, key=_amount)
        facts = {
            "category": name,
            "lowest": f"{lowest[0]:f}",
            "highest": f"{highest[0]:f}",
            "cheapest": lowest[1].name,
            "dearest": highest[1].name,
            "unit": items[0].unit,
            "count": str(len(priced)),
        }
        return Answer("found", facts)

    def _recommended(self, items: tuple[Item, ...], on: date) -> Facts:
        if not items:
            return None
        first = items[0]
        price = self._tables.prices.price(first, on)
        return {
            "name": first.name,
            "price": f"{price.amount if price else first.price:f}",
            "unit": first.unit,
            "stock": str(first.stock),
            "others": ", ".join(item.name for item in items[1:]),
        }

    def _unit(self, asked: Mapping[str, str]) -> str:
        """A unit in the tables' form: "metres" and "meter" are "metre". The quantity's own counts, as in "10 metre"."""
        own = asked.get("quantity", "").partition(" ")[2]
        return self._tables.words.name(own or asked.get("unit", ""))


def _amount(priced: tuple[Decimal, Item]) -> Decimal:
    return priced[0]


def _quantity(asked: Mapping[str, str]) -> int | None:
    """How many, whatever unit follows; 1 where nothing is said, None for what is no count."""
    text = asked.get("quantity", "").partition(" ")[0] or "1"
    quantity = int(text) if text.isdecimal() and len(text) <= 7 else 0
    return quantity if 1 <= quantity <= MAX_QUANTITY else None


def _enough(item: Item, quote: Quote) -> bool:
    """Whether so much is on the shelf, whatever unit it is counted in."""
    if quote.unit == item.unit:
        return item.stock >= quote.quantity
    conversion = item.conversion()
    if conversion is None:
        return False
    big, size, _ = conversion
    return item.stock * size >= quote.quantity if item.unit == big else item.stock >= quote.quantity * size
