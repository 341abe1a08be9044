"""Who knows a caller as they were known when the recorded call began."""

import asyncio
from datetime import datetime

from callagent.call.callers import Acquaintance, CallerMemory, Reception, UnfinishedCall, Welcome


class RecordedReception(Reception):
    """A `Reception` that remembers nothing of the replayed call."""

    def __init__(self, welcome: Welcome, after_s: float) -> None:
        super().__init__(_Nothing(), "recorded" * 2)
        self._welcome = welcome
        self._after_s = after_s

    async def welcome(self, number: str, flow: str, flow_version: str, now: datetime) -> Welcome:  # noqa: ARG002
        """As the caller was welcomed then, and as soon."""
        await asyncio.sleep(self._after_s)
        return self._welcome


class _Nothing(CallerMemory):
    """A store in which nothing is kept."""

    async def recall(self, key: str, now: datetime) -> Acquaintance | None:  # noqa: ARG002
        return None

    async def remember(
        self,
        key: str,  # noqa: ARG002
        values: Acquaintance,  # noqa: ARG002
        *,
        consent: bool,  # noqa: ARG002
        expires: datetime,  # noqa: ARG002
        now: datetime,  # noqa: ARG002
    ) -> bool:
        return False

    async def forget(self, key: str) -> None:  # noqa: ARG002
        return None

    async def keep(self, key: str, unfinished: UnfinishedCall, *, expires: datetime, now: datetime) -> None:  # noqa: ARG002
        return None

    async def take(self, key: str, now: datetime) -> UnfinishedCall | None:  # noqa: ARG002
        return None

    async def aclose(self) -> None:
        """Nothing to let go of."""
