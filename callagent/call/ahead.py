"""Prompts that may be said next, made ready while the caller still speaks: nobody waits for a voice that is slow.

What comes next is not guessed: the dialogue, which is pure, is asked what it would do if the caller said nothing, was
not understood, or pressed any one key. Of that the prompts without values are made, which are the same for all callers.
"""

import asyncio
from collections.abc import Iterable, Iterator
from contextvars import Context
from datetime import datetime
from itertools import islice
from typing import Any, Final

import structlog

from callagent.call.faults import fault
from callagent.call.heartbeat import Pulse
from callagent.call.services import Dialogue, Voice
from callagent.dialogue.actions import CallerKeyed, CallerSaid, CallerSilent, Input, Listen, Say
from callagent.tts.synthesizer import Speech

log = structlog.get_logger("callagent.call")

MOST: Final = 8
"""Prompts that are made at one question: some voices cost money."""
LATE_S: Final = 0.01
"""A process whose ticks are so late has no time for what may never be said."""
_INPUTS: Final[tuple[Input, ...]] = (CallerSilent(), CallerSaid(""), *(CallerKeyed(key) for key in "1234567890"))


def likely(dialogue: Dialogue, state: Any, listen: Listen, now: datetime) -> Iterator[tuple[Say, str]]:
    """The prompts without values that may be said next, and their languages; the question asked again comes first."""
    for given in _INPUTS:
        decision = dialogue.advance(state, given, now)
        last = decision.actions[-1] if decision.actions else listen
        language = last.language if isinstance(last, Listen) else listen.language
        for action in decision.actions:
            if isinstance(action, Say) and action.fixed:
                yield action, language


class PromptsAhead:
    """One per process: it makes one prompt at a time, for one call at a time."""

    def __init__(self, synthesizer: Voice, heartbeat: Pulse) -> None:
        self._synthesizer = synthesizer
        self._heartbeat = heartbeat
        self._task: asyncio.Task[None] | None = None

    def prepare(self, speeches: Iterable[Speech]) -> None:
        """Make what is not there yet, in the background; nothing happens while others are being made."""
        if self._task is None or self._task.done():
            # In a context of its own: what goes wrong with a provider here is no incident of the call.
            self._task = asyncio.create_task(self._make(speeches), name="prompts ahead", context=Context())

    async def aclose(self) -> None:
        """Stop."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _make(self, speeches: Iterable[Speech]) -> None:
        try:
            missing = (speech for speech in dict.fromkeys(speeches) if not self._synthesizer.is_cached(speech))
            for speech in islice(missing, MOST):
                if self._heartbeat.lag_s > LATE_S or not await self._synthesizer.prepare([speech]):
                    return
        except Exception as error:  # noqa: BLE001  # a prompt that is missing is made in the call that needs it
            log.error("prompts not made ahead", **fault(error))
