"""A shop as its files were at one moment: calls that began with them end with them, whatever staff change meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog

from callagent.call.services import Services
from callagent.call.stored import StoredPrompts
from callagent.clock import Clock
from callagent.dialogue.actions import LookedUp
from callagent.dialogue.evidence import Subjects
from callagent.dialogue.flow import Flow
from callagent.dialogue.written import written_for_all
from callagent.errors import ConfigurationError
from callagent.flow_dialogue import FlowDialogue
from callagent.knowledge.shop import Shop
from callagent.recording.redaction import public_in
from callagent.settings.settings import Settings
from callagent.telephony.destinations import Destinations
from callagent.workshop.shops import Folders, open_tables, shop_folder, shop_names
from callagent.workshop.watch import Changed, Refused, Watch

log = structlog.get_logger("callagent.app")


@dataclass(slots=True)
class Edition:
    """The shop's tables, and the flow over them."""

    shop: Shop
    dialogue: FlowDialogue
    subjects: Subjects
    clock: Clock
    stored: StoredPrompts | None = None
    """What can be said in its words without any synthesizer; None where the process's own are in its words."""
    public: frozenset[tuple[str, str]] = frozenset()
    """Numbers and addresses that its prompts tell everybody."""
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
        if outside := people_outside(flow, settings):
            log.warning("people who may not be rung", flow=flow.name, people=outside, setting="CALLAGENT_DIAL_ALLOWED")
        said = [prompts.values for prompts in flow.prompts.values()]
        subjects = Subjects.of(
            ((item.name, item.names()) for item in flow.items),
            ((brand, [values.get(brand, brand) for values in said]) for brand in {item.brand for item in flow.items}),
        )
        return cls(shop, dialogue, subjects, clock, public=public_in(written_for_all(flow)))

    def prepare(self) -> None:
        """Learn what the shop sells, a second of work that else the first caller who speaks waits for."""
        self.shop.prepare()
        self.dialogue.prepare()

    def over(self, services: Services) -> Services:
        """The process's services as a call of this edition uses them."""
        shop = replace(services, dialogue=self.dialogue, look_up=self.look_up, subjects=self.subjects)
        return shop if self.stored is None else replace(shop, stored=self.stored)

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


def people_outside(flow: Flow, settings: Settings) -> tuple[str, ...]:
    """Whom of a flow's people no caller can be handed over to: CALLAGENT_DIAL_ALLOWED does not have their numbers."""
    numbers = {name: person.phone for name, person in flow.people.items()}
    return Destinations(settings.dial_allowed).outside(numbers)


class Editions:
    """The edition that calls begin with now, and what is to become of the files that staff change.

    Making it reads the files, and raises ContentError for every mistake in them, and ConfigurationError.
    """

    def __init__(self, settings: Settings, clock: Clock, stored: StoredPrompts | None = None) -> None:
        """`stored` is where the prompts of its words are, if not where the process's are."""
        name = settings.shop
        self._settings = settings
        self._stored = stored
        self._clock = clock
        self._folders = Folders(name, shop_folder(settings.flows, name), shop_folder(settings.prompts, name))
        # Before the files are read: none of their changes is lost.
        self._watch = Watch(self._folders, self._read_anew)
        self.current = self._read()
        self.refused: tuple[str, ...] = ()
        """Why the files as they are now are not in use; empty when they are."""
        self._others: dict[str, Editions] = {}
        """Of other shops whose flows somebody has asked for, by name."""

    async def of(self, shop: str) -> Edition:
        """That of a folder below flows/, read when it is first asked for; empty for this one.

        Raises ConfigurationError when there is none, and ContentError when it cannot be used.
        """
        if not shop or shop == self._settings.shop:
            return self.current
        if shop not in self._others:
            if shop not in shop_names(self._settings.flows):
                shop_folder(self._settings.flows, Path(shop).name)  # says which there are
                raise ConfigurationError(f"'{shop}' is no folder below {self._settings.flows}/.")
            settings = self._settings.model_copy(update={"shop": shop, "language": ""})
            other = await asyncio.to_thread(_prepared, settings, self._clock)
            self._others.setdefault(shop, other)
        return self._others[shop].current

    def _read(self) -> Edition:
        edition = Edition.read(self._folders, self._settings, self._clock)
        edition.stored = self._stored
        return edition

    def _read_anew(self) -> Edition:
        """For calls that may come at once; in a thread of the watch."""
        edition = self._read()
        edition.prepare()
        return edition

    async def look(self, now_s: float) -> bool:
        """Take up what staff have changed, for calls that begin from now on; whether that is anything.

        Of other shops as well, which does not count.
        """
        for other in tuple(self._others.values()):
            await other.look(now_s)
        change = await asyncio.to_thread(self._watch.look, now_s)
        if isinstance(change, Refused):
            self.refused = change.reasons
            log.error("change refused", flow=self.current.dialogue.version, reasons=change.reasons)
        if not isinstance(change, Changed):
            return False
        before, self.current = self.current, change.value
        self.refused = ()
        await before.supersede()
        log.info("change taken up", flow=self.current.dialogue.version, before=before.dialogue.version)
        return True

    async def aclose(self) -> None:
        """Let go of what the look-ups hold once the last call has ended."""
        for other in self._others.values():
            await other.aclose()
        await self.current.supersede()


def _prepared(settings: Settings, clock: Clock) -> Editions:
    """Those of another shop, for calls that come at once."""
    editions = Editions(settings, clock, stored=StoredPrompts())
    editions.current.prepare()
    return editions
