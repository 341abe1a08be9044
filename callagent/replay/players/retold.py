"""What fallback chains told of their providers while one request went on: told again when it is played."""

import asyncio
from collections import deque
from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias

from callagent.events import (
    BreakerChanged,
    Event,
    ProviderAnswered,
    ProviderConnected,
    ProviderDemoted,
    ProviderFailed,
    ProviderFellBack,
    ProviderRestored,
    StageName,
)
from callagent.evidence import ModelReplied, SpeechMade, UtteranceTranscribed
from callagent.replay.players.pacing import Pace
from callagent.resilience.incidents import (
    Answered,
    BreakerMoved,
    Connected,
    Demoted,
    Failed,
    Incident,
    Restored,
    TookOver,
    tell,
)

Request: TypeAlias = UtteranceTranscribed | ModelReplied | SpeechMade
Told: TypeAlias = tuple[tuple[float, Incident], ...]
"""Incidents, with the seconds since the request began."""

_STAGE: Final[Mapping[type[Event], StageName]] = {UtteranceTranscribed: "stt", ModelReplied: "llm", SpeechMade: "tts"}


class Retold:
    """All that a recording tells of them."""

    def __init__(self, events: Iterable[Event]) -> None:
        self._told: dict[tuple[StageName, float, float], Told] = {}
        waiting: dict[StageName, list[tuple[float, Incident]]] = {"stt": [], "llm": [], "tts": []}
        for event in events:
            incident = _incident(event)
            if incident is not None:
                waiting[incident.stage].append((event.at_s, incident))
            elif isinstance(event, Request):
                stage = _STAGE[type(event)]
                # What came before it began, such as its stage's own word on a failure, was not told by its chain.
                told = [(round(at_s - event.began_s, 4), one) for at_s, one in waiting[stage] if at_s >= event.began_s]
                waiting[stage].clear()
                if told:
                    self._told[stage, event.began_s, event.at_s] = tuple(told)

    def of(self, request: Request) -> "Telling":
        """What was told while a request went on."""
        return Telling(self._told.get((_STAGE[type(request)], request.began_s, request.at_s), ()))


class Telling:
    """Of one request, while it is played."""

    def __init__(self, told: Told) -> None:
        self._left = deque(told)

    async def before(self, after_s: float, pace: Pace) -> None:
        """Tell what was told before a moment, each at its time."""
        while self._left and self._left[0][0] < after_s:
            await self._next(pace)

    async def rest(self, pace: Pace) -> None:
        """Tell all that is left, each at its time."""
        while self._left:
            await self._next(pace)

    def meanwhile(self, until_s: float) -> list[asyncio.TimerHandle]:
        """Have what was told up to a moment told by timers, for whoever has other things to wait for."""
        loop, timers = asyncio.get_running_loop(), []
        while self._left and self._left[0][0] <= until_s:
            after_s, incident = self._left.popleft()
            timers.append(loop.call_later(after_s, tell, incident))
        return timers

    def now(self) -> None:
        """Tell all that is left now."""
        while self._left:
            tell(self._left.popleft()[1])

    async def _next(self, pace: Pace) -> None:
        after_s, incident = self._left.popleft()
        await pace.until(after_s)
        tell(incident)


def _incident(event: Event) -> Incident | None:  # noqa: PLR0911 one for each kind
    match event:
        case ProviderFailed(stage=stage, provider=provider, error=error):
            return Failed(stage, provider, error)
        case ProviderFellBack(stage=stage, failed=failed, took_over=provider, after_s=after_s):
            return TookOver(stage, failed, provider, after_s)
        case ProviderConnected(stage=stage, provider=provider, ready=ready):
            return Connected(stage, provider, ready)
        case ProviderAnswered(stage=stage, provider=provider, first_s=first_s, flaw=flaw):
            return Answered(stage, provider, first_s, flaw)
        case BreakerChanged(stage=stage, provider=provider, before=before, after=after):
            return BreakerMoved(stage, provider, before, after)
        case ProviderDemoted(stage=stage, provider=provider, reason=reason):
            return Demoted(stage, provider, reason)
        case ProviderRestored(stage=stage, provider=provider):
            return Restored(stage, provider)
    return None
