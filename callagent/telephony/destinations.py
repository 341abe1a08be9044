"""Where calls may go: the prefixes that are configured, and a number as a person types it. Pure."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from callagent.errors import DestinationError

NUMBER: Final = re.compile(r"\+[1-9][0-9]{6,14}")
"""E.164 with its plus sign."""
PREFIX: Final = re.compile(r"\+(1|7|[1-9][0-9]{1,14})")
"""What E.164 numbers begin with: a country code at least. Of one digit there are two, +1 and +7."""
HOW: Final = "Write it with its country code, as in +91 98000 00001."
_BETWEEN: Final = re.compile("[ \u00a0\u202f\u2010\u2011\u2013-]+")
"""What people write between the digits."""


def number_of(typed: str) -> str:
    """The E.164 number that a person typed; spaces and dashes do not count. Raises DestinationError for none."""
    number = _BETWEEN.sub("", typed.strip())
    if NUMBER.fullmatch(number):
        return number
    if re.fullmatch(r"[0-9]+", number):
        raise DestinationError(f"The number has no country code. {HOW}")
    if re.fullmatch(r"\+0[0-9]*", number):
        raise DestinationError(f"No country code begins with 0. {HOW}")
    if re.fullmatch(r"\+[0-9]*", number):
        raise DestinationError(f"The number has not 7 to 15 digits. {HOW}")
    raise DestinationError(f"This is no telephone number. {HOW}")


class Destinations:
    """The numbers that calls may go to: those that begin with one of the `prefixes`, which are as in `PREFIX`."""

    def __init__(self, prefixes: Iterable[str] = ()) -> None:
        """Raises ValueError for what is no prefix."""
        self._prefixes = tuple(prefixes)
        for prefix in self._prefixes:
            if not PREFIX.fullmatch(prefix):
                raise ValueError(f"'{prefix}' is no beginning of numbers; write a country code as in +91")

    def check(self, typed: str) -> str:
        """The number to be rung. Raises DestinationError for what is none, or may not be rung."""
        number = number_of(typed)
        if not self._prefixes:
            raise DestinationError(
                "No number may be rung: set CALLAGENT_DIAL_ALLOWED to the beginnings of those that may, such as +91."
            )
        if not number.startswith(self._prefixes):
            raise DestinationError(
                "This number may not be rung: CALLAGENT_DIAL_ALLOWED has no beginning of it. It has "
                f"{', '.join(self._prefixes)}."
            )
        return number

    def outside(self, numbers: Mapping[str, str]) -> tuple[str, ...]:
        """Of people by name, those who may not be rung for a caller."""
        return tuple(name for name, number in numbers.items() if not self.allow_transfer(number))

    def allow_transfer(self, number: str) -> bool:
        """Whether a caller may be handed over to one of the flow's people: to any, as long as no list is set."""
        return not self._prefixes or bool(NUMBER.fullmatch(number) and number.startswith(self._prefixes))
