"""One worker as the parent sees it: a process, a channel to it, and a way to hand it connections."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Sequence
from typing import Self

from callagent.workers.channel import Channel, OnMessage


class Child:
    """A worker's process; `start` makes one."""

    def __init__(
        self, number: int, process: asyncio.subprocess.Process, channel: Channel, deliveries: socket.socket
    ) -> None:
        self.number = number
        self.channel = channel
        self.last_view: dict[str, object] | None = None
        """What it showed of itself the last time."""
        self.not_ready: str | None = "starting"
        """Why no call should be given to it, as it says."""
        self.has_been_ready = False
        """Whether it has taken calls."""
        self._process = process
        self._deliveries = deliveries

    @classmethod
    async def start(cls, number: int, arguments: Sequence[str], on_message: OnMessage) -> Self:
        """Begin `callagent serve` with these arguments as the worker of that number."""
        ours, theirs = socket.socketpair()
        our_deliveries, their_deliveries = socket.socketpair()
        our_deliveries.settimeout(0)
        fds = (theirs.fileno(), their_deliveries.fileno())
        with theirs, their_deliveries:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "callagent", "serve", *arguments, "--worker", f"{number},{fds[0]},{fds[1]}",
                stdin=asyncio.subprocess.DEVNULL, pass_fds=fds, process_group=0,
            )  # fmt: skip
        child = cls(number, process, Channel(ours, on_message), our_deliveries)
        await child.channel.open()
        return child

    @property
    def pid(self) -> int:
        """Of its process."""
        return self._process.pid

    def deliver(self, connection: socket.socket) -> bool:
        """Hand it a copy of a connection; False when it does not take any."""
        try:
            # A byte each, so that one read brings one connection.
            socket.send_fds(self._deliveries, [b"c"], [connection.fileno()])
        except OSError:
            return False
        return True

    async def ended(self) -> int:
        """Wait until it is over; its exit status, negative for a signal."""
        status = await self._process.wait()
        await self.channel.aclose()
        self._deliveries.close()
        return status

    def kill(self) -> None:
        """End it at once, with its calls."""
        if self._process.returncode is None:
            os.kill(self._process.pid, signal.SIGKILL)
