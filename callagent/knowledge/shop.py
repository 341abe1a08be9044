"""A shop's facts, as flows look them up.

Every number that a customer may act on comes from here, read from the tables that staff keep in ``flows/<shop>/`` as
CSV files or in ``shop.sqlite``. Only ``catalogue`` must be there; each further table adds look-ups:

=============  =========================================================================================
table          what it adds
=============  =========================================================================================
catalogue      catalogue, stock, quote, alternatives, price range
categories     words for a whole kind of things, and what goes with what: recommendations
prices         quantity breaks and dated price lists
warranty       how to claim, and where: warranty, warranty terms
orders         order (by the number that calls), order by phone (by a number that is asked)
delivery       delivery
locations      location, nearest location
faq            faq
synonyms       further words that mean the same
=============  =========================================================================================

``services.yaml`` puts the shop's own computer in the place of a table, or adds look-ups of its own.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from inspect import isawaitable
from pathlib import Path
from typing import TypeVar

from callagent.clock import Clock, SystemClock
from callagent.content.findings import Findings
from callagent.content.table import TableFile
from callagent.errors import Problem
from callagent.knowledge.catalogue import NEEDED as CATALOGUE_COLUMNS
from callagent.knowledge.catalogue import Item, read_catalogue
from callagent.knowledge.categories import NEEDED as CATEGORY_COLUMNS
from callagent.knowledge.categories import read_categories
from callagent.knowledge.desks import Tables, desks
from callagent.knowledge.faq import NEEDED as FAQ_COLUMNS
from callagent.knowledge.faq import read_faq
from callagent.knowledge.http_service import HttpService, Through
from callagent.knowledge.orders import NEEDED as ORDER_COLUMNS
from callagent.knowledge.orders import read_orders
from callagent.knowledge.places import DELIVERY_COLUMNS, LOCATION_COLUMNS, read_delivery, read_locations
from callagent.knowledge.prices import NEEDED as PRICE_COLUMNS
from callagent.knowledge.prices import Prices, read_prices
from callagent.knowledge.products import Products
from callagent.knowledge.search import MoreTerms
from callagent.knowledge.services import SERVICES_FILE, read_services
from callagent.knowledge.sources import Answer, Desk, Source
from callagent.knowledge.tables import Tables as Folder
from callagent.knowledge.warranty import NEEDED as WARRANTY_COLUMNS
from callagent.knowledge.warranty import Warranties, read_warranties
from callagent.knowledge.words import NEEDED as WORD_COLUMNS
from callagent.knowledge.words import read_words

__all__ = ["Answer", "Shop", "Source", "open_shop"]

_TABLES_OF: Mapping[str, str] = {
    **dict.fromkeys(("order", "order by phone"), "orders.csv"),
    **dict.fromkeys(("location", "nearest location"), "locations.csv"),
    "delivery": "delivery.csv",
    "faq": "faq.csv",
}
"""What is there only with a table of its own."""

Known = TypeVar("Known")

_log = logging.getLogger(__name__)


class Shop:
    """Everything one shop knows; the same for all calls, and never changed."""

    def __init__(
        self,
        items: Sequence[Item] = (),
        desks: Iterable[Desk] = (),
        *,
        problems: Iterable[Problem] = (),
        services: Iterable[HttpService] = (),
        clock: Clock | None = None,
        prepare: Callable[[], None] = lambda: None,
    ) -> None:
        self.prepare = prepare
        """Makes what the first look-up would make; takes a while, from whichever thread."""
        self._items = tuple(items)
        self._services = tuple(services)
        self._clock = clock or SystemClock()
        self._desks = {desk.source.name: desk for desk in (*desks, *(service.desk for service in self._services))}
        self.sources: Mapping[str, Source] = {name: desk.source for name, desk in self._desks.items()}
        """What a `lookup` may name."""
        self.absent = {name: file for name, file in _TABLES_OF.items() if name not in self.sources}
        """Sources that there would be with a table, and the table's file."""
        self.problems = tuple(problems)
        """Mistakes in rows that were left out, and warnings."""

    def items(self) -> tuple[Item, ...]:
        """The catalogue, in the order of its table."""
        return self._items

    async def look_up(
        self, source: str, arguments: Mapping[str, str], gives: Sequence[str], when: datetime | None = None
    ) -> Answer:
        """Ask a source for the facts named by `gives`, as of a wall time, else of now.

        Never raises: whatever goes wrong is "down".
        """
        try:
            answer = self._desks[source].find(arguments, when or self._clock.wall())
            if isawaitable(answer):
                answer = await answer
            if answer.status != "found":
                return answer
            return Answer("found", {name: answer.values[name] for name in gives})
        except Exception as error:  # noqa: BLE001  # a caller is on the line: the flow says what to do when data is down
            _log.error(
                "look-up failed: source=%s error=%s", source, type(error).__name__
            )  # a traceback may hold a customer's data
            return Answer("down")

    async def aclose(self) -> None:
        """Give back what look-ups over HTTP hold."""
        for service in self._services:
            await service.aclose()


def open_shop(
    folder: Path,
    *,
    tolerate_bad_rows: bool = False,
    clock: Clock | None = None,
    meanings: MoreTerms | None = None,
    through: Through | None = None,
    http_on_loopback: bool = False,
    quiet: bool = False,
) -> Shop:
    """Read a shop's tables. Raises ContentError with every mistake in all of them.

    With `tolerate_bad_rows` a row with a mistake is left out, and the mistake is kept in `Shop.problems`; a table that
    is wrong as a whole still raises. `meanings` gives further words for a search, `through` guards look-ups over HTTP,
    and `http_on_loopback` allows those without https on this machine. Rows left out are logged, unless `quiet`.
    """
    findings = Findings()
    reading = _Reading(Folder(folder, findings))
    tables = reading.tables(meanings)
    declared = findings.of(folder / SERVICES_FILE)
    services = read_services(folder / SERVICES_FILE, declared, http_on_loopback=http_on_loopback)
    if declared.found or any(table.broken for table in reading.read) or not tolerate_bad_rows:
        findings.raise_any()
    for problem in findings.problems:
        if problem.severity == "error" and not quiet:
            _log.warning("row left out: %s:%d", problem.file, problem.line)
    http = [HttpService(service, through) for service in services]
    return Shop(
        tables.catalogue.items,
        desks(tables),
        problems=findings.problems,
        services=http,
        clock=clock,
        prepare=tables.products.prepare,
    )


class _Reading:
    """The tables of one folder while they are read."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self.read: list[TableFile] = []

    def tables(self, meanings: MoreTerms | None) -> Tables:
        words = read_words(self._table("synonyms", WORD_COLUMNS))
        catalogue = read_catalogue(self._needed("catalogue", CATALOGUE_COLUMNS))
        items = catalogue.items
        brands, kinds = (Counter(item.more.get(column, "") for item in items) for column in ("brand", "category"))
        doubtful = catalogue.doubtful
        categories = read_categories(self._table("categories", CATEGORY_COLUMNS), kinds, doubtful)
        codes = {item.code: item for item in items}
        return Tables(
            catalogue=catalogue,
            products=Products(items, words, categories, meanings),
            words=words,
            prices=self._optional("prices", PRICE_COLUMNS, lambda table: read_prices(table, codes, doubtful))
            or Prices(),
            warranties=self._optional(
                "warranty", WARRANTY_COLUMNS, lambda table: read_warranties(table, brands, kinds, doubtful)
            )
            or Warranties(),
            orders=self._optional("orders", ORDER_COLUMNS, read_orders),
            delivery=self._optional("delivery", DELIVERY_COLUMNS, read_delivery),
            locations=self._optional("locations", LOCATION_COLUMNS, read_locations),
            faq=self._optional("faq", FAQ_COLUMNS, lambda table: read_faq(table, words)),
        )

    def _needed(self, name: str, columns: Sequence[str]) -> TableFile:
        table = self._folder.read(name, columns)
        self.read.append(table)
        return table

    def _table(self, name: str, columns: Sequence[str]) -> TableFile | None:
        return self._needed(name, columns) if self._folder.has(name) else None

    def _optional(self, name: str, columns: Sequence[str], read: Callable[[TableFile], Known]) -> Known | None:
        table = self._table(name, columns)
        return None if table is None else read(table)
