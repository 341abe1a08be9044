"""The trunks that callagent is registered at, or known to."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import uuid4

import structlog
from sipmessage import URI

from callagent.errors import CarrierError
from callagent.telephony.sip.endpoint import Endpoint, Tasks
from callagent.telephony.sip.messages.verbatim import read_uri
from callagent.telephony.sip.sessions.session_core import Authorize
from callagent.telephony.sip.transactions.matching import Transport
from callagent.telephony.sip.trunks.registration import (
    Registered,
    Registration,
    RegistrationFailed,
    RegistrationOutput,
    TrunkAccount,
    Unregistered,
)
from callagent.telephony.sip.trunks.trunk import Signer, Trunk

UNREGISTER_S: Final = 2.0
"""How long a stopping server waits for trunks to take note."""
LOOK_S: Final = 300.0
"""How often it is looked where the trunks are: their calls come from where they are now."""

log = structlog.get_logger("callagent.sip")


class Trunks:
    """All of a server's."""

    def __init__(self, trunks: Sequence[Trunk], endpoint: Endpoint) -> None:
        self._trunks = tuple(trunks)
        self._endpoint = endpoint
        self._signers = {trunk.name: Signer(trunk) for trunk in trunks}
        self._registered = {trunk.name: False for trunk in trunks if trunk.register}
        self._hosts: dict[str, set[str]] = {trunk.name: set() for trunk in trunks}
        """IP addresses at which each was found."""
        self._left = asyncio.Event()
        """None is registered any more."""
        self._tasks = Tasks()

    @property
    def registered(self) -> Mapping[str, bool]:
        """By name, of those that want it: whether they know where we are."""
        return dict(self._registered)

    def authorize(self, trunk: Trunk) -> Authorize:
        """What answers its challenges."""
        return self._signers[trunk.name].authorize

    def of(self, host: str) -> Trunk | None:
        """The trunk that messages from this IP address are of; None for anybody else."""
        return next((trunk for trunk in self._trunks if host in self._hosts[trunk.name]), None)

    def start(self) -> None:
        """Register, and keep knowing where they are."""
        for trunk in self._trunks:
            self._tasks.begin(self._keep(trunk), f"trunk {trunk.name}")

    async def stop(self) -> None:
        """Give the registrations back."""
        await self._tasks.stop(0)
        if any(self._registered.values()):
            self._left.clear()
            self._endpoint.agent.unregister()
            try:
                async with asyncio.timeout(UNREGISTER_S):
                    await self._left.wait()
            except TimeoutError:
                log.warning("trunks did not take note of the goodbye")

    async def _keep(self, trunk: Trunk) -> None:
        # Answers are taken only from whom we trust.
        await self._trust(trunk)
        if trunk.register:
            try:
                self._register(trunk)
            except CarrierError as error:
                log.error("a trunk cannot be registered at", trunk=trunk.name, error=str(error))
        while True:
            await asyncio.sleep(LOOK_S)
            await self._trust(trunk)

    async def _trust(self, trunk: Trunk) -> None:
        hosts = self._hosts[trunk.name]
        if trunk.proxy:
            hosts.update(await self._endpoint.trust(trunk.proxy, keep=trunk.register))
        hosts.update(await self._endpoint.trust(trunk.registrar, keep=trunk.register and not trunk.proxy))

    def _register(self, trunk: Trunk) -> None:
        account = TrunkAccount(
            registrar=trunk.registrar,
            user=trunk.user,
            contact=self._endpoint.contact(transport_of(read_uri(trunk.registrar)), trunk.user),
            call_id=uuid4().hex,
            user_phone=trunk.user_phone,
            expires_s=trunk.expires_s,
            routes=trunk.routes,
            authorize=self.authorize(trunk),
        )
        self._endpoint.agent.register(Registration(account), lambda output: self._told(trunk, output))

    def _told(self, trunk: Trunk, output: RegistrationOutput) -> None:
        before = self._registered[trunk.name]
        self._registered[trunk.name] = isinstance(output, Registered)
        match output:
            case Registered(expires_s) if not before:
                log.info("registered", trunk=trunk.name, expires_s=expires_s)
            case RegistrationFailed(code, retry_s, denied):
                remedy = "Check its user, login and password." if denied else "It is tried again."
                log.warning("not registered", trunk=trunk.name, status=code, retry_s=round(retry_s), remedy=remedy)
                # It may be somewhere else by now, or be found at last; else its answers would be strangers'.
                self._tasks.begin(self._trust(trunk), f"trunk {trunk.name}")
            case Unregistered() if not any(self._registered.values()):
                self._left.set()
            case _:
                pass


def transport_of(uri: URI) -> Transport:
    """The transport that an address asks for (RFC 3263 4.1)."""
    if uri.scheme == "sips":
        return "TLS"
    asked: dict[str, Transport] = {"tcp": "TCP", "tls": "TLS"}
    return asked.get((uri.parameters.get("transport") or "").lower(), "UDP")
