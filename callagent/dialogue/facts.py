"""What a flow needs to know of a shop's data to be checked: satisfied by knowledge.Shop, which is never imported."""

from collections.abc import Mapping, Sequence
from typing import Protocol


class KnownItem(Protocol):
    """Something that callers may name."""

    @property
    def name(self) -> str:
        """As it is said to callers."""
        ...

    @property
    def aliases(self) -> tuple[str, ...]:
        """What else callers call it."""
        ...

    @property
    def aliases_in(self) -> Mapping[str, tuple[str, ...]]:
        """What callers call it in other languages, by language; the first is how it is said to them."""
        ...

    @property
    def more(self) -> Mapping[str, str]:
        """Further facts, such as brand, rating, size and colour."""
        ...


class KnownSource(Protocol):
    """Something that can be looked up."""

    @property
    def needs(self) -> tuple[str, ...]:
        """Slots without which there is no answer."""
        ...

    @property
    def gives(self) -> tuple[str, ...]:
        """All that it can tell."""
        ...

    @property
    def takes(self) -> tuple[str, ...]:
        """Slots that make the answer more exact, and may be missing."""
        ...


class Facts(Protocol):
    """A shop's data, seen from the flow."""

    def items(self) -> Sequence[KnownItem]:
        """The catalogue."""
        ...

    @property
    def sources(self) -> Mapping[str, KnownSource]:
        """What `lookup` may name."""
        ...

    @property
    def absent(self) -> Mapping[str, str]:
        """What `lookup` could name if a table beside the flow were there: the table's file."""
        ...
