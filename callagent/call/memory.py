"""What outlasts a call: what the caller agreed to be known by, and a conversation that was cut off."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from callagent.call.callers import Acquaintance, Learned, UnfinishedCall
from callagent.call.journal import Journal
from callagent.call.services import Services
from callagent.dialogue.actions import CallBegan
from callagent.events import CallerRecalled

MOST_ORDERS: Final = 5
_REMEMBERED_AS: Final[Mapping[str, str]] = {
    "language": "language",
    "name": "name",
    "caller's name": "name",
    "order number": "order",
    "caller's orders": "order",
    "topic": "topic",
    "caller's last topic": "topic",
}
"""What may be kept of a caller, by the names that a flow gives it."""


class Memory:
    """One per call; what it keeps goes to the store after the call. Never raises."""

    def __init__(self, services: Services, journal: Journal, caller: str) -> None:
        self._services = services
        self._journal = journal
        self._caller = caller
        self.learned = Learned()
        """Goes with the call when it is handed over, and comes back with it."""
        self.cut_off: Mapping[str, Any] | None = None
        """The dialogue's state in an earlier call that was cut off, where this one is to go on."""

    async def recall(self, began: CallBegan) -> CallBegan:
        """What an earlier call left behind; it costs the caller a third of a second at worst."""
        if self._services.reception is None:
            return began
        dialogue = self._services.dialogue
        welcome = await self._services.reception.welcome(began.caller, dialogue.name, dialogue.version, began.now)
        self.cut_off = welcome.unfinished.state if welcome.unfinished else None
        self.learned = replace(self.learned, known=welcome.facts)
        self._journal.write(
            CallerRecalled(
                at_s=self._journal.at_s(),
                known=welcome.facts.get("caller") == "known",
                taken_up=welcome.unfinished is not None,
            )
        )
        return replace(began, known=welcome.facts)

    def consent(self, *, allowed: bool) -> None:
        """The caller agreed to be remembered, or did not."""
        self.learned = replace(self.learned, consent=allowed)

    def keep(self, name: str, value: str) -> bool:
        """Keep a value for this caller's next calls; False for one that is never kept."""
        if name not in _REMEMBERED_AS:
            return False
        self.learned = replace(self.learned, kept={**self.learned.kept, _REMEMBERED_AS[name]: value})
        return True

    async def keep_unfinished(self, state: Mapping[str, Any] | None) -> None:
        """Keep what the caller was in the middle of, for when they call again; None for nothing."""
        if state is None or self._services.reception is None or self.learned.consent is False:
            return
        dialogue = self._services.dialogue
        unfinished = UnfinishedCall(dialogue.name, dialogue.version, state)
        await self._services.reception.keep(self._caller, unfinished, self._services.clock.wall())

    async def remember(self, language: str, disposition: str, step: str) -> None:
        """Keep what the caller agreed to be known by.

        A caller who was not asked in this call has agreed if they are known from an earlier one.
        """
        reception, known, kept = self._services.reception, self.learned.known, self.learned.kept
        was_known = known.get("caller") == "known"
        if reception is None or (self.learned.consent is None and not was_known):
            return
        orders = [order for order in known.get("caller's orders", "").split(", ") if order]
        if order := kept.get("order"):
            orders = [order, *(one for one in orders if one != order)]
        values = Acquaintance(
            language=kept.get("language", language),
            name=kept.get("name", known.get("caller's name", "")),
            open_orders=tuple(orders[:MOST_ORDERS]),
            last_topic=kept.get("topic", known.get("caller's last topic", "")),
            disposition=disposition,
            step=step,
        )
        consent = self.learned.consent is not False
        await reception.remember(self._caller, values, consent=consent, now=self._services.clock.wall())
