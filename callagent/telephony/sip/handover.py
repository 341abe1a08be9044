"""A caller handed over to a person: others are rung, told who is calling and why, and joined with the caller."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

import structlog

from callagent.errors import CarrierError, NotAnsweredError
from callagent.telephony.sip.holders import Joined, Player, pieces_of, ringing
from callagent.telephony.sip.leg import Wanted
from callagent.telephony.sip.line import SipLine

Ring = Callable[[str, float], Awaitable[SipLine]]
"""Rings a number for so many seconds: an answered line, which is then the caller's to close. Raises CarrierError."""

WHISPER_S: Final = 6.0
"""How long the whisper's sound is waited for once somebody has picked up; then there is none."""
REFER_S: Final = 12.0
"""How long a peer may take to join two calls, before we carry both."""

log = structlog.get_logger("callagent.sip")


async def hand_over(caller: SipLine, wanted: Wanted, ring: Ring, *, refer: bool) -> bool:
    """Ring one after the other, and join the first who picks up with the caller, until one of them hangs up.

    False when nobody did, and the caller is still there. With `refer` the peer is asked to join the two calls.
    """
    whisper = asyncio.ensure_future(wanted.whisper.sound())
    tone = Player(caller, ringing())
    try:
        for number, ring_s in wanted.numbers:
            person = await _while_up(caller, _picked_up(number, ring_s, ring, whisper))
            if caller.latest.over.is_set():
                if person is not None:
                    person.latest.hang_up()
                return True
            if person is not None:
                tone.stop()
                await _join(caller.latest, person.latest, refer=refer)
                return True
        return caller.latest.over.is_set()
    finally:
        whisper.cancel()
        tone.stop()


async def _while_up(caller: SipLine, work: "Awaitable[SipLine | None]") -> SipLine | None:
    """Do it while the caller waits; nothing comes of it when the caller hangs up."""
    doing = asyncio.ensure_future(work)
    leaving = asyncio.ensure_future(caller.gone())
    try:
        await asyncio.wait({doing, leaving}, return_when=asyncio.FIRST_COMPLETED)
        return doing.result() if doing.done() else None
    finally:
        leaving.cancel()
        if not doing.done():
            doing.cancel()
            with suppress(asyncio.CancelledError):
                await doing


async def _picked_up(number: str, ring_s: float, ring: Ring, whisper: "asyncio.Future[bytes]") -> SipLine | None:
    """The line of whoever picked up and heard the whisper; None when nobody did."""
    try:
        person = await ring(number, ring_s)
    except NotAnsweredError as error:
        log.info("person rung", outcome=error.reason)
        return None
    except CarrierError as error:
        log.warning("person not rung", error=str(error))
        return None
    try:
        sound = b""
        with suppress(TimeoutError):
            async with asyncio.timeout(WHISPER_S):
                sound = await asyncio.shield(whisper)
        player = Player(person, pieces_of(sound))
        await player.done.wait()
    except BaseException:
        person.latest.hang_up()
        raise
    if person.latest.over.is_set():
        log.info("person rung", outcome="hung up before the caller joined")
        return None
    player.stop()
    log.info("person rung", outcome="answered")
    return person


async def _join(caller: SipLine, person: SipLine, *, refer: bool) -> None:
    """Have the two talk, until one hangs up; whatever happens, both lines are over then."""
    try:
        # From now on they hear each other; a peer that joins the calls itself ends both lines here.
        Joined(caller, person)
        Joined(person, caller)
        if refer and takes_refer(caller):
            code = await caller.refer_to(person, REFER_S)
            joined = 200 <= code < 300
            log.info("calls joined by the peer" if joined else "calls joined here", status=code)
            if joined:
                return
        # Each end hangs the other up.
        await caller.gone()
    finally:
        caller.latest.hang_up()
        person.latest.hang_up()


def takes_refer(line: SipLine) -> bool:
    """Whether the peer said that it takes REFER; who said nothing may."""
    return line.peer_allows is None or "refer" in line.peer_allows
