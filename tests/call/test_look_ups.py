"""The look-ups of one call: how often somebody may try out what only a customer knows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from callagent.call.journal import Journal
from callagent.call.look_ups import MOST_MISSES, LookUps
from callagent.clock import ManualClock
from callagent.dialogue.actions import LookedUp, LookUp
from callagent.dialogue.evidence import Subjects


@dataclass
class Shop:
    """As much of a call's services as look-ups need: an order's owner is told of it, and everybody of a fan."""

    clock: ManualClock = field(default_factory=ManualClock)
    subjects: Subjects = field(default_factory=Subjects)
    asked: int = 0

    async def look_up(self, source: str, arguments: Mapping[str, str], _gives: Sequence[str]) -> LookedUp:
        """Answer, and count."""
        self.asked += 1
        right = {"order": {"order number": "4512", "phone number": "98"}, "stock": {"product": "fan"}}[source]
        return LookedUp("found", {"status": "packed"}) if dict(arguments) == right else LookedUp("not found")


def order(number: int, phone: str = "98") -> LookUp:
    """A look-up of an order."""
    return LookUp("order", {"order number": str(number), "phone number": phone}, ("status",))


@pytest.mark.parametrize("by", ["for_flow", "for_model"])
async def test_who_tries_numbers_out_is_told_nothing_more(by: str) -> None:
    """After a few that are wrong no order is looked up in this call, the right one neither; other things are."""
    shop = Shop()
    look_ups = LookUps(cast("Any", shop), Journal(shop.clock))
    ask = getattr(look_ups, by)

    assert (await ask(order(4512))).status == "found"
    for number in range(MOST_MISSES):
        assert (await ask(order(number))).status == "not found"
    assert (await ask(order(4512))).status == "not found"
    assert shop.asked == MOST_MISSES + 1
    assert (await ask(LookUp("stock", {"product": "fan"}, ("status",)))).status == "found"


async def test_things_that_are_not_there_are_no_guesses() -> None:
    """A caller may ask for as many products as they like."""
    shop = Shop()
    look_ups = LookUps(cast("Any", shop), Journal(shop.clock))
    for _ in range(MOST_MISSES + 1):
        await look_ups.for_flow(LookUp("stock", {"product": "moon"}, ("status",)))

    assert (await look_ups.for_flow(order(4512))).status == "found"
