"""A shop as its files were at one moment: calls that began with them end with them, whatever staff change meanwhile."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

from callagent.assembly import FlowDialogue
from callagent.call.services import Services
from callagent.clock import Clock
from callagent.dialogue.actions import LookedUp
from callagent.dialogue.evidence import Subjects
from callagent.knowledge.shop import Shop
from callagent.settings import Settings
from callagent.workshop.shops import Folders, open_tables


@dataclass(slots=True)
class Edition:
    """The shop's tables, and the flow over them."""

    shop: Shop
    dialogue: FlowDialogue
    subjects: Subjects
    clock: Clock
    _uses: int = field(default=0, init=False)
    _superseded: bool = field(default=False, init=False)

    @classmethod
    def read(cls, folders: Folders, settings: Settings, clock: Clock) -> "Edition":
        """Read tables, flow and prompts. Raises ContentError with every mistake in them, and ConfigurationError."""
        shop = open_tables(folders.flow, clock)
        dialogue = FlowDialogue(
            folders.flow,
            folders.prompts,
            shop,
            has_model=bool(settings.llm),
            timezone=ZoneInfo(settings.timezone),
            language=settings.language,
            accept_from=settings.understand_accept,
            confirm_from=settings.understand_confirm,
        )
        flow = dialogue.flow
        said = [prompts.values for prompts in flow.prompts.values()]
        subjects = Subjects.of(
            ((item.name, item.names()) for item in flow.items),
            ((brand, [values.get(brand, brand) for values in said]) for brand in {item.brand for item in flow.items}),
        )
        return cls(shop, dialogue, subjects, clock)

    def prepare(self) -> None:
        """Learn what the shop sells, a second of work that else the first caller who speaks waits for."""
        self.shop.prepare()
        self.dialogue.prepare()

    def over(self, services: Services) -> Services:
        """The process's services as a call of this edition uses them."""
        return replace(services, dialogue=self.dialogue, look_up=self.look_up, subjects=self.subjects)

    async def look_up(self, source: str, arguments: Mapping[str, str], gives: Sequence[str]) -> LookedUp:
        """Ask the shop's data. Never raises."""
        now = self.clock.wall().astimezone(self.dialogue.flow.timezone)
        async with self.in_call():  # a call that comes back from a transfer may be the last to use it
            answer = await self.shop.look_up(source, arguments, gives, now)
        return LookedUp(answer.status, answer.values, answer.candidates)

    @asynccontextmanager
    async def in_call(self) -> AsyncIterator[None]:
        """While a call, or a look-up of its own, goes on with this edition."""
        self._uses += 1
        try:
            yield
        finally:
            self._uses -= 1
            await self._close_when_unused()

    async def supersede(self) -> None:
        """No further call begins with it: let go of what its look-ups hold once its last call has ended."""
        self._superseded = True
        await self._close_when_unused()

    async def _close_when_unused(self) -> None:
        if self._superseded and not self._uses:
            await self.shop.aclose()
