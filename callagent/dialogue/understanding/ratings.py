"""Ratings that callers say without their unit: "mcb thirty two" is rated so, "switch fifty" counts switches."""

from collections import Counter
from collections.abc import Iterator, Sequence

from callagent.dialogue.understanding.cells import Cell
from callagent.dialogue.understanding.measures import Found


class Ratings:
    """The ratings of the goods, by what is said before them."""

    def __init__(self) -> None:
        self._by_name: dict[tuple[str, ...], dict[str, Counter[str]]] = {}
        self._longest = 0

    def learn(self, name: Sequence[str], rating: str) -> None:
        """Add an item's name without measures, in the form of cells, and its rating such as "32 A"."""
        if name and rating[:1].isdigit():
            figures = rating.partition(" ")[0]
            self._by_name.setdefault(tuple(name), {}).setdefault(figures, Counter())[rating] += 1
            self._longest = max(self._longest, len(name))

    def bare_in(self, cells: Sequence[Cell]) -> Iterator[Found]:
        """Numbers without a unit behind the name of a thing of which there is one rated so."""
        for at, cell in enumerate(cells):
            has_unit = at + 1 < len(cells) and cells[at + 1].exact
            if not cell.exact or has_unit or not cell.words[0][:1].isdigit():
                continue
            for length in range(min(self._longest, at), 0, -1):
                name = tuple(each.words[0] for each in cells[at - length : at])
                known = self._by_name.get(name, {}).get(cell.words[0])
                if known is not None:
                    yield Found("rating", known.most_common(1)[0][0], cell.begin, cell.end)
                    break
