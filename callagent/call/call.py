"""One live call, from answer to hang-up: `run_call`. The call's life is this function's life.

The summary is folded and handed out here, outside the pipeline and whatever ended the call, so that no stuck stage and
no vanished caller can lose it.
"""

import asyncio
from collections.abc import Coroutine, Sequence
from contextlib import aclosing, suppress
from dataclasses import asdict, dataclass, replace
from typing import Any, Final, Literal

import structlog

from callagent.call.conversation import Conversation
from callagent.call.faults import fault
from callagent.call.heartbeat import CallHeartbeat
from callagent.call.journal import Journal, Listener
from callagent.call.lifetime import Lifetime
from callagent.call.news import event_of
from callagent.call.services import Services
from callagent.call.summary import CallSummary, summarize
from callagent.call.tap import NoTap, Tap
from callagent.call.witness import witnessed
from callagent.events import (
    CallEnded,
    CallStarted,
    LineMeasured,
    MediaCounted,
    RecordingCut,
    StageFailed,
)
from callagent.resilience.incidents import reporting
from callagent.telephony.leg import AudioReceived, DigitReceived, HoldChanged, Leg, LegEnd, LegEnded, MarkPlayed
from callagent.telephony.masking import masked_number

ENDED_BY: Final[dict[LegEnd, Literal["caller", "agent", "line"]]] = {
    LegEnd.CALLER_HUNG_UP: "caller",
    LegEnd.AGENT_HUNG_UP: "agent",
    LegEnd.HANDED_OVER: "agent",
    LegEnd.LINE_LOST: "line",
    LegEnd.PROTOCOL_BROKEN: "line",
}

GRACE_S: Final = 60.0
"""What the longest call has beyond its limit, to say goodbye."""
KEEPING_S: Final = 4.0
"""How long what is remembered of a call may take to be written; a store that is late goes on by itself."""
DROPPED: Final = (LegEnd.CALLER_HUNG_UP, LegEnd.LINE_LOST)
"""Ends after which a caller may call again to go on."""

log = structlog.get_logger("callagent.call")


async def run_call(
    leg: Leg,
    services: Services,
    listeners: Sequence[Listener] = (),
    tap: Tap | None = None,
) -> CallSummary:
    """Answer `leg`, talk until somebody hangs up, and say how it went.

    Never raises for anything that happens in the call; cancelling it ends the call politely enough: the leg is hung up
    and the summary is made and returned all the same. `tap` gets both sides' audio, `listeners` every event.
    """
    tap = tap or NoTap()
    parked = services.parking.take(leg.info.call_id, services.clock.now_s())
    if parked is not None:
        services = replace(services, dialogue=parked.dialogue, look_up=parked.look_up, subjects=parked.subjects)
        if parked.declined:
            tap.decline()  # before anything is heard
    journal = Journal(services.clock, listeners, tap.on_evidence)
    journal.write(_started(leg, services, journal))
    lifetime = Lifetime()
    # Should the call's own timers fail to end it.
    lifetime.cut(within_s=services.limits.call_s + GRACE_S)

    def broken(error: Exception) -> None:
        """Without its timers a call would go on for ever: it ends now, as if its time were up."""
        _failed(error, "call failed", leg, journal)
        lifetime.cut()

    services = witnessed(replace(services, heartbeat=CallHeartbeat(services.heartbeat, broken)), journal)
    conversation = Conversation(leg, services, journal, tap, lifetime, parked)
    with reporting(lambda incident: journal.write(event_of(journal.at_s(), incident))):
        ended = await _live(leg, conversation, journal, lifetime)
    if tap.incomplete:
        journal.write(RecordingCut(at_s=ended.at_s))
    journal.write(_counted(leg, conversation, ended))
    line = leg.quality
    if line is not None:
        journal.write(LineMeasured(at_s=ended.at_s, **asdict(line)))
    journal.write(
        CallEnded(
            at_s=ended.at_s,
            disposition=conversation.ending.disposition or ("server stopped" if ended.cancelled else str(ended.by)),
            ended_by="server" if ended.cancelled else ENDED_BY[ended.by],
        )
    )
    summary = summarize(journal.events)
    log.info("call ended", **summary.as_dict())
    dropped = conversation.ending.disposition is None and ended.by in DROPPED and not ended.cancelled
    await _undisturbed(_keep(conversation, summary.disposition, dropped=dropped))
    return summary


async def _keep(conversation: Conversation, disposition: str, *, dropped: bool) -> None:
    """Have what outlasts the call written; `dropped`: the caller may call again to go on."""
    with suppress(TimeoutError):
        async with asyncio.timeout(KEEPING_S):
            await conversation.opening.remember(disposition)
            if dropped:
                await conversation.opening.keep_unfinished()


@dataclass(slots=True)
class _Ended:
    """How and when a call came to its end."""

    at_s: float
    by: LegEnd = LegEnd.LINE_LOST
    cancelled: bool = False


async def _live(leg: Leg, conversation: Conversation, journal: Journal, lifetime: Lifetime) -> _Ended:
    """The call from its first word until everything is closed; however it goes."""
    ended = _Ended(0.0)
    try:
        await conversation.start()
        ended.by = await _listen(leg, conversation, lifetime)
    except asyncio.CancelledError:
        ended.cancelled = True
    except Exception as error:  # noqa: BLE001  # whatever broke, the caller's line is closed and the summary is made
        _failed(error, "call failed", leg, journal)
    ended.at_s = journal.at_s()
    within_s = conversation.services.limits.pipeline_stop_s
    ended.cancelled |= await _undisturbed(_close(leg, conversation, journal, within_s))
    return ended


async def _listen(leg: Leg, conversation: Conversation, lifetime: Lifetime) -> LegEnd:
    """Pass on all that comes from the leg, until it ends or the call's time is over."""
    with suppress(TimeoutError):
        async with lifetime.begin(), aclosing(leg.signals()) as signals:
            async for signal in signals:
                match signal:
                    case AudioReceived(chunk):
                        conversation.hear(chunk)
                    case DigitReceived(digit):
                        conversation.key(digit)
                    case MarkPlayed(name):
                        conversation.marked(name)
                    case HoldChanged(held):
                        conversation.hold_changed(held=held)
                    case LegEnded(reason):
                        return reason
    return lifetime.end


async def _close(leg: Leg, conversation: Conversation, journal: Journal, within_s: float) -> None:
    """Let go of everything; each part gets its chance, and none may hold up the others for long."""
    # At the same time: a caller need not wait for a stage, nor a stage for a carrier.
    works = conversation.stop(within_s), _hang_up(leg, within_s)
    stopped, hung_up = await asyncio.gather(*works, return_exceptions=True)
    if stopped is False:
        journal.write(StageFailed(at_s=journal.at_s(), stage="pipeline", error="StillRunning"))
    for outcome in (stopped, hung_up):
        if isinstance(outcome, Exception):
            _failed(outcome, "closing failed", leg, journal)


async def _hang_up(leg: Leg, within_s: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(within_s):
            await leg.hang_up()


async def _undisturbed(work: Coroutine[Any, Any, None]) -> bool:
    """Do the work, which ends by itself, to its end, however often this is cancelled; whether it was."""
    task = asyncio.create_task(work)
    cancelled = False
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError:
            cancelled = True
    return cancelled


def _failed(error: Exception, what: str, leg: Leg, journal: Journal) -> None:
    log.error(what, call=leg.info.call_id, **fault(error))
    journal.write(StageFailed(at_s=journal.at_s(), stage="call", error=type(error).__name__))


def _counted(leg: Leg, conversation: Conversation, ended: _Ended) -> MediaCounted:
    counters, sound = leg.counters, conversation.sound
    return MediaCounted(
        at_s=ended.at_s,
        audio_in_s=round(sound.heard_s, 2),
        audio_out_s=round(sound.spoken_s, 2),
        lost_chunks=counters.lost_chunks,
        late_chunks=counters.late_chunks,
        malformed=counters.malformed,
        loop_lag_peak_s=round(sound.lag_peak_s, 4),
    )


def _started(leg: Leg, services: Services, journal: Journal) -> CallStarted:
    return CallStarted(
        at_s=journal.at_s(),
        call_id=leg.info.call_id,
        carrier=leg.info.carrier,
        caller=masked_number(leg.info.caller),
        called=leg.info.called,
        flow=services.dialogue.name,
        flow_version=services.dialogue.version,
        language=services.dialogue.language,
        started=services.clock.wall().isoformat(timespec="milliseconds"),
        outbound=leg.info.outbound,
        caller_key=services.key_of(leg.info.caller),
    )
