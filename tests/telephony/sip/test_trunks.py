"""Trunks that are not where they were."""

import asyncio
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import cast

from callagent.telephony.sip.endpoint import Endpoint
from callagent.telephony.sip.trunk_keeper import Trunks
from callagent.telephony.sip.trunks.registration import Registration, RegistrationFailed, RegistrationOutput
from callagent.telephony.sip.trunks.trunk import Trunk


class Network:
    """An endpoint whose trunk is somewhere else each time it is looked for; at first nowhere."""

    def __init__(self) -> None:
        self.places: list[list[str]] = [[], ["192.0.2.7"], ["192.0.2.8"]]
        self.looked = asyncio.Event()
        self.tell: Callable[[RegistrationOutput], None] = lambda _: None
        self.agent = SimpleNamespace(register=self._register)

    def _register(self, _registration: Registration, tell: Callable[[RegistrationOutput], None]) -> None:
        self.tell = tell

    def contact(self, _transport: str, user: str) -> str:
        """As `Endpoint.contact`."""
        return f"<sip:{user}@192.0.2.1>"

    async def trust(self, _address: str, *, keep: bool) -> Sequence[str]:
        """As `Endpoint.trust`."""
        self.looked.set()
        return self.places.pop(0) if keep else []


async def test_a_trunk_that_does_not_answer_is_looked_for_again() -> None:
    """It may be elsewhere by now: its answers are taken only from where it was found, and calls from there are its."""
    network = Network()
    trunk = Trunk("pbx", "sip:pbx.example.org", "shop")
    trunks = Trunks([trunk], cast("Endpoint", network))
    trunks.start()
    for host in ("192.0.2.7", "192.0.2.8"):
        async with asyncio.timeout(5):
            await network.looked.wait()
        assert trunks.of(host) is None
        network.looked.clear()
        network.tell(RegistrationFailed(408, 30.0, denied=False))
        async with asyncio.timeout(5):
            await network.looked.wait()
        assert trunks.of(host) is trunk
    await trunks.stop()

    assert trunks.of("192.0.2.9") is None
