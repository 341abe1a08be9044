"""From what a caller calls it to the item that is meant.

In this order: the very name or alias, in any language; the same words in another form ("16A socket"); the word for a
whole category, which names several; then search, which finds one item, several that are as likely, or none.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property

from callagent.knowledge.catalogue import Item, key_of
from callagent.knowledge.categories import Category
from callagent.knowledge.search import Index, MoreTerms
from callagent.knowledge.words import Words

SURE = 0.8
"""From this score on, and with a lead of `LEAD` before the next item, one item is meant."""
POSSIBLE = 0.55
"""Items below this score are not meant."""
LEAD = 0.08
MOST = 4
"""So many are read out to choose from: more cannot be remembered by ear."""


class Products:
    """The items, found by what callers call them."""

    def __init__(
        self,
        items: Sequence[Item],
        words: Words,
        categories: Mapping[str, Category] | None = None,
        meanings: MoreTerms | None = None,
    ) -> None:
        self.items = tuple(items)
        self.categories = dict(categories or {})
        self._words = words
        self._by_name = {key_of(name): item for item in reversed(self.items) for name in item.names()}
        self._by_code = {item.code: item for item in self.items}
        self._meanings = meanings
        self._of_category = {
            name: tuple(item for item in self.items if item.more.get("category") == name) for name in self.categories
        }

    def prepare(self) -> None:
        """Make what the first search would make, a quarter of a second of work for a large shop."""
        _ = self._by_form, self._category_by_form, self._by_kind, self._index

    @cached_property
    def _by_form(self) -> Mapping[str, tuple[Item, ...]]:
        same: dict[str, dict[str, Item]] = defaultdict(dict)
        for item in self.items:
            for name in item.names():
                same[self._form(name)][item.code] = item
        return {form: tuple(items.values()) for form, items in same.items()}

    @cached_property
    def _category_by_form(self) -> Mapping[str, str]:
        return {
            self._form(word): name
            for name, category in self.categories.items()
            for word in (name, *category.words)
            if self._of_category[name]
        }

    @cached_property
    def _by_kind(self) -> Mapping[str, Sequence[Item]]:
        kinds: dict[str, list[Item]] = defaultdict(list)
        for item in self.items:
            if item.more.get("kind"):
                kinds[self._form(item.more["kind"])].append(item)
        return kinds

    @cached_property
    def _index(self) -> Index:
        texts = [(*item.names(), _described(item), item.more.get("kind", "")) for item in self.items]
        return Index(texts, self._words, self._meanings)

    def find(self, name: str) -> tuple[Item, ...]:
        """The item that is meant; several, likeliest first, when the name may mean any of them; none when nothing."""
        exact = self._by_name.get(key_of(name))
        if exact is not None:
            return (exact,)
        form = self._form(name)
        if form in self._by_form:
            return self._by_form[form][:MOST]
        if form in self._category_by_form:
            return self.of_category(self._category_by_form[form])[:MOST]
        return in_stock_first(self._by_kind.get(form, ()))[:MOST] or self._search(name)

    def with_code(self, code: str) -> Item | None:
        """The item of that code."""
        return self._by_code.get(code)

    def group(self, name: str) -> tuple[str, tuple[Item, ...]]:
        """The name and items of a whole category or kind, called by its word or by the name of one of its items."""
        form = self._form(name)
        if form in self._category_by_form:
            category = self._category_by_form[form]
            return category, self.of_category(category)
        kinds = {item.more.get("kind", "") for item in self._by_kind.get(form) or self.find(name)}
        kind = kinds.pop() if len(kinds) == 1 else ""
        return kind, tuple(self._by_kind.get(self._form(kind), ())) if kind else ()

    def of_category(self, name: str) -> tuple[Item, ...]:
        """The items of a category: what is in stock first, else as in the table."""
        return in_stock_first(self._of_category.get(name, ()))

    def _form(self, name: str) -> str:
        return " ".join(sorted(set(self._words.terms(name))))

    def _search(self, name: str) -> tuple[Item, ...]:
        hits = self._index.find(name, MOST + 1)
        if not hits or hits[0].score < POSSIBLE:
            return ()
        near = [hit for hit in hits if hit.score >= max(POSSIBLE, hits[0].score - LEAD)]
        if len(near) == 1 and hits[0].score < SURE:
            near = [hit for hit in hits if hit.score >= POSSIBLE]
            near = near if len(near) > 1 else []
        return tuple(self.items[hit.number] for hit in near[:MOST])


def in_stock_first(items: Sequence[Item]) -> tuple[Item, ...]:
    """The items, those out of stock behind the others, else in their order."""
    return tuple(sorted(items, key=lambda item: item.stock == 0))


def _described(item: Item) -> str:
    """The item with what its name may leave out: "sixteen amp white switch" finds the switch in white."""
    told = (item.more.get(column, "") for column in ("colour", "rating", "size", "brand"))
    return " ".join((item.name, *filter(None, told)))
