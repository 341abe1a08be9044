"""What a server shows of itself, whichever of its workers is asked."""

import asyncio
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from callagent.workers.link import ParentLink

if TYPE_CHECKING:
    from callagent.monitor.status import Status

MERGED: Final = "callagent.monitor.merged"
"""Imported when somebody asks."""


class Views:
    """Of this process alone without a `link`, else of all workers together."""

    def __init__(
        self,
        status: "Callable[[], Status]",
        health: Callable[[], dict[str, Any]],
        own_reason: Callable[[], str | None],
        link: ParentLink | None,
    ) -> None:
        self.own_reason = own_reason
        """Why no call should be sent to this process, or None."""
        self._status = status
        self._health = health
        self._link = link

    async def status(self) -> "Status":
        """How the server does; when the other processes cannot be asked, this one."""
        gathered = await self._gathered()
        if gathered is None:
            return self._status()
        merged = await asyncio.to_thread(import_module, MERGED)
        status: Status = merged.merged_status(gathered["workers"], gathered["past"])
        return status

    async def health(self) -> dict[str, Any]:
        """What /health shows, likewise."""
        gathered = await self._gathered()
        if gathered is None:
            return self._health()
        merged = await asyncio.to_thread(import_module, MERGED)
        together: dict[str, Any] = merged.merged_health(gathered["workers"], gathered["past"])
        return together

    async def not_ready(self) -> str | None:
        """Why no call should be sent to the server, or None."""
        own = self.own_reason()
        return await self._link.not_ready(own) if self._link else own

    async def _gathered(self) -> dict[str, Any] | None:
        return await self._link.views() if self._link else None
