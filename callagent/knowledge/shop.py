"""A shop's facts, as flows look them up.

Every number that a customer may act on comes from here, read from the tables that staff keep in ``flows/<shop>/``:
``catalogue.csv``, and ``orders.csv`` where the shop takes orders.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from callagent.content.findings import Findings
from callagent.knowledge.catalogue import Catalogue, Item, read_catalogue
from callagent.knowledge.orders import Orders, read_orders

CATALOGUE_FILE, ORDERS_FILE = "catalogue.csv", "orders.csv"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Source:
    """Something that can be looked up."""

    name: str
    needs: tuple[str, ...]
    """Arguments without which there is no answer."""
    gives: tuple[str, ...]
    """All that it can tell."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a look-up came to."""

    status: Literal["found", "not found", "down"]
    values: Mapping[str, str] = field(default_factory=dict)
    """By name, as text: numbers as plain decimals, dates as 2026-11-24; empty where the table has nothing."""


_Finder = Callable[[Mapping[str, str]], Mapping[str, str] | None]


class Shop:
    """Everything one shop knows; the same for all calls, and never changed."""

    def __init__(self, catalogue: Catalogue, orders: Orders | None = None) -> None:
        self._catalogue = catalogue
        sources = {"catalogue": Source("catalogue", ("product",), catalogue.gives)}
        self._finders: dict[str, _Finder] = {"catalogue": self._find_item}
        if orders is not None:
            sources["order"] = Source("order", ("order number",), orders.gives)
            self._finders["order"] = lambda arguments: orders.find(arguments["order number"])
        self.sources: Mapping[str, Source] = sources
        self.absent: Mapping[str, str] = {} if orders is not None else {"order": ORDERS_FILE}
        """Sources that there would be with a table, and the table's file."""

    def items(self) -> tuple[Item, ...]:
        """The catalogue, in the order of its table."""
        return self._catalogue.items

    async def look_up(self, source: str, arguments: Mapping[str, str], gives: Sequence[str]) -> Answer:
        """Ask a source for the facts named by `gives`. Never raises: whatever goes wrong is "down"."""
        try:
            facts = self._finders[source](arguments)
            if facts is None:
                return Answer("not found")
            return Answer("found", {name: facts[name] for name in gives})
        except Exception as error:  # noqa: BLE001  # a caller is on the line: the flow says what to do when data is down
            _log.error(
                "look-up failed: source=%s error=%s", source, type(error).__name__
            )  # a traceback may hold a customer's data
            return Answer("down")

    def _find_item(self, arguments: Mapping[str, str]) -> Mapping[str, str] | None:
        item = self._catalogue.find(arguments["product"])
        return None if item is None else item.facts()


def open_shop(folder: Path) -> Shop:
    """Read a shop's tables. Raises ContentError with every mistake in all of them."""
    findings = Findings()
    catalogue = read_catalogue(folder / CATALOGUE_FILE, findings.of(folder / CATALOGUE_FILE))
    path = folder / ORDERS_FILE
    orders = read_orders(path, findings.of(path)) if path.exists() else None
    findings.raise_any()
    return Shop(catalogue, orders)
