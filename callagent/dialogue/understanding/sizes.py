"""Goods that callers call by their size alone: wire is "dhaai number", or a coil of four square millimetres."""

from collections.abc import Iterable, Sequence

from callagent.dialogue.understanding.measures import Found

AMBIGUOUS = 0.55
"""How sure a name is that several items share."""
MOST_CANDIDATES = 5
_BY_SIZE = 0.7
"""How sure the only item of a size is, when its name was not said."""
_WIRE = "sq mm"
"""The unit whose sizes stand for goods."""


class Sizes:
    """The names of such goods by their size."""

    def __init__(self, sizes: Iterable[tuple[str, str]]) -> None:
        """Learn the names of goods with their sizes, such as "2.5 sq mm"."""
        self._names: dict[str, tuple[str, ...]] = {}
        for name, size in sizes:
            if size.endswith(_WIRE):
                self._names[size] = (*self._names.get(size, ()), name)

    def instead_of(self, products: Sequence[Found], told: Sequence[Found]) -> list[Found]:
        """The items of a sentence, with those of a size it tells in place of none, or of an unclear one."""
        size = next((each for each in told if each.kind == "size"), None)
        names = self._names.get(size.value.casefold(), ()) if size is not None else ()
        if size is None or not names or len(products) > 1:
            return list(products)
        unclear = next(iter(products), None)
        if unclear is not None and (not unclear.candidates or not {*unclear.candidates}.isdisjoint(names)):
            return list(products)
        place = unclear or size
        sure, candidates = (AMBIGUOUS, names[:MOST_CANDIDATES]) if len(names) > 1 else (_BY_SIZE, ())
        return [Found("product", names[0], place.begin, place.end, sure, candidates)]
