"""What the dialogue wants done besides talking: consent, text messages, transfers, what is to be remembered.

The flow proposes and this judges: a text goes to the caller's own number or to one of the flow's people, never to a
number that somebody said. Nothing here makes the caller wait, and no failure ends a call: each is an event.
"""

import asyncio
import re
from contextlib import suppress
from typing import Final

import structlog

from callagent.call.faults import fault
from callagent.call.journal import Journal
from callagent.call.memory import Memory
from callagent.call.services import Services
from callagent.call.tap import Tap
from callagent.call.whispering import Whispering
from callagent.dialogue.actions import Consent, Remember, SendText, Transfer
from callagent.errors import CarrierError
from callagent.events import ActionDropped, CallTransferred, ConsentGiven, TextFailed, TextSent, TransferFailed
from callagent.telephony.leg import Leg, Whisper

RECORDING: Final = "recording"
"""Without the consent to it no sound of a call is kept."""
REMEMBERING: Final = "remembering"
"""Without the consent to it nothing is known of the caller in the next call."""
LONGEST_TEXT: Final = 1600
"""Characters that carriers take; a longer text is not sent, for half an answer may be a wrong one."""
MOST_TEXTS: Final = 5
"""In one call: a flow that sends more is going in circles."""
NUMBER: Final = re.compile(r"\+[1-9][0-9]{6,14}")
"""E.164; a withheld number comes as other text, or as none."""

log = structlog.get_logger("callagent.call")


class Deeds:
    """One per call."""

    def __init__(self, leg: Leg, services: Services, journal: Journal, tap: Tap, memory: Memory) -> None:
        self._leg = leg
        self._services = services
        self._journal = journal
        self._tap = tap
        self._memory = memory
        self._texts: set[asyncio.Task[None]] = set()
        self._sent = 0
        self.declined = False
        """Whether the caller does not want to be recorded."""

    def do(self, wanted: SendText | Consent | Remember) -> None:
        """Do it, or begin to."""
        match wanted:
            case SendText():
                self._send(wanted)
            case Consent(to, allowed):
                self._journal.write(ConsentGiven(at_s=self._journal.at_s(), to=to, allowed=allowed))
                if to == RECORDING and not allowed:
                    self.decline()
                elif to == REMEMBERING:
                    self._memory.consent(allowed=allowed)
            case Remember(name, value):
                if not self._memory.keep(name, value):
                    self._journal.write(ActionDropped(at_s=self._journal.at_s(), action="Remember", name=name))

    def decline(self) -> None:
        """The caller does not want to be recorded."""
        self.declined = True
        self._tap.decline()

    async def transfer(self, wanted: Transfer, language: str) -> str:
        """Hand the caller over to the people who are the flow's; empty, or why it could not be done."""
        known = self._services.dialogue.people
        real = [one for one in wanted.people if known.get(one.name) == one and NUMBER.fullmatch(one.phone)]
        people = [one for one in real if self._services.may_ring(one.phone)]
        names = tuple(one.name for one in wanted.people)
        reason = "" if people else "not allowed" if real else "no number"
        try:
            if people:
                sound = Whispering(self._services, wanted.whisper, language).sound
                whisper = Whisper(wanted.whisper, language, sound)
                await self._leg.transfer([(one.phone, one.ring_s) for one in people], whisper)
                rung = tuple(one.name for one in people)
                self._journal.write(CallTransferred(at_s=self._journal.at_s(), people=rung))
        except CarrierError as error:
            reason = type(error).__name__
        except Exception as error:  # noqa: BLE001  # the caller must not be left with nobody
            log.error("not transferred", call=self._leg.info.call_id, **fault(error))
            reason = type(error).__name__
        if reason:
            self._journal.write(TransferFailed(at_s=self._journal.at_s(), people=names, reason=reason))
        return reason

    # --- texts -------------------------------------------------------------------------------------------------------

    def _send(self, wanted: SendText) -> None:
        number = self._number_of(wanted.to)
        reason = ""
        if not NUMBER.fullmatch(number):
            reason = "no number"
        elif len(wanted.text) > LONGEST_TEXT:
            reason = "too long"
        elif self._sent >= MOST_TEXTS:
            reason = "too many"
        if reason:
            self._failed(wanted, reason)
            return
        self._sent += 1
        task = asyncio.create_task(self._deliver(wanted, number), name="text")
        self._texts.add(task)
        task.add_done_callback(self._texts.discard)

    def _number_of(self, to: str) -> str:
        """The number behind a name; empty for one that is nobody's."""
        if to == "caller":
            return self._leg.info.caller
        person = self._services.dialogue.people.get(to)
        return person.phone if person else ""

    async def _deliver(self, wanted: SendText, number: str) -> None:
        try:
            await self._leg.send_text(number, wanted.text)
        except CarrierError as error:
            self._failed(wanted, type(error).__name__)
        except Exception as error:  # noqa: BLE001  # a text is never worth a call
            log.error("text not sent", call=self._leg.info.call_id, **fault(error))
            self._failed(wanted, type(error).__name__)
        else:
            self._journal.write(TextSent(at_s=self._journal.at_s(), name=wanted.line, to=wanted.to))

    def _failed(self, wanted: SendText, reason: str) -> None:
        self._journal.write(TextFailed(at_s=self._journal.at_s(), name=wanted.line, to=wanted.to, reason=reason))

    async def finish(self, within_s: float) -> None:
        """Let texts that are on their way arrive; what takes longer is given up."""
        if not self._texts:
            return
        _, late = await asyncio.wait(set(self._texts), timeout=within_s)
        for task in late:
            task.cancel()
        for task in late:
            with suppress(asyncio.CancelledError):
                await task
