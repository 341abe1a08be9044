"""Whether requests find an open connection: connecting takes as long as a caller takes to draw breath."""

from callagent.events import StageName
from callagent.resilience.incidents import Connected, tell


class Request:
    """One request over HTTP; `trace` is for the extension of that name that the clients' transports have."""

    def __init__(self, stage: StageName, provider: str) -> None:
        self._stage = stage
        self._provider = provider
        self._ready = True

    async def trace(self, name: str, _: object) -> None:
        """Hears of each step of the transport."""
        if name.endswith("connect_tcp.started"):
            self._ready = False

    def answered(self) -> None:
        """There is an answer: tell the call."""
        tell(Connected(self._stage, self._provider, self._ready))
